import type { TaskSummary } from '@shared/domain'
import { ChevronRight, Ellipsis, Eye, EyeOff, Folder } from 'lucide-react'
import { memo } from 'react'
import { shallow } from 'zustand/shallow'
import { call } from '../../client/call'
import { cx } from '../../ui/cx'
import { InlineEdit } from '../../ui/inline-edit'
import {
  PullRequestGlyph,
  PullRequestProblems,
  pullRequestStatus,
  pullRequestWords,
} from '../../ui/pull-request-glyph'
import { StatusGlyph, statusWords } from '../../ui/status-glyph'
import { RelativeTime } from '../../ui/time'
import { showError } from '../../ui/toast'
import { counted } from '../sync/sync-text'
import { setRenaming } from './sidebar-state'
import type { SidebarRow } from './task-groups'

interface RowProps {
  row: SidebarRow
  /** Of the reader, whose name stands at no task. */
  login: string | null
  id: string
  selected: boolean
  active: boolean
  renaming: boolean
  position: number
  size: number
}

const look = 'flex h-row items-center gap-6 px-12 contain-strict'

/** One line of the tree. Pointer and keys are handled by the tree itself. */
export const TreeRow = memo(function TreeRow(props: RowProps) {
  const { row, login, id, selected, active, renaming, position, size } = props
  const common = {
    id,
    'data-row': row.key,
    'aria-posinset': position,
    'aria-setsize': size,
  }
  if (row.type === 'heading') {
    return (
      <div
        {...common}
        role="treeitem"
        aria-level={1}
        aria-selected={false}
        className={cx(look, 'text-12 font-medium')}
      >
        <span className={row.key === 'needs-you' ? 'text-warning' : 'text-text-muted'}>{row.label}</span>
        <span className="text-text-faint">{row.count}</span>
      </div>
    )
  }
  if (row.type === 'repository') {
    return (
      <div
        {...common}
        role="treeitem"
        aria-level={1}
        aria-expanded={!row.collapsed}
        draggable
        aria-selected={false}
        title={row.repository.localPath ?? row.repository.originUrl ?? undefined}
        className={cx(
          look,
          'cursor-default text-12 text-text-muted hover:text-text',
          active && 'bg-surface-2',
        )}
      >
        <ChevronRight
          aria-hidden
          className={cx('size-12 shrink-0 transition-transform', !row.collapsed && 'rotate-90')}
        />
        <Folder aria-hidden className="size-12 shrink-0" />
        <span className="sr-only">
          {`${row.repository.name}, ${row.count} ${row.count === 1 ? 'task' : 'tasks'}`}
        </span>
        <span aria-hidden data-searched className="min-w-0 flex-1 truncate font-medium">
          {row.repository.name}
        </span>
        <span aria-hidden className="text-text-faint">
          {row.count}
        </span>
      </div>
    )
  }
  if (row.type === 'more' || row.type === 'hidden') {
    const Icon = row.type === 'more' ? Ellipsis : row.shown ? EyeOff : Eye
    return (
      <div
        {...common}
        role="treeitem"
        aria-level={row.type === 'more' ? 2 : 1}
        aria-selected={false}
        className={cx(
          look,
          'cursor-default text-12 text-text-faint hover:text-text',
          row.type === 'more' && 'ps-24',
          active && 'bg-surface-2',
        )}
      >
        <Icon aria-hidden className="size-12 shrink-0" />
        {row.type === 'more' ? (
          <>
            <span className="sr-only">Show</span>
            {counted(row.count, 'more pull request', 'more pull requests')}
          </>
        ) : (
          `${row.shown ? 'Put away' : 'Show'} ${counted(row.count, 'hidden repository', 'hidden repositories')}`
        )}
      </div>
    )
  }
  const { task, repositoryName } = row
  const owner = task.owner?.toLowerCase() === login?.toLowerCase() ? null : task.owner
  return (
    <div
      {...common}
      role="treeitem"
      aria-level={2}
      aria-selected={selected}
      className={cx(
        look,
        'cursor-default ps-24',
        selected ? 'bg-surface-3' : active ? 'bg-surface-2' : 'hover:bg-surface-2',
        task.status === 'archived' ? 'text-text-faint' : 'text-text',
      )}
    >
      <span className="sr-only">{taskName(task, owner, repositoryName)}</span>
      {renaming ? (
        <>
          <TaskGlyph task={task} />
          <RenameTask task={task} />
        </>
      ) : (
        <span aria-hidden className="contents">
          <TaskParts task={task} owner={owner} repositoryName={repositoryName} />
        </span>
      )}
    </div>
  )
}, isSame)

