import type { TaskDetail } from '@shared/domain'
import { useEffect } from 'react'
import { Button } from '../../ui/button'
import { EmptyState, ErrorNotice } from '../../ui/notice'
import { Waiting } from '../../ui/progress'
import { useEntities, useEntity } from '../../client/topics'
import { readOnlyText } from '../lifecycle/lifecycle-actions'
import { forgetPublishDraft } from './publish-draft'
import { PublishForm } from './publish-form'
import { Overlaps } from './overlaps'
import { latestJob } from './publish-text'
import { PublishedView } from './published-view'
import { usePublishPlan } from './use-publish-plan'

/** The pull request of a task, or the form that publishes one. */
export function PullRequestPanel({ task, organizationId }: { task: TaskDetail; organizationId: string }) {
  const plan = usePublishPlan(task)
  const jobs = useEntities('task', task.id, 'job')
  const job = latestJob(jobs, ['task.publish', 'task.update'])
  const repository = useEntity('organization', organizationId, 'repository', task.repositoryId)
  const published = task.pullRequest !== null
  useEffect(() => {
    if (published) forgetPublishDraft(task.id)
  }, [published, task.id])
  const again = task.pullRequest?.state === 'closed' || task.pullRequest?.state === 'merged'
  return (
    <div className="h-full min-h-0 overflow-y-auto">
      {published ? (
        <PublishedView
          key={task.id}
          task={task}
          plan={plan.value}
          job={again ? undefined : job}
          repository={{
            name: repository?.name ?? '',
            fullName: repository?.github?.fullName,
          }}
        />
      ) : plan.value !== null ? (
        task.status === 'archived' ? (
          <EmptyState title="There is no pull request">
            The task is archived. {task.readOnly ? readOnlyText : 'Unarchive it to publish its branch.'}
          </EmptyState>
        ) : plan.value.git === null && plan.value.problem === null && plan.value.obstacle === null ? (
          <EmptyState title="Nothing to publish yet">
            The task has no checkout yet. Once it has, what is done in it can be published as a pull request.
          </EmptyState>
        ) : (
          <>
            {plan.value.problem !== null && (
              <div className="px-16 pt-16">
                <ErrorNotice error={plan.value.problem} actions={<Again onClick={plan.reload} />} />
              </div>
            )}
            <PublishForm key={task.id} task={task} plan={plan.value} job={job} />
            <div className="px-16 pb-16">
              <Overlaps task={task} />
            </div>
          </>
        )
      ) : plan.error !== null ? (
        <div className="p-16">
          <ErrorNotice error={plan.error} actions={<Again onClick={plan.reload} />} />
        </div>
      ) : (
        <Waiting>Looking at the branch</Waiting>
      )}
    </div>
  )
}

function Again({ onClick }: { onClick: () => void }) {
  return (
    <Button size="small" onClick={onClick}>
      Try again
    </Button>
  )
}
