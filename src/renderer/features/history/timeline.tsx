import type { AuditEvent } from '@shared/audit'
import { ChevronRight } from 'lucide-react'
import { type KeyboardEvent, memo, type ReactNode, useEffect, useRef, useState } from 'react'
import { chooseEvent } from '../../app/workspace'
import { Button } from '../../ui/button'
import { CopyTextButton } from '../../ui/copy-button'
import { cx } from '../../ui/cx'
import { EmptyState, ErrorNotice } from '../../ui/notice'
import { Waiting } from '../../ui/progress'
import { AgoTime, exactTime } from '../../ui/time'
import { eventDetail, eventText } from './event-text'
import type { Timeline } from './use-timeline'
import { ScrolledPre } from '../../ui/scrolled-pre'

/** What was done, newest first, each with all that was recorded of it. Arrow keys go from one to the next. */
export function TimelineList({
  timeline,
  about,
  chosen = null,
  narrowed,
  onClear,
}: {
  timeline: Timeline
  /** What an event was about, where that is not the same for all. */
  about?: (event: AuditEvent) => ReactNode
  /** The one that was found elsewhere: it is read until it is there, and shown once. */
  chosen?: number | null
  /** Some are left out by a filter. */
  narrowed: boolean
  onClear: () => void
}) {
  const { rows, busy, error, cursor, outdated, more } = timeline
  const isRead = rows.some(({ id }) => id === chosen)
  useEffect(() => {
    if (chosen !== null && !isRead && cursor !== null && busy === null && error === null) more()
  })
  return (
    <>
      {outdated && (
        <div className="flex shrink-0 items-center gap-8 border-b border-line bg-info-surface px-12 py-4 text-12">
          <span className="min-w-0 flex-1">More was done since this was read.</span>
          <Button size="small" onClick={timeline.restart}>
            Read from the top
          </Button>
        </div>
      )}
      {error !== null && (
        <div className="shrink-0 p-12">
          <ErrorNotice
            error={error}
            actions={
              <Button size="small" onClick={timeline.restart}>
                Read again
              </Button>
            }
          />
        </div>
      )}
      {rows.length > 0 ? (
        <div className="min-h-0 flex-1 overflow-y-auto">
          <ol aria-label="Timeline" className="flex flex-col py-4">
            {rows.map((event) => (
              <Entry key={event.id} event={event} about={about?.(event)} chosen={event.id === chosen} />
            ))}
          </ol>
          {cursor !== null && (
            <div className="px-12 pb-12">
              <Button size="small" busy={busy === 'more'} onClick={timeline.more}>
                Show earlier
              </Button>
            </div>
          )}
        </div>
      ) : busy === 'first' ? (
        <Waiting>Reading what was done</Waiting>
      ) : error !== null ? null : narrowed ? (
        <EmptyState
          title="Nothing matches"
          action={
            <Button size="small" onClick={onClear}>
              Clear filter
            </Button>
          }
        >
          All that was recorded was looked through.
        </EmptyState>
      ) : (
        <EmptyState title="Nothing was done yet">What you, agents and GitHub do is recorded here.</EmptyState>
      )}
    </>
  )
}

const Entry = memo(function Entry({
  event,
  about,
  chosen,
}: {
  event: AuditEvent
  about: ReactNode
  chosen: boolean
}) {
  const [open, setOpen] = useState(chosen)
  const button = useRef<HTMLButtonElement>(null)
  if (chosen && !open) setOpen(true)
  useEffect(() => {
    if (!chosen) return
    button.current?.scrollIntoView({ block: 'center' })
    button.current?.focus({ preventScroll: true })
    chooseEvent(null)
  }, [chosen])
  return (
    <li className="min-w-0 px-8">
      <div className="flex min-w-0 items-start gap-8">
        <button
          ref={button}
          type="button"
          data-event
          aria-expanded={open}
          onClick={() => setOpen(!open)}
          onKeyDown={move}
          className="flex min-h-24 min-w-0 flex-1 items-start gap-6 rounded-4 px-4 py-2 text-start hover:bg-surface-2"
        >
          <ChevronRight
            aria-hidden
            className={cx('mt-4 size-12 shrink-0 text-text-faint transition-transform', open && 'rotate-90')}
          />
          <span className={cx('min-w-0 flex-1 break-words', event.kind === 'task.error' && 'text-danger')}>
            {eventText(event)}
          </span>
        </button>
        <span className="shrink-0 py-4 text-11 text-text-faint">
          <AgoTime at={event.at} />
        </span>
      </div>
      {about !== undefined && <div className="min-w-0 ps-24 pb-4">{about}</div>}
      {open && (
        <div className="flex min-w-0 flex-col items-start gap-6 ps-24 pb-8">
          <p className="text-12 text-text-muted">{exactTime(event.at)}</p>
          <ScrolledPre
            data-selectable
            className="code-text max-h-output w-full overflow-auto rounded-4 bg-surface-2 p-8 break-words whitespace-pre-wrap"
          >
            {eventDetail(event)}
          </ScrolledPre>
          <CopyTextButton label="Copy details" text={() => eventDetail(event)} />
        </div>
      )}
    </li>
  )
})

function move(event: KeyboardEvent<HTMLElement>): void {
  const list = event.currentTarget.closest('ol')
  const entries = [...(list?.querySelectorAll<HTMLElement>('[data-event]') ?? [])]
  const at = entries.indexOf(event.currentTarget)
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: entries.length - 1 }[event.key]
  if (to === undefined) return
  event.preventDefault()
  entries[to]?.focus()
}
