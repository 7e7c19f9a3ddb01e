import { promisify } from 'node:util'
import { deflate } from 'node:zlib'
import type { Permission, TranscriptEvent, TranscriptRow } from '@shared/domain'
import type { PermissionId, SessionId, TurnId } from '@shared/ids'
import type { Database, Db } from '../database'
import type { Clock } from './clock'
import {
  chunkOf,
  continues,
  isToolCallOver,
  mergeToolCallUpdates,
  piecesOf,
  updatedToolCall,
} from './coalescing'
import { jsonBytes } from './cutting'
import { EventReader, type TranscriptPage } from './event-reader'
import { type SearchPage, searchEvents } from './event-search'
import { isConstraintError, prepareEventRows, type StoredRow } from './event-rows'
import { serialize, storedEvent, toStored, wholeJson, type LiveRow, type StoredEvent } from './live-row'

const deflateAside = promisify(deflate)

/** Output of agents reaches the disk this often. */
const FLUSH_EVERY_MS = 60
/** One transaction of the background flush holds the main thread no longer than about this. */
const FLUSH_BUDGET_MS = 2
/** After a write failed (a full disk), the rows wait in memory and the next try comes after this. */
const RETRY_MS = 1000
/** A row that grows is packed whole when it rested this long, or doubled. */
const PACK_AFTER_MS = 1000
/** Tool calls of one session whose updates are joined at the same time. */
const OPEN_TOOL_CALLS = 32

/** What happened to a row, for those who show it. `row` is read when needed: it then is as it is by then. */
export type LogChange =
  | { type: 'row'; first: number; row(): TranscriptRow | null }
  | { type: 'append'; first: number; last: number; text: string }

export interface EventLogDeps {
  database: Database
  clock: Clock
  /** The state of a permission, which the record holds by reference. */
  permission(permissionId: PermissionId): Permission | null
  /** Writing failed (the error) or works again (null). Rows wait in memory until it does. */
  writeFailed(error: unknown): void
}

export type { TranscriptPage } from './event-reader'

interface SessionLog {
  next: number
  /** By first index: rows not yet on disk or still open. */
  rows: Map<number, LiveRow>
  newest: LiveRow | null
  toolCalls: Map<string, LiveRow>
  listeners: Set<(change: LogChange) => void>
}

/**
 * The append-only record of all sessions. Output of agents is taken into memory at once, shown from there, and
 * written in batches on the NORMAL connection; what a person did is written within their command's transaction.
 */
export class EventLog {
  readonly #deps: EventLogDeps
  readonly #events
  readonly #commands
  readonly #reader: EventReader
  readonly #sessions = new Map<string, SessionLog>()
  readonly #dirty = new Set<LiveRow>()
  /** Rows whose whole payload has yet to be packed. */
  readonly #unpacked = new Set<LiveRow>()
  readonly #packing = new Set<Promise<void>>()
  #packed: { row: LiveRow; version: number; bytes: number; blob: Buffer }[] = []
  #cancelFlush: (() => void) | null = null
  #failing = false

