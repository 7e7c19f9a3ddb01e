import { promisify } from 'node:util'
import { inflate } from 'node:zlib'
import { FoundryError } from '@shared/errors'
import type { Permission, TranscriptEvent, TranscriptRow } from '@shared/domain'
import type { PermissionId, SessionId, TurnId } from '@shared/ids'
import type { Clock } from './clock'
import { cutValue, jsonBytes } from './cutting'
import type { EventRows, StoredRow } from './event-rows'
import { parseStored, storedEvent, wholeJson, type LiveRow, type StoredEvent } from './live-row'

const inflateAside = promisify(inflate)

/** A page of the transcript stays below about this many characters of JSON. */
const PAGE_CHARACTERS = 512 * 1024
/** A piece of a cut row's whole payload, in characters. */
const PIECE_CHARACTERS = 64 * 1024
const WHOLE_KEPT_MS = 5000

export interface TranscriptPage {
  rows: TranscriptRow[]
  hasEarlier: boolean
}

/** Reads the record: what is on disk, and over it what is still in memory and therefore newer. */
export class EventReader {
  readonly #rows: EventRows
  readonly #live: (sessionId: SessionId) => ReadonlyMap<number, LiveRow> | undefined
  readonly #permission: (permissionId: PermissionId) => Permission | null
  readonly #clock: Clock
  /** Pieces of one payload are read one after the other: it is inflated once for all of them. */
  #lastWhole: { sessionId: string; first: number; json: string } | null = null

  constructor(options: {
    rows: EventRows
    live(sessionId: SessionId): ReadonlyMap<number, LiveRow> | undefined
    permission(permissionId: PermissionId): Permission | null
    clock: Clock
  }) {
    this.#rows = options.rows
    this.#live = (sessionId) => options.live(sessionId)
    this.#permission = (permissionId) => options.permission(permissionId)
    this.#clock = options.clock
  }

  /**
   * The JSON of a row in pieces. A row that was not cut is given as it is.
   * @throws FoundryError `not_found`
   */
  async payload(
    sessionId: SessionId,
    first: number,
    offset: number,
  ): Promise<{ text: string; nextOffset: number | null }> {
    const removedAt = this.#rows.one(sessionId, first)?.removedAt ?? null
    if (removedAt !== null)
      throw new FoundryError(
        'not_found',
        `The rest was removed by your policy on ${new Date(removedAt).toISOString().slice(0, 10)}.`,
      )
    const whole = await this.#whole(sessionId, first)
    if (whole === null) throw new FoundryError('not_found', 'This part of the transcript does not exist.')
    let end = Math.min(offset + PIECE_CHARACTERS, whole.length)
    // JSON of ours escapes lone surrogates, so a high one here has its other half behind it.
    if (end < whole.length && /[\uD800-\uDBFF]/.test(whole.charAt(end - 1))) end += 1
    return { text: whole.slice(offset, end), nextOffset: end < whole.length ? end : null }
  }

