import { stat } from 'node:fs/promises'
import { LOG_LIMIT_BYTES } from './connection'
import { isMissing } from './failure'
import type { DatabaseWorker } from './worker-client'

/** Often enough for a first sync, which writes tens of megabytes a second. */
const LOOK_EVERY_MS = 1000
/** From this size on the write-ahead log is copied into the database file. */
const LOG_BYTES = 2 * LOG_LIMIT_BYTES

/**
 * Copies the write-ahead log into the database file on the worker's thread: SQLite would do it inside a commit, and
 * its fsync would hold up the main thread for tens of milliseconds while agents stream.
 *
 * @param failed told of a copy that did not succeed; the log then grows until SQLite's own limit takes over
 * @returns ends it. A copy under way may go on: it is safe at any moment, a kill included
 */
export function startCheckpointer(
  file: string,
  worker: DatabaseWorker,
  failed: (error: unknown) => void,
  repeat = everySecond,
): () => void {
  let busy = false
  /** A log stays as long as it was until something is written after a copy: when that was last so. */
  let copiedAt = 0

  async function look(): Promise<void> {
    if (busy) return
    busy = true
    try {
      const { size, mtimeMs } = await stat(`${file}-wal`)
      if (size < LOG_BYTES || mtimeMs === copiedAt) return
      await worker.ask('checkpoint', { file })
      copiedAt = mtimeMs
    } catch (error) {
      if (!isMissing(error)) failed(error)
    } finally {
      busy = false
    }
  }

  return repeat(look)
}

function everySecond(look: () => Promise<void>): () => void {
  const timer = setInterval(() => void look(), LOOK_EVERY_MS)
  timer.unref()
  return () => clearInterval(timer)
}
