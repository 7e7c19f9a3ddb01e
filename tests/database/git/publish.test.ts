import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { BASE_REF } from '../../../src/main/sandbox/checkout/make'
import { credentialEnvironment } from '../../../src/main/sandbox/git/credentials'
import { pushBranch } from '../../../src/main/task/git/push'
import { renameBranch } from '../../../src/main/task/git/rename'
import { losses, unpushed } from '../../../src/main/task/git/standing'
import { abortUpdate, continueUpdate, readUpdate, updateFromBase } from '../../../src/main/task/git/update'
import { createHosted } from './hosted'
import { checkoutsOf, createRepository, createWorld, failure, sandboxGit, type World } from './world'

/** A task on a repository of the server, with one commit to push. */
async function published(branch = 'work', identity = true) {
  const world = await createWorld({ identity })
  const hosted = await createHosted()
  const { prepare } = checkoutsOf(world)
  const origin = await hosted.github.git.folder(hosted.engine)
  const { cwd } = await prepare(null, { source: hosted.source, access: hosted.access, branch })
  const commit = async (name: string, content = name) => {
    await world.write(join(cwd, name), content)
    await world.run(cwd, 'add', '-A')
    await world.run(cwd, 'commit', '-qm', `Adds ${name}`)
    return world.run(cwd, 'rev-parse', 'HEAD')
  }
  const env = await hosted.access()
  const push = (more: Partial<Parameters<typeof pushBranch>[1]> = {}) =>
    pushBranch(sandboxGit(world, cwd), { remote: 'origin', branch, env, expected: null, ...more })
  return { world, ...hosted, origin, cwd, commit, env, push, git: sandboxGit(world, cwd) }
}

type Published = Awaited<ReturnType<typeof published>>

/** A commit of somebody else's at origin. */
async function theirs(world: World, origin: string, branch: string, files: Record<string, string>) {
  const clone = join(world.root, `theirs-${branch.replaceAll('/', '-')}-${Object.keys(files).length}`)
  await world.run(world.root, 'clone', '-q', '--branch', branch, origin, clone)
  for (const [name, content] of Object.entries(files)) await world.write(join(clone, name), content)
  await world.run(clone, 'add', '-A')
  await world.run(clone, 'commit', '-qm', `Theirs on ${branch}`)
  await world.run(clone, 'push', '-q', 'origin', branch)
  return world.run(clone, 'rev-parse', 'HEAD')
}

async function hook(path: string, script: string): Promise<void> {
  await writeFile(path, `#!/bin/sh\n${script}\n`)
  await chmod(path, 0o755)
}

