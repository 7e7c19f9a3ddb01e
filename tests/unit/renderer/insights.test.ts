import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { csvOf } from '../../../src/renderer/features/insights/csv'
import {
  bucketText,
  costsSheet,
  costText,
  measured,
  outcomeText,
  overTimeSheet,
  seriesText,
  span,
  waitLabels,
  waitText,
} from '../../../src/renderer/features/insights/figures'
import { dayAfter, dayOf, rangeOf } from '../../../src/renderer/features/insights/range'
import { nextPlace } from '../../../src/renderer/ui/chart'
import type { Insights } from '@shared/insights'
import { waitEnds } from '@shared/insights-limits'

describe('a range of days', () => {
  const custom = { from: '2026-03-05', to: '2026-03-01' }

  it('ends today, and has as many days as it says', () => {
    expect(rangeOf('7', custom, '2026-03-03')).toEqual({ from: '2026-02-25', to: '2026-03-03' })
    expect(rangeOf('year', custom, '2026-03-03')).toEqual({ from: '2025-03-04', to: '2026-03-03' })
    expect(rangeOf('all', custom, '2026-03-03')).toEqual({ from: null, to: '2026-03-03' })
  })

  it('may be given with its end first', () => {
    expect(rangeOf('custom', custom, '2026-03-03')).toEqual({ from: '2026-03-01', to: '2026-03-05' })
  })

  it('goes over months, years and leap days', () => {
    expect(dayAfter('2024-02-28', 1)).toBe('2024-02-29')
    expect(dayAfter('2025-12-31', 1)).toBe('2026-01-01')
    expect(dayOf(new Date(2026, 0, 2, 23, 59))).toBe('2026-01-02')
  })
})

describe('a table as CSV', () => {
  it('quotes what has to be, and calculates nothing', () => {
    const sheet = {
      columns: ['Day', 'a,b'],
      rows: [
        ['=1+1', 5],
        ['x"y', null],
        ['@me', -2],
      ],
    }
    expect(csvOf(sheet)).toBe(`Day,"a,b"\r\n'=1+1,5\r\n"x""y",\r\n'@me,-2\r\n`)
  })

  it('has as many cells as the table, whatever is in them', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string(), fc.integer())), (rows) => {
        const text = csvOf({ columns: ['a', 'b'], rows })
        // Quoted parts hold no separators once they are taken out.
        const plain = text.replaceAll(/"(?:[^"]|"")*"/g, '')
        expect(plain.split('\r\n')).toHaveLength(rows.length + 2)
        expect(plain.split(',')).toHaveLength(rows.length + 2)
      }),
    )
  })
})

describe('words of insights', () => {
  it('say how long something took', () => {
    expect([0, 60_000, 3_600_000, 5_400_000, 90_000_000, 172_800_000].map(span)).toEqual([
      'under 1 min',
      '1 min',
      '1 h',
      '1 h 30 min',
      '1 d 1 h',
      '2 d',
    ])
    expect(waitLabels).toHaveLength(waitEnds.length + 1)
    expect(waitText({ reached: 0, open: 2, median: null, p90: null, bars: [] })).toBe('0 tasks, 2 not yet')
  })

  it('name what has no words of ours by its own, also where that is a word of JavaScript', () => {
    expect(outcomeText('constructor')).toBe('constructor')
    expect(outcomeText('end_turn')).toBe('Finished')
    const series = { key: '__proto__', name: '', members: 1 }
    expect(seriesText(series, 'agent', new Map())).toBe('__proto__')
    expect(seriesText({ ...series, key: 'other', members: 53 }, 'model', new Map())).toBe('Other (53)')
    expect(measured(2.5, 'cost', 'not a currency')).toBe('2.50 not a currency')
    expect(bucketText('2026-05-01', 'month')).toContain('2026')
  })

  it('say all that was paid: a few sums in a line, all of them in tables', () => {
    const kinds = ['USD', 'EUR', 'GBP', 'JPY', 'CHF', 'SEK', 'PLN']
    const costs = kinds.map((currency, nth) => ({ currency, turns: 9 - nth, sum: nth + 1, values: [nth, 1] }))
    const unknown = { running: 0, tokens: 0, cost: 3, model: 0, modelSince: null }
    expect(costText({ costs, otherCurrencies: 1, unknown })).toEqual({
      value: '1.00 USD + 2.00 EUR + 3.00 GBP + 4.00 JPY + 5.00 CHF',
      note: 'and 3 more currencies, under Cost by currency; unknown for 3 turns',
    })
    expect(costText({ costs: [], otherCurrencies: 0, unknown: { ...unknown, cost: 0 } })).toEqual({
      value: 'unknown',
      note: null,
    })
    const series = { key: 'a', name: '', members: 1, turns: [1, 1], tokens: [0, 0], cost: [1, 1] }
    const insights = {
      bucket: 'day',
      buckets: ['2026-05-01', '2026-05-02'],
      series: [series],
      costs,
      currency: 'EUR',
    } as unknown as Insights
    expect(costsSheet(insights).rows.at(-1)).toEqual(['PLN', 7, 3])
    const sheet = overTimeSheet(insights, ['Claude'], 'cost')
    expect(sheet.columns).toEqual([
      'Day',
      'All cost (EUR)',
      'Claude (EUR)',
      ...kinds.filter((kind) => kind !== 'EUR').map((kind) => `All cost (${kind})`),
    ])
    expect(sheet.rows[0]).toEqual(['2026-05-01', 1, 1, 0, 2, 3, 4, 5, 6])
    expect(overTimeSheet(insights, ['Claude'], 'turns').columns).toEqual(['Day', 'All turns', 'Claude'])
  })

  it('go from bar to bar, and no further than the ends', () => {
    expect(nextPlace('ArrowLeft', 0, 5)).toBe(0)
    expect(nextPlace('End', 0, 5)).toBe(4)
    expect(nextPlace('PageDown', 0, 5)).toBe(4)
    expect(nextPlace('toString', 0, 5)).toBeNull()
  })
})
