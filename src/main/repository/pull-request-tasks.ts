import type { ArchiveReason } from '@shared/tasks'

/** What decides about the task of a pull request. */
export interface ProjectedTask {
  id: string
  /** The repository's own id, or what `headRepositoryOf` makes of a fork. */
  headRepository: string
  branch: string
  pullRequestNumber: number | null
  title: string
  /** Null while virtual: nobody has worked on it here. */
  materializedAt: number | null
  archivedAt: number | null
  archiveReason: ArchiveReason | null
  createdAt: number
  updatedAt: number
}

/** Of a pull request, what its task goes by. */
export interface ProjectedPull {
  number: number
  title: string
  state: 'open' | 'closed' | 'merged'
  headRef: string
  /** GitHub's id; null once the fork was deleted. */
  headRepositoryId: string | null
  createdAt: number
  updatedAt: number
}

export interface Key {
  headRepository: string
  branch: string
}

/** What there is around a pull request that became different. Only what decides is asked for. */
export interface Around {
  /** The task whose pull request this is. */
  linked: ProjectedTask | null
  /** The task on a branch. */
  onBranch(key: Key): ProjectedTask | null
  /** The newest other pull request that is open from a branch. */
  otherOpen(key: Key): { number: number; title: string } | null
  isOpen(number: number): boolean
  repository: { id: string; githubId: string | null }
  archives: boolean
  now: number
}

export type TaskFacts = Omit<ProjectedTask, 'id' | 'createdAt'>

export type Step =
  | { type: 'insert'; task: Omit<ProjectedTask, 'id'> }
  | { type: 'update'; task: ProjectedTask; set: Partial<TaskFacts> }
  | { type: 'remove'; task: ProjectedTask }

/** Where a head branch lives, as the key of a task has it; null once nobody can tell. */
export function headRepositoryOf(
  headRepositoryId: string | null,
  repository: { id: string; githubId: string | null },
): string | null {
  if (headRepositoryId === null) return null
  return headRepositoryId === repository.githubId ? repository.id : `github:${headRepositoryId}`
}

/**
 * What becomes of tasks when a pull request became different. One branch is one task, whatever happens:
 *
 * - An open pull request has a task: the one it has, the one on its branch, or a new virtual one.
 * - A head branch that was renamed takes its task along. Where the new name has a task already, the one somebody worked
 *   on stays; of two of these, each keeps its branch.
 * - Of several pull requests from one branch the task has an open one, the newest of these.
 * - Merged or closed archives it, unless another one is open from the branch; what a person archived or un-archived is
 *   touched by a real change of state alone. Reopened brings back what was archived for it.
 * - A fork that was deleted changes nothing: the task stays where it was. Of several pull requests from one branch of it,
 *   the others get tasks of their own: there is no branch any more that they share.
 */
export function stepsFor(before: ProjectedPull | null, after: ProjectedPull, around: Around): Step[] {
  const { linked, repository } = around
  const headRepository =
    headRepositoryOf(after.headRepositoryId, repository) ??
    linked?.headRepository ??
    `deleted:${after.number}`
  const key = { headRepository, branch: after.headRef }
  return after.state === 'open'
    ? stepsForOpen(before, after, key, around)
    : stepsForEnded(before, after, key, around)
}

function stepsForOpen(before: ProjectedPull | null, after: ProjectedPull, key: Key, around: Around): Step[] {
  const mine = around.linked ?? around.onBranch(key) ?? renamedTask(before, after, around)
  if (mine === null) return [{ type: 'insert', task: virtualTask(after, key) }]
  if (isAt(mine, key)) return [updated(mine, before, after, adopts(mine, after, around), around)]

  const there = around.onBranch(key)
  if (there === null)
    return [updated(mine, before, after, { ...key, ...adopts(mine, after, around) }, around)]
  // Its new name is another task's: somebody's work stays, and a row that nobody worked on makes way.
  if (there.materializedAt === null && mine.materializedAt !== null)
    return [
      { type: 'remove', task: there },
      updated(mine, before, after, { ...key, ...preferred(there, after, around) }, around),
    ]
  return [...letGo(mine, around), updated(there, before, after, adopts(there, after, around), around)]
}

