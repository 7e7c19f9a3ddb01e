import { promisify } from 'node:util'
import { inflate } from 'node:zlib'
import type { SessionId } from '@shared/ids'
import type { EventRows } from './event-rows'
import { shownTexts } from './event-text'
import { parseStored } from './live-row'

const inflateAside = promisify(inflate)

/** Rows one statement looks at: it stays far below what the main thread may be held up. */
const SLICE_ROWS = 100
/** A search answers after so many rows at the latest, and goes on when asked. */
const ANSWER_ROWS = 40_000
const ANSWER_HITS = 500

/** Rows that hold the words, newest first, and where to go on; null when everything was looked through. */
export interface SearchPage {
  rows: number[]
  nextBefore: number | null
}

/**
 * Looks for words in all that is stored of a session, outputs that were cut included, in whatever case. Other work of
 * the main thread comes in between.
 */
export async function searchEvents(
  events: EventRows,
  sessionId: SessionId,
  words: string,
  before: number | null,
): Promise<SearchPage> {
  const wanted = words.toLowerCase()
  const rows: number[] = []
  let next = before ?? Number.MAX_SAFE_INTEGER
  for (let looked = 0; looked < ANSWER_ROWS && rows.length < ANSWER_HITS; looked += SLICE_ROWS) {
    const slice = events.slice(sessionId, next, SLICE_ROWS)
    for (const row of slice) {
      // A row that was not cut and does not hold the letters as they are stored needs no closer look.
      if (holds(row.payload, wanted)) rows.push(row.first)
      else if (row.fullBytes !== null) {
        const full = events.full(sessionId, row.first)
        if (full !== null && holds((await inflateAside(full)).toString('utf8'), wanted)) rows.push(row.first)
      }
    }
    const last = slice.at(-1)
    if (last === undefined || slice.length < SLICE_ROWS) return { rows, nextBefore: null }
    next = last.first
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { rows, nextBefore: next }
}

/** Whether an event says the words, in what a reader sees of it. */
function holds(json: string, wanted: string): boolean {
  // Letters that JSON writes in another way cannot be told from the JSON alone.
  if (/^[\w .,:;()/-]*$/.test(wanted) && !json.toLowerCase().includes(wanted)) return false
  return shownTexts(parseStored(json)).some((text) => text.toLowerCase().includes(wanted))
}
