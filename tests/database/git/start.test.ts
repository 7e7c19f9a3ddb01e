import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type {
  CheckoutRequest,
  CheckoutStart,
  PreparedCheckout,
} from '../../../src/main/sandbox/checkout/types'
import { FoundryError } from '../../../src/shared/errors'
import { createHosted } from './hosted'
import {
  REPOSITORY,
  checkoutsOf,
  createRepository,
  createWorld,
  failure,
  newTaskId,
  type World,
} from './world'

const refsOf = (world: World, cwd: string): Promise<string> =>
  world.run(cwd, 'for-each-ref', '--format=%(objectname) %(refname)')

/** A commit on a branch, without files to check out: on what it is at, or on a commit. */
async function commitOn(
  world: World,
  cwd: string,
  ref: string,
  text: string,
  from?: string,
): Promise<string> {
  const parent = from ?? (await world.run(cwd, 'rev-parse', ref))
  const blob = join(world.root, 'blob')
  await world.write(blob, text)
  const object = await world.run(cwd, 'hash-object', '-w', blob)
  const index = { GIT_INDEX_FILE: join(world.root, 'index') }
  const run = async (...args: string[]) => (await world.git(args, { cwd, env: index })).stdout.trim()
  await run('read-tree', parent)
  await run('update-index', '--add', '--cacheinfo', `100644,${object},${text}.txt`)
  const commit = await world.run(
    cwd,
    '-c',
    'user.name=Ada',
    '-c',
    'user.email=a@b',
    'commit-tree',
    '-p',
    parent,
    '-m',
    text,
    await run('write-tree'),
  )
  await world.run(cwd, 'update-ref', ref, commit)
  return commit
}

async function trackingOf(world: World, cwd: string, branch: string): Promise<string[]> {
  const found = await world.git(['config', '--local', '--get-regexp', `^branch\\.${branch}\\.`], { cwd })
  return found.stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.slice(`branch.${branch}.`.length))
    .toSorted()
}

const FOLLOWS_ORIGIN = (branch: string) => [`merge refs/heads/${branch}`, 'remote origin']

