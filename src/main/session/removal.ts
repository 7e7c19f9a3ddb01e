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

/** A transaction takes so many rows, and ends with the one that makes it this long. */
const SLICE = 10
const SLICE_BYTES = 256 * 1024

export function createRemoval(database: Database): Removal {
  const client = database.events.$client
  const dropWhole = client.prepare<[number, string, number]>(
    `UPDATE session_events SET full = NULL, full_removed_at = ?
     WHERE session_id = ? AND first_index = ? AND full IS NOT NULL`,
  )
  const wholeBytes = client
    .prepare<[string, number], number | null>(
      'SELECT length(full) FROM session_events WHERE session_id = ? AND first_index = ?',
    )
    .pluck()
  const expired = client.prepare<[number], { id: number; bytes: number }>(
    `SELECT rowid AS id, length(content) AS bytes FROM prompt_attachments
     WHERE removed_at IS NULL AND created_at < ? AND owner_id IN (SELECT id FROM turns) LIMIT ${SLICE}`,
  )
  const dropAttachment = client.prepare<[number, number]>(
    `UPDATE prompt_attachments SET removed_at = ?, removed_bytes = length(content), content = x'' WHERE rowid = ?`,
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
      let from = 0
      while (from < rows.length) {
        signal.throwIfAborted()
        const slice = upTo(
          rows.slice(from, from + SLICE),
          ({ sessionId, first }) => wholeBytes.get(sessionId, first) ?? 0,
        )
        database.batch(() => {
          for (const { sessionId, first } of slice) dropWhole.run(at, sessionId, first)
        })
        from += slice.length
        await pause()
      }
    },
    async attachments(before, at, signal) {
      for (;;) {
        signal.throwIfAborted()
        const slice = upTo(expired.all(before), ({ bytes }) => bytes)
        if (slice.length === 0) return
        database.batch(() => {
          for (const { id } of slice) dropAttachment.run(at, id)
        })
        await pause()
      }
    },
    removedAt: (at) => ({ wholes: wholes.get(at) ?? 0, attachments: attached.get(at) ?? 0 }),
  }
}

/** The first rows, to the one with which they are long. */
function upTo<Row>(rows: readonly Row[], bytesOf: (row: Row) => number): Row[] {
  const some: Row[] = []
  let bytes = 0
  for (const row of rows) {
    some.push(row)
    bytes += bytesOf(row)
    if (bytes >= SLICE_BYTES) break
  }
  return some
}
