import type { Job, TaskDetail, TaskSummary } from '@shared/domain'
import type { ErrorValue, Result } from '@shared/errors'
import type { PullRequest } from '@shared/github'
import type { PublishPlan, PullRequestStanding } from '@shared/publish'
import { CircleDot, Ellipsis, GitMerge, Pencil, RefreshCw, RotateCcw, X } from 'lucide-react'
import { useEffect, useState } from 'react'
import { call } from '../../client/call'
import { useCall } from '../../client/use-call'
import { Button, IconButton } from '../../ui/button'
import { CopyTextButton } from '../../ui/copy-button'
import { Menu, type MenuGroups } from '../../ui/menu'
import { ErrorNotice } from '../../ui/notice'
import { Waiting } from '../../ui/progress'
import { AgoTime } from '../../ui/time'
import { PullRequestDetail } from '../pull-requests/pull-request-detail'
import { Conversations } from '../reviews/conversations'
import { useReviews } from '../reviews/reviews-store'
import { CheckList } from './check-list'
import { EditForm } from './edit-form'
import { MergeBox } from './merge-box'
import { Overlaps } from './overlaps'
import { isLive, pushLabel } from './publish-text'
import { PushBox } from './push-box'
import { useStanding } from './use-publish-plan'

/** A task's pull request: what follows, how it stands, what can be done with it, and what it says. */
export function PublishedView({
  task,
  plan,
  job,
  repository,
  titled = true,
}: {
  task: TaskDetail
  /** Null while there is no checkout, or it was not looked at yet. */
  plan: PublishPlan | null
  job: Job | undefined
  repository: { name: string; fullName: string | undefined }
  titled?: boolean
}) {
  const { full, error } = useStored(task)
  const standing = useStanding(task)
  const changing = useCall<TaskSummary | Job>()
  const [editing, setEditing] = useState(false)
  if (full === null) {
    if (error === null) return <Waiting>Opening the pull request</Waiting>
    return (
      <div className="p-16">
        <ErrorNotice error={error} />
      </div>
    )
  }
  const told = standing.value
  const act = (start: () => Promise<Result<TaskSummary | Job>>) => void changing.run(start)
  const isOpen = full.state === 'open'
  const canPush = plan !== null && isOpen && task.status !== 'archived'
  const pushes = canPush && (pushLabel(plan) !== null || plan.git?.update != null)
  if (editing)
    return (
      <div className="p-16">
        <EditForm
          taskId={task.id}
          pullRequest={full}
          branches={plan?.git?.branches ?? []}
          onDone={() => setEditing(false)}
        />
      </div>
    )
  return (
    <PullRequestDetail
      summary={full}
      repositoryName={repository.name}
      fullName={repository.fullName}
      inTask
      titled={titled}
      tools={
        <>
          <CopyTextButton label="Copy link" text={() => full.url} />
          <Menu
            trigger={
              <IconButton label="Pull request actions">
                <Ellipsis className="size-16" />
              </IconButton>
            }
            groups={actionsFor({ task, full, told, plan, job, act, edit: () => setEditing(true) })}
          />
        </>
      }
    >
      {changing.error !== null && <ErrorNotice error={changing.error} />}
      {canPush && <PushBox task={task} plan={plan} job={job} />}
      {isOpen && full.isDraft && (
        <div>
          <Button
            tone={pushes ? 'plain' : 'accent'}
            busy={changing.busy}
            reason={told !== null && !told.mayUpdate ? 'This account may not change it' : null}
            onClick={() => act(() => call('task.setDraft', { taskId: task.id, draft: false }))}
          >
            Mark ready
          </Button>
        </div>
      )}
      {isOpen && <Overlaps task={task} />}
      {isOpen && told !== null && (
        <section aria-label="Standing" className="flex min-w-0 flex-col gap-12 border-t border-line pt-12">
          <CheckList task={task} standing={told} />
          {!full.isDraft && (
            <MergeBox
              key={told.head}
              task={task}
              standing={told}
              unpushed={pushes}
              next={!pushes && !isLive(job)}
            />
          )}
          <p className="text-11 text-text-faint">
            Asked of GitHub <AgoTime at={told.readAt} />
          </p>
        </section>
      )}
      {told === null && <KnownChecks task={task} />}
      {standing.error !== null && (
        <ErrorNotice
          error={standing.error}
          actions={
            <Button size="small" onClick={standing.reload}>
              Try again
            </Button>
          }
        />
      )}
      <Conversations task={task} inDiff={plan !== null} />
      {full.state === 'closed' && (
        <div>
          <Button
            tone="accent"
            busy={changing.busy}
            onClick={() => act(() => call('task.reopenPullRequest', { taskId: task.id }))}
          >
            Reopen
          </Button>
        </div>
      )}
    </PullRequestDetail>
  )
}

