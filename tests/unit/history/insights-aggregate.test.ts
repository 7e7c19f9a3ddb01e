import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type InsightsQuestion,
  insightsSchema,
  MOST_BUCKETS,
  MOST_CURRENCIES,
  OTHER_GROUP,
} from '@shared/insights'
import { aggregate, divide, matches, quantile, wait } from '../../../src/main/history/insights/aggregate'
import { civilDay, dayNumber, Days } from '../../../src/main/history/insights/days'
import { Costs, type Facts, readUsage, type TurnFact } from '../../../src/main/history/insights/facts'

const berlin = new Days('Europe/Berlin')
const at = (text: string): number => Date.parse(text)

const turn = (more: Partial<TurnFact> = {}): TurnFact => ({
  at: at('2026-05-04T10:00:00Z'),
  taskId: 'task_1',
  repositoryId: 'repo_1',
  agentId: 'claude',
  modelId: 'opus',
  stopReason: 'end_turn',
  tokens: 100,
  cost: { amount: 0.5, currency: 'USD' },
  ...more,
})

const facts = (more: Partial<Facts> = {}): Facts => ({
  turns: [],
  tasks: [],
  permissions: [],
  tools: [],
  errors: [],
  checks: [],
  repositories: new Map([['repo_1', 'parser']]),
  index: 'complete',
  ...more,
})

const question = (more: Partial<InsightsQuestion> = {}): InsightsQuestion => ({
  organizationId: 'organization_1' as InsightsQuestion['organizationId'],
  from: '2026-05-01',
  to: '2026-05-07',
  timeZone: 'Europe/Berlin',
  repositoryId: null,
  agentId: null,
  model: null,
  bucket: 'day',
  fresh: true,
  by: 'agent',
  currency: null,
  ...more,
})

const total = (figures: readonly number[]): number => figures.reduce((sum, figure) => sum + figure, 0)

describe('figures of turns', () => {
  it('are of the days of the person: what is just before midnight there is of that day', () => {
    const turns = [turn({ at: at('2026-05-03T21:59:59.999Z') }), turn({ at: at('2026-05-03T22:00:00Z') })]
    const { buckets, series, calendar } = aggregate(facts({ turns }), question(), berlin)
    expect(buckets[2]).toBe('2026-05-03')
    expect(series.map(({ turns: figures }) => figures)).toEqual([[0, 0, 1, 1, 0, 0, 0]])
    expect(calendar).toEqual({ first: '2026-05-01', turns: [0, 0, 1, 1, 0, 0, 0] })
  })

  it('say what they do not know, and never take it for nothing', () => {
    const turns = [
      turn(),
      turn({ cost: null, tokens: null, modelId: null }),
      turn({ cost: { amount: 2, currency: 'EUR' } }),
      turn({ stopReason: null, cost: null, tokens: null }),
    ]
    const { totals, unknown, costs } = aggregate(facts({ turns }), question(), berlin)
    expect(totals).toMatchObject({ turns: 4, tokens: 200 })
    expect(costs).toMatchObject([
      { currency: 'EUR', turns: 1, sum: 2 },
      { currency: 'USD', turns: 1, sum: 0.5 },
    ])
    expect(unknown).toEqual({ running: 1, tokens: 1, cost: 1, model: 1, modelSince: '2026-05-04' })
  })

  it('have every currency there is, the most used first, and tell the parts of the one that was chosen', () => {
    const paidIn = (currency: string, agentId = 'claude') => turn({ agentId, cost: { amount: 2, currency } })
    const turns = ['USD', 'EUR', 'GBP', 'JPY', 'CHF', 'SEK', 'PLN', 'PLN'].map((one) => paidIn(one))
    const all = aggregate(facts({ turns: [...turns, paidIn('SEK', 'codex')] }), question(), berlin)
    expect(all.costs.map(({ currency, sum }) => `${sum} ${currency}`)).toEqual([
      '4 PLN',
      '4 SEK',
      '2 CHF',
      '2 EUR',
      '2 GBP',
      '2 JPY',
      '2 USD',
    ])
    expect(all).toMatchObject({ currency: 'PLN', otherCurrencies: 0 })
    const chosen = aggregate(
      facts({ turns: [...turns, paidIn('SEK', 'codex')] }),
      question({ currency: 'SEK' }),
      berlin,
    )
    expect(chosen.series.map(({ key, cost }) => [key, total(cost)])).toEqual([
      ['claude', 2],
      ['codex', 2],
    ])
    const hostile = Array.from({ length: MOST_CURRENCIES + 3 }, (_, nth) => paidIn(`X${nth}`))
    const cut = aggregate(facts({ turns: hostile }), question({ currency: 'none of them' }), berlin)
    expect(cut.costs).toHaveLength(MOST_CURRENCIES)
    expect(cut).toMatchObject({ currency: cut.costs[0]?.currency, otherCurrencies: 3 })
  })

  it('name the most used, and put the rest of sixty models together', () => {
    const turns = Array.from({ length: 60 }, (_, nth) =>
      Array.from({ length: 60 - nth }, () => turn({ modelId: `model-${String(nth).padStart(2, '0')}` })),
    ).flat()
    const { series } = aggregate(facts({ turns }), question({ by: 'model' }), berlin)
    expect(series).toHaveLength(8)
    expect(series[0]?.key).toBe('model-00')
    expect(series.at(-1)).toMatchObject({ key: OTHER_GROUP, members: 53 })
    expect(total(series.map(({ turns: figures }) => total(figures)))).toBe(turns.length)
  })

  it('of ten years are divided by months, and of one day are one', () => {
    const years = aggregate(facts(), question({ from: '2016-05-07' }), berlin)
    expect(years.bucket).toBe('month')
    expect(years.buckets[0]).toBe('2016-05-07')
    expect(years.calendar.turns).toHaveLength(371)
    const one = aggregate(
      facts({ turns: [turn()] }),
      question({ from: '2026-05-04', to: '2026-05-04' }),
      berlin,
    )
    expect(one.buckets).toEqual(['2026-05-04'])
    expect(one.totals).toMatchObject({ turns: 1, activeDays: 1 })
  })

  it('of everything begin with the first turn, and survive a clock that was wrong', () => {
    const turns = [turn({ at: at('2025-01-31T23:30:00Z') }), turn()]
    expect(aggregate(facts({ turns }), question({ from: null }), berlin).from).toBe('2025-02-01')
    const wrong = aggregate(facts({ turns: [turn({ at: 0 }), turn()] }), question({ from: null }), berlin)
    expect(wrong.buckets.length).toBeLessThanOrEqual(MOST_BUCKETS)
    expect(wrong.totals.turns).toBe(1)
  })

  it('are empty where nothing was done', () => {
    const empty = aggregate(facts(), question({ from: null }), berlin)
    expect(empty.buckets).toEqual(['2026-05-07'])
    expect(empty.series).toEqual([])
    expect(empty.waits.change).toEqual({
      reached: 0,
      open: 0,
      median: null,
      p90: null,
      bars: Array(9).fill(0),
    })
  })
})

