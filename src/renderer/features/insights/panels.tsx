import type { Insights } from '@shared/insights'
import { useMemo, useState } from 'react'
import { openSearch } from '../../app/workspace'
import { BarList, type ListedBar } from '../../ui/bar-list'
import { DayGrid } from '../../ui/day-grid'
import { StackedBars } from '../../ui/stacked-bars'
import { searchFor } from '../search/search-state'
import {
  calendarSheet,
  costsSheet,
  counted,
  dayText,
  exact,
  money,
  outcomeText,
  permissionText,
  toolText,
  waitLabels,
  waitNames,
  waitsSheet,
  waitText,
  weekdays,
} from './figures'
import { Panel } from './panel'
import { dayAfter } from './range'

/** Turns of each day. A day opens as what was said and done on it. */
export function Calendar({ insights }: { insights: Insights }) {
  const { calendar } = insights
  const [active, setActive] = useState<number | null>(null)
  const days = useMemo(
    () =>
      calendar.turns.map((value, place) => {
        const day = dayAfter(calendar.first, place)
        return { day, value, name: `${dayText(day, 'exact')}: ${counted(value, 'turn', 'turns')}` }
      }),
    [calendar],
  )
  const shown = active === null ? undefined : days[active]
  const cut = calendar.first > insights.from
  return (
    <Panel
      title="Activity calendar"
      about={
        shown?.name ??
        `${counted(insights.totals.activeDays, 'day', 'days')} with turns, the most on one day: ${exact(Math.max(...calendar.turns, 0))}`
      }
      note={
        cut
          ? 'The last 53 weeks of the range. Enter on a day searches what was done on it.'
          : 'Enter on a day searches what was done on it.'
      }
      sheet={() => calendarSheet(insights, dayAfter)}
    >
      <DayGrid
        label="Turns of each day"
        days={days}
        weekdays={weekdays}
        monthOf={(day) => dayText(day, 'month')}
        active={active}
        onActive={setActive}
        onOpen={({ day }) => {
          searchFor(`on:${day} `, true)
          openSearch()
        }}
      />
    </Panel>
  )
}

/** How long tasks of the range took, from their beginning. */
export function Waits({ insights }: { insights: Insights }) {
  return (
    <Panel
      title="How long tasks took"
      note="Tasks that began in the range, from when they began. A pull request that was there before does not count as one they came to. Pull requests and merges are dated by GitHub."
      sheet={() => waitsSheet(insights)}
    >
      {insights.totals.tasks === 0 ? null : (
        <div className="plots-beside gap-16">
          {waitNames.map(([key, name]) => (
            <WaitBars key={key} name={name} wait={insights.waits[key]} />
          ))}
        </div>
      )}
    </Panel>
  )
}

function WaitBars({ name, wait }: { name: string; wait: Insights['waits']['change'] }) {
  const [active, setActive] = useState<number | null>(null)
  const of = (place: number): string =>
    `${waitLabels[place] ?? ''}: ${counted(wait.bars[place] ?? 0, 'task', 'tasks')}`
  return (
    <div className="min-w-0">
      <h3 className="text-12 font-medium">{name}</h3>
      <p className="text-12 text-text-muted">{active === null ? waitText(wait) : of(active)}</p>
      <StackedBars
        label={name}
        bars={waitLabels.map((label, place) => ({ key: label, label, name: of(place) }))}
        parts={[{ key: 'tasks', tone: 1, values: wait.bars }]}
        format={exact}
        whole
        active={active}
        onActive={setActive}
      />
    </div>
  )
}

function Listed({
  title,
  column,
  about,
  note,
  bars,
}: {
  title: string
  column: string
  about?: string
  note?: string | undefined
  bars: readonly ListedBar[]
}) {
  return (
    <Panel
      title={title}
      {...(about === undefined ? {} : { about })}
      {...(note === undefined ? {} : { note })}
      sheet={() => ({ columns: ['What', column], rows: bars.map(({ name, value }) => [name, value]) })}
    >
      {bars.length === 0 ? null : <BarList label={title} bars={bars} />}
    </Panel>
  )
}

const failed = new Set(['failed', 'interrupted', 'refusal', 'max_tokens', 'max_turn_requests'])

export function Outcomes({ insights }: { insights: Insights }) {
  return (
    <Listed
      title="How turns ended"
      column="Turns"
      bars={insights.outcomes.map(({ key, count }) => ({
        key,
        name: outcomeText(key),
        value: count,
        text: counted(count, 'turn', 'turns'),
        tone: failed.has(key) ? 5 : 1,
      }))}
    />
  )
}

const indexNotes: Readonly<Record<Insights['failures']['index'], string | undefined>> = {
  complete: undefined,
  partial: 'Tools and sessions are still being counted: these figures may grow.',
  none: 'Failed tools and errors of sessions are unknown, as there is no search index yet.',
}

export function Failures({ insights }: { insights: Insights }) {
  const { tools, sessions, checks, index } = insights.failures
  const bar = (key: string, name: string, value: number, one: string, many: string): ListedBar => ({
    key,
    name,
    value,
    text: counted(value, one, many),
    tone: 5,
  })
  const bars = [
    ...tools.map(({ key, count }) => bar(`tool ${key}`, `Tools: ${toolText(key)}`, count, 'call', 'calls')),
    ...(index === 'none' ? [] : [bar('sessions', 'Errors of sessions', sessions, 'error', 'errors')]),
    bar('checks', 'Checks that began to fail', checks, 'time', 'times'),
  ]
  return <Listed title="What failed" column="Times" note={indexNotes[index]} bars={bars} />
}

export function Permissions({ insights }: { insights: Insights }) {
  return (
    <Listed
      title="Permissions"
      column="Requests"
      bars={insights.permissions.map(({ key, count }) => ({
        key,
        name: permissionText(key),
        value: count,
        text: counted(count, 'request', 'requests'),
        tone: key.startsWith('policy') ? 2 : 1,
      }))}
    />
  )
}

/** All currencies there are. Bars are of turns: of sums in different currencies none is longer than another. */
export function Costs({ insights }: { insights: Insights }) {
  const { costs, otherCurrencies } = insights
  const title = 'Cost by currency'
  return (
    <Panel
      title={title}
      note={
        otherCurrencies === 0
          ? 'Bars are of turns. Currencies are not added to one another.'
          : `Bars are of turns. And ${counted(otherCurrencies, 'other kind', 'other kinds')} of money that agents named, which are not added up.`
      }
      sheet={() => costsSheet(insights)}
    >
      <BarList
        label={title}
        bars={costs.map(({ currency, sum, turns }) => ({
          key: currency,
          name: money(sum, currency),
          value: turns,
          text: counted(turns, 'turn', 'turns'),
        }))}
      />
    </Panel>
  )
}

export function Repositories({ insights }: { insights: Insights }) {
  const { repositories, otherRepositories } = insights
  return (
    <Panel
      title="Most used repositories"
      {...(otherRepositories === 0
        ? {}
        : { note: `And ${counted(otherRepositories, 'other repository', 'other repositories')}.` })}
      sheet={() => ({
        columns: ['Repository', 'Turns', 'Tokens', 'Tasks'],
        rows: repositories.map(({ name, turns, tokens, tasks }) => [name, turns, tokens, tasks]),
      })}
    >
      {repositories.length === 0 ? null : (
        <BarList
          label="Most used repositories"
          bars={repositories.map(({ id, name, turns }) => ({
            key: id,
            name,
            value: turns,
            text: counted(turns, 'turn', 'turns'),
          }))}
        />
      )}
    </Panel>
  )
}
