import type { ClockDoubt } from '@shared/retention'

/** Further ahead of what is known of the time, a clock is asked about. */
export const MOST_AHEAD_MS = 14 * 24 * 60 * 60_000

/**
 * Whether the clock of this computer may be wrong, so that what counts as old may not be. Only one that is ahead takes
 * more than is meant; whoever knows of a time after now knows nothing.
 */
export function clockDoubt(now: number, known: readonly (number | null)[]): ClockDoubt | null {
  const before = known.filter((time) => time !== null && time <= now).map(Number)
  if (before.length === 0) return null
  const latest = Math.max(...before)
  return now - latest > MOST_AHEAD_MS ? { now, known: latest } : null
}
