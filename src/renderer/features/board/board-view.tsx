import type { Organization } from '@shared/domain'
import { ChevronRight } from 'lucide-react'
import { memo, useMemo, useRef } from 'react'
import { create } from 'zustand'
import { openNewTask, openTask } from '../../app/workspace'
import { retryTopic, useTopicError, useTopicPhase } from '../../client/topics'
import { Button } from '../../ui/button'
import { cx } from '../../ui/cx'
import { ListBox } from '../../ui/list-box'
import type { MenuGroups } from '../../ui/menu'
import { EmptyState, ErrorNotice } from '../../ui/notice'
import { Waiting } from '../../ui/progress'
import { Select } from '../../ui/select'
import { RelativeTime } from '../../ui/time'
import { useAccountOf } from '../accounts/use-accounts'
import { taskMenu } from '../sidebar/task-actions'
import { TaskGlyph } from '../sidebar/task-row'
import { useTaskGroups } from '../sidebar/use-task-groups'
import { AgeLine } from '../sync/age-line'
import { useSync } from '../sync/use-sync'
import { counted } from '../sync/sync-text'
import { FilterField, ListFrame } from '../task/list-frame'
import { type BoardColumn, boardColumns, type BoardOrder, type BoardRow } from './board-rows'
import { turnWords } from './turns'
import { useOverlapCounts } from './use-overlap-counts'

const rowHeight = 56

interface BoardState {
  filter: string
  order: BoardOrder
  folded: ReadonlySet<string>
}

/** How the board is looked at. Kept while the window lives. */
const useBoard = create<BoardState>(() => ({ filter: '', order: 'longest', folded: new Set() }))

const orders: readonly { value: BoardOrder; label: string }[] = [
  { value: 'longest', label: 'Longest waiting first' },
  { value: 'newest', label: 'Most recent first' },
  { value: 'repository', label: 'By repository' },
]

/** All tasks that are not done, by whose turn it is. */
export function BoardView({ organization }: { organization: Organization }) {
  const { filter, order, folded } = useBoard()
  const groups = useTaskGroups(organization.id)
  const login = useAccountOf(organization)?.login ?? null
  const sync = useSync(organization.id)
  const phase = useTopicPhase('tasks', organization.id)
  const error = useTopicError('tasks', organization.id)
  const columns = useMemo(
    () => boardColumns(groups, { filter, order, folded, login }),
    [groups, filter, order, folded, login],
  )
  const overlaps = useOverlapCounts(organization.id)
  const count = columns.reduce((sum, column) => sum + column.count, 0)
  return (
    <ListFrame
      title="Board"
      count={`${count} ${count === 1 ? 'task' : 'tasks'} in ${organization.name}, by whose turn it is`}
      tools={
        <>
          <FilterField
            label="Filter the board"
            value={filter}
            onChange={(next) => useBoard.setState({ filter: next })}
          />
          <Select
            label="Order"
            look="quiet"
            value={order}
            choices={orders}
            onChange={(next) => useBoard.setState({ order: next })}
          />
        </>
      }
      detail={null}
      detailLabel=""
      onCloseDetail={() => undefined}
    >
      <AgeLine sync={sync} />
      {error !== null && (
        <div className="shrink-0 p-12">
          <ErrorNotice
            error={error}
            actions={
              <Button size="small" onClick={() => retryTopic('tasks', organization.id)}>
                Read again
              </Button>
            }
          />
        </div>
      )}
      {count > 0 ? (
        <Columns columns={columns} overlaps={overlaps} subject={`${organization.id} ${order} ${filter}`} />
      ) : phase === 'loading' ? (
        <Waiting>Reading tasks</Waiting>
      ) : filter.trim() !== '' ? (
        <EmptyState
          title="No task matches"
          action={
            <Button size="small" onClick={() => useBoard.setState({ filter: '' })}>
              Clear filter
            </Button>
          }
        >
          Titles, branches and repositories were looked through.
        </EmptyState>
      ) : (
        <EmptyState title="Nothing waits" action={<Button onClick={() => openNewTask()}>New task</Button>}>
          Tasks and open pull requests stand here, under whoever has to act next.
        </EmptyState>
      )}
    </ListFrame>
  )
}

