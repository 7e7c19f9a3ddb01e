import type { ErrorValue } from '@shared/errors'
import type { Prunable } from '@shared/lifecycle'
import { useEffect, useState } from 'react'
import { call } from '../../client/call'
import { useCall } from '../../client/use-call'
import { Button } from '../../ui/button'
import { Dialog } from '../../ui/dialog'
import { ErrorNotice } from '../../ui/notice'
import { Waiting } from '../../ui/progress'
import { bytesText } from '../../ui/time'
import { showToast } from '../../ui/toast'
import { counted } from '../sync/sync-text'
import { closeQuestion, useQuestions } from './lifecycle-actions'
import { workText } from './lifecycle-text'

/** Which checkouts would go, and what is in them: nothing does before a person has seen that. */
export function PruneQuestion() {
  const organizationId = useQuestions((state) => state.pruning)
  return organizationId === null ? null : <Question key={organizationId} organizationId={organizationId} />
}

interface Plan {
  tasks: Prunable[]
  total: number
}

function Question({ organizationId }: { organizationId: string }) {
  const [plan, setPlan] = useState<Plan | null>(null)
  const [error, setError] = useState<ErrorValue | null>(null)
  const [kept, setKept] = useState<ReadonlySet<string>>(new Set())
  const pruning = useCall()

  useEffect(() => {
    let current = true
    void call('task.prunePlan', { organizationId: organizationId as `org_${string}` }).then((result) => {
      if (!current) return
      if (result.ok) setPlan(result.value)
      else setError(result.error)
    })
    return () => {
      current = false
    }
  }, [organizationId])

  const chosen = plan?.tasks.filter(({ taskId }) => !kept.has(taskId)) ?? []
  const bytes = chosen.reduce((sum, { diskBytes }) => sum + (diskBytes ?? 0), 0)
  const toggle = (taskId: string) => {
    const next = new Set(kept)
    if (!next.delete(taskId)) next.add(taskId)
    setKept(next)
  }
  const prune = async () => {
    const done = await pruning.run(async () => {
      const result = await call('task.prune', { taskIds: chosen.map(({ taskId }) => taskId) })
      return result.ok ? { ok: true, value: undefined } : result
    })
    if (done === null) return
    closeQuestion()
    showToast(
      `${counted(chosen.length, 'checkout is', 'checkouts are')} being removed`,
      'The history stays, and what is not pushed is kept in the store of the repository.',
    )
  }

  return (
    <Dialog
      open
      onClose={closeQuestion}
      title="Free disk space"
      size="wide"
      description="Checkouts of tasks that are archived, or whose pull request was merged or closed. Their history stays."
      footer={
        <>
          <Button tone="quiet" onClick={closeQuestion}>
            Cancel
          </Button>
          <Button
            tone="accent"
            busy={pruning.busy}
            disabled={plan === null}
            reason={plan !== null && chosen.length === 0 ? 'No checkout is chosen' : null}
            onClick={() => void prune()}
          >
            {chosen.length === 0
              ? 'Remove checkouts'
              : `Remove ${counted(chosen.length, 'checkout', 'checkouts')}${bytes > 0 ? ` (${bytesText(bytes)})` : ''}`}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-12">
        {plan === null && error === null && <Waiting>Looking into the checkouts</Waiting>}
        {plan !== null && plan.tasks.length === 0 && (
          <p className="py-16 text-text-muted">
            No archived task has a checkout, and none whose pull request has ended. There is nothing to free.
          </p>
        )}
        {plan !== null && plan.tasks.length > 0 && (
          <ul aria-label="Checkouts" className="flex flex-col rounded-6 border border-line">
            {plan.tasks.map((task) => (
              <Row
                key={task.taskId}
                task={task}
                chosen={!kept.has(task.taskId)}
                onToggle={() => toggle(task.taskId)}
              />
            ))}
          </ul>
        )}
        {plan !== null && plan.total > plan.tasks.length && (
          <p className="text-12 text-text-faint">
            These are the {plan.tasks.length} largest of {plan.total}.
          </p>
        )}
        {error !== null && <ErrorNotice error={error} />}
        {pruning.error !== null && <ErrorNotice error={pruning.error} />}
      </div>
    </Dialog>
  )
}

function Row({ task, chosen, onToggle }: { task: Prunable; chosen: boolean; onToggle: () => void }) {
  const work = workText(task.work)
  return (
    <li className="border-b border-line last:border-b-0">
      <label className="flex items-start gap-12 p-8 hover:bg-surface-2">
        <input
          type="checkbox"
          aria-label={`Remove the checkout of ${task.title}`}
          checked={chosen}
          onChange={onToggle}
          className="mt-2 size-16 shrink-0 accent-accent"
        />
        <span className="min-w-0 flex-1">
          <span className="block break-words" dir="auto">
            {task.title}
          </span>
          <span className="block text-12 break-words text-text-muted">
            {task.repository} · {task.branch} · {stateText(task)}
          </span>
          {work !== null && (
            <span className="block text-12 break-words text-warning">
              {work}: kept in the store of the repository
            </span>
          )}
          {task.problem !== null && (
            <span className="block text-12 break-words text-danger">{task.problem.message}</span>
          )}
        </span>
        <span className="shrink-0 text-12 text-text-muted">
          {task.diskBytes === null ? 'not measured' : bytesText(task.diskBytes)}
        </span>
      </label>
    </li>
  )
}

function stateText({ isArchived, pullRequest }: Prunable): string {
  const archived = isArchived ? 'archived' : 'is archived with it'
  return pullRequest === null || pullRequest.state === 'open'
    ? archived
    : `#${pullRequest.number} ${pullRequest.state}, ${archived}`
}
