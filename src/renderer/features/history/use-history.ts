import type {
  HistoryActor,
  HistoryEntry,
  HistoryGroup,
  HistoryReading,
  HistorySummary,
} from '@shared/history'
import type { ErrorValue } from '@shared/errors'
import type { SessionId, TaskId } from '@shared/ids'
import { useCallback, useEffect, useRef, useState } from 'react'
import { create } from 'zustand'
import { call } from '../../client/call'
import { PagedList } from '../pull-requests/paged-list'
import { type Paged, usePaged } from './paged'

export interface HistoryQuery {
  taskId: TaskId
  /** Null for all of them. */
  sessionId: SessionId | null
  group: HistoryGroup | null
  who: HistoryActor | null
}

/** How far the transcripts of tasks were read, while they are. */
const useReading = create<Readonly<Record<string, HistoryReading>>>(() => ({}))
export const useHistoryReading = (taskId: string): HistoryReading =>
  useReading((readings) => readings[taskId]) ?? null

/** What happened in a task, newest first. Long transcripts are read a part at a time, as long as somebody waits. */
export function useHistory(query: HistoryQuery, mark: unknown): Paged<HistoryEntry, HistoryQuery> {
  const isThere = useRef(true)
  useEffect(() => {
    isThere.current = true
    return () => {
      isThere.current = false
    }
  }, [])
  return usePaged(
    () => {
      const list: PagedList<HistoryEntry, HistoryQuery> = new PagedList(
        async (asked, cursor) => {
          for (;;) {
            const result = await call('history.timeline', { ...asked, cursor })
            const reading = result.ok ? result.value.reading : null
            useReading.setState({ [asked.taskId]: reading })
            if (!result.ok) return result
            const { entries, cursor: next } = result.value
            // Whoever went away, or asked for something else, waits for nothing any more.
            const isWanted = isThere.current && list.store.getState().query === asked
            if (reading === null || !isWanted) return { ok: true, value: { rows: entries, cursor: next } }
          }
        },
        ({ key }) => key,
      )
      return list
    },
    query,
    mark,
  )
}

export interface SummaryState {
  /** Of what was read so far; null before the first answer. */
  readonly summary: HistorySummary | null
  readonly error: ErrorValue | null
  readonly busy: boolean
  /** Reads the rows of each section after those that are here. */
  more(): void
  again(): void
}

/** What a task, or a session of it, comes to. @param mark changes when it may be something else */
export function useSummary(taskId: TaskId, sessionId: SessionId | null, mark: unknown): SummaryState {
  const [read, setRead] = useState<{ of: string; summary: HistorySummary } | null>(null)
  const [error, setError] = useState<ErrorValue | null>(null)
  const [asked, setAsked] = useState(0)
  const [busy, setBusy] = useState(false)
  const of = `${taskId} ${sessionId ?? ''}`
  useEffect(() => {
    let current = true
    const follow = async () => {
      setBusy(true)
      for (;;) {
        const result = await call('history.summary', { taskId, sessionId, from: 0 })
        if (!current) return
        setError(result.ok ? null : result.error)
        if (result.ok) setRead({ of, summary: result.value })
        if (!result.ok || result.value.reading === null) break
      }
      setBusy(false)
    }
    void follow()
    return () => {
      current = false
    }
    // Asked again, it is read again.
    // oxlint-disable-next-line react/exhaustive-effect-dependencies
  }, [taskId, sessionId, of, asked])
  const seen = useRef(mark)
  const waiting = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  useEffect(() => {
    if (seen.current === mark) return
    seen.current = mark
    // While things happen, they are read again at most this often.
    waiting.current ??= setTimeout(() => {
      waiting.current = undefined
      setAsked((count) => count + 1)
    }, refreshMs)
  }, [mark])
  useEffect(
    () => () => {
      clearTimeout(waiting.current)
      waiting.current = undefined
    },
    [],
  )
  const summary = read?.of === of ? read.summary : null
  const more = useCallback(() => {
    if (summary === null) return
    const from = Math.max(...sections.map((key) => summary[key].rows.length))
    void call('history.summary', { taskId, sessionId, from }).then((result) => {
      if (!result.ok) return setError(result.error)
      return setRead({ of, summary: joined(summary, result.value) })
    })
  }, [taskId, sessionId, of, summary])
  return { summary, error, busy, more, again: () => setAsked((count) => count + 1) }
}

const refreshMs = 1000
const sections = ['edits', 'failed', 'open', 'plans'] as const

function joined(known: HistorySummary, next: HistorySummary): HistorySummary {
  return {
    ...next,
    edits: { total: next.edits.total, rows: [...known.edits.rows, ...next.edits.rows] },
    failed: { total: next.failed.total, rows: [...known.failed.rows, ...next.failed.rows] },
    open: { total: next.open.total, rows: [...known.open.rows, ...next.open.rows] },
    plans: { total: next.plans.total, rows: [...known.plans.rows, ...next.plans.rows] },
  }
}
