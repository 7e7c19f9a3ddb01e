import type { Job, Settings } from '@shared/domain'
import { policyRemoves, type RetentionPolicy } from '@shared/keeping-policy'
import type { ClockDoubt, RetentionPart as Going, RetentionPreview } from '@shared/retention'
import type { ErrorValue } from '@shared/errors'
import { useEffect, useState } from 'react'
import { useSettings } from '../../app/app-state'
import { call } from '../../client/call'
import { useEntities } from '../../client/topics'
import { useCall } from '../../client/use-call'
import { Button } from '../../ui/button'
import { ErrorNotice, Notice } from '../../ui/notice'
import { NumberField } from '../../ui/number-field'
import { bytesText, dateText } from '../../ui/time'
import { showToast } from '../../ui/toast'
import { isLive, latestJob } from '../publish/publish-text'
import { Part } from '../settings/part'
import { counted } from '../sync/sync-text'

/** What goes by itself after some time. Nothing does before a person has seen what. */
export function RetentionPart() {
  const settings = useSettings()
  return settings === undefined ? null : (
    <Loaded key={JSON.stringify(settings.retention)} current={settings.retention} />
  )
}

function Loaded({ current }: { current: Settings['retention'] }) {
  const [policy, setPolicy] = useState<RetentionPolicy>(current)
  const [preview, setPreview] = useState<{ of: RetentionPolicy; found: RetentionPreview } | null>(null)
  const looking = useCall<RetentionPreview>()
  const applying = useCall<Job | null>()
  const jobs = useEntities('app', null, 'job')
  const job = latestJob(jobs, ['app.retention'])
  const { held, error: heldError } = useHeld(job?.state)
  const changed = JSON.stringify(policy) !== JSON.stringify(current)
  const set = (change: Partial<RetentionPolicy>) => {
    setPolicy({ ...policy, ...change })
    setPreview(null)
  }
  const look = async () => {
    const found = await looking.run(() => call('retention.preview', policy))
    if (found !== null) setPreview({ of: policy, found })
  }
  const apply = async (clockIsRight: boolean) => {
    const done = await applying.run(async () => {
      const result = await call('retention.apply', { policy, clockIsRight })
      return result
    })
    if (done === null && policyRemoves(policy)) return
    setPreview(null)
    if (!policyRemoves(policy)) showToast('Nothing is removed by itself any more')
  }
  return (
    <Part title="Remove after some time">
      <p className="text-text-muted">
        Nothing goes by itself unless you say so here. Prompts, messages, the steps of agents and diffs always
        stay. 0 keeps everything.
      </p>
      <NumberField
        label="The rest of long output of tools, after days"
        hint="What the transcript shows of it stays, and says when the rest was removed."
        value={policy.outputDays}
        min={0}
        max={3650}
        onCommit={(outputDays) => set({ outputDays })}
      />
      <NumberField
        label="Pictures and files that went with prompts, after days"
        value={policy.attachmentDays}
        min={0}
        max={3650}
        onCommit={(attachmentDays) => set({ attachmentDays })}
      />
      <NumberField
        label="What is kept of archived tasks for offline reading, after days"
        value={policy.packDays}
        min={0}
        max={3650}
        onCommit={(packDays) => set({ packDays })}
      />
      <div className="flex flex-wrap items-center gap-8">
        {policyRemoves(policy) ? (
          <Button busy={looking.busy} onClick={() => void look()}>
            Show what would go
          </Button>
        ) : (
          changed && (
            <Button busy={applying.busy} onClick={() => void apply(false)}>
              Keep everything
            </Button>
          )
        )}
        <span className="text-12 text-text-muted">
          {changed
            ? 'Not in force yet.'
            : policyRemoves(current)
              ? held !== null
                ? 'In force, but it waits.'
                : heldError !== null
                  ? 'In force.'
                  : 'In force: looked at daily while Foundry runs.'
              : 'Everything is kept.'}
        </span>
      </div>
      {held !== null && preview === null && (
        <Notice tone="warning">
          Nothing goes by itself now. {clockText(held)} Set the clock right and it goes on; if it is right,
          look at what would go and say so.
        </Notice>
      )}
      {heldError !== null && <ErrorNotice error={heldError} />}
      {looking.error !== null && <ErrorNotice error={looking.error} />}
      {applying.error !== null && <ErrorNotice error={applying.error} />}
      {job !== undefined && <Run job={job} />}
      {preview !== null && (
        <Preview
          preview={preview.found}
          busy={applying.busy || isLive(job)}
          onApply={() => void apply(preview.found.clock !== null)}
        />
      )}
    </Part>
  )
}