describe('pushing', () => {
  it.each(['work', 'fix/ünï-"quoted"-$x;`y`&', "it's-#1"])(
    'puts %s at origin, and follows it',
    async (branch) => {
      const { world, origin, cwd, commit, push, git, github } = await published(branch)
      const first = await commit('one.txt')
      const pushed = await push({ expected: first })
      expect(pushed).toEqual({
        commit: first,
        commits: { total: 1, first: [{ commit: first, subject: 'Adds one.txt' }] },
        created: true,
      })
      expect(await world.run(origin, 'rev-parse', `refs/heads/${branch}`)).toBe(first)
      expect(await world.run(cwd, 'rev-parse', '--abbrev-ref', '@{upstream}')).toBe(`origin/${branch}`)
      const second = await commit('two.txt')
      const where = { remote: 'origin', branch, base: 'main' }
      expect(await unpushed(git, where)).toEqual({
        unpushed: { total: 1, first: [{ commit: second, subject: 'Adds two.txt' }] },
        upstream: { ahead: 1, behind: 0 },
        base: { ahead: 2, behind: 0 },
      })
      expect(await push()).toMatchObject({ commit: second, created: false, commits: { total: 1 } })
      expect(await push()).toMatchObject({ commit: second, created: false, commits: { total: 0, first: [] } })
      expect(await unpushed(git, where)).toMatchObject({
        unpushed: { total: 0 },
        upstream: { ahead: 0, behind: 0 },
      })
      expect(github.leaks()).toEqual([])
    },
  )

  it('leaves the token out of traces, hooks of the repository aside, and out of the checkout', async () => {
    const { world, cwd, commit, env, push, token } = await published()
    await commit('one.txt')
    const trace = join(world.root, 'trace')
    await push({ env: { ...env, GIT_TRACE2_EVENT: trace, GIT_TRACE: trace, GIT_TRACE_CURL: trace } })
    const traced = await readFile(trace, 'utf8')
    expect(traced).toContain('git-receive-pack')
    expect(traced).not.toContain(token.value)
    expect(traced).not.toContain(Buffer.from(`x-access-token:${token.value}`).toString('base64'))
    expect((await world.git(['grep', '--no-index', '-F', token.value], { cwd })).stdout).toBe('')
  })

  it('never replaces commits of others', async () => {
    const { world, origin, commit, push } = await published()
    await commit('one.txt')
    await push()
    const other = await theirs(world, origin, 'work', { 'other.txt': 'o' })
    await commit('two.txt')
    const refused = await failure(push())
    expect(refused).toMatchObject({
      kind: 'conflict',
      message: 'The branch work could not be pushed: the branch there has commits of its own.',
    })
    expect(await world.run(origin, 'rev-parse', 'work')).toBe(other)
  })

  it('is content when the branch got there by an upload that was thought lost', async () => {
    const { world, origin, cwd, commit, push } = await published()
    const first = await commit('one.txt')
    // Runs after git has seen what origin has, and only for the first of the two.
    await hook(
      join(cwd, '.git', 'hooks', 'pre-push'),
      `cat > /dev/null; git push --quiet --no-verify '${origin}' HEAD:refs/heads/work`,
    )
    expect(await push()).toMatchObject({ commit: first })
    expect(await world.run(origin, 'rev-parse', 'work')).toBe(first)
    expect(await world.run(cwd, 'rev-parse', '--abbrev-ref', '@{upstream}')).toBe('origin/work')
  })

  it('says what stands in the way here', async () => {
    const { world, cwd, commit, push } = await published()
    const first = await commit('one.txt')
    const moved = await failure(push({ expected: '0'.repeat(40) }))
    expect(moved).toMatchObject({ kind: 'conflict', next: 'Look at the commits again, then push.' })
    await hook(join(cwd, '.git', 'hooks', 'pre-push'), 'echo "tests failed" >&2; exit 1')
    const hooked = await failure(push())
    expect(hooked).toMatchObject({
      kind: 'git',
      message: expect.stringContaining('"pre-push" hook refused it'),
    })
    expect(hooked.detail).toContain('tests failed')
    await world.run(cwd, 'checkout', '-q', '--detach')
    expect(await failure(push())).toMatchObject({
      kind: 'conflict',
      message: expect.stringContaining('no branch'),
    })
    await world.run(cwd, 'symbolic-ref', 'HEAD', 'refs/heads/unborn')
    expect(await failure(push())).toMatchObject({ next: 'Commit the work first.' })
    for (const branch of ['-d', 'a b', '--force', ''])
      expect(await failure(push({ branch }))).toMatchObject({ kind: 'invalid_input' })
    expect(await failure(push({ remote: '--all' }))).toMatchObject({ kind: 'invalid_input' })
    expect(await world.run(cwd, 'rev-parse', 'work')).toBe(first)
  })

  it.each<[what: string, kind: string, next: RegExp, arrange: (hosted: Published) => void, file?: string]>([
    [
      'a protected branch',
      'forbidden',
      /another branch/,
      ({ github, engine }) => github.model.protect(engine, 'work', { requiredChecks: ['build'] }),
    ],
    [
      'a file that is too large',
      'forbidden',
      /Take big\.bin out/,
      ({ engine }) => (engine.pushRules.maxFileBytes = 5),
      'big.bin',
    ],
    [
      'a secret',
      'forbidden',
      /secret/,
      ({ engine }) => (engine.pushRules.secretScanning = true),
      `AKIA${'A'.repeat(16)}`,
    ],
    ['a hook', 'forbidden', /check says/, ({ engine }) => (engine.pushRules.preReceive = 'Needs a ticket')],
    [
      'a workflow',
      'forbidden',
      /scope "workflow"/,
      ({ token }) => (token.scopes = ['repo']),
      '.github/workflows/ci.yml',
    ],
    ['an archived repository', 'conflict', /Un-archive/, ({ engine }) => (engine.archived = true)],
    ['a token that only reads', 'forbidden', /write access/, ({ token }) => (token.readOnly = true)],
    ['a token that has ended', 'credentials', /Sign in again/, ({ token }) => (token.revoked = true)],
  ])('says what the server refuses: %s', async (_what, kind, next, arrange, file = 'one.txt') => {
    const task = await published()
    await task.commit('first.txt')
    await task.push()
    const before = await task.world.run(task.origin, 'rev-parse', 'work')
    await task.commit(file)
    arrange(task)
    const refused = await failure(task.push())
    expect(refused.kind).toBe(kind)
    expect(refused.next).toMatch(next)
    expect(refused.detail).not.toBe('')
    expect(JSON.stringify(refused)).not.toContain(task.token.value)
    expect(await task.world.run(task.origin, 'rev-parse', 'work')).toBe(before)
  })

  it('goes to the fork of a pull request, whose branch may be called main', async () => {
    const world = await createWorld()
    const { github, engine, source, access } = await createHosted()
    engine.private = false
    const grace = github.model.addUser('grace')
    const fork = github.model.fork(engine, grace)
    const pull = github.model.openPullRequest(engine, {
      author: grace,
      headRepository: fork,
      headRef: 'main',
      maintainerCanModify: true,
    })
    const [origin, forked] = [await github.git.folder(engine), await github.git.folder(fork)]
    const main = await world.run(origin, 'rev-parse', 'main')
    const { prepare } = checkoutsOf(world)
    const { cwd } = await prepare(null, {
      source,
      access,
      branch: 'main',
      start: {
        kind: 'pull_request',
        number: pull.number,
        base: 'main',
        fork: { url: `${github.url}/grace/engine.git` },
      },
    })
    expect(await world.run(cwd, 'rev-parse', 'HEAD')).toBe(await world.run(forked, 'rev-parse', 'main'))
    await world.run(cwd, 'commit', '-q', '--allow-empty', '-m', 'help')
    const git = sandboxGit(world, cwd)
    const where = { remote: 'fork', branch: 'main', base: 'main' }
    expect(await unpushed(git, where)).toMatchObject({
      unpushed: { total: 1 },
      upstream: { ahead: 1, behind: 0 },
    })
    const env = await access()
    const pushed = await pushBranch(git, { remote: 'fork', branch: 'main', env, expected: null })
    expect(pushed).toMatchObject({ created: false, commits: { total: 1 } })
    expect(await world.run(forked, 'rev-parse', 'main')).toBe(pushed.commit)
    expect(await world.run(origin, 'rev-parse', 'main')).toBe(main)
    expect(await unpushed(git, where)).toMatchObject({
      unpushed: { total: 0 },
      upstream: { ahead: 0, behind: 0 },
    })
    const elsewhere = pushBranch(git, { remote: 'fork', branch: 'other', env, expected: null })
    expect((await failure(elsewhere)).kind).toBe('forbidden')
    pull.maintainerCanModify = false
    await world.run(cwd, 'commit', '-q', '--allow-empty', '-m', 'more')
    const refused = await failure(pushBranch(git, { remote: 'fork', branch: 'main', env, expected: null }))
    expect(refused).toMatchObject({ kind: 'forbidden', next: expect.stringContaining('write access') })
  })

  it('says that the account may not, is not accepted, or that nobody is there', async () => {
    const { github, engine, commit, push } = await published()
    await commit('one.txt')
    const stranger = github.model.addUser('stranger')
    const as = (token: string) => credentialEnvironment({ origin: github.url, username: 'x', token })
    const reader = github.model.addToken(stranger).value
    engine.private = false
    expect(await failure(push({ env: as(reader) }))).toMatchObject({ kind: 'forbidden' })
    expect(await failure(push({ env: as('ghp_wrong') }))).toMatchObject({ kind: 'credentials' })
    expect(await failure(push({ env: {} }))).toMatchObject({ kind: 'credentials' })
    await github.close()
    expect(await failure(push())).toMatchObject({ kind: 'offline' })
  })

  it('points to the folder where that is the origin', async () => {
    const world = await createWorld()
    const folder = await createRepository(world, 'repo')
    const { prepare } = checkoutsOf(world)
    const { cwd } = await prepare(folder)
    const refused = await failure(
      pushBranch(sandboxGit(world, cwd), {
        remote: 'origin',
        branch: 'task-branch',
        env: {},
        expected: null,
      }),
    )
    expect(refused).toMatchObject({ kind: 'unsupported', next: expect.stringContaining('Bring branch') })
  })
})

