import { stat } from 'node:fs/promises'
import { isMissing } from './failure'
import type { DatabaseWorker } from './worker-client'

/** Often enough for a first sync, which writes tens of megabytes a second. */
const LOOK_EVERY_MS = 1000
/** From this size on the write-ahead log is copied into the database file. */
const LOG_BYTES = 4 * 1024 * 1024

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
): () => void {
  let busy = false

  async function look(): Promise<void> {
    try {
      const { size } = await stat(`${file}-wal`)
      if (size >= LOG_BYTES) await worker.ask('checkpoint', { file })
    } catch (error) {
      if (!isMissing(error)) failed(error)
    } finally {
      busy = false
    }
  }

  const timer = setInterval(() => {
    if (busy) return
    busy = true
    void look()
  }, LOOK_EVERY_MS)
  timer.unref()
  return () => clearInterval(timer)
}
