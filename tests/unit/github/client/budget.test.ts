import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dateOf } from '../../../../src/main/github/client/answer'
import { createBudgetKeeper, observationOf, reserveOf } from '../../../../src/main/github/client/budget'
import type { Permit } from '../../../../src/main/github/client/budget'

const NOW = Date.parse('2026-11-24T10:00:00Z')
const HOUR = 3_600_000

function world(start = NOW) {
  const clock = { now: start }
  return { clock, keeper: createBudgetKeeper(() => clock.now) }
}

const seconds = (time: number): number => Math.floor(time / 1000)

describe('a budget', () => {
  it('is unknown before the first answer, and forbids nothing then', () => {
    const { keeper } = world()
    expect(keeper.budgets()).toEqual([])
    expect(keeper.begin('core', 'sync')).toHaveProperty('permit')
  })

  it('counts what is under way: four at once do not cross what one may not', () => {
    const { keeper } = world()
    keeper.observe('core', { limit: 100, remaining: 22, reset: seconds(NOW + HOUR) }, NOW)
    const first = keeper.begin('core', 'sync')
    expect(first).toHaveProperty('permit')
    expect(keeper.begin('core', 'sync')).toHaveProperty('permit')
    expect(keeper.begin('core', 'sync')).toHaveProperty('refusal')
    if ('permit' in first) first.permit.end(0)
    expect(keeper.begin('core', 'sync')).toHaveProperty('permit')
  })

  it('begins anew at its reset, by purpose as well', () => {
    const { keeper, clock } = world()
    keeper.observe('core', { limit: 100, remaining: 20, reset: seconds(NOW + HOUR) }, NOW)
    const begun = keeper.begin('core', 'interactive')
    if ('permit' in begun) begun.permit.end(1)
    expect(keeper.budgets()[0]?.spent).toEqual([{ purpose: 'interactive', amount: 1 }])
    expect(keeper.begin('core', 'sync')).toMatchObject({ refusal: { until: NOW + HOUR } })
    clock.now += HOUR
    expect(keeper.budgets()[0]).toMatchObject({ remaining: 100, spent: [] })
    expect(keeper.begin('core', 'sync')).toHaveProperty('permit')
  })

  it('does not believe an answer that was overtaken', () => {
    const { keeper } = world()
    const reset = seconds(NOW + HOUR)
    keeper.observe('core', { limit: 100, remaining: 30, reset }, NOW)
    keeper.observe('core', { limit: 100, remaining: 35, reset: reset + 1 }, NOW)
    expect(keeper.budgets()[0]?.remaining).toBe(30)
    keeper.observe('core', { limit: 100, remaining: 90, reset: reset - 1800 }, NOW)
    expect(keeper.budgets()[0]?.remaining).toBe(30)
    keeper.observe('core', { limit: 100, remaining: 99, reset: reset + 3600 }, NOW + HOUR)
    expect(keeper.budgets()[0]?.remaining).toBe(99)
  })

  it.each([-9 * 365 * 24 * HOUR, -HOUR, 0, HOUR, 9 * 365 * 24 * HOUR])(
    'is reset when GitHub means it, with a clock here that is %d ms off',
    (off) => {
      const { keeper } = world(NOW + off)
      const headers = {
        date: new Date(NOW).toUTCString(),
        'x-ratelimit-limit': '5000',
        'x-ratelimit-remaining': '10',
        'x-ratelimit-reset': String(seconds(NOW + HOUR / 2)),
      }
      const observation = observationOf(headers)
      if (observation === null) throw new Error('The headers say nothing.')
      expect(dateOf(headers, NOW + off)).toBe(NOW)
      keeper.observe('core', observation, dateOf(headers, NOW + off))
      expect(keeper.budgets()[0]?.resetAt).toBe(NOW + off + HOUR / 2)
    },
  )

  it.each(['Thu, 01 Jan 1970 00:00:00 GMT', 'Fri, 31 Dec 2100 00:00:00 GMT', 'yesterday', ''])(
    'does not believe the date %j',
    (date) => {
      const { keeper } = world()
      const headers = { date, 'x-ratelimit-reset': String(seconds(NOW + HOUR / 2)) }
      expect(dateOf(headers, NOW)).toBe(NOW)
      keeper.observe(
        'core',
        { limit: 10, remaining: 1, reset: seconds(NOW + HOUR / 2) },
        dateOf(headers, NOW),
      )
      expect(keeper.budgets()[0]?.resetAt).toBe(NOW + HOUR / 2)
    },
  )

  it('waits for a window at most where no reset makes sense, and believes the next that does', () => {
    const { keeper } = world()
    keeper.observe('core', { limit: 10, remaining: 1, reset: 99_999_999_999 }, NOW)
    keeper.observe('search', { limit: 10, remaining: 1, reset: 0 }, NOW)
    expect(keeper.budgets().map(({ resetAt }) => resetAt - NOW)).toEqual([HOUR, 60_000])
    keeper.observe('core', { limit: 10, remaining: 1, reset: seconds(NOW + 5000) }, NOW)
    expect(keeper.budgets()[0]?.resetAt).toBe(NOW + 5000)
  })

  it('pauses longer each time GitHub has to say so without a time', () => {
    const { keeper, clock } = world()
    const wait = (): number => {
      const begun = keeper.begin('core', 'sync')
      return 'refusal' in begun ? begun.refusal.until - clock.now : 0
    }
    for (const expected of [1, 2, 4, 8, 15, 15]) {
      keeper.paused({ headers: {} })
      expect(wait()).toBe(expected * 60_000)
      // An answer to a person during the pause does not end it.
      keeper.succeeded()
      clock.now += expected * 60_000
      expect(wait()).toBe(0)
    }
    keeper.succeeded()
    keeper.paused({ headers: {} })
    expect(wait()).toBe(60_000)
  })
})

