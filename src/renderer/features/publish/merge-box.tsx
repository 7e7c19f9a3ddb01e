import type { TaskDetail, TaskSummary } from '@shared/domain'
import type { MergeMethod, PullRequestStanding } from '@shared/publish'
import { useEffect, useRef, useState } from 'react'
import { call } from '../../client/call'
import { useCall } from '../../client/use-call'
import { Button } from '../../ui/button'
import { RadioChoice, Switch } from '../../ui/field'
import { ErrorNotice } from '../../ui/notice'
import { showToast } from '../../ui/toast'
import { useEscape } from '../task/use-escape'
import { mergeMethodWords } from './publish-text'

/** Whether it can be merged, why not, and the step in which a person says how. */
export function MergeBox({
  task,
  standing,
  unpushed,
  next,
}: {
  task: TaskDetail
  standing: PullRequestStanding
  /** There is work here that is not part of what would be merged. */
  unpushed: boolean
  /** Merging is the one thing to do next. */
  next: boolean
}) {
  const [asking, setAsking] = useState(false)
  const { obstacles, warnings } = standing
  const can = obstacles.length === 0
  return (
    <section aria-label="Merging" className="flex min-w-0 flex-col gap-8">
      {!can && (
        <ul className="flex flex-col gap-4 text-12 text-text-muted" data-selectable>
          {obstacles.map((text) => (
            <li key={text} className="break-words">
              {text}
            </li>
          ))}
        </ul>
      )}
      {warnings.map((text) => (
        <p key={text} className="text-12 break-words text-warning">
          {text}
        </p>
      ))}
      {can && !asking && (
        <div>
          <Button tone={next ? 'accent' : 'plain'} onClick={() => setAsking(true)}>
            Merge
          </Button>
        </div>
      )}
      {can && asking && (
        <MergeForm task={task} standing={standing} unpushed={unpushed} onBack={() => setAsking(false)} />
      )}
    </section>
  )
}

function MergeForm({
  task,
  standing,
  unpushed,
  onBack,
}: {
  task: TaskDetail
  standing: PullRequestStanding
  unpushed: boolean
  onBack: () => void
}) {
  const [method, setMethod] = useState<MergeMethod>(standing.defaultMethod ?? 'merge')
  const [deletes, setDeletes] = useState(true)
  const merging = useCall<TaskSummary>()
  const form = useRef<HTMLFormElement>(null)
  useEscape(form, onBack)
  // Whoever came here by keyboard goes on from here.
  useEffect(() => form.current?.querySelector<HTMLElement>('input')?.focus(), [])
  const mayDelete = standing.mayDeleteBranch && !standing.deletesBranch
  const merge = async () => {
    const merged = await merging.run(() =>
      call('task.merge', {
        taskId: task.id,
        method,
        deleteBranch: mayDelete && deletes,
        head: standing.head,
      }),
    )
    if (merged !== null) showToast(`#${standing.number} is merged`, `into ${standing.base}`)
  }
  return (
    <form
      ref={form}
      aria-label={`Merge #${standing.number}`}
      className="flex min-w-0 flex-col gap-12 rounded-6 border border-line p-12"
      onSubmit={(event) => {
        event.preventDefault()
        void merge()
      }}
    >
      <p className="break-words">
        Merges #{standing.number} into <code className="code-text break-all">{standing.base}</code> at{' '}
        <code className="code-text">{standing.head.slice(0, 8)}</code>. The task is archived then.
      </p>
      {unpushed && (
        <p className="text-12 break-words text-warning">
          What is not pushed yet is not part of it, and stays in the checkout.
        </p>
      )}
      <RadioChoice
        label="How to merge"
        value={method}
        choices={standing.methods.map((one) => ({
          value: one,
          label: mergeMethodWords[one].verb,
          hint: mergeMethodWords[one].hint,
        }))}
        onChange={setMethod}
      />
      {mayDelete && (
        <Switch
          label="Delete the branch at GitHub"
          hint="The checkout of the task keeps it."
          checked={deletes}
          onChange={setDeletes}
        />
      )}
      {standing.deletesBranch && (
        <p className="text-12 text-text-faint">GitHub deletes the branch of this repository by itself.</p>
      )}
      {merging.error !== null && <ErrorNotice error={merging.error} />}
      <div className="flex flex-wrap gap-6">
        <Button tone="accent" type="submit" busy={merging.busy}>
          {mergeMethodWords[method].verb}
        </Button>
        <Button onClick={onBack}>Back</Button>
      </div>
    </form>
  )
}
