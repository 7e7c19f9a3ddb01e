import { ArrowDown } from 'lucide-react'
import { useEffect, useLayoutEffect, useRef, useState, useSyncExternalStore } from 'react'
import { chooseTurn, useWorkspace } from '../../app/workspace'
import { Button } from '../../ui/button'
import { EmptyState, ErrorNotice } from '../../ui/notice'
import { Waiting } from '../../ui/progress'
import { cx } from '../../ui/cx'
import { showToast } from '../../ui/toast'
import { FindInTranscript } from './find-in-transcript'
import { TranscriptLine } from './items'
import { LightLine } from './light-line'
import type { Line } from './line-list'
import { type SessionTranscript, transcriptOf } from './session-transcript'
import { LineWindow } from './line-window'
import { TurnMenu } from './turn-menu'
import type { ViewItem } from '@shared/transcript/view-items'

/** How near to its start the next older page is read: some screens ahead of a wheel that spins. */
const startThreshold = 6000

/** The record of a session: opens at its end, follows while the reader is there, and reads older pages on the way up. */
export function TranscriptView({
  sessionId,
  running,
  quiet,
}: {
  sessionId: string
  running: boolean
  /** Something else says what is to be done next. */
  quiet: boolean
}) {
  const [transcript] = useState(() => transcriptOf(sessionId))
  useEffect(() => transcript.open(), [transcript])
  useSyncExternalStore(transcript.subscribe, transcript.version)
  if (!transcript.ready) return <Waiting>Reading the transcript</Waiting>
  if (transcript.model.items.length === 0) {
    if (quiet) return <div className="flex-1" />
    return (
      <EmptyState title="Nothing has been said yet">
        Write below what the agent should do. It works in this task’s own checkout.
      </EmptyState>
    )
  }
  return <Lines transcript={transcript} running={running} />
}

function Lines({ transcript, running }: { transcript: SessionTranscript; running: boolean }) {
  const { items, hasEarlier } = transcript.model
  const scroller = useRef<HTMLDivElement>(null)
  const content = useRef<HTMLDivElement>(null)
  const [view] = useState(
    () =>
      new LineWindow(transcript.list, transcript.place, (above) => {
        if (above < startThreshold) transcript.readEarlierAhead()
      }),
  )
  useSyncExternalStore(view.subscribe, view.version)
  const list = transcript.lines(running)
  view.setPadding(hasEarlier ? 48 : 16)
  const lines = view.lines()

  useLayoutEffect(() => {
    if (scroller.current === null || content.current === null) return
    return view.attach(scroller.current, content.current)
  }, [view])
  const last = items.at(-1)
  const end = `${last?.key ?? ''}:${lengthOf(last)}`
  // After every drawing: what was drawn is measured, and short pages may not fill the window.
  useLayoutEffect(() => {
    view.settle()
    view.sawEnd(end)
    if (view.above < startThreshold) transcript.readEarlierAhead()
  })

  useChosenTurn(transcript, (index) => {
    const key = list.keyAt(transcript.model.origin + index)
    if (key !== null) view.show(key)
  })

  return (
    <div className="relative min-h-0 flex-1">
      <TurnMenu transcript={transcript} />
      <FindInTranscript transcript={transcript} view={view} running={running} content={content} />
      <div
        ref={scroller}
        role="log"
        aria-label="Transcript"
        aria-live="off"
        aria-busy={running}
        // A reader scrolls it with the keys.
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
        onScroll={view.onScroll}
        className="@container h-full overflow-y-auto overscroll-contain bg-surface-0 [overflow-anchor:none]"
      >
        <div className="relative mx-auto column-beside-tools max-w-column">
          {hasEarlier && (
            <div className="absolute inset-x-0 top-0 flex justify-center p-12 text-12 text-text-faint">
              Reading earlier messages
            </div>
          )}
          {/* What is not drawn is space: lines that grow move those below, and nothing has to be placed again. */}
          <div ref={content} style={{ paddingTop: lines.before, paddingBottom: lines.after }}>
            {lines.placed.map(({ line, height, light }) => (
              <div
                key={line.key}
                data-line={line.key}
                className={lineLook(line)}
                style={light ? { height } : undefined}
              >
                {light ? (
                  <LightLine line={line} height={height} />
                ) : (
                  <TranscriptLine
                    line={line}
                    transcript={transcript}
                    live={running && isLast(line, last)}
                    unfolded={transcript.unfolded.get(line.key)}
                  />
                )}
              </div>
            ))}
          </div>
        </div>
      </div>
      {!view.following && (
        <div className="pointer-events-none absolute inset-x-0 bottom-8 flex justify-center">
          <span className="pointer-events-auto rounded-6 shadow-float">
            <Button size="small" icon={<ArrowDown className="size-12" />} onClick={view.toEnd}>
              {view.unseen(end) ? 'New content' : 'Go to the end'}
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

/** Space under a line; steps of a group stand closer, and to the right of its head. */
function lineLook(line: Line): string {
  if (line.type === 'steps') return cx('ps-16 pe-32', line.open ? 'pb-4' : 'pb-12')
  if (line.type !== 'item' || line.depth === 0) return 'ps-16 pe-32 pb-12'
  return cx('pe-32', line.depth === 1 ? 'ps-32' : 'ps-48', line.last ? 'pb-12' : 'pb-4')
}

function isLast(line: Line, last: ViewItem | undefined): boolean {
  if (last === undefined) return false
  if (line.type === 'item') return line.item === last
  return line.type === 'part' ? line.last && line.itemKey === last.key : line.steps.at(-1) === last
}

/** The turn a link or a list named is shown once: older pages are read until it is there, or there are no more. */
function useChosenTurn(transcript: SessionTranscript, show: (index: number) => void): void {
  const chosen = useWorkspace((state) => state.chosenTurn)
  const { items, hasEarlier } = transcript.model
  useEffect(() => {
    if (chosen === null || chosen.sessionId !== transcript.sessionId) return
    const index = items.findIndex((item) => item.turnId === chosen.turnId)
    if (index === -1 && hasEarlier && transcript.earlierError === null) {
      // A page adds no more items than this in front.
      const front = () => items.slice(0, 200).some((item) => item.turnId === chosen.turnId)
      void transcript.readBack(front)
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
