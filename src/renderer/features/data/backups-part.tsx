import type { Backup, BackupList } from '@shared/backups'
import { FolderOpen, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { call } from '../../client/call'
import { Button, IconButton } from '../../ui/button'
import { Dialog } from '../../ui/dialog'
import { ErrorNotice, Notice } from '../../ui/notice'
import { Progress } from '../../ui/progress'
import { AgoTime, bytesText, exactTime } from '../../ui/time'
import { showError } from '../../ui/toast'
import { Part } from '../settings/part'
import { backupText } from './data-text'
import { askToRestore, useDataState } from './use-data'

const canRestore = ({ kind, state }: Backup): boolean =>
  kind !== 'damaged' && kind !== 'salvaged' && state !== 'incomplete'
const isAside = ({ kind }: Backup): boolean =>
  kind === 'replaced' || kind === 'damaged' || kind === 'salvaged'

/** Backups of the database, and what was set aside when another took its place. */
export function BackupsPart({ list }: { list: BackupList }) {
  const copies = list.backups.filter((backup) => !isAside(backup))
  const aside = list.backups.filter(isAside)
  const reveal = async (file: string | null) => {
    const result = await call('data.reveal', { file })
    if (!result.ok) showError(result.error)
  }
  return (
    <>
      <Part title="Backups">
        <p>
          {list.lastGoodAt === null ? (
            'There is no backup yet.'
          ) : (
            <>
              The last good backup was made <AgoTime at={list.lastGoodAt} />.
            </>
          )}{' '}
          <span className="text-text-muted">
            One is made every day and before each upgrade, and checked in full. The last seven daily ones are
            kept, and three of each other kind. They hold all that is in the list of tasks and in transcripts,
            not the files of checkouts.
          </span>
        </p>
        <Making />
        {copies.length > 0 && <Lines label="Backups" backups={copies} reveal={(file) => void reveal(file)} />}
        <p className="text-12 text-text-faint">
          The database takes {bytesText(list.databaseBytes)}
          {list.freeBytes === null ? '.' : `, and ${bytesText(list.freeBytes)} of its disk are free.`}
        </p>
        <div>
          <Button size="small" icon={<FolderOpen className="size-12" />} onClick={() => void reveal(null)}>
            Show the folder of backups
          </Button>
        </div>
      </Part>
      {aside.length > 0 && (
        <Part title="Set aside">
          <p className="text-text-muted">
            Databases that were in use until another took their place. What is damaged stays until you remove
            it.
          </p>
          <Lines label="Set aside" backups={aside} reveal={(file) => void reveal(file)} />
        </Part>
      )}
    </>
  )
}

/** The button, or how far it is. */
function Making() {
  const data = useDataState()
  if (data === undefined) return null
  const { backup, backupProblem } = data
  const start = async () => {
    const result = await call('data.backUp')
    if (!result.ok) showError(result.error)
  }
  return (
    <>
      {backupProblem !== null && backup === null && (
        <ErrorNotice
          error={backupProblem.error}
          actions={
            <Button size="small" onClick={() => void start()}>
              Try again
            </Button>
          }
        />
      )}
      {backup === null ? (
        <div>
          <Button
            size="small"
            reason={data.health.state === 'damaged' ? 'The database is damaged. Start again first.' : null}
            onClick={() => void start()}
          >
            Back up now
          </Button>
        </div>
      ) : (
        <section aria-label="Backup being made" className="flex flex-col gap-6">
          <output>{backup.isVerifying ? 'Checking the copy' : 'Copying the database'}</output>
          <div className="flex items-center gap-12">
            <div className="min-w-0 flex-1">
              <Progress label="Backup" value={backup.done} />
            </div>
            <Button size="small" onClick={() => void call('data.cancelBackUp')}>
              Cancel
            </Button>
          </div>
        </section>
      )}
    </>
  )
}

function Lines({
  label,
  backups,
  reveal,
}: {
  label: string
  backups: readonly Backup[]
  reveal: (file: string) => void
}) {
  const [removing, setRemoving] = useState<Backup | null>(null)
  return (
    <>
      <ul aria-label={label} className="flex flex-col rounded-6 border border-line">
        {backups.map((backup) => (
          <li
            key={backup.file}
            className="flex flex-wrap items-center gap-8 border-b border-line p-8 last:border-b-0"
          >
            <span className="min-w-0 flex-1 basis-field">
              <span className="block">
                {exactTime(backup.createdAt)}{' '}
                <span className="text-12 text-text-muted">
                  <AgoTime at={backup.createdAt} />
                </span>
              </span>
              <span className="block text-12 break-words text-text-muted">{backupText(backup)}</span>
            </span>
            <span className="shrink-0 text-12 text-text-muted">{bytesText(backup.bytes)}</span>
            {canRestore(backup) && (
              <Button
                size="small"
                aria-label={`Restore the backup of ${exactTime(backup.createdAt)}`}
                onClick={() => askToRestore(backup.file)}
              >
                Restore
              </Button>
            )}
            <span className="flex">
              <IconButton label={`Show ${backup.file}`} onClick={() => reveal(backup.file)}>
                <FolderOpen className="size-12" />
              </IconButton>
              <IconButton label={`Remove ${backup.file}`} onClick={() => setRemoving(backup)}>
                <Trash2 className="size-12" />
              </IconButton>
            </span>
          </li>
        ))}
      </ul>
      {removing !== null && <RemoveQuestion backup={removing} close={() => setRemoving(null)} />}
    </>
  )
}

function RemoveQuestion({ backup, close }: { backup: Backup; close: () => void }) {
  const remove = async () => {
    const result = await call('data.remove', { file: backup.file })
    if (!result.ok) showError(result.error)
    close()
  }
  return (
    <Dialog
      open
      onClose={close}
      title="Remove this file for good"
      footer={
        <>
          <Button tone="quiet" onClick={close}>
            Cancel
          </Button>
          <Button tone="danger" onClick={() => void remove()}>
            Remove
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-12">
        <p>
          {exactTime(backup.createdAt)}: {backupText(backup)}, {bytesText(backup.bytes)}.
        </p>
        {isAside(backup) && (
          <Notice tone="warning">What is in it and not in the database in use is gone with it.</Notice>
        )}
      </div>
    </Dialog>
  )
}
