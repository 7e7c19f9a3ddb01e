import type { Insights, InsightsSeries, Wait } from '@shared/insights'
import { type BucketSize, type Grouping, OTHER_GROUP, UNKNOWN_MODEL } from '@shared/insights-limits'
import type { Sheet } from './csv'

export type Measure = 'turns' | 'tokens' | 'cost'

const whole = new Intl.NumberFormat()
const short = new Intl.NumberFormat(undefined, { notation: 'compact', maximumFractionDigits: 1 })

export const exact = (value: number): string => whole.format(value)
export const shortly = (value: number): string => short.format(value)
export const counted = (value: number, one: string, many: string): string =>
  `${exact(value)} ${value === 1 ? one : many}`

/** A sum of money. What an agent calls a currency may be none. */
export function money(value: number, currency: string): string {
  const figure = new Intl.NumberFormat(undefined, { minimumFractionDigits: 2, maximumFractionDigits: 4 })
  return `${figure.format(value)} ${currency}`
}

const dates = {
  exact: new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeZone: 'UTC' }),
  day: new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', timeZone: 'UTC' }),
  year: new Intl.DateTimeFormat(undefined, {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    timeZone: 'UTC',
  }),
  month: new Intl.DateTimeFormat(undefined, { month: 'short', timeZone: 'UTC' }),
  wholeMonth: new Intl.DateTimeFormat(undefined, { month: 'long', year: 'numeric', timeZone: 'UTC' }),
  shortMonth: new Intl.DateTimeFormat(undefined, { month: 'short', year: '2-digit', timeZone: 'UTC' }),
  weekday: new Intl.DateTimeFormat(undefined, { weekday: 'short', timeZone: 'UTC' }),
}
export const dayText = (day: string, how: keyof typeof dates = 'year'): string =>
  dates[how].format(new Date(`${day}T00:00:00Z`))
/** Monday to Sunday; 2024 began with a Monday. */
export const weekdays: readonly string[] = Array.from({ length: 7 }, (_, nth) =>
  dayText(`2024-01-0${nth + 1}`, 'weekday'),
)

/** What a bucket is called. */
export function bucketText(day: string, bucket: BucketSize): string {
  if (bucket === 'day') return dayText(day, 'exact')
  return bucket === 'week' ? `Week from ${dayText(day)}` : dayText(day, 'wholeMonth')
}
export const bucketLabel = (day: string, bucket: BucketSize): string =>
  dayText(day, bucket === 'month' ? 'shortMonth' : 'day')

