/** What a server said, read to its end. */
export interface Answer {
  status: number
  /** Names in lower case. */
  headers: Record<string, string>
  text: string
}

/** A header that is a whole number of at least zero, or null. */
export function countHeader(headers: Record<string, string>, name: string): number | null {
  const value = headers[name]
  return value !== undefined && /^\d{1,15}$/.test(value.trim()) ? Number(value) : null
}

const SKEW_MS = 60_000
const LONGEST_WINDOW_MS = 2 * 3_600_000
const DAY_MS = 24 * 3_600_000

/**
 * GitHub's clock when it answered. A `Date` far from this machine's clock is believed only if the reset of the budget
 * fits to it (then this machine's clock is wrong); else something on the way made it up.
 */
export function dateOf(headers: Record<string, string>, now: number): number {
  const date = Date.parse(headers['date'] ?? '')
  if (Number.isNaN(date)) return now
  if (Math.abs(date - now) <= DAY_MS) return date
  const reset = countHeader(headers, 'x-ratelimit-reset')
  return reset !== null && isNear(reset * 1000 - date) ? date : now
}

/** Whether a reset this far ahead is one GitHub would name: its windows are an hour at most. */
export function isNear(ahead: number): boolean {
  return ahead >= -SKEW_MS && ahead <= LONGEST_WINDOW_MS
}

const MAX_RETRY_MS = 3_600_000

/** When to come back by `Retry-After` (seconds or a date), in this machine's time; null without a usable one. */
export function retryAfter(headers: Record<string, string>, now: number): number | null {
  const value = headers['retry-after']?.trim()
  if (value === undefined || value === '') return null
  const wait = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - dateOf(headers, now)
  return Number.isNaN(wait) ? null : now + Math.min(Math.max(wait, 0), MAX_RETRY_MS)
}
