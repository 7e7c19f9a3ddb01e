import type { ErrorValue, Result } from '@shared/errors'
import { createStore, type StoreApi } from 'zustand/vanilla'

export interface Page<Row> {
  rows: readonly Row[]
  cursor: string | null
}

export interface PagedState<Row, Query> {
  /** What the rows are an answer to; null before the first question. */
  readonly query: Query | null
  readonly rows: readonly Row[]
  /** Where the next page begins; null when there is none. */
  readonly cursor: string | null
  readonly pages: number
  /** `first` while a new question has no answer yet: rows of the one before stay on screen. */
  readonly busy: 'first' | 'more' | 'refresh' | null
  readonly error: ErrorValue | null
  /** What is shown may be older than what is known, and the reader is too far down to change it under them. */
  readonly outdated: boolean
}

/** Lists longer than this are not read again by themselves: the reader is asked. */
const refreshedPages = 3

/**
 * A long list read page by page, in the order main keeps. Pages are read again when something changed; rows that
 * moved while pages were read are kept once. An answer to an earlier question is dropped.
 */
export class PagedList<Row, Query> {
  readonly store: StoreApi<PagedState<Row, Query>>
  #asked = 0
  #again = false
  readonly #ids = new Set<string>()

  constructor(
    private readonly read: (query: Query, cursor: string | null) => Promise<Result<Page<Row>>>,
    private readonly idOf: (row: Row) => string,
  ) {
    this.store = createStore<PagedState<Row, Query>>(() => ({
      query: null,
      rows: [],
      cursor: null,
      pages: 0,
      busy: null,
      error: null,
      outdated: false,
    }))
  }

  /** Asks a new question. */
  async ask(query: Query): Promise<void> {
    this.#asked += 1
    const asked = this.#asked
    this.store.setState({ query, busy: 'first', error: null })
    const result = await this.read(query, null)
    if (asked !== this.#asked) return
    if (result.ok) this.#replace([result.value])
    else this.store.setState({ rows: [], cursor: null, pages: 0, busy: null, error: result.error })
    this.#goOn()
  }

  /** Reads the page after the last one, if there is one. */
  async more(): Promise<void> {
    const { query, cursor, busy } = this.store.getState()
    if (query === null || cursor === null || busy !== null) return
    const asked = this.#asked
    this.store.setState({ busy: 'more', error: null })
    const result = await this.read(query, cursor)
    if (asked !== this.#asked) return
    if (result.ok) {
      const state = this.store.getState()
      const fresh = result.value.rows.filter((row) => !this.#ids.has(this.idOf(row)))
      for (const row of fresh) this.#ids.add(this.idOf(row))
      this.store.setState({
        rows: [...state.rows, ...fresh],
        cursor: result.value.cursor,
        pages: state.pages + 1,
        busy: null,
      })
    } else {
      this.store.setState({ busy: null, error: result.error })
    }
    this.#goOn()
  }

  /** Something changed: reads again what is shown, or says so when that is too much to do by itself. */
  async refresh(): Promise<void> {
    const { query, pages, busy } = this.store.getState()
    if (query === null) return
    if (busy !== null) {
      // What is being read may be older than the change.
      this.#again = true
      return
    }
    if (pages > refreshedPages) {
      this.store.setState({ outdated: true })
      return
    }
    const asked = this.#asked
    this.store.setState({ busy: 'refresh' })
    const read: Page<Row>[] = []
    let cursor: string | null = null
    do {
      const result: Result<Page<Row>> = await this.read(query, cursor)
      if (asked !== this.#asked) return
      if (!result.ok) {
        this.store.setState({ busy: null, error: result.error })
        return
      }
      read.push(result.value)
      cursor = result.value.cursor
    } while (cursor !== null && read.length < pages)
    this.#replace(read)
    this.#goOn()
  }

  /** Asks the same question again, from the top. */
  async restart(): Promise<void> {
    const { query } = this.store.getState()
    if (query !== null) await this.ask(query)
  }

  #replace(pages: readonly Page<Row>[]): void {
    const rows: Row[] = []
    this.#ids.clear()
    for (const page of pages) {
      for (const row of page.rows) {
        if (this.#ids.has(this.idOf(row))) continue
        this.#ids.add(this.idOf(row))
        rows.push(row)
      }
    }
    this.store.setState({
      rows,
      cursor: pages.at(-1)?.cursor ?? null,
      pages: pages.length,
      busy: null,
      error: null,
      outdated: false,
    })
  }

  #goOn(): void {
    if (!this.#again) return
    this.#again = false
    void this.refresh()
  }
}
