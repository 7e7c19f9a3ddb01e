import { Button } from '../../ui/button'
import { ErrorNotice, Notice } from '../../ui/notice'
import { Progress } from '../../ui/progress'
import type { TransferJob } from './use-transfer-job'

/** How far an export or import is, and how it ended where that was not well. */
export function JobPart({ transfer, label }: { transfer: TransferJob; label: string }) {
  const { job, busy, error, stopped } = transfer
  return (
    <>
      {busy && transfer.id !== null && (
        <section aria-label={label} className="flex flex-col gap-6">
          <output>{job?.stage ?? label}</output>
          <div className="flex items-center gap-12">
            <div className="min-w-0 flex-1">
              <Progress label={label} value={job?.progress ?? null} />
            </div>
            <Button size="small" onClick={transfer.cancel}>
              Stop
            </Button>
          </div>
          <p className="text-12 text-text-faint">You can close this and go on working.</p>
        </section>
      )}
      {stopped && !busy && (
        <Notice>It was stopped. What was done until then is whole; nothing half was left behind.</Notice>
      )}
      {error !== null && <ErrorNotice error={error} />}
    </>
  )
}
