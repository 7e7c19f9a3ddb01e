import type { ErrorValue } from '@shared/errors'
import type { DeletionPlan, Named } from '@shared/lifecycle'
import { useEffect, useRef, useState } from 'react'
import { call } from '../../client/call'
import { Button } from '../../ui/button'
import { Dialog } from '../../ui/dialog'
import { ErrorNotice, Notice } from '../../ui/notice'
import { Waiting } from '../../ui/progress'
import { bytesText } from '../../ui/time'
import { showToast } from '../../ui/toast'
import { counted } from '../sync/sync-text'
import { closeQuestion, leaveDeleted, type NamedTask, useQuestions } from './lifecycle-actions'
import { allWork, deleteLabel, historyText, workText } from './lifecycle-text'

/** What is lost with tasks, before they are deleted. */
export function DeleteQuestion() {
  const tasks = useQuestions((state) => state.deleting)
  return tasks === null ? null : <Question key={tasks.map(({ id }) => id).join()} tasks={tasks} />
}

function Question({ tasks }: { tasks: readonly NamedTask[] }) {
  const [plans, setPlans] = useState<readonly DeletionPlan[] | null>(null)
  const [error, setError] = useState<ErrorValue | null>(null)
  const [busy, setBusy] = useState(false)
  const cancel = useRef<HTMLButtonElement>(null)
  const [first] = tasks

  useEffect(() => {
    let current = true
    const read = async () => {
      const found: DeletionPlan[] = []
      for (const { id } of tasks) {
        const result = await call('task.deletionPlan', { taskId: id })
        if (!current) return
        if (!result.ok) return setError(result.error)
        found.push(result.value)
      }
      setPlans(found)
    }
    void read()
    return () => {
      current = false
    }
  }, [tasks])

  const remove = async () => {
    if (plans === null) return
    setBusy(true)
    for (const [index, task] of tasks.entries()) {
      // Only what this question listed is said yes to.
      const discard = plans[index]?.losesWork === true
      const result = await call('task.delete', { taskId: task.id, discard })
      if (!result.ok) {
        setBusy(false)
        return setError(result.error)
      }
    }
    closeQuestion()
    leaveDeleted(tasks)
    showToast(
      tasks.length === 1 ? `"${first?.title ?? ''}" is deleted` : `${tasks.length} tasks are deleted`,
      'What it takes to clean up goes on by itself.',
    )
  }

  const loses = plans?.some((plan) => plan.losesWork) === true
  return (
    <Dialog
      open
      onClose={closeQuestion}
      title={tasks.length === 1 ? `Delete "${first?.title ?? ''}"` : `Delete ${tasks.length} tasks`}
      initialFocus={cancel}
      footer={
        <>
          <Button ref={cancel} tone="quiet" onClick={closeQuestion}>
            Cancel
          </Button>
          <Button
            tone="danger"
            busy={busy}
            reason={plans === null && error === null ? 'What would be lost is still looked for' : null}
            disabled={plans === null}
            onClick={() => void remove()}
          >
            {deleteLabel(plans ?? [])}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-12">
        {plans === null && error === null && <Waiting>Looking for what would be lost</Waiting>}
        {plans !== null && <Losses plans={plans} loses={loses} />}
        {error !== null && <ErrorNotice error={error} />}
      </div>
    </Dialog>
  )
}

function Losses({ plans, loses }: { plans: readonly DeletionPlan[]; loses: boolean }) {
  const work = allWork(plans)
  const lost = workText(work)
  const running = plans.reduce((sum, plan) => sum + plan.runningTurns, 0)
  const waiting = plans.reduce((sum, plan) => sum + plan.queuedPrompts, 0)
  const bytes = plans.reduce((sum, plan) => sum + (plan.diskBytes ?? 0), 0)
  const packs = plans.flatMap(({ packBytes }) => packBytes ?? [])
  const open = plans.flatMap(({ openPullRequest }) => openPullRequest ?? [])
  const problems = plans.flatMap(({ problem }) => problem ?? [])
  return (
    <>
      {loses ? (
        <Notice tone="warning">
          {lost === null
            ? 'Something of it may be nowhere else.'
            : `This loses ${lost} for good: nothing else has it.`}
        </Notice>
      ) : (
        <p>All of its work is at origin or in its base.</p>
      )}
      <Names title="Unpushed commits" names={work.commits} />
      <Names title="Uncommitted files" names={work.files} code />
      <Names title="Stashes" names={work.stashes} />
      {problems.map((problem) => (
        <ErrorNotice key={problem.message} error={problem} />
      ))}
      <ul className="flex list-disc flex-col gap-4 ps-16 text-text-muted">
        {running > 0 && <li>{counted(running, 'turn that runs is', 'turns that run are')} ended.</li>}
        {waiting > 0 && (
          <li>{counted(waiting, 'prompt that waits is', 'prompts that wait are')} not sent.</li>
        )}
        <li>Its history goes too: {historyText(plans)}.</li>
        {packs.length > 0 && (
          <li>
            What is kept of {plans.length === 1 ? 'it' : 'them'} for offline reading goes too:{' '}
            {bytesText(packs.reduce((sum, one) => sum + one, 0))}.
          </li>
        )}
        {bytes > 0 && <li>{bytesText(bytes)} of the disk are free again.</li>}
        {open.map(({ number }) => (
          <li key={number}>
            Pull request #{number} stays open on GitHub, and in the list as a task nobody worked on here.
          </li>
        ))}
      </ul>
    </>
  )
}

function Names({ title, names, code = false }: { title: string; names: Named; code?: boolean }) {
  if (names.total === 0) return null
  const more = names.total - names.first.length
  return (
    <section aria-label={title}>
      <h3 className="mb-4 text-12 font-medium text-text-muted">
        {title} ({names.total})
      </h3>
      <ul
        data-selectable
        aria-label={title}
        className="max-h-output overflow-y-auto rounded-6 border border-line bg-surface-0 p-8"
      >
        {names.first.map((name, index) => (
          // Names may be alike: stashes and subjects often are.
          // oxlint-disable-next-line react/no-array-index-key
          <li key={index} className={code ? 'code-text break-all' : 'break-words'} dir="auto">
            {name}
          </li>
        ))}
        {more > 0 && <li className="text-text-faint">and {more} more</li>}
      </ul>
    </section>
  )
}
