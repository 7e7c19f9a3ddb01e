import type { Contract, OutputOf } from '@shared/contract'
import type { ErrorValue, Result } from '@shared/errors'
import { TriangleAlert } from 'lucide-react'
import { useEffect, useState } from 'react'
import { call } from '../../client/call'
import { useCall } from '../../client/use-call'
import { Button } from '../../ui/button'
import { CopyTextButton } from '../../ui/copy-button'
import { ErrorNotice, Notice } from '../../ui/notice'
import { Progress, Waiting } from '../../ui/progress'
import { bytesText, exactTime, RelativeTime } from '../../ui/time'
import { backupText } from '../data/data-text'
import { TooltipProvider } from '../../ui/tooltip'
import { ScrolledPre } from '../../ui/scrolled-pre'

type Description = OutputOf<Contract['recovery']['describe']>
type Backup = Description['backups'][number]

/** What is shown instead of the app when it could not start. Works without a database. */
export function RecoveryPage() {
  const [described, setDescribed] = useState<Result<Description> | null>(null)
  useEffect(() => {
    void call('recovery.describe').then((result) => {
      setDescribed(result)
      document.documentElement.dataset['ready'] = 'true'
    })
  }, [])
  return (
    <TooltipProvider>
      <main className="h-full overflow-y-auto bg-surface-0">
        <div className="mx-auto flex max-w-column flex-col gap-16 p-24">
          {described === null ? (
            <Waiting>Finding out what happened</Waiting>
          ) : described.ok && described.value.isMoving ? (
            <Moving message={described.value.message} />
          ) : described.ok ? (
            <Recovery description={described.value} />
          ) : (
            <>
              <h1 className="text-20 font-semibold">Foundry could not start</h1>
              <ErrorNotice error={described.error} />
              <Actions canExport />
            </>
          )}
        </div>
      </main>
    </TooltipProvider>
  )
}

function Recovery({ description }: { description: Description }) {
  return (
    <>
      <header className="flex items-start gap-12">
        <TriangleAlert aria-hidden className="mt-6 size-20 shrink-0 text-danger" />
        <div className="min-w-0 flex-1" data-selectable>
          <h1 className="text-20 font-semibold">Foundry could not start</h1>
          <p className="text-14 break-words">{description.message}</p>
          <p className="text-text-muted">
            It stopped at: {description.phase}. Nothing was deleted
            {description.isFolderMissing ? (
              '.'
            ) : (
              <>
                ; your data is in <span className="break-all">{description.dataDirectory}</span>.
              </>
            )}
          </p>
        </div>
      </header>
      {description.detail !== '' && (
        <section aria-label="Details" className="flex flex-col items-start gap-8">
          <ScrolledPre className="code-text max-h-output w-full overflow-auto rounded-6 border border-line bg-surface-1 p-12 break-words whitespace-pre-wrap">
            {description.detail}
          </ScrolledPre>
          <CopyTextButton
            label="Copy details"
            text={() => `${description.phase}: ${description.message}\n\n${description.detail}`}
          />
        </section>
      )}
      <Actions canExport={!description.isFolderMissing} />
      {description.isFolderMissing && <MissingFolder />}
      {description.canSalvage && description.backups.length === 0 && <Salvage />}
      {description.phase !== 'single instance' && <Backups description={description} />}
    </>
  )
}

function Actions({ canExport }: { canExport: boolean }) {
  const running = useCall<unknown>()
  const [exported, setExported] = useState<string | null>(null)
  const exportDatabase = async () => {
    const result = await running.run(() => call('recovery.exportDatabase'))
    const path = typeof result === 'object' && result !== null && 'path' in result ? result.path : null
    if (typeof path === 'string') setExported(path)
  }
  return (
    <section aria-label="What to do" className="flex flex-col gap-8">
      <div className="flex flex-wrap gap-8">
        <Button
          tone="accent"
          busy={running.busy}
          onClick={() => void running.run(() => call('recovery.retry'))}
        >
          Try again
        </Button>
        {canExport && (
          <Button busy={running.busy} onClick={() => void exportDatabase()}>
            Export database
          </Button>
        )}
        <Button onClick={() => void running.run(() => call('recovery.openLogs'))}>Open logs</Button>
        <Button onClick={() => void running.run(() => call('recovery.quit'))}>Quit</Button>
      </div>
      {exported !== null && <Notice>The database was copied to {exported}.</Notice>}
      {running.error !== null && <ErrorNotice error={running.error} />}
    </section>
  )
}