/** The task that goes by the name the branch had before, when another pull request from it is the one it has. */
function renamedTask(
  before: ProjectedPull | null,
  after: ProjectedPull,
  around: Around,
): ProjectedTask | null {
  if (before === null || before.headRef === after.headRef) return null
  const headRepository = headRepositoryOf(before.headRepositoryId, around.repository)
  if (headRepository === null) return null
  const task = around.onBranch({ headRepository, branch: before.headRef })
  // Work that never was published under the old name stays there.
  return task === null || task.pullRequestNumber === null ? null : task
}

function isAt(task: Key, { headRepository, branch }: Key): boolean {
  return task.headRepository === headRepository && task.branch === branch
}

/** The pull request a task has from now on, of the one it has and one more from its branch. */
function preferred(
  { pullRequestNumber }: Pick<ProjectedTask, 'pullRequestNumber'>,
  after: ProjectedPull,
  around: Around,
): { pullRequestNumber: number } {
  const keeps =
    pullRequestNumber !== null && pullRequestNumber > after.number && around.isOpen(pullRequestNumber)
  return { pullRequestNumber: keeps ? pullRequestNumber : after.number }
}

function adopts(task: ProjectedTask, after: ProjectedPull, around: Around): Partial<TaskFacts> {
  return task.pullRequestNumber === after.number ? {} : preferred(task, after, around)
}

/** The pull request went to another task. */
function letGo(task: ProjectedTask, around: Around): Step[] {
  const other = around.otherOpen(task)
  if (other === null && task.materializedAt === null) return [{ type: 'remove', task }]
  return [{ type: 'update', task, set: { pullRequestNumber: other?.number ?? null } }]
}

function stepsForEnded(before: ProjectedPull | null, after: ProjectedPull, key: Key, around: Around): Step[] {
  const mine = around.linked ?? unlinkedTask(after, key, around)
  if (mine === null) return []
  const ends = before === null || before.state === 'open'
  const other = ends ? around.otherOpen(mine) : null
  if (other !== null) {
    const follows = mine.materializedAt === null || mine.title === before?.title
    const set = { pullRequestNumber: other.number, ...(follows ? { title: other.title } : {}) }
    return [updated(mine, before, after, set, around)]
  }
  const archived: Partial<TaskFacts> =
    ends && around.archives && mine.archivedAt === null && after.state !== 'open'
      ? { archivedAt: around.now, archiveReason: after.state }
      : {}
  return [updated(mine, before, after, { pullRequestNumber: after.number, ...archived }, around)]
}

/** Work of a person whose pull request came and went between two looks. Older ones were from another branch of that name. */
function unlinkedTask(after: ProjectedPull, key: Key, around: Around): ProjectedTask | null {
  const task = around.onBranch(key)
  const isIts = task !== null && task.pullRequestNumber === null && after.createdAt >= task.createdAt
  return isIts ? task : null
}

function updated(
  task: ProjectedTask,
  before: ProjectedPull | null,
  after: ProjectedPull,
  set: Partial<TaskFacts>,
  around: Around,
): Step {
  const virtual = task.materializedAt === null
  const isShown = (set.pullRequestNumber ?? task.pullRequestNumber) === after.number
  // A title that a person gave is theirs.
  const follows = isShown && (virtual || (before !== null && before.title === task.title))
  // Its own pull request was reopened, or another one from its branch takes the place of the one that ended.
  const isNews = before?.state !== 'open' || (isShown && task.pullRequestNumber !== after.number)
  const comesBack =
    after.state === 'open' && isNews && task.archiveReason !== null && task.archiveReason !== 'person'
  return {
    type: 'update',
    task,
    set: {
      ...set,
      ...(follows ? { title: after.title } : {}),
      ...(comesBack ? { archivedAt: null, archiveReason: null } : {}),
      // GitHub's clock may be ahead of ours; what happened there is never in the future of what is done here.
      updatedAt: virtual ? after.updatedAt : Math.max(task.updatedAt, Math.min(after.updatedAt, around.now)),
    },
  }
}

function virtualTask(after: ProjectedPull, key: Key): Omit<ProjectedTask, 'id'> {
  return {
    ...key,
    pullRequestNumber: after.number,
    title: after.title,
    materializedAt: null,
    archivedAt: null,
    archiveReason: null,
    createdAt: after.createdAt,
    updatedAt: after.updatedAt,
  }
}
