import type Sqlite from 'better-sqlite3'
import { FoundryError } from '@shared/errors'
import type { SearchHit, SearchPage } from '@shared/search'
import { isEmptySearch, parseSearch, type SearchQuery, type SearchTerm } from '@shared/search-query'
import { everyWord, kindAt } from './documents'
import { narrow, type Narrowed } from './filters'
import { Marker } from './marks'
import { matchOf } from './match'
import { PARTITION_ROWS, partitions, partitionTable, TIME_BLOCK } from './schema'
import { type Found, type IndexRow, Sources } from './sources'

/** So many of the newest matches are put in order. */
export const RANKED = 200
const PAGE = 50
/** Matches that are looked at for a filter which few of them meet, before the reader is asked. */
const LOOKED_AT = 100_000
/** How often it is asked whether somebody wants something else by now. */
const ASK_EVERY = 256
/** What of a text counts for the order. */
const SCORED = 20_000
/** More stored diffs are not unpacked only for the order. */
const SCORED_DIFFS = 12

/** What a match is worth by what it is: what people said and named before what machines wrote. */
const WORTH = {
  task: 3,
  pull_request: 2.6,
  prompt: 2.4,
  comment: 2.2,
  message: 1.6,
  diff: 1.2,
  thought: 1,
  tool: 0.9,
  activity: 0.8,
} as const

/** Matches in order, and how the next ones are found. */
interface Batch {
  /** What was asked, and below which row of the index. */
  key: string
  rows: IndexRow[]
  /** Below which row the next batch begins; null at the end. */
  next: number | null
  /** Matches that were looked at, where that ended it. */
  lookedAt: number | null
}

/** Somebody wants something else by now. */
export class Superseded extends FoundryError {
  constructor() {
    super('cancelled', 'Something else is being looked for.')
  }
}

/** Answers searches. `connection` reads both what is stored and the index, and writes neither. */
export class Finder {
  readonly #connection: Sqlite.Database
  readonly #sources: Sources
  /** By partition. */
  readonly #rows = new Map<number, Sqlite.Statement<[string, number, number], IndexRow>>()
  readonly #now: () => number
  #batch: Batch | null = null

  constructor(connection: Sqlite.Database, now: () => number = Date.now) {
    this.#connection = connection
    this.#now = now
    this.#sources = new Sources(connection)
  }

  /**
   * A page of what was found, from a cursor of the page before.
   *
   * @param superseded whether somebody wants something else by now
   * @throws Superseded
   */
  async find(text: string, cursor: string | null, superseded: () => boolean): Promise<SearchPage> {
    const query = parseSearch(text)
    const problems = [...query.problems]
    const empty = { hits: [], cursor: null, rankedAmong: null, lookedAt: null, problems }
    if (isEmptySearch(query)) return empty
    const { below, place } = readCursor(cursor)
    // What is read for the order is shown on the first page, and need not be read again.
    const read = new Map<number, Found>()
    const batch = await this.#batchOf(text, query, below, read, superseded)
    const hits: SearchHit[] = []
    const marker = new Marker(query.terms)
    let at = place
    for (; at < batch.rows.length && hits.length < PAGE; at += 1) {
      if (superseded()) throw new Superseded()
      const row = batch.rows[at]
      const hit = row === undefined ? null : await this.#hit(row, read.get(row.id), marker)
      if (hit !== null) hits.push(hit)
    }
    const rest = at < batch.rows.length ? `${below ?? ''}:${at}` : null
    return {
      ...empty,
      hits,
      cursor: rest ?? (batch.next === null ? null : `${batch.next}:0`),
      rankedAmong: batch.next === null && below === null ? null : batch.rows.length,
      lookedAt: batch.lookedAt,
    }
  }