  /** The newest rows before `before` (null: of all), oldest first, including what is not on disk yet. */
  page(sessionId: SessionId, before: number | null, limit: number): TranscriptPage {
    const live = [...(this.#live(sessionId)?.values() ?? [])]
      .filter((row) => before === null || row.first < before)
      .toSorted((a, b) => b.first - a.first)
    const newestFirst: { first: number; live: LiveRow | null; stored: StoredRow | null }[] = []
    let characters = 0
    let hasEarlier = false
    let nextLive = 0
    /** Takes one row, or says that the page is full. */
    const take = (first: number, liveRow: LiveRow | null, stored: StoredRow | null): boolean => {
      if (newestFirst.length >= limit || (newestFirst.length > 0 && characters > PAGE_CHARACTERS)) {
        hasEarlier = true
        return false
      }
      characters += stored?.payload.length ?? 8192
      newestFirst.push({ first, live: liveRow, stored })
      return true
    }
    const takeLiveDownTo = (floor: number): boolean => {
      for (let row = live[nextLive]; row !== undefined && row.first >= floor; row = live[nextLive]) {
        if (!take(row.first, row, null)) return false
        nextLive += 1
      }
      return true
    }
    let room = true
    for (const stored of this.#rows.backwards(sessionId, before)) {
      room = takeLiveDownTo(stored.first)
      if (!room) break
      // The row in memory is newer than its copy on disk.
      if (newestFirst.at(-1)?.first === stored.first) continue
      room = take(stored.first, null, stored)
      if (!room) break
    }
    if (room) takeLiveDownTo(Number.NEGATIVE_INFINITY)
    const rows = newestFirst
      .toReversed()
      .map((entry) => (entry.live === null ? this.#showStored(entry.stored) : this.#showLive(entry.live)))
      .filter((row) => row !== null)
    return { rows, hasEarlier }
  }

  /** One row as it is now. */
  row(sessionId: SessionId, first: number): TranscriptRow | null {
    const live = this.#live(sessionId)?.get(first)
    return live === undefined ? this.#showStored(this.#rows.one(sessionId, first)) : this.#showLive(live)
  }

  /** A row as a whole, also where it was cut. */
  async whole(sessionId: SessionId, first: number): Promise<StoredEvent | null> {
    const json = await this.#whole(sessionId, first)
    return json === null ? null : parseStored(json)
  }

  /** The index behind the last row on disk that is not younger than a time: rows are written in their order. */
  endAt(sessionId: SessionId, time: number): number {
    let low = 0
    let high = (this.#rows.newest(sessionId)?.last ?? -1) + 1
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      const row = this.#rows.from(sessionId, middle)
      if (row === null || row.at > time) high = middle
      else low = row.last + 1
    }
    return low
  }

  #showLive(row: LiveRow): TranscriptRow | null {
    const event = this.#hydrate(storedEvent(row))
    if (event === null) return null
    const { value, cut } = cutValue(event)
    return {
      first: row.first,
      last: row.last,
      turnId: row.turnId as TurnId | null,
      at: row.at,
      event: value as TranscriptEvent,
      cut: cut ? jsonBytes(event) : null,
    }
  }

  #showStored(row: StoredRow | null): TranscriptRow | null {
    if (row === null) return null
    const stored = parseStored(row.payload)
    const event = this.#hydrate(stored)
    if (event === null) return null
    const base = { first: row.first, last: row.last, turnId: row.turnId as TurnId | null, at: row.at }
    if (stored.type !== 'permission')
      return {
        ...base,
        event,
        cut: row.fullBytes,
        ...(row.removedAt == null ? {} : { removedAt: row.removedAt }),
      }
    const { value, cut } = cutValue(event)
    return { ...base, event: value as TranscriptEvent, cut: cut ? jsonBytes(event) : null }
  }

  #hydrate(event: StoredEvent): TranscriptEvent | null {
    if (event.type !== 'permission') return event
    const permission = this.#permission(event.permissionId)
    return permission === null ? null : { type: 'permission', permission }
  }

  async #whole(sessionId: SessionId, first: number): Promise<string | null> {
    const live = this.#live(sessionId)?.get(first)
    if (live !== undefined) {
      const event = this.#hydrate(storedEvent(live))
      return event === null ? null : wholeJson(event)
    }
    const stored = this.#rows.one(sessionId, first)
    if (stored === null) return null
    const event = parseStored(stored.payload)
    if (event.type === 'permission') {
      const hydrated = this.#hydrate(event)
      return hydrated === null ? null : wholeJson(hydrated)
    }
    const cached = this.#lastWhole
    if (cached !== null && cached.sessionId === sessionId && cached.first === first) return cached.json
    const full = this.#rows.full(sessionId, first)
    if (full === null) return stored.payload
    const json = (await inflateAside(full)).toString('utf8')
    const entry = { sessionId, first, json }
    this.#lastWhole = entry
    this.#clock.after(WHOLE_KEPT_MS, () => {
      if (this.#lastWhole === entry) this.#lastWhole = null
    })
    return json
  }
}
