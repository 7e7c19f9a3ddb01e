import { useEffect, useRef, useState } from 'react'
import { useStore } from 'zustand'
import type { PagedList, PagedState } from '../pull-requests/paged-list'

/** While things happen, they are read again at most this often. */
const refreshMs = 1000

export interface Paged<Row, Query> extends PagedState<Row, Query> {
  more(): void
  restart(): void
}

/**
 * A long list that is read page by page, newest first.
 *
 * @param make once, when it is first shown
 * @param query a new object asks anew
 * @param mark changes when something may have been done since
 */
export function usePaged<Row, Query>(
  make: () => PagedList<Row, Query>,
  query: Query,
  mark: unknown,
): Paged<Row, Query> {
  const [list] = useState(make)
  const waiting = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  useEffect(() => void list.ask(query), [list, query])
  const seen = useRef(mark)
  useEffect(() => {
    if (seen.current === mark) return
    seen.current = mark
    waiting.current ??= setTimeout(() => {
      waiting.current = undefined
      void list.refresh()
    }, refreshMs)
  }, [list, mark])
  useEffect(
    () => () => {
      clearTimeout(waiting.current)
      waiting.current = undefined
    },
    [],
  )
  return { ...useStore(list.store), more: () => void list.more(), restart: () => void list.restart() }
}
