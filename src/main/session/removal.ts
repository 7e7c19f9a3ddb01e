import type { Database } from '../database'

/** Takes away what the person's policy does not keep of sessions; that it was there stays, with when it went. */
export interface Removal {
  /** The whole of rows that were cut. */
  wholes(
    rows: readonly { sessionId: string; first: number }[],
    at: number,
    signal: AbortSignal,
  ): Promise<void>
  /** Files of turns from before a time. */
  attachments(before: number, at: number, signal: AbortSignal): Promise<void>
  /** What went at a time. */
  removedAt(at: number): { wholes: number; attachments: number }
}

/** Some rows with a large one among them are written in less time than a frame has. */
const SLICE = 10

export function createRemoval(database: Database): Removal {
  const client = database.events.$client
  const dropWhole = client.prepare<[number, string, number]>(
    `UPDATE session_events SET full = NULL, full_removed_at = ?
     WHERE session_id = ? AND first_index = ? AND full IS NOT NULL`,
  )
  const dropAttachments = client.prepare<[number, number]>(
    `UPDATE prompt_attachments SET removed_at = ?, removed_bytes = length(content), content = x''
     WHERE rowid IN (SELECT rowid FROM prompt_attachments
       WHERE removed_at IS NULL AND created_at < ? AND owner_id IN (SELECT id FROM turns) LIMIT ${SLICE})`,
  )
  const wholes = client
    .prepare<[number], number>('SELECT count(*) FROM session_events WHERE full_removed_at = ?')
    .pluck()
  const attached = client
    .prepare<[number], number>('SELECT count(*) FROM prompt_attachments WHERE removed_at = ?')
    .pluck()
  const pause = () => new Promise<void>((resolve) => setImmediate(resolve))
  return {
    async wholes(rows, at, signal) {
      for (let from = 0; from < rows.length; from += SLICE) {
        signal.throwIfAborted()
        database.batch(() => {
          for (const { sessionId, first } of rows.slice(from, from + SLICE))
            dropWhole.run(at, sessionId, first)
        })
        await pause()
      }
    },
    async attachments(before, at, signal) {
      do {
        signal.throwIfAborted()
        await pause()
      } while (database.batch(() => dropAttachments.run(at, before).changes) > 0)
    },
    removedAt: (at) => ({ wholes: wholes.get(at) ?? 0, attachments: attached.get(at) ?? 0 }),
  }
}