/** Why nothing goes by itself; read again with each run. */
function useHeld(run: Job['state'] | undefined): { held: ClockDoubt | null; error: ErrorValue | null } {
  const [known, setKnown] = useState<{ held: ClockDoubt | null; error: ErrorValue | null }>({
    held: null,
    error: null,
  })
  useEffect(() => {
    let current = true
    void call('retention.held').then((result) => {
      if (!current) return
      setKnown(result.ok ? { held: result.value, error: null } : { held: null, error: result.error })
    })
    return () => {
      current = false
    }
    // oxlint-disable-next-line react/exhaustive-effect-dependencies
  }, [run])
  return known
}

const clockText = ({ now, known }: ClockDoubt): string =>
  `The clock of this computer says ${dateText(now)}, but the newest time that is known here otherwise is ${dateText(known)}.`

function Run({ job }: { job: Job }) {
  if (isLive(job))
    return (
      <div className="flex items-center gap-8">
        <output className="min-w-0 flex-1 break-words">{job.stage ?? 'Waits for its turn'}</output>
        <Button size="small" onClick={() => void call('job.cancel', { jobId: job.id })}>
          Cancel
        </Button>
      </div>
    )
  if (job.error !== null && job.state === 'failed') return <ErrorNotice error={job.error} />
  return (
    <output className="text-12 text-text-muted">
      {job.state === 'succeeded'
        ? 'What the policy says is removed. The activity has an entry of it.'
        : 'It was stopped. What was removed until then is gone; the rest goes with the next run.'}
    </output>
  )
}

function Preview({
  preview,
  busy,
  onApply,
}: {
  preview: RetentionPreview
  busy: boolean
  onApply: () => void
}) {
  const { output, attachments, packs, tasks, taskCount, clock } = preview
  const count = output.count + attachments.count + packs.count
  const bytes = output.bytes + attachments.bytes + packs.bytes
  const remove = count > 0 ? `Remove ${counted(count, 'thing', 'things')} now and daily` : 'Remove daily'
  return (
    <section aria-label="What would go" className="flex flex-col gap-8">
      <p className="text-12 text-text-muted">As of {dateText(preview.now)}, by the clock of this computer.</p>
      <table className="w-full text-start text-12">
        <thead>
          <tr className="text-text-muted">
            <th scope="col" className="py-4 text-start font-medium">
              What
            </th>
            <th scope="col" className="py-4 text-end font-medium">
              How many
            </th>
            <th scope="col" className="py-4 text-end font-medium">
              Size
            </th>
            <th scope="col" className="py-4 text-end font-medium">
              Oldest
            </th>
          </tr>
        </thead>
        <tbody>
          <Row label="Rest of output of tools" part={output} />
          <Row label="Pictures and files of prompts" part={attachments} />
          <Row label="Packs of archived tasks" part={packs} />
        </tbody>
      </table>
      {tasks.length > 0 && (
        <ul
          aria-label="Tasks it is of"
          // What scrolls has to be reachable, though nothing in it can be pressed.
          // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
          tabIndex={0}
          className="max-h-output overflow-y-auto rounded-6 border border-line"
        >
          {tasks.map((task) => (
            <li key={task.taskId} className="flex gap-12 border-b border-line p-8 text-12 last:border-b-0">
              <span className="min-w-0 flex-1 truncate" title={task.title} dir="auto">
                {task.title}
              </span>
              <span className="shrink-0 text-text-muted">
                {counted(task.count, 'thing', 'things')}, {bytesText(task.bytes)}
              </span>
            </li>
          ))}
          {taskCount > tasks.length && (
            <li className="p-8 text-12 text-text-faint">and {taskCount - tasks.length} more tasks</li>
          )}
        </ul>
      )}
      <Notice
        tone={count > 0 || clock !== null ? 'warning' : 'info'}
        actions={
          <Button size="small" tone={count > 0 ? 'danger' : 'accent'} busy={busy} onClick={onApply}>
            {clock === null ? remove : `The clock is right: ${remove.toLowerCase()}`}
          </Button>
        }
      >
        {clock !== null &&
          `${clockText(clock)} If the clock is wrong, more goes than you mean: set it right first. `}
        {count > 0
          ? `${bytesText(bytes)} go for good, after a backup was made. `
          : 'Nothing is old enough now. From now on that is looked at daily. '}
        The database file ({bytesText(preview.fileBytes)}, {bytesText(preview.freeBytes)} of it free) does not
        get smaller: its room is used again for what comes.
      </Notice>
    </section>
  )
}

function Row({ label, part }: { label: string; part: Going }) {
  return (
    <tr className="border-t border-line">
      <th scope="row" className="py-4 text-start font-normal">
        {label}
      </th>
      <td className="py-4 text-end">{part.count}</td>
      <td className="py-4 text-end">{bytesText(part.bytes)}</td>
      <td className="py-4 text-end">{part.oldest === null ? 'none' : dateText(part.oldest)}</td>
    </tr>
  )
}
