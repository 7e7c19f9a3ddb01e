import type { ChangeAction, FileNames, PatchPart } from '@shared/changes'
import { FoundryError } from '@shared/errors'
import {
  emptyTree,
  gitToFile,
  headCommit,
  indexOfPaths,
  indexWithUntracked,
  PLAIN_DIFF,
  untrackedPaths,
  withScratch,
  type Scratch,
} from '../../sandbox/git/changes'
import { INERT_CONFIG } from '../../sandbox/git/environment'
import { expectGit, gitError } from '../../sandbox/git/errors'
import { nulStrings, toPathspec } from '../../sandbox/git/parse'
import { writeWorktreeTree } from '../../sandbox/git/snapshot'
import type { CheckoutGit } from '../../sandbox/git/types'
import { readFileDiffs, type GitComparison } from './diff'
import { partOfPatch } from './patch'

const SLOW_RUN_MS = 300_000
/** Putting files back is not what a repository's hooks wait for. */
const NO_HOOKS = [...INERT_CONFIG, '-c', 'core.hooksPath=/dev/null'] as const
/** A longer patch is taken whole, or not at all. */
const PART_BYTES = 16 * 1024 * 1024

export interface PartRequest {
  action: ChangeAction
  /** What the person looks at. Discarding makes the files what its old side is, so its new side has to be the files. */
  comparison: GitComparison
  files: readonly FileNames[]
  /** Anything but `file` needs exactly one file. */
  part: PatchPart
  /** The version of the diff that was looked at, where a part is meant. */
  version: string | null
}

/** Stages, unstages or discards files, or a part of one. What was discarded is in no file any more: secure it before. */
export async function applyPart(git: CheckoutGit, request: PartRequest): Promise<void> {
  const { files, part } = request
  const [file] = files
  if (file === undefined) throw new FoundryError('invalid_input', 'No files were chosen.')
  if (part === 'file') return wholeFiles(git, request)
  if (files.length > 1) throw new FoundryError('invalid_input', 'A part can be taken of one file only.')
  await partOfFile(git, request, file)
}

async function wholeFiles(git: CheckoutGit, { action, comparison, files }: PartRequest): Promise<void> {
  const pathspecs = files.flatMap(({ path, oldPath }) =>
    (oldPath === null ? [path] : [oldPath, path]).map(toPathspec),
  )
  const head = await headCommit(git)
  if (action === 'stage') {
    expectGit(
      await git.run(['add', '--all', '--', ...pathspecs], { timeoutMs: SLOW_RUN_MS }),
      'The files could not be staged',
    )
  } else if (action === 'unstage') {
    const what = 'The files could not be unstaged'
    if (head === null) {
      const args = ['rm', '--cached', '-r', '--quiet', '--ignore-unmatch', '--', ...pathspecs]
      expectGit(await git.run(args), what)
    } else expectGit(await git.run(['reset', '--quiet', head, '--', ...pathspecs]), what)
  } else {
    await discardFiles(git, head, comparison, pathspecs)
  }
}

async function discardFiles(
  git: CheckoutGit,
  head: string | null,
  comparison: GitComparison,
  pathspecs: readonly string[],
): Promise<void> {
  const what = 'The changes could not be discarded'
  await withScratch(git, async (scratch) => {
    if (comparison === 'unstaged') {
      const env = await indexWithUntracked(git, scratch, pathspecs)
      await removeUntracked(git, scratch, env, pathspecs)
      const known = expectGit(await git.run(['ls-files', '-z', '--', ...pathspecs]), what).stdout
      if (known !== '')
        expectGit(await git.run([...NO_HOOKS, 'checkout', '--quiet', '--', ...nulNames(known)]), what)
      return
    }
    const from =
      comparison === 'uncommitted' ? (head ?? (await emptyTree(git))) : await treeOfComparison(comparison)
    await bringBack(git, scratch, from, pathspecs)
    // Nothing of the discarded change stays staged.
    if (comparison === 'uncommitted') {
      if (head === null)
        expectGit(
          await git.run(['rm', '--cached', '-r', '--quiet', '--ignore-unmatch', '--', ...pathspecs]),
          what,
        )
      else expectGit(await git.run(['reset', '--quiet', head, '--', ...pathspecs]), what)
    }
  })
}

async function treeOfComparison(comparison: GitComparison): Promise<string> {
  if (typeof comparison === 'object') return comparison.from
  throw new FoundryError('invalid_input', 'Changes can be discarded only where they are not committed.')
}

const nulNames = (text: string): string[] =>
  text
    .split('\0')
    .filter((name) => name !== '')
    .map(toPathspec)

async function removeUntracked(
  git: CheckoutGit,
  scratch: Scratch,
  env: Record<string, string>,
  pathspecs: readonly string[],
): Promise<void> {
  const untracked = await untrackedPaths(git, scratch, env)
  if (untracked.size === 0) return
  expectGit(
    await git.run([...INERT_CONFIG, 'clean', '--force', '--quiet', '--', ...pathspecs]),
    'The new files could not be removed',
  )
}

