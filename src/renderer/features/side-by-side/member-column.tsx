import type { SessionSummary, TaskDetail } from '@shared/domain'
import { Check, CircleStop, ExternalLink } from 'lucide-react'
import {
  type KeyboardEvent,
  type ReactNode,
  type RefObject,
  useEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react'
import { useAgents } from '../../app/app-state'
import { openTask } from '../../app/workspace'
import { call } from '../../client/call'
import { reportError } from '../../client/report'
import { retryTopic, useEntities, useEntity, useTopicError } from '../../client/topics'
import { useCall } from '../../client/use-call'
import { AgentMark } from '../../ui/agent-mark'
import { Button } from '../../ui/button'
import { ErrorBoundary } from '../../ui/error-boundary'
import { EmptyState, ErrorNotice } from '../../ui/notice'
import { Waiting } from '../../ui/progress'
import { StatusBadge, statusWords } from '../../ui/status-glyph'
import { RunningTime, wordedDuration } from '../../ui/time'
import { TurnLinesDialog } from '../changes/turn-lines'
import { addToPrompt } from '../composer/insertion'
import { PromptQueue } from '../composer/queue'
import { readOnlyReason, stopTask, unarchiveTasks } from '../lifecycle/lifecycle-actions'
import { ForkSession } from '../sessions/fork-session'
import { useReadWhileLooking } from '../sessions/session-view'
import { isPreparing, newestProvisioning, Provisioning } from '../task/provisioning'
import { Checkout } from '../transcript/checkout-path'
import { type SessionTranscript, transcriptOf } from '../transcript/session-transcript'
import { TranscriptView } from '../transcript/transcript-view'
import { usageParts } from '../transcript/turn-words'
import { choiceName } from '@shared/choice-name'
import { ChangeCount } from './change-count'
import { followUpId } from './follow-up'
import { isWorking, type Member } from './members'

export interface ColumnProps {
  member: Member
  /** What is out of sight is not drawn. */
  scroller: HTMLElement | null
  /** Why it cannot be the one that is kept; null where it can. */
  keepReason: string | null
  onKeep: () => void
  onMove: (step: 1 | -1) => void
}

/** One of those that stand side by side: who it is, how far it is, and what it says. */
export function MemberColumn({ member, scroller, keepReason, onKeep, onMove }: ColumnProps) {
  const { task, name, session } = member
  const column = useRef<HTMLElement>(null)
  const head = useRef<HTMLElement>(null)
  const seen = useSeen(column, scroller)
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1 as const, ArrowLeft: -1 as const }[event.key]
    if (step === undefined || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return
    // In what it says, the arrows are for what is wider than the column.
    const outside = event.target === column.current || head.current?.contains(event.target as Node) === true
    if (!outside) return
    event.preventDefault()
    onMove(step)
  }
  return (
    // Reached with F6; the arrows go on from it, and its buttons do the rest.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <section
      ref={column}
      aria-label={`${name}, ${statusWords[task.status]}`}
      data-member={task.id}
      data-own-keys
      tabIndex={-1}
      onKeyDown={onKeyDown}
      className="flex w-member min-w-0 shrink-0 snap-start flex-col border-e border-line -outline-offset-2 last:border-e-0"
    >
      <header ref={head} className="flex shrink-0 flex-col gap-4 border-b border-line px-12 py-8">
        <Who member={member} />
        <ul
          aria-label="Figures"
          className="flex min-h-16 min-w-0 flex-wrap gap-x-12 text-12 text-text-muted empty:hidden"
        >
          {seen && (
            <li className="empty:hidden">
              <ChangeCount task={task} />
            </li>
          )}
          {seen && session !== undefined && <Spent key={session.id} session={session} />}
        </ul>
        <div className="flex flex-wrap gap-6">
          <Button
            size="small"
            icon={<ExternalLink className="size-12" />}
            aria-label={`Open ${name}`}
            onClick={() => openTask(task.id)}
          >
            Open
          </Button>
          {isWorking(task) && (
            <Button
              size="small"
              icon={<CircleStop className="size-12" />}
              aria-label={`Stop ${name}`}
              onClick={() => void stopTask(task)}
            >
              Stop
            </Button>
          )}
          {task.status === 'archived' ? (
            <Button
              size="small"
              aria-label={`Unarchive ${name}`}
              reason={task.readOnly ? readOnlyReason : null}
              onClick={() => void unarchiveTasks([task])}
            >
              Unarchive
            </Button>
          ) : (
            <Button
              size="small"
              icon={<Check className="size-12" />}
              aria-label={`Keep this one: ${name}`}
              reason={keepReason}
              onClick={onKeep}
            >
              Keep this one
            </Button>
          )}
        </div>
      </header>
      {seen && (
        <ErrorBoundary key={session?.id} what={`What ${name} says`} onError={reportError}>
          <Body task={task} session={session} />
          <TurnLinesDialog taskId={task.id} />
          <ForkSession task={task} />
        </ErrorBoundary>
      )}
    </section>
  )
}

