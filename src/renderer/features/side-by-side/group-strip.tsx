import type { TaskDetail } from '@shared/domain'
import { Columns2 } from 'lucide-react'
import { useRef, type KeyboardEvent } from 'react'
import { shortcutText } from '../../app/keymap'
import { openSideBySide, openTask } from '../../app/workspace'
import { useEntity } from '../../client/topics'
import { Button } from '../../ui/button'
import { cx } from '../../ui/cx'
import { StatusGlyph, statusWords } from '../../ui/status-glyph'
import { counted } from '../sync/sync-text'
import { lineSums, shortName } from './members'

/** The tasks that were made from one prompt, with how far each has come. Arrows go from one to the next. */
export function GroupStrip({ task, organizationId }: { task: TaskDetail; organizationId: string }) {
  const strip = useRef<HTMLUListElement>(null)
  if (task.group.length < 2) return null
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
    if (step === undefined) return
    const buttons = [...(strip.current?.querySelectorAll('button') ?? [])]
    const at = buttons.findIndex((button) => button === document.activeElement)
    buttons[(at + step + buttons.length) % buttons.length]?.focus()
    event.preventDefault()
  }
  return (
    <nav
      aria-label="From the same prompt"
      className="flex min-w-0 shrink-0 items-center gap-8 border-b border-line px-12 py-4"
    >
      <span className="shrink-0 text-12 text-text-muted">Same prompt</span>
      <ul ref={strip} className="flex min-w-0 flex-1 items-center gap-4 overflow-x-auto">
        {task.group.map((taskId) => (
          <Member
            key={taskId}
            taskId={taskId}
            current={taskId === task.id}
            organizationId={organizationId}
            onKeyDown={onKeyDown}
          />
        ))}
      </ul>
      <Button
        size="small"
        icon={<Columns2 className="size-12" />}
        title={`All of them in columns (${shortcutText('Shift+A')})`}
        onClick={() => openSideBySide(task.id)}
      >
        Side by side
      </Button>
    </nav>
  )
}

function Member({
  taskId,
  current,
  organizationId,
  onKeyDown,
}: {
  taskId: string
  current: boolean
  organizationId: string
  onKeyDown: (event: KeyboardEvent) => void
}) {
  const task = useEntity('tasks', organizationId, 'task', taskId)
  const git = useEntity('task', taskId, 'git', 'git')
  // Deleted, or of an organization that is not on screen.
  if (task === undefined) return null
  const name = shortName(task.title)
  const files = git?.baseTotal ?? 0
  const sums = lineSums(git?.base ?? [])
  return (
    <li className="shrink-0">
      <button
        type="button"
        aria-current={current ? 'page' : undefined}
        title={`${task.title}, ${statusWords[task.status]}`}
        onClick={() => openTask(taskId)}
        onKeyDown={onKeyDown}
        className={cx(
          'flex h-24 items-center gap-6 rounded-4 px-8 text-12',
          current ? 'bg-surface-3 text-text' : 'text-text-muted hover:bg-surface-2 hover:text-text',
        )}
      >
        <StatusGlyph status={task.status} unread={task.unread} />
        <span className="max-w-tab truncate" dir="auto">
          {name}
        </span>
        <span className="sr-only">{statusWords[task.status]}</span>
        {git === undefined ? null : files === 0 ? (
          <span className="text-text-faint">no changes</span>
        ) : (
          <span>
            <span className="text-text-faint">{counted(files, 'file', 'files')}</span>{' '}
            <span className="text-diff-add">+{sums.added}</span>{' '}
            <span className="text-diff-remove">−{sums.removed}</span>
          </span>
        )}
      </button>
    </li>
  )
}