/**
 * Makes the files that `pathspecs` match (all where null) what they are in a tree-ish: those it has not are removed,
 * ignored ones stay. The real index and the branch are not touched.
 */
export async function restoreFiles(
  git: CheckoutGit,
  treeish: string,
  pathspecs: readonly string[] | null,
): Promise<void> {
  await withScratch(git, (scratch) => bringBack(git, scratch, treeish, pathspecs))
}

async function bringBack(
  git: CheckoutGit,
  scratch: Scratch,
  treeish: string,
  pathspecs: readonly string[] | null,
): Promise<void> {
  const what = 'The files could not be restored'
  // An index that holds exactly what is there, so that git knows what to remove.
  const { env } = await writeWorktreeTree(git, scratch, what)
  const run = { env, timeoutMs: SLOW_RUN_MS }
  if (pathspecs === null) {
    expectGit(await git.run([...INERT_CONFIG, 'read-tree', '--reset', '-u', treeish], run), what)
    return
  }
  const list = async (args: readonly string[]) => {
    const output = await gitToFile(
      git,
      scratch,
      {
        // Repositories inside of the checkout are looked after by nobody here.
        args: ['diff', '--name-only', '-z', '--no-renames', '--ignore-submodules=all', ...args],
        rest: ['--cached', treeish, '--', ...pathspecs],
        env,
      },
      PART_BYTES,
      what,
    )
    return nulStrings(output ?? new Uint8Array()).map(toPathspec)
  }
  const absent = await list(['--diff-filter=A'])
  const others = await list(['--diff-filter=a'])
  // First what goes: a file may have to make way for a folder.
  if (absent.length > 0)
    expectGit(await git.run([...INERT_CONFIG, 'rm', '-f', '-q', '--', ...absent], run), what)
  if (others.length > 0)
    expectGit(await git.run([...NO_HOOKS, 'checkout', '--quiet', treeish, '--', ...others], run), what)
}

async function partOfFile(
  git: CheckoutGit,
  request: PartRequest,
  { path, oldPath }: FileNames,
): Promise<void> {
  const { action, comparison, part, version } = request
  const withFiles =
    comparison === 'uncommitted' ||
    comparison === 'unstaged' ||
    (typeof comparison === 'object' && comparison.to === null)
  const fits = {
    discard: withFiles,
    stage: comparison === 'unstaged',
    unstage: comparison === 'staged',
  }[action]
  if (!fits) throw new FoundryError('invalid_input', 'Parts of a file cannot be taken from this comparison.')
  await withScratch(git, async (scratch) => {
    const [seen] = await readFileDiffs(git, {
      comparison,
      baseCommit: null,
      files: [{ path, oldPath }],
      ignoreSpace: false,
    })
    if (seen === undefined || seen.version !== version)
      throw new FoundryError('conflict', `${path} has changed since its diff was read.`, {
        next: 'Look at the new diff and choose again.',
      })
    if (seen.truncated || seen.binary)
      throw new FoundryError(
        'unsupported',
        `Only all of ${path} can be taken: its diff is not here as a whole.`,
      )
    const direction = action === 'stage' ? 'forward' : 'reverse'
    const patch = partOfPatch(await exactPatch(git, scratch, comparison, path), part, direction)
    if (patch === null) throw new FoundryError('invalid_input', 'The part holds no change.')
    const file = scratch.file('part')
    await git.writeFile(file, Buffer.from(patch, 'latin1'))
    const flags = [
      ...(action === 'discard' ? [] : ['--cached']),
      ...(direction === 'reverse' ? ['--reverse'] : []),
    ]
    const applied = await git.run(['apply', '--whitespace=nowarn', ...flags, file])
    if (applied.exitCode !== 0) throw gitError(applied, `The part of ${path} could not be applied`)
  })
}

/** Byte for byte, each byte as a character, and the file under one name. */
async function exactPatch(
  git: CheckoutGit,
  scratch: Scratch,
  comparison: GitComparison,
  path: string,
): Promise<string> {
  const pathspec = toPathspec(path)
  const staged = comparison === 'staged'
  const head = (await headCommit(git)) ?? (await emptyTree(git))
  const index = comparison === 'unstaged' ? indexWithUntracked : indexOfPaths
  const env = staged ? undefined : await index(git, scratch, [pathspec])
  const from = comparison === 'unstaged' ? [] : [typeof comparison === 'object' ? comparison.from : head]
  const bytes = await gitToFile(
    git,
    scratch,
    {
      args: ['diff', ...PLAIN_DIFF, '--no-renames', '--binary'],
      rest: [...(staged ? ['--cached'] : []), ...from, '--', pathspec],
      ...(env === undefined ? {} : { env }),
    },
    PART_BYTES,
    `The diff of ${path} could not be read`,
  )
  return Buffer.from(bytes ?? []).toString('latin1')
}
