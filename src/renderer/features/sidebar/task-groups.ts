import type { Repository, TaskSummary } from '@shared/domain'
import { matchesFilter, parseFilter } from './task-filter'

export interface RepositoryGroup {
  readonly repository: Repository
  /** Newest first. */
  readonly tasks: readonly TaskSummary[]
  /** When something last happened in it. */
  readonly activeAt: number
}

export interface TaskGroups {
  readonly tasks: ReadonlyMap<string, TaskSummary>
  readonly repositories: ReadonlyMap<string, Repository>
  readonly byRepository: ReadonlyMap<string, RepositoryGroup>
  /** Those the list shows, most recently active first. */
  readonly groups: readonly RepositoryGroup[]
  /** All tasks of these, newest first. */
  readonly recent: readonly TaskSummary[]
  /** How many of these are pull requests that nobody works on here. */
  readonly virtual: number
}

export const noGroups: TaskGroups = {
  tasks: new Map(),
  repositories: new Map(),
  byRepository: new Map(),
  groups: [],
  recent: [],
  virtual: 0,
}

/**
 * Groups tasks by repository. Only groups in which something changed since `previous` are made again, so one
 * changed task among 10,000 costs the sorting of its own repository.
 */
export function groupTasks(
  previous: TaskGroups,
  repositories: ReadonlyMap<string, Repository>,
  tasks: ReadonlyMap<string, TaskSummary>,
): TaskGroups {
  if (previous.tasks === tasks && previous.repositories === repositories) return previous
  const changed = new Set<string>()
  for (const [id, task] of tasks) {
    const before = previous.tasks.get(id)
    if (before === task) continue
    changed.add(task.repositoryId)
    if (before !== undefined) changed.add(before.repositoryId)
  }
  for (const [id, before] of previous.tasks) if (!tasks.has(id)) changed.add(before.repositoryId)
  for (const [id, repository] of repositories)
    if (previous.repositories.get(id) !== repository) changed.add(id)
  const removed = [...previous.repositories.keys()].some((id) => !repositories.has(id))
  if (changed.size === 0 && !removed) return previous

  const members = new Map<string, TaskSummary[]>()
  for (const task of tasks.values()) {
    if (!changed.has(task.repositoryId)) continue
    const list = members.get(task.repositoryId)
    if (list === undefined) members.set(task.repositoryId, [task])
    else list.push(task)
  }
  const byRepository = new Map<string, RepositoryGroup>()
  for (const [id, repository] of repositories) {
    const kept = changed.has(id) ? undefined : previous.byRepository.get(id)
    byRepository.set(id, kept ?? makeGroup(repository, members.get(id) ?? []))
  }
  const groups = [...byRepository.values()]
    .filter(isListed)
    .toSorted((a, b) => b.activeAt - a.activeAt || a.repository.name.localeCompare(b.repository.name))
  const recent = mergeRecent(previous, byRepository)
  const virtual = groups.reduce((sum, group) => sum + virtualIn(group), 0)
  return { tasks, repositories, byRepository, groups, recent, virtual }
}

const newestFirst = (a: TaskSummary, b: TaskSummary): number =>
  b.updatedAt - a.updatedAt || (a.id < b.id ? 1 : -1)

/** The order from before stays for all that did not change: one changed task costs no sorting of all. */
function mergeRecent(
  previous: TaskGroups,
  byRepository: ReadonlyMap<string, RepositoryGroup>,
): TaskSummary[] {
  const fresh: TaskSummary[] = []
  const changed = new Set<string>()
  for (const [id, group] of byRepository) {
    if (previous.byRepository.get(id) === group) continue
    changed.add(id)
    for (const task of group.tasks) fresh.push(task)
  }
  fresh.sort(newestFirst)
  const merged: TaskSummary[] = []
  let next = 0
  for (const task of previous.recent) {
    if (changed.has(task.repositoryId) || !byRepository.has(task.repositoryId)) continue
    for (let one = fresh[next]; one !== undefined && newestFirst(one, task) < 0; one = fresh[++next])
      merged.push(one)
    merged.push(task)
  }
  for (; next < fresh.length; next++) {
    const one = fresh[next]
    if (one !== undefined) merged.push(one)
  }
  return merged
}

const virtualCounts = new WeakMap<RepositoryGroup, number>()