describe('updating from the base', () => {
  it.each(['merge', 'rebase'] as const)(
    'by %s, after which the base’s commits are not the branch’s',
    async (method) => {
      const { world, origin, cwd, commit, env, git } = await published()
      await commit('one.txt')
      expect(await updateFromBase(git, { base: 'main', method, env })).toMatchObject({ kind: 'current' })
      const base = await theirs(world, origin, 'main', { 'theirs.txt': 't' })
      await world.write(join(cwd, 'untracked.txt'), 'u')
      const updated = await updateFromBase(git, { base: 'main', method, env })
      const head = await world.run(cwd, 'rev-parse', 'HEAD')
      expect(updated).toEqual({ kind: 'updated', head, base })
      expect(await world.run(cwd, 'rev-parse', BASE_REF)).toBe(base)
      expect(await world.run(cwd, 'diff', '--name-only', BASE_REF, 'HEAD')).toBe('one.txt')
      const merges = await world.run(cwd, 'rev-list', '--merges', '--count', `${BASE_REF}..HEAD`)
      expect(merges).toBe(method === 'merge' ? '1' : '0')
      expect(await world.run(cwd, 'status', '--porcelain')).toBe('?? untracked.txt')
    },
  )

  it.each(['merge', 'rebase'] as const)(
    'by %s with conflicts, resolved by whoever works there',
    async (method) => {
      const { world, origin, cwd, commit, env, git } = await published()
      const names = ['src/index.ts', 'ä "q" $x.txt']
      for (const name of names) await commit(name, 'ours\n')
      const base = await theirs(
        world,
        origin,
        'main',
        Object.fromEntries(names.map((name) => [name, 'theirs\n'])),
      )
      const open: string[] = []
      let update = await updateFromBase(git, { base: 'main', method, env })
      for (let round = 0; update.kind === 'conflicts' && round < 5; round += 1) {
        expect(await continueUpdate(git)).toEqual(update)
        expect(await readUpdate(git)).toMatchObject({ method, paths: update.paths, onto: base })
        expect(await failure(updateFromBase(git, { base: 'main', method, env }))).toMatchObject({
          kind: 'conflict',
        })
        open.push(...update.paths)
        for (const path of update.paths) await world.write(join(cwd, path), 'both\n')
        update = await continueUpdate(git)
      }
      expect(open.toSorted()).toEqual(names.toSorted())
      expect(update).toEqual({ kind: 'updated', head: await world.run(cwd, 'rev-parse', 'HEAD'), base })
      expect(await readFile(join(cwd, 'src/index.ts'), 'utf8')).toBe('both\n')
      expect(await world.run(cwd, 'status', '--porcelain')).toBe('')
      expect(await world.run(cwd, 'symbolic-ref', '--short', 'HEAD')).toBe('work')
      expect(await failure(continueUpdate(git))).toMatchObject({ kind: 'conflict' })
    },
  )

  it.each(['merge', 'rebase'] as const)('by %s, taken back', async (method) => {
    const { world, origin, cwd, commit, env, git } = await published()
    const before = await commit('src/index.ts', 'ours\n')
    await theirs(world, origin, 'main', { 'src/index.ts': 'theirs\n' })
    const base = await world.run(cwd, 'rev-parse', BASE_REF)
    expect(await updateFromBase(git, { base: 'main', method, env })).toMatchObject({
      kind: 'conflicts',
      paths: ['src/index.ts'],
    })
    await abortUpdate(git)
    expect(await world.run(cwd, 'rev-parse', 'HEAD', BASE_REF)).toBe(`${before}\n${base}`)
    expect(await world.run(cwd, 'symbolic-ref', '--short', 'HEAD')).toBe('work')
    expect(await readUpdate(git)).toBeNull()
    expect(await failure(abortUpdate(git))).toMatchObject({ kind: 'conflict' })
  })

  it('refuses while something is uncommitted or lies in the way, and after a hook', async () => {
    const { world, origin, cwd, commit, env, git } = await published()
    const head = await commit('one.txt')
    await theirs(world, origin, 'main', { 'new.txt': 'theirs' })
    const update = () => failure(updateFromBase(git, { base: 'main', method: 'merge', env }))
    await world.write(join(cwd, 'one.txt'), 'changed')
    expect(await update()).toMatchObject({ kind: 'conflict', detail: ' M one.txt' })
    await world.run(cwd, 'checkout', '-q', '--', '.')
    await world.write(join(cwd, 'new.txt'), 'mine')
    expect(await update()).toMatchObject({ kind: 'conflict', detail: expect.stringContaining('new.txt') })
    await world.run(cwd, 'clean', '-fdq')
    await hook(join(cwd, '.git', 'hooks', 'pre-merge-commit'), 'exit 1')
    expect(await update()).toMatchObject({ message: expect.stringContaining('"pre-merge-commit" hook') })
    expect(await world.run(cwd, 'rev-parse', 'HEAD')).toBe(head)
    expect(await readUpdate(git)).toBeNull()
    expect(await failure(updateFromBase(git, { base: 'gone', method: 'merge', env }))).toMatchObject({
      kind: 'not_found',
    })
  })
})

