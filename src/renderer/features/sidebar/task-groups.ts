import type { Repository, TaskSummary } from '@shared/domain'
import { BucketMap } from '../../client/bucket-map'
import { matchesFilter, parseFilter } from './task-filter'

/** How many tasks stand in a way that is told elsewhere. */
export interface TaskCounts {
  readonly running: number
  readonly provisioning: number
  /** Pull requests that nobody works on here. */
  readonly virtual: number
}

export interface RepositoryGroup {
  readonly repository: Repository
  /** Newest first. */
  readonly tasks: readonly TaskSummary[]
  /** When something last happened in it. */
  readonly activeAt: number
  readonly counts: TaskCounts
}

type Members = ReadonlyMap<string, TaskSummary>

export interface TaskGroups {
  readonly tasks: BucketMap<TaskSummary>
  readonly repositories: BucketMap<Repository>
  /** Tasks by the id of their repository, also of one that is not known yet. */
  readonly members: BucketMap<Members>
  readonly byRepository: BucketMap<RepositoryGroup>
  /** Those the list shows, most recently active first. */
  readonly groups: readonly RepositoryGroup[]
  readonly counts: TaskCounts
}

export const noGroups: TaskGroups = {
  tasks: new BucketMap(),
  repositories: new BucketMap(),
  members: new BucketMap(),
  byRepository: new BucketMap(),
  groups: [],
  counts: countsOf([]),
}

/**
 * Groups tasks by repository. Only groups in which something changed since `previous` are made again, so one
 * changed task among 10,000 costs the sorting of its own repository.
 */
export function groupTasks(
  previous: TaskGroups,
  repositories: BucketMap<Repository>,
  tasks: BucketMap<TaskSummary>,
): TaskGroups {
  if (previous.tasks === tasks && previous.repositories === repositories) return previous
  const edited = new Map<string, Map<string, TaskSummary>>()
  const membersOf = (repositoryId: string): Map<string, TaskSummary> => {
    let own = edited.get(repositoryId)
    if (own === undefined) {
      own = new Map(previous.members.get(repositoryId))
      edited.set(repositoryId, own)
    }
    return own
  }
  for (const [before, after] of tasks.changesSince(previous.tasks)) {
    if (before !== undefined) membersOf(before.repositoryId).delete(before.id)
    if (after !== undefined) membersOf(after.repositoryId).set(after.id, after)
  }
  const members = previous.members.edit(edited)
  const changed = new Set(edited.keys())
  const made = new Map<string, RepositoryGroup | undefined>()
  for (const [before, after] of repositories.changesSince(previous.repositories)) {
    if (after !== undefined) changed.add(after.id)
    else if (before !== undefined) made.set(before.id, undefined)
  }
  for (const id of changed) {
    const repository = repositories.get(id)
    if (repository !== undefined) made.set(id, makeGroup(repository, [...(members.get(id)?.values() ?? [])]))
  }
  const byRepository = previous.byRepository.edit(made)
  const groups = [...byRepository.values()]
    .filter(isListed)
    .toSorted((a, b) => b.activeAt - a.activeAt || a.repository.name.localeCompare(b.repository.name))
  return { tasks, repositories, members, byRepository, groups, counts: sumOf(groups) }
}

const newestFirst = (a: TaskSummary, b: TaskSummary): number =>
  b.updatedAt - a.updatedAt || (a.id < b.id ? 1 : -1)

let lastRecent: { byRepository: TaskGroups['byRepository']; tasks: readonly TaskSummary[] } = {
  byRepository: new BucketMap(),
  tasks: [],
}

/**
 * All tasks of these groups, newest first. The last answer is kept: for the groups that follow, what did not change
 * stays in its order, so one changed task costs no sorting of all.
 */
export function recentTasks({ byRepository }: TaskGroups): readonly TaskSummary[] {
  if (lastRecent.byRepository === byRepository) return lastRecent.tasks
  const { byRepository: before, tasks } = lastRecent
  const fresh: TaskSummary[] = []
  const changed = new Set<string>()
  for (const [, group] of byRepository.changesSince(before)) {
    if (group === undefined) continue
    changed.add(group.repository.id)
    for (const task of group.tasks) fresh.push(task)
  }
  fresh.sort(newestFirst)
  const merged: TaskSummary[] = []
  let next = 0
  for (const task of tasks) {
    if (changed.has(task.repositoryId) || !byRepository.has(task.repositoryId)) continue
    for (let one = fresh[next]; one !== undefined && newestFirst(one, task) < 0; one = fresh[++next])
      merged.push(one)
    merged.push(task)
  }
  for (; next < fresh.length; next++) {
    const one = fresh[next]
    if (one !== undefined) merged.push(one)
  }
  lastRecent = { byRepository, tasks: merged }
  return merged
}