describe('a branch that exists', () => {
  it('is taken from origin with its upstream, and shows its own work alone', async () => {
    const world = await createWorld()
    const { github, engine, source, access } = await createHosted()
    const origin = await github.git.folder(engine)
    const fork = await world.run(origin, 'rev-parse', 'main')
    const work = await commitOn(world, origin, 'refs/heads/work', 'work', fork)
    await commitOn(world, origin, 'refs/heads/main', 'later')
    const { prepare } = checkoutsOf(world)
    const made = await prepare(null, {
      source,
      access,
      branch: 'work',
      start: { kind: 'branch', base: null },
    })
    expect(made).toMatchObject({ branch: 'work', baseCommit: fork, pristine: false, warnings: [] })
    expect(await world.run(made.cwd, 'rev-parse', 'HEAD', 'origin/work', 'refs/foundry/base')).toBe(
      [work, work, fork].join('\n'),
    )
    expect(await world.run(made.cwd, 'rev-parse', '--abbrev-ref', '@{upstream}')).toBe('origin/work')
    expect(await world.run(made.cwd, 'status', '--porcelain', '-b')).toBe('## work...origin/work')
    expect(await trackingOf(world, made.cwd, 'work')).toEqual(FOLLOWS_ORIGIN('work'))
  })

  it('is the local one where that is ahead, and origin’s where that is', async () => {
    const world = await createWorld()
    const { github, engine, source, access } = await createHosted()
    const origin = await github.git.folder(engine)
    const start = await world.run(origin, 'rev-parse', 'main')
    const folder = await createRepository(world, 'repo', {})
    await world.run(folder, 'fetch', '-q', origin, '+refs/heads/*:refs/remotes/origin/*')
    await world.run(folder, 'reset', '-q', '--hard', start)
    const remote = await commitOn(world, origin, 'refs/heads/work', 'remote', start)
    const { prepare } = checkoutsOf(world)
    const both = { source: { ...source, path: folder }, access, branch: 'work' } as const
    const from: Partial<CheckoutRequest> = { ...both, start: { kind: 'branch', base: 'main' } }

    await world.run(folder, 'branch', 'work', start)
    const behind = await prepare(folder, from)
    expect(await world.run(behind.cwd, 'rev-parse', 'HEAD')).toBe(remote)

    await world.run(folder, 'fetch', '-q', origin, 'work')
    const local = await commitOn(world, folder, 'refs/heads/work', 'local', remote)
    const ahead = await prepare(folder, from)
    expect(await world.run(ahead.cwd, 'rev-parse', 'HEAD', 'origin/work')).toBe(`${local}\n${remote}`)
    expect(ahead.warnings).toEqual([])

    await commitOn(world, folder, 'refs/heads/work', 'other', start)
    const refs = await refsOf(world, folder)
    const diverged = await prepare(folder, from)
    expect(await world.run(diverged.cwd, 'rev-parse', 'HEAD')).toBe(remote)
    expect(diverged.warnings[0]?.message).toContain('The task starts from origin')
    expect(await refsOf(world, folder)).toBe(refs)

    await world.run(origin, 'update-ref', '-d', 'refs/heads/work')
    const only = await prepare(folder, from)
    expect(await world.run(only.cwd, 'log', '-1', '--format=%s')).toBe('other')
    expect(await trackingOf(world, only.cwd, 'work')).toEqual([])

    await github.close()
    const offline = await prepare(folder, from)
    expect(await world.run(offline.cwd, 'log', '-1', '--format=%s')).toBe('other')
    expect(offline.warnings[0]?.message).toContain('what your folder knows of it')
  })

  it('comes from the folder where that is the origin, and is refused where there is none', async () => {
    const world = await createWorld()
    const folder = await createRepository(world, 'repo')
    const first = await world.run(folder, 'rev-parse', 'main')
    const work = await commitOn(world, folder, 'refs/heads/work', 'work', first)
    const { prepare } = checkoutsOf(world)
    const made = await prepare(folder, { branch: 'work', start: { kind: 'branch', base: null } })
    expect(await world.run(made.cwd, 'rev-parse', 'HEAD', 'refs/foundry/base')).toBe(`${work}\n${first}`)
    const none = await failure(prepare(folder, { branch: 'nothing', start: { kind: 'branch', base: null } }))
    expect(none).toMatchObject({ kind: 'not_found', next: 'Choose another branch.' })
    const base = await failure(
      prepare(folder, { branch: 'work', start: { kind: 'branch', base: 'nothing' } }),
    )
    expect(base).toMatchObject({ kind: 'not_found', next: 'Choose another base branch.' })
  })
})

