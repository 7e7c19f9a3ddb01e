import type { FileChange, GitState } from '@shared/domain'
import {
  emptyTree,
  gitToFile,
  headCommit,
  indexWithUntracked,
  LIST_BYTES,
  listChanges,
  untrackedPaths,
  withScratch,
  type ChangeList,
  type Scratch,
} from '../../sandbox/git/changes'
import { INERT_CONFIG } from '../../sandbox/git/environment'
import { expectGit, gitError } from '../../sandbox/git/errors'
import { nulStrings, oneLine } from '../../sandbox/git/parse'
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
      ...(await stagedPaths(git, scratch, uncommittedFrom)),
    }
    const marked = mark(uncommitted.files, marks)
    return {
      uncommitted: marked,
      uncommittedTotal: uncommitted.total,
      stagedTotal: stagedTotal(marked, uncommitted.total, marks.staged),
      base: mark(base.files, marks),
      baseTotal: base.total,
      commitsAhead: await countAhead(git, options.baseCommit, head),
      headCommit: head,
    }
  })
}

/** The uncommitted changes alone, as they would be committed. */
export async function readUncommitted(git: CheckoutGit): Promise<ChangeList & { stagedTotal: number }> {
  return withScratch(git, async (scratch) => {
    const env = await indexWithUntracked(git, scratch)
    const from = (await headCommit(git)) ?? (await emptyTree(git))
    const list = await listChanges(git, scratch, { from, env })
    const marks = {
      untracked: await untrackedAmong([list], git, scratch, env),
      unmerged: await unmergedPaths(git),
      ...(await stagedPaths(git, scratch, from)),
    }
    const files = mark(list.files, marks)
    return { files, total: list.total, stagedTotal: stagedTotal(files, list.total, marks.staged) }
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

/** What the index holds beyond `HEAD`, and which of that has changed since. Asked of the real index. */
async function stagedPaths(
  git: CheckoutGit,
  scratch: Scratch,
  from: string,
): Promise<{ staged: Set<string>; changedSince: Set<string> }> {
  const what = 'What is staged could not be listed'
  const names = async (...revisions: string[]) => {
    const command = { args: ['diff', '--name-only', '--no-renames', '-z'], rest: [...revisions, '--'] }
    // A look must not wait for, nor hold, the lock of the index.
    const bytes = await gitToFile(
      git,
      scratch,
      { ...command, env: { GIT_OPTIONAL_LOCKS: '0' } },
      LIST_BYTES,
      what,
    )
    return new Set(bytes === null ? [] : nulStrings(bytes))
  }
  const staged = await names('--cached', from)
  return { staged, changedSince: staged.size === 0 ? new Set() : await names() }
}

/** Both names of a rename are staged; where the list was cut they cannot be told to be one file. */
function stagedTotal(files: readonly FileChange[], total: number, staged: ReadonlySet<string>): number {
  return files.length === total ? files.filter((file) => file.staged !== 'none').length : staged.size
}

interface Marks {
  untracked: ReadonlySet<string>
  unmerged: ReadonlySet<string>
  staged: ReadonlySet<string>
  changedSince: ReadonlySet<string>
}

function mark(files: FileChange[], marks: Marks): FileChange[] {
  return files.map((file) => {
    if (marks.unmerged.has(file.path)) return { ...file, kind: 'unmerged' }
    const names = [file.path, ...(file.kind === 'renamed' && file.oldPath !== null ? [file.oldPath] : [])]
    const staged = names.some((name) => marks.staged.has(name))
    const since = names.some((name) => marks.changedSince.has(name) || (staged && !marks.staged.has(name)))
    return {
      ...file,
      untracked: marks.untracked.has(file.path),
      staged: !staged ? 'none' : since ? 'part' : 'all',
    }
  })
}

/** What is known of a checkout before anybody looked. */
export function emptyGitState(time: number): GitState {
  return {
    id: 'git',
    uncommitted: [],
    base: [],
    uncommittedTotal: 0,
    stagedTotal: 0,
    baseTotal: 0,
    commitsAhead: 0,
    headCommit: null,
    refreshedAt: time,
    problem: null,
  }
}
