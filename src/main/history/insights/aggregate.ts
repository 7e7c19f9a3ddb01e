import {
  type BucketSize,
  type Grouping,
  type Insights,
  type InsightsQuestion,
  type InsightsSeries,
  MOST_BUCKETS,
  MOST_CALENDAR_DAYS,
  MOST_CHOICES,
  MOST_CURRENCIES,
  MOST_GROUPS,
  MOST_REPOSITORIES,
  OTHER_GROUP,
  UNKNOWN_MODEL,
  type Wait,
  waitEnds,
} from '@shared/insights'
import { civilDay, type DayNumber, dayNumber, type Days, monthStart, placeOf, weekStart } from './days'
import type { EventFact, Facts, TaskFact, TurnFact } from './facts'

export type Filter = Pick<InsightsQuestion, 'repositoryId' | 'agentId' | 'model'>

/** No more days are looked at: a clock that was wrong once must not make a plot of two thousand years. */
const MOST_DAYS = 366 * 30

const coarser: Record<BucketSize, BucketSize> = { day: 'week', week: 'month', month: 'month' }

/** Counts what was asked for. Pure. */
export function aggregate(facts: Facts, question: InsightsQuestion, days: Days): Insights {
  const range = rangeOf(facts, question, days)
  const { first, last, starts } = range
  const from = starts[0] ?? 0
  const end = starts.at(-1) ?? 0
  const within = (at: number): boolean => at >= from && at < end
  const matching = facts.turns.filter((turn) => matches(turn, question))
  const turns = matching.filter(({ at }) => within(at))
  const { bucket, buckets, placeOfDay } = divide(first, last, question.bucket)

  const perDay = zeros(last - first + 1)
  for (const { at } of turns) {
    const day = placeOf(starts, at)
    perDay[day] = (perDay[day] ?? 0) + 1
  }
  const place = (at: number): number => placeOfDay[placeOf(starts, at)] ?? 0
  // A task belongs to whoever had a turn in it.
  const whole = question.agentId === null && question.model === null
  const theirs = new Set(matching.map(({ taskId }) => taskId))
  const isTheirs = (fact: { taskId: string; repositoryId: string }): boolean =>
    (question.repositoryId === null || fact.repositoryId === question.repositoryId) &&
    (whole || theirs.has(fact.taskId))
  const tasks = facts.tasks.filter(
    (task) => within(task.startedAt) && isTheirs({ taskId: task.id, repositoryId: task.repositoryId }),
  )
  const events = (all: readonly EventFact[]): EventFact[] =>
    all.filter((event) => within(event.at) && matches(event, question))
  const paid = costsOf(turns, buckets.length, place)
  const currency =
    (paid.costs.find((one) => one.currency === question.currency) ?? paid.costs[0])?.currency ?? null
  const calendarFirst = Math.max(first, last - MOST_CALENDAR_DAYS + 1)

  return {
    from: civilDay(first),
    to: civilDay(last),
    bucket,
    buckets: buckets.map(civilDay),
    series: seriesOf(turns, question.by, buckets.length, place, currency, facts.repositories),
    totals: {
      turns: turns.length,
      tokens: sum(turns, ({ tokens }) => tokens ?? 0),
      tasks: tasks.length,
      activeDays: perDay.filter((count) => count > 0).length,
    },
    ...paid,
    currency,
    unknown: {
      running: turns.filter(isRunning).length,
      tokens: turns.filter((turn) => !isRunning(turn) && turn.tokens === null).length,
      cost: turns.filter((turn) => !isRunning(turn) && turn.cost === null).length,
      model: turns.filter(({ modelId }) => isUnknown(modelId)).length,
      modelSince: firstDayOf(
        facts.turns.filter(({ modelId }) => !isUnknown(modelId)),
        days,
      ),
    },
    calendar: {
      first: civilDay(calendarFirst),
      turns: perDay.slice(calendarFirst - first),
    },
    waits: {
      change: wait(tasks, ({ firstChangeAt }) => firstChangeAt),
      pullRequest: wait(
        tasks.filter(({ hadPullRequest }) => !hadPullRequest),
        ({ pullRequestAt }) => pullRequestAt,
      ),
      merge: wait(tasks, ({ mergedAt }) => mergedAt),
    },
    outcomes: tally(turns, ({ stopReason }) => stopReason ?? 'running'),
    failures: {
      tools: tally(events(facts.tools), ({ key }) => key),
      sessions: events(facts.errors).length,
      checks: facts.checks.filter((check) => within(check.at) && isTheirs(check)).length,
      index: facts.index,
    },
    permissions: tally(events(facts.permissions), ({ key }) => key),
    ...topRepositories(turns, tasks, facts.repositories),
    choices: {
      agents: tally(facts.turns, ({ agentId }) => agentId).map(({ key }) => key),
      models: tally(
        facts.turns.filter(({ agentId }) => question.agentId === null || agentId === question.agentId),
        ({ modelId }) => modelId ?? UNKNOWN_MODEL,
      ).map(({ key }) => key),
    },
    everything: { turns: facts.turns.length, firstDay: firstDayOf(facts.turns, days) },
  }
}

