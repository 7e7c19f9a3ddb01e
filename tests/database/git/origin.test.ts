import { readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createHosted } from './hosted'
import {
  REPOSITORY,
  checkoutsOf,
  createRepository,
  createWorld,
  failure,
  newTaskId,
  quietProgress,
  type World,
} from './world'

/** Every file below a folder that holds a text. */
async function filesWith(folder: string, text: string): Promise<string[]> {
  const found: string[] = []
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isFile() && (await readFile(path)).includes(text)) found.push(path)
  }
  return found
}

const stores = (world: World): string => join(world.root, 'data', 'stores')
const store = (world: World): string => join(stores(world), `${REPOSITORY}.git`)
const refsOf = (world: World, cwd: string, ...prefixes: string[]): Promise<string> =>
  world.run(cwd, 'for-each-ref', '--format=%(objectname) %(refname)', '--', ...prefixes)

describe('a repository without a folder', () => {
  it('is fetched from origin, with its progress, and its token is nowhere', async () => {
    const world = await createWorld()
    const { github, engine, token, source, access } = await createHosted()
    const { checkouts } = checkoutsOf(world)
    const progress = quietProgress()
    const made = await checkouts.prepare(
      {
        taskId: newTaskId(),
        repositoryId: REPOSITORY,
        source,
        branch: 'task-branch',
        start: { kind: 'base', branch: null },
        includeUncommitted: false,
        identity: null,
        access,
      },
      progress,
    )
    const folder = await github.git.folder(engine)
    expect(made).toMatchObject({ branch: 'task-branch', pristine: true, warnings: [] })
    expect(made.baseCommit).toBe(await world.run(folder, 'rev-parse', 'main'))
    expect(await world.run(made.cwd, 'status', '--porcelain', '-b')).toBe('## task-branch')
    expect(await world.run(made.cwd, 'config', 'remote.origin.url')).toBe(source.originUrl)
    expect(await world.run(made.cwd, 'symbolic-ref', 'refs/remotes/origin/HEAD')).toBe(
      'refs/remotes/origin/main',
    )
    await world.run(made.cwd, 'fsck', '--strict')
    expect(progress.stages).toContain('Fetching acme/engine')
    expect(await filesWith(world.root, token.value)).toEqual([])
    expect(github.leaks()).toEqual([])
    // Nothing of origin's stands among the branches of the store.
    expect(await refsOf(world, store(world), 'refs/heads')).toBe('')
  })

  it('fetches only what is new, follows what was renamed, and keeps what a task starts from', async () => {
    const world = await createWorld()
    const { github, engine, source, access } = await createHosted()
    const { prepare } = checkoutsOf(world)
    const folder = await github.git.folder(engine)
    await world.run(folder, 'branch', 'a', 'main')
    const from = { source, access, start: { kind: 'base', branch: 'a' } } as const
    const first = await prepare(null, { ...from, branch: 'one' })
    await world.run(folder, 'branch', '-D', 'a')
    await world.run(folder, 'branch', 'a/b', 'main')
    const second = await prepare(null, { ...from, branch: 'two', start: { kind: 'base', branch: 'a/b' } })
    expect(await world.run(second.cwd, 'branch', '-r', '--format=%(refname:lstrip=3)')).toBe(
      'HEAD\na/b\nmain',
    )
    await world.run(first.cwd, 'fsck', '--strict')
    const gone = await failure(prepare(null, { ...from, branch: 'three' }))
    expect(gone).toMatchObject({ kind: 'not_found', message: expect.stringContaining('no branch a ') })
    const taken = await failure(
      prepare(null, { ...from, branch: 'main', start: { kind: 'base', branch: null } }),
    )
    expect(taken).toMatchObject({ kind: 'conflict', next: 'Choose another name, such as main-2.' })
  })

  it('starts from what is known while origin cannot be reached, and says how old that is', async () => {
    const world = await createWorld()
    const { github, source, access } = await createHosted()
    const { prepare } = checkoutsOf(world)
    const first = await prepare(null, { source, access, branch: 'one' })
    await github.close()
    const heard = join(store(world), 'foundry-heard.json')
    await writeFile(heard, JSON.stringify({ at: Date.now() - 3 * 86_400_000 - 1000, defaultBranch: 'main' }))
    const second = await prepare(null, { source, access, branch: 'two' })
    expect(second.baseCommit).toBe(first.baseCommit)
    expect(second.warnings).toEqual([
      {
        message:
          'acme/engine could not be read: the server cannot be reached. The task starts from what was fetched 3 days ago.',
        next: 'Check the network, then try again.',
        detail: expect.stringContaining('127.0.0.1'),
      },
    ])
    const unknown = await failure(
      prepare(null, { source, access, branch: 'x', start: { kind: 'base', branch: 'new' } }),
    )
    expect(unknown.kind).toBe('offline')
  })

  it('begins empty where origin is empty', async () => {
    const world = await createWorld()
    const { github, acme, access } = await createHosted()
    github.model.addRepository(acme, 'empty', { private: true, defaultBranch: null })
    const { prepare } = checkoutsOf(world)
    const made = await prepare(null, {
      source: { path: null, originUrl: `${github.url}/acme/empty.git` },
      access,
    })
    expect(made.baseCommit).toBeNull()
    expect(await world.run(made.cwd, 'symbolic-ref', 'HEAD')).toBe('refs/heads/task-branch')
  })

  it('keeps a spare checkout ready without asking origin', async () => {
    const world = await createWorld()
    const { github, source, access } = await createHosted()
    const { prepare, checkouts } = checkoutsOf(world)
    await checkouts.warm(REPOSITORY, source)
    expect(await readdir(join(world.root, 'data', 'checkouts')).catch(() => [])).toEqual([])
    await prepare(null, { source, access, branch: 'one' })
    const asked = github.requests.length
    await checkouts.warm(REPOSITORY, source)
    expect(github.requests.length).toBe(asked)
    expect(await readdir(join(world.root, 'data', 'checkouts'))).toContain(`${REPOSITORY}.spare`)
    const two = await prepare(null, { source, access, branch: 'two' })
    expect(await world.run(two.cwd, 'status', '--porcelain', '-b')).toBe('## two')
  })

  it('commits as git knows the person, else as the account, or as the task says', async () => {
    const world = await createWorld({ identity: false })
    const { source, access } = await createHosted()
    const { prepare } = checkoutsOf(world)
    const author = async (cwd: string) => {
      await world.run(cwd, 'commit', '-q', '--allow-empty', '-m', 'x')
      return world.run(cwd, 'log', '-1', '--format=%an <%ae> %cn')
    }
    const octavia = { name: 'Octavia', email: 'o@acme' }
    const unknown = await prepare(null, {
      source,
      access,
      branch: 'a',
      identity: { ...octavia, when: 'unknown' },
    })
    expect(await author(unknown.cwd)).toBe('Octavia <o@acme> Octavia')
    await writeFile(
      join(world.home, '.gitconfig'),
      '[user]\n\tname = Ada\n\temail = a@b\n[author]\n\tname = Pen\n',
    )
    const known = await prepare(null, {
      source,
      access,
      branch: 'b',
      identity: { ...octavia, when: 'unknown' },
    })
    expect(await author(known.cwd)).toBe('Pen <a@b> Ada')
    const always = await prepare(null, {
      source,
      access,
      branch: 'c',
      identity: { ...octavia, when: 'always' },
    })
    expect(await author(always.cwd)).toBe('Octavia <o@acme> Octavia')
  })

  it('is never half there: stopped at any request, what comes next begins anew', async () => {
    const world = await createWorld()
    const { github, source, access } = await createHosted()
    const { checkouts } = checkoutsOf(world)
    for (let after = 0; after < 4; after += 1) {
      const abort = new AbortController()
      const before = github.requests.length
      const arrived = github.arrived((request) => request.path.includes('engine.git'), before + after + 1)
      const request = {
        taskId: newTaskId(),
        repositoryId: REPOSITORY,
        source,
        branch: `task-${after}`,
        start: { kind: 'base', branch: null },
        includeUncommitted: false,
        identity: null,
        access,
      } as const
      const work = failure(checkouts.prepare(request, quietProgress(abort.signal)))
      await arrived
      abort.abort()
      expect((await work).kind).toBe('cancelled')
      expect(await readdir(stores(world))).toEqual([])
      const made = await checkouts.prepare(request, quietProgress())
      await world.run(made.cwd, 'fsck', '--strict')
      await rm(store(world), { recursive: true })
      await rm(join(world.root, 'data', 'checkouts'), { recursive: true })
    }
  })

  it('lets go at once of whoever waits for the store', async () => {
    const world = await createWorld()
    const { github, source, access } = await createHosted()
    const { checkouts } = checkoutsOf(world)
    github.faults.add('GET /acme/engine.git/info/refs', { kind: 'silent' })
    const request = (branch: string) =>
      ({
        taskId: newTaskId(),
        repositoryId: REPOSITORY,
        source,
        branch,
        start: { kind: 'base', branch: null },
        includeUncommitted: false,
        identity: null,
        access,
      }) as const
    const [one, two] = [new AbortController(), new AbortController()]
    const first = failure(checkouts.prepare(request('one'), quietProgress(one.signal)))
    await github.arrived('GET /acme/engine.git/info/refs')
    const second = failure(checkouts.prepare(request('two'), quietProgress(two.signal)))
    two.abort()
    expect((await second).kind).toBe('cancelled')
    one.abort()
    expect((await first).kind).toBe('cancelled')
  })

  it('removes what a killed git left in the store before it uses it', async () => {
    const world = await createWorld()
    const { source, access } = await createHosted()
    const one = checkoutsOf(world)
    await one.prepare(null, { source, access, branch: 'one' })
    const left = ['packed-refs.lock', 'refs/remotes/origin/main.lock', 'objects/pack/tmp_pack_X']
    for (const name of left) await world.write(join(store(world), name), '')
    const two = checkoutsOf(world)
    await two.prepare(null, { source, access, branch: 'two' })
    for (const name of left) await expect(stat(join(store(world), name))).rejects.toThrow('ENOENT')
  })
})