function Backups({ description }: { description: Description }) {
  const [asked, setAsked] = useState<string | null>(null)
  const [error, setError] = useState<ErrorValue | null>(null)
  const [busy, setBusy] = useState(false)
  const restore = async (backup: Backup) => {
    setBusy(true)
    const restored = await call('recovery.restoreBackup', { file: backup.file })
    const result = restored.ok ? await call('recovery.retry') : restored
    setBusy(false)
    setError(result.ok ? null : result.error)
    if (result.ok) setAsked(null)
  }
  return (
    <section aria-labelledby="backups" className="flex flex-col gap-8">
      <h2 id="backups" className="text-14 font-semibold">
        Backups
      </h2>
      {!description.canRestore ? (
        <p className="text-text-muted">
          The database was written by a newer version of Foundry. Restoring a backup would hide that newer
          work, so it is not offered. Install the newer version, or export the database.
        </p>
      ) : description.backups.length === 0 ? (
        <p className="text-text-muted">
          There is no backup that can be used. One is made every day, and before each upgrade.
        </p>
      ) : (
        <ul className="flex flex-col rounded-6 border border-line">
          {description.backups.map((backup) => (
            <li key={backup.file} className="flex flex-col gap-8 border-b border-line p-12 last:border-b-0">
              <div className="flex flex-wrap items-center gap-12">
                <div className="min-w-0 flex-1">
                  <div>{exactTime(backup.createdAt)}</div>
                  <div className="text-12 text-text-muted">
                    <RelativeTime at={backup.createdAt} /> old, {bytesText(backup.bytes)},{' '}
                    {backupText(backup)}
                  </div>
                </div>
                <Button size="small" onClick={() => setAsked(asked === backup.file ? null : backup.file)}>
                  Restore this backup
                </Button>
              </div>
              {asked === backup.file && (
                <Notice
                  tone="warning"
                  actions={
                    <>
                      <Button size="small" onClick={() => setAsked(null)}>
                        Keep as it is
                      </Button>
                      <Button size="small" tone="danger" busy={busy} onClick={() => void restore(backup)}>
                        Restore and start
                      </Button>
                    </>
                  }
                >
                  What was done after {exactTime(backup.createdAt)} will not be shown. The present database is
                  kept among the backups.
                </Notice>
              )}
            </li>
          ))}
        </ul>
      )}
      {error !== null && <ErrorNotice error={error} />}
    </section>
  )
}

/** The data folder was moved by a person, or its disk is away. */
function MissingFolder() {
  const choosing = useCall<unknown>()
  return (
    <section aria-labelledby="missing" className="flex flex-col items-start gap-8">
      <h2 id="missing" className="text-14 font-semibold">
        Where is the data?
      </h2>
      <p className="text-text-muted">
        The folder was moved to this place from Foundry. When its disk is connected again, try again. When it
        is elsewhere now, choose it.
      </p>
      <div className="flex flex-wrap gap-8">
        <Button busy={choosing.busy} onClick={() => void choosing.run(() => call('recovery.chooseFolder'))}>
          Choose the data folder
        </Button>
        <Button
          busy={choosing.busy}
          onClick={() => void choosing.run(() => call('recovery.useDefaultFolder'))}
        >
          Use the usual folder
        </Button>
      </div>
      {choosing.error !== null && <ErrorNotice error={choosing.error} />}
    </section>
  )
}

/** Without a backup, what reads of the damaged database is all there is. */
function Salvage() {
  const saving = useCall<unknown>()
  return (
    <section aria-labelledby="salvage" className="flex flex-col items-start gap-8">
      <h2 id="salvage" className="text-14 font-semibold">
        Start with what can be read
      </h2>
      <p className="text-text-muted">
        There is no backup. Everything that can still be read goes into a new database; the damaged one is
        kept among the backups.
      </p>
      <Button busy={saving.busy} onClick={() => void saving.run(() => call('recovery.salvage'))}>
        {saving.busy ? 'Reading what is left' : 'Save what can be read, and start'}
      </Button>
      {saving.error !== null && <ErrorNotice error={saving.error} />}
    </section>
  )
}

/** No failure: the data is on its way to another folder. */
function Moving({ message }: { message: string }) {
  const [progress, setProgress] = useState({ doneBytes: 0, totalBytes: 0, isVerifying: false })
  const [error, setError] = useState<ErrorValue | null>(null)
  const cancelling = useCall<unknown>()
  useEffect(() => {
    let current = true
    // Each answer comes when there is more than what was seen.
    const follow = async (seen: number): Promise<void> => {
      const result = await call('recovery.moved', { seen })
      if (!current) return
      if (!result.ok) return setError(result.error)
      setProgress(result.value)
      const { doneBytes, totalBytes, isVerifying } = result.value
      return follow(doneBytes + (isVerifying ? totalBytes : 0))
    }
    void follow(-1)
    return () => {
      current = false
    }
  }, [])
  const { doneBytes, totalBytes, isVerifying } = progress
  return (
    <>
      <h1 className="text-20 font-semibold">Moving the data folder</h1>
      <p className="break-words" data-selectable>
        {message}
      </p>
      <output>
        {isVerifying ? 'Comparing the copy' : 'Copying'}: {bytesText(doneBytes)} of {bytesText(totalBytes)}
      </output>
      <Progress label="Move" value={totalBytes === 0 ? null : doneBytes / totalBytes} />
      <p className="text-text-muted">
        Foundry starts by itself when it is done. Until then the old folder is the one in use, and it is kept.
      </p>
      <div>
        <Button busy={cancelling.busy} onClick={() => void cancelling.run(() => call('recovery.cancelMove'))}>
          Cancel
        </Button>
      </div>
      {error !== null && <ErrorNotice error={error} />}
    </>
  )
}