const zeros = (length: number): number[] => Array.from({ length }, () => 0)
function increase(figures: number[] | undefined, at: number, by: number): void {
  if (figures !== undefined) figures[at] = (figures[at] ?? 0) + by
}
const isRunning = ({ stopReason }: TurnFact): boolean => stopReason === null
const isUnknown = (modelId: string | null): boolean => (modelId ?? UNKNOWN_MODEL) === UNKNOWN_MODEL

/** Whether a turn, or something in one, is asked for. */
export function matches(
  fact: { repositoryId: string; agentId: string; modelId: string | null },
  { repositoryId, agentId, model }: Filter,
): boolean {
  return (
    (repositoryId === null || fact.repositoryId === repositoryId) &&
    (agentId === null || fact.agentId === agentId) &&
    (model === null || (fact.modelId ?? UNKNOWN_MODEL) === model)
  )
}

function sum<Item>(items: readonly Item[], of: (item: Item) => number): number {
  let total = 0
  for (const item of items) total += of(item)
  return total
}

function firstDayOf(turns: readonly TurnFact[], days: Days): string | null {
  let earliest = Number.POSITIVE_INFINITY
  for (const { at } of turns) if (at < earliest) earliest = at
  return earliest === Number.POSITIVE_INFINITY ? null : civilDay(days.dayAt(earliest))
}

function rangeOf(
  facts: Facts,
  question: InsightsQuestion,
  days: Days,
): { first: DayNumber; last: DayNumber; starts: number[] } {
  const last = dayNumber(question.to)
  const wanted = question.from ?? firstDayOf(facts.turns, days)
  const first = Math.max(Math.min(wanted === null ? last : dayNumber(wanted), last), last - MOST_DAYS + 1)
  return { first, last, starts: days.startsOf(first, last) }
}

/** Buckets of a range, and the place of each day among them. */
export function divide(
  first: DayNumber,
  last: DayNumber,
  wanted: BucketSize,
): { bucket: BucketSize; buckets: DayNumber[]; placeOfDay: number[] } {
  const startOf = { day: (day: DayNumber) => day, week: weekStart, month: monthStart }[wanted]
  const buckets: DayNumber[] = []
  const placeOfDay: number[] = []
  let begun: DayNumber | null = null
  for (let day = first; day <= last; day++) {
    const start = startOf(day)
    // The first one is as long as what of it is in the range.
    if (start !== begun) buckets.push(Math.max(start, first))
    begun = start
    placeOfDay.push(buckets.length - 1)
  }
  if (buckets.length > MOST_BUCKETS && wanted !== 'month') return divide(first, last, coarser[wanted])
  return { bucket: wanted, buckets, placeOfDay }
}

const groupOf: Record<Grouping, (turn: TurnFact) => string> = {
  agent: ({ agentId }) => agentId,
  model: ({ modelId }) => modelId ?? UNKNOWN_MODEL,
  repository: ({ repositoryId }) => repositoryId,
}

function seriesOf(
  turns: readonly TurnFact[],
  by: Grouping,
  length: number,
  place: (at: number) => number,
  currency: string | null,
  names: ReadonlyMap<string, string>,
): InsightsSeries[] {
  const keyOf = groupOf[by]
  const ranked = rank(turns, keyOf)
  // One that would stand alone under "Other" may as well be named.
  const named = new Set(
    ranked.slice(0, ranked.length === MOST_GROUPS + 1 ? MOST_GROUPS + 1 : MOST_GROUPS).map(({ key }) => key),
  )
  const series = new Map<string | null, InsightsSeries>()
  const add = (id: string | null, key: string, members: number): void =>
    void series.set(id, {
      key,
      name: by === 'repository' && id !== null ? (names.get(key) ?? '') : '',
      members,
      turns: zeros(length),
      tokens: zeros(length),
      cost: zeros(length),
    })
  for (const { key } of ranked) if (named.has(key)) add(key, key, 1)
  if (ranked.length > named.size) add(null, OTHER_GROUP, ranked.length - named.size)
  for (const turn of turns) {
    const key = keyOf(turn)
    const one = series.get(named.has(key) ? key : null)
    const at = place(turn.at)
    increase(one?.turns, at, 1)
    increase(one?.tokens, at, turn.tokens ?? 0)
    if (turn.cost?.currency === currency) increase(one?.cost, at, turn.cost?.amount ?? 0)
  }
  return [...series.values()]
}

