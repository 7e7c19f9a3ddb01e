import { randomBytes } from 'node:crypto'
import { posix } from 'node:path'
import type { FileChange } from '@shared/domain'
import { FoundryError } from '@shared/errors'
import { CONTEXT_LINES } from '@shared/changes'
import { INERT_CONFIG } from './environment'
import { expectGit, gitError } from './errors'
import { nulStrings, oneLine, parseNumstat, parseRaw, toPathspec, type RawChanges } from './parse'
import type { CheckoutGit, GitResult } from './types'

/** More files than this are counted, not listed. */
export const LISTED_FILES = 5000
/** A list longer than this is not read at all: about half a million files. */
export const LIST_BYTES = 64 * 1024 * 1024
const SLOW_RUN_MS = 300_000

/**
 * The same diff whatever the person or the repository has configured: no external programs, colours,
 * prefixes or orders. Files over 20 MB count as binary, so one run cannot eat the machine.
 */
export const PLAIN_DIFF = [
  '--no-color',
  '--no-ext-diff',
  '--no-textconv',
  '--find-renames',
  '-l1000',
  '--src-prefix=a/',
  '--dst-prefix=b/',
  '--submodule=short',
  '-O/dev/null',
] as const
export const DIFF_CONFIG = [
  ...INERT_CONFIG,
  '-c',
  'core.bigFileThreshold=20m',
  '-c',
  'core.quotePath=false',
  '-c',
  'diff.suppressBlankEmpty=false',
  // By option they would make a list of files a patch.
  '-c',
  `diff.context=${CONTEXT_LINES}`,
  '-c',
  'diff.interHunkContext=0',
] as const

/** Files of ours inside the git directory for the time of one operation. */
export interface Scratch {
  /** The git directory, absolute. */
  readonly gitDirectory: string
  /** A path for one file. The same name gives the same path. */
  file(name: string): string
}

/** Lends names for files inside `.git` and removes the files afterwards, however the work ended. */
export async function withScratch<Value>(
  git: CheckoutGit,
  work: (scratch: Scratch) => Promise<Value>,
): Promise<Value> {
  const found = expectGit(
    await git.run(['rev-parse', '--absolute-git-dir']),
    'The checkout could not be read',
  )
  const gitDirectory = oneLine(found.stdout)
  const prefix = `foundry-${randomBytes(6).toString('hex')}`
  const files = new Set<string>()
  try {
    return await work({
      gitDirectory,
      file(name) {
        const path = posix.join(gitDirectory, `${prefix}-${name}`)
        files.add(path)
        return path
      },
    })
  } finally {
    await git.removeFiles([...files])
  }
}

/** Scratch files by name, for those who clear up after a crash. */
export const SCRATCH_FILE = /^foundry-[0-9a-f]{12}-/

/** Runs a git command that can write its result with `--output`, and reads that. Null when it is over `maxBytes`. */
export async function gitToFile(
  git: CheckoutGit,
  scratch: Scratch,
  command: {
    config?: readonly string[]
    args: readonly string[]
    rest?: readonly string[]
    env?: Record<string, string>
  },
  maxBytes: number,
  what: string,
): Promise<Uint8Array | null> {
  const file = scratch.file('output')
  const result = await git.run(
    [...(command.config ?? DIFF_CONFIG), ...command.args, `--output=${file}`, ...(command.rest ?? [])],
    { timeoutMs: SLOW_RUN_MS, ...(command.env === undefined ? {} : { env: command.env }) },
  )
  if (result.exitCode !== 0) throw gitError(result, what)
  const size = await git.fileSize(file)
  if (size !== null && size > maxBytes) return null
  const bytes = await git.readFile(file)
  return bytes.length > maxBytes ? null : bytes
}

/**
 * A copy of the checkout's index in which everything untracked and not ignored is known by name, so that one
 * diff shows it like every other change. The real index is not touched, and nothing is stored but an empty
 * object. Falls back to the index of `HEAD` where there is none to copy.
 */
