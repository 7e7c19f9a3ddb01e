/** How many rows are written in one go: a slice of them takes about a millisecond. */
export const SLICE = 10

/** Lets everything else on the main thread have its turn. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** Does something with all rows, a few at a time, and stops between two slices once it is not wanted any more. */
export async function inSlices<Row>(
  rows: readonly Row[],
  signal: AbortSignal,
  work: (slice: Row[]) => void,
  size = SLICE,
): Promise<void> {
  for (let start = 0; start < rows.length; start += size) {
    signal.throwIfAborted()
    work(rows.slice(start, start + size))
    await breathe()
  }
  signal.throwIfAborted()
}

/** How many requests of one sync are under way at most. */
export const IN_FLIGHT = 4

/**
 * Works on a queue that the work itself may add to, several at a time, until nothing is left. The first failure lets
 * those under way end, and is thrown then.
 */
export async function drain(next: () => (() => Promise<void>) | null, width = IN_FLIGHT): Promise<void> {
  const running = new Set<Promise<void>>()
  const failures: unknown[] = []
  const launch = (work: () => Promise<void>): void => {
    const done: Promise<void> = work()
      .catch((error: unknown) => void failures.push(error))
      .finally(() => running.delete(done))
    running.add(done)
  }
  for (;;) {
    for (let work = take(); work !== null; work = take()) launch(work)
    if (running.size === 0) break
    await Promise.race(running)
  }
  if (failures.length > 0) throw failures[0]

  function take(): (() => Promise<void>) | null {
    return failures.length === 0 && running.size < width ? next() : null
  }
}