  async #batchOf(
    text: string,
    query: SearchQuery,
    below: number | null,
    read: Map<number, Found>,
    superseded: () => boolean,
  ): Promise<Batch> {
    const key = `${below ?? ''} ${text}`
    // Further pages of the same batch are of the same order, whatever came since.
    if (below !== null && this.#batch?.key === key) return this.#batch
    this.#sources.forget()
    const narrowed = narrow(this.#connection, query.filters, this.#now())
    const matchFor = (terms: readonly SearchTerm[]): string =>
      matchOf(terms, narrowed.paths, narrowed.about, narrowed.without, everyWord)
    const match = matchFor(query.terms)
    const whole = query.terms.filter(({ prefix, excluded }) => !prefix && !excluded)
    const probe = whole.length > 0 && whole.length < query.terms.length ? matchFor(whole) : null
    const { rows, next, lookedAt } = narrowed.nothing
      ? { rows: [], next: null, lookedAt: null }
      : this.#newest({ match, probe }, narrowed, below, superseded)
    const ranked = await this.#ranked(rows, query, read, superseded)
    this.#batch = { key, rows: ranked, next, lookedAt }
    return this.#batch
  }

  /**
   * The newest matches that meet the filters. `probe` is what has to match as well and is found at once: where it is
   * nowhere in a partition, nobody asks there for all the words that begin in some way.
   */
  #newest(
    { match, probe }: { match: string; probe: string | null },
    narrowed: Narrowed,
    below: number | null,
    superseded: () => boolean,
  ): Omit<Batch, 'key'> {
    const bounds = this.#bounds(narrowed)
    const rows: IndexRow[] = []
    const to = Math.min(below ?? Number.MAX_SAFE_INTEGER, bounds.to)
    let looked = 0
    for (const partition of this.#partitionsIn(bounds.from, to)) {
      if (superseded()) throw new Superseded()
      if (probe !== null && !this.#hasAny(partition, probe)) continue
      for (const row of this.#matches(partition).iterate(match, to, bounds.from)) {
        if (rows.length === RANKED) return { rows, next: rows.at(-1)?.id ?? 0, lookedAt: null }
        if (looked === LOOKED_AT) return { rows, next: row.id + 1, lookedAt: looked }
        looked += 1
        if (looked % ASK_EVERY === 0 && superseded()) throw new Superseded()
        if (this.#meets(row, narrowed)) rows.push(row)
      }
    }
    return { rows, next: null, lookedAt: null }
  }

  /** The newest first. */
  #partitionsIn(from: number, to: number): number[] {
    const known = partitions(this.#connection, 'derived')
    // Those of an index that was made anew meanwhile.
    for (const partition of this.#rows.keys()) if (!known.includes(partition)) this.#rows.delete(partition)
    return known.filter(
      (partition) => partition * PARTITION_ROWS < to && (partition + 1) * PARTITION_ROWS > from,
    )
  }

  #hasAny(partition: number, match: string): boolean {
    const table = partitionTable(partition)
    return (
      this.#connection
        .prepare<[string]>(`SELECT 1 FROM ${table} WHERE ${table} MATCH ? LIMIT 1`)
        .get(match) !== undefined
    )
  }

  #matches(partition: number): Sqlite.Statement<[string, number, number], IndexRow> {
    let matches = this.#rows.get(partition)
    if (matches === undefined) {
      const table = partitionTable(partition)
      matches = this.#connection.prepare(
        `SELECT r.id, r.scope, r.kind, r.key, r.at FROM ${table} JOIN search_rows r ON r.id = ${table}.rowid
         WHERE ${table} MATCH ? AND ${table}.rowid < ? AND ${table}.rowid >= ? ORDER BY ${table}.rowid DESC`,
      )
      this.#rows.set(partition, matches)
    }
    return matches
  }

  #meets(row: IndexRow, { scopes, times, actors }: Narrowed): boolean {
    if (scopes !== null && !scopes.has(row.scope)) return false
    const at = row.at * 1000
    for (const { from, to, excluded } of times) if ((at + 999 >= from && at < to) === excluded) return false
    if (actors.length === 0 || kindAt(row.kind) !== 'activity') return true
    const actor = this.#sources.actorOf(row)
    return actors.every(
      ({ value, excluded }) => (actor === (value === 'you' ? 'reader' : value)) !== excluded,
    )
  }

  /** Between which rows everything of those times stands. Rows are nearly, but not quite, in the order of time. */
  #bounds({ times }: Narrowed): { from: number; to: number } {
    let from = 0
    let to = Number.MAX_SAFE_INTEGER
    for (const time of times) {
      if (time.excluded) continue
      const blocks = this.#connection
        .prepare<[number, number], { first: number | null; last: number | null }>(
          `SELECT min(block) AS first, max(block) AS last FROM search_times WHERE high >= ? AND low < ?`,
        )
        .get(Math.floor(time.from / 1000), Math.min(Math.ceil(time.to / 1000), Number.MAX_SAFE_INTEGER))
      if (blocks?.first == null || blocks.last === null) return { from: 0, to: 0 }
      from = Math.max(from, blocks.first * TIME_BLOCK)
      to = Math.min(to, (blocks.last + 1) * TIME_BLOCK)
    }
    return { from, to }
  }

  /** Best first: how often and how near to one another the words stand, where, in what, and how long ago. */
  async #ranked(
    rows: IndexRow[],
    query: SearchQuery,
    read: Map<number, Found>,
    superseded: () => boolean,
  ): Promise<IndexRow[]> {
    const marker = new Marker(query.terms)
    if (marker.words === 0) return rows
    const diffs = new Set(rows.filter(({ kind }) => kindAt(kind) === 'diff').map(({ scope }) => scope))
    const scored: { row: IndexRow; score: number }[] = []
    for (const [index, row] of rows.entries()) {
      if (index % 16 === 0 && superseded()) throw new Superseded()
      const readable = kindAt(row.kind) !== 'diff' || diffs.size <= SCORED_DIFFS
      const found = readable ? await this.#sources.read(row, false) : null
      if (found !== null) read.set(row.id, found)
      // The newest of them is worth up to half as much again as the oldest.
      const age = 1 + 0.5 * (1 - index / rows.length)
      scored.push({
        row,
        score: WORTH[kindAt(row.kind)] * age * (found === null ? 0.5 : scoreOf(found, marker)),
      })
    }
    return scored.toSorted((a, b) => b.score - a.score || b.row.id - a.row.id).map(({ row }) => row)
  }

  async #hit(row: IndexRow, read: Found | undefined, marker: Marker): Promise<SearchHit | null> {
    let found = read ?? (await this.#sources.read(row, false))
    if (found === null) return null
    // What was cut may hold the words where the beginning does not.
    if (marker.words > 0 && !says(found, marker)) found = (await this.#sources.read(row, true)) ?? found
    return toHit(found, marker)
  }
}

