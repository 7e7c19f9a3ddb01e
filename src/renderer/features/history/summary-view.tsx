import type { TaskDetail } from '@shared/domain'
import type { HistorySummary, LastPlan, OpenQuestion } from '@shared/history'
import type { SessionId } from '@shared/ids'
import { CircleCheck, CircleDashed, CircleDot, SquareArrowOutUpRight } from 'lucide-react'
import { type ReactNode, useId, useMemo } from 'react'
import { Button, IconButton } from '../../ui/button'
import { EmptyState, ErrorNotice } from '../../ui/notice'
import { Progress } from '../../ui/progress'
import { AgoTime } from '../../ui/time'
import { counted } from '../sync/sync-text'
import { stopWords } from '../transcript/turn-words'
import { HistoryRow } from './history-row'
import { ruleWords } from './history-text'
import { openPlace, placeLabel } from './open-place'
import { EditLine, FailedLine } from './summary-lines'
import { useAgentNames } from './use-agent-names'
import { ReadingProgress } from './timeline'
import { type HistoryQuery, useHistory, useSummary } from './use-history'

/** What a task, or one session of it, comes to: told from what is recorded, by rules that each line names. */
export function SummaryView({
  task,
  sessionId,
  mark,
  onShowDecisions,
}: {
  task: TaskDetail
  sessionId: SessionId | null
  mark: unknown
  onShowDecisions: () => void
}) {
  const { summary, error, busy, more, again } = useSummary(task.id, sessionId, mark)
  const reading = summary?.reading ?? null
  const progress = reading === null ? null : reading.done / Math.max(1, reading.total)
  if (summary === null)
    return error === null ? (
      <ReadingProgress progress={progress} />
    ) : (
      <div className="p-12">
        <ErrorNotice
          error={error}
          actions={
            <Button size="small" onClick={again}>
              Read again
            </Button>
          }
        />
      </div>
    )
  if (summary.turns === 0 && summary.open.total === 0 && summary.edits.total === 0 && reading === null)
    return (
      <EmptyState title="Nothing to sum up yet">
        After its first turn this says what was decided, what was changed, which commands failed and what is
        still open.
      </EmptyState>
    )
  const missing = (['edits', 'failed', 'open', 'plans'] as const).some(
    (key) => summary[key].rows.length < summary[key].total,
  )
  return (
    <div className="min-h-0 flex-1 overflow-y-auto" aria-busy={busy}>
      {progress !== null && (
        <div className="px-12 pt-8">
          <Progress label="Reading the transcripts" value={progress} />
        </div>
      )}
      {error !== null && (
        <div className="p-12">
          <ErrorNotice error={error} />
        </div>
      )}
      <Part
        title="Open questions"
        count={summary.open.total}
        empty="Nothing is open: no request, plan, question, thread or check that waits."
      >
        {summary.open.rows.map((question, nth) => (
          <OpenLine key={`${question.rule} ${question.at} ${nth}`} task={task} question={question} />
        ))}
      </Part>
      {summary.plans.rows.map((plan) => (
        <Plan key={plan.sessionId} task={task} plan={plan} />
      ))}
      <Decisions task={task} sessionId={sessionId} mark={mark} onShowAll={onShowDecisions} />
      <Edits task={task} summary={summary} />
      <Part
        title="Failed commands"
        count={summary.failed.total}
        empty="No command failed, as far as agents told."
      >
        {summary.failed.rows.map((command) => (
          <FailedLine key={`${command.sessionId} ${command.row}`} taskId={task.id} command={command} />
        ))}
      </Part>
      <p className="px-12 pb-12 text-11 text-text-faint">
        Told from {counted(summary.turns, 'turn', 'turns')} and {counted(summary.events, 'event', 'events')}{' '}
        as they are recorded here.
      </p>
      {missing && (
        <div className="px-12 pb-12">
          <Button size="small" onClick={more}>
            Show more
          </Button>
        </div>
      )}
    </div>
  )
}

/** A part of the summary, which says when there is nothing in it. */
function Part({
  title,
  count,
  empty,
  children,
  actions,
}: {
  title: string
  count: number | null
  empty: string
  children: ReactNode
  actions?: ReactNode
}) {
  const heading = useId()
  return (
    <section aria-labelledby={heading} className="flex min-w-0 flex-col gap-2 border-b border-line py-8">
      <div className="flex items-center gap-8 px-12">
        <h3 id={heading} className="min-w-0 flex-1 text-12 font-medium text-text-muted">
          {title}
          {count !== null && count > 0 && <span className="text-text-faint"> {count}</span>}
        </h3>
        {actions}
      </div>
      {count === 0 ? (
        <p className="px-12 text-12 text-text-faint">{empty}</p>
      ) : (
        <ol className="flex min-w-0 flex-col">{children}</ol>
      )}
    </section>
  )
}