export async function indexWithUntracked(
  git: CheckoutGit,
  scratch: Scratch,
  /** Only what these match. */
  pathspecs: readonly string[] = [':/'],
): Promise<Record<string, string>> {
  const env = await copyIndex(git, scratch)
  const add = (paths: readonly string[]) =>
    git.run(
      [...INERT_CONFIG, 'add', '--intent-to-add', '--ignore-removal', '--ignore-errors', '--', ...paths],
      {
        env,
        timeoutMs: SLOW_RUN_MS,
      },
    )
  let result = await add(pathspecs)
  // One that is neither in the index nor a file, such as a deletion that is staged, makes git add nothing at all.
  if (/^fatal: pathspec .* did not match any files/m.test(result.stderr)) result = await add([':/'])
  if (!onlySkippedFiles(result)) throw gitError(result, 'The changed files could not be listed')
  return env
}

/** More files than this are looked at in an index of all of them. */
const FEW_FILES = 500

/**
 * As `indexWithUntracked`, for comparing a few paths with a tree: an index that holds nothing but them. Git takes seconds
 * to compare paths of a huge checkout with a tree once something in the index differs from it.
 */
export async function indexOfPaths(
  git: CheckoutGit,
  scratch: Scratch,
  pathspecs: readonly string[],
): Promise<Record<string, string>> {
  const what = 'The index of the checkout could not be read'
  const listed = expectGit(
    await git.run([...INERT_CONFIG, 'ls-files', '--stage', '-z', '--', ...pathspecs]),
    what,
  )
  const entries = listed.stdout.split('\0').slice(0, -1)
  const parts = entries.map((entry) => /^(\d+) ([0-9a-f]+) (\d)\t(.*)$/s.exec(entry))
  const isPlain = parts.every((part) => part?.[3] === '0' && !part[4]?.includes('\ufffd'))
  // Conflicts, names that are no text, and long lists are left to the index of everything.
  if (!isPlain || listed.truncated || entries.length > FEW_FILES)
    return indexWithUntracked(git, scratch, pathspecs)
  const env = { GIT_INDEX_FILE: scratch.file('index') }
  scratch.file('index.lock')
  const known = parts.flatMap((part) =>
    part === null ? [] : ['--cacheinfo', `${part[1]},${part[2]},${part[4]}`],
  )
  const made =
    known.length === 0
      ? await git.run([...INERT_CONFIG, 'read-tree', '--empty'], { env })
      : await git.run([...INERT_CONFIG, 'update-index', '--add', ...known], { env })
  expectGit(made, what)
  // Listed by the real index: what this one does not hold is not unknown for that.
  const others = expectGit(
    await git.run([...INERT_CONFIG, 'ls-files', '--others', '--exclude-standard', '-z', '--', ...pathspecs]),
    what,
  )
  const paths = others.stdout.split('\0').slice(0, -1)
  if (paths.length === 0) return env
  const added = await git.run(
    [...INERT_CONFIG, 'add', '--intent-to-add', '--ignore-errors', '--', ...paths.map(toPathspec)],
    { env },
  )
  if (!onlySkippedFiles(added)) throw gitError(added, 'The changed files could not be listed')
  return env
}

/** A scratch copy of the real index, as the environment that selects it. */
export async function copyIndex(git: CheckoutGit, scratch: Scratch): Promise<Record<string, string>> {
  const index = scratch.file('index')
  // What git leaves when it is killed while it writes this index.
  scratch.file('index.lock')
  const env = { GIT_INDEX_FILE: index }
  if (!(await git.copyFile(posix.join(scratch.gitDirectory, 'index'), index))) {
    const head = await headCommit(git)
    expectGit(
      await git.run(head === null ? ['read-tree', '--empty'] : ['read-tree', head], { env }),
      'The index of the checkout could not be read',
    )
  }
  return env
}

/**
 * With `--ignore-errors`, `git add` ends with 1 after leaving out what it cannot add: files that may not be
 * read, and repositories without a commit inside the checkout. Everything else was added.
 */
export function onlySkippedFiles(result: GitResult): boolean {
  return result.exitCode === 0 || (result.exitCode === 1 && !/^fatal:/m.test(result.stderr))
}

