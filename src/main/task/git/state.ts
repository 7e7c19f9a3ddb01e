import type { FileChange, GitState } from '@shared/domain'
import {
  emptyTree,
  headCommit,
  indexWithUntracked,
  listChanges,
  untrackedPaths,
  withScratch,
  type ChangeList,
  type Scratch,
} from '../../sandbox/git/changes'
import { INERT_CONFIG } from '../../sandbox/git/environment'
import { expectGit, gitError } from '../../sandbox/git/errors'
import { oneLine } from '../../sandbox/git/parse'
import type { CheckoutGit } from '../../sandbox/git/types'

/** What git says about a checkout; the caller adds when it asked. */
export type ReadGitState = Omit<GitState, 'id' | 'refreshedAt' | 'problem'>

/**
 * Reads what is uncommitted and everything the branch holds beyond its base. Looks only: neither the index,
 * the branch nor any file changes, so it may run while an agent works.
 */
export async function readGitState(
  git: CheckoutGit,
  options: { baseCommit: string | null },
): Promise<ReadGitState> {
  return withScratch(git, async (scratch) => {
    const head = await headCommit(git)
    const env = await indexWithUntracked(git, scratch)
    const uncommittedFrom = head ?? (await emptyTree(git))
    const baseFrom = await comparisonBase(git, options.baseCommit, head)
    const uncommitted = await listChanges(git, scratch, { from: uncommittedFrom, env })
    const base =
      baseFrom === uncommittedFrom ? uncommitted : await listChanges(git, scratch, { from: baseFrom, env })
    const marks = {
      untracked: await untrackedAmong([uncommitted, base], git, scratch, env),
      unmerged: await unmergedPaths(git),
    }
    return {
      uncommitted: mark(uncommitted.files, marks),
      uncommittedTotal: uncommitted.total,
      base: mark(base.files, marks),
      baseTotal: base.total,
      commitsAhead: await countAhead(git, options.baseCommit, head),
      headCommit: head,
    }
  })
}

/** The uncommitted changes alone, as they would be committed. */
export async function readUncommitted(git: CheckoutGit): Promise<ChangeList> {
  return withScratch(git, async (scratch) => {
    const env = await indexWithUntracked(git, scratch)
    const list = await listChanges(git, scratch, {
      from: (await headCommit(git)) ?? (await emptyTree(git)),
      env,
    })
    const marks = {
      untracked: await untrackedAmong([list], git, scratch, env),
      unmerged: await unmergedPaths(git),
    }
    return { files: mark(list.files, marks), total: list.total }
  })
}

/**
 * Where "everything on this branch" begins: the merge base, so that commits the branch merged in from its
 * base do not count as its own. The base itself when the two share no history, nothing when there is none.
 */
export async function comparisonBase(
  git: CheckoutGit,
  baseCommit: string | null,
  head: string | null,
): Promise<string> {
  if (baseCommit === null) return emptyTree(git)
  if (head === null || head === baseCommit) return baseCommit
  const result = await git.run(['merge-base', baseCommit, head])
  if (result.exitCode === 0) return oneLine(result.stdout)
  if (result.exitCode === 1) return baseCommit
  throw gitError(result, 'The branch could not be compared with its base')
}

async function countAhead(git: CheckoutGit, baseCommit: string | null, head: string | null): Promise<number> {
  if (head === null || head === baseCommit) return 0
  const range = baseCommit === null ? [head] : [head, `^${baseCommit}`]
  const result = await git.run(['rev-list', '--count', ...range, '--'])
  return Number(oneLine(expectGit(result, 'The commits of the branch could not be counted').stdout))
}

async function untrackedAmong(
  lists: ChangeList[],
  git: CheckoutGit,
  scratch: Scratch,
  env: Record<string, string>,
): Promise<Set<string>> {
  const canHave = lists.some(({ files }) =>
    files.some(({ kind }) => kind !== 'modified' && kind !== 'deleted'),
  )
  return canHave ? untrackedPaths(git, scratch, env) : new Set()
}

/** Asked of the real index: in the copy that knows the untracked files, conflicts are resolved by what the file holds. */
export async function unmergedPaths(git: CheckoutGit): Promise<Set<string>> {
  const result = await git.run([...INERT_CONFIG, 'ls-files', '--unmerged', '-z', '--', ':/'])
  if (result.exitCode !== 0) throw gitError(result, 'The merge conflicts could not be listed')
  // Each entry is "<mode> <object> <stage>\t<path>"; one cut off at the end has lost its NUL and is left out.
  const entries = result.stdout.split('\0').slice(0, -1)
  return new Set(entries.map((entry) => entry.slice(entry.indexOf('\t') + 1)))
}

function mark(
  files: FileChange[],
  marks: { untracked: ReadonlySet<string>; unmerged: ReadonlySet<string> },
): FileChange[] {
  return files.map((file) => {
    if (marks.unmerged.has(file.path)) return { ...file, kind: 'unmerged' }
    return marks.untracked.has(file.path) ? { ...file, untracked: true } : file
  })
}
