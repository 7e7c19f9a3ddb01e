import type { SessionSummary, TaskDetail } from '@shared/domain'
import { ChevronsUpDown } from 'lucide-react'
import { type KeyboardEvent, useEffect, useRef, useState } from 'react'
import { bridge } from '../../client/bridge'
import { Button, IconButton } from '../../ui/button'
import { Dialog } from '../../ui/dialog'
import { Menu } from '../../ui/menu'
import { statusWords } from '../../ui/status-glyph'
import { ForkSession } from './fork-session'
import { HandOver } from './hand-over'
import { NewSession } from './new-session'
import { close, closeSession, moveSession, reopenSession, selectSession, useClosing } from './session-actions'
import { CloseTab, SessionGlyph, SessionTab } from './session-tab'

interface StripProps {
  task: TaskDetail
  /** In the order they stand in. */
  sessions: readonly SessionSummary[]
  activeId: string | null
}

/** The sessions of a task as tabs. All of them, closed ones too, are in the menu at the end. */
export function SessionStrip({ task, sessions, activeId }: StripProps) {
  const [renaming, setRenaming] = useState<string | null>(null)
  const [dragged, setDragged] = useState<SessionSummary | null>(null)
  const [target, setTarget] = useState<string | null>(null)
  const [told, setTold] = useState('')
  const list = useRef<HTMLDivElement>(null)
  const open = sessions.filter((session) => session.status !== 'closed')
  const closed = sessions
    .filter((session) => session.status === 'closed')
    .toSorted((a, b) => (b.closedAt ?? 0) - (a.closedAt ?? 0))
  const reading = closed.find((session) => session.id === activeId)
  const tabs = reading === undefined ? open : [...open, reading]

  const show = (session: SessionSummary | undefined, focus: boolean) => {
    if (session === undefined) return
    selectSession(task.id, session.id)
    if (focus) list.current?.querySelector<HTMLElement>(`[data-session="${session.id}"]`)?.focus()
  }
  /** To a place among the open ones, the first being 0. */
  const move = (session: SessionSummary, place: number) => {
    const others = open.filter(({ id }) => id !== session.id)
    setTold(`${session.name}: ${place + 1} of ${open.length}`)
    void moveSession(session, others[place]?.id ?? null)
  }
  const closeTab = (session: SessionSummary) => {
    const place = open.indexOf(session)
    const next = session.id === activeId ? (open[place + 1] ?? open[place - 1] ?? null) : null
    closeSession({ session, next })
  }
  const onKey = (event: KeyboardEvent) => {
    const at = tabs.findIndex((session) => session.id === activeId)
    const current = open[at]
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0
    if (event.altKey && step !== 0 && current !== undefined) {
      event.preventDefault()
      const place = at + step
      if (place >= 0 && place < open.length) move(current, place)
      return
    }
    const next = step === 0 ? { Home: 0, End: tabs.length - 1 }[event.key] : at + step
    if (next === undefined) return
    event.preventDefault()
    show(tabs[(next + tabs.length) % tabs.length], true)
  }
  useSessionKeys((key) => {
    const at = tabs.findIndex((session) => session.id === activeId)
    if (key === 'reopen') {
      if (closed[0] !== undefined && task.status !== 'archived') void reopenSession(closed[0])
    } else if (key === 'next' || key === 'previous')
      show(tabs[(at + (key === 'next' ? 1 : -1) + tabs.length) % tabs.length], false)
    else show(key === 9 ? tabs.at(-1) : tabs[key - 1], false)
  })
  useEffect(() => {
    list.current
      ?.querySelector(`[data-session="${activeId}"]`)
      ?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }, [activeId, list])

  return (
    <div className="flex h-strip shrink-0 items-center gap-4 border-b border-line px-8">
      <div className="flex scroll-strip min-w-0 shrink items-center">
        <div ref={list} role="tablist" aria-label="Sessions" className="contents">
          {tabs.map((session, place) => (
            <SessionTab
              key={session.id}
              session={session}
              active={session.id === activeId}
              reachable={session.id === activeId || (activeId === null && place === 0)}
              renaming={renaming === session.id}
              target={target === session.id && dragged !== null && dragged.id !== session.id}
              order={place * 2}
              onMoveLeft={place > 0 && place < open.length ? () => move(session, place - 1) : null}
              onMoveRight={place < open.length - 1 ? () => move(session, place + 1) : null}
              onClose={() => closeTab(session)}
              onRename={setRenaming}
              onKey={onKey}
              drag={{
                start: () => setDragged(session),
                over: (event) => {
                  if (dragged === null || place >= open.length) return
                  event.preventDefault()
                  setTarget(session.id)
                },
                drop: (event) => {
                  event.preventDefault()
                  if (dragged !== null && dragged.id !== session.id) move(dragged, place)
                },
                end: () => {
                  setDragged(null)
                  setTarget(null)
                },
              }}
            />
          ))}
        </div>
        {tabs.map(
          (session, place) =>
            session.status !== 'closed' && (
              <CloseTab
                key={session.id}
                session={session}
                active={session.id === activeId}
                order={place * 2 + 1}
                onClose={() => closeTab(session)}
              />
            ),
        )}
      </div>
      {task.status !== 'archived' && <NewSession task={task} look="icon" />}
      <span className="flex-1" />
      {sessions.length > 1 && (
        <Menu
          trigger={
            <IconButton label={`All sessions (${sessions.length})`}>
              <ChevronsUpDown className="size-16" />
            </IconButton>
          }
          groups={[open, closed].map((group) =>
            group.map((session) => ({
              key: session.id,
              label: session.name,
              icon: <SessionGlyph session={session} />,
              hint: session.unread ? `${statusWords[session.status]}, unread` : statusWords[session.status],
              onSelect: () => selectSession(task.id, session.id),
            })),
          )}
        />
      )}
      <output className="sr-only">{told}</output>
      <CloseQuestion />
      <HandOver task={task} />
      <ForkSession task={task} />
    </div>
  )
}

