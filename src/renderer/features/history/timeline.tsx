import { type KeyboardEvent, type ReactNode, useEffect } from 'react'
import { Button } from '../../ui/button'
import { EmptyState, ErrorNotice } from '../../ui/notice'
import { Progress, Waiting } from '../../ui/progress'
import { chooseEvent } from '../../app/workspace'
import type { Paged } from './paged'

/** What was done, newest first. Arrow keys go from one to the next. */
export function TimelineList<Row, Query>({
  timeline,
  children,
  wanted = null,
  progress = null,
  narrowed,
  onClear,
}: {
  timeline: Paged<Row, Query>
  /** Its rows. */
  children: ReactNode
  /** One that was found elsewhere: pages are read until it is there. */
  wanted?: { isIt: (row: Row) => boolean } | null
  /** How much of what it is told from was read, while it is read. */
  progress?: number | null
  /** Some are left out by a filter. */
  narrowed: boolean
  onClear: () => void
}) {
  const { rows, busy, error, cursor, outdated, more } = timeline
  const isMissing = wanted !== null && !rows.some((one) => wanted.isIt(one))
  useEffect(() => {
    if (!isMissing || busy !== null || error !== null) return
    if (cursor !== null) more()
    // What was looked for stands in another entry, or is gone: nobody waits for it for ever.
    else if (rows.length > 0) chooseEvent(null)
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
            {children}
          </ol>
          {cursor !== null && (
            <div className="px-12 pb-12">
              <Button size="small" busy={busy === 'more'} onClick={timeline.more}>
                Show earlier
              </Button>
            </div>
          )}
        </div>
      ) : busy === 'first' || progress !== null ? (
        <ReadingProgress progress={progress} />
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

/** While long transcripts are read, how far that is. */
export function ReadingProgress({ progress }: { progress: number | null }) {
  if (progress === null) return <Waiting>Reading what was done</Waiting>
  return (
    <div className="flex h-full animate-late flex-col justify-center gap-8 p-24">
      <output className="text-center text-text-faint">Reading the transcripts</output>
      <Progress label="Reading the transcripts" value={progress} />
    </div>
  )
}

/** Arrow keys go through the entries of a list. */
export function moveInList(event: KeyboardEvent<HTMLElement>): void {
  const list = event.currentTarget.closest('ol')
  const entries = [...(list?.querySelectorAll<HTMLElement>('[data-event]') ?? [])]
  const at = entries.indexOf(event.currentTarget)
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: entries.length - 1 }[event.key]
  if (to === undefined) return
  event.preventDefault()
  entries[to]?.focus()
}
