import type { Job, TaskDetail } from '@shared/domain'
import type { Result } from '@shared/errors'
import { useEffect, useLayoutEffect, useRef, useState } from 'react'
import { call } from '../../client/call'
import { useCall } from '../../client/use-call'
import { Button } from '../../ui/button'
import { CopyTextButton } from '../../ui/copy-button'
import { TextField } from '../../ui/field'
import { Disclosure } from '../../ui/disclosure'
import { ErrorNotice } from '../../ui/notice'
import { Progress } from '../../ui/progress'
import { StatusGlyph } from '../../ui/status-glyph'
import { RunningTime } from '../../ui/time'
import { ScrolledPre } from '../../ui/scrolled-pre'

export function newestProvisioning(jobs: ReadonlyMap<string, Job>): Job | undefined {
  return [...jobs.values()]
    .filter((job) => job.kind === 'task.provision')
    .toSorted((a, b) => b.createdAt - a.createdAt)[0]
}

/** Its checkout is being made, or could not be made. */
export function isPreparing({ status }: TaskDetail, job: Job | undefined): boolean {
  const failed = job?.state === 'failed' || job?.state === 'cancelled'
  return status === 'provisioning' || (status === 'error' && failed)
}

/** How a task's checkout and sandbox come to be: the stage it is in, its log, and what to do when it fails. */
export function Provisioning({ task, job }: { task: TaskDetail; job: Job | undefined }) {
  const acting = useCall<unknown>()
  const failed = job?.state === 'failed' || job?.state === 'cancelled'
  const [branch, setBranch] = useState(task.branch)
  // A branch of that name came to be meanwhile: another one is the way out.
  const inTheWay = job?.error?.kind === 'conflict' && task.sandbox === null
  const name = branch.trim()
  const retry = (
    <Button
      size="small"
      tone="accent"
      busy={acting.busy}
      reason={inTheWay && name === '' ? 'The branch needs a name' : null}
      onClick={() =>
        void acting.run(() => call('task.retry', { taskId: task.id, ...(inTheWay ? { branch: name } : {}) }))
      }
    >
      Retry
    </Button>
  )
  return (
    <section
      aria-label="Preparing the task"
      className="mx-auto flex w-full max-w-column shrink-0 flex-col gap-8 p-16"
    >
      {failed ? (
        job.error !== null && job.state === 'failed' ? (
          <ErrorNotice error={job.error} actions={retry} />
        ) : (
          <div className="flex items-center gap-12 rounded-6 border border-line p-12">
            <span className="min-w-0 flex-1">
              Preparing the task was stopped. Nothing of yours was changed.
            </span>
            {retry}
          </div>
        )
      ) : (
        <div className="flex flex-col gap-8 rounded-6 border border-line bg-surface-1 p-12">
          <div className="flex items-center gap-8">
            <StatusGlyph status="provisioning" />
            <output className="min-w-0 flex-1 break-words">{job?.stage ?? 'Preparing the checkout'}</output>
            {job?.startedAt !== undefined && job.startedAt !== null && (
              <span className="text-12 text-text-faint">
                <RunningTime since={job.startedAt} />
              </span>
            )}
            {job !== undefined && (
              <Button
                size="small"
                busy={acting.busy}
                onClick={() => void acting.run(() => call('job.cancel', { jobId: job.id }))}
              >
                Cancel
              </Button>
            )}
          </div>
          {job !== undefined && <Progress label="Preparing the task" value={job.progress} />}
        </div>
      )}
      {failed && inTheWay && (
        <div className="w-full max-w-field">
          <TextField
            label="Branch"
            hint="Retry makes the task on this branch."
            value={branch}
            maxLength={250}
            onChange={(event) => setBranch(event.currentTarget.value)}
          />
        </div>
      )}
      {acting.error !== null && <ErrorNotice error={acting.error} />}
      {job !== undefined && <Disclosure label="Log">{() => <JobLog job={job} />}</Disclosure>}
      {task.prompt !== '' && (
        <Disclosure label="Your prompt is kept and is sent when the task is ready">
          {() => (
            <p
              className="max-h-output overflow-y-auto rounded-6 bg-surface-2 p-12 text-14 break-words whitespace-pre-wrap"
              dir="auto"
              data-selectable
            >
              {task.prompt}
            </p>
          )}
        </Disclosure>
      )}
    </section>
  )
}

/** So much of the end of a log is kept. */
const mostCharacters = 200_000

export function JobLog({ job }: { job: Job }) {
  const scroller = useRef<HTMLPreElement>(null)
  const follows = useRef(true)
  const [log, setLog] = useState<Result<{ text: string }> | null>(null)
  const { id, updatedAt } = job
  useEffect(() => {
    let current = true
    void call('job.log', { jobId: id }).then((result) => {
      if (current) setLog(result)
    })
    return () => {
      current = false
    }
    // The log grows with every change of the job.
    // oxlint-disable-next-line react/exhaustive-effect-dependencies
  }, [id, updatedAt])
  useLayoutEffect(() => {
    const element = scroller.current
    if (element !== null && follows.current) element.scrollTo({ top: element.scrollHeight })
  })
  if (log === null) return null
  if (!log.ok) return <ErrorNotice error={log.error} />
  const { text } = log.value
  return (
    <>
      {text.length >= mostCharacters && (
        <p className="text-12 text-text-muted">Only the end is kept, {mostCharacters / 1000} KB of it.</p>
      )}
      <div className="flex justify-end pb-4 empty:hidden">
        {text !== '' && <CopyTextButton label="Copy log" text={() => text} />}
      </div>
      <ScrolledPre
        ref={scroller}
        aria-label="Log of the job"
        onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
          follows.current = scrollHeight - scrollTop - clientHeight < 24
        }}
        className="code-text max-h-output overflow-auto rounded-6 border border-line bg-surface-1 p-12 break-words whitespace-pre-wrap"
      >
        {text === '' ? 'Nothing was logged yet.' : text}
      </ScrolledPre>
    </>
  )
}