/** What closing ends is said before. */
function CloseQuestion() {
  const closing = useClosing((state) => state.closing)
  const cancel = () => useClosing.setState({ closing: null })
  const keep = useRef<HTMLButtonElement>(null)
  return (
    <Dialog
      open={closing !== null}
      onClose={cancel}
      title="Stop the agent and close the session?"
      initialFocus={keep}
      footer={
        <>
          <Button ref={keep} onClick={cancel}>
            Keep it open
          </Button>
          <Button tone="danger" onClick={() => closing !== null && void close(closing)}>
            Stop and close
          </Button>
        </>
      }
    >
      <p className="break-words">
        “{closing?.session.name}” is at work. Its turn ends where it is; what it said and changed so far
        stays, and the session can be reopened.
      </p>
    </Dialog>
  )
}

type SessionKey = 'next' | 'previous' | 'reopen' | number

/** Keys for the sessions of the task on screen, wherever in the window the focus is. */
function useSessionKeys(onKey: (key: SessionKey) => void): void {
  const latest = useRef(onKey)
  useEffect(() => {
    latest.current = onKey
  })
  useEffect(() => {
    const mac = bridge().platform === 'darwin'
    const handle = (event: globalThis.KeyboardEvent) => {
      if (event.defaultPrevented || event.altKey) return
      const key = sessionKey(event, mac)
      if (key === null) return
      event.preventDefault()
      latest.current(key)
    }
    window.addEventListener('keydown', handle)
    return () => window.removeEventListener('keydown', handle)
  }, [])
}

function sessionKey(event: globalThis.KeyboardEvent, mac: boolean): SessionKey | null {
  const modifier = mac ? event.metaKey && !event.ctrlKey : event.ctrlKey && !event.metaKey
  // The same on every system, as in browsers.
  if (event.ctrlKey && !event.metaKey && !event.shiftKey) {
    if (event.key === 'PageDown') return 'next'
    if (event.key === 'PageUp') return 'previous'
  }
  if (!modifier) return null
  if (event.shiftKey) return event.key.toLowerCase() === 't' ? 'reopen' : null
  return /^[1-9]$/.test(event.key) ? Number(event.key) : null
}
