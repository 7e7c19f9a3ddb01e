import type { OrganizationId, TaskId } from '@shared/ids'
import { type ExportFormat, type ExportRequest, MOST_EXPORTED, type TransferReport } from '@shared/transfer'
import { FolderOpen } from 'lucide-react'
import { useState } from 'react'
import { call } from '../../client/call'
import { Button } from '../../ui/button'
import { Dialog } from '../../ui/dialog'
import { RadioChoice, Switch } from '../../ui/field'
import { bytesText } from '../../ui/time'
import { showError } from '../../ui/toast'
import { counted } from '../sync/sync-text'
import { JobPart } from './job-part'
import { SecretsReport } from './secrets-report'
import { TaskChoice } from './task-choice'
import { askTransfer } from './transfer-state'
import { type TransferJob, useTransferJob } from './use-transfer-job'

const formats: readonly { value: ExportFormat; label: string; hint: string }[] = [
  {
    value: 'html',
    label: 'Web page',
    hint: 'One file to read in any browser, with colours and pictures. Nothing in it runs.',
  },
  {
    value: 'markdown',
    label: 'Markdown',
    hint: 'Text to read, to put into an issue or to give to another agent.',
  },
  { value: 'json', label: 'JSON', hint: 'Every event as it was recorded, for programs.' },
]

/** Sessions as a file for others. */
export function ExportDialog({
  what,
  title,
  organizationId,
}: {
  /** Null: chosen here. */
  what: ExportRequest['what'] | null
  title: string
  organizationId: OrganizationId | null
}) {
  const [format, setFormat] = useState<ExportFormat>('html')
  const [mask, setMask] = useState(true)
  const [chosen, setChosen] = useState<ReadonlySet<TaskId>>(new Set())
  const transfer = useTransferJob()
  const taken = what ?? { taskIds: [...chosen] }
  const close = () => askTransfer(null)
  const { report } = transfer
  if (report?.kind === 'exported') return <Exported report={report} transfer={transfer} close={close} />
  return (
    <Dialog
      open
      onClose={close}
      title={title}
      size={what === null ? 'wide' : 'normal'}
      footer={
        <>
          <Button tone="quiet" onClick={close}>
            {transfer.busy ? 'Close' : 'Cancel'}
          </Button>
          <Button
            tone="accent"
            busy={transfer.busy}
            reason={
              'taskIds' in taken && taken.taskIds.length === 0
                ? 'Choose a task first'
                : 'taskIds' in taken && taken.taskIds.length > MOST_EXPORTED
                  ? `One file holds ${MOST_EXPORTED} tasks at most`
                  : null
            }
            onClick={() => void transfer.start(() => call('transfer.export', { what: taken, format, mask }))}
          >
            {'taskIds' in taken && taken.taskIds.length > 1
              ? `Export ${taken.taskIds.length} tasks`
              : 'Export'}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-16">
        {what === null && organizationId !== null && (
          <TaskChoice organizationId={organizationId} chosen={chosen} onChange={setChosen} />
        )}
        <RadioChoice label="Format" value={format} choices={formats} onChange={setFormat} />
        <Switch
          label="Mask secrets"
          hint="Tokens, keys and passwords are replaced by tags such as [masked github-token #1], and you are told which."
          checked={mask}
          onChange={setMask}
        />
        <JobPart transfer={transfer} label="Exporting" />
      </div>
    </Dialog>
  )
}

/** A file that was written. */
export function Exported({
  report,
  transfer,
  close,
}: {
  report: Extract<TransferReport, { kind: 'exported' }>
  transfer: TransferJob
  close: () => void
}) {
  const reveal = async () => {
    if (transfer.id === null) return
    const result = await call('transfer.reveal', { jobId: transfer.id })
    if (!result.ok) showError(result.error)
  }
  return (
    <Dialog
      open
      onClose={close}
      title="The file is written"
      footer={
        <>
          <Button icon={<FolderOpen className="size-12" />} onClick={() => void reveal()}>
            Show the file
          </Button>
          <Button tone="accent" onClick={close}>
            Close
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-12">
        <p className="break-all" data-selectable>
          {report.file}
        </p>
        <p className="text-text-muted">
          {counted(report.tasks, 'task', 'tasks')}, {counted(report.sessions, 'session', 'sessions')},{' '}
          {counted(report.events, 'event', 'events')} · {bytesText(report.bytes)}
        </p>
        {report.masked ? (
          <SecretsReport secrets={report.secrets} count={report.secretCount} />
        ) : (
          <p className="text-text-muted">Secrets were not looked for: keep the file to yourself.</p>
        )}
      </div>
    </Dialog>
  )
}
