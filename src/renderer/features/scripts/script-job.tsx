import type { Job } from '@shared/domain'
import { Square } from 'lucide-react'
import { call } from '../../client/call'
import { useCall } from '../../client/use-call'
import { Button } from '../../ui/button'
import { ErrorNotice } from '../../ui/notice'
import { RunningTime, wordedDuration } from '../../ui/time'

export const isLive = (job: Job | undefined): boolean => job?.state === 'queued' || job?.state === 'running'

/** How the last run of a script stands, in a few words. */
export function JobState({ job }: { job: Job | undefined }) {
  if (job === undefined) return null
  if (isLive(job))
    return (
      <span className="text-info">
        Running
        {job.startedAt !== null && (
          <>
            {' '}
            <RunningTime since={job.startedAt} />
          </>
        )}
      </span>
    )
  const took =
    job.startedAt === null || job.endedAt === null
      ? ''
      : ` after ${wordedDuration(job.endedAt - job.startedAt)}`
  if (job.state === 'succeeded') return <span className="text-text-muted">Done{took}</span>
  if (job.state === 'cancelled') return <span className="text-text-muted">Stopped{took}</span>
  return <span className="text-danger">Failed{took}</span>
}

export function StopScript({ job, name }: { job: Job; name: string }) {
  const stopping = useCall<unknown>()
  return (
    <>
      <Button
        size="small"
        icon={<Square className="size-12" />}
        busy={stopping.busy}
        aria-label={`Stop ${name}`}
        onClick={() => void stopping.run(() => call('job.cancel', { jobId: job.id }))}
      >
        Stop
      </Button>
      {stopping.error !== null && <ErrorNotice error={stopping.error} />}
    </>
  )
}