/** Keys by how often they are there; of those that are as often, by the alphabet. */
function rank<Item>(items: readonly Item[], keyOf: (item: Item) => string): { key: string; count: number }[] {
  return [...counts(items, keyOf)]
    .map(([key, count]) => ({ key, count }))
    .toSorted((a, b) => b.count - a.count || (a.key < b.key ? -1 : 1))
}

/** As `rank`, with what is beyond the most that are shown put together. */
export function tally<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
): { key: string; count: number }[] {
  const ranked = rank(items, keyOf)
  if (ranked.length <= MOST_CHOICES) return ranked
  const rest = sum(ranked.slice(MOST_CHOICES - 1), ({ count }) => count)
  return [...ranked.slice(0, MOST_CHOICES - 1), { key: OTHER_GROUP, count: rest }]
}

function costsOf(
  turns: readonly TurnFact[],
  length: number,
  place: (at: number) => number,
): Pick<Insights, 'costs' | 'otherCurrencies'> {
  const paid = turns.flatMap(({ at, cost }) => (cost === null ? [] : [{ at, ...cost }]))
  const ranked = rank(paid, ({ currency }) => currency)
  const costs = new Map(
    ranked
      .slice(0, MOST_CURRENCIES)
      .map(({ key, count }) => [key, { currency: key, turns: count, sum: 0, values: zeros(length) }]),
  )
  for (const { at, amount, currency } of paid) {
    const one = costs.get(currency)
    if (one === undefined) continue
    one.sum += amount
    increase(one.values, place(at), amount)
  }
  return { costs: [...costs.values()], otherCurrencies: ranked.length - costs.size }
}

/** How long tasks took to come to something. */
export function wait(tasks: readonly TaskFact[], end: (task: TaskFact) => number | null): Wait {
  const took: number[] = []
  for (const task of tasks) {
    const at = end(task)
    // The clock of GitHub, or one that was set back, may be before ours.
    if (at !== null) took.push(Math.max(0, at - task.startedAt))
  }
  took.sort((a, b) => a - b)
  const bars = zeros(waitEnds.length + 1)
  for (const time of took) {
    const beyond = waitEnds.findIndex((limit) => time < limit)
    const bar = beyond === -1 ? waitEnds.length : beyond
    bars[bar] = (bars[bar] ?? 0) + 1
  }
  return {
    reached: took.length,
    open: tasks.length - took.length,
    median: quantile(took, 0.5),
    p90: quantile(took, 0.9),
    bars,
  }
}

/** The value that so large a share does not exceed, which is one of the values. */
export function quantile(sorted: readonly number[], share: number): number | null {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? null
}

/** How often each key is there. */
function counts<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, number> {
  const found = new Map<string, number>()
  for (const item of items) {
    const key = keyOf(item)
    found.set(key, (found.get(key) ?? 0) + 1)
  }
  return found
}

function topRepositories(
  turns: readonly TurnFact[],
  tasks: readonly TaskFact[],
  names: ReadonlyMap<string, string>,
): Pick<Insights, 'repositories' | 'otherRepositories'> {
  const ranked = rank(turns, ({ repositoryId }) => repositoryId)
  const tokensOf = new Map<string, number>()
  for (const { repositoryId, tokens } of turns)
    tokensOf.set(repositoryId, (tokensOf.get(repositoryId) ?? 0) + (tokens ?? 0))
  const tasksOf = counts(tasks, ({ repositoryId }) => repositoryId)
  return {
    repositories: ranked.slice(0, MOST_REPOSITORIES).map(({ key, count }) => ({
      id: key,
      name: names.get(key) ?? '',
      turns: count,
      tokens: tokensOf.get(key) ?? 0,
      tasks: tasksOf.get(key) ?? 0,
    })),
    otherRepositories: Math.max(0, ranked.length - MOST_REPOSITORIES),
  }
}
