import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  civilDay,
  dayNumber,
  Days,
  monthStart,
  placeOf,
  weekStart,
} from '../../../src/main/history/insights/days'

const iso = (time: number): string => new Date(time).toISOString()
const hours = (days: Days, day: string): number =>
  (days.startOf(dayNumber(day) + 1) - days.startOf(dayNumber(day))) / 3_600_000

describe('days where a person is', () => {
  it('have 23 and 25 hours where clocks change', () => {
    const berlin = new Days('Europe/Berlin')
    expect(hours(berlin, '2026-03-29')).toBe(23)
    expect(hours(berlin, '2026-10-25')).toBe(25)
    expect(hours(berlin, '2026-10-26')).toBe(24)
    expect(iso(berlin.startOf(dayNumber('2026-03-29')))).toBe('2026-03-28T23:00:00.000Z')
    expect(iso(berlin.startOf(dayNumber('2026-03-30')))).toBe('2026-03-29T22:00:00.000Z')
  })

  it('begin at one where there is no midnight, and once where there are two', () => {
    const paulo = new Days('America/Sao_Paulo')
    expect(iso(paulo.startOf(dayNumber('2018-11-04')))).toBe('2018-11-04T03:00:00.000Z')
    expect(hours(paulo, '2018-11-04')).toBe(23)
    const havana = new Days('America/Havana')
    expect(iso(havana.startOf(dayNumber('2025-11-02')))).toBe('2025-11-02T04:00:00.000Z')
    expect(hours(havana, '2025-11-02')).toBe(25)
  })

  it('know places far from the prime meridian, half hours, and a day that was left out', () => {
    expect(iso(new Days('Pacific/Kiritimati').startOf(dayNumber('2026-01-01')))).toBe(
      '2025-12-31T10:00:00.000Z',
    )
    expect(iso(new Days('Asia/Kolkata').startOf(dayNumber('2026-01-01')))).toBe('2025-12-31T18:30:00.000Z')
    const apia = new Days('Pacific/Apia')
    expect(apia.startOf(dayNumber('2011-12-30'))).toBe(apia.startOf(dayNumber('2011-12-31')))
  })

  const zones = [
    'UTC',
    'Europe/Berlin',
    'America/New_York',
    'America/Sao_Paulo',
    'Australia/Lord_Howe',
    'Asia/Tehran',
  ]
  const cache = new Map(zones.map((zone) => [zone, new Days(zone)]))

  it('hold every moment once, between their beginning and that of the next', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...cache.values()),
        fc.integer({ min: Date.UTC(1995, 0, 1), max: Date.UTC(2037, 0, 1) }),
        (days, time) => {
          const day = days.dayAt(time)
          expect(days.startOf(day)).toBeLessThanOrEqual(time)
          expect(days.startOf(day + 1)).toBeGreaterThan(time)
          const starts = days.startsOf(day - 3, day + 3)
          expect(placeOf(starts, time)).toBe(3)
        },
      ),
    )
  })
})

describe('weeks and months', () => {
  it('begin on a Monday and on the first', () => {
    expect(civilDay(weekStart(dayNumber('2026-11-26')))).toBe('2026-11-23')
    expect(civilDay(weekStart(dayNumber('2026-11-23')))).toBe('2026-11-23')
    expect(civilDay(weekStart(dayNumber('1969-12-28')))).toBe('1969-12-22')
    expect(civilDay(monthStart(dayNumber('2024-02-29')))).toBe('2024-02-01')
  })

  it('are found for every day', () => {
    fc.assert(
      fc.property(fc.integer({ min: -20_000, max: 40_000 }), (day) => {
        expect(new Date(weekStart(day) * 86_400_000).getUTCDay()).toBe(1)
        expect(day - weekStart(day)).toBeGreaterThanOrEqual(0)
        expect(day - weekStart(day)).toBeLessThan(7)
        expect(civilDay(monthStart(day))).toBe(`${civilDay(day).slice(0, 7)}-01`)
        expect(dayNumber(civilDay(day))).toBe(day)
      }),
    )
  })
})