  constructor(deps: EventLogDeps) {
    this.#deps = deps
    this.#events = prepareEventRows(deps.database.events)
    this.#commands = prepareEventRows(deps.database.commands)
    this.#reader = new EventReader({
      rows: this.#events,
      live: (sessionId) => this.#sessions.get(sessionId)?.rows,
      permission: (permissionId) => deps.permission(permissionId),
      clock: deps.clock,
    })
  }

  /** Takes an event of an agent. It is shown at once and on disk within a tenth of a second. */
  append(sessionId: SessionId, turnId: TurnId | null, event: TranscriptEvent): void {
    const log = this.#session(sessionId)
    if (event.type === 'update') {
      const chunk = chunkOf(event.update)
      if (chunk !== null) {
        for (const piece of piecesOf(chunk)) {
          const open = log.newest
          if (
            open !== null &&
            !open.closed &&
            open.turnId === turnId &&
            'chunk' in open.body &&
            continues(open.body.chunk, piece)
          ) {
            open.body.chunk.text += piece.text
            open.last = log.next++
            this.#touch(open)
            this.#emit(log, { type: 'append', first: open.first, last: open.last, text: piece.text })
          } else {
            this.#add(log, sessionId, turnId, { chunk: { ...piece } })
          }
        }
        return
      }
      const toolCallId = updatedToolCall(event.update)
      if (toolCallId !== null) {
        this.#appendToolCallUpdate(log, sessionId, turnId, toolCallId, event.update)
        return
      }
    }
    this.#add(log, sessionId, turnId, { event: toStored(event) }).closed = true
  }

  /**
   * Writes an event within the running transaction of `database.transaction`. Call what it returns once that
   * transaction has committed: only then is the event shown.
   */
  appendWithin(
    sessionId: SessionId,
    turnId: TurnId | null,
    event: TranscriptEvent,
  ): { first: number; show: () => void } {
    const log = this.#session(sessionId)
    // What was said before it must not be missing when a kill leaves this row as the last one. The rows stay
    // dirty: writing them again is harmless, and this transaction may yet be rolled back.
    for (const earlier of log.rows.values()) {
      if (!earlier.dirty) continue
      const before = serialize(earlier)
      this.#commands.write(sessionId, this.#stored(earlier, before.payload, before.wholeBytes))
    }
    const row = this.#make(log, sessionId, turnId, { event: toStored(event) })
    row.closed = true
    const { payload, wholeBytes } = serialize(row)
    this.#commands.write(sessionId, this.#stored(row, payload, wholeBytes))
    return {
      first: row.first,
      show: () => {
        this.#closeNewest(log)
        if (wholeBytes !== null) {
          log.rows.set(row.first, row)
          row.whole = { state: 'needed', version: row.version, bytes: wholeBytes }
          this.#unpacked.add(row)
          this.#schedule(FLUSH_EVERY_MS)
        }
        this.#emit(log, this.#rowChange(sessionId, row.first))
      },
    }
  }

  /** Shows a row again whose state elsewhere changed: the answer to a permission. */
  refresh(sessionId: SessionId, first: number): void {
    const log = this.#sessions.get(sessionId)
    if (log !== undefined) this.#emit(log, this.#rowChange(sessionId, first))
  }

  /** Nothing of the turn changes any more. */
  closeRows(sessionId: SessionId): void {
    const log = this.#sessions.get(sessionId)
    if (log === undefined) return
    for (const row of log.rows.values()) {
      row.closed = true
      this.#release(log, row)
    }
    log.newest = null
    log.toolCalls.clear()
  }

  /**
   * Writes everything now, in one transaction, together with what `run` writes on the same connection.
   * @throws what SQLite says; the rows then wait in memory as before
   */
  flush(run?: (db: Db) => void): void {
    if (this.#dirty.size === 0 && this.#packed.length === 0 && run === undefined) return
    const rows = [...this.#dirty]
    const packed = this.#packed
    const { events } = this.#deps.database
    events.$client
      .transaction(() => {
        for (const row of rows) this.#write(row)
        for (const entry of packed)
          this.#events.writeFull(entry.row.sessionId, entry.row.first, entry.bytes, entry.blob)
        run?.(events)
      })
      .immediate()
    this.#packed = []
    for (const row of rows) this.#written(row)
    for (const entry of packed) this.#wholeWritten(entry.row, entry.version)
  }

  /** Everything on disk, whole payloads included. For the end of the app. */
  async settle(): Promise<void> {
    this.flush()
    while (this.#unpacked.size > 0) {
      this.#pack(true)
      await Promise.all(this.#packing)
      this.flush()
    }
    this.#cancelFlush?.()
    this.#cancelFlush = null
  }

  /** Tells of every change to the rows of a session, in order, from now on. Returns the function that ends it. */
  subscribe(sessionId: SessionId, listener: (change: LogChange) => void): () => void {
    const { listeners } = this.#session(sessionId)
    listeners.add(listener)
    return () => {
      listeners.delete(listener)
    }
  }

  /** The newest rows, oldest first, including what is not on disk yet. */
  tail(sessionId: SessionId, limit: number): TranscriptPage {
    return this.#reader.page(sessionId, null, limit)
  }

  /** The rows before the row `before`, oldest first. */
  before(sessionId: SessionId, before: number, limit: number): TranscriptPage {
    return this.#reader.page(sessionId, before, limit)
  }

  /** A row as a whole, also where it was cut. */
  whole(sessionId: SessionId, first: number): Promise<StoredEvent | null> {
    return this.#reader.whole(sessionId, first)
  }

  /** The index behind the last row that is not younger than a time. */
  endAt(sessionId: SessionId, time: number): number {
    this.flush()
    return this.#reader.endAt(sessionId, time)
  }

  /** Rows that hold words, including what was only in memory until now. */
  search(sessionId: SessionId, words: string, before: number | null): Promise<SearchPage> {
    this.flush()
    return searchEvents(this.#events, sessionId, words, before)
  }

  /** @throws FoundryError `not_found` */
  payload(
    sessionId: SessionId,
    first: number,
    offset: number,
  ): Promise<{ text: string; nextOffset: number | null }> {
    return this.#reader.payload(sessionId, first, offset)
  }

  #session(sessionId: string): SessionLog {
    let log = this.#sessions.get(sessionId)
    if (log === undefined) {
      const newest = this.#events.newest(sessionId)
      log = {
        next: newest === null ? 0 : newest.last + 1,
        rows: new Map(),
        newest: null,
        toolCalls: new Map(),
        listeners: new Set(),
      }
      this.#sessions.set(sessionId, log)
    }
    return log
  }

  #appendToolCallUpdate(
    log: SessionLog,
    sessionId: SessionId,
    turnId: TurnId | null,
    toolCallId: string,
    update: Record<string, unknown>,
  ): void {
    const open = log.toolCalls.get(toolCallId)
    if (
      open !== undefined &&
      open.turnId === turnId &&
      'event' in open.body &&
      open.body.event.type === 'update'
    ) {
      const merged = mergeToolCallUpdates(open.body.event.update, update)
      if (merged !== null) {
        open.body = { event: { type: 'update', update: merged } }
        this.#touch(open)
        this.#emit(log, this.#rowChange(sessionId, open.first))
        return
      }
    }
    if (open !== undefined) {
      open.closed = true
      log.toolCalls.delete(toolCallId)
      this.#release(log, open)
    }
    const row = this.#add(log, sessionId, turnId, { event: { type: 'update', update } })
    if (isToolCallOver(update)) {
      row.closed = true
      return
    }
    log.toolCalls.set(toolCallId, row)
    if (log.toolCalls.size > OPEN_TOOL_CALLS) {
      const [oldest] = log.toolCalls
      if (oldest !== undefined) {
        oldest[1].closed = true
        log.toolCalls.delete(oldest[0])
        this.#release(log, oldest[1])
      }
    }
  }

  #make(log: SessionLog, sessionId: string, turnId: string | null, body: LiveRow['body']): LiveRow {
    const index = log.next++
    const now = this.#deps.clock.now()
    return {
      sessionId,
      first: index,
      last: index,
      turnId,
      at: now,
      body,
      version: 0,
      changedAt: now,
      dirty: false,
      closed: false,
      whole: null,
    }
  }

  #add(log: SessionLog, sessionId: SessionId, turnId: TurnId | null, body: LiveRow['body']): LiveRow {
    const row = this.#make(log, sessionId, turnId, body)
    this.#closeNewest(log)
    log.rows.set(row.first, row)
    log.newest = row
    this.#touch(row)
    this.#emit(log, this.#rowChange(sessionId, row.first))
    return row
  }

  #closeNewest(log: SessionLog): void {
    const newest = log.newest
    log.newest = null
    if (newest === null || !('chunk' in newest.body)) return
    newest.closed = true
    this.#release(log, newest)
  }

  #touch(row: LiveRow): void {
    row.version += 1
    row.changedAt = this.#deps.clock.now()
    row.dirty = true
    this.#dirty.add(row)
    this.#schedule(this.#failing ? RETRY_MS : FLUSH_EVERY_MS)
  }

  #emit(log: SessionLog, change: LogChange): void {
    for (const listener of log.listeners) listener(change)
  }

  #rowChange(sessionId: SessionId, first: number): LogChange {
    return { type: 'row', first, row: () => this.#reader.row(sessionId, first) }
  }

  #schedule(delay: number): void {
    this.#cancelFlush ??= this.#deps.clock.after(delay, () => {
      this.#cancelFlush = null
      this.#flushSome()
    })
  }

  /** Writes what fits the budget; the rest follows in a transaction of its own. */
  #flushSome(): void {
    const rows: LiveRow[] = []
    const packed = this.#packed
    try {
      const started = performance.now()
      this.#deps.database.events.$client
        .transaction(() => {
          for (const entry of packed)
            this.#events.writeFull(entry.row.sessionId, entry.row.first, entry.bytes, entry.blob)
          for (const row of this.#dirty) {
            this.#write(row)
            rows.push(row)
            if (performance.now() - started > FLUSH_BUDGET_MS) break
          }
        })
        .immediate()
    } catch (error) {
      if (isConstraintError(error)) this.#dropOrphans()
      if (!this.#failing) this.#deps.writeFailed(error)
      this.#failing = true
      this.#schedule(RETRY_MS)
      return
    }
    if (this.#failing) {
      this.#failing = false
      this.#deps.writeFailed(null)
    }
    this.#packed = []
    for (const row of rows) this.#written(row)
    for (const entry of packed) this.#wholeWritten(entry.row, entry.version)
    this.#pack(false)
    if (this.#dirty.size > 0 || this.#packed.length > 0) this.#schedule(0)
    else if (this.#unpacked.size > 0) this.#schedule(PACK_AFTER_MS)
  }

  /** A session that was deleted while its agent still spoke: its rows have nowhere to go. */
  #dropOrphans(): void {
    const exists = this.#deps.database.events.$client.prepare<[string]>('SELECT 1 FROM sessions WHERE id = ?')
    for (const sessionId of new Set([...this.#dirty].map((row) => row.sessionId))) {
      if (exists.get(sessionId) !== undefined) continue
      for (const row of this.#dirty) {
        if (row.sessionId === sessionId) this.#dirty.delete(row)
      }
      for (const row of this.#unpacked) {
        if (row.sessionId === sessionId) this.#unpacked.delete(row)
      }
      this.#sessions.delete(sessionId)
    }
  }

  #write(row: LiveRow): void {
    const { payload, wholeBytes } = serialize(row)
    this.#events.write(row.sessionId, this.#stored(row, payload, wholeBytes))
    if (wholeBytes === null) {
      row.whole = null
      this.#unpacked.delete(row)
    } else if (row.whole?.version !== row.version) {
      row.whole = { state: 'needed', version: row.whole?.version ?? 0, bytes: row.whole?.bytes ?? 0 }
      this.#unpacked.add(row)
    }
  }

  #stored(row: LiveRow, payload: string, wholeBytes: number | null): StoredRow {
    return {
      first: row.first,
      last: row.last,
      turnId: row.turnId,
      at: row.at,
      payload,
      fullBytes: wholeBytes,
    }
  }

  #written(row: LiveRow): void {
    row.dirty = false
    this.#dirty.delete(row)
    const log = this.#sessions.get(row.sessionId)
    if (log !== undefined) this.#release(log, row)
  }

  #wholeWritten(row: LiveRow, version: number): void {
    if (row.version !== version) return
    this.#unpacked.delete(row)
    const log = this.#sessions.get(row.sessionId)
    if (log !== undefined) this.#release(log, row)
  }

  /** Forgets a row that is on disk and stays as it is. */
  #release(log: SessionLog, row: LiveRow): void {
    if (row.closed && !row.dirty && !this.#unpacked.has(row)) log.rows.delete(row.first)
  }

  /** Deflates whole payloads aside: those of closed rows, and of growing ones now and then. */
  #pack(all: boolean): void {
    const now = this.#deps.clock.now()
    for (const row of this.#unpacked) {
      if (row.whole === null || row.whole.state === 'packing') continue
      const due =
        all ||
        row.closed ||
        now - row.changedAt >= PACK_AFTER_MS ||
        jsonBytes(storedEvent(row)) >= 2 * row.whole.bytes
      if (!due) continue
      const { version } = row
      const json = wholeJson(storedEvent(row))
      if (json === null) {
        this.#unpacked.delete(row)
        continue
      }
      const buffer = Buffer.from(json, 'utf8')
      row.whole = { state: 'packing', version, bytes: buffer.length }
      const packing = deflateAside(buffer)
        .then((blob) => {
          this.#packed.push({ row, version, bytes: buffer.length, blob })
          if (row.whole !== null) row.whole.state = row.version === version ? 'written' : 'needed'
          this.#schedule(FLUSH_EVERY_MS)
        })
        .catch((error: unknown) => {
          // Out of memory, or the like: what was cut stays readable, the whole is given up.
          this.#unpacked.delete(row)
          this.#deps.writeFailed(error)
        })
        .finally(() => this.#packing.delete(packing))
      this.#packing.add(packing)
    }
  }
}