/** How long something took, to two units. */
export function span(milliseconds: number): string {
  const minutes = Math.round(milliseconds / 60_000)
  if (minutes < 1) return 'under 1 min'
  if (minutes < 60) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  if (hours < 24) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`
  const days = Math.floor(hours / 24)
  return hours % 24 === 0 ? `${days} d` : `${days} d ${hours % 24} h`
}

export const waitLabels = [
  'under 5 min',
  '5 – 15 min',
  '15 – 60 min',
  '1 – 4 h',
  '4 – 24 h',
  '1 – 3 d',
  '3 – 7 d',
  '7 – 30 d',
  'over 30 d',
] as const

const outcomeWords: Readonly<Record<string, string>> = {
  end_turn: 'Finished',
  cancelled: 'Stopped',
  interrupted: 'Interrupted',
  failed: 'Failed',
  refusal: 'Refused by the agent',
  max_tokens: 'Out of tokens',
  max_turn_requests: 'Out of requests',
  running: 'Running',
  unknown: 'Not recorded',
}
const toolWords: Readonly<Record<string, string>> = {
  read: 'Reading files',
  search: 'Searching',
  fetch: 'Fetching',
  edit: 'Editing files',
  delete: 'Deleting files',
  move: 'Moving files',
  execute: 'Running commands',
  other: 'Other tools',
}
const permissionWords: Readonly<Record<string, string>> = {
  person_allowed: 'Allowed by you',
  person_rejected: 'Rejected by you',
  policy_allowed: 'Allowed by policy',
  policy_rejected: 'Rejected by policy',
  cancelled: 'Withdrawn',
  expired: 'Expired',
  pending: 'Waiting for an answer',
}
const worded =
  (words: Readonly<Record<string, string>>) =>
  (key: string): string =>
    (Object.hasOwn(words, key) ? words[key] : undefined) ?? key
export const outcomeText = worded(outcomeWords)
export const toolText = worded(toolWords)
export const permissionText = worded(permissionWords)

export const modelText = (model: string): string =>
  model === UNKNOWN_MODEL ? 'Agent’s own, or not recorded' : model

/** What a part of the bars is called. */
export function seriesText(
  series: Pick<InsightsSeries, 'key' | 'name' | 'members'>,
  by: Grouping,
  agents: ReadonlyMap<string, string>,
): string {
  if (series.key === OTHER_GROUP && series.members > 1) return `Other (${series.members})`
  if (by === 'agent') return agents.get(series.key) ?? series.key
  return by === 'model' ? modelText(series.key) : series.name
}

/** A figure of what is measured, with what it is. */
export function measured(value: number, measure: Measure, currency: string | null): string {
  if (measure === 'turns') return counted(value, 'turn', 'turns')
  return measure === 'tokens' ? counted(value, 'token', 'tokens') : money(value, currency ?? '')
}

export const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0)

const bucketWords: Readonly<Record<BucketSize, string>> = {
  day: 'Day',
  week: 'Week from',
  month: 'Month from',
}

export function overTimeSheet(insights: Insights, names: readonly string[], measure: Measure): Sheet {
  const { bucket, buckets, costs, currency } = insights
  const parts = insights.series.map((series) => series[measure])
  const others = measure === 'cost' ? costs.filter((one) => one.currency !== currency) : []
  const all = (unit: string): string => `All ${unit}`
  return {
    columns: [
      bucketWords[bucket],
      all(measure === 'cost' ? costName(currency ?? '') : measure),
      ...(others.length === 0 ? names : names.map((name) => `${name} (${currency ?? ''})`)),
      ...others.map((one) => all(costName(one.currency))),
    ],
    rows: buckets.map((day, place) => {
      const figures = parts.map((values) => values[place] ?? 0)
      return [day, sumOf(figures), ...figures, ...others.map(({ values }) => values[place] ?? 0)]
    }),
  }
}
const costName = (currency: string): string => `cost (${currency})`

/** Of so many kinds of money the sums stand in one line; all of them have a panel of their own. */
const CURRENCIES_IN_A_LINE = 5

/** What was paid, in a line, and what is to be said of it. */
export function costText({
  costs,
  otherCurrencies,
  unknown,
}: Pick<Insights, 'costs' | 'otherCurrencies' | 'unknown'>): { value: string; note: string | null } {
  const said = costs.slice(0, CURRENCIES_IN_A_LINE).map(({ currency, sum }) => money(sum, currency))
  const rest = costs.length - said.length + otherCurrencies
  const notes = [
    ...(rest === 0
      ? []
      : [`and ${counted(rest, 'more currency', 'more currencies')}, under Cost by currency`]),
    ...(unknown.cost === 0 ? [] : [`unknown for ${counted(unknown.cost, 'turn', 'turns')}`]),
  ]
  return {
    value: said.length === 0 ? 'unknown' : said.join(' + '),
    note: notes.length === 0 ? null : notes.join('; '),
  }
}

export const costsSheet = ({ costs }: Insights): Sheet => ({
  columns: ['Currency', 'Cost', 'Turns'],
  rows: costs.map(({ currency, sum, turns }) => [currency, sum, turns]),
})

export function calendarSheet({ calendar }: Insights, after: (day: string, days: number) => string): Sheet {
  return {
    columns: ['Day', 'Turns'],
    rows: calendar.turns.map((turns, place) => [after(calendar.first, place), turns]),
  }
}

export const waitNames = [
  ['change', 'To the first change'],
  ['pullRequest', 'To the pull request'],
  ['merge', 'To the merge'],
] as const

/** What is said of a distribution beside its bars. */
export function waitText({ reached, open, median, p90 }: Wait): string {
  const rest = open === 0 ? '' : `, ${exact(open)} not yet`
  if (median === null || p90 === null) return `${counted(reached, 'task', 'tasks')}${rest}`
  return `Median ${span(median)}, 90 % within ${span(p90)} · ${counted(reached, 'task', 'tasks')}${rest}`
}

export function waitsSheet({ waits }: Insights): Sheet {
  const minutes = (value: number | null): number | null =>
    value === null ? null : Math.round(value / 6000) / 10
  return {
    columns: ['Time', ...waitNames.map(([, name]) => name)],
    rows: [
      ...waitLabels.map((label, place) => [label, ...waitNames.map(([key]) => waits[key].bars[place] ?? 0)]),
      ['Tasks that came so far', ...waitNames.map(([key]) => waits[key].reached)],
      ['Tasks that did not', ...waitNames.map(([key]) => waits[key].open)],
      ['Median, in minutes', ...waitNames.map(([key]) => minutes(waits[key].median))],
      ['90 % within, in minutes', ...waitNames.map(([key]) => minutes(waits[key].p90))],
    ],
  }
}
