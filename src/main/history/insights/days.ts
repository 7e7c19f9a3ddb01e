/** Days as people count them where they are: some have 23 or 25 hours, and some do not begin at midnight. */

const DAY_MS = 86_400_000
/** No place is further from the prime meridian's time. */
const FURTHEST_MS = 15 * 3_600_000

/** A day as its number since 1970-01-01, wherever that day was. */
export type DayNumber = number

export function dayNumber(civil: string): DayNumber {
  return Math.floor(Date.parse(`${civil}T00:00:00Z`) / DAY_MS)
}

export function civilDay(day: DayNumber): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10)
}

/** The Monday of its week. */
export function weekStart(day: DayNumber): DayNumber {
  return Math.floor((day + 3) / 7) * 7 - 3
}

export function monthStart(day: DayNumber): DayNumber {
  const date = new Date(day * DAY_MS)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1) / DAY_MS
}

/** Knows when days of one time zone begin. */
export class Days {
  readonly #format: Intl.DateTimeFormat
  readonly #starts = new Map<DayNumber, number>()

  constructor(timeZone: string) {
    this.#format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      calendar: 'gregory',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
  }

  /** The day it is there at that time. */
  dayAt(time: number): DayNumber {
    return Math.floor(this.#local(time) / DAY_MS)
  }

  /** The first moment of a day; of a day that a place skipped, that of the next one. */
  startOf(day: DayNumber): number {
    const known = this.#starts.get(day)
    if (known !== undefined) return known
    const start = this.#find(day)
    this.#starts.set(day, start)
    return start
  }

  /** The beginnings of the days `first` to `last`, and the end of the last. */
  startsOf(first: DayNumber, last: DayNumber): number[] {
    return Array.from({ length: last - first + 2 }, (_, nth) => this.startOf(first + nth))
  }

  #find(day: DayNumber): number {
    const midnight = day * DAY_MS
    // Twice, as the first guess may be on the other side of a change of clocks.
    let guess = midnight - this.#offset(midnight)
    guess = midnight - this.#offset(guess)
    if (this.dayAt(guess) === day && this.dayAt(guess - 1) === day - 1) return guess
    let before = midnight - FURTHEST_MS
    let at = midnight + FURTHEST_MS
    while (at - before > 1) {
      const middle = Math.floor((before + at) / 2)
      if (this.dayAt(middle) >= day) at = middle
      else before = middle
    }
    return at
  }

  #offset(time: number): number {
    return this.#local(time) - Math.floor(time / 1000) * 1000
  }

  /** What clocks show there, as if it were UTC; to the second. */
  #local(time: number): number {
    const parts: Record<string, number> = {}
    for (const { type, value } of this.#format.formatToParts(time)) parts[type] = Number(value)
    const { year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts
    return Date.UTC(year, month - 1, day, hour, minute, second)
  }
}

/** The last place whose value is not above; -1 before the first. */
export function placeOf(starts: readonly number[], time: number): number {
  let low = 0
  let high = starts.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((starts[middle] ?? 0) <= time) low = middle + 1
    else high = middle
  }
  return low - 1
}
