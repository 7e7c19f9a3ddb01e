import { chmod, mkdir, readFile, readdir, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { takeCheckpoint } from '../../../src/main/task/git/checkpoint'
import { commitChanges } from '../../../src/main/task/git/commit'
import { readFileDiffs } from '../../../src/main/task/git/diff'
import { readGitState } from '../../../src/main/task/git/state'
import {
  indexOfPaths,
  indexWithUntracked,
  PLAIN_DIFF,
  withScratch,
} from '../../../src/main/sandbox/git/changes'
import { toPathspec } from '../../../src/main/sandbox/git/parse'
import type { CheckoutGit } from '../../../src/main/sandbox/git/types'
import { createRepository, createWorld, failure, sandboxGit } from './world'

/** The diff of one file of the uncommitted changes, or of the whole branch. */
async function readFileDiff(
  git: CheckoutGit,
  options: {
    comparison: 'uncommitted' | 'base'
    baseCommit: string | null
    path: string
    oldPath: string | null
  },
) {
  const { path, oldPath, ...compared } = options
  const [diff] = await readFileDiffs(git, { ...compared, files: [{ path, oldPath }], ignoreSpace: false })
  expect(diff?.path).toBe(path)
  return { patch: diff?.patch ?? '', binary: diff?.binary, truncated: diff?.truncated }
}

const brief = (
  files: { kind: string; path: string; added: number | null; removed: number | null; untracked: boolean }[],
) =>
  files.map(
    ({ kind, path, added, removed, untracked }) =>
      `${kind} ${path} +${added} -${removed}${untracked ? ' untracked' : ''}`,
  )

describe('the git state of a checkout', () => {
  it('lists every kind of change once, with its lines, and touches nothing', async () => {
    const world = await createWorld()
    const repo = await createRepository(world, 'repo', {
      'mod.txt': 'a\nb\n',
      'staged.txt': 'a\n',
      'gone.txt': 'x\n',
      'from.txt': 'one\ntwo\nthree\nfour\n',
      'run.sh': '#!/bin/sh\n',
      'bin.dat': new Uint8Array([0, 1]),
      'type.txt': 'file\n',
    })
    await world.write(join(repo, 'mod.txt'), 'a\nc\nd\n')
    await world.write(join(repo, 'staged.txt'), 'b\n')
    await world.write(join(repo, 'staged-new.txt'), 'n\n')
    await world.run(repo, 'add', 'staged.txt', 'staged-new.txt')
    await rm(join(repo, 'gone.txt'))
    await rename(join(repo, 'from.txt'), join(repo, 'to.txt'))
    await chmod(join(repo, 'run.sh'), 0o755)
    await writeFile(join(repo, 'bin.dat'), new Uint8Array([0, 2]))
    await rm(join(repo, 'type.txt'))
    await symlink('mod.txt', join(repo, 'type.txt'))
    await world.write(join(repo, 'new dir/"q" $HOME ä\n漢.txt'), '1\n2\n')
    const index = await readFile(join(repo, '.git/index'))

    const state = await readGitState(sandboxGit(world, repo), {
      baseCommit: await world.run(repo, 'rev-parse', 'HEAD'),
    })
    expect(brief(state.uncommitted)).toEqual([
      'modified bin.dat +null -null',
      'deleted gone.txt +0 -1',
      'modified mod.txt +2 -1',
      'added new dir/"q" $HOME ä\n漢.txt +2 -0 untracked',
      'modified run.sh +0 -0',
      'added staged-new.txt +1 -0',
      'modified staged.txt +1 -1',
      'renamed to.txt +0 -0 untracked',
      'type_changed type.txt +1 -1',
    ])
    expect(state.uncommitted.find(({ kind }) => kind === 'renamed')?.oldPath).toBe('from.txt')
    expect(state.base).toEqual(state.uncommitted)
    expect(state).toMatchObject({ uncommittedTotal: 9, commitsAhead: 0 })
    expect(await readFile(join(repo, '.git/index'))).toEqual(index)
    expect((await readdir(join(repo, '.git'))).filter((name) => name.startsWith('foundry'))).toEqual([])
  })

  it('survives names that are not UTF-8, and can diff and commit them', async () => {
    const world = await createWorld()
    const repo = await createRepository(world, 'repo')
    const name = Buffer.concat([Buffer.from(`${repo}/caf`), Buffer.from([0xe9]), Buffer.from(' [x]*.txt')])
    await writeFile(name, 'x\n')
    const git = sandboxGit(world, repo)
    const state = await readGitState(git, { baseCommit: null })
    const path = 'caf\uFFFD [x]*.txt'
    expect(state.uncommitted.map((file) => file.path)).toEqual([path])
    const diff = await readFileDiff(git, { comparison: 'uncommitted', baseCommit: null, path, oldPath: null })
    expect(diff.patch).toContain('+x')
    const { files } = await commitChanges(git, { message: 'odd', paths: [path] })
    expect(files).toHaveLength(1)
    expect(await world.run(repo, 'status', '--porcelain')).toBe('')
  })

  it('compares with the merge base, counts own commits, and shows an unmerged file once', async () => {
    const world = await createWorld()
    const repo = await createRepository(world, 'repo')
    const base = await world.run(repo, 'rev-parse', 'HEAD')
    await world.run(repo, 'checkout', '-qb', 'task')
    await world.write(join(repo, 'a.txt'), 'task\n')
    await world.run(repo, 'commit', '-qam', 'task')
    await world.run(repo, 'checkout', '-q', 'main')
    await world.write(join(repo, 'a.txt'), 'main\n')
    await world.write(join(repo, 'only-main.txt'), 'm\n')
    await world.run(repo, 'add', '-A')
    await world.run(repo, 'commit', '-qm', 'main')
    const newBase = await world.run(repo, 'rev-parse', 'HEAD')
    await world.run(repo, 'checkout', '-q', 'task')
    const git = sandboxGit(world, repo)
    const before = await readGitState(git, { baseCommit: newBase })
    expect(brief(before.base)).toEqual(['modified a.txt +1 -3'])
    expect(before).toMatchObject({ commitsAhead: 1, uncommitted: [] })
    expect((await readGitState(git, { baseCommit: base })).commitsAhead).toBe(1)

    await expect(world.run(repo, 'merge', 'main')).rejects.toThrow(/Command failed/)
    const during = await readGitState(git, { baseCommit: base })
    expect(during.uncommitted.map(({ kind, path }) => `${kind} ${path}`).toSorted()).toEqual([
      'added only-main.txt',
      'unmerged a.txt',
    ])
    await world.run(repo, 'add', '-A')
    const { commit } = await commitChanges(git, { message: 'merged' })
    expect(await world.run(repo, 'rev-list', '--parents', '-1', commit)).toContain(newBase)
  })

  it('reads an empty repository, repositories inside it, and submodules', async () => {
    const world = await createWorld()
    const repo = await createRepository(world, 'repo', {})
    await world.write(join(repo, 'new.txt'), 'n\n')
    await createRepository(world, 'repo/unborn', {})
    await world.write(join(repo, 'unborn/inside.txt'), 'x')
    const git = sandboxGit(world, repo)
    const state = await readGitState(git, { baseCommit: null })
    expect(brief(state.uncommitted)).toEqual(['added new.txt +1 -0 untracked'])
    expect(state).toMatchObject({ headCommit: null, commitsAhead: 0 })
    const checkpoint = await takeCheckpoint(git, { sessionId: 's', turnId: 't', parent: null })
    expect(checkpoint).toMatchObject({ files: 1, added: 1 })
    const refused = await failure(commitChanges(git, { message: 'x' }))
    expect(refused).toMatchObject({ kind: 'conflict', next: expect.stringContaining('unborn/.git') })

    await rm(join(repo, 'unborn'), { recursive: true })
    const first = await commitChanges(git, { message: 'first' })
    expect(brief(first.files)).toEqual(['added new.txt +1 -0'])
    await createRepository(world, 'repo/embedded')
    const withEmbedded = await readGitState(git, { baseCommit: first.commit })
    expect(brief(withEmbedded.uncommitted)).toEqual(['added embedded +null -null untracked'])
  })

  it('counts what it does not list, and stays usable with very many files', async () => {
    const world = await createWorld()
    const repo = await createRepository(world, 'repo')
    await mkdir(join(repo, 'many'))
    await Promise.all(
      Array.from({ length: 6000 }, (_, number) => writeFile(join(repo, 'many', `${number}`), 'x')),
    )
    const state = await readGitState(sandboxGit(world, repo), { baseCommit: null })
    expect(state.uncommitted).toHaveLength(5000)
    expect(state.uncommittedTotal).toBe(6000)
    expect(state.uncommitted[0]).toMatchObject({ added: null, untracked: true })
  })

  it('ignores what the repository configures about diffs and hooks on looking', async () => {
    const world = await createWorld()
    const repo = await createRepository(world, 'repo', {
      'a.txt': 'a\n',
      '.gitattributes': '*.txt diff=evil\n',
    })
    const evil = join(world.root, 'evil')
    await world.write(evil, `#!/bin/sh\ntouch ${world.root}/owned\n`)
    await chmod(evil, 0o755)
    for (const key of ['diff.external', 'diff.evil.textconv', 'diff.evil.command', 'core.fsmonitor']) {
      await world.run(repo, 'config', key, evil)
    }
    await world.run(repo, 'config', 'diff.noprefix', 'true')
    await world.run(repo, 'config', 'diff.context', '0')
    await world.run(repo, 'config', 'color.ui', 'always')
    await world.write(join(repo, 'a.txt'), 'b\n')
    const git = sandboxGit(world, repo)
    await readGitState(git, { baseCommit: null })
    const diff = await readFileDiff(git, {
      comparison: 'uncommitted',
      baseCommit: null,
      path: 'a.txt',
      oldPath: null,
    })
    expect(diff.patch).toContain('--- a/a.txt\n+++ b/a.txt\n@@ -1 +1 @@\n-a\n+b\n')
    await expect(stat(join(world.root, 'owned'))).rejects.toThrow('ENOENT')
  })
})

describe('the diff of a file', () => {
  it('shows staged, untracked, renamed and committed changes, binary files and cuts', async () => {
    const world = await createWorld()
    const repo = await createRepository(world, 'repo', {
      'a.txt': 'one\ntwo\nthree\n',
      bin: new Uint8Array([0, 1]),
    })
    const base = await world.run(repo, 'rev-parse', 'HEAD')
    await world.write(join(repo, 'c.txt'), 'committed\n')
    await world.run(repo, 'add', '-A')
    await world.run(repo, 'commit', '-qm', 'c')
    await world.run(repo, 'mv', 'a.txt', 'b.txt')
    await world.write(join(repo, 'b.txt'), 'one\ntwo\nthree\nfour\n')
    await world.write(join(repo, 'u $x.txt'), 'Binary files a and b differ\n')
    await writeFile(join(repo, 'bin'), new Uint8Array([0, 2]))
    await world.write(join(repo, 'big.txt'), 'a line of text\n'.repeat(400_000))
    const git = sandboxGit(world, repo)
    const diff = (
      path: string,
      comparison: 'uncommitted' | 'base' = 'uncommitted',
      oldPath: string | null = null,
    ) => readFileDiff(git, { comparison, baseCommit: base, path, oldPath })

    expect((await diff('b.txt', 'uncommitted', 'a.txt')).patch).toMatch(
      /rename from a\.txt\nrename to b\.txt[\s\S]*\+four/,
    )
    await world.write(join(repo, 'ä 漢.txt'), 'x\n')
    expect((await diff('ä 漢.txt')).patch).toContain('+++ b/ä 漢.txt')
    expect(await diff('u $x.txt')).toMatchObject({
      binary: false,
      patch: expect.stringContaining('new file mode'),
    })
    expect(await diff('bin')).toEqual({ patch: '', binary: true, truncated: false })
    expect((await diff('c.txt')).patch).toBe('')
    expect((await diff('c.txt', 'base')).patch).toContain('+committed')
    const big = await diff('big.txt')
    expect(big.truncated).toBe(true)
    expect(big.patch.length).toBeLessThanOrEqual(4 * 1024 * 1024)
    expect(big.patch.endsWith('+a line of text\n')).toBe(true)
  })
})

describe('a commit', () => {
  it('takes everything, or the chosen files with both sides of a rename, and leaves the rest', async () => {
    const world = await createWorld()
    const repo = await createRepository(world, 'repo', {
      'a.txt': 'a\nb\nc\n',
      'k.txt': 'k\n',
      '-d': 'd\n',
      ':(top)x': 'x\n',
    })
    const git = sandboxGit(world, repo)
    await rename(join(repo, 'a.txt'), join(repo, 'b *.txt'))
    await world.write(join(repo, 'k.txt'), 'kk\n')
    await world.write(join(repo, '-d'), 'dd\n')
    await world.write(join(repo, ':(top)x'), 'xx\n')
    await world.run(repo, 'add', 'k.txt')
    const message = '# not a comment\n\n$(touch x) "quoted" ümläut'
    const chosen = await commitChanges(git, { message, paths: ['b *.txt', '-d', ':(top)x'] })
    expect(brief(chosen.files)).toEqual([
      'modified -d +1 -1',
      'modified :(top)x +1 -1',
      'renamed b *.txt +0 -0',
    ])
    expect(await world.run(repo, 'log', '-1', '--format=%B')).toBe(message)
    expect(await world.run(repo, 'status', '--porcelain')).toBe('M  k.txt')
    const rest = await commitChanges(git, { message: 'rest' })
    expect(brief(rest.files)).toEqual(['modified k.txt +1 -1'])
    expect((await failure(commitChanges(git, { message: 'none' }))).kind).toBe('conflict')
    await world.write(join(repo, 'k.txt'), 'kkk\n')
    const stale = await failure(commitChanges(git, { message: 'x', paths: ['gone.txt'] }))
    expect(stale).toMatchObject({ kind: 'conflict', message: expect.stringContaining('gone.txt') })
  })

  it('asks for an identity, and keeps a given one for this checkout alone', async () => {
    const world = await createWorld({ identity: false })
    const repo = await createRepository(world, 'repo')
    await world.write(join(repo, 'a.txt'), 'x\n')
    await world.run(repo, 'config', 'user.useConfigOnly', 'true')
    const git = sandboxGit(world, repo)
    const missing = await failure(commitChanges(git, { message: 'x' }))
    expect(missing.kind).toBe('git_identity')
    expect(missing.detail).toBeTruthy()
    await commitChanges(git, { message: 'x', identity: { name: '-Ada "L" B', email: 'ada@example.org' } })
    expect(await world.run(repo, 'log', '-1', '--format=%an <%ae>')).toBe('-Ada "L" B <ada@example.org>')
    expect(await readFile(join(world.home, '.gitconfig'), 'utf8')).not.toContain('Ada')
  })

  it.each(['pre-commit', 'commit-msg', 'prepare-commit-msg'])(
    'tells which hook refused and what it said: %s',
    async (hook) => {
      const world = await createWorld()
      const repo = await createRepository(world, 'repo')
      const path = join(repo, '.git/hooks', hook)
      await world.write(
        path,
        '#!/bin/sh\necho "lint: 3 problems"\necho "on stderr" >&2\ngit status >/dev/null\nexit 1\n',
      )
      await chmod(path, 0o755)
      await world.write(join(repo, 'a.txt'), 'staged\n')
      await world.run(repo, 'add', 'a.txt')
      await world.write(join(repo, 'a.txt'), 'x\n')
      await world.write(join(repo, 'new.txt'), 'x\n')
      const head = await world.run(repo, 'rev-parse', 'HEAD')
      const before = await world.run(repo, 'status', '--porcelain')
      const refused = await failure(commitChanges(sandboxGit(world, repo), { message: 'x' }))
      expect(refused.kind).toBe('git')
      expect(refused.message).toContain(`"${hook}" hook`)
      expect(refused.detail).toContain('lint: 3 problems')
      expect(refused.detail).toContain('on stderr')
      expect(await world.run(repo, 'rev-parse', 'HEAD')).toBe(head)
      expect(await world.run(repo, 'status', '--porcelain')).toBe(before)
      expect(await world.run(repo, 'show', ':a.txt')).toContain('staged')
    },
  )

  it('runs the hooks the repository chose, and a hook that only warns stops nothing', async () => {
    const world = await createWorld()
    const repo = await createRepository(world, 'repo')
    await world.run(repo, 'config', 'core.hooksPath', 'my hooks')
    await world.write(join(repo, 'my hooks/pre-commit'), '#!/bin/sh\ntouch ran\n')
    await world.write(join(repo, 'my hooks/post-commit'), '#!/bin/sh\nexit 1\n')
    for (const hook of ['pre-commit', 'post-commit']) await chmod(join(repo, 'my hooks', hook), 0o755)
    await commitChanges(sandboxGit(world, repo), { message: 'x' })
    expect((await stat(join(repo, 'ran'))).isFile()).toBe(true)
  })

  it('explains that signing failed', async () => {
    const world = await createWorld()
    const repo = await createRepository(world, 'repo')
    await world.write(join(repo, 'a.txt'), 'x\n')
    await world.run(repo, 'config', 'commit.gpgsign', 'true')
    await world.run(repo, 'config', 'user.signingkey', 'ABCDEF')
    const git = sandboxGit(world, repo, { GNUPGHOME: join(world.root, 'gnupg') })
    const gpg = await failure(commitChanges(git, { message: 'x' }))
    expect(gpg.message).toContain('signing failed')
    expect(gpg.next).toContain('commit.gpgsign false')
    await world.run(repo, 'config', 'gpg.format', 'ssh')
    await world.run(repo, 'config', 'user.signingkey', join(world.root, 'no-key'))
    expect((await failure(commitChanges(git, { message: 'x' }))).message).toContain('signing failed')
    // A checkpoint is Foundry's own and never signed.
    expect((await takeCheckpoint(git, { sessionId: 's', turnId: 't', parent: null })).commit).toMatch(
      /^[0-9a-f]{40}$/,
    )
  })

  it('names a lock that was left behind, and a git that is missing', async () => {
    const world = await createWorld()
    const repo = await createRepository(world, 'repo')
    await world.write(join(repo, 'a.txt'), 'x\n')
    await world.write(join(repo, '.git/index.lock'), '')
    const locked = await failure(commitChanges(sandboxGit(world, repo), { message: 'x' }))
    expect(locked).toMatchObject({
      kind: 'conflict',
      next: expect.stringContaining(join(repo, '.git/index.lock')),
    })
    // Looking and checkpoints need no lock.
    expect((await readGitState(sandboxGit(world, repo), { baseCommit: null })).uncommittedTotal).toBe(1)
    world.environment['PATH'] = join(world.root, 'nowhere')
    const missing = await failure(readGitState(sandboxGit(world, repo), { baseCommit: null }))
    expect(missing.kind).toBe('git_missing')
  })
})

describe('a checkpoint', () => {
  it('holds the whole tree, without touching index, branch or identity', async () => {
    const world = await createWorld({ identity: false })
    const repo = await createRepository(world, 'repo', { 'a.txt': 'a\n', '.gitignore': 'ignored\n' })
    const base = await world.run(repo, 'rev-parse', 'HEAD')
    await world.write(join(repo, 'a.txt'), 'staged\n')
    await world.run(repo, 'add', 'a.txt')
    await world.write(join(repo, 'a.txt'), 'worktree\n')
    await world.write(join(repo, 'new.txt'), 'n\n')
    await world.write(join(repo, 'ignored'), 'i\n')
    const git = sandboxGit(world, repo)
    const index = await readFile(join(repo, '.git/index'))
    const status = await world.run(repo, '--no-optional-locks', 'status', '--porcelain')

    const first = await takeCheckpoint(git, { sessionId: 'session_1', turnId: 'turn_1', parent: base })
    expect(first).toMatchObject({ parent: base, files: 2, added: 2, removed: 1, diffTruncated: false })
    expect(Buffer.from(first.diff).toString()).toContain('+worktree')
    expect(await world.run(repo, 'ls-tree', '-r', '--name-only', first.commit)).toBe(
      '.gitignore\na.txt\nnew.txt',
    )
    expect(await world.run(repo, 'rev-parse', 'refs/foundry/checkpoints/session_1/turn_1')).toBe(first.commit)
    expect(await readFile(join(repo, '.git/index'))).toEqual(index)
    expect(await world.run(repo, '--no-optional-locks', 'status', '--porcelain')).toBe(status)

    const second = await takeCheckpoint(git, {
      sessionId: 'session_1',
      turnId: 'turn_2',
      parent: first.commit,
    })
    expect(second).toMatchObject({ parent: first.commit, files: 0, added: 0, removed: 0 })
    expect(second.diff).toHaveLength(0)
    expect(await world.run(repo, 'rev-parse', `${second.commit}^{tree}`)).toBe(
      await world.run(repo, 'rev-parse', `${first.commit}^{tree}`),
    )
  })

  it('sees a change of the same size within the same second', async () => {
    const world = await createWorld()
    const repo = await createRepository(world, 'repo')
    const git = sandboxGit(world, repo)
    let parent = await world.run(repo, 'rev-parse', 'HEAD')
    for (let turn = 0; turn < 5; turn += 1) {
      await world.write(join(repo, 'src/b.txt'), `${turn}\n`)
      await world.run(repo, 'add', '-A')
      await world.write(join(repo, 'src/b.txt'), `${String.fromCharCode(97 + turn)}\n`)
      const taken = await takeCheckpoint(git, { sessionId: 's', turnId: `t${turn}`, parent })
      expect(taken.files).toBe(1)
      parent = taken.commit
    }
  })

  it('keeps bytes that are not UTF-8, and cuts what is too large', async () => {
    const world = await createWorld()
    const repo = await createRepository(world, 'repo')
    const base = await world.run(repo, 'rev-parse', 'HEAD')
    const git = sandboxGit(world, repo)
    await writeFile(join(repo, 'latin1.txt'), Buffer.from([0x63, 0x61, 0x66, 0xe9, 0x0a]))
    const latin = await takeCheckpoint(git, { sessionId: 's', turnId: 't1', parent: base })
    expect(Buffer.from(latin.diff).includes(Buffer.from([0x2b, 0x63, 0x61, 0x66, 0xe9]))).toBe(true)
    await writeFile(join(repo, 'big1.txt'), 'some text in a line\n'.repeat(700_000))
    await writeFile(join(repo, 'big2.txt'), 'some other text in a line\n'.repeat(600_000))
    const big = await takeCheckpoint(git, { sessionId: 's', turnId: 't2', parent: latin.commit })
    expect(big).toMatchObject({ files: 2, added: 1_300_000, diffTruncated: true })
    expect(big.diff.length).toBeGreaterThan(100_000)
    expect(big.diff.length).toBeLessThanOrEqual(1024 * 1024)
  })

  it('refuses names that would lead out of its refs', async () => {
    const world = await createWorld()
    const repo = await createRepository(world, 'repo')
    for (const turnId of ['../../heads/main', '-d', 'a b', '']) {
      const refused = await failure(
        takeCheckpoint(sandboxGit(world, repo), { sessionId: 's', turnId, parent: null }),
      )
      expect(refused.kind).toBe('invalid_input')
    }
  })
})

/** A file system of 4 MB needs root and mounts; without them this is skipped, and the report says so. */
const canMount = (() => {
  try {
    execFileSync('unshare', ['-m', 'true'], { stdio: 'ignore' })
    return process.getuid?.() === 0
  } catch {
    return false
  }
})()

describe.skipIf(!canMount)('a full disk', () => {
  it('is told as such by commits and checkpoints, and nothing is lost', async () => {
    const outer = await createWorld()
    const disk = join(outer.root, 'disk')
    await mkdir(disk)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', disk])
    try {
      const world = { ...outer, root: disk }
      const repo = await createRepository(world, 'repo')
      await world.write(join(repo, 'a.txt'), 'changed\n')
      const git = sandboxGit(world, repo)
      const noise = Buffer.from(
        Array.from({ length: 1_500_000 }, (_, at) => ((at * 2654435761) >>> 13) & 255),
      )
      await writeFile(join(repo, 'noise.bin'), noise)
      await writeFile(join(disk, 'filler'), Buffer.alloc(8_000_000)).catch(() => undefined)
      const commit = await failure(commitChanges(git, { message: 'x' }))
      expect(commit).toMatchObject({ kind: 'disk_full' })
      expect(commit.next).toMatch(/Free some space/)
      expect((await failure(takeCheckpoint(git, { sessionId: 's', turnId: 't', parent: null }))).kind).toBe(
        'disk_full',
      )
      await rm(join(disk, 'filler'))
      await commitChanges(git, { message: 'x' })
      expect(await world.run(repo, 'status', '--porcelain')).toBe('')
    } finally {
      execFileSync('umount', [disk])
    }
  })
})

describe('a few paths of a checkout', () => {
  it('differ from a tree as they do beside all others, whatever became of them', async () => {
    const world = await createWorld()
    const names = [
      'same.txt',
      'changed.txt',
      'gone.txt',
      'staged.txt',
      'staged gone.txt',
      'old name.txt',
      'mode.sh',
    ]
    const repo = await createRepository(
      world,
      'repo',
      Object.fromEntries([...names, 'other.txt'].map((name) => [name, `${name}\none\ntwo\n`])),
    )
    const git = sandboxGit(world, repo)
    const text = (name: string) => join(repo, name)
    await writeFile(text('changed.txt'), 'changed\n')
    await writeFile(text('other.txt'), 'also changed\n')
    await rm(text('gone.txt'))
    await writeFile(text('staged.txt'), 'staged\n')
    await writeFile(text('new staged.txt'), '')
    await world.run(repo, 'add', 'staged.txt', 'new staged.txt')
    await writeFile(text('staged.txt'), 'and changed again\n')
    await world.run(repo, 'rm', '--quiet', '--cached', 'staged gone.txt')
    await world.run(repo, 'mv', 'old name.txt', 'ünew name.txt')
    await chmod(text('mode.sh'), 0o755)
    await writeFile(text('untracked :*.txt'), 'untracked\n')
    await writeFile(text('intended.txt'), 'intended\n')
    await world.run(repo, 'add', '--intent-to-add', 'intended.txt')
    await writeFile(text('.gitignore'), 'ignored.txt\n')
    await writeFile(text('ignored.txt'), 'ignored\n')
    const all = [
      ...names,
      'ünew name.txt',
      'new staged.txt',
      'untracked :*.txt',
      'intended.txt',
      'ignored.txt',
    ]
    const head = await world.run(repo, 'rev-parse', 'HEAD')
    const diffOf = (env: Record<string, string>) =>
      git.run(['-c', 'core.quotePath=false', 'diff', ...PLAIN_DIFF, head, '--', ...all.map(toPathspec)], {
        env,
      })
    await withScratch(git, async (scratch) => {
      const everything = await diffOf(await indexWithUntracked(git, scratch))
      expect(everything.stdout).toContain('rename to ünew name.txt')
      expect(everything.stdout).not.toContain('ignored.txt\n+')
      await withScratch(git, async (other) => {
        expect(await diffOf(await indexOfPaths(git, other, all.map(toPathspec)))).toEqual(everything)
      })
    })
    expect(await world.run(repo, 'status', '--porcelain', '--', 'other.txt')).toBe(' M other.txt')
  })
})