/** Of the many repositories GitHub has, the list shows those with a task, and those with a folder to start one in. */
function isListed({ repository, tasks }: RepositoryGroup): boolean {
  if (repository.github === null || tasks.length > 0) return true
  return repository.localPath !== null && !repository.github.hidden
}

function makeGroup(repository: Repository, all: TaskSummary[]): RepositoryGroup {
  // Nobody waits for the pull requests of a repository they do not want to see, or that GitHub does not have any more.
  const unseen = repository.github !== null && (repository.github.hidden || repository.github.gone)
  const tasks = unseen ? all.filter(isWorkedOn) : all
  tasks.sort(newestFirst)
  const activeAt = Math.max(repository.lastUsedAt, tasks[0]?.updatedAt ?? 0)
  return { repository, tasks, activeAt, counts: countsOf(tasks) }
}

function countsOf(tasks: readonly TaskSummary[]): TaskCounts {
  const counts = { running: 0, provisioning: 0, virtual: 0 }
  for (const { status } of tasks) {
    if (status === 'running' || status === 'provisioning' || status === 'virtual') counts[status] += 1
  }
  return counts
}

function sumOf(groups: readonly RepositoryGroup[]): TaskCounts {
  const sum = { running: 0, provisioning: 0, virtual: 0 }
  for (const { counts } of groups) {
    sum.running += counts.running
    sum.provisioning += counts.provisioning
    sum.virtual += counts.virtual
  }
  return sum
}

/** Archived ones without a session here are pull requests that came and went. */
function isWorkedOn({ status, archiveReason }: TaskSummary): boolean {
  return status !== 'virtual' && (archiveReason === null || archiveReason === 'person')
}

export type SidebarRow =
  | { readonly type: 'heading'; readonly key: string; readonly label: string; readonly count: number }
  | {
      readonly type: 'repository'
      readonly key: string
      readonly repository: Repository
      readonly count: number
      readonly collapsed: boolean
    }
  | {
      readonly type: 'task'
      readonly key: string
      readonly task: TaskSummary
      readonly repositoryName: string | null
    }
  /** Pull requests of a repository that nobody works on here, beyond the newest few. */
  | { readonly type: 'more'; readonly key: string; readonly repositoryId: string; readonly count: number }
  /** Repositories that are hidden, or were and are shown now. */
  | { readonly type: 'hidden'; readonly key: 'hidden'; readonly count: number; readonly shown: boolean }

export interface RowOptions {
  readonly view: 'repositories' | 'recent'
  /** What a person folded or unfolded, by repository; all others go by `foldsOf`. */
  readonly folded: ReadonlyMap<string, boolean>
  /** Repositories of which all pull requests are shown. */
  readonly unfolded: ReadonlySet<string>
  /** Tasks that stand above the others. */
  readonly pinned: ReadonlySet<string>
  /** Repositories that a person put in a place, in this order; all others follow, the most active first. */
  readonly order: readonly string[]
  /** Repositories that stand in the list only when they are looked for, or asked for. */
  readonly hidden: ReadonlySet<string>
  readonly showHidden: boolean
  readonly showArchived: boolean
  readonly filter: string
  /** Login of the reader, whose own pull requests are never put aside. */
  readonly login: string | null
}

/** So many pull requests that nobody works on here are shown of a repository; the others when asked for. */
const FEW_VIRTUAL = 5
/** With more than so many in all, repositories nobody works in start folded. */
const MANY_VIRTUAL = 60

/**
 * Makes the rows of the list, top to bottom, as long as it is looked at in one way. What needs a person stands first, then
 * what they pinned, with the names of their repositories. The rows of a group are kept, so one changed task costs those of its own repository.
 */
