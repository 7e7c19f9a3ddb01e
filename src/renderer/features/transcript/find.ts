import type { ErrorValue, Result } from '@shared/errors'
import { useEffect, useEffectEvent, useState } from 'react'
import { call } from '../../client/call'
import type { LineWindow } from './line-window'
import type { SessionTranscript } from './session-transcript'

export interface Find {
  readonly words: string
  /** Rows that hold the words, newest first, as far as they are known. */
  readonly rows: readonly number[]
  /** The one that is shown; -1 before there is any. */
  readonly at: number
  /** More of the record is being looked through. */
  readonly busy: boolean
  readonly error: ErrorValue | null
}

const nothing: Find = { words: '', rows: [], at: -1, busy: false, error: null }
/** Nobody steps through more. */
const mostRows = 5000
/** Somebody who types is still choosing the words. */
const restMs = 200

/** Looks for words in all that is stored of a session, however little of it is loaded. */
export function useFind(
  transcript: SessionTranscript,
  show: (row: number) => Promise<void>,
): { find: Find; search(words: string): void; step(by: number): void } {
  const [find, setFind] = useState(nothing)
  const { words } = find
  const showFirst = useEffectEvent((row: number) => void show(row))
  useEffect(() => {
    if (words === '') return
    const search = new AbortController()
    const timer = setTimeout(() => {
      void readAll(transcript, words, search.signal, ({ rows, busy, error, isFirst }) => {
        setFind((known) => ({
          ...known,
          rows,
          at: rows.length === 0 ? -1 : Math.max(0, known.at),
          busy,
          error,
        }))
        if (isFirst && rows[0] !== undefined) showFirst(rows[0])
      })
    }, restMs)
    return () => {
      search.abort()
      clearTimeout(timer)
    }
  }, [transcript, words])
  return {
    find,
    search: (next) => setFind({ ...nothing, words: next.trim().toLowerCase(), busy: next.trim() !== '' }),
    step(by) {
      const { length } = find.rows
      if (length === 0) return
      const at = (find.at + by + length) % length
      setFind({ ...find, at })
      const row = find.rows[at]
      if (row !== undefined) void show(row)
    },
  }
}

interface Progress extends Pick<Find, 'rows' | 'busy' | 'error'> {
  /** There was nothing before. */
  isFirst: boolean
}

async function readAll(
  transcript: SessionTranscript,
  words: string,
  signal: AbortSignal,
  tell: (progress: Progress) => void,
): Promise<void> {
  const sessionId = transcript.sessionId as `session_${string}`
  let rows: number[] = []
  for (let before: number | null = null; ;) {
    const result: Result<{ rows: number[]; nextBefore: number | null }> = await call('session.find', {
      sessionId,
      words,
      before,
    })
    if (signal.aborted) return
    if (!result.ok) {
      tell({ rows, busy: false, error: result.error, isFirst: false })
      return
    }
    const isFirst = rows.length === 0
    rows = [...rows, ...result.value.rows]
    before = result.value.nextBefore
    const busy = before !== null && rows.length < mostRows
    tell({ rows, busy, error: null, isFirst: isFirst && rows.length > 0 })
    if (!busy) return
  }
}

/** So many places are marked at a time. */
const mostMarks = 1000

interface Marks {
  readonly found: readonly StaticRange[]
  /** In the line that stands out. */
  readonly foundNow: readonly StaticRange[]
}

/** Of each transcript that stands side by side with others: the page has one set of marks for all. */
const marked = new Map<LineWindow, Marks>()

/** Marks the words in what is drawn, without changing it; those of one line stand out. */
export function markWords(
  view: LineWindow,
  content: HTMLElement | null,
  words: readonly string[],
  now: string | null,
): void {
  if (content === null || words.length === 0) marked.delete(view)
  else marked.set(view, marksIn(content, words, now))
  const all = [...marked.values()]
  CSS.highlights.set('found', new Highlight(...all.flatMap(({ found }) => found)))
  CSS.highlights.set('found-now', new Highlight(...all.flatMap(({ foundNow }) => foundNow)))
}

function marksIn(content: HTMLElement, words: readonly string[], now: string | null): Marks {
  const found: StaticRange[] = []
  const foundNow: StaticRange[] = []
  let marks = 0
  for (const line of content.children) {
    const isNow = line instanceof HTMLElement && line.dataset['line'] === now
    const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT)
    for (let node = walker.nextNode(); node !== null && marks < mostMarks; node = walker.nextNode()) {
      const text = node.nodeValue?.toLowerCase() ?? ''
      if (text.length !== node.nodeValue?.length) continue
      for (const word of words) {
        for (let at = text.indexOf(word); at !== -1; at = text.indexOf(word, at + word.length)) {
          const range = new StaticRange({
            startContainer: node,
            startOffset: at,
            endContainer: node,
            endOffset: at + word.length,
          })
          if (isNow) foundNow.push(range)
          else found.push(range)
          marks += 1
        }
      }
    }
  }
  return { found, foundNow }
}