function readCursor(cursor: string | null): { below: number | null; place: number } {
  const [below = '', place = '0'] = (cursor ?? '').split(':')
  return { below: below === '' ? null : Number(below), place: Number(place) }
}

const says = ({ document }: Found, marker: Marker): boolean =>
  marker.places(`${document.title}\n${document.paths.join('\n')}\n${document.text}`).length > 0

function scoreOf({ document }: Found, marker: Marker): number {
  const { title, paths } = document
  const text = document.text.slice(0, SCORED)
  const inTitle = new Set(marker.places(title).map(({ word }) => word)).size
  const inPath = new Set(marker.places(paths.join('\n')).map(({ word }) => word)).size
  const places = marker.places(text)
  const words = new Set(places.map(({ word }) => word)).size
  // Saturates: the tenth time says little more than the third. Long texts hold any word more often.
  const often = places.length / (places.length + 2 + text.length / 1000)
  let near = 0
  for (const [index, place] of places.entries()) {
    const next = places[index + 1]
    if (next !== undefined && next.word !== place.word && next.from - place.to < 20) near = 1
  }
  return (
    0.2 +
    (words / marker.words) * (0.6 + often) +
    0.5 * near +
    inTitle / marker.words +
    (0.4 * inPath) / marker.words
  )
}

function toHit(found: Found, marker: Marker): SearchHit {
  const { row, document, place, turnId, activity } = found
  const kind = kindAt(row.kind)
  const [path] = document.paths
  const line = kind === 'diff' ? lineOf(document.text, marker) : null
  const inText = document.text === '' ? [] : marker.snippet(document.text)
  return {
    id: String(row.id),
    kind,
    at: row.at * 1000,
    title: document.title === '' ? [] : marker.mark(document.title.slice(0, 300)),
    path: path === undefined ? [] : marker.mark(path),
    snippet: inText,
    organizationId: place.organizationId as SearchHit['organizationId'],
    repositoryId: place.repositoryId as SearchHit['repositoryId'],
    repositoryName: place.repositoryName,
    taskId: place.taskId as SearchHit['taskId'],
    taskTitle: place.taskTitle,
    archived: place.archived,
    sessionId: place.sessionId as SearchHit['sessionId'],
    agentId: place.agentId,
    turnId: turnId as SearchHit['turnId'],
    row:
      turnId !== null || kind === 'prompt' || kind === 'message' || kind === 'thought' || kind === 'tool'
        ? row.key
        : null,
    checkpointId: kind === 'diff' ? (place.ref as SearchHit['checkpointId']) : null,
    file: (kind === 'diff' || kind === 'comment') && path !== undefined ? { path, line } : null,
    url: place.url,
    activity,
    activityId: activity === null ? null : row.key,
    failed: document.failed,
  }
}

/** The line of the new file, or of the old one where it was taken out, in which the first of the words stands. */
function lineOf(diff: string, marker: Marker): number | null {
  const [first] = marker.places(diff)
  if (first === undefined) return null
  let line: number | null = null
  let at = 0
  for (const text of diff.split('\n')) {
    const hunk = /^@@ -\d+(?:,\d+)? \+(\d+)/.exec(text)
    const end = at + text.length
    if (hunk !== null) line = Number(hunk[1])
    if (first.from <= end) return line
    if (hunk === null && line !== null && !text.startsWith('-')) line += 1
    at = end + 1
  }
  return null
}