describe('how long it took', () => {
  const task = (more: object) => ({
    id: 'task_1',
    repositoryId: 'repo_1',
    startedAt: 1000,
    firstChangeAt: null,
    pullRequestAt: null,
    hadPullRequest: false,
    mergedAt: null,
    ...more,
  })

  it('is told for those that came so far, with how many did not', () => {
    const tasks = [1, 2, 10].map((minutes) => task({ firstChangeAt: 1000 + minutes * 60_000 }))
    const result = wait([...tasks, task({})], ({ firstChangeAt }) => firstChangeAt)
    expect(result).toMatchObject({ reached: 3, open: 1, median: 120_000, p90: 600_000 })
    expect(result.bars.slice(0, 3)).toEqual([2, 1, 0])
  })

  it('is never less than nothing, whatever two clocks say', () => {
    expect(wait([task({ mergedAt: 1 })], ({ mergedAt }) => mergedAt).median).toBe(0)
  })

  it('has a median that is one of the values, and nine of ten below the other', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { minLength: 1 }), fc.constantFrom(0.5, 0.9), (values, share) => {
        const sorted = values.toSorted((a, b) => a - b)
        const found = quantile(sorted, share) ?? -1
        expect(sorted).toContain(found)
        expect(sorted.filter((value) => value <= found).length).toBeGreaterThanOrEqual(share * sorted.length)
      }),
    )
  })
})

describe('usage', () => {
  it('is what the agent told, and nothing where it told nothing that is a figure', () => {
    expect(readUsage('{"inputTokens":3,"outputTokens":4}').tokens).toBe(7)
    expect(readUsage('{"inputTokens":3,"totalTokens":9}').tokens).toBe(9)
    expect(readUsage('{"cost":{"amount":1.5,"currency":" usd"}}').total).toEqual({
      amount: 1.5,
      currency: 'USD',
    })
    for (const hostile of [
      null,
      '',
      '[]',
      'null',
      '{"totalTokens":-1}',
      '{"cost":{"amount":"1","currency":"USD"}}',
    ])
      expect(readUsage(hostile)).toEqual({ tokens: null, total: null })
  })

  it('costs what was added since, and counts anew where the sum began anew', () => {
    const costs = new Costs()
    const add = (amount: number, session = 's') => costs.add(session, { amount, currency: 'USD' })?.amount
    expect([add(1), add(3), add(3), add(0.5), add(2, 'other')]).toEqual([1, 2, 0, 0.5, 2])
    expect(costs.add('s', null)).toBeNull()
    expect(costs.add('s', { amount: 4, currency: 'EUR' })).toEqual({ amount: 4, currency: 'EUR' })
  })
})

