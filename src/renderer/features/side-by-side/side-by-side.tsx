import type { TaskId } from '@shared/ids'
import { ArrowLeft } from 'lucide-react'
import {
  type KeyboardEvent,
  type RefObject,
  useCallback,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react'
import { create } from 'zustand'
import { shortcutText } from '../../app/keymap'
import { openSideBySide, openTask } from '../../app/workspace'
import { reportError } from '../../client/report'
import { Button } from '../../ui/button'
import { cx } from '../../ui/cx'
import { ErrorBoundary } from '../../ui/error-boundary'
import { Notice } from '../../ui/notice'
import { StatusGlyph, statusWords } from '../../ui/status-glyph'
import { counted } from '../sync/sync-text'
import { NotOpen } from '../task/not-open'
import { SidebarButton } from '../task/sidebar-button'
import { useEscape } from '../task/use-escape'
import { ComparedChanges } from './compared-changes'
import { FollowUp } from './follow-up'
import { KeepQuestion } from './keep-question'
import { MemberColumn } from './member-column'
import { columnsFor, type Member, othersOf, stepped } from './members'
import { useGroup, useMembers } from './use-members'

/** What is looked at of them. Kept while the window lives. */
const usePart = create<{ part: 'sessions' | 'changes' }>(() => ({ part: 'sessions' }))

/** The tasks that were made from one prompt, as columns, with one field that asks all of them. */
export function SideBySide({ taskId, organizationId }: { taskId: string; organizationId: string }) {
  const group = useGroup(taskId, organizationId)
  const members = useMembers(group, organizationId)
  const section = useRef<HTMLElement>(null)
  useEscape(section, () => openTask(taskId))
  const next = group[0]
  const isGone = next !== undefined && !group.some((id) => id === taskId)
  // Another one leads back from here when the one that led here is deleted.
  useEffect(() => {
    if (isGone) openSideBySide(next)
  }, [isGone, next])
  const title = members.find(({ task }) => task.id === taskId)?.task.title ?? ''
  return (
    <section ref={section} aria-label="Side by side" className="flex h-full min-h-0 flex-col">
      <header className="flex h-title shrink-0 items-center gap-8 border-b border-line px-12">
        <SidebarButton />
        <h1 className="min-w-0 shrink truncate font-semibold" title={title}>
          Side by side
        </h1>
        {members.length > 0 && (
          <>
            <span className="min-w-0 flex-1 truncate text-12 text-text-faint" dir="auto">
              {counted(group.length, 'task', 'tasks')} from one prompt
            </span>
            <Parts />
            <Button
              size="small"
              tone="quiet"
              icon={<ArrowLeft className="size-12" />}
              title={`Back to the task (Escape, ${shortcutText('Shift+A')})`}
              onClick={() => openTask(taskId)}
            >
              Back
            </Button>
          </>
        )}
      </header>
      {members.length > 0 ? (
        <Members group={group} members={members} taskId={taskId} />
      ) : (
        <NotOpen taskId={taskId} waiting="Opening the tasks" gone="These tasks do not exist any more">
          They may have been removed together with their repository.
        </NotOpen>
      )}
    </section>
  )
}

const parts = [
  { value: 'sessions', label: 'Sessions' },
  { value: 'changes', label: 'Changes' },
] as const

function Parts() {
  const part = usePart((state) => state.part)
  return (
    <fieldset aria-label="What is shown" className="flex shrink-0 gap-2">
      {parts.map(({ value, label }) => (
        <button
          key={value}
          type="button"
          aria-pressed={part === value}
          onClick={() => usePart.setState({ part: value })}
          className={cx(
            'h-24 rounded-4 px-8 text-12',
            part === value ? 'bg-surface-3 text-text' : 'text-text-muted hover:bg-surface-2',
          )}
        >
          {label}
        </button>
      ))}
    </fieldset>
  )
}

function Members({
  group,
  members,
  taskId,
}: {
  group: readonly TaskId[]
  members: readonly Member[]
  taskId: string
}) {
  const part = usePart((state) => state.part)
  const [keeping, setKeeping] = useState<TaskId | null>(null)
  const field = useRef<HTMLTextAreaElement>(null)
  const open = members.filter(({ task }) => task.status !== 'archived')
  const kept = members.find(({ task }) => task.id === keeping)
  const alone = open.length === 1 ? open[0] : undefined
  return (
    // In a low window it scrolls as a whole, and nothing in it is cut off.
    <div className="flex min-h-0 flex-1 flex-col overflow-x-hidden overflow-y-auto">
      {members.length < 2 || alone !== undefined ? (
        <div className="shrink-0 p-8">
          <Notice
            actions={
              <Button size="small" onClick={() => openTask((alone ?? members[0])?.task.id ?? taskId)}>
                Open its task
              </Button>
            }
          >
            {alone === undefined ? 'Only one is left here.' : `Only ${alone.name} is left to work with.`}
          </Notice>
        </div>
      ) : null}
      {part === 'changes' ? (
        <ErrorBoundary what="The comparison" onError={reportError}>
          <ComparedChanges members={members} />
        </ErrorBoundary>
      ) : (
        <Columns members={members} first={taskId} field={field} onKeep={setKeeping} />
      )}
      <FollowUp draftKey={`side-by-side.${group[0] ?? ''}`} members={members} field={field} />
      {kept !== undefined && (
        <KeepQuestion kept={kept} others={othersOf(members, kept.task.id)} onClose={() => setKeeping(null)} />
      )}
    </div>
  )
}

/** As many as fit, the rest by scrolling; where only one fits, one at a time under tabs. */
function Columns({
  members,
  first,
  field,
  onKeep,
}: {
  members: readonly Member[]
  /** The one that has the focus at first. */
  first: string
  field: RefObject<HTMLTextAreaElement | null>
  onKeep: (taskId: TaskId) => void
}) {
  const [scroller, setScroller] = useState<HTMLElement | null>(null)
  const columns = columnsFor(useWidth(scroller), members.length)
  const [current, setCurrent] = useState<string>(first)
  /** The column that gets the focus once it is drawn. */
  const wanted = useRef<string | null>(first)
  const at = Math.max(
    0,
    members.findIndex(({ task }) => task.id === current),
  )
  useLayoutEffect(() => {
    if (wanted.current === null) return
    const column = scroller?.querySelector<HTMLElement>(`[data-member="${CSS.escape(wanted.current)}"]`)
    if (column == null) return
    wanted.current = null
    column.focus()
  })
  const goTo = (nth: number) => {
    const id = members[nth]?.task.id
    if (id === undefined) return
    setCurrent(id)
    wanted.current = id
    // Where it is the current one already, nothing would be drawn again.
    scroller?.querySelector<HTMLElement>(`[data-member="${CSS.escape(id)}"]`)?.focus()
  }
  const ofTarget = (target: EventTarget): number => {
    const id =
      target instanceof Element ? target.closest<HTMLElement>('[data-member]')?.dataset['member'] : null
    return members.findIndex(({ task }) => task.id === id)
  }
  useF6((target, step) => {
    const from = ofTarget(target)
    // Behind the last one is the field for all of them.
    const next = stepped(from === -1 ? members.length : from, step, members.length + 1)
    if (next === members.length) field.current?.focus()
    else goTo(next)
  })
  const shown = columns === 1 && members.length > 1 ? members.slice(at, at + 1) : members
  const open = members.filter(({ task }) => task.status !== 'archived')
  return (
    <>
      {shown.length < members.length && <MemberTabs members={members} at={at} onSelect={setCurrent} />}
      <div
        ref={setScroller}
        className="flex min-h-member-min flex-1 basis-0 snap-x overflow-x-auto overflow-y-hidden"
        style={{ '--members': String(columns) }}
        onFocus={({ target }) => {
          const focused = members[ofTarget(target)]?.task.id
          if (focused !== undefined && focused !== current) setCurrent(focused)
        }}
      >
        {shown.map((member) => (
          <MemberColumn
            key={member.task.id}
            member={member}
            scroller={scroller}
            keepReason={open.length < 2 ? 'There is no other to archive' : null}
            onKeep={() => onKeep(member.task.id)}
            onMove={(step) => goTo(stepped(members.indexOf(member), step, members.length))}
          />
        ))}
      </div>
    </>
  )
}

function MemberTabs({
  members,
  at,
  onSelect,
}: {
  members: readonly Member[]
  at: number
  onSelect: (taskId: string) => void
}) {
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1 as const, ArrowLeft: -1 as const }[event.key]
    if (step === undefined) return
    event.preventDefault()
    const next = stepped(at, step, members.length)
    onSelect(members[next]?.task.id ?? '')
    event.currentTarget.querySelectorAll<HTMLElement>('[role=tab]')[next]?.focus()
  }
  return (
    <div
      role="tablist"
      aria-label="Agents"
      tabIndex={-1}
      onKeyDown={onKeyDown}
      className="scroll-strip flex h-strip shrink-0 items-center gap-4 border-b border-line px-12"
    >
      {members.map(({ task, name }, nth) => (
        <button
          key={task.id}
          type="button"
          role="tab"
          aria-selected={nth === at}
          tabIndex={nth === at ? 0 : -1}
          onClick={() => onSelect(task.id)}
          className={cx(
            'flex h-24 max-w-tab shrink-0 items-center gap-6 rounded-4 px-8 text-12',
            nth === at ? 'bg-surface-3 text-text' : 'text-text-muted hover:bg-surface-2',
          )}
        >
          <StatusGlyph status={task.status} unread={task.unread} />
          <span className="truncate" dir="auto">
            {name}
          </span>
          <span className="sr-only">{statusWords[task.status]}</span>
        </button>
      ))}
    </div>
  )
}

function useWidth(element: HTMLElement | null): number {
  const subscribe = useCallback(
    (listener: () => void) => {
      if (element === null) return () => undefined
      const observer = new ResizeObserver(listener)
      observer.observe(element)
      return () => observer.disconnect()
    },
    [element],
  )
  return useSyncExternalStore(subscribe, () => element?.clientWidth ?? 0)
}

/** F6 goes on, Shift+F6 back, from wherever in the window somebody is. */
function useF6(run: (target: EventTarget, step: 1 | -1) => void): void {
  const latest = useRef(run)
  useEffect(() => {
    latest.current = run
  })
  useEffect(() => {
    const onKey = (event: globalThis.KeyboardEvent) => {
      if (event.key !== 'F6' || event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey)
        return
      event.preventDefault()
      latest.current(event.target ?? document.body, event.shiftKey ? -1 : 1)
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [])
}
