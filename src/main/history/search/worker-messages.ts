import type { ErrorValue } from '@shared/errors'
import type { SearchPage, SearchValue } from '@shared/search'
import type { FilterKey } from '@shared/search-query'

/** What a thread of the search is for: there is one that writes the index, and while somebody searches, one that reads. */
export interface SearchThread {
  role: 'index' | 'find'
  /** The data folder. */
  directory: string
  nativeBinding: string | undefined
}

export type IndexOrder =
  | { type: 'rebuild' }
  /** Something was stored that is older than what is indexed. */
  | { type: 'compare' }
  /** Somebody searches: what was stored is wanted soon. */
  | { type: 'look' }
  | { type: 'stop' }

export type IndexNews =
  /** There are tables to search, however little is in them. `remade`: in a new file. */
  | { type: 'prepared'; remade: boolean }
  | { type: 'progress'; building: boolean; done: number; total: number }
  | { type: 'failed'; error: ErrorValue }
  | { type: 'warning'; message: string }

export type FindOrder =
  | { type: 'find'; id: number; text: string; cursor: string | null; newest: Int32Array }
  | { type: 'values'; id: number; key: FilterKey; typed: string }

export type FindAnswer = { id: number } & (
  | { page: SearchPage }
  | { values: SearchValue[] }
  /** `damaged`: the index cannot be read, and has to be made anew. */
  | { error: ErrorValue; damaged: boolean }
)