function virtualIn(group: RepositoryGroup): number {
  const known = virtualCounts.get(group)
  if (known !== undefined) return known
  const count = group.tasks.reduce((sum, { status }) => sum + Number(status === 'virtual'), 0)
  virtualCounts.set(group, count)
  return count
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
  return { repository, tasks, activeAt: Math.max(repository.lastUsedAt, tasks[0]?.updatedAt ?? 0) }
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

export interface RowOptions {
  readonly view: 'repositories' | 'recent'
  /** What a person folded or unfolded, by repository; all others go by `foldsOf`. */
  readonly folded: ReadonlyMap<string, boolean>
  /** Repositories of which all pull requests are shown. */
  readonly unfolded: ReadonlySet<string>
  readonly showArchived: boolean
  readonly filter: string
  /** Login of the reader, whose own pull requests are never put aside. */
  readonly login: string | null
}

/** So many pull requests that nobody works on here are shown of a repository; the others when asked for. */
const FEW_VIRTUAL = 5
/** With more than so many in all, repositories nobody works in start folded. */
const MANY_VIRTUAL = 60

/** The rows of the list, top to bottom. What needs a person stands first, with the name of its repository. */
export function sidebarRows(groups: TaskGroups, options: RowOptions): SidebarRow[] {
  const filter = parseFilter(options.filter, options.login)
  const isShown = (task: TaskSummary, repositoryName: string): boolean =>
    (task.status !== 'archived' || options.showArchived || filter.wantsArchived) &&
    matchesFilter(filter, task, repositoryName)
  const waiting: SidebarRow[] = []
  const rows = options.view === 'recent' ? recentRows() : repositoryRows()
  if (waiting.length === 0) return rows
  return [
    { type: 'heading', key: 'needs-you', label: 'Needs you', count: waiting.length },
    ...waiting,
    ...rows,
  ]

  function recentRows(): SidebarRow[] {
    const found: SidebarRow[] = []
    for (const task of groups.recent) {
      const name = groups.byRepository.get(task.repositoryId)?.repository.name ?? ''
      if (!isShown(task, name)) continue
      const row = { type: 'task', key: task.id, task, repositoryName: name } as const
      if (task.status === 'needs_input') waiting.push(row)
      else found.push(row)
    }
    return found
  }

  function repositoryRows(): SidebarRow[] {
    const found: SidebarRow[] = []
    for (const group of groups.groups) {
      const { repository } = group
      const collapsed =
        filter.isEmpty &&
        (options.folded.get(repository.id) ?? (groups.virtual > MANY_VIRTUAL && isQuiet(group, options)))
      const start = found.length
      const all = !filter.isEmpty || options.unfolded.has(repository.id)
      let count = 0
      let virtual = 0
      let aside = 0
      for (const task of group.tasks) {
        if (!isShown(task, repository.name)) continue
        if (task.status === 'needs_input') {
          waiting.push({ type: 'task', key: task.id, task, repositoryName: repository.name })
          continue
        }
        count += 1
        if (collapsed) continue
        if (task.status === 'virtual' && !isMine(task, options) && ++virtual > FEW_VIRTUAL && !all) aside += 1
        else found.push({ type: 'task', key: task.id, task, repositoryName: null })
      }
      if (count === 0 && !filter.isEmpty) continue
      if (aside > 0)
        found.push({ type: 'more', key: `more ${repository.id}`, repositoryId: repository.id, count: aside })
      found.splice(start, 0, { type: 'repository', key: repository.id, repository, count, collapsed })
    }
    return found
  }
}

const isMine = ({ owner }: TaskSummary, { login }: RowOptions): boolean =>
  owner !== null && owner.toLowerCase() === login?.toLowerCase()

/** Nothing in it is of the reader's doing: neither a folder, nor work, nor a pull request of theirs. */
function isQuiet({ repository, tasks }: RepositoryGroup, options: RowOptions): boolean {
  if (repository.localPath !== null || repository.lastUsedAt > 0) return false
  return tasks.every((task) => !isWorkedOn(task) && !isMine(task, options))
}

export interface TaskCounts {
  readonly running: number
  readonly provisioning: number
  readonly needsInput: number
}

export function countTasks(tasks: ReadonlyMap<string, TaskSummary>): TaskCounts {
  let running = 0
  let provisioning = 0
  let needsInput = 0
  for (const task of tasks.values()) {
    if (task.status === 'running') running += 1
    else if (task.status === 'provisioning') provisioning += 1
    else if (task.status === 'needs_input') needsInput += 1
  }
  return { running, provisioning, needsInput }
}
