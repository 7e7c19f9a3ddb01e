import { useVirtualizer } from '@tanstack/react-virtual'
import { ArrowDown } from 'lucide-react'
import { useEffect, useLayoutEffect, useRef, useState, useSyncExternalStore } from 'react'
import { chooseTurn, useWorkspace } from '../../app/workspace'
import { Button } from '../../ui/button'
import { EmptyState, ErrorNotice } from '../../ui/notice'
import { Waiting } from '../../ui/progress'
import { showToast } from '../../ui/toast'
import { TranscriptItem } from './items'
import { SessionTranscript } from './session-transcript'
import type { ViewItem } from './view-items'

/** How near to its end the transcript still counts as being followed. */
const endThreshold = 50
/** How near to its start the next older page is read. */
const startThreshold = 800

/** The record of a session: opens at its end, follows while the reader is there, and reads older pages on the way up. */
export function TranscriptView({ sessionId, running }: { sessionId: string; running: boolean }) {
  const [transcript] = useState(() => new SessionTranscript(sessionId))
  useEffect(() => transcript.open(), [transcript])
  useSyncExternalStore(transcript.subscribe, transcript.version)
  if (!transcript.ready) return <Waiting>Reading the transcript</Waiting>
  if (transcript.model.items.length === 0) {
    return (
      <EmptyState title="Nothing has been said yet">
        Write below what the agent should do. It works in this task’s own checkout.
      </EmptyState>
    )
  }
  return <Items transcript={transcript} running={running} />
}

function Items({ transcript, running }: { transcript: SessionTranscript; running: boolean }) {
  const { items, hasEarlier } = transcript.model
  const scroller = useRef<HTMLDivElement>(null)
  const [atEnd, setAtEnd] = useState(true)
  const seenAtEnd = useRef({ key: '', length: 0 })
  // The list keeps its own state by design; nothing here is memoised around it.
  // oxlint-disable-next-line react/incompatible-library
  const virtualizer = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => estimatedHeight(items[index]),
    getItemKey: (index) => items[index]?.key ?? index,
    overscan: 6,
    paddingStart: hasEarlier ? 48 : 16,
    paddingEnd: 16,
    gap: 12,
    anchorTo: 'end',
    followOnAppend: true,
    scrollEndThreshold: endThreshold,
    initialRect: { width: 760, height: 700 },
    initialOffset: () => items.reduce((sum, item) => sum + estimatedHeight(item) + 12, 0),
  })

  // It opens at its end, and stays there when the composer or the window takes some of its height, and when
  // another width or zoom makes its rows higher.
  const following = useRef(true)
  const lastTop = useRef(0)
  useLayoutEffect(() => {
    const element = scroller.current
    if (element === null) return
    virtualizer.scrollToEnd()
    const observer = new ResizeObserver(() => {
      // The list itself learns of its new height later than this.
      if (following.current) element.scrollTop = element.scrollHeight
    })
    observer.observe(element)
    if (element.firstElementChild !== null) observer.observe(element.firstElementChild)
    return () => observer.disconnect()
  }, [virtualizer])

  useChosenTurn(transcript, (index) => {
    following.current = false
    virtualizer.scrollToIndex(index, { align: 'start' })
  })

  // Short pages may not fill the window: reading goes on until they do, or there is nothing more. The list's own
  // offset is asked, because the element's would lay out the page on every change.
  useEffect(() => {
    if (!hasEarlier || transcript.earlierError !== null) return
    if ((virtualizer.scrollOffset ?? 0) < startThreshold) void transcript.readEarlier()
  })

  const onScroll = () => {
    const element = scroller.current
    if (element === null) return
    // The element is asked: the list hears of the same event, perhaps later.
    const end = element.scrollHeight - element.scrollTop - element.clientHeight <= endThreshold
    // Only somebody who scrolls up leaves the end; content that grew meanwhile is followed.
    const left = element.scrollTop < lastTop.current
    lastTop.current = element.scrollTop
    if (!end && following.current && !left) {
      element.scrollTop = element.scrollHeight
      return
    }
    following.current = end
    if (end !== atEnd) setAtEnd(end)
    if (hasEarlier && element.scrollTop < startThreshold) void transcript.readEarlier()
  }

  const last = items.at(-1)
  const newest = { key: last?.key ?? '', length: lengthOf(last) }
  const { key, length } = seenAtEnd.current
  const unseen = !atEnd && (key !== newest.key || length !== newest.length)
  useEffect(() => {
    if (atEnd) seenAtEnd.current = { key: newest.key, length: newest.length }
  }, [atEnd, newest.key, newest.length])

  return (
    <div className="relative min-h-0 flex-1">
      <div
        ref={scroller}
        role="log"
        aria-label="Transcript"
        aria-live="off"
        aria-busy={running}
        // A reader scrolls it with the keys.
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
        onScroll={onScroll}
        className="h-full overflow-y-auto overscroll-contain bg-surface-0"
      >
        <div className="relative mx-auto max-w-column" style={{ height: virtualizer.getTotalSize() }}>
          {hasEarlier && (
            <div className="absolute inset-x-0 top-0 flex justify-center p-12 text-12 text-text-faint">
              Reading earlier messages
            </div>
          )}
          {virtualizer.getVirtualItems().map((row) => {
            const item = items[row.index]
            if (item === undefined) return null
            return (
              <div
                key={row.key}
                ref={virtualizer.measureElement}
                data-index={row.index}
                className="absolute inset-x-0 top-0 px-16"
                style={{ transform: `translateY(${row.start}px)` }}
              >
                <TranscriptItem
                  item={item}
                  transcript={transcript}
                  live={running && row.index === items.length - 1}
                  unfolded={transcript.unfolded.get(item.key)}
                />
              </div>
            )
          })}
        </div>
      </div>
      {!atEnd && (
        <div className="pointer-events-none absolute inset-x-0 bottom-8 flex justify-center">
          <span className="pointer-events-auto rounded-6 shadow-float">
            <Button
              size="small"
              icon={<ArrowDown className="size-12" />}
              onClick={() => virtualizer.scrollToEnd()}
            >
              {unseen ? 'New content' : 'Go to the end'}
            </Button>
          </span>
        </div>
      )}
      {transcript.earlierError !== null && (
        <div className="absolute inset-x-16 top-8">
          <ErrorNotice
            error={transcript.earlierError}
            actions={
              <Button size="small" onClick={() => void transcript.readEarlier()}>
                Try again
              </Button>
            }
          />
        </div>
      )}
    </div>
  )
}

