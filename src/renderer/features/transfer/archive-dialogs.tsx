import type { OrganizationId } from '@shared/ids'
import type { ArchivePreview, TransferReport } from '@shared/transfer'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { call } from '../../client/call'
import { Button } from '../../ui/button'
import { Dialog } from '../../ui/dialog'
import { Switch } from '../../ui/field'
import { Notice } from '../../ui/notice'
import { bytesText, exactTime } from '../../ui/time'
import { rowsListText } from '../data/data-text'
import { countText } from '../sync/sync-text'
import { Exported } from './export-dialog'
import { JobPart } from './job-part'
import { askTransfer } from './transfer-state'
import { useTransferJob } from './use-transfer-job'

const close = () => askTransfer(null)

/** All of an organization as one file. */
export function ArchiveDialog({ organizationId, title }: { organizationId: OrganizationId; title: string }) {
  const [mask, setMask] = useState(false)
  const transfer = useTransferJob()
  const { report } = transfer
  if (report?.kind === 'exported') return <Exported report={report} transfer={transfer} close={close} />
  return (
    <Dialog
      open
      onClose={close}
      title={`Export the archive of ${title}`}
      footer={
        <>
          <Button tone="quiet" onClick={close}>
            {transfer.busy ? 'Close' : 'Cancel'}
          </Button>
          <Button
            tone="accent"
            busy={transfer.busy}
            onClick={() => void transfer.start(() => call('transfer.archive', { organizationId, mask }))}
          >
            Export the archive
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-16">
        <p>
          One file with everything that was recorded: repositories, tasks, sessions with every event,
          checkpoints with their diffs, pull requests, notes, the activity, and what is kept for offline
          reading. It can be imported on another computer.
        </p>
        <p className="text-text-muted">
          Not in it: accounts and tokens, files of checkouts, where things lie on this computer, and what you
          allowed agents and scripts to do.
        </p>
        <Switch
          label="Mask secrets"
          hint="For an archive that you give to somebody. Your own keeps everything as it is: what is masked cannot be brought back."
          checked={mask}
          onChange={setMask}
        />
        <JobPart transfer={transfer} label="Exporting the archive" />
      </div>
    </Dialog>
  )
}

/** Chooses an archive, shows what it would bring, and brings it. */
export function ImportArchiveDialog() {
  const looking = useTransferJob()
  const importing = useTransferJob()
  const asked = useRef(false)
  const preview = looking.report?.kind === 'archive' ? looking.report : null
  const done = importing.report?.kind === 'imported' ? importing.report : null
  const { start } = looking
  const choose = () => void start(() => call('transfer.openArchive'))
  useEffect(() => {
    if (asked.current) return
    asked.current = true
    void start(() => call('transfer.openArchive'))
  }, [start])
  const news = preview === null ? 0 : total(preview.added)
  return (
    <Dialog
      open
      onClose={close}
      title="Import an archive"
      footer={
        done !== null ? (
          <Button tone="accent" onClick={close}>
            Close
          </Button>
        ) : (
          <>
            <Button tone="quiet" onClick={close}>
              {importing.busy ? 'Close' : 'Cancel'}
            </Button>
            {preview === null ? (
              <Button tone="accent" busy={looking.busy} onClick={choose}>
                Choose a file
              </Button>
            ) : (
              <Button
                tone="accent"
                busy={importing.busy}
                reason={news === 0 ? 'All of it is here already' : null}
                onClick={() =>
                  looking.id !== null &&
                  void importing.start(() =>
                    call('transfer.importArchive', { previewId: looking.id ?? 'job_' }),
                  )
                }
              >
                Import
              </Button>
            )}
          </>
        )
      }
    >
      <div className="flex flex-col gap-12">
        {preview === null && looking.id === null && (
          <p>
            Choose a file that was made by “Export the archive”. You see what is in it before anything is
            changed.
          </p>
        )}
        <JobPart transfer={looking} label="Looking into the archive" />
        {preview !== null && done === null && <Preview preview={preview} />}
        <JobPart transfer={importing} label="Importing the archive" />
        {done !== null && <Imported report={done} />}
      </div>
    </Dialog>
  )
}

const total = (amounts: Readonly<Record<string, number>>): number =>
  Object.values(amounts).reduce((sum, amount) => sum + amount, 0)

function Preview({ preview }: { preview: ArchivePreview }) {
  return (
    <>
      <dl className="flex flex-col gap-6" data-selectable>
        <Fact name="File">{preview.file}</Fact>
        <Fact name="Made">
          {exactTime(preview.createdAt)} by version {preview.appVersion}, {bytesText(preview.bytes)}
          {preview.masked && ', secrets masked'}
        </Fact>
        <Fact name="Of">{preview.organization}</Fact>
        <Fact name="Goes into">{preview.into ?? `${preview.organization}, which is new here`}</Fact>
        <Fact name="In it">
          {rowsListText({ tasks: preview.tasks, sessions: preview.sessions, session_events: preview.events })}
        </Fact>
        <Fact name="New here">{rowsListText(preview.added) || 'nothing'}</Fact>
        <Fact name="Here already">{rowsListText(preview.same) || 'nothing'}</Fact>
        {total(preview.kept) > 0 && (
          <Fact name="Different here">{rowsListText(preview.kept)}: what is here stays as it is</Fact>
        )}
      </dl>
      {preview.newTasks.length > 0 && (
        <section aria-label="New tasks">
          <h3 className="text-12 text-text-muted">New tasks</h3>
          <ul className="flex flex-col">
            {preview.newTasks.map((title, index) => (
              // Two may be called the same.
              <li key={`${index} ${title}`} className="break-words" dir="auto">
                {title}
              </li>
            ))}
          </ul>
        </section>
      )}
      <Conflicts conflicts={preview.conflicts} count={preview.conflictCount} />
      <Unknown unknown={preview.unknown} />
    </>
  )
}

function Imported({ report }: { report: Extract<TransferReport, { kind: 'imported' }> }) {
  return (
    <>
      <p>Added: {rowsListText(report.added) || 'nothing, all of it was here'}.</p>
      {total(report.same) > 0 && (
        <p className="text-text-muted">Here already: {rowsListText(report.same)}.</p>
      )}
      {total(report.kept) > 0 && (
        <p className="text-text-muted">Different here, and left as it is: {rowsListText(report.kept)}.</p>
      )}
      {report.leftOut.length > 0 && <Notice>Not taken over: {report.leftOut.join('; ')}.</Notice>}
      <Conflicts conflicts={report.conflicts} count={report.conflictCount} />
      <Unknown unknown={report.unknown} />
      <p className="text-text-muted">
        Imported tasks have no checkout on this computer. They can be read without a network; a checkout is
        made when you work on one.
      </p>
    </>
  )
}

function Conflicts({ conflicts, count }: { conflicts: readonly string[]; count: number }) {
  if (count === 0) return null
  return (
    <Notice tone="warning">
      <ul className="flex flex-col gap-4">
        {conflicts.map((text) => (
          <li key={text} className="break-words">
            {text}
          </li>
        ))}
      </ul>
      {count > conflicts.length && <p>And {countText(count - conflicts.length)} more.</p>}
    </Notice>
  )
}

function Unknown({ unknown }: { unknown: Readonly<Record<string, number>> }) {
  const names = Object.keys(unknown)
  if (names.length === 0) return null
  return (
    <Notice>
      The archive holds what this version does not know, and that stays in it: {names.slice(0, 10).join(', ')}
      .
    </Notice>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="flex gap-8">
      <dt className="w-full max-w-number shrink-0 text-text-muted">{name}</dt>
      <dd className="min-w-0 flex-1 break-words">{children}</dd>
    </div>
  )
}
