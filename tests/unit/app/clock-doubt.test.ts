import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { clockDoubt, MOST_AHEAD_MS } from '../../../src/main/boot/clock-doubt'

const time = fc.integer({ min: 0, max: 4e12 })
const known = fc.array(fc.option(time))

describe('a clock', () => {
  it('is in doubt where it is further ahead of the newest known time than a step', () => {
    expect(clockDoubt(MOST_AHEAD_MS + 5, [null, 3, 5])).toBeNull()
    expect(clockDoubt(MOST_AHEAD_MS + 6, [5, null, 3])).toEqual({ now: MOST_AHEAD_MS + 6, known: 5 })
  })

  it('is believed where nothing is known, and what is known of a later time is not', () => {
    expect(clockDoubt(9e12, [])).toBeNull()
    expect(clockDoubt(9e12, [null])).toBeNull()
    expect(clockDoubt(MOST_AHEAD_MS + 1, [0, 9e12])).toEqual({ now: MOST_AHEAD_MS + 1, known: 0 })
  })

  it('that is believed is at most a step ahead of something known, whatever is known', () => {
    fc.assert(
      fc.property(time, known, (now, times) => {
        const doubt = clockDoubt(now, times)
        const past = times.filter((one) => one !== null && one <= now)
        const bornOut = past.some((one) => now - Number(one) <= MOST_AHEAD_MS)
        expect(doubt === null).toBe(past.length === 0 || bornOut)
      }),
    )
  })

  it('is doubted no more by more that is known of the past', () => {
    fc.assert(
      fc.property(time, known, time, (now, times, more) => {
        const believed = clockDoubt(now, [...times, 0]) === null
        expect(believed && clockDoubt(now, [...times, 0, more]) !== null).toBe(false)
      }),
    )
  })
})
