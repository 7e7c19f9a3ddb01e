import type { TaskSummary } from '@shared/domain'
import { ChevronRight, Folder } from 'lucide-react'
import { memo } from 'react'
import { call } from '../../client/call'
import { cx } from '../../ui/cx'
import { InlineEdit } from '../../ui/inline-edit'
import { StatusGlyph, statusWords } from '../../ui/status-glyph'
import { RelativeTime } from '../../ui/time'
import { showError } from '../../ui/toast'
import { setRenaming } from './sidebar-state'
import type { SidebarRow } from './task-groups'

interface RowProps {
  row: SidebarRow
  id: string
  top: number
  selected: boolean
  active: boolean
  renaming: boolean
  position: number
  size: number
}

const look = 'absolute inset-x-0 flex h-row items-center gap-6 px-12'

/** One line of the tree. Pointer and keys are handled by the tree itself. */
export const TreeRow = memo(function TreeRow({
  row,
  id,
  top,
  selected,
  active,
  renaming,
  position,
  size,
}: RowProps) {
  const common = {
    id,
    'data-row': row.key,
    'aria-posinset': position,
    'aria-setsize': size,
    style: { transform: `translateY(${top}px)` },
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
        <span className="text-warning">{row.label}</span>
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
        aria-selected={false}
        aria-label={`${row.repository.name}, ${row.count} ${row.count === 1 ? 'task' : 'tasks'}`}
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
        <span className="min-w-0 flex-1 truncate font-medium">{row.repository.name}</span>
        <span className="text-text-faint">{row.count}</span>
      </div>
    )
  }
  const { task } = row
  return (
    <div
      {...common}
      role="treeitem"
      aria-level={2}
      aria-selected={selected}
      aria-label={taskName(task, row.repositoryName)}
      className={cx(
        look,
        'cursor-default ps-24',
        selected ? 'bg-surface-3' : active ? 'bg-surface-2' : 'hover:bg-surface-2',
        task.status === 'archived' ? 'text-text-faint' : 'text-text',
      )}
    >
      <StatusGlyph status={task.status} unread={task.unread} />
      {renaming ? (
        <RenameTask task={task} />
      ) : (
        <span
          className={cx('min-w-0 flex-1 truncate', task.unread && 'font-semibold')}
          title={task.title}
          dir="auto"
        >
          {task.title}
        </span>
      )}
      {row.repositoryName !== null && (
        <span className="max-w-number truncate text-11 text-text-faint">{row.repositoryName}</span>
      )}
      <span className="shrink-0 text-11 text-text-faint">
        <RelativeTime at={task.updatedAt} />
      </span>
    </div>
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

function taskName(task: TaskSummary, repositoryName: string | null): string {
  const parts = [task.title, statusWords[task.status]]
  if (task.unread) parts.push('unread')
  if (repositoryName !== null) parts.push(repositoryName)
  return parts.join(', ')
}
