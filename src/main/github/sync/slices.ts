import { nextTurn } from '../turns'

/** How many rows are written in one go: at least, which is where it begins, and at most. */
const LEAST = 10
const MOST = 50
/** What a slice may take. Larger ones cost less in all, and everything else on the main thread waits for each. */
const SLICE_MS = 2.5

let last: Promise<void> = Promise.resolve()

/**
 * Does something with all rows, a slice at a time: as many as fit into some milliseconds on this machine. Others have
 * their turn in between, and it stops there once it is not wanted any more. Batches come one after the other: were
 * their slices mixed, all would end at the same time, and nothing would be asked of GitHub until then.
 */
export function inSlices<Row>(
  rows: readonly Row[],
  signal: AbortSignal,
  work: (slice: Row[]) => void,
): Promise<void> {
  const done = last.then(() => oneAfterAnother(rows, signal, work))
  last = done.catch(() => undefined) // The caller gets the failure.
  return done
}

async function oneAfterAnother<Row>(
  rows: readonly Row[],
  signal: AbortSignal,
  work: (slice: Row[]) => void,
): Promise<void> {
  let size = LEAST
  for (let start = 0; start < rows.length;) {
    await nextTurn()
    signal.throwIfAborted()
    const slice = rows.slice(start, start + size)
    start += slice.length
    const begunAt = performance.now()
    work(slice)
    size = nextSize(slice.length, performance.now() - begunAt)
  }
  signal.throwIfAborted()
}

/** How many rows fit into a slice, going by what the last one took. A busy machine makes any look slow: never too few. */
export function nextSize(rows: number, tookMs: number): number {
  const fits = Math.floor((rows * SLICE_MS) / Math.max(tookMs, 0.1))
  return Math.max(LEAST, Math.min(fits, rows * 2, MOST))
}

/**
 * How many pieces of work a sync has under way: more than requests are sent at once (client/client.ts), so that some are
 * on their way while what came is written.
 */
const AT_WORK = 10

/**
 * Works on a queue that the work itself may add to, several at a time, until nothing is left. The first failure lets
 * those under way end, and is thrown then.
 */
export async function drain(next: () => (() => Promise<void>) | null, width = AT_WORK): Promise<void> {
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