/** Checks as they were last read, where GitHub says nothing now. */
function KnownChecks({ task }: { task: TaskDetail }) {
  const { reviews } = useReviews(task)
  if (reviews === null || reviews.checks.length === 0) return null
  const checks = reviews.checks.map((check) => ({ ...check, id: null, required: false }))
  return (
    <section
      aria-label="Checks as they were last read"
      className="flex min-w-0 flex-col gap-12 border-t border-line pt-12"
    >
      <CheckList task={task} standing={{ ...reviews, checks, reviews: [] }} canHand={false} />
      <p className="text-11 text-text-faint">
        Read <AgoTime at={reviews.readAt} />
      </p>
    </section>
  )
}

function actionsFor({
  task,
  full,
  told,
  plan,
  job,
  act,
  edit,
}: {
  task: TaskDetail
  full: PullRequest
  told: PullRequestStanding | null
  plan: PublishPlan | null
  job: Job | undefined
  act: (start: () => Promise<Result<TaskSummary | Job>>) => void
  edit: () => void
}): MenuGroups {
  const taskId = task.id
  const icon = 'size-12'
  const isOpen = full.state === 'open'
  const denied = told !== null && !told.mayUpdate ? 'This account may not change it' : null
  const updates =
    plan?.git == null
      ? 'The task has no checkout yet'
      : isLive(job)
        ? 'It is being published or updated'
        : plan.git.update !== null
          ? 'A merge or rebase is not finished'
          : plan.git.uncommitted.total > 0
            ? 'There are uncommitted changes'
            : null
  const update = (method: 'merge' | 'rebase') =>
    act(() => call('task.updateFromBase', { taskId, method, from: 'base' }))
  return [
    [
      {
        label: 'Edit title and description',
        icon: <Pencil className={icon} />,
        reason: denied,
        onSelect: edit,
      },
    ],
    isOpen
      ? [
          {
            label: `Merge ${full.baseRef} into the branch`,
            icon: <GitMerge className={icon} />,
            reason: updates,
            onSelect: () => update('merge'),
          },
          {
            label: `Rebase the branch onto ${full.baseRef}`,
            icon: <RefreshCw className={icon} />,
            reason: updates,
            onSelect: () => update('rebase'),
          },
        ]
      : [],
    isOpen
      ? [
          {
            label: full.isDraft ? 'Mark ready' : 'Convert to draft',
            icon: <CircleDot className={icon} />,
            reason: denied,
            onSelect: () => act(() => call('task.setDraft', { taskId, draft: !full.isDraft })),
          },
          {
            label: 'Close pull request',
            icon: <X className={icon} />,
            tone: 'danger',
            hint: 'The branch stays, and the task is archived.',
            reason: denied,
            onSelect: () => act(() => call('task.closePullRequest', { taskId })),
          },
        ]
      : full.state === 'closed'
        ? [
            {
              label: 'Reopen pull request',
              icon: <RotateCcw className={icon} />,
              reason: denied,
              onSelect: () => act(() => call('task.reopenPullRequest', { taskId })),
            },
          ]
        : [],
  ]
}

/** The pull request as it is stored: there also offline, and read again when its task shows that it changed. */
function useStored(task: TaskDetail): { full: PullRequest | null; error: ErrorValue | null } {
  const [known, setKnown] = useState<{
    id: string
    full: PullRequest | null
    error: ErrorValue | null
  } | null>(null)
  const { repositoryId, pullRequest } = task
  const number = pullRequest?.number ?? 0
  const id = `${repositoryId}#${number}`
  useEffect(() => {
    let current = true
    void call('organization.pullRequest', { repositoryId, number }).then((result) => {
      if (!current) return
      setKnown((before) =>
        result.ok
          ? { id, full: result.value, error: null }
          : { id, full: before?.id === id ? before.full : null, error: result.error },
      )
    })
    return () => {
      current = false
    }
    // A new object with each change of the pull request.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [id, pullRequest])
  return known !== null && known.id === id ? known : { full: null, error: null }
}
