import type { Organization } from '@shared/domain'
import { ChartColumn, RefreshCw } from 'lucide-react'
import { useEffect, useMemo } from 'react'
import { useAgents } from '../../app/app-state'
import { openNewTask } from '../../app/workspace'
import { Button, IconButton } from '../../ui/button'
import { EmptyState, ErrorNotice } from '../../ui/notice'
import { Waiting } from '../../ui/progress'
import { AgoTime } from '../../ui/time'
import { ListFrame } from '../task/list-frame'
import { Calendar, Costs, Failures, Outcomes, Permissions, Repositories, Waits } from './panels'
import { costText, counted, exact } from './figures'
import { Filters } from './filters'
import { clearFilters, count, useInsights } from './insights-state'
import { OverTime } from './over-time'
import { Renewed } from './renewed'

/** Figures of what agents did in an organization, to look at. */
export function InsightsView({ organization }: { organization: Organization }) {
  const { id } = organization
  const state = useInsights()
  const agents = useAgents()
  const names = useMemo(
    () => new Map<string, string>(agents.map((agent) => [agent.id, agent.name])),
    [agents],
  )
  useEffect(() => void count(id), [id])
  const insights = state.organizationId === id ? state.insights : null
  const again = (
    <Button size="small" busy={state.busy} onClick={() => void count(id)}>
      Try again
    </Button>
  )
  return (
    <ListFrame
      title="Insights"
      count={
        insights === null ? (
          `What agents did in ${organization.name}`
        ) : (
          <>
            {insights.from === insights.to ? insights.from : `${insights.from} to ${insights.to}`}
            {state.countedAt !== null && (
              <>
                , counted <AgoTime at={state.countedAt} />
              </>
            )}
          </>
        )
      }
      tools={
        <>
          <Filters organizationId={id} names={names} />
          <IconButton label="Count again" aria-busy={state.busy} onClick={() => void count(id)}>
            <RefreshCw className="size-16" />
          </IconButton>
        </>
      }
      detail={null}
      detailLabel=""
      onCloseDetail={() => undefined}
    >
      <Renewed key={id} organizationId={id} />
      <div className="min-h-0 flex-1 overflow-y-auto" aria-busy={state.busy}>
        {state.error !== null && (
          <div className="p-16">
            <ErrorNotice error={state.error} actions={again} />
          </div>
        )}
        {insights === null ? (
          state.error === null && <Waiting>Counting</Waiting>
        ) : insights.everything.turns === 0 ? (
          <EmptyState
            icon={<ChartColumn className="size-24" />}
            title="Nothing to count yet"
            action={
              <Button tone="accent" onClick={() => openNewTask()}>
                New task
              </Button>
            }
          >
            Once agents have worked on tasks of this organization, figures of it are here.
          </EmptyState>
        ) : (
          <div className="flex flex-col gap-12 p-12">
            {insights.totals.turns === 0 && insights.totals.tasks === 0 && (
              <div className="flex flex-wrap items-center gap-8 text-text-muted">
                <span>
                  No turn matches. There {insights.everything.turns === 1 ? 'is' : 'are'}{' '}
                  {counted(insights.everything.turns, 'turn', 'turns')} in all.
                </span>
                <Button size="small" onClick={clearFilters}>
                  Show everything
                </Button>
              </div>
            )}
            <Totals />
            <Calendar insights={insights} />
            <OverTime insights={insights} choices={state} agents={names} />
            <Waits insights={insights} />
            <div className="plots-beside gap-12">
              <Outcomes insights={insights} />
              <Failures insights={insights} />
              <Permissions insights={insights} />
              <Repositories insights={insights} />
              {insights.costs.length > 1 && <Costs insights={insights} />}
            </div>
          </div>
        )}
      </div>
    </ListFrame>
  )
}

/** The figures of the range in a line. */
function Totals() {
  const insights = useInsights((state) => state.insights)
  if (insights === null) return null
  const { totals, unknown } = insights
  const cost = costText(insights)
  const figures = [
    ['Turns', exact(totals.turns), unknown.running > 0 ? `${exact(unknown.running)} running` : null],
    ['Tasks begun', exact(totals.tasks), null],
    ['Days with turns', exact(totals.activeDays), null],
    [
      'Tokens',
      totals.tokens === 0 && unknown.tokens > 0 ? 'unknown' : exact(totals.tokens),
      unknown.tokens > 0 ? `unknown for ${counted(unknown.tokens, 'turn', 'turns')}` : null,
    ],
    ['Cost', cost.value, cost.note],
  ] as const
  return (
    <dl aria-label="In this range" className="flex flex-wrap gap-x-32 gap-y-8">
      {figures.map(([name, value, note]) => (
        <div key={name} className="min-w-0">
          <dt className="text-12 text-text-muted">{name}</dt>
          <dd className="text-20 font-semibold break-words" data-selectable>
            {value}
          </dd>
          {note !== null && <dd className="text-12 text-text-faint">{note}</dd>}
        </div>
      ))}
    </dl>
  )
}