it('whatever is asked and answered, a sync never crosses the reserve as known at that time', () => {
  const step = fc.oneof(
    fc.record({
      do: fc.constant('begin' as const),
      purpose: fc.constantFrom('sync', 'checks', 'interactive', 'sign-in'),
    }),
    fc.record({
      do: fc.constant('end' as const),
      which: fc.nat(),
      cost: fc.nat({ max: 12 }),
      heard: fc.boolean(),
    }),
    fc.record({ do: fc.constant('wait' as const), ms: fc.nat({ max: 2 * HOUR }) }),
    fc.record({ do: fc.constant('elsewhere' as const), cost: fc.nat({ max: 40 }) }),
  )
  type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never
  const run = (steps: Step[], limit: number, skew: number): void => {
    const { keeper, clock } = world()
    // GitHub: what it has counted, and what it last told us of this window.
    let reset = clock.now + HOUR
    let remaining = limit
    let known: { remaining: number; reset: number } | null = null
    const underWay: Permit[] = []
    const wrong: string[] = []
    const floors = { sync: reserveOf(limit), checks: Math.ceil(limit / 2), interactive: 0, 'sign-in': 0 }
    const roll = (): void => {
      if (clock.now < reset) return
      reset = clock.now + HOUR
      remaining = limit
    }
    for (const each of steps) {
      roll()
      if (each.do === 'wait') clock.now += each.ms
      else if (each.do === 'elsewhere') remaining = Math.max(0, remaining - each.cost)
      else if (each.do === 'begin') {
        const begun = keeper.begin('core', each.purpose)
        const left = known === null || clock.now >= known.reset ? limit : known.remaining
        const after = known === null ? Infinity : left - underWay.length - 1
        if ('permit' in begun) {
          if (after < floors[each.purpose]) wrong.push(`${each.purpose} left ${after} of ${limit}`)
          underWay.push(begun.permit)
        } else if (begun.refusal.until <= clock.now) wrong.push(`${each.purpose} refused until the past`)
      } else if (underWay.length > 0) {
        const [permit] = underWay.splice(each.which % underWay.length, 1)
        remaining = Math.max(0, remaining - each.cost)
        if (each.heard) {
          const told = Math.ceil(reset / 1000)
          keeper.observe('core', { limit, remaining, reset: told + seconds(skew) }, clock.now + skew)
          known = { remaining, reset: told * 1000 }
        }
        permit?.end(each.cost)
      }
    }
    expect(wrong).toEqual([])
  }
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 60 }),
      fc.integer({ min: 1, max: 200 }),
      fc.integer({ min: -400, max: 400 }).map((hours) => hours * HOUR),
      run,
    ),
    { numRuns: 1000 },
  )
})
