import { chmod, lstat, mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { FileNames } from '../../../src/shared/changes'
import type { FileChange } from '../../../src/shared/domain'
import { withScratch } from '../../../src/main/sandbox/git/changes'
import { toPathspec } from '../../../src/main/sandbox/git/parse'
import { writeWorktreeTree } from '../../../src/main/sandbox/git/snapshot'
import type { CheckoutGit } from '../../../src/main/sandbox/git/types'
import { applyPart, restoreFiles } from '../../../src/main/task/git/apply'
import { takeCheckpoint } from '../../../src/main/task/git/checkpoint'
import {
  listCompared,
  readFileDiffs,
  readFileVersions,
  type GitComparison,
} from '../../../src/main/task/git/diff'
import { partOfPatch, readPatch } from '../../../src/main/task/git/patch'
import { readGitState } from '../../../src/main/task/git/state'
import { createRepository, createWorld, failure, sandboxGit, type World } from './world'

/** Names as people and hostile repositories choose them. */
const NAMES = [
  'a.txt',
  'src/b.ts',
  'src/deep/c d.txt',
  '-dash',
  ':(top)x',
  'quo"te.txt',
  'ta\tb',
  'new\nline',
  'ä 漢.txt',
  '*[glob]?',
  ' b b/b',
  'dev/null',
] as const
const name = fc.constantFrom(...NAMES)
/** Few different lines, so that diffs have context, moves and repeats; some look like parts of a patch. */
const line = fc.constantFrom(
  'one',
  'two',
  'three',
  '',
  '-minus',
  '+plus',
  '@@ -1 +1 @@',
  'diff --git a/x b/x',
  '\\ No',
)
const content = fc
  .tuple(fc.array(line, { maxLength: 12 }), fc.boolean())
  .map(([lines, ends]) => lines.join('\n') + (ends && lines.length > 0 ? '\n' : ''))

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('write' as const), name, content }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('remove' as const), name }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('rename' as const), name, to: name }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('stage' as const), name }) },
  fc.record({ kind: fc.constant('mode' as const), name }),
  fc.record({ kind: fc.constant('link' as const), name }),
  fc.record({ kind: fc.constant('binary' as const), name }),
  fc.record({ kind: fc.constant('ignored' as const), content }),
)
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never

const exists = (path: string) =>
  lstat(path).then(
    () => true,
    () => false,
  )

/** What is in the way of a step makes room, as it would for an agent. */
async function take(world: World, repo: string, one: Step): Promise<void> {
  if (one.kind === 'ignored') return writeFile(join(repo, 'ignored.log'), one.content)
  const path = join(repo, one.name)
  switch (one.kind) {
    case 'write':
      await rm(path, { recursive: true, force: true })
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, one.content)
      break
    case 'binary':
      await rm(path, { recursive: true, force: true })
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, new Uint8Array([0, 1, 2, 255]))
      break
    case 'remove':
      await rm(path, { recursive: true, force: true })
      break
    case 'rename':
      if (!(await exists(path)) || one.to === one.name) return
      await rm(join(repo, one.to), { recursive: true, force: true })
      await mkdir(dirname(join(repo, one.to)), { recursive: true })
      await rename(path, join(repo, one.to))
      break
    case 'link':
      await rm(path, { recursive: true, force: true })
      await mkdir(dirname(path), { recursive: true })
      await symlink('somewhere', path)
      break
    case 'mode':
      if (await exists(path).then(async (there) => there && (await lstat(path)).isFile()))
        await chmod(path, 0o755)
      break
    case 'stage':
      await world.run(repo, 'add', '--all', '--', ':/')
  }
}

async function madeOf(
  world: World,
  folder: string,
  before: readonly Step[],
  after: readonly Step[],
): Promise<string> {
  const repo = await createRepository(world, folder, { '.gitignore': 'ignored.log\n', 'a.txt': 'one\ntwo\n' })
  for (const one of before) await take(world, repo, one)
  await world.run(repo, 'add', '-A')
  await world.run(repo, 'commit', '-q', '--allow-empty', '-m', 'before')
  for (const one of after) await take(world, repo, one)
  return repo
}

const treeOf = (git: CheckoutGit) =>
  withScratch(git, async (scratch) => (await writeWorktreeTree(git, scratch, 'The test failed')).tree)

