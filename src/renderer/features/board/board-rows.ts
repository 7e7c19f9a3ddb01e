import type { TaskSummary } from '@shared/domain'
import { matchesFilter, parseFilter } from '../sidebar/task-filter'
import { recentTasks, type TaskGroups } from '../sidebar/task-groups'
import { type Turn, turns, type Waiting, waitingFor } from './turns'

export type BoardOrder = 'longest' | 'newest' | 'repository'

export type BoardRow =
  | {
      readonly type: 'task'
      readonly key: string
      readonly task: TaskSummary
      readonly waiting: Waiting
      readonly repositoryName: string
    }
  | {
      readonly type: 'repository'
      readonly key: string
      readonly name: string
      readonly count: number
      readonly folded: boolean
    }
type TaskRow = Extract<BoardRow, { type: 'task' }>

export interface BoardColumn {
  readonly turn: Turn
  readonly count: number
  readonly rows: readonly BoardRow[]
}

export interface BoardOptions {
  readonly filter: string
  readonly order: BoardOrder
  /** Keys of repositories whose tasks are folded away. */
  readonly folded: ReadonlySet<string>
  readonly login: string | null
}

/** All tasks that wait for somebody, a column for each whose turn it may be. */
export function boardColumns(groups: TaskGroups, options: BoardOptions): BoardColumn[] {
  const filter = parseFilter(options.filter, options.login)
  const found = new Map<Turn, TaskRow[]>(turns.map((turn) => [turn, []]))
  for (const task of recentTasks(groups)) {
    const repositoryName = groups.byRepository.get(task.repositoryId)?.repository.name ?? ''
    if (task.status === 'archived' || !matchesFilter(filter, task, repositoryName)) continue
    const waiting = waitingFor(task, options.login)
    if (waiting !== null)
      found.get(waiting.turn)?.push({ type: 'task', key: task.id, task, waiting, repositoryName })
  }
  return turns.map((turn) => {
    const rows = found.get(turn) ?? []
    rows.sort(options.order === 'longest' ? longestFirst : newestFirst)
    return {
      turn,
      count: rows.length,
      rows: options.order === 'repository' ? byRepository(turn, rows, options.folded) : rows,
    }
  })
}

const longestFirst = (a: TaskRow, b: TaskRow): number =>
  a.waiting.since - b.waiting.since || (a.key < b.key ? -1 : 1)
const newestFirst = (a: TaskRow, b: TaskRow): number => longestFirst(b, a)

function byRepository(turn: Turn, tasks: readonly TaskRow[], folded: ReadonlySet<string>): BoardRow[] {
  const groups = Map.groupBy(tasks, ({ task }) => task.repositoryId)
  const named = [...groups].map(([id, rows]) => ({ id, rows, name: rows[0]?.repositoryName ?? '' }))
  named.sort((a, b) => a.name.localeCompare(b.name) || (a.id < b.id ? -1 : 1))
  return named.flatMap(({ id, rows, name }): BoardRow[] => {
    const key = `${turn} ${id}`
    const isFolded = folded.has(key)
    const heading: BoardRow = { type: 'repository', key, name, count: rows.length, folded: isFolded }
    return isFolded ? [heading] : [heading, ...rows]
  })
}