describe('what would be lost', () => {
  it('is what is nowhere else: commits, files and stashes', async () => {
    const { world, cwd, commit, push, git } = await published()
    expect(await losses(git)).toEqual({
      commits: { total: 0, first: [] },
      tracked: { total: 0, first: [] },
      untracked: { total: 0, first: [] },
      stashes: { total: 0, first: [] },
    })
    await commit('one.txt')
    await push()
    await world.run(cwd, 'checkout', '-qb', 'beside')
    const beside = await commit('beside.txt')
    await world.run(cwd, 'checkout', '-q', 'work')
    const mine = await commit('mine.txt')
    await world.write(join(cwd, 'one.txt'), 'stashed')
    await world.run(cwd, 'stash', '-q')
    await world.write(join(cwd, 'one.txt'), 'changed')
    const odd = 'ä\n"q".txt'
    await world.write(join(cwd, odd), 'new')
    for (let index = 0; index < 25; index += 1) await world.write(join(cwd, `x/${index}`), '')
    const lost = await losses(git)
    expect(lost.commits.total).toBe(2)
    expect(lost.commits.first.map((each) => each.commit).toSorted()).toEqual([beside, mine].toSorted())
    expect(lost.tracked).toEqual({ total: 1, first: ['one.txt'] })
    expect(lost.untracked).toMatchObject({ total: 26 })
    expect(lost.untracked.first).toHaveLength(20)
    expect([...lost.untracked.first, odd]).toContain(odd)
    expect(lost.stashes).toEqual({ total: 1, first: ['WIP on work: ' + (await subject(world, cwd))] })
  })

  it('is not what the person has in their folder', async () => {
    const world = await createWorld()
    const folder = await createRepository(world, 'repo')
    await world.run(folder, 'update-ref', 'refs/remotes/origin/main', 'HEAD')
    await world.run(folder, 'commit', '-q', '--allow-empty', '-m', 'not pushed by the person')
    const { prepare } = checkoutsOf(world)
    const { cwd } = await prepare(folder, {
      source: { path: folder, originUrl: 'https://example.org/a/b.git' },
    })
    expect((await losses(sandboxGit(world, cwd))).commits.total).toBe(0)
    await world.run(cwd, 'commit', '-q', '--allow-empty', '-m', 'mine')
    expect((await losses(sandboxGit(world, cwd))).commits.total).toBe(1)
  })

  it('is nothing in an empty repository, and every file before the first commit', async () => {
    const world = await createWorld()
    const folder = await createRepository(world, 'empty', {})
    const { prepare } = checkoutsOf(world)
    const { cwd } = await prepare(folder)
    await world.write(join(cwd, 'new.txt'), 'n')
    expect(await losses(sandboxGit(world, cwd))).toMatchObject({
      commits: { total: 0 },
      untracked: { total: 1 },
    })
  })
})

