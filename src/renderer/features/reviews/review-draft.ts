import type { TaskId } from '@shared/ids'
import type { ReviewVerdict } from '@shared/reviews'
import { create } from 'zustand'
import { readStored, writeStored } from '../../client/storage'

/** A review that is being written, over a change of views and a restart. */
export interface ReviewDraft {
  readonly writing: boolean
  readonly verdict: ReviewVerdict
  readonly body: string
}

const none: ReviewDraft = { writing: false, verdict: 'comment', body: '' }
const useStore = create<{ byTask: Readonly<Record<string, ReviewDraft>> }>(() => ({ byTask: {} }))
const bodyKey = (taskId: TaskId): string => `review.${taskId}`

function draftOf(taskId: TaskId): ReviewDraft {
  const known = useStore.getState().byTask[taskId]
  if (known !== undefined) return known
  const body = readStored(bodyKey(taskId), (value) => (typeof value === 'string' ? value : null))
  return body === null ? none : { ...none, body }
}

/** The text outlives the window; that it was open, and for what, does not. */
export function changeReviewDraft(taskId: TaskId, change: Partial<ReviewDraft>): void {
  const next = { ...draftOf(taskId), ...change }
  useStore.setState(({ byTask }) => ({ byTask: { ...byTask, [taskId]: next } }))
  if (change.body !== undefined) writeStored(bodyKey(taskId), next.body === '' ? null : next.body)
}

/** Adds to what is written, and opens it. Returns what takes that back. */
export function addToReviewDraft(taskId: TaskId, text: string): () => void {
  const before = draftOf(taskId)
  const body = before.body.trim() === '' ? text : `${before.body.trimEnd()}\n\n${text}`
  changeReviewDraft(taskId, { writing: true, body })
  return () => changeReviewDraft(taskId, before)
}

export function useReviewDraft(taskId: TaskId): ReviewDraft {
  const known = useStore(({ byTask }) => byTask[taskId])
  return known ?? draftOf(taskId)
}
