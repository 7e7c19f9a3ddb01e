import type { Repository, TaskSummary } from '@shared/domain'

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
}

export const noGroups: TaskGroups = {
  tasks: new Map(),
  repositories: new Map(),
  byRepository: new Map(),
  groups: [],
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
  return { tasks, repositories, byRepository, groups }
}

/** Of the many repositories GitHub has, the list shows those with a task, and those with a folder to start one in. */
function isListed({ repository, tasks }: RepositoryGroup): boolean {
  if (repository.github === null || tasks.length > 0) return true
  return repository.localPath !== null && !repository.github.hidden
}

function makeGroup(repository: Repository, tasks: TaskSummary[]): RepositoryGroup {
  tasks.sort((a, b) => b.updatedAt - a.updatedAt || (a.id < b.id ? 1 : -1))
  return { repository, tasks, activeAt: Math.max(repository.lastUsedAt, tasks[0]?.updatedAt ?? 0) }
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

export interface RowOptions {
  readonly collapsed: ReadonlySet<string>
  readonly showArchived: boolean
  readonly filter: string
}

/** The rows of the list, top to bottom. What needs a person stands first, with the name of its repository. */
export function sidebarRows(groups: TaskGroups, options: RowOptions): SidebarRow[] {
  const words = filterWords(options.filter)
  const waiting: SidebarRow[] = []
  const rows: SidebarRow[] = []
  for (const group of groups.groups) {
    const start = rows.length
    let count = 0
    const collapsed = words.length === 0 && options.collapsed.has(group.repository.id)
    for (const task of group.tasks) {
      if (task.status === 'archived' && !options.showArchived) continue
      if (!matchesFilter(words, task, group.repository.name)) continue
      if (task.status === 'needs_input') {
        waiting.push({ type: 'task', key: task.id, task, repositoryName: group.repository.name })
        continue
      }
      count += 1
      if (!collapsed) rows.push({ type: 'task', key: task.id, task, repositoryName: null })
    }
    if (count === 0 && words.length > 0) continue
    const { repository } = group
    rows.splice(start, 0, { type: 'repository', key: repository.id, repository, count, collapsed })
  }
  if (waiting.length === 0) return rows
  return [
    { type: 'heading', key: 'needs-you', label: 'Needs you', count: waiting.length },
    ...waiting,
    ...rows,
  ]
}

export function filterWords(filter: string): string[] {
  return filter.toLocaleLowerCase().split(/\s+/).filter(Boolean)
}

/** Every word has to stand somewhere in title, branch or repository. */
export function matchesFilter(words: readonly string[], task: TaskSummary, repositoryName: string): boolean {
  if (words.length === 0) return true
  const text = searchText(task)
  const name = repositoryName.toLocaleLowerCase()
  return words.every((word) => text.includes(word) || name.includes(word))
}

const searchTexts = new WeakMap<TaskSummary, string>()

function searchText(task: TaskSummary): string {
  let text = searchTexts.get(task)
  if (text === undefined) {
    text = `${task.title}\n${task.branch}`.toLocaleLowerCase()
    searchTexts.set(task, text)
  }
  return text
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