const subject = (world: World, cwd: string): Promise<string> =>
  world.run(cwd, 'log', '-1', '--format=%h %s', 'work')

describe('a branch that was renamed at origin', () => {
  it('is followed, also where one name contains the other', async () => {
    const { world, origin, cwd, commit, push, git } = await published('work')
    const first = await commit('one.txt')
    await push()
    await world.run(origin, 'branch', '-m', 'work', 'work/deep')
    const rename = () => renameBranch(git, { remote: 'origin', from: 'work', to: 'work/deep' })
    await rename()
    await rename()
    expect(await world.run(cwd, 'symbolic-ref', '--short', 'HEAD')).toBe('work/deep')
    expect(await world.run(cwd, 'rev-parse', '@{upstream}', 'origin/work/deep')).toBe(`${first}\n${first}`)
    expect(await unpushed(git, { remote: 'origin', branch: 'work/deep', base: 'main' })).toMatchObject({
      unpushed: { total: 0 },
      upstream: { ahead: 0, behind: 0 },
    })
    await commit('two.txt')
    expect(await push({ branch: 'work/deep' })).toMatchObject({ created: false })
  })

  it('never takes the name of another one', async () => {
    const { world, cwd, commit, git } = await published()
    const first = await commit('one.txt')
    await world.run(cwd, 'branch', 'taken', 'HEAD~1')
    const refused = await failure(renameBranch(git, { remote: 'origin', from: 'work', to: 'taken' }))
    expect(refused.kind).toBe('conflict')
    expect(await world.run(cwd, 'rev-parse', 'work')).toBe(first)
    const none = await failure(renameBranch(git, { remote: 'origin', from: 'nothing', to: 'x' }))
    expect(none.kind).toBe('not_found')
  })
})
