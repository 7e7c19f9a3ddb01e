import type { Job, TaskDetail } from '@shared/domain'
import type { PublishPlan } from '@shared/publish'
import { useState } from 'react'
import { call } from '../../client/call'
import { useCall } from '../../client/use-call'
import { Button } from '../../ui/button'
import { ErrorNotice, Notice } from '../../ui/notice'
import { CommitFields, useIdentity } from './commit-fields'
import { JobProgress } from './job-progress'
import { countOf, isLive, pushLabel } from './publish-text'
import { UpdateNotice } from './update-notice'

/** What was done since the last push, and the one step that brings it to the pull request. */
export function PushBox({ task, plan, job }: { task: TaskDetail; plan: PublishPlan; job: Job | undefined }) {
  const { git } = plan
  const [message, setMessage] = useState<string | null>(null)
  const starting = useCall<Job>()
  const identity = useIdentity(job?.error?.kind === 'git_identity')
  const live = isLive(job)
  const label = pushLabel(plan)
  const text = message ?? plan.commitMessage
  const commits = (git?.uncommitted.total ?? 0) > 0
  const push = () => {
    if (live || label === null) return
    void starting.run(() =>
      call('task.push', {
        taskId: task.id,
        commitMessage: commits ? text : null,
        ...(identity.given === undefined ? {} : { identity: identity.given }),
        head: git?.head ?? null,
      }),
    )
  }
  const behind = git?.upstream?.behind ?? 0
  const update = (method: 'merge' | 'rebase') =>
    void starting.run(() => call('task.updateFromBase', { taskId: task.id, method, from: 'upstream' }))
  const isAhead = job?.state === 'failed' && job.kind === 'task.publish' && job.error?.kind === 'conflict'
  const quiet =
    label === null &&
    git?.update == null &&
    behind === 0 &&
    plan.problem === null &&
    starting.error === null &&
    (job === undefined || job.state === 'succeeded')
  if (quiet) return null
  return (
    <section aria-label="Push" className="flex min-w-0 flex-col gap-8">
      {git?.update != null && !live && <UpdateNotice task={task} base={plan.base} update={git.update} />}
      {job !== undefined && (git?.update == null || live) && (
        <JobProgress
          job={job}
          actions={
            isAhead && (
              <>
                <Button size="small" busy={starting.busy} onClick={() => update('merge')}>
                  Merge what is there
                </Button>
                <Button size="small" busy={starting.busy} onClick={() => update('rebase')}>
                  Rebase onto it
                </Button>
              </>
            )
          }
        />
      )}
      {behind > 0 && git?.rebased !== true && !isAhead && !live && (
        <Notice
          tone="warning"
          actions={
            <Button size="small" busy={starting.busy} onClick={() => update('merge')}>
              Merge them
            </Button>
          }
        >
          The branch at GitHub has {countOf(behind, 'commit')} that {behind === 1 ? 'is' : 'are'} not here.
        </Notice>
      )}
      {plan.problem !== null && <ErrorNotice error={plan.problem} />}
      {label !== null && !live && git?.update == null && (
        <form
          aria-label="Push what follows"
          className="flex min-w-0 flex-col gap-8"
          onSubmit={(event) => {
            event.preventDefault()
            push()
          }}
        >
          {commits && git !== null && (
            <CommitFields
              uncommitted={git.uncommitted}
              message={text}
              onChange={setMessage}
              onSubmit={push}
            />
          )}
          {identity.fields}
          <Button
            tone="accent"
            wide
            type="submit"
            busy={starting.busy}
            reason={
              plan.obstacle?.message ??
              (commits && text.trim() === '' ? 'The commit needs a message' : null) ??
              (identity.missing ? 'Git does not know who commits' : null)
            }
          >
            {label}
          </Button>
          {git?.rebased === true && (
            <p className="text-12 text-text-faint">
              Replaces the commits at GitHub that were rebased here, and only if nobody has pushed since.
            </p>
          )}
        </form>
      )}
      {plan.obstacle !== null && label !== null && <ErrorNotice error={plan.obstacle} />}
      {starting.error !== null && <ErrorNotice error={starting.error} />}
    </section>
  )
}
