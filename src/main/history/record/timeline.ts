import type { HistoryActor, HistoryEntry, HistoryGroup } from '@shared/history'
import { HISTORY_PAGE } from '@shared/history'
import { BATCH, type Before, compareEntries, type Source } from './sources'

export interface TimelineFilter {
  sessionId: string | null
  group: HistoryGroup | null
  who: HistoryActor | null
}

/** Before everything. */
const NEWEST: Before = { at: Number.MAX_SAFE_INTEGER, key: '' }

/** One source, read as it is asked for. */
class Stream {
  readonly #source: Source
  #entries: HistoryEntry[] = []
  #at = 0
  #before: Before
  #isOver = false

  constructor(source: Source, before: Before) {
    this.#source = source
    this.#before = before
  }

  peek(): HistoryEntry | null {
    if (this.#at >= this.#entries.length && !this.#isOver) {
      this.#entries = this.#source(this.#before)
      this.#at = 0
      this.#isOver = this.#entries.length < BATCH
      this.#before = this.#entries.at(-1) ?? this.#before
    }
    return this.#entries[this.#at] ?? null
  }

  next(): void {
    this.#at += 1
  }
}

/**
 * A page of what all sources tell, newest first. It begins by time and key and not by number: whatever is added later, nothing
 * is left out and nothing comes twice.
 */
export function readTimeline(
  sources: readonly Source[],
  filter: TimelineFilter,
  cursor: string | null,
): { entries: HistoryEntry[]; cursor: string | null } {
  const before = cursor === null ? NEWEST : readCursor(cursor)
  const streams = sources.map((source) => new Stream(source, before))
  const entries: HistoryEntry[] = []
  for (;;) {
    let first: { stream: Stream; entry: HistoryEntry } | null = null
    for (const stream of streams) {
      const entry = stream.peek()
      if (entry !== null && (first === null || compareEntries(entry, first.entry) < 0))
        first = { stream, entry }
    }
    if (first === null) return { entries, cursor: null }
    if (entries.length === HISTORY_PAGE) {
      const last = entries.at(-1)
      return { entries, cursor: last === undefined ? null : `${last.at} ${last.key}` }
    }
    first.stream.next()
    if (matches(first.entry, filter)) entries.push(first.entry)
  }
}

function matches({ sessionId, groups, who }: HistoryEntry, filter: TimelineFilter): boolean {
  return (
    (filter.sessionId === null || sessionId === filter.sessionId) &&
    (filter.group === null || groups.includes(filter.group)) &&
    (filter.who === null || who === filter.who)
  )
}

function readCursor(cursor: string): Before {
  const at = cursor.indexOf(' ')
  return { at: Number(cursor.slice(0, at)), key: cursor.slice(at + 1) }
}
