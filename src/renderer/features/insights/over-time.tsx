import type { Insights } from '@shared/insights'
import type { BucketSize, Grouping } from '@shared/insights-limits'
import { useState } from 'react'
import { swatchOf, toneAt } from '../../ui/chart'
import { cx } from '../../ui/cx'
import { Select } from '../../ui/select'
import { StackedBars } from '../../ui/stacked-bars'
import {
  bucketLabel,
  bucketText,
  counted,
  type Measure,
  measured,
  overTimeSheet,
  seriesText,
  shortly,
  sumOf,
} from './figures'
import { choose, type Choices } from './insights-state'
import { Panel } from './panel'

const measures: readonly { value: Measure; label: string }[] = [
  { value: 'turns', label: 'Turns' },
  { value: 'tokens', label: 'Tokens' },
  { value: 'cost', label: 'Cost' },
]
const buckets: readonly { value: BucketSize; label: string }[] = [
  { value: 'day', label: 'By day' },
  { value: 'week', label: 'By week' },
  { value: 'month', label: 'By month' },
]
const groupings: readonly { value: Grouping; label: string }[] = [
  { value: 'agent', label: 'Each agent' },
  { value: 'model', label: 'Each model' },
  { value: 'repository', label: 'Each repository' },
]

/** Turns, tokens or cost over time, by who and where. */
export function OverTime({
  insights,
  choices,
  agents,
}: {
  insights: Insights
  choices: Pick<Choices, 'measure' | 'bucket' | 'by'>
  agents: ReadonlyMap<string, string>
}) {
  const { measure, by } = choices
  const [active, setActive] = useState<number | null>(null)
  const { currency } = insights
  const currencies = insights.costs.map((one) => one.currency)
  const parts = insights.series.map((series, place) => ({
    key: series.members > 1 ? '\0other' : series.key,
    tone: series.members > 1 ? ('other' as const) : toneAt(place),
    name: seriesText(series, by, agents),
    values: series[measure],
  }))
  const text = (value: number): string => measured(value, measure, currency)
  const bars = insights.buckets.map((day, place) => {
    const said = parts
      .filter(({ values }) => (values[place] ?? 0) > 0)
      .map(({ name, values }) => `${name} ${text(values[place] ?? 0)}`)
    const all = text(parts.reduce((sum, { values }) => sum + (values[place] ?? 0), 0))
    return {
      key: day,
      label: bucketLabel(day, insights.bucket),
      name: `${bucketText(day, insights.bucket)}: ${[all, ...said].join('; ')}`,
    }
  })
  const shown = active === null || active >= bars.length ? null : active
  const of = (values: readonly number[]): number => (shown === null ? sumOf(values) : (values[shown] ?? 0))
  const all = parts.reduce((sum, { values }) => sum + of(values), 0)
  const nothing = measure === 'cost' ? currency === null : parts.length === 0
  return (
    <Panel
      title={`${measures.find(({ value }) => value === measure)?.label ?? ''} over time`}
      tools={
        <>
          <Select
            label="Measure"
            look="quiet"
            value={measure}
            choices={measures}
            onChange={(value) => choose({ measure: value })}
          />
          {measure === 'cost' && currency !== null && currencies.length > 1 && (
            <Select
              label="Currency"
              look="quiet"
              value={currency}
              choices={currencies.map((value) => ({ value, label: value }))}
              onChange={(value) => choose({ currency: value })}
            />
          )}
          <Select
            label="Divided"
            look="quiet"
            value={choices.bucket}
            choices={buckets}
            onChange={(bucket) => choose({ bucket })}
          />
          <Select
            label="Told apart"
            look="quiet"
            value={by}
            choices={groupings}
            onChange={(grouping) => choose({ by: grouping })}
          />
        </>
      }
      note={notes(insights, choices)}
      sheet={() =>
        overTimeSheet(
          insights,
          parts.map(({ name }) => name),
          measure,
        )
      }
      legend={parts}
    >
      {nothing ? null : (
        <>
          <StackedBars
            label="Figures over time"
            bars={bars}
            parts={parts}
            format={shortly}
            whole={measure !== 'cost'}
            active={shown}
            onActive={setActive}
          />
          <div className="flex min-w-0 flex-wrap gap-x-16 gap-y-2 text-12">
            <span className="font-medium">
              {shown === null ? 'In this range' : bucketText(insights.buckets[shown] ?? '', insights.bucket)}:{' '}
              {text(all)}
            </span>
            {parts.map(({ key, tone, name, values }) => (
              <span key={key} className="flex max-w-full min-w-0 items-center gap-6">
                <span aria-hidden className={cx('size-8 shrink-0 rounded-4', swatchOf[tone])} />
                <span className="min-w-0 truncate" title={name}>
                  <bdi>{name}</bdi>
                </span>
                <span className="shrink-0 text-text-muted">{text(of(values))}</span>
              </span>
            ))}
          </div>
        </>
      )}
    </Panel>
  )
}

/** What the figures do not cover, in words. */
function notes(
  insights: Insights,
  { measure, bucket, by }: Pick<Choices, 'measure' | 'bucket' | 'by'>,
): string | undefined {
  const { unknown } = insights
  const said: string[] = []
  if (insights.bucket !== bucket)
    said.push(`The range is too long for that, so it is shown by ${insights.bucket}.`)
  if (insights.bucket === 'week') said.push('Weeks begin on Monday.')
  if (measure === 'tokens')
    said.push(
      unknown.tokens === 0
        ? 'Tokens are what agents reported.'
        : `Tokens are what agents reported: unknown for ${counted(unknown.tokens, 'turn', 'turns')}.`,
    )
  if (measure === 'cost') {
    said.push(
      unknown.cost === 0
        ? 'Cost is what agents reported.'
        : `Cost is what agents reported: unknown for ${counted(unknown.cost, 'turn', 'turns')}.`,
    )
    if (insights.costs.length > 1)
      said.push('The plot is of one currency, its table has all: they are not added to one another.')
  }
  if (measure !== 'turns' && unknown.running > 0)
    said.push(`${counted(unknown.running, 'turn runs', 'turns run')} still.`)
  if (by === 'model' && unknown.model > 0)
    said.push(
      `The model of ${counted(unknown.model, 'turn', 'turns')} is not known` +
        (unknown.modelSince === null ? '.' : `; models are recorded since ${unknown.modelSince}.`),
    )
  return said.length === 0 ? undefined : said.join(' ')
}
