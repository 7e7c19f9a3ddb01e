import type { ErrorValue } from '@shared/errors'
import type { HistoryPage, HistorySummary } from '@shared/history'
import type { TimelineFilter } from './timeline'

export interface RecordRequest {
  taskId: string
  /** Null for all of them. */
  sessionId: string | null
}

export type TimelineRequest = RecordRequest & TimelineFilter & { cursor: string | null }

/** What the thread is given when it begins. */
export interface RecordThread {
  /** The data folder. */
  directory: string
  nativeBinding: string | undefined
}

export type RecordOrder = { id: number } & (
  | { type: 'timeline'; request: TimelineRequest }
  | { type: 'summary'; request: RecordRequest & { from: number } }
)

export type RecordAnswer = { id: number } & (
  | { page: HistoryPage }
  | { summary: HistorySummary }
  | { error: ErrorValue }
)