function OpenLine({ task, question }: { task: TaskDetail; question: OpenQuestion }) {
  const { rule, at, place } = question
  const { title, rule: why } = ruleWords[rule]
  const text = rule === 'turn_cut_short' ? (stopWords[question.text] ?? question.text) : question.text
  return (
    <li className="flex min-w-0 items-start gap-6 px-12 py-2">
      <div className="min-w-0 flex-1">
        <p className="break-words">
          <span className="font-medium">{title}</span>
          {text !== '' && (
            <>
              {': '}
              <bdi>{text}</bdi>
            </>
          )}
        </p>
        <p className="text-12 text-text-muted">{why}</p>
      </div>
      <span className="shrink-0 py-2 text-11 text-text-faint">
        <AgoTime at={at} />
      </span>
      {place !== null && (
        <IconButton label={`${placeLabel(place)}: ${title}`} onClick={() => openPlace(task.id, place)}>
          <SquareArrowOutUpRight className="size-12" />
        </IconButton>
      )}
    </li>
  )
}

const planGlyphs: Record<string, { Icon: typeof CircleDot; word: string }> = {
  completed: { Icon: CircleCheck, word: 'Done' },
  in_progress: { Icon: CircleDot, word: 'In progress' },
  pending: { Icon: CircleDashed, word: 'To do' },
}

function Plan({ task, plan }: { task: TaskDetail; plan: LastPlan }) {
  const { sessionId, row } = plan
  const done = plan.entries.filter(({ status }) => status === 'completed').length
  return (
    <Part
      title={`The plan as it ended: ${done} of ${plan.total} done`}
      count={null}
      empty=""
      actions={
        <IconButton
          label="Show the plan in the transcript"
          onClick={() => openPlace(task.id, { type: 'row', sessionId, row })}
        >
          <SquareArrowOutUpRight className="size-12" />
        </IconButton>
      }
    >
      {plan.entries.map(({ text, status }, nth) => {
        const { Icon, word } = planGlyphs[status] ?? { Icon: CircleDashed, word: status }
        return (
          <li key={nth} className="flex min-w-0 items-start gap-6 px-12 py-2">
            <Icon aria-hidden className="mt-4 size-12 shrink-0 text-text-muted" />
            <span className="sr-only">{word}</span>
            <span className="min-w-0 flex-1 break-words" dir="auto">
              {text}
            </span>
          </li>
        )
      })}
    </Part>
  )
}

/** Who decided what: the same entries as in the timeline. */
function Decisions({
  task,
  sessionId,
  mark,
  onShowAll,
}: {
  task: TaskDetail
  sessionId: SessionId | null
  mark: unknown
  onShowAll: () => void
}) {
  const { id: taskId } = task
  const query = useMemo(
    (): HistoryQuery => ({ taskId, sessionId, group: 'decisions', who: null }),
    [taskId, sessionId],
  )
  const { rows, busy, cursor, error, more } = useHistory(query, mark)
  const agentName = useAgentNames()
  return (
    <Part
      title="Decisions"
      count={rows.length === 0 && busy !== 'first' && error === null ? 0 : null}
      empty="Nobody was asked, and nothing was decided."
      actions={
        <Button size="small" tone="quiet" onClick={onShowAll}>
          By who decided
        </Button>
      }
    >
      {error !== null && (
        <li className="px-12">
          <ErrorNotice error={error} />
        </li>
      )}
      {rows.map((entry) => (
        <HistoryRow key={entry.key} taskId={taskId} entry={entry} marked={null} agentName={agentName} />
      ))}
      {cursor !== null && (
        <li className="px-12 py-4">
          <Button size="small" busy={busy === 'more'} onClick={more}>
            Show earlier decisions
          </Button>
        </li>
      )}
    </Part>
  )
}

function Edits({ task, summary }: { task: TaskDetail; summary: HistorySummary }) {
  const { rows, total } = summary.edits
  return (
    <Part title="Edits" count={total} empty="No turn changed a file.">
      {rows.map((edit) => (
        <EditLine key={`${edit.turnId ?? ''} ${edit.recorded?.id ?? ''}`} taskId={task.id} edit={edit} />
      ))}
    </Part>
  )
}
