import type { ErrorValue, Result } from '@shared/errors'
import type { SearchHit, SearchPage } from '@shared/search'
import { isEmptySearch, parseSearch } from '@shared/search-query'
import { create } from 'zustand'
import { call } from '../../client/call'

interface SearchState {
  /** As it stands in the field. */
  readonly text: string
  /** What the hits are an answer to; null before the first question. */
  readonly asked: string | null
  readonly hits: readonly SearchHit[]
  readonly cursor: string | null
  /** What the last page said of the order, and of what was looked at. */
  readonly rankedAmong: number | null
  readonly lookedAt: number | null
  readonly problems: readonly string[]
  readonly busy: 'first' | 'more' | null
  readonly error: ErrorValue | null
  /** What was opened last, to come back to. */
  readonly opened: string | null
  /** The hit at the top of what is seen. */
  readonly top: number
}

const nothing = {
  asked: null,
  hits: [],
  cursor: null,
  rankedAmong: null,
  lookedAt: null,
  problems: [],
  busy: null,
  error: null,
  opened: null,
  top: 0,
}

/** The search as it was left. Kept while the window lives, so that coming back finds it so. */
export const useSearch = create<SearchState>(() => ({ text: '', ...nothing }))

/** While somebody types, the question waits for so long. */
const typingMs = 60
let question = 0
let timer: ReturnType<typeof setTimeout> | undefined

/** Takes what somebody types, and looks for it. */
export function searchFor(text: string, now = false): void {
  clearTimeout(timer)
  question += 1
  if (isEmptySearch(parseSearch(text))) {
    useSearch.setState({ ...nothing, text, problems: parseSearch(text).problems })
    return
  }
  // What was found before stays until there is an answer: nothing flickers while somebody types.
  useSearch.setState({ text, busy: 'first' })
  timer = setTimeout(() => void ask(), now ? 0 : typingMs)
}

/** Asks the same once more. */
export function searchAgain(): void {
  searchFor(useSearch.getState().text, true)
}

async function ask(): Promise<void> {
  const own = (question += 1)
  const { text } = useSearch.getState()
  const result = await call('search.find', { text, cursor: null })
  if (own !== question) return
  if (result.ok) {
    const { hits, cursor, rankedAmong, lookedAt, problems } = result.value
    useSearch.setState({ ...nothing, asked: text, hits, cursor, rankedAmong, lookedAt, problems })
  } else if (result.error.kind !== 'cancelled')
    useSearch.setState({ ...nothing, asked: text, error: result.error })
}

/** Reads the page behind the last one. A page may be empty and have others behind it. */
export async function searchMore(): Promise<void> {
  const { asked, cursor, busy } = useSearch.getState()
  if (asked === null || cursor === null || busy !== null) return
  const own = question
  useSearch.setState({ busy: 'more', error: null })
  const result: Result<SearchPage> = await call('search.find', { text: asked, cursor })
  if (own !== question) return
  if (!result.ok) {
    useSearch.setState({ busy: null, error: result.error })
    return
  }
  const { hits, cursor: next, lookedAt } = result.value
  useSearch.setState((state) => {
    const known = new Set(state.hits.map(({ id }) => id))
    return {
      hits: [...state.hits, ...hits.filter(({ id }) => !known.has(id))],
      cursor: next,
      lookedAt: lookedAt === null ? state.lookedAt : (state.lookedAt ?? 0) + lookedAt,
      busy: null,
    }
  })
}