/** The tree that a patch makes of `HEAD`. */
async function treeOfPatch(git: CheckoutGit, scratch: string, text: string): Promise<string> {
  const apart = { env: { GIT_INDEX_FILE: `${scratch}.index` } }
  await writeFile(`${scratch}.patch`, text)
  const steps = [
    ['read-tree', 'HEAD'],
    ['apply', '--cached', '--whitespace=nowarn', `${scratch}.patch`],
    ['write-tree'],
  ]
  let last = ''
  for (const args of steps) {
    const { exitCode, stdout, stderr } = await git.run(args, apart)
    if (exitCode !== 0) throw new Error(stderr)
    last = stdout.trim()
  }
  return last
}

const namesOf = (files: readonly FileChange[]): FileNames[] =>
  files.map(({ path, oldPath }) => ({ path, oldPath }))

const story = {
  before: fc.array(step, { maxLength: 8 }),
  after: fc.array(step, { minLength: 1, maxLength: 8 }),
}

describe('random changes of random trees', () => {
  it('are listed as git lists them, and their diffs, applied, give the tree that git sees', async () => {
    const world = await createWorld()
    let run = 0
    await fc.assert(
      fc.asyncProperty(story.before, story.after, async (before, after) => {
        const repo = await madeOf(world, `listed-${(run += 1)}`, before, after)
        const git = sandboxGit(world, repo)
        const base = await world.run(repo, 'rev-parse', 'HEAD')
        const state = await readGitState(git, { baseCommit: base })
        const diffs =
          state.uncommitted.length === 0
            ? []
            : await readFileDiffs(git, {
                comparison: 'uncommitted',
                baseCommit: base,
                files: namesOf(state.uncommitted),
                ignoreSpace: false,
              })
        const read = (await Promise.all(diffs.map(({ patch }) => readPatch(patch)))).flat()
        const texts = state.uncommitted.filter(({ added }) => added !== null)
        expect(read.map(({ change }) => ({ ...change, staged: '', untracked: false }))).toEqual(
          texts.map((file) => ({ ...file, staged: '', untracked: false })),
        )
        expect(diffs.map(({ binary }) => binary)).toEqual(
          state.uncommitted.map(({ added }) => added === null),
        )

        // What git makes of our diffs, where they hold everything: a binary file is named and no more.
        const whole = diffs.every(({ binary }) => !binary) ? diffs.map((diff) => diff.patch).join('') : ''
        expect(
          whole === '' ? await treeOf(git) : await treeOfPatch(git, join(world.root, `run-${run}`), whole),
        ).toBe(await treeOf(git))

        // What the index holds, and what it does not: a file counts as staged by what is left to stage.
        const paths = async (comparison: GitComparison) =>
          new Set((await listCompared(git, { comparison, baseCommit: null })).files.map(({ path }) => path))
        const [staged, unstaged] = [await paths('staged'), await paths('unstaged')]
        for (const file of state.uncommitted.filter(({ kind }) => kind === 'modified'))
          expect([file.path, file.staged]).toEqual([
            file.path,
            !staged.has(file.path) ? 'none' : unstaged.has(file.path) ? 'part' : 'all',
          ])
      }),
      { numRuns: 25 },
    )
  })

  it('are undone by restoring a checkpoint to the byte, with the index, the branch and ignored files left alone', async () => {
    const world = await createWorld()
    let run = 0
    await fc.assert(
      fc.asyncProperty(
        story.before,
        story.after,
        fc.array(name, { maxLength: 3 }),
        async (before, after, some) => {
          const repo = await madeOf(world, `restored-${(run += 1)}`, before, [])
          const git = sandboxGit(world, repo)
          const first = await takeCheckpoint(git, { sessionId: 's', turnId: 'first', parent: null })
          await writeFile(join(repo, 'ignored.log'), 'kept')
          for (const one of after) if (one.kind !== 'ignored') await take(world, repo, one)
          const index = await readFile(join(repo, '.git/index'))
          const second = await takeCheckpoint(git, { sessionId: 's', turnId: 'second', parent: first.commit })
          const [old, last] = [await tree(git, first.commit), await tree(git, second.commit)]

          await restoreFiles(git, first.commit, null)
          expect(await treeOf(git)).toBe(old)
          await restoreFiles(git, second.commit, null)
          expect(await treeOf(git)).toBe(last)
          expect(await readFile(join(repo, '.git/index'))).toEqual(index)
          expect(await readFile(join(repo, 'ignored.log'), 'utf8')).toBe('kept')

          // Some files only: those are as they were, all others as they are.
          await restoreFiles(
            git,
            first.commit,
            some.length === 0 ? [toPathspec('none')] : some.map(toPathspec),
          )
          const entries = async (treeish: string) =>
            new Map(
              (await git.run(['ls-tree', '-r', '-z', treeish])).stdout
                .split('\0')
                .filter((entry) => entry !== '')
                .map((entry) => entry.split('\t', 2).toReversed() as [string, string]),
            )
          const [then, now] = [await entries(first.commit), await entries(await treeOf(git))]
          const latest = await entries(second.commit)
          for (const path of some) expect(inside(now, path)).toEqual(inside(then, path))
          const touched = (path: string) =>
            some.some((one) => path === one || path.startsWith(`${one}/`) || one.startsWith(`${path}/`))
          const others = (all: Map<string, string>) => [...all].filter(([path]) => !touched(path))
          expect(others(now)).toEqual(others(latest))
        },
      ),
      { numRuns: 25 },
    )
  })

  it('are staged and discarded part by part until nothing is left, each part just as it was chosen', async () => {
    const world = await createWorld()
    let run = 0
    await fc.assert(
      fc.asyncProperty(
        content,
        content,
        fc.constantFrom('stage' as const, 'discard' as const, 'unstage' as const),
        fc.array(fc.tuple(fc.nat(), fc.nat()), { minLength: 1, maxLength: 30 }),
        async (before, after, action, choices) => {
          const repo = await createRepository(world, `parts-${(run += 1)}`, { 'a.txt': before, other: 'x\n' })
          const git = sandboxGit(world, repo)
          await writeFile(join(repo, 'a.txt'), after)
          if (action === 'unstage') await world.run(repo, 'add', 'a.txt')
          const comparison: GitComparison = action === 'unstage' ? 'staged' : 'unstaged'
          const files = [{ path: 'a.txt', oldPath: null }]
          const worktree = await treeOf(git)
          const diff = async () => {
            const [one] = await readFileDiffs(git, {
              comparison,
              baseCommit: null,
              files,
              ignoreSpace: false,
            })
            if (one === undefined) throw new Error('There is no diff')
            return one
          }
          let left = changedRows((await diff()).patch)
          for (const [start, length] of choices) {
            const { patch, version } = await diff()
            const rows = placesOf(patch)
            const from = rows[start % Math.max(1, rows.length)]
            if (from === undefined) break
            const to = rows[Math.min(rows.length - 1, (start % rows.length) + (length % 4))] ?? from
            await applyPart(git, { action, comparison, files, part: { from, to }, version })
            const now = changedRows((await diff()).patch)
            expect(now).toBeLessThan(left)
            left = now
          }
          const rest = await diff()
          if (rest.patch !== '')
            await applyPart(git, { action, comparison, files, part: 'file', version: rest.version })
          expect((await diff()).patch).toBe('')
          const head = (await git.run(['rev-parse', 'HEAD^{tree}'])).stdout.trim()
          const index = (await git.run(['write-tree'])).stdout.trim()
          expect({ index, worktree: await treeOf(git) }).toEqual(
            action === 'stage'
              ? { index: worktree, worktree }
              : { index: head, worktree: action === 'unstage' ? worktree : head },
          )
        },
      ),
      { numRuns: 40 },
    )
  })
})