describe('a pull request', () => {
  it('of a fork has its commits under any name, follows the fork, and never touches origin', async () => {
    const world = await createWorld()
    const { github, engine, source, access } = await createHosted()
    const origin = await github.git.folder(engine)
    const main = await world.run(origin, 'rev-parse', 'main')
    const head = await commitOn(world, origin, 'refs/pull/7/head', 'theirs', main)
    const later = await commitOn(world, origin, 'refs/heads/main', 'later')
    const refs = await refsOf(world, origin)
    const { prepare, checkouts } = checkoutsOf(world)
    const fork = { url: `${github.url}/grace/engine.git` }
    const request = {
      taskId: newTaskId(),
      source,
      access,
      branch: 'main',
      start: { kind: 'pull_request', number: 7, base: 'main', fork },
    } as const
    const made = await prepare(null, request)
    const look = () =>
      world.run(made.cwd, 'rev-parse', 'main', 'fork/main', 'origin/main', 'refs/foundry/base')
    expect(await look()).toBe([head, head, later, main].join('\n'))
    expect(made.baseCommit).toBe(main)
    const tracking = ['merge refs/heads/main', 'pushremote fork', 'remote fork']
    expect(await trackingOf(world, made.cwd, 'main')).toEqual(tracking)
    expect(await world.run(made.cwd, 'config', 'remote.fork.url')).toBe(fork.url)
    expect(await world.run(made.cwd, 'config', 'remote.fork.fetch')).toBe(
      '+refs/heads/main:refs/remotes/fork/main',
    )
    expect(await world.run(made.cwd, 'rev-parse', '--symbolic-full-name', '@{push}')).toBe(
      'refs/remotes/fork/main',
    )
    const mine = await commitOn(world, made.cwd, 'refs/heads/main', 'mine')
    await checkouts.remove(request.taskId, REPOSITORY)
    await prepare(null, request)
    expect(await look()).toBe([mine, head, later, main].join('\n'))
    expect(await trackingOf(world, made.cwd, 'main')).toEqual(tracking)
    expect(await refsOf(world, origin)).toBe(refs)
  })

  it('keeps its commits when the fork or the branch was deleted', async () => {
    const world = await createWorld()
    const { github, engine, source, access } = await createHosted()
    const origin = await github.git.folder(engine)
    const main = await world.run(origin, 'rev-parse', 'main')
    const head = await commitOn(world, origin, 'refs/pull/8/head', 'theirs', main)
    const { prepare } = checkoutsOf(world)
    const start = (fork: { url: null } | null): CheckoutStart => ({
      kind: 'pull_request',
      number: 8,
      base: 'main',
      fork,
    })
    const ofFork = await prepare(null, { source, access, branch: 'patch', start: start({ url: null }) })
    expect(await world.run(ofFork.cwd, 'rev-parse', 'HEAD')).toBe(head)
    expect(await trackingOf(world, ofFork.cwd, 'patch')).toEqual(['merge refs/pull/8/head', 'remote origin'])
    const own = await prepare(null, { source, access, branch: 'gone', start: start(null) })
    expect(await world.run(own.cwd, 'rev-parse', 'HEAD')).toBe(head)
    expect(await trackingOf(world, own.cwd, 'gone')).toEqual([])
    const missing = await failure(
      prepare(null, {
        source,
        access,
        branch: 'x',
        start: { kind: 'pull_request', number: 99, base: 'main', fork: null },
      }),
    )
    expect(missing.kind).toBe('not_found')
  })

  it('of origin’s own branch comes beside what a folder knows, with the branch that stood in its way gone', async () => {
    const world = await createWorld()
    const { github, engine, source, access } = await createHosted()
    const origin = await github.git.folder(engine)
    const main = await world.run(origin, 'rev-parse', 'main')
    await world.run(origin, 'branch', 'work', 'main')
    const folder = await createRepository(world, 'repo', {})
    await world.run(folder, 'fetch', '-q', origin, '+refs/heads/*:refs/remotes/origin/*')
    await world.run(folder, 'reset', '-q', '--hard', main)
    await world.run(origin, 'branch', '-D', 'work')
    const head = await commitOn(world, origin, 'refs/heads/work/deep', 'deep', main)
    const { prepare } = checkoutsOf(world)
    const start: CheckoutStart = { kind: 'pull_request', number: 3, base: 'main', fork: null }
    const made = await prepare(folder, {
      source: { ...source, path: folder },
      access,
      branch: 'work/deep',
      start,
    })
    expect(await world.run(made.cwd, 'rev-parse', 'HEAD', 'origin/work/deep')).toBe(`${head}\n${head}`)
    // The folder still believes in the old branch: the next task from it works as before.
    const next = await prepare(folder, { source: { ...source, path: folder }, branch: 'next' })
    expect(await world.run(next.cwd, 'rev-parse', 'HEAD')).toBe(main)
  })

  it('tells that its base is gone', async () => {
    const world = await createWorld()
    const { github, engine, source, access } = await createHosted()
    const origin = await github.git.folder(engine)
    const main = await world.run(origin, 'rev-parse', 'main')
    await commitOn(world, origin, 'refs/heads/work', 'work', main)
    const { prepare } = checkoutsOf(world)
    const start: CheckoutStart = { kind: 'pull_request', number: 3, base: 'gone', fork: null }
    const made = await prepare(null, { source, access, branch: 'work', start })
    expect(made.baseCommit).toBe(main)
    expect(made.warnings[0]?.message).toContain('The base branch gone is gone')
  })
})

