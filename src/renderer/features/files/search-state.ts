import type { ErrorValue } from '@shared/errors'
import type { FoundPlace, SearchRequest } from '@shared/files'
import type { CheckpointId, TaskId } from '@shared/ids'
import { call } from '../../client/call'
import { patternsOf } from './search-patterns'

/** What a person typed and chose. */
export interface SearchQuery {
  readonly words: string
  readonly regex: boolean
  readonly matchCase: boolean
  readonly wholeWords: boolean
  readonly ignored: boolean
  /** Patterns with commas between them. */
  readonly include: string
  readonly exclude: string
}

export type SearchRow =
  | { readonly type: 'file'; readonly path: string; readonly count: number; readonly open: boolean }
  | { readonly type: 'place'; readonly key: string; readonly place: FoundPlace }

export interface SearchSnapshot {
  readonly query: SearchQuery
  /** The patterns are on screen. */
  readonly details: boolean
  readonly rows: readonly SearchRow[]
  readonly places: number
  readonly files: number
  readonly busy: boolean
  /** There are more than were read. */
  readonly more: boolean
  /** It was stopped before it came to its end. */
  readonly stopped: boolean
  readonly error: ErrorValue | null
  /** Something was searched for. */
  readonly done: boolean
}

const usual: SearchQuery = {
  words: '',
  regex: false,
  matchCase: false,
  wholeWords: false,
  ignored: false,
  include: '',
  exclude: '',
}

/** Beyond this, nobody reads on: the search is narrowed down. */
const mostPlaces = 20_000

let searches = 0

const nothingFound = {
  rows: [],
  places: 0,
  files: 0,
  more: false,
  stopped: false,
  error: null,
  done: false,
} as const

/** The search in the files of a task. It outlives its view, so that going to a place and back loses nothing. */
export class FileSearch {
  #state: SearchSnapshot = {
    query: usual,
    details: false,
    busy: false,
    ...nothingFound,
  }
  /** Of the pages that were read, then of the one that is being read, as far as it is known. */
  #places: FoundPlace[] = []
  #early: FoundPlace[] = []
  readonly #folded = new Set<string>()
  #next: number | null = null
  #running: string | null = null
  #asked: { request: SearchRequest; at: CheckpointId | null } | null = null
  readonly #listeners = new Set<() => void>()

  constructor(private readonly taskId: TaskId) {}

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  readonly snapshot = (): SearchSnapshot => this.#state

  setQuery(change: Partial<SearchQuery>): void {
    this.#change({ query: { ...this.#state.query, ...change } })
  }

  setDetails(details: boolean): void {
    this.#change({ details })
  }

  /** Searches anew; what was searched for before ends. */
  start(at: CheckpointId | null): void {
    this.#end()
    this.#places = []
    this.#early = []
    this.#folded.clear()
    const { query } = this.#state
    if (query.words === '') {
      this.#asked = null
      return this.#change({ busy: false, ...nothingFound })
    }
    const { include, exclude, ...plain } = query
    this.#asked = { request: { ...plain, include: patternsOf(include), exclude: patternsOf(exclude) }, at }
    this.#change(nothingFound)
    void this.#read(0)
  }

  readMore(): void {
    if (this.#state.busy || this.#next === null || this.#state.places >= mostPlaces) return
    void this.#read(this.#next)
  }

  stop(): void {
    if (this.#running === null) return
    this.#end()
    this.#change({ busy: false, stopped: true, done: true })
  }

  fold(path: string, folded: boolean): void {
    if (folded) this.#folded.add(path)
    else this.#folded.delete(path)
    this.#change({ rows: this.#rows() })
  }

  #end(): void {
    if (this.#running === null) return
    void call('files.stopSearch', { searchId: this.#running })
    this.#running = null
  }

  async #read(from: number): Promise<void> {
    const asked = this.#asked
    if (asked === null) return
    searches += 1
    const searchId = `${this.taskId} ${searches}`
    this.#running = searchId
    this.#early = []
    this.#change({ busy: true, error: null })
    const page = call('files.search', {
      taskId: this.taskId,
      at: asked.at,
      searchId,
      request: asked.request,
      from,
    })
    // Main knows the search by now: what is asked later is answered later.
    void this.#follow(searchId)
    const result = await page
    // Another one, or nobody, waits by now.
    if (this.#running !== searchId) return
    this.#running = null
    if (!result.ok) return this.#change({ busy: false, error: result.error, done: true })
    const { places, next } = result.value
    this.#next = next
    this.#places.push(...places)
    this.#early = []
    this.#change({ busy: false, done: true, more: next !== null, ...this.#found() })
  }

  /** Shows what a search finds while it goes on; its page then says it all. */
  async #follow(searchId: string): Promise<void> {
    for (;;) {
      // One after the other: each says what came since the one before.
      const result = await call('files.found', { searchId, known: this.#early.length })
      // Another one, or nobody, waits by now; and what cannot be had is in its page.
      if (this.#running !== searchId || !result.ok || result.value.ended) return
      this.#early.push(...result.value.places)
      this.#change(this.#found())
    }
  }

  #found(): Pick<SearchSnapshot, 'places' | 'files' | 'rows'> {
    const byFile = this.#byFile()
    return {
      places: this.#places.length + this.#early.length,
      files: byFile.size,
      rows: this.#rows(byFile),
    }
  }

  #byFile(): Map<string, FoundPlace[]> {
    const byFile = new Map<string, FoundPlace[]>()
    for (const place of [...this.#places, ...this.#early]) {
      const known = byFile.get(place.path)
      if (known === undefined) byFile.set(place.path, [place])
      else known.push(place)
    }
    return byFile
  }

  #rows(byFile = this.#byFile()): SearchRow[] {
    return [...byFile].flatMap(([path, places]): SearchRow[] => {
      const open = !this.#folded.has(path)
      const head: SearchRow = { type: 'file', path, count: places.length, open }
      if (!open) return [head]
      return [
        head,
        ...places.map((place, index): SearchRow => ({ type: 'place', key: `${path}\0${index}`, place })),
      ]
    })
  }

  #change(change: Partial<SearchSnapshot>): void {
    this.#state = { ...this.#state, ...change }
    for (const listener of this.#listeners) listener()
  }
}

const known = new Map<TaskId, FileSearch>()

export function searchOf(taskId: TaskId): FileSearch {
  let search = known.get(taskId)
  if (search === undefined) {
    search = new FileSearch(taskId)
    known.set(taskId, search)
  }
  return search
}
