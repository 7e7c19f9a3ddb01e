import { createHash } from 'node:crypto'
import { posix } from 'node:path'
import type { FileDiff, FileNames, FileVersions } from '@shared/changes'
import {
  comparedArguments,
  DIFF_CONFIG,
  emptyTree,
  gitToFile,
  headCommit,
  indexOfPaths,
  indexWithUntracked,
  LIST_BYTES,
  listChanges,
  PLAIN_DIFF,
  untrackedPaths,
  withScratch,
  type ChangeList,
  type Compared,
  type Scratch,
} from '../../sandbox/git/changes'
import { expectGit, gitError } from '../../sandbox/git/errors'
import { nulStrings, oneLine, toPathspec } from '../../sandbox/git/parse'
import type { CheckoutGit } from '../../sandbox/git/types'
import { readPatch } from './patch'
import { comparisonBase } from './state'

/** A comparison that git makes; `from` and `to` are commits. */
export type GitComparison =
  | 'uncommitted'
  | 'staged'
  | 'unstaged'
  | 'base'
  | { from: string; to: string | null }
/** What is staged beyond a commit can be listed too. */
export type ListedComparison = GitComparison | { from: string; index: true }

/** Of one file, as much as anybody reads. */
const PATCH_BYTES = 4 * 1024 * 1024
/** Files that are longer together are read one by one, and cut by git's runner. */
const ALL_BYTES = 16 * 1024 * 1024
/** What the server hands out in one answer. */
const OUTPUT_BYTES = 1024 * 1024
/** A file longer than this is not handed out whole. */
const VERSION_BYTES = 10 * 1024 * 1024
const SLOW_RUN_MS = 300_000

/** The files of a comparison that are not part of the git state. */
export async function listCompared(
  git: CheckoutGit,
  options: { comparison: ListedComparison; baseCommit: string | null },
): Promise<ChangeList> {
  return withScratch(git, async (scratch) => {
    const compared = await resolve(git, scratch, options)
    const list = await listChanges(git, scratch, compared)
    if (options.comparison === 'staged')
      return { ...list, files: list.files.map((file) => ({ ...file, staged: 'all' })) }
    if (compared.env === undefined || list.files.length === 0) return list
    const unknown = await untrackedPaths(git, scratch, compared.env)
    return { ...list, files: list.files.map((file) => ({ ...file, untracked: unknown.has(file.path) })) }
  })
}

/**
 * The diffs of some files of a comparison, in the order asked for. With `oldPath`, the path before a rename, a file shows
 * as renamed. A file that does not differ has an empty patch.
 */
export async function readFileDiffs(
  git: CheckoutGit,
  options: {
    comparison: ListedComparison
    baseCommit: string | null
    files: readonly FileNames[]
    ignoreSpace: boolean
  },
): Promise<FileDiff[]> {
  return withScratch(git, async (scratch) => {
    const pathspecs = options.files.flatMap(pathspecsOf)
    const compared = await resolve(git, scratch, options, pathspecs)
    const args = ['diff', ...PLAIN_DIFF, ...(options.ignoreSpace ? ['--ignore-all-space'] : [])]
    const { rest, ...env } = comparedArguments(compared)
    const what = 'The diff could not be read'
    const command = { args, rest: [...rest, ...pathspecs], ...env }
    const whole = await gitToFile(git, scratch, command, ALL_BYTES, what)
    if (whole !== null) {
      const patch = new TextDecoder().decode(whole)
      const parts = new Map((await readPatch(patch)).map((part) => [part.change.path, part]))
      return options.files.map(({ path }): FileDiff => {
        const part = parts.get(path)
        if (part === undefined) return toFileDiff(path, '', false, false)
        return toFileDiff(path, patch.slice(part.start, part.end), part.binary, false)
      })
    }
    const diffs: FileDiff[] = []
    for (const file of options.files) {
      const result = await git.run([...DIFF_CONFIG, ...args, ...rest, ...pathspecsOf(file)], {
        ...env,
        maxOutputBytes: OUTPUT_BYTES,
        timeoutMs: SLOW_RUN_MS,
      })
      if (result.exitCode !== 0) throw gitError(result, `The diff of ${file.path} could not be read`)
      const end = result.truncated ? result.stdout.lastIndexOf('\n') + 1 : result.stdout.length
      const patch = result.stdout.slice(0, end)
      const [part] = await readPatch(patch)
      diffs.push(toFileDiff(file.path, patch, part?.binary ?? false, result.truncated))
    }
    return diffs
  })
}

