import type { CrashReport } from '@shared/crash-report'
import { FolderOpen, Trash2 } from 'lucide-react'
import { useEffect, useState } from 'react'
import { call } from '../../client/call'
import { useCall } from '../../client/use-call'
import { Button } from '../../ui/button'
import { CopyTextButton } from '../../ui/copy-button'
import { Dialog } from '../../ui/dialog'
import { ErrorNotice } from '../../ui/notice'
import { Waiting } from '../../ui/progress'
import { ScrolledPre } from '../../ui/scrolled-pre'
import { AgoTime, exactTime } from '../../ui/time'
import { showError } from '../../ui/toast'
import { Part } from '../settings/part'
import { useCrashes } from './use-data'

/** What ended by itself, for whoever wants to tell others of it. */
export function CrashesPart() {
  const { list, error } = useCrashes()
  const [shown, setShown] = useState<CrashReport | null>(null)
  const [removing, setRemoving] = useState(false)
  return (
    <Part title="Crash reports">
      <p className="text-text-muted">
        When Foundry or its window ends by itself, what the log said last is noted in a file. It stays on this
        computer unless you give it to somebody. Tokens and keys in it are masked.
      </p>
      {error !== null && <ErrorNotice error={error} />}
      {list === null && error === null && <Waiting>Reading the reports</Waiting>}
      {list?.length === 0 && <p>There are no reports.</p>}
      {list !== null && list.length > 0 && (
        <>
          <ul aria-label="Crash reports" className="flex flex-col rounded-6 border border-line">
            {list.map((report) => (
              <li
                key={report.name}
                className="flex flex-wrap items-center gap-8 border-b border-line p-8 last:border-b-0"
              >
                <span className="min-w-0 flex-1 basis-field">
                  <span className="block">
                    {exactTime(report.at)}{' '}
                    <span className="text-12 text-text-muted">
                      <AgoTime at={report.at} />
                    </span>
                  </span>
                  <span className="block text-12 break-words text-text-muted">{report.what}</span>
                </span>
                <Button
                  size="small"
                  aria-label={`Show the report of ${exactTime(report.at)}`}
                  onClick={() => setShown(report)}
                >
                  Show
                </Button>
              </li>
            ))}
          </ul>
          <div>
            <Button size="small" icon={<Trash2 className="size-12" />} onClick={() => setRemoving(true)}>
              Remove all reports
            </Button>
          </div>
        </>
      )}
      {shown !== null && <Report report={shown} close={() => setShown(null)} />}
      {removing && <RemoveQuestion close={() => setRemoving(false)} />}
    </Part>
  )
}

/** A report in full: a person sees what they give away before they do. */
function Report({ report, close }: { report: CrashReport; close: () => void }) {
  const { run, error } = useCall<string>()
  const [text, setText] = useState<string | null>(null)
  useEffect(() => {
    void run(() => call('data.crashText', { name: report.name })).then(setText)
  }, [run, report.name])
  const reveal = async () => {
    const result = await call('data.revealCrash', { name: report.name })
    if (!result.ok) showError(result.error)
  }
  return (
    <Dialog
      open
      onClose={close}
      size="wide"
      title={`Report of ${exactTime(report.at)}`}
      description="Look through it before you give it away: names of repositories and folders are in it."
      footer={
        <>
          <Button size="small" icon={<FolderOpen className="size-12" />} onClick={() => void reveal()}>
            Show the file
          </Button>
          {text !== null && <CopyTextButton label="Copy report" text={() => text} />}
        </>
      }
    >
      {error !== null && <ErrorNotice error={error} />}
      {text === null && error === null && <Waiting>Reading the report</Waiting>}
      {text !== null && (
        <ScrolledPre
          aria-label="Report"
          className="code-text max-h-output overflow-auto rounded-6 border border-line bg-surface-0 p-8 break-words whitespace-pre-wrap"
          data-selectable
        >
          {text}
        </ScrolledPre>
      )}
    </Dialog>
  )
}

function RemoveQuestion({ close }: { close: () => void }) {
  const removing = useCall()
  const remove = async () => {
    if ((await removing.run(() => call('data.removeCrashes'))) !== null) close()
  }
  return (
    <Dialog
      open
      onClose={close}
      title="Remove all crash reports"
      footer={
        <>
          <Button tone="quiet" onClick={close}>
            Cancel
          </Button>
          <Button tone="danger" busy={removing.busy} onClick={() => void remove()}>
            Remove
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-12">
        <p>The files are deleted for good. The log stays.</p>
        {removing.error !== null && <ErrorNotice error={removing.error} />}
      </div>
    </Dialog>
  )
}
