import type { Db } from '../database'
import { isRecord } from './hostile'

/** A row of `session_events` without its blob. */
export interface StoredRow {
  first: number
  last: number
  turnId: string | null
  at: number
  payload: string
  /** Bytes of the whole payload; null when nothing was cut, or when the whole was lost with a crash. */
  fullBytes: number | null
  /** When the whole was removed by the person's policy. */
  removedAt?: number | null
}

/** The prepared statements of the event log on one connection: the hot path goes without a query builder. */
export interface EventRows {
  write(sessionId: string, row: StoredRow): void
  writeFull(sessionId: string, first: number, bytes: number, full: Buffer): void
  /** The rows before `before` (null: from the end), newest first, read one by one as the caller asks. */
  backwards(sessionId: string, before: number | null): IterableIterator<StoredRow>
  /** So many of them. */
  slice(sessionId: string, before: number, limit: number): StoredRow[]
  one(sessionId: string, first: number): StoredRow | null
  full(sessionId: string, first: number): Buffer | null
  newest(sessionId: string): { last: number; at: number } | null
  /** The first row from an index on. */
  from(sessionId: string, index: number): { first: number; last: number; at: number } | null
}

const COLUMNS = `first_index AS first, last_index AS last, turn_id AS turnId, at, payload,
  CASE WHEN full IS NULL AND full_removed_at IS NULL THEN NULL ELSE full_bytes END AS fullBytes,
  full_removed_at AS removedAt`

export function prepareEventRows(db: Db): EventRows {
  const client = db.$client
  // A rewritten row keeps the blob it has until the new one is ready.
  const write = client.prepare<[string, number, number, string | null, number, string, number | null]>(
    `INSERT INTO session_events (session_id, first_index, last_index, turn_id, at, payload, full_bytes)
     VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (session_id, first_index) DO UPDATE SET
       last_index = excluded.last_index, payload = excluded.payload, full_bytes = excluded.full_bytes`,
  )
  const writeFull = client.prepare<[Buffer, number, string, number]>(
    'UPDATE session_events SET full = ?, full_bytes = ? WHERE session_id = ? AND first_index = ?',
  )
  const backwards = client.prepare<[string, number], StoredRow>(
    `SELECT ${COLUMNS} FROM session_events WHERE session_id = ? AND first_index < ? ORDER BY first_index DESC`,
  )
  const slice = client.prepare<[string, number, number], StoredRow>(
    `SELECT ${COLUMNS} FROM session_events WHERE session_id = ? AND first_index < ? ORDER BY first_index DESC LIMIT ?`,
  )
  const one = client.prepare<[string, number], StoredRow>(
    `SELECT ${COLUMNS} FROM session_events WHERE session_id = ? AND first_index = ?`,
  )
  const full = client.prepare<[string, number], { full: Buffer | null }>(
    'SELECT full FROM session_events WHERE session_id = ? AND first_index = ?',
  )
  const newest = client.prepare<[string], { last: number; at: number }>(
    'SELECT last_index AS last, at FROM session_events WHERE session_id = ? ORDER BY first_index DESC LIMIT 1',
  )
  const from = client.prepare<[string, number], { first: number; last: number; at: number }>(
    `SELECT first_index AS first, last_index AS last, at FROM session_events
     WHERE session_id = ? AND first_index >= ? ORDER BY first_index LIMIT 1`,
  )
  return {
    write(sessionId, row) {
      write.run(sessionId, row.first, row.last, row.turnId, row.at, row.payload, row.fullBytes)
    },
    writeFull(sessionId, first, bytes, blob) {
      writeFull.run(blob, bytes, sessionId, first)
    },
    backwards: (sessionId, before) => backwards.iterate(sessionId, before ?? Number.MAX_SAFE_INTEGER),
    slice: (sessionId, before, limit) => slice.all(sessionId, before, limit),
    one: (sessionId, first) => one.get(sessionId, first) ?? null,
    full: (sessionId, first) => full.get(sessionId, first)?.full ?? null,
    newest: (sessionId) => newest.get(sessionId) ?? null,
    from: (sessionId, index) => from.get(sessionId, index) ?? null,
  }
}

/** True when SQLite refused a row for what is in it, which no second try will change. */
export function isConstraintError(error: unknown): boolean {
  return isRecord(error) && typeof error['code'] === 'string' && error['code'].startsWith('SQLITE_CONSTRAINT')
}
