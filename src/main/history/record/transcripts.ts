import type Sqlite from 'better-sqlite3'
import type { HistoryReading } from '@shared/history'
import { isFinal, wholeEvent } from '../search/documents'
import { outputEnd, SessionFold, type FoldRow } from './session-fold'

/** So many rows are read at a time; only between them it is seen whether the time is over. */
const ROWS = 200
/** Sessions whose fold is kept: those that were looked at last. */
const KEPT = 64
const OUTPUT = 2000

interface Kept {
  /** Of all rows that stay as they are. */
  readonly settled: SessionFold
  /** Of the rest too, as they were when they were read. */
  view: SessionFold
}

interface Row extends FoldRow {
  fullBytes: number | null
}

/**
 * Folds of transcripts, read a part at a time and never twice: rows that cannot change any more are folded once, and only
 * the few after them again with each look.
 */
export class Transcripts {
  readonly #kept = new Map<string, Kept>()
  readonly #page
  readonly #newest
  readonly #ended
  readonly #row

  constructor(connection: Sqlite.Database) {
    this.#page = connection.prepare<[string, number], Row>(
      `SELECT first_index AS first, turn_id AS turnId, at, payload, full_bytes AS fullBytes FROM session_events
       WHERE session_id = ? AND first_index >= ? ORDER BY first_index LIMIT ${ROWS}`,
    )
    this.#newest = connection
      .prepare<[string], number>(
        'SELECT first_index FROM session_events WHERE session_id = ? ORDER BY first_index DESC LIMIT 1',
      )
      .pluck()
    this.#ended = connection
      .prepare<[string], number>('SELECT 1 FROM turns WHERE id = ? AND ended_at IS NOT NULL')
      .pluck()
    this.#row = connection.prepare<[string, number], { payload: string; full: Buffer | null }>(
      'SELECT payload, full FROM session_events WHERE session_id = ? AND first_index = ?',
    )
  }

  /**
   * Reads on in these sessions until all of them are read to their ends, or the time is over.
   *
   * @returns how far that came; null at the end
   */
  read(sessionIds: readonly string[], until: number): HistoryReading {
    let done = 0
    let total = 0
    let isOver = false
    for (const sessionId of sessionIds) {
      const newest = this.#newest.get(sessionId)
      if (newest === undefined) continue
      const kept = this.#of(sessionId)
      if (isOver || !this.#readOn(sessionId, kept, newest, until)) isOver = true
      total += newest + 1
      done += Math.min(newest + 1, kept.view.next)
    }
    return isOver ? { done, total } : null
  }

  /** As far as it was read. */
  fold(sessionId: string): SessionFold {
    return this.#of(sessionId).view
  }

  /** The end of what a tool call printed. */
  output(sessionId: string, row: number): string {
    const stored = this.#row.get(sessionId, row)
    if (stored === undefined) return ''
    const event = wholeEvent(stored)
    return event.type === 'update' ? outputEnd(event.update, OUTPUT) : ''
  }

  #of(sessionId: string): Kept {
    const known = this.#kept.get(sessionId)
    const kept = known ?? { settled: new SessionFold(), view: new SessionFold() }
    // The newest stands last.
    this.#kept.delete(sessionId)
    this.#kept.set(sessionId, kept)
    const [oldest] = this.#kept.keys()
    if (this.#kept.size > KEPT && oldest !== undefined) this.#kept.delete(oldest)
    return kept
  }

  /** @returns whether it came to the end */
  #readOn(sessionId: string, kept: Kept, newest: number, until: number): boolean {
    const { settled } = kept
    const ended = new Map<string, boolean>()
    const hasEnded = (turnId: string | null): boolean => {
      if (turnId === null) return true
      const known = ended.get(turnId) ?? this.#ended.get(turnId) !== undefined
      ended.set(turnId, known)
      return known
    }
    while (settled.next <= newest) {
      const rows = this.#page.all(sessionId, settled.next)
      for (const [nth, row] of rows.entries()) {
        if (row.first < newest && (hasEnded(row.turnId) || cannotChange(row))) settled.take(row)
        else {
          kept.view = this.#rest(sessionId, settled, rows.slice(nth))
          return true
        }
      }
      if (rows.length < ROWS) break
      if (performance.now() > until) {
        kept.view = settled
        return settled.next > newest
      }
    }
    kept.view = settled
    return true
  }

  /** What can still change is folded beside, to its end: that is a turn at most. */
  #rest(sessionId: string, settled: SessionFold, first: readonly Row[]): SessionFold {
    const view = settled.copy()
    let rows = first
    while (rows.length > 0) {
      for (const row of rows) view.take(row)
      rows = this.#page.all(sessionId, view.next)
    }
    return view
  }
}

function cannotChange(row: Row): boolean {
  const start = row.payload.slice(0, 80)
  if (!start.includes('tool_call_update')) return true
  // What was cut is read whole from the row when it is shown.
  return isFinal(
    wholeEvent({ payload: row.payload, full: null }),
    { ...row, fullBytes: null, full: null },
    false,
  )
}