function Who({ member: { task, name, place, session } }: { member: Member }) {
  const agents = useAgents()
  const who = session === undefined ? name : `${place}${choiceName(agents, session)}`
  return (
    <div className="flex min-w-0 items-center gap-8">
      {session !== undefined && <AgentMark agentId={session.agentId} />}
      <h2 className="min-w-0 flex-1 truncate font-medium" title={`${who}: ${task.title}`} dir="auto">
        {who}
      </h2>
      <StatusBadge status={task.status} />
    </div>
  )
}

/** How long it works, or how long its last turn took, and what that cost as far as its agent says so. */
function Spent({ session }: { session: SessionSummary }) {
  const usage = useEntity('session', session.id, 'session', session.id)?.usage ?? null
  const [transcript] = useState(() => transcriptOf(session.id))
  const lastMs = useSyncExternalStore(transcript.subscribe, () => lastTurnMs(transcript))
  return (
    <>
      {session.runningSince !== null ? (
        <li>
          Running <RunningTime since={session.runningSince} />
        </li>
      ) : (
        lastMs !== null && <li>Last turn {wordedDuration(lastMs)}</li>
      )}
      {usageParts(usage).map((part) => (
        <li key={part}>{part}</li>
      ))}
    </>
  )
}

function lastTurnMs({ model }: SessionTranscript): number | null {
  const ended = model.items.findLast((item) => item.type === 'turn_ended')
  return ended?.type === 'turn_ended' ? ended.durationMs : null
}

function Body({ task, session }: { task: TaskDetail; session: SessionSummary | undefined }) {
  const jobs = useEntities('task', task.id, 'job')
  const job = newestProvisioning(jobs)
  const preparing = isPreparing(task, job)
  return (
    <>
      {preparing && (
        <div className="max-h-list shrink-0 overflow-y-auto">
          <Provisioning task={task} job={job} />
        </div>
      )}
      {session !== undefined ? (
        <Talk task={task} session={session} quiet={preparing} />
      ) : (
        !preparing && (
          <EmptyState title="No open session">
            Open the task to start one, or to reopen a closed one.
          </EmptyState>
        )
      )}
    </>
  )
}

function Talk({
  task,
  session: { id, status },
  quiet,
}: {
  task: TaskDetail
  session: SessionSummary
  quiet: boolean
}) {
  const session = useEntity('session', id, 'session', id)
  const error = useTopicError('session', id)
  useReadWhileLooking(session)
  const acting = useCall<unknown>()
  const directory = task.sandbox?.cwd ?? ''
  const checkout = useMemo(() => ({ taskId: task.id, directory }), [task.id, directory])
  const running = status === 'running' || status === 'needs_input'
  return (
    <>
      {status === 'starting' ? (
        <div className="flex-1">{!quiet && <Waiting>Starting the agent</Waiting>}</div>
      ) : (
        <Checkout value={checkout}>
          <TranscriptView sessionId={id} running={running} quiet={quiet} />
        </Checkout>
      )}
      {error !== null && session === undefined && (
        <Failed>
          <ErrorNotice
            error={error}
            actions={
              <Button size="small" onClick={() => retryTopic('session', id)}>
                Try again
              </Button>
            }
          />
        </Failed>
      )}
      {session !== undefined && session.error !== null && task.status !== 'archived' && (
        <Failed>
          <ErrorNotice
            error={session.error}
            actions={
              <Button
                size="small"
                busy={acting.busy}
                onClick={() => void acting.run(() => call('session.retry', { sessionId: id }))}
              >
                Start the agent again
              </Button>
            }
          />
          {acting.error !== null && <ErrorNotice error={acting.error} />}
        </Failed>
      )}
      <div className="shrink-0 px-12">
        <PromptQueue sessionId={id} running={running} onDropped={(text) => addToPrompt(followUpId, text)} />
      </div>
    </>
  )
}

function Failed({ children }: { children: ReactNode }) {
  return <div className="max-h-list shrink-0 overflow-y-auto px-12 pb-8">{children}</div>
}

/** Whether any of it can be seen in what scrolls sideways. */
function useSeen(column: RefObject<HTMLElement | null>, scroller: HTMLElement | null): boolean {
  const [seen, setSeen] = useState(false)
  useEffect(() => {
    const element = column.current
    if (element === null || scroller === null) return
    const observer = new IntersectionObserver(
      // One that only touches the edge is out of sight.
      (entries) => setSeen((entries.at(-1)?.intersectionRatio ?? 0) > 0),
      { root: scroller, threshold: [0, 0.01] },
    )
    observer.observe(element)
    return () => observer.disconnect()
  }, [column, scroller])
  return seen
}
