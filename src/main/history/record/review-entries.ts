import type Sqlite from 'better-sqlite3'
import type { HistoryEntry } from '@shared/history'
import { isRecord } from '../../session/hostile'
import { jsonIn } from '../search/documents'
import type { TaskFacts } from './sources'

const BODY = 300
/** A review that was sent from here is at GitHub within this time. */
const SAME_MS = 5 * 60_000

/** What GitHub last said about the pull request of a task, as it is stored. */
export interface StoredReviews {
  reviews: Record<string, unknown>[]
  threads: Record<string, unknown>[]
}

export function readReviews(connection: Sqlite.Database, task: TaskFacts): StoredReviews {
  const json =
    task.pullRequestNumber === null
      ? undefined
      : connection
          .prepare<[string, number], string>(
            'SELECT json FROM pull_request_reviews WHERE repository_id = ? AND number = ?',
          )
          .pluck()
          .get(task.repositoryId, task.pullRequestNumber)
  const stored = json === undefined ? null : jsonIn(json)
  const list = (key: string) => (isRecord(stored) ? recordsIn(stored, key) : [])
  return { reviews: list('reviews'), threads: list('threads') }
}

export function recordsIn(value: Record<string, unknown>, key: string): Record<string, unknown>[] {
  const list = value[key]
  return Array.isArray(list) ? list.filter(isRecord) : []
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null)

/** Reviews and threads, but those that were sent from here: the audit log has them. */
export function reviewEntries(connection: Sqlite.Database, task: TaskFacts): HistoryEntry[] {
  const { reviews, threads } = readReviews(connection, task)
  if (reviews.length + threads.length === 0) return []
  const sent = connection
    .prepare<[string], number>("SELECT at FROM audit_events WHERE task_id = ? AND kind = 'task.review.sent'")
    .pluck()
    .all(task.id)
  const isOurs = (at: number) => sent.some((one) => Math.abs(one - at) < SAME_MS)
  return [
    ...reviews.flatMap((review): HistoryEntry[] => {
      const { at, state } = review
      if (typeof at !== 'number' || state === 'pending' || isOurs(at)) return []
      const verdict = state === 'approved' || state === 'changes_requested'
      // A review that says nothing but its threads is told by them.
      if (!verdict && text(review['body']) === '') return []
      return [
        {
          key: `review ${text(review['id'])}`,
          at,
          who: 'github',
          sessionId: null,
          groups:
            state === 'changes_requested'
              ? ['pull_request', 'decisions', 'problems']
              : verdict
                ? ['pull_request', 'decisions']
                : ['pull_request'],
          place: { type: 'url', url: text(review['url']) },
          recorded: null,
          eventId: null,
          what: {
            type: 'review',
            author: textOrNull(review['author']),
            state: text(state),
            body: text(review['body']).slice(0, BODY),
          },
        },
      ]
    }),
    ...threads.flatMap((thread): HistoryEntry[] => {
      const comments = recordsIn(thread, 'comments')
      const [first] = comments
      const at = first?.['createdAt']
      if (first === undefined || typeof at !== 'number' || first['pending'] === true || isOurs(at)) return []
      const { line, commentsTotal } = thread
      return [
        {
          key: `thread ${text(thread['id'])}`,
          at,
          who: 'github',
          sessionId: null,
          groups: ['pull_request'],
          place: { type: 'url', url: text(first['url']) },
          recorded: null,
          eventId: null,
          what: {
            type: 'thread',
            author: textOrNull(first['author']),
            path: text(thread['path']),
            line: typeof line === 'number' ? line : null,
            body: text(first['body']).slice(0, BODY),
            resolved: thread['resolved'] === true,
            comments: typeof commentsTotal === 'number' ? commentsTotal : comments.length,
          },
        },
      ]
    }),
  ]
}