const inside = (all: Map<string, string>, path: string) =>
  [...all].filter(([one]) => one === path || one.startsWith(`${path}/`))

const tree = async (git: CheckoutGit, commit: string) =>
  (await git.run(['rev-parse', `${commit}^{tree}`])).stdout.trim()

function rowsOf(patch: string): string[] {
  return patch.slice(patch.search(/^@@ /m)).split('\n')
}

function changedRows(patch: string): number {
  return patch === '' ? 0 : rowsOf(patch).filter((row) => /^[+-]/.test(row)).length
}

/** Where the changed rows of a patch stand, told by the test's own reading of it. */
function placesOf(patch: string): { side: 'old' | 'new'; line: number }[] {
  const places: { side: 'old' | 'new'; line: number }[] = []
  if (patch === '') return places
  let [oldLine, newLine, olds, news] = [0, 0, 0, 0]
  for (const row of rowsOf(patch)) {
    const hunk = olds <= 0 && news <= 0 ? /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(row) : null
    if (hunk !== null) {
      olds = Number(hunk[2] ?? 1)
      news = Number(hunk[4] ?? 1)
      oldLine = Number(hunk[1]) + (olds === 0 ? 1 : 0)
      newLine = Number(hunk[3]) + (news === 0 ? 1 : 0)
      continue
    }
    if (row.startsWith('\\') || (olds <= 0 && news <= 0)) continue
    if (row.startsWith('-')) places.push({ side: 'old', line: oldLine })
    if (row.startsWith('+')) places.push({ side: 'new', line: newLine })
    if (!row.startsWith('+')) {
      oldLine += 1
      olds -= 1
    }
    if (!row.startsWith('-')) {
      newLine += 1
      news -= 1
    }
  }
  return places
}

