import type { Job } from '@shared/domain'
import type { ReactNode } from 'react'
import { call } from '../../client/call'
import { useCall } from '../../client/use-call'
import { Button } from '../../ui/button'
import { Disclosure } from '../../ui/disclosure'
import { ErrorNotice } from '../../ui/notice'
import { StatusGlyph } from '../../ui/status-glyph'
import { RunningTime } from '../../ui/time'
import { JobLog } from '../task/provisioning'
import { isLive } from './publish-text'

/** What a job of publishing does now, or why it failed. Nothing for one that is done. */
export function JobProgress({ job, actions }: { job: Job; actions?: ReactNode }) {
  const cancelling = useCall<unknown>()
  if (job.state === 'succeeded') return null
  if (!isLive(job)) {
    if (job.error === null || job.state === 'cancelled')
      return <p className="text-12 text-text-muted">It was stopped. What was done until then stays.</p>
    return (
      <div className="flex min-w-0 flex-col gap-4">
        <ErrorNotice error={job.error} actions={actions} />
        <Disclosure label="Log">{() => <JobLog job={job} />}</Disclosure>
      </div>
    )
  }
  return (
    <div className="flex min-w-0 flex-col gap-8 rounded-6 border border-line bg-surface-1 p-12">
      <div className="flex min-w-0 items-center gap-8">
        <StatusGlyph status="provisioning" />
        <output className="min-w-0 flex-1 break-words">{job.stage ?? 'Starting'}</output>
        {job.startedAt !== null && (
          <span className="text-12 text-text-faint">
            <RunningTime since={job.startedAt} />
          </span>
        )}
        <Button
          size="small"
          busy={cancelling.busy}
          onClick={() => void cancelling.run(() => call('job.cancel', { jobId: job.id }))}
        >
          Cancel
        </Button>
      </div>
      {cancelling.error !== null && <ErrorNotice error={cancelling.error} />}
      <Disclosure label="Log">{() => <JobLog job={job} />}</Disclosure>
    </div>
  )
}