/** The turn a link named is shown once: older pages are read until it is there, or there are no more. */
function useChosenTurn(transcript: SessionTranscript, show: (index: number) => void): void {
  const chosen = useWorkspace((state) => state.chosenTurn)
  const { items, hasEarlier } = transcript.model
  useEffect(() => {
    if (chosen === null || chosen.sessionId !== transcript.sessionId) return
    const index = items.findIndex((item) => item.turnId === chosen.turnId)
    if (index === -1 && hasEarlier && transcript.earlierError === null) {
      void transcript.readEarlier()
      return
    }
    chooseTurn(null)
    if (index === -1) showToast('The turn of the link is not in this session')
    else show(index)
  })
}

function lengthOf(item: ViewItem | undefined): number {
  return item !== undefined && 'text' in item ? item.text.length : 0
}

/** A first guess of an item's height, replaced as soon as it is on screen. */
function estimatedHeight(item: ViewItem | undefined): number {
  if (item === undefined) return 48
  switch (item.type) {
    case 'prompt':
      return 64 + 22 * Math.min(16, Math.ceil(item.text.length / 90))
    case 'message':
      return 16 + 23 * Math.ceil(item.text.length / 90)
    case 'tool':
      return item.tool.edits.length > 0
        ? 200
        : item.tool.kind === 'execute' && item.tool.output !== ''
          ? 140
          : 34
    case 'plan':
      return 48 + 24 * item.entries.length
    case 'permission':
      return 120
    case 'error':
      return 130
    case 'memory_boundary':
      return 120
    case 'thought':
    case 'turn_ended':
    case 'note':
      return 26
  }
}