describe('parts of a file', () => {
  it('are hunks and lines of new, deleted and odd files, staged, unstaged and discarded', async () => {
    const world = await createWorld()
    const lines = Array.from({ length: 30 }, (_, number) => `line ${number}\n`)
    const latin = Buffer.from([0x63, 0x61, 0x66, 0xe9, 0x0a])
    const repo = await createRepository(world, 'repo', {
      'a.txt': lines.join(''),
      'gone.txt': 'a\nb\nc\n',
      'latin.txt': Buffer.concat([latin, Buffer.from('x\n')]),
    })
    const git = sandboxGit(world, repo)
    await writeFile(
      join(repo, 'a.txt'),
      lines.join('').replace('line 2\n', 'second\n').replace('line 25\n', ''),
    )
    await writeFile(join(repo, 'new.txt'), '1\n2\n3\n')
    await rm(join(repo, 'gone.txt'))
    await writeFile(join(repo, 'latin.txt'), Buffer.concat([latin, Buffer.from('y\n'), latin]))
    const act = async (
      action: 'stage' | 'unstage' | 'discard',
      path: string,
      part: Parameters<typeof applyPart>[1]['part'],
      comparison: GitComparison = action === 'unstage' ? 'staged' : 'unstaged',
    ) => {
      const files = [{ path, oldPath: null }]
      const [diff] = await readFileDiffs(git, { comparison, baseCommit: null, files, ignoreSpace: false })
      await applyPart(git, { action, comparison, files, part, version: diff?.version ?? null })
    }
    const index = (path: string) => world.run(repo, 'show', `:${path}`)

    await act('stage', 'a.txt', { hunk: 1 })
    expect(await index('a.txt')).toBe(lines.join('').replace('line 25\n', '').trimEnd())
    expect((await readGitState(git, { baseCommit: null })).uncommitted[0]).toMatchObject({ staged: 'part' })
    await act('unstage', 'a.txt', { hunk: 0 })
    expect(await index('a.txt')).toBe(lines.join('').trimEnd())
    await act('discard', 'a.txt', { hunk: 0 }, 'uncommitted')
    expect(await readFile(join(repo, 'a.txt'), 'utf8')).toBe(lines.join('').replace('line 25\n', ''))

    await act('stage', 'new.txt', { from: { side: 'new', line: 2 }, to: { side: 'new', line: 2 } })
    expect(await index('new.txt')).toBe('2')
    await act('discard', 'new.txt', { from: { side: 'new', line: 3 }, to: { side: 'new', line: 3 } })
    expect(await readFile(join(repo, 'new.txt'), 'utf8')).toBe('1\n2\n')
    await act('unstage', 'new.txt', 'file')
    await act('discard', 'new.txt', { from: { side: 'new', line: 1 }, to: { side: 'new', line: 1 } })
    expect(await readFile(join(repo, 'new.txt'), 'utf8')).toBe('2\n')
    await act('discard', 'new.txt', 'file', 'uncommitted')
    await expect(lstat(join(repo, 'new.txt'))).rejects.toThrow('ENOENT')

    await act('stage', 'gone.txt', { from: { side: 'old', line: 2 }, to: { side: 'old', line: 2 } })
    expect(await index('gone.txt')).toBe('a\nc')
    await act('discard', 'gone.txt', { from: { side: 'old', line: 1 }, to: { side: 'old', line: 1 } })
    expect(await readFile(join(repo, 'gone.txt'), 'utf8')).toBe('a\n')

    // Bytes that are no UTF-8 come through untouched.
    await act('discard', 'latin.txt', { from: { side: 'new', line: 3 }, to: { side: 'new', line: 3 } })
    expect(await readFile(join(repo, 'latin.txt'))).toEqual(Buffer.concat([latin, Buffer.from('y\n')]))
  })

  it('of a diff that is another by now are refused, and nothing is lost', async () => {
    const world = await createWorld()
    const repo = await createRepository(world, 'repo', { 'a.txt': 'one\n' })
    const git = sandboxGit(world, repo)
    await writeFile(join(repo, 'a.txt'), 'two\n')
    const files = [{ path: 'a.txt', oldPath: null }]
    const [seen] = await readFileDiffs(git, {
      comparison: 'unstaged',
      baseCommit: null,
      files,
      ignoreSpace: false,
    })
    await writeFile(join(repo, 'a.txt'), 'three\n')
    const request = {
      comparison: 'unstaged' as const,
      files,
      part: { hunk: 0 },
      version: seen?.version ?? null,
    }
    expect(await failure(applyPart(git, { ...request, action: 'discard' }))).toMatchObject({
      kind: 'conflict',
    })
    expect(await readFile(join(repo, 'a.txt'), 'utf8')).toBe('three\n')
    expect(await failure(applyPart(git, { ...request, action: 'unstage' }))).toMatchObject({
      kind: 'invalid_input',
    })
  })

  it('end where a file has no newline at its end, with what that belongs to', () => {
    const patch = '--- a/x\n+++ b/x\n@@ -1 +1,2 @@\n-one\n\\ No newline at end of file\n+one\n+two\n'
    const last = { side: 'new' as const, line: 2 }
    expect(partOfPatch(patch, { from: last, to: last }, 'forward')).toContain(
      '-one\n\\ No newline at end of file\n+one\n+two\n',
    )
    expect(partOfPatch(patch, { hunk: 7 }, 'forward')).toBeNull()
  })
})

