import type { SearchValue } from '@shared/search'
import { type FilterKey, filterKeys, hasValues, partAt, searchKinds, stateValues } from '@shared/search-query'
import { useEffect, useState } from 'react'
import { call } from '../../client/call'
import { kindWords } from './hit-text'

export interface Completion {
  key: FilterKey
  /** Null for the key alone, of which the value is to be written. */
  value: string | null
  shown: string
  meaning: string
}

const days: readonly SearchValue[] = [
  { value: 'today', label: 'Today' },
  { value: 'yesterday', label: 'Yesterday' },
  { value: '7d', label: 'The last seven days' },
  { value: '1m', label: 'The last month' },
  { value: '1y', label: 'The last year' },
]
const few: Partial<Record<FilterKey, readonly SearchValue[]>> = {
  kind: searchKinds.map((kind) => ({ value: kind, label: kindWords[kind] })),
  is: Object.entries(stateValues).map(([value, label]) => ({ value, label })),
  has: Object.entries(hasValues).map(([value, label]) => ({ value, label })),
  after: days,
  before: days.slice(0, 2),
  on: days.slice(0, 2),
}
const actors: readonly SearchValue[] = [
  { value: 'you', label: 'What you did' },
  { value: 'system', label: 'What Foundry did by itself' },
  { value: 'github', label: 'What happened on GitHub' },
]
const restMs = 80

const completionOf = (key: FilterKey, { value, label }: SearchValue): Completion => ({
  key,
  value,
  shown: `${key}:${value}`,
  meaning: label,
})

/** What the word at the cursor may become. */
export function useCompletions(text: string, cursor: number): readonly Completion[] {
  const part = partAt(text, cursor)
  const key = part?.key ?? null
  const typed = part?.value.toLowerCase() ?? ''
  const [read, setRead] = useState<{ key: FilterKey; typed: string; values: SearchValue[] } | null>(null)
  const asks = key !== null && few[key] === undefined && key !== 'path'
  useEffect(() => {
    if (!asks || key === null) return undefined
    let current = true
    const timer = setTimeout(() => {
      void call('search.values', { key, typed: typed.slice(0, 200) }).then((result) => {
        // A field without completions can still be written in.
        if (current) setRead({ key, typed, values: result.ok ? result.value : [] })
      })
    }, restMs)
    return () => {
      current = false
      clearTimeout(timer)
    }
  }, [asks, key, typed])
  if (part === null || part.quoted) return []
  if (key === null) {
    if (typed === '' || !/^[a-z]+$/.test(typed)) return []
    return Object.entries(filterKeys)
      .filter(([one]) => one.startsWith(typed))
      .map(([one, meaning]) => ({ key: one as FilterKey, value: null, shown: `${one}:`, meaning }))
  }
  const known = few[key] ?? []
  const own = key === 'author' ? actors : []
  const found = read?.key === key ? read.values : []
  return [...known, ...own, ...found]
    .filter(
      ({ value, label }) =>
        `${value} ${label}`.toLowerCase().includes(typed) && value.toLowerCase() !== typed,
    )
    .map((value) => completionOf(key, value))
}