/** The commit `HEAD` names, or null on a branch without commits. */
export async function headCommit(git: CheckoutGit): Promise<string | null> {
  return resolveCommit(git, 'HEAD')
}

export async function resolveCommit(git: CheckoutGit, revision: string): Promise<string | null> {
  const result = await git.run([
    'rev-parse',
    '--verify',
    '--quiet',
    '--end-of-options',
    `${revision}^{commit}`,
  ])
  if (result.exitCode === 0) return oneLine(result.stdout)
  // Quiet means: no output when it simply does not exist. Anything else is a failure.
  if (result.stderr.trim() === '') return null
  throw gitError(result, `${revision} could not be read`)
}

/** The tree without entries, in the repository's own object format. Git knows it without storing it. */
export async function emptyTree(git: CheckoutGit): Promise<string> {
  const result = await git.run(['hash-object', '-t', 'tree', '/dev/null'])
  return oneLine(expectGit(result, 'The checkout could not be read').stdout)
}

export interface ChangeList {
  files: FileChange[]
  /** How many there are; more than `files` when the list was cut. */
  total: number
}

/** Two states for `git diff`. */
export interface Compared {
  from?: string
  to?: string
  cached?: boolean
  /** Selects the index. */
  env?: Record<string, string>
}

/** The revisions as the last arguments of `git diff`, and its environment; paths may follow. */
export function comparedArguments({ from, to, cached, env }: Compared): {
  rest: string[]
  env?: Record<string, string>
} {
  const rest = [
    ...(cached === true ? ['--cached'] : []),
    ...[from, to].filter((one) => one !== undefined),
    '--',
  ]
  return env === undefined ? { rest } : { rest, env }
}

/**
 * The changes between a tree-ish and either another (`to`), the index (`cached`), or the working tree as the index in
 * `env` knows it. Without `from`, those between that index and the working tree.
 * Line counts cost reading every file, so a list that was cut has none.
 */
export async function listChanges(
  git: CheckoutGit,
  scratch: Scratch,
  comparison: Compared,
): Promise<ChangeList> {
  const what = 'The changed files could not be listed'
  const list = (format: '--raw' | '--numstat') =>
    gitToFile(
      git,
      scratch,
      { args: ['diff', format, '-z', ...PLAIN_DIFF], ...comparedArguments(comparison) },
      LIST_BYTES,
      what,
    )

  const rawBytes = await list('--raw')
  if (rawBytes === null) {
    throw new FoundryError('unsupported', 'Too many files changed to list them.', {
      next: 'Add what should not be committed (such as build output or dependencies) to .gitignore.',
    })
  }
  const raw = parseRaw(rawBytes, LISTED_FILES)
  if (raw.total === 0) return { files: [], total: 0 }
  const countsBytes = raw.total > LISTED_FILES ? null : await list('--numstat')
  const counts = countsBytes === null ? null : parseNumstat(countsBytes)
  return { files: toFileChanges(raw, counts), total: raw.total }
}

function toFileChanges(raw: RawChanges, counts: ReturnType<typeof parseNumstat> | null): FileChange[] {
  return raw.changes.map((change) => {
    const lines = change.submodule ? undefined : counts?.get(change.path)
    return {
      path: change.path,
      oldPath: change.oldPath,
      kind: change.kind,
      added: lines?.added ?? null,
      removed: lines?.removed ?? null,
      untracked: false,
      staged: 'none',
    }
  })
}

/** Paths that git does not track, as the index of `indexWithUntracked` tells them from those that are staged. */
export async function untrackedPaths(
  git: CheckoutGit,
  scratch: Scratch,
  env: Record<string, string>,
): Promise<Set<string>> {
  const bytes = await gitToFile(
    git,
    scratch,
    { args: ['diff', '--name-only', '--diff-filter=A', '--no-renames', '-z'], rest: ['--'], env },
    LIST_BYTES,
    'The untracked files could not be listed',
  )
  return new Set(bytes === null ? [] : nulStrings(bytes))
}
