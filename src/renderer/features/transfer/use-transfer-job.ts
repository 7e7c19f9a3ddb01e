import type { Job } from '@shared/domain'
import type { ErrorValue, Result } from '@shared/errors'
import type { JobId } from '@shared/ids'
import type { TransferReport } from '@shared/transfer'
import { useEffect, useState } from 'react'
import { call } from '../../client/call'
import { useEntity } from '../../client/topics'
import { useCall } from '../../client/use-call'

export interface TransferJob {
  readonly id: JobId | null
  /** While it is asked for, and while it runs. */
  readonly busy: boolean
  readonly job: Job | undefined
  readonly report: TransferReport | null
  readonly error: ErrorValue | null
  /** Whether a person stopped it. */
  readonly stopped: boolean
  start(begin: () => Promise<Result<{ jobId: JobId } | null>>): Promise<void>
  cancel(): void
  /** Forgets what came of it. */
  clear(): void
}

/** A job of an export or import, from its start to what came of it. */
export function useTransferJob(): TransferJob {
  const starting = useCall<{ jobId: JobId } | null>()
  const [id, setId] = useState<JobId | null>(null)
  const [read, setRead] = useState<{ id: JobId; result: Result<TransferReport | null> } | null>(null)
  const job = useEntity('app', null, 'job', id ?? '')
  const state = job?.state
  useEffect(() => {
    if (id === null || state !== 'succeeded') return
    let current = true
    void call('transfer.report', { jobId: id }).then((result) => {
      if (current) setRead({ id, result })
    })
    return () => {
      current = false
    }
  }, [id, state])
  const answer = read !== null && read.id === id ? read.result : null
  const failed = job?.state === 'failed' ? job.error : null
  const isOver = answer !== null || state === 'failed' || state === 'cancelled'
  return {
    id,
    busy: starting.busy || (id !== null && !isOver),
    job,
    report: answer?.ok === true ? answer.value : null,
    error: starting.error ?? failed ?? (answer?.ok === false ? answer.error : null),
    stopped: state === 'cancelled',
    async start(begin) {
      const started = await starting.run(begin)
      if (started !== null) setId(started.jobId)
    },
    cancel() {
      if (id !== null) void call('job.cancel', { jobId: id })
    },
    clear() {
      starting.clear()
      setId(null)
    },
  }
}