const BRANCHES = ['main', 'a', 'b'] as const
const branch = fc.constantFrom(...BRANCHES)
const step = fc.oneof(
  fc.record({ kind: fc.constant('origin'), branch, from: branch }),
  fc.record({ kind: fc.constant('local'), branch, from: branch }),
  fc.record({ kind: fc.constant('fork'), branch, from: branch }),
  fc.record({ kind: fc.constant('follow'), branch, from: branch }),
  fc.record({ kind: fc.constant('delete'), branch: fc.constantFrom('a', 'b'), from: branch }),
)
const start = fc.oneof(
  fc.record({ kind: fc.constant('base' as const), branch: fc.option(branch) }),
  fc.record({ kind: fc.constant('branch' as const), base: fc.option(branch) }),
  fc.record({
    kind: fc.constant('pull_request' as const),
    number: fc.constant(1),
    base: branch,
    fork: fc.option(fc.constant({ url: 'https://example.org/grace/engine.git' })),
  }),
)

it('stands where plain git says, whatever happened before, and changes nothing but its own', async () => {
  const world = await createWorld()
  let run = 0
  const property = fc.asyncProperty(
    fc.array(step, { maxLength: 9 }),
    start,
    branch,
    fc.boolean(),
    async (steps, from, name, withFolder) => {
      run += 1
      const here = join(world.root, `run-${run}`)
      const inner = { ...world, root: here }
      const seed = await createRepository(inner, 'seed')
      const [origin, folder] = [join(here, 'origin.git'), join(here, 'folder')]
      await world.run(here, 'clone', '-q', '--bare', seed, origin)
      await world.run(here, 'clone', '-q', origin, folder)
      for (const [index, { kind, branch: on, from: parent }] of steps.entries())
        await take(inner, { origin, folder }, { kind, on, parent, text: `${kind}-${index}` })

      const { prepare } = checkoutsOf(inner)
      const source = { path: withFolder ? folder : null, originUrl: origin }
      const before = [await refsOf(world, origin), await refsOf(world, folder)]
      const expected = await expectation(inner, { origin, folder: withFolder ? folder : null }, from, name)
      const target = from.kind === 'base' ? `new-${name}` : name
      const prepared = prepare(source.path, { source, branch: target, start: from })
      expect(await prepared.then((made) => seenIn(inner, made), kindOf)).toEqual(
        expected === null ? 'not_found' : { ...expected, branch: target, heads: target, status: '' },
      )
      expect([await refsOf(world, origin), await refsOf(world, folder)]).toEqual(before)
    },
  )
  await fc.assert(property, { numRuns: 40 })
})

function kindOf(thrown: unknown): string {
  if (thrown instanceof FoundryError) return thrown.kind
  throw thrown
}

/** What a checkout holds; work in it then changes no ref of the store. */
async function seenIn(
  world: World,
  { cwd, branch: name }: PreparedCheckout,
): Promise<Record<string, unknown>> {
  const [head = '', base = ''] = (await world.run(cwd, 'rev-parse', 'HEAD', 'refs/foundry/base')).split('\n')
  const seen = {
    head,
    base,
    branch: await world.run(cwd, 'symbolic-ref', '--short', 'HEAD'),
    heads: await world.run(cwd, 'for-each-ref', '--format=%(refname:lstrip=2)', 'refs/heads'),
    tracking: await trackingOf(world, cwd, name),
    status: await world.run(cwd, 'status', '--porcelain'),
  }
  const store = join(world.root, 'data', 'stores', `${REPOSITORY}.git`)
  const known = await refsOf(world, store)
  await commitOn(world, cwd, `refs/heads/${name}`, 'task')
  await world.run(cwd, 'branch', 'more')
  if ((await refsOf(world, store)) !== known) throw new Error('Work in the checkout changed the store')
  return seen
}

