import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { csvOf } from '../../../src/renderer/features/insights/csv'
import {
  bucketText,
  measured,
  outcomeText,
  seriesText,
  span,
  waitLabels,
  waitText,
} from '../../../src/renderer/features/insights/figures'
import { dayAfter, dayOf, rangeOf } from '../../../src/renderer/features/insights/range'
import { nextPlace } from '../../../src/renderer/ui/chart'
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

  it('go from bar to bar, and no further than the ends', () => {
    expect(nextPlace('ArrowLeft', 0, 5)).toBe(0)
    expect(nextPlace('End', 0, 5)).toBe(4)
    expect(nextPlace('PageDown', 0, 5)).toBe(4)
    expect(nextPlace('toString', 0, 5)).toBeNull()
  })
})
