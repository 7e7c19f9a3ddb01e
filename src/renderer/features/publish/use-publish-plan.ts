import type { TaskDetail } from '@shared/domain'
import type { ErrorValue, Result } from '@shared/errors'
import type { PublishChoices, PublishPlan, PullRequestStanding } from '@shared/publish'
import { useCallback, useEffect, useState } from 'react'
import { call } from '../../client/call'
import { useEntities, useEntity } from '../../client/topics'
import { latestJob } from './publish-text'

/** What was read last, and why it could not be read again. */
export interface Read<Value> {
  readonly value: Value | null
  readonly error: ErrorValue | null
  readonly reload: () => void
}

/** Reads again whenever `version` is another one; what was read before stays until then. */
function useRead<Value>(
  taskId: string,
  version: string,
  wanted: boolean,
  read: () => Promise<Result<Value>>,
): Read<Value> {
  const [known, setKnown] = useState<{ taskId: string; value: Value | null; error: ErrorValue | null }>({
    taskId,
    value: null,
    error: null,
  })
  const [asked, setAsked] = useState(0)
  useEffect(() => {
    if (!wanted) return undefined
    let current = true
    void read().then((result) => {
      if (!current) return
      setKnown((before) => ({
        taskId,
        value: result.ok ? result.value : before.taskId === taskId ? before.value : null,
        error: result.ok ? null : result.error,
      }))
    })
    return () => {
      current = false
    }
    // `read` is another function with each render and asks for the same.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [taskId, version, wanted, asked])
  const reload = useCallback(() => setAsked((count) => count + 1), [])
  const isOwn = known.taskId === taskId
  return { value: isOwn ? known.value : null, error: isOwn ? known.error : null, reload }
}

/** What is known here about publishing the task: read again when git, its jobs or its pull request say otherwise. */
export function usePublishPlan(task: TaskDetail): Read<PublishPlan> {
  const git = useEntity('task', task.id, 'git', 'git')
  const jobs = useEntities('task', task.id, 'job')
  const job = latestJob(jobs, ['task.publish', 'task.update'])
  const { pullRequest, sandbox, status, branch, title, baseBranch } = task
  const version = [
    git?.refreshedAt,
    job?.id,
    job?.state,
    pullRequest?.number,
    pullRequest?.state,
    sandbox === null || sandbox.state === 'preparing',
    status === 'archived',
    branch,
    title,
    baseBranch,
  ].join(' ')
  return useRead(task.id, version, true, () => call('task.publishPlan', { taskId: task.id }))
}

/** What GitHub offers to choose from; asked for once the form is on screen. */
export function usePublishChoices(taskId: TaskDetail['id'], wanted: boolean): Read<PublishChoices> {
  return useRead(taskId, '', wanted, () => call('task.publishChoices', { taskId }))
}

/** How the pull request stands at GitHub: read again when what is known of it changes. */
export function useStanding(task: TaskDetail): Read<PullRequestStanding> {
  const { pullRequest } = task
  const version = [
    pullRequest?.number,
    pullRequest?.updatedAt,
    pullRequest?.state,
    pullRequest?.isDraft,
    pullRequest?.checks,
    pullRequest?.mergeable,
    pullRequest?.reviewDecision,
  ].join(' ')
  return useRead(task.id, version, pullRequest !== null, () =>
    call('task.pullRequestStanding', { taskId: task.id }),
  )
}