/** Rows are made anew with the list; most of them say what they said. */
function isSame({ row, ...props }: RowProps, { row: nextRow, ...next }: RowProps): boolean {
  return shallow(props, next) && shallow(row, nextRow)
}

/** Stands still while rows move past it. */
const TaskParts = memo(function TaskParts({
  task,
  owner,
  repositoryName,
}: {
  task: TaskSummary
  owner: string | null
  repositoryName: string | null
}) {
  const { pullRequest } = task
  return (
    <>
      <TaskGlyph task={task} />
      <span
        className={cx('min-w-0 flex-1 truncate', task.unread && 'font-semibold')}
        title={task.title}
        dir="auto"
        data-searched
      >
        {task.title}
      </span>
      {repositoryName !== null && (
        <span data-searched className="max-w-number truncate text-11 text-text-faint">
          {repositoryName}
        </span>
      )}
      {owner !== null && (
        <span className="hidden max-w-number truncate text-11 text-text-faint @picker:inline">
          <bdi>{owner}</bdi>
        </span>
      )}
      {pullRequest !== null && (
        <>
          <PullRequestProblems pullRequest={pullRequest} />
          {pullRequest.additions !== null && pullRequest.deletions !== null && (
            <span className="hidden shrink-0 text-11 @picker:inline">
              <span className="text-success">+{pullRequest.additions}</span>{' '}
              <span className="text-danger">−{pullRequest.deletions}</span>
            </span>
          )}
          <span className="shrink-0 text-11 text-text-faint">#{pullRequest.number}</span>
        </>
      )}
      <span className="shrink-0 text-11 text-text-faint">
        <RelativeTime at={task.updatedAt} />
      </span>
    </>
  )
})

function RenameTask({ task }: { task: TaskSummary }) {
  const save = async (title: string) => {
    setRenaming(null)
    const result = await call('task.rename', { taskId: task.id, title })
    if (!result.ok) showError(result.error)
  }
  return (
    <InlineEdit
      label="Task title"
      value={task.title}
      onSave={(title) => void save(title)}
      onCancel={() => setRenaming(null)}
    />
  )
}

/** What goes on in a task comes before what is known of its pull request. */
export function TaskGlyph({ task: { status, unread, pullRequest } }: { task: TaskSummary }) {
  const isQuiet = status === 'virtual' || status === 'idle' || status === 'archived'
  return isQuiet && !unread && pullRequest !== null ? (
    <PullRequestGlyph status={pullRequestStatus(pullRequest)} />
  ) : (
    <StatusGlyph status={status} unread={unread} />
  )
}

function taskName(task: TaskSummary, owner: string | null, repositoryName: string | null): string {
  const { pullRequest } = task
  const parts = [task.title]
  // Of a pull request that nobody works on here, how that stands is all there is to say.
  if (task.status !== 'virtual' || pullRequest === null) parts.push(statusWords[task.status])
  if (task.unread) parts.push('unread')
  if (pullRequest !== null) {
    parts.push(
      `pull request ${pullRequest.number} ${pullRequestWords[pullRequestStatus(pullRequest)].toLowerCase()}`,
    )
    if (pullRequest.state === 'open' && pullRequest.checks === 'failure') parts.push('checks failing')
    if (pullRequest.state === 'open' && pullRequest.mergeable === 'conflicting') parts.push('conflicts')
  }
  if (owner !== null) parts.push(owner)
  if (repositoryName !== null) parts.push(repositoryName)
  return parts.join(', ')
}
