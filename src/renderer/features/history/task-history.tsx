import type { TaskDetail } from '@shared/domain'
import type { HistoryActor, HistoryEntry, HistoryGroup } from '@shared/history'
import { historyActors, historyGroups } from '@shared/history'
import type { SessionId } from '@shared/ids'
import { useCallback, useMemo, useState } from 'react'
import { create } from 'zustand'
import { useWorkspace } from '../../app/workspace'
import { useEntities } from '../../client/topics'
import { cx } from '../../ui/cx'
import { type Choice, Select } from '../../ui/select'
import { CompareBar, useMarkedState } from './compare-mark'
import { HistoryRow } from './history-row'
import { groupWords, whoWords } from './history-text'
import { SummaryView } from './summary-view'
import { TimelineList } from './timeline'
import { useAgentNames } from './use-agent-names'
import { type HistoryQuery, useHistory, useHistoryReading } from './use-history'

/** What is shown of a task's history, as long as the window is open. */
interface Shown {
  view: 'timeline' | 'summary'
  group: HistoryGroup | 'all'
  who: HistoryActor | 'all'
  session: string
}
const usual: Shown = { view: 'timeline', group: 'all', who: 'all', session: 'all' }
const useShown = create<Readonly<Record<string, Shown>>>(() => ({}))

const groupChoices: readonly Choice<Shown['group']>[] = [
  { value: 'all', label: 'Everything' },
  ...historyGroups.map((value) => ({ value, label: groupWords[value] })),
]
const whoChoices: readonly Choice<Shown['who']>[] = [
  { value: 'all', label: 'Everybody' },
  ...historyActors.map((value) => ({ value, label: whoWords[value] })),
]
const views = [
  { value: 'timeline', label: 'Timeline' },
  { value: 'summary', label: 'Summary' },
] as const

/** What happened in one task, by time, and what it comes to. */
export function TaskHistory({ task }: { task: TaskDetail }) {
  const { id: taskId } = task
  const sessions = useEntities('task', taskId, 'session')
  const shown = useShown((all) => all[taskId]) ?? usual
  const change = useCallback(
    (part: Partial<Shown>) =>
      useShown.setState((all) => ({ [taskId]: { ...(all[taskId] ?? usual), ...part } })),
    [taskId],
  )
  const chosen = useWorkspace(({ chosenEvent }) =>
    chosenEvent?.taskId === taskId ? chosenEvent.eventId : null,
  )
  // What was found elsewhere stands in the timeline, among everything.
  const [seen, setSeen] = useState<number | null>(null)
  if (chosen !== seen) {
    setSeen(chosen)
    if (chosen !== null) change(usual)
  }
  const known = [...sessions.values()]
  const sessionId = known.find(({ id }) => id === shown.session)?.id ?? null
  const choices = [
    { value: 'all', label: 'All sessions' },
    ...known
      .toSorted((a, b) => a.position - b.position || a.createdAt - b.createdAt)
      .map(({ id, name }) => ({ value: id as string, label: name })),
  ]
  const mark = useMemo(() => ({ task, sessions }), [task, sessions])
  return (
    <div className="flex h-full min-h-0 flex-col">
      <header className="flex min-h-strip shrink-0 flex-wrap items-center gap-x-4 border-b border-line px-8">
        <div role="tablist" aria-label="History as" className="flex items-center gap-2">
          {views.map(({ value, label }) => (
            <button
              key={value}
              type="button"
              role="tab"
              data-view={value}
              aria-selected={shown.view === value}
              tabIndex={shown.view === value ? 0 : -1}
              onClick={() => change({ view: value })}
              onKeyDown={(event) => {
                if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return
                event.preventDefault()
                const other = value === 'timeline' ? 'summary' : 'timeline'
                change({ view: other })
                event.currentTarget.parentElement?.querySelector<HTMLElement>(`[data-view=${other}]`)?.focus()
              }}
              className={cx(
                'flex h-24 items-center rounded-4 px-8 text-12',
                shown.view === value ? 'bg-surface-3 text-text' : 'text-text-muted hover:bg-surface-2',
              )}
            >
              {label}
            </button>
          ))}
        </div>
        {shown.view === 'timeline' && (
          <>
            <Select
              label="Kind"
              look="quiet"
              value={shown.group}
              choices={groupChoices}
              onChange={(group) => change({ group })}
            />
            <Select
              label="Who"
              look="quiet"
              value={shown.who}
              choices={whoChoices}
              onChange={(who) => change({ who })}
            />
          </>
        )}
        {known.length > 1 && (
          <Select
            label="Session"
            look="quiet"
            value={sessionId ?? 'all'}
            choices={choices}
            onChange={(session) => change({ session })}
          />
        )}
      </header>
      <CompareBar task={task} />
      {shown.view === 'timeline' ? (
        <Timeline
          task={task}
          sessionId={sessionId}
          shown={shown}
          chosen={chosen}
          mark={mark}
          onChange={change}
        />
      ) : (
        <SummaryView
          task={task}
          sessionId={sessionId}
          mark={mark}
          onShowDecisions={() => change({ view: 'timeline', group: 'decisions', who: 'all' })}
        />
      )}
    </div>
  )
}

function Timeline({
  task,
  sessionId,
  shown,
  chosen,
  mark,
  onChange,
}: {
  task: TaskDetail
  sessionId: SessionId | null
  shown: Shown
  chosen: number | null
  mark: unknown
  onChange: (part: Partial<Shown>) => void
}) {
  const { id: taskId } = task
  const { group, who } = shown
  const query = useMemo(
    (): HistoryQuery => ({
      taskId,
      sessionId,
      group: group === 'all' ? null : group,
      who: who === 'all' ? null : who,
    }),
    [taskId, sessionId, group, who],
  )
  const timeline = useHistory(query, mark)
  const reading = useHistoryReading(taskId)
  const marked = useMarkedState(taskId)
  const agentName = useAgentNames()
  const wanted = useMemo(
    () => (chosen === null ? null : { isIt: (entry: HistoryEntry) => entry.eventId === chosen }),
    [chosen],
  )
  return (
    <TimelineList
      timeline={timeline}
      wanted={wanted}
      progress={reading === null ? null : reading.done / Math.max(1, reading.total)}
      narrowed={group !== 'all' || who !== 'all' || sessionId !== null}
      onClear={() => onChange({ group: 'all', who: 'all', session: 'all' })}
    >
      {timeline.rows.map((entry) => (
        <HistoryRow
          key={entry.key}
          taskId={taskId}
          entry={entry}
          chosen={chosen !== null && entry.eventId === chosen}
          marked={marked}
          agentName={agentName}
        />
      ))}
    </TimelineList>
  )
}
