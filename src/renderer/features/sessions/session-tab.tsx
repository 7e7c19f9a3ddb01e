import type { SessionSummary } from '@shared/domain'
import { X } from 'lucide-react'
import type { DragEvent, KeyboardEvent } from 'react'
import { call } from '../../client/call'
import { AgentMark } from '../../ui/agent-mark'
import { IconButton } from '../../ui/button'
import { cx } from '../../ui/cx'
import { InlineEdit } from '../../ui/inline-edit'
import { ContextMenu, type MenuGroups } from '../../ui/menu'
import { StatusGlyph, statusWords } from '../../ui/status-glyph'
import { showError } from '../../ui/toast'
import { askToHandOver } from './hand-over'
import { askToExport, reopenSession, selectSession } from './session-actions'

/** What is to be seen of a session before it is opened: what it does, or whose agent it is. */
export function SessionGlyph({ session }: { session: SessionSummary }) {
  const quiet = session.status === 'idle' || session.status === 'closed'
  if (!quiet) return <StatusGlyph status={session.status} />
  return session.unread ? <StatusGlyph status="idle" unread /> : <AgentMark agentId={session.agentId} />
}

interface TabProps {
  session: SessionSummary
  active: boolean
  /** The one of its list that Tab stops at. */
  reachable: boolean
  renaming: boolean
  /** Something is dragged over it. */
  target: boolean
  /** Its place in what is seen; its close button, which no tab list may hold, stands behind it. */
  order: number
  /** Null where there is nowhere to go. */
  onMoveLeft: (() => void) | null
  onMoveRight: (() => void) | null
  onClose: () => void
  onRename: (sessionId: string | null) => void
  onKey: (event: KeyboardEvent) => void
  drag: {
    start: () => void
    over: (event: DragEvent) => void
    drop: (event: DragEvent) => void
    end: () => void
  }
}

/** One session in the strip. */
export function SessionTab(props: TabProps) {
  const { session, active, renaming, order, target, onClose, onRename, onMoveLeft, onMoveRight, drag } = props
  const closed = session.status === 'closed'
  if (renaming)
    return (
      <span style={{ order }} className="flex h-24 shrink-0 items-center">
        <InlineEdit
          label="Session name"
          value={session.name}
          onCancel={() => onRename(null)}
          onSave={(name) => {
            onRename(null)
            void call('session.rename', { sessionId: session.id, name }).then((result) => {
              if (!result.ok) showError(result.error)
            })
          }}
        />
      </span>
    )
  const words = [session.name, statusWords[session.status]]
  if (session.unread) words.push('unread')
  const groups: MenuGroups = [
    [
      { label: 'Rename', onSelect: () => onRename(session.id) },
      ...(onMoveLeft === null ? [] : [{ label: 'Move left', onSelect: onMoveLeft }]),
      ...(onMoveRight === null ? [] : [{ label: 'Move right', onSelect: onMoveRight }]),
    ],
    [
      { label: 'Hand over to another agent', onSelect: () => askToHandOver(session) },
      { label: 'Export…', onSelect: () => askToExport(session) },
    ],
    [
      closed
        ? { label: 'Reopen', onSelect: () => void reopenSession(session) }
        : { label: 'Close', onSelect: onClose },
    ],
  ]
  return (
    <ContextMenu groups={groups}>
      <button
        type="button"
        role="tab"
        data-session={session.id}
        aria-selected={active}
        aria-label={words.join(', ')}
        aria-controls="session-panel"
        tabIndex={props.reachable ? 0 : -1}
        draggable={!closed}
        title={session.name}
        style={{ order }}
        onClick={() => selectSession(session.taskId, session.id)}
        onDoubleClick={() => onRename(session.id)}
        onAuxClick={(event) => {
          if (event.button === 1 && !closed) onClose()
        }}
        onKeyDown={(event) => {
          props.onKey(event)
          if (event.key === 'F2') onRename(session.id)
          if (event.key === 'Delete' && !closed) onClose()
        }}
        onDragStart={drag.start}
        onDragOver={drag.over}
        onDrop={drag.drop}
        onDragEnd={drag.end}
        className={cx(
          'flex h-24 max-w-tab min-w-48 shrink-0 items-center gap-6 ps-8',
          closed ? 'rounded-4 pe-8 italic' : 'rounded-s-4 pe-4',
          look(active),
          target && 'outline-1 outline-focus',
        )}
      >
        <SessionGlyph session={session} />
        <span className={cx('truncate', session.unread && 'font-semibold')} dir="auto">
          {session.name}
        </span>
      </button>
    </ContextMenu>
  )
}

export function CloseTab({
  session,
  active,
  order,
  onClose,
}: {
  session: SessionSummary
  active: boolean
  order: number
  onClose: () => void
}) {
  return (
    <span style={{ order }} className={cx('me-2 flex h-24 shrink-0 items-center rounded-e-4', look(active))}>
      <IconButton label={`Close ${session.name}`} tabIndex={active ? 0 : -1} onClick={onClose}>
        <X className="size-12" />
      </IconButton>
    </span>
  )
}

const look = (active: boolean): string => (active ? 'bg-surface-3 text-text' : 'text-text-muted')