interface Places {
  origin: string
  folder: string
}

async function commitAt(world: World, cwd: string, ref: string): Promise<string | null> {
  const found = await world.git(['rev-parse', '--verify', '--quiet', ref], { cwd })
  return found.exitCode === 0 ? found.stdout.trim() : null
}

async function take(
  world: World,
  { origin, folder }: Places,
  { kind, on, parent, text }: { kind: string; on: string; parent: string; text: string },
): Promise<void> {
  const ref = `refs/heads/${on}`
  if (kind === 'delete') await world.git(['update-ref', '-d', ref], { cwd: origin })
  if (kind === 'follow') await world.run(folder, 'fetch', '-q', '--prune', 'origin')
  if (kind === 'origin') {
    const from =
      (await commitAt(world, origin, ref)) ?? (await commitAt(world, origin, `refs/heads/${parent}`))
    if (from !== null) await commitOn(world, origin, ref, text, from)
  }
  if (kind === 'fork') {
    const from = await commitAt(world, origin, `refs/heads/${parent}`)
    if (from !== null) await commitOn(world, origin, 'refs/pull/1/head', text, from)
  }
  if (kind === 'local') {
    const from =
      (await commitAt(world, folder, ref)) ?? (await commitAt(world, folder, `refs/remotes/origin/${parent}`))
    if (from !== null) await commitOn(world, folder, ref, text, from)
  }
}

/** What a careful person would have found with plain git; null where there is nothing to find. */
async function expectation(
  world: World,
  { origin, folder }: { origin: string; folder: string | null },
  from: CheckoutStart,
  name: string,
): Promise<{ head: string; base: string; tracking: string[] } | null> {
  const all = join(world.root, 'all')
  await world.run(world.root, 'clone', '-q', '--mirror', origin, all)
  if (folder !== null) {
    await world.run(all, 'fetch', '-q', folder, '+refs/heads/*:refs/folder/*')
    await world.run(all, 'fetch', '-q', folder, '+refs/remotes/origin/*:refs/seen/*')
  }
  const at = (ref: string) => commitAt(world, all, ref)
  if (from.kind === 'base') {
    const wanted = from.branch ?? 'main'
    const head =
      (await at(`refs/folder/${wanted}`)) ??
      (await at(`refs/seen/${wanted}`)) ??
      (await at(`refs/heads/${wanted}`))
    return head === null ? null : { head, base: head, tracking: [] }
  }
  const [remote, local] = [await at(`refs/heads/${name}`), await at(`refs/folder/${name}`)]
  const isFork = from.kind === 'pull_request' && from.fork !== null
  const pull = await at('refs/pull/1/head')
  const contains = async (one: string, other: string) =>
    (await world.git(['merge-base', '--is-ancestor', other, one], { cwd: all })).exitCode === 0
  const newest = async () =>
    local !== null && (remote === null || (await contains(local, remote))) ? local : remote
  const head = from.kind === 'branch' ? await newest() : isFork ? pull : (remote ?? pull)
  if (head === null) return null
  const wanted = from.base ?? 'main'
  const seen = await at(`refs/seen/${wanted}`)
  const main = await at('refs/heads/main')
  const tip = (await at(`refs/heads/${wanted}`)) ?? seen ?? (await at(`refs/folder/${wanted}`))
  if (tip === null && from.kind === 'branch') return null
  const base = await world.run(all, 'merge-base', tip ?? main ?? head, head)
  const follows = ['merge refs/heads/' + name]
  const tracking = isFork
    ? [...follows, 'pushremote fork', 'remote fork']
    : remote === null
      ? []
      : [...follows, 'remote origin']
  return { head, base, tracking }
}