export function toFileDiff(path: string, whole: string, binary: boolean, truncated: boolean): FileDiff {
  const version = createHash('sha1').update(whole).digest('base64url')
  const cut = whole.length > PATCH_BYTES
  const patch = cut ? whole.slice(0, whole.lastIndexOf('\n', PATCH_BYTES) + 1) : whole
  return { path, patch: binary ? '' : patch, binary, truncated: truncated || cut, version }
}

function pathspecsOf({ path, oldPath }: FileNames): string[] {
  return (oldPath === null ? [path] : [oldPath, path]).map(toPathspec)
}

/** Both states of one file of a comparison. What is no plain file (a link, a submodule) has none. */
export async function readFileVersions(
  git: CheckoutGit,
  options: { comparison: GitComparison; baseCommit: string | null } & FileNames,
): Promise<FileVersions> {
  return withScratch(git, async (scratch) => {
    const pathspecs = pathspecsOf(options)
    const { rest, ...env } = comparedArguments(await resolve(git, scratch, options, pathspecs))
    const what = `${options.path} could not be read`
    const listed = await gitToFile(
      git,
      scratch,
      { args: ['diff', '--raw', '--no-abbrev', '-z', '--no-renames'], rest: [...rest, ...pathspecs], ...env },
      LIST_BYTES,
      what,
    )
    const sides = rawSides(nulStrings(listed ?? new Uint8Array()), options)
    return {
      before: await readSide(git, scratch, sides.before, options.oldPath ?? options.path),
      after: await readSide(git, scratch, sides.after, options.path),
    }
  })
}

interface Side {
  mode: string
  object: string
}

function rawSides(fields: readonly string[], names: FileNames): { before: Side | null; after: Side | null } {
  const sides: { before: Side | null; after: Side | null } = { before: null, after: null }
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [oldMode = '', mode = '', oldObject = '', object = ''] = (fields[at] ?? '').slice(1).split(' ')
    if (fields[at + 1] === (names.oldPath ?? names.path)) sides.before = { mode: oldMode, object: oldObject }
    if (fields[at + 1] === names.path) sides.after = { mode, object }
  }
  return sides
}

async function readSide(
  git: CheckoutGit,
  scratch: Scratch,
  side: Side | null,
  path: string,
): Promise<Uint8Array<ArrayBuffer> | null> {
  if (side === null || !side.mode.startsWith('100')) return null
  // Git has no object for what only the working tree holds.
  if (/^0+$/.test(side.object)) return readUpTo(git, posix.join(git.cwd, path))
  return readBlob(git, scratch, side.object, path)
}

/** The bytes of an object of git, whatever they are. Null for more than anybody looks at. */
export async function readBlob(
  git: CheckoutGit,
  scratch: Scratch,
  object: string,
  path: string,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const unpacked = await git.run(['unpack-file', object], {
    cwd: scratch.gitDirectory,
    env: { GIT_DIR: scratch.gitDirectory },
  })
  const file = posix.join(
    scratch.gitDirectory,
    oneLine(expectGit(unpacked, `${path} could not be read`).stdout),
  )
  try {
    return await readUpTo(git, file)
  } finally {
    await git.removeFiles([file])
  }
}

async function readUpTo(git: CheckoutGit, file: string): Promise<Uint8Array<ArrayBuffer> | null> {
  const size = await git.fileSize(file)
  return size === null || size > VERSION_BYTES ? null : Uint8Array.from(await git.readFile(file))
}

async function resolve(
  git: CheckoutGit,
  scratch: Scratch,
  { comparison, baseCommit }: { comparison: ListedComparison; baseCommit: string | null },
  pathspecs?: readonly string[],
): Promise<Compared> {
  const head = await headCommit(git)
  if (comparison === 'staged') return { from: head ?? (await emptyTree(git)), cached: true }
  if (typeof comparison === 'object' && 'index' in comparison) return { from: comparison.from, cached: true }
  if (typeof comparison === 'object' && comparison.to !== null)
    return { from: comparison.from, to: comparison.to }
  if (comparison === 'unstaged') return { env: await indexWithUntracked(git, scratch, pathspecs) }
  const env =
    pathspecs === undefined
      ? await indexWithUntracked(git, scratch)
      : await indexOfPaths(git, scratch, pathspecs)
  if (typeof comparison === 'object') return { from: comparison.from, env }
  const from =
    comparison === 'base' ? await comparisonBase(git, baseCommit, head) : (head ?? (await emptyTree(git)))
  return { from, env }
}