it('a checkout with conflicts, submodules and repositories inside is read, and restoring leaves those alone', async () => {
  const world = await createWorld()
  const inner = await createRepository(world, 'inner', { 'i.txt': 'i\n' })
  const repo = await createRepository(world, 'repo', { 'a.txt': 'one\n' })
  await world.run(repo, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', inner, 'sub')
  await world.run(repo, 'commit', '-qm', 'sub')
  await createRepository(world, 'repo/embedded', { 'e.txt': 'e\n' })
  const git = sandboxGit(world, repo)
  const first = await takeCheckpoint(git, { sessionId: 's', turnId: 'first', parent: null })
  await world.run(repo, 'checkout', '-q', '-b', 'other')
  await writeFile(join(repo, 'a.txt'), 'other\n')
  await world.run(repo, 'commit', '-qam', 'other')
  await world.run(repo, 'checkout', '-q', 'main')
  await writeFile(join(repo, 'a.txt'), 'main\n')
  await world.run(repo, 'commit', '-qam', 'main')
  await writeFile(join(repo, 'sub/i.txt'), 'changed\n')
  await expect(world.run(repo, 'merge', 'other')).rejects.toThrow('Command failed')
  expect(
    (await readGitState(git, { baseCommit: null })).uncommitted.map(({ kind, path }) => `${kind} ${path}`),
  ).toContain('unmerged a.txt')
  await restoreFiles(git, first.commit, null)
  expect(await readFile(join(repo, 'a.txt'), 'utf8')).toBe('one\n')
  expect(await readFile(join(repo, 'sub/i.txt'), 'utf8')).toBe('changed\n')
  expect(await readFile(join(repo, 'embedded/e.txt'), 'utf8')).toBe('e\n')
  await restoreFiles(git, first.commit, [toPathspec('embedded'), toPathspec('sub')])
  expect(await readFile(join(repo, 'embedded/e.txt'), 'utf8')).toBe('e\n')
})

it('both versions of a file are read byte for byte, and a link shows nothing of what it points at', async () => {
  const world = await createWorld()
  const image = new Uint8Array([0x89, 0x50, 0, 255, 10, 13])
  const repo = await createRepository(world, 'repo', { 'i.png': image, 'old name.txt': 'a\nb\nc\nd\n' })
  const git = sandboxGit(world, repo)
  await writeFile(join(repo, 'i.png'), image.toReversed())
  await rename(join(repo, 'old name.txt'), join(repo, 'new.txt'))
  await writeFile(join(repo, 'new.txt'), 'a\nb\nc\ne\n')
  await symlink('/etc/passwd', join(repo, 'link'))
  const read = (path: string, oldPath: string | null = null) =>
    readFileVersions(git, { comparison: 'uncommitted', baseCommit: null, path, oldPath })
  expect(await read('i.png')).toEqual({ before: image, after: image.toReversed() })
  const renamed = await read('new.txt', 'old name.txt')
  expect([renamed.before, renamed.after].map((bytes) => Buffer.from(bytes ?? []).toString())).toEqual([
    'a\nb\nc\nd\n',
    'a\nb\nc\ne\n',
  ])
  expect(await read('link')).toEqual({ before: null, after: null })
})
