/** Different things that are told apart; beyond these all count as new. */
const KNOWN = 200

/**
 * Counts how often the same thing came, so that an endless loop of failures does not fill the log: answers
 * the number at the 1st, 10th, 100th, ... time, and null at all others.
 */
export function createRepetitions(): (key: string) => number | null {
  const seen = new Map<string, number>()
  return (key) => {
    const times = (seen.get(key) ?? 0) + 1
    if (times === 1 && seen.size >= KNOWN) seen.clear()
    seen.set(key, times)
    return /^10*$/.test(String(times)) ? times : null
  }
}

/** What stands behind a log line that stands for several. */
export function repeated(times: number): string {
  return times === 1 ? '' : ` (${times} times now)`
}
