import type { TaskDetail } from '@shared/domain'
import type { ErrorValue } from '@shared/errors'
import type { TaskId } from '@shared/ids'
import type { PullRequestReviews } from '@shared/reviews'
import { useCallback, useEffect, useRef } from 'react'
import { create } from 'zustand'
import { call } from '../../client/call'
import { useEntities } from '../../client/topics'

/** What was said about the pull request of a task, as this window knows it. */
export interface KnownReviews {
  readonly reviews: PullRequestReviews | null
  readonly error: ErrorValue | null
  readonly busy: boolean
}

const nothing: KnownReviews = { reviews: null, error: null, busy: false }
const useStore = create<{ byTask: Readonly<Record<string, KnownReviews>> }>(() => ({ byTask: {} }))
/** The reading that is under way, by task: what came to be known since asks once more. */
const reading = new Map<TaskId, { again: boolean }>()
/** What was read is asked for again when somebody comes back to the window after so long. */
const staleMs = 30_000

function put(taskId: TaskId, change: Partial<KnownReviews>): void {
  useStore.setState(({ byTask }) => ({
    byTask: { ...byTask, [taskId]: { ...nothing, ...byTask[taskId], ...change } },
  }))
}

/** Asks GitHub; what is kept is shown meanwhile. */
async function refreshReviews(taskId: TaskId): Promise<void> {
  const underWay = reading.get(taskId)
  if (underWay !== undefined) {
    underWay.again = true
    return
  }
  const run = { again: false }
  reading.set(taskId, run)
  put(taskId, { busy: true })
  if (useStore.getState().byTask[taskId]?.reviews == null) {
    const kept = await call('task.reviews', { taskId, refresh: false })
    if (kept.ok && kept.value.reviews !== null) put(taskId, { reviews: kept.value.reviews })
  }
  do {
    run.again = false
    // One after the other: the last one knows all.
    const read = await call('task.reviews', { taskId, refresh: true })
    put(taskId, read.ok ? read.value : { error: read.error })
  } while (run.again)
  reading.delete(taskId)
  put(taskId, { busy: false })
}

/** What is kept after a change that main has read back already. */
export async function rereadReviews(taskId: TaskId): Promise<void> {
  const kept = await call('task.reviews', { taskId, refresh: false })
  if (kept.ok) put(taskId, { reviews: kept.value.reviews })
}

/** Read while somebody looks: at first, when its pull request shows that it changed, and when they come back. */
export function useReviews(task: TaskDetail): KnownReviews & { refresh: () => void } {
  const taskId = task.id
  const { pullRequest } = task
  const known = useStore(({ byTask }) => byTask[taskId]) ?? nothing
  const jobs = useEntities('task', taskId, 'job')
  const sent = [...jobs.values()].filter(
    (job) => job.kind === 'task.review' && job.state === 'succeeded',
  ).length
  const has = pullRequest !== null
  const version = [
    pullRequest?.number,
    pullRequest?.updatedAt,
    pullRequest?.state,
    pullRequest?.checks,
    pullRequest?.reviewDecision,
    sent,
  ].join(' ')
  const refresh = useCallback(() => void refreshReviews(taskId), [taskId])
  useEffect(() => {
    if (has) refresh()
    // Another version asks again.
    // oxlint-disable-next-line react/exhaustive-effect-dependencies
  }, [has, refresh, version])
  // Main reads a thread back before a reply to it is at GitHub, and no more of ours.
  const replies = [...useEntities('task', taskId, 'outgoingReply').keys()].join(' ')
  const repliesBefore = useRef(replies)
  useEffect(() => {
    if (repliesBefore.current === replies) return
    repliesBefore.current = replies
    void rereadReviews(taskId)
  }, [replies, taskId])
  useEffect(() => {
    if (!has) return undefined
    const onFocus = () => {
      const readAt = useStore.getState().byTask[taskId]?.reviews?.readAt ?? 0
      if (Date.now() - readAt > staleMs) refresh()
    }
    window.addEventListener('focus', onFocus)
    return () => window.removeEventListener('focus', onFocus)
  }, [has, refresh, taskId])
  return { ...known, refresh }
}
