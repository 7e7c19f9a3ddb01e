import type { SessionSummary, TaskDetail } from '@shared/domain'
import { History, X } from 'lucide-react'
import { type KeyboardEvent, useRef, useState } from 'react'
import { chooseSession } from '../../app/workspace'
import { call } from '../../client/call'
import { AgentMark } from '../../ui/agent-mark'
import { IconButton } from '../../ui/button'
import { cx } from '../../ui/cx'
import { InlineEdit } from '../../ui/inline-edit'
import { ContextMenu, Menu } from '../../ui/menu'
import { StatusGlyph, statusWords } from '../../ui/status-glyph'
import { showError } from '../../ui/toast'
import { NewSession } from './new-session'

interface StripProps {
  task: TaskDetail
  sessions: readonly SessionSummary[]
  activeId: string | null
}

export function selectSession(taskId: string, sessionId: SessionSummary['id']): void {
  chooseSession(taskId, sessionId)
  void call('session.select', { sessionId }).then((result) => {
    if (!result.ok) showError(result.error)
  })
}

/** The sessions of a task as tabs. Closed ones stay readable from the menu at the end. */
export function SessionStrip({ task, sessions, activeId }: StripProps) {
  const [renaming, setRenaming] = useState<string | null>(null)
  const list = useRef<HTMLDivElement>(null)
  const open = sessions.filter((session) => session.status !== 'closed')
  const closed = sessions.filter((session) => session.status === 'closed').toReversed()
  const reading = closed.find((session) => session.id === activeId)
  const tabs = reading === undefined ? open : [...open, reading]
  const archived = task.status === 'archived'

  const onKeyDown = (event: KeyboardEvent) => {
    const at = tabs.findIndex((session) => session.id === activeId)
    const step = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key]
    const next = step === undefined ? undefined : tabs[(step + tabs.length) % tabs.length]
    if (next === undefined) return
    event.preventDefault()
    selectSession(task.id, next.id)
    list.current?.querySelector<HTMLElement>(`[data-session="${next.id}"]`)?.focus()
  }

  return (
    <div className="flex h-strip shrink-0 items-center gap-4 border-b border-line px-8">
      <div
        ref={list}
        role="tablist"
        aria-label="Sessions"
        className="flex scroll-strip min-w-0 shrink items-center gap-2"
      >
        {tabs.map((session) => (
          <Tab
            key={session.id}
            session={session}
            active={session.id === activeId}
            reachable={session.id === activeId || (activeId === null && session === tabs[0])}
            renaming={renaming === session.id}
            onRename={setRenaming}
            onMove={onKeyDown}
          />
        ))}
      </div>
      {!archived && <NewSession task={task} look="icon" />}
      <span className="flex-1" />
      {closed.length > 0 && (
        <Menu
          trigger={
            <IconButton label={`Closed sessions (${closed.length})`}>
              <History className="size-16" />
            </IconButton>
          }
          groups={[
            closed.map((session) => ({
              label: session.name,
              icon: <AgentMark agentId={session.agentId} />,
              onSelect: () => selectSession(task.id, session.id),
            })),
          ]}
        />
      )}
    </div>
  )
}

async function closeSession(session: SessionSummary): Promise<void> {
  const result = await call('session.close', { sessionId: session.id })
  if (!result.ok) showError(result.error)
}

function Tab({
  session,
  active,
  reachable,
  renaming,
  onRename,
  onMove,
}: {
  session: SessionSummary
  active: boolean
  reachable: boolean
  renaming: boolean
  onRename: (sessionId: string | null) => void
  onMove: (event: KeyboardEvent) => void
}) {
  const closed = session.status === 'closed'
  const words = [session.name, statusWords[session.status]]
  if (session.unread) words.push('unread')
  return (
    <ContextMenu
      groups={[
        [
          { label: 'Rename', onSelect: () => onRename(session.id) },
          ...(closed ? [] : [{ label: 'Close', onSelect: () => void closeSession(session) }]),
        ],
      ]}
    >
      <div
        className={cx(
          'flex h-24 shrink-0 items-center rounded-4',
          active ? 'bg-surface-3 text-text' : 'text-text-muted hover:bg-surface-2',
        )}
        onAuxClick={(event) => {
          if (event.button === 1 && !closed) void closeSession(session)
        }}
      >
        {renaming ? (
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
        ) : (
          <button
            type="button"
            role="tab"
            data-session={session.id}
            aria-selected={active}
            aria-label={words.join(', ')}
            aria-controls="session-panel"
            tabIndex={reachable ? 0 : -1}
            onClick={() => selectSession(session.taskId, session.id)}
            onDoubleClick={() => onRename(session.id)}
            onKeyDown={(event) => {
              onMove(event)
              if (event.key === 'F2') onRename(session.id)
              if (event.key === 'Delete' && !closed) void closeSession(session)
            }}
            className="flex h-24 max-w-tab min-w-0 items-center gap-6 rounded-4 ps-8 pe-4"
          >
            {session.status === 'idle' || closed ? (
              session.unread ? (
                <StatusGlyph status="idle" unread />
              ) : (
                <AgentMark agentId={session.agentId} />
              )
            ) : (
              <StatusGlyph status={session.status} />
            )}
            <span className={cx('truncate', session.unread && 'font-semibold')} dir="auto">
              {session.name}
            </span>
          </button>
        )}
        {!closed && (
          <IconButton label={`Close ${session.name}`} onClick={() => void closeSession(session)}>
            <X className="size-12" />
          </IconButton>
        )}
      </div>
    </ContextMenu>
  )
}