const Columns = memo(function Columns({
  columns,
  overlaps,
  subject,
}: {
  columns: BoardColumn[]
  overlaps: ReadonlyMap<string, number>
  subject: string
}) {
  const board = useRef<HTMLDivElement>(null)
  const go = (from: number, step: 1 | -1) => {
    const lists = [...(board.current?.querySelectorAll<HTMLElement>('[data-column]') ?? [])]
    const next = lists
      .filter((list) => Math.sign(Number(list.dataset['column']) - from) === step)
      .at(step === 1 ? 0 : -1)
    next?.querySelector<HTMLElement>('[role=listbox]')?.focus()
    next?.scrollIntoView({ inline: 'nearest', block: 'nearest' })
  }
  return (
    <div ref={board} className="flex min-h-0 flex-1 overflow-x-auto">
      {columns.map(({ turn, count, rows }, index) => (
        <section
          key={turn}
          aria-label={`${turnWords[turn]}, ${count}`}
          data-column={count === 0 ? undefined : index}
          className={cx(
            'flex min-h-0 flex-col border-e border-line last:border-e-0',
            count === 0 ? 'w-number shrink-0' : 'min-w-menu flex-1 basis-0',
          )}
        >
          <h2 className="flex h-strip shrink-0 items-center gap-6 border-b border-line px-12 text-12">
            <span className="font-medium">{turnWords[turn]}</span>
            <span className="text-text-faint">{count}</span>
          </h2>
          {count === 0 ? (
            <p className="p-12 text-12 text-text-faint">Nothing</p>
          ) : (
            <ListBox
              label={turnWords[turn]}
              rows={rows}
              keyOf={keyOf}
              nameOf={(row) => nameOf(row, overlaps.get(row.key) ?? 0)}
              rowHeight={rowHeight}
              selectedKey={null}
              onSelect={select}
              onSide={(step) => go(index, step)}
              menuFor={menuFor}
              subject={subject}
            >
              {(row) => <Card row={row} overlaps={overlaps.get(row.key) ?? 0} />}
            </ListBox>
          )}
        </section>
      ))}
    </div>
  )
})

const Card = memo(function Card({ row, overlaps }: { row: BoardRow; overlaps: number }) {
  if (row.type === 'repository') {
    return (
      <div className="flex h-full items-center gap-6 px-12 text-12 text-text-muted">
        <ChevronRight
          aria-hidden
          className={cx('size-12 shrink-0 transition-transform', !row.folded && 'rotate-90')}
        />
        <span className="min-w-0 flex-1 truncate font-medium">{row.name}</span>
        <span className="text-text-faint">{row.count}</span>
      </div>
    )
  }
  const { task, waiting, repositoryName } = row
  return (
    <div className="flex h-full flex-col justify-center gap-2 px-12">
      <div className="flex min-w-0 items-center gap-6">
        <TaskGlyph task={task} />
        <span
          className={cx('min-w-0 flex-1 truncate', task.unread && 'font-semibold')}
          title={task.title}
          dir="auto"
        >
          {task.title}
        </span>
        <span className="shrink-0 text-11 text-text-faint">
          <RelativeTime at={waiting.since} />
        </span>
      </div>
      <div className="flex min-w-0 items-center gap-6 ps-16 text-11 text-text-faint">
        <span className="min-w-0 flex-1 truncate text-text-muted">{waiting.reason}</span>
        {overlaps > 0 && (
          <span className="shrink-0 text-warning" title={overlapWords(overlaps)}>
            {overlaps} on the same files
          </span>
        )}
        <span className="min-w-0 truncate">{repositoryName}</span>
        {task.pullRequest !== null && <span className="shrink-0">#{task.pullRequest.number}</span>}
      </div>
    </div>
  )
})

const keyOf = ({ key }: BoardRow): string => key

const overlapWords = (count: number): string =>
  `${counted(count, 'other open pull request changes', 'other open pull requests change')} the same files`

function nameOf(row: BoardRow, overlaps: number): string {
  if (row.type === 'repository')
    return `${row.name}, ${row.count} ${row.count === 1 ? 'task' : 'tasks'}, ${row.folded ? 'folded' : 'unfolded'}`
  const { task, waiting, repositoryName } = row
  const number = task.pullRequest === null ? '' : `, pull request ${task.pullRequest.number}`
  const others = overlaps === 0 ? '' : `, ${overlapWords(overlaps)}`
  return `${task.title}, ${waiting.reason}, ${repositoryName}${number}${others}`
}

function select(row: BoardRow): void {
  if (row.type === 'task') return openTask(row.task.id)
  const folded = new Set(useBoard.getState().folded)
  if (!folded.delete(row.key)) folded.add(row.key)
  useBoard.setState({ folded })
}

const menuFor = (row: BoardRow): MenuGroups => (row.type === 'task' ? taskMenu(row.task) : [])