const someTurn = fc
  .record({
    at: fc.integer({ min: at('2025-03-01T00:00:00Z'), max: at('2026-12-31T00:00:00Z') }),
    repositoryId: fc.constantFrom('repo_1', 'repo_2', 'repo_3'),
    agentId: fc.constantFrom('claude', 'codex', '__proto__'),
    modelId: fc.option(
      fc.constantFrom('opus', 'gpt', 'constructor', ...Array.from({ length: 20 }, (_, n) => `m${n}`)),
    ),
    tokens: fc.option(fc.nat(10_000)),
    stopReason: fc.option(fc.constantFrom('end_turn', 'failed')),
    cost: fc.option(fc.record({ amount: fc.nat(100), currency: fc.constantFrom('USD', 'EUR') })),
  })
  .map((more) => turn(more))
const someQuestion = fc.record({
  from: fc.option(fc.integer({ min: 20_100, max: 20_700 }).map(civilDay)),
  to: fc.integer({ min: 20_200, max: 20_800 }).map(civilDay),
  bucket: fc.constantFrom('day' as const, 'week' as const, 'month' as const),
  by: fc.constantFrom('agent' as const, 'model' as const, 'repository' as const),
  agentId: fc.option(fc.constantFrom('claude', 'codex')),
  model: fc.option(fc.constantFrom('opus', '')),
})

describe('whatever was done and asked', () => {
  it('the sum over buckets and parts is the total, and so is that over days and outcomes', () => {
    fc.assert(
      fc.property(fc.array(someTurn, { maxLength: 60 }), someQuestion, (turns, more) => {
        const result = aggregate(facts({ turns }), question(more), berlin)
        expect(insightsSchema.parse(result)).toEqual(result)
        const { series, totals } = result
        expect(total(series.flatMap((one) => one.turns))).toBe(totals.turns)
        expect(total(series.flatMap((one) => one.tokens))).toBe(totals.tokens)
        for (const { currency, sum, values } of result.costs) {
          expect(total(values)).toBe(sum)
          const told = aggregate(facts({ turns }), question({ ...more, currency }), berlin)
          expect(told.currency).toBe(currency)
          expect(total(told.series.flatMap((one) => one.cost))).toBe(sum)
        }
        expect(total(result.outcomes.map(({ count }) => count))).toBe(totals.turns)
        const cut = result.calendar.first !== result.from
        expect(cut || total(result.calendar.turns) === totals.turns).toBe(true)
        expect(result.unknown.tokens + result.unknown.running).toBeLessThanOrEqual(totals.turns)
      }),
    )
  })

  it('every day of a range is in one bucket, and buckets follow one another from the first day on', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 30_000 }),
        fc.nat(4000),
        fc.constantFrom('day' as const, 'week' as const, 'month' as const),
        (first, more, wanted) => {
          const { buckets, placeOfDay } = divide(first, first + more, wanted)
          expect(buckets.length).toBeLessThanOrEqual(MOST_BUCKETS)
          expect(buckets[0]).toBe(first)
          expect(placeOfDay).toHaveLength(more + 1)
          const wrong = placeOfDay.findIndex(
            (place, nth) =>
              (buckets[place] ?? Number.POSITIVE_INFINITY) > first + nth ||
              (buckets[place + 1] ?? Number.POSITIVE_INFINITY) <= first + nth,
          )
          expect(wrong).toBe(-1)
        },
      ),
    )
  })

  it('filters may be applied one after the other, in any order', () => {
    fc.assert(
      fc.property(fc.array(someTurn, { maxLength: 40 }), someQuestion, (turns, more) => {
        const { agentId, model } = more
        const wanted = { ...more, repositoryId: 'repo_1' as const }
        const none = { repositoryId: null, agentId: null, model: null }
        const asked = question({ ...more, agentId: null, model: null, from: '2025-03-01' })
        const steps = [
          { ...none, repositoryId: wanted.repositoryId as InsightsQuestion['repositoryId'] },
          { ...none, agentId },
          { ...none, model },
        ]
        const results = [steps, steps.toReversed()].map((order) => {
          const left = order.reduce((rest, step) => rest.filter((one) => matches(one, step)), turns)
          return aggregate(facts({ turns: left }), asked, berlin).totals
        })
        const once = aggregate(
          facts({ turns }),
          { ...asked, agentId, model, repositoryId: 'repo_1' as InsightsQuestion['repositoryId'] },
          berlin,
        ).totals
        expect(results).toEqual([once, once])
      }),
    )
  })

  it('a range and the one after it hold what both hold together', () => {
    fc.assert(
      fc.property(
        fc.array(someTurn, { maxLength: 40 }),
        fc.integer({ min: 20_200, max: 20_600 }),
        (turns, cut) => {
          const count = (from: number, to: number): number =>
            aggregate(facts({ turns }), question({ from: civilDay(from), to: civilDay(to) }), berlin).totals
              .turns
          const first = dayNumber('2025-02-01')
          const last = dayNumber('2027-01-01')
          expect(count(first, cut) + count(cut + 1, last)).toBe(turns.length)
        },
      ),
    )
  })
})