describe('what is refused', () => {
  it.each([
    ['a token that is wrong', 'credentials', /Sign in again/],
    ['no token', 'credentials', /Sign in to the server/],
    ['a person who may not see it', 'not_found', /allowed to see it/],
  ] as const)('%s', async (what, kind, next) => {
    const world = await createWorld()
    const { github, source, accessWith } = await createHosted()
    const { prepare } = checkoutsOf(world)
    const stranger = github.model.addToken(github.model.addUser('stranger')).value
    const access =
      what === 'no token' ? null : accessWith(what === 'a token that is wrong' ? 'ghp_wrong' : stranger)
    const refused = await failure(prepare(null, { source, access }))
    expect(refused.kind).toBe(kind)
    expect(refused.next).toMatch(next)
    expect(JSON.stringify(refused)).not.toMatch(/ghp_wrong/)
    expect(await readdir(stores(world))).toEqual([])
  })

  it('a repository that is gone', async () => {
    const world = await createWorld()
    const { github, access } = await createHosted()
    const { prepare } = checkoutsOf(world)
    const source = { path: null, originUrl: `${github.url}/acme/nothing.git` }
    expect((await failure(prepare(null, { source, access }))).kind).toBe('not_found')
  })

  it('a server that is not there, by name and by port', async () => {
    const world = await createWorld()
    const { github, source, access } = await createHosted()
    const { prepare } = checkoutsOf(world)
    const named = { path: null, originUrl: 'https://nothing.invalid/acme/engine.git' }
    expect((await failure(prepare(null, { source: named, access }))).kind).toBe('offline')
    await github.close()
    expect((await failure(prepare(null, { source, access }))).kind).toBe('offline')
  })

  it('a certificate nobody vouches for', async () => {
    const world = await createWorld()
    const { source, access } = await createHosted({ tls: true })
    const { prepare } = checkoutsOf(world)
    const refused = await failure(prepare(null, { source, access }))
    expect(refused.kind).toBe('tls')
    expect(refused.next).toContain('http.sslCAInfo')
  })

  it('never sends the token elsewhere, whatever the server says', async () => {
    const world = await createWorld()
    const { github, token, access } = await createHosted()
    const { prepare } = checkoutsOf(world)
    const heard: string[] = []
    const other = createServer((request, response) => {
      heard.push(`${request.url ?? ''} ${request.headers.authorization ?? ''}`)
      const challenge = { 'WWW-Authenticate': 'Basic realm="other"' }
      response.writeHead(401, challenge).end(`Your token is ${token.value}`)
    })
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void other.close())
    const { port } = other.address() as AddressInfo
    github.faults.add('GET /acme/engine.git/info/refs', {
      kind: 'answer',
      status: 301,
      headers: {
        Location: `http://127.0.0.1:${port}/acme/engine.git/info/refs?service=git-upload-pack`,
      },
    })
    const refused = await failure(
      prepare(null, { source: { path: null, originUrl: `${github.url}/acme/engine.git` }, access }),
    )
    expect(refused.kind).toBe('credentials')
    expect(heard.length).toBeGreaterThan(0)
    const basic = Buffer.from(`x-access-token:${token.value}`).toString('base64')
    expect(heard.join('\n')).not.toContain(basic)
    expect(JSON.stringify(refused)).not.toContain(token.value)
  })

  it('a folder and an address that are both missing', async () => {
    const world = await createWorld()
    const { prepare } = checkoutsOf(world)
    const refused = await failure(prepare(null, { source: { path: null, originUrl: null } }))
    expect(refused).toMatchObject({ kind: 'unsupported', next: 'Open its folder.' })
  })
})

it('fetches one branch of origin that the folder does not know', async () => {
  const world = await createWorld()
  const { github, engine, source, access } = await createHosted()
  const origin = await github.git.folder(engine)
  const folder = await createRepository(world, 'repo')
  await world.run(folder, 'fetch', '-q', origin, '+refs/heads/*:refs/remotes/origin/*')
  await world.run(origin, 'branch', 'late', 'main')
  const { prepare } = checkoutsOf(world)
  const start = { kind: 'base', branch: 'late' } as const
  const made = await prepare(folder, { source: { ...source, path: folder }, access, start })
  expect(made.baseCommit).toBe(await world.run(origin, 'rev-parse', 'late'))
  expect(await refsOf(world, folder, 'refs/remotes')).not.toContain('late')
})
