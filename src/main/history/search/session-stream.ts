import type Sqlite from 'better-sqlite3'
import { type EventRow, eventDocument, hashOf, isFinal, wholeEvent } from './documents'
import type { IndexWriter, Scope } from './index-writer'

/** So many rows are read at a time. */
const PAGE_ROWS = 100

const COLUMNS = `first_index AS first, at, payload, 
  CASE WHEN full_removed_at IS NULL THEN full_bytes END AS fullBytes, full`

export interface SessionReader {
  /** The row at or behind an index; undefined at the end. */
  next(sessionId: string, from: number): { first: number; at: number } | undefined
  newest(sessionId: string): number | null
  page(sessionId: string, from: number): EventRow[]
  one(sessionId: string, first: number): EventRow | undefined
}

/** Reads the transcripts that the index is of. */
export function prepareSessionReader(source: Sqlite.Database): SessionReader {
  const next = source.prepare<[string, number], { first: number; at: number }>(
    `SELECT first_index AS first, at FROM session_events WHERE session_id = ? AND first_index >= ?
     ORDER BY first_index LIMIT 1`,
  )
  const newest = source.prepare<[string], { first: number }>(
    'SELECT first_index AS first FROM session_events WHERE session_id = ? ORDER BY first_index DESC LIMIT 1',
  )
  const page = source.prepare<[string, number], EventRow>(
    `SELECT ${COLUMNS} FROM session_events WHERE session_id = ? AND first_index >= ?
     ORDER BY first_index LIMIT ${PAGE_ROWS}`,
  )
  const one = source.prepare<[string, number], EventRow>(
    `SELECT ${COLUMNS} FROM session_events WHERE session_id = ? AND first_index = ?`,
  )
  return {
    next: (sessionId, from) => next.get(sessionId, from),
    newest: (sessionId) => newest.get(sessionId)?.first ?? null,
    page: (sessionId, from) => page.all(sessionId, from),
    one: (sessionId, first) => one.get(sessionId, first),
  }
}

/**
 * Indexes the rows of a session from its mark on, at most a page of them. Rows that can still change are kept as items, to
 * be looked at again.
 *
 * @returns how many indices further it is, and when the next row is from; null at the end
 */
export function indexPage(
  writer: IndexWriter,
  reader: SessionReader,
  scope: Scope,
): { passed: number; nextAt: number | null } {
  // Asked before the rows are read: what was not the newest then is read as it stays, whatever is stored meanwhile.
  const newest = reader.newest(scope.ref) ?? 0
  const rows = reader.page(scope.ref, scope.mark)
  const full = rows.length === PAGE_ROWS
  const last = rows.at(-1)
  if (last === undefined) return { passed: 0, nextAt: null }
  const next = full ? reader.next(scope.ref, last.first + 1) : undefined
  for (const row of rows) {
    const event = wholeEvent(row)
    if (isFinal(event, row, row.first >= newest))
      writer.add(scope.id, row.first, row.at, eventDocument(event))
    else writer.replace(scope.id, row.first, row.at, hashOfRow(row), eventDocument(event))
  }
  const passed = last.first + 1 - scope.mark
  scope.mark = last.first + 1
  writer.mark(scope.id, scope.mark)
  return { passed, nextAt: next?.at ?? null }
}

/** Whether a row that could still change has to be looked at again. */
export function isOutdated(
  writer: IndexWriter,
  reader: SessionReader,
  scope: Scope,
  key: number,
  newest: number | null,
): boolean {
  const row = reader.one(scope.ref, key)
  if (row === undefined || writer.item(scope.id, key)?.hash !== hashOfRow(row)) return true
  return key !== newest && isFinal(wholeEvent(row), row, false)
}

/** Indexes a row again that could still change when it was indexed. */
export function indexAgain(
  writer: IndexWriter,
  reader: SessionReader,
  scope: Scope,
  key: number,
  newest: number | null,
): void {
  // Settled since it was chosen: what is written twice would be found twice.
  if (writer.item(scope.id, key) === undefined) return
  const row = reader.one(scope.ref, key)
  if (row === undefined) {
    writer.forget(scope.id, key)
    return
  }
  const event = wholeEvent(row)
  writer.replace(scope.id, key, row.at, hashOfRow(row), eventDocument(event))
  if (isFinal(event, row, key === newest)) writer.settle(scope.id, key)
}

function hashOfRow(row: EventRow): number {
  return hashOf(row.payload, String(row.full?.length ?? 0))
}