export function sidebarRows(options: RowOptions): (groups: TaskGroups) => SidebarRow[] {
  const filter = parseFilter(options.filter, options.login)
  const isShown = (task: TaskSummary, repositoryName: string): boolean =>
    (task.status !== 'archived' || options.showArchived || filter.wantsArchived) &&
    matchesFilter(filter, task, repositoryName)
  const places = new Map(options.order.map((id, place) => [id, place]))
  const kept = new WeakMap<RepositoryGroup, GroupRows & { many: boolean }>()
  const make = options.view === 'recent' ? recentRows : repositoryRows
  return (groups) => {
    const { rows, waiting, pinned } = make(groups)
    return [...section('needs-you', 'Needs you', waiting), ...section('pinned', 'Pinned', pinned), ...rows]
  }

  function recentRows(groups: TaskGroups): GroupRows {
    const { rows, waiting, pinned } = noRows()
    for (const task of recentTasks(groups)) {
      const name = groups.byRepository.get(task.repositoryId)?.repository.name ?? ''
      if (!isShown(task, name)) continue
      const row = { type: 'task', key: task.id, task, repositoryName: name } as const
      if (task.status === 'needs_input') waiting.push(row)
      else if (options.pinned.has(task.id)) pinned.push(row)
      else rows.push(row)
    }
    return { rows, waiting, pinned }
  }

  function repositoryRows({ groups, counts }: TaskGroups): GroupRows {
    const many = counts.virtual > MANY_VIRTUAL
    const { rows, waiting, pinned } = noRows()
    let hidden = 0
    for (const group of inOrder(groups)) {
      let own = kept.get(group)
      if (own?.many !== many) {
        own = { ...rowsOf(group, many), many }
        kept.set(group, own)
      }
      const isHidden = filter.isEmpty && options.hidden.has(group.repository.id)
      if (isHidden) hidden += 1
      if (!isHidden || options.showHidden) for (const row of own.rows) rows.push(row)
      for (const row of own.waiting) waiting.push(row)
      for (const row of own.pinned) pinned.push(row)
    }
    if (hidden > 0) rows.push({ type: 'hidden', key: 'hidden', count: hidden, shown: options.showHidden })
    return { rows, waiting, pinned }
  }

  function inOrder(groups: readonly RepositoryGroup[]): readonly RepositoryGroup[] {
    if (places.size === 0) return groups
    const placeOf = ({ repository }: RepositoryGroup): number => places.get(repository.id) ?? places.size
    return groups.toSorted((a, b) => placeOf(a) - placeOf(b))
  }

  function rowsOf(group: RepositoryGroup, many: boolean): GroupRows {
    const { repository } = group
    const collapsed =
      filter.isEmpty && (options.folded.get(repository.id) ?? (many && isQuiet(group, options)))
    const { rows, waiting, pinned } = noRows()
    const all = !filter.isEmpty || options.unfolded.has(repository.id)
    let count = 0
    let virtual = 0
    let aside = 0
    for (const task of group.tasks) {
      if (!isShown(task, repository.name)) continue
      const above = task.status === 'needs_input' ? waiting : options.pinned.has(task.id) ? pinned : null
      if (above !== null) {
        above.push({ type: 'task', key: task.id, task, repositoryName: repository.name })
        continue
      }
      count += 1
      if (collapsed) continue
      if (task.status === 'virtual' && !isMine(task, options) && ++virtual > FEW_VIRTUAL && !all) aside += 1
      else rows.push({ type: 'task', key: task.id, task, repositoryName: null })
    }
    if (count === 0 && !filter.isEmpty) return { rows, waiting, pinned }
    if (aside > 0)
      rows.push({ type: 'more', key: `more ${repository.id}`, repositoryId: repository.id, count: aside })
    rows.unshift({ type: 'repository', key: repository.id, repository, count, collapsed })
    return { rows, waiting, pinned }
  }
}

interface GroupRows {
  readonly rows: SidebarRow[]
  readonly waiting: SidebarRow[]
  readonly pinned: SidebarRow[]
}

const noRows = (): GroupRows => ({ rows: [], waiting: [], pinned: [] })

function section(key: string, label: string, rows: readonly SidebarRow[]): SidebarRow[] {
  return rows.length === 0 ? [] : [{ type: 'heading', key, label, count: rows.length }, ...rows]
}

const isMine = ({ owner }: TaskSummary, { login }: RowOptions): boolean =>
  owner !== null && owner.toLowerCase() === login?.toLowerCase()

/** Nothing in it is of the reader's doing: neither a folder, nor work, nor a pull request of theirs. */
function isQuiet({ repository, tasks }: RepositoryGroup, options: RowOptions): boolean {
  if (repository.localPath !== null || repository.lastUsedAt > 0) return false
  return tasks.every((task) => !isWorkedOn(task) && !isMine(task, options))
}
