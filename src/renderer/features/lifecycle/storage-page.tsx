import type { ErrorValue, Result } from '@shared/errors'
import type { CleanUp, Storage } from '@shared/lifecycle'
import { HardDrive, RefreshCw, Trash2 } from 'lucide-react'
import { type ReactNode, useCallback, useEffect, useState } from 'react'
import { useAppState, useSettings } from '../../app/app-state'
import { call } from '../../client/call'
import { useEntity } from '../../client/topics'
import { Button, IconButton } from '../../ui/button'
import { Switch } from '../../ui/field'
import { ErrorNotice } from '../../ui/notice'
import { NumberField } from '../../ui/number-field'
import { Waiting } from '../../ui/progress'
import { AgoTime, bytesText } from '../../ui/time'
import { showError } from '../../ui/toast'
import { PacksPart } from '../packs/packs-part'
import { RetentionPart } from '../packs/retention-part'
import { Part } from '../settings/part'
import { askToDelete, askToPrune, freeDisk } from './lifecycle-actions'

/** What tasks take up on the disk, and what crashed runs and failed clean-ups left. */
export function StoragePage() {
  const [storage, setStorage] = useState<Storage | null>(null)
  const [error, setError] = useState<ErrorValue | null>(null)
  const [measuring, setMeasuring] = useState(false)
  const organizationId = useAppState()?.organizationId
  const version = useEntity('app', null, 'storage', 'storage')?.version

  const show = useCallback((result: Result<Storage>) => {
    if (result.ok) setStorage(result.value)
    setError(result.ok ? null : result.error)
  }, [])
  const measure = async () => {
    setMeasuring(true)
    show(await call('storage.read', { measure: true }))
    setMeasuring(false)
  }
  useEffect(() => {
    let current = true
    void call('storage.read', { measure: false }).then((result) => {
      if (current) show(result)
    })
    return () => {
      current = false
    }
    // What clean-ups have done is read again with each step of theirs.
    // oxlint-disable-next-line react/exhaustive-effect-dependencies
  }, [show, version])
  useEffect(() => {
    let current = true
    // What was known is there at once; how it is now takes as long as the disk needs.
    void call('storage.read', { measure: true }).then((result) => {
      if (current) show(result)
    })
    return () => {
      current = false
    }
  }, [show])
  return (
    <>
      {error !== null && <ErrorNotice error={error} />}
      {storage === null && error === null && <Waiting>Reading what is on the disk</Waiting>}
      {storage !== null && (
        <>
          {storage.cleanUps.length > 0 && <CleanUps cleanUps={storage.cleanUps} />}
          <Part title="On this disk">
            <div className="flex flex-wrap items-center gap-12">
              <HardDrive aria-hidden className="size-16 shrink-0 text-text-muted" />
              <p className="min-w-0 flex-1">
                {bytesText(storage.totalBytes)} are used by tasks and repositories
                {storage.freeBytes === null ? '.' : `, ${bytesText(storage.freeBytes)} are free.`}
              </p>
              <Button
                size="small"
                busy={measuring}
                icon={<RefreshCw className="size-12" />}
                onClick={() => void measure()}
              >
                {measuring ? 'Measuring' : 'Measure again'}
              </Button>
              {organizationId !== undefined && (
                <Button size="small" onClick={() => askToPrune(organizationId)}>
                  Free disk space
                </Button>
              )}
            </div>
          </Part>
          <Tasks storage={storage} />
          <Stores storage={storage} />
          {storage.leftovers.length > 0 && <Leftovers storage={storage} changed={setStorage} />}
        </>
      )}
      <PacksPart />
      <RetentionPart />
      <Automatic />
    </>
  )
}

function Automatic() {
  const settings = useSettings()
  if (settings === undefined) return null
  const set = async (part: Parameters<typeof call<'app', 'updateSettings'>>[1]) => {
    const result = await call('app.updateSettings', part)
    if (!result.ok) showError(result.error)
  }
  return (
    <Part title="Automatically">
      <Switch
        label="Archive tasks whose pull request was merged or closed"
        hint="They stay readable. One that is reopened comes back."
        checked={settings.archiveWithPullRequest}
        onChange={(archiveWithPullRequest) => void set({ archiveWithPullRequest })}
      />
      <NumberField
        label="Remove checkouts of archived tasks after days"
        hint="At the next start. What is not pushed is kept in the store of the repository. 0 keeps the checkouts."
        value={settings.removeCheckoutsAfterDays}
        min={0}
        max={3650}
        onCommit={(removeCheckoutsAfterDays) => void set({ removeCheckoutsAfterDays })}
      />
    </Part>
  )
}

/** Lines with a size at their end. */
function Lines({ label, children }: { label: string; children: ReactNode }) {
  return (
    <ul aria-label={label} className="flex flex-col rounded-6 border border-line">
      {children}
    </ul>
  )
}

function Line({
  title,
  under,
  bytes,
  actions,
}: {
  title: string
  under: ReactNode
  bytes: number | null
  actions?: ReactNode
}) {
  return (
    <li className="flex items-center gap-12 border-b border-line p-8 last:border-b-0">
      <span className="min-w-0 flex-1">
        <span className="block truncate" title={title} dir="auto">
          {title}
        </span>
        <span className="block text-12 break-words text-text-muted">{under}</span>
      </span>
      <span className="shrink-0 text-12 text-text-muted">
        {bytes === null ? 'not measured' : bytesText(bytes)}
      </span>
      {actions}
    </li>
  )
}

function Tasks({ storage }: { storage: Storage }) {
  return (
    <Part title={`Checkouts (${storage.taskCount})`}>
      {storage.tasks.length === 0 ? (
        <p className="text-text-muted">No task has a checkout.</p>
      ) : (
        <Lines label="Checkouts">
          {storage.tasks.map((task) => (
            <Line
              key={task.taskId}
              title={task.title}
              under={
                <>
                  {task.repository} · {task.branch}
                  {task.isArchived && ' · archived'}
                  {task.measuredAt !== null && (
                    <>
                      {' · measured '}
                      <AgoTime at={task.measuredAt} />
                    </>
                  )}
                </>
              }
              bytes={task.bytes}
              actions={
                <>
                  <Button
                    size="small"
                    reason={task.isArchived ? null : 'The task is in use. Archive it first.'}
                    onClick={() => void freeDisk([{ id: task.taskId, title: task.title }])}
                  >
                    Free
                  </Button>
                  <IconButton
                    label={`Delete ${task.title}`}
                    onClick={() => askToDelete([{ id: task.taskId, title: task.title }])}
                  >
                    <Trash2 className="size-12" />
                  </IconButton>
                </>
              }
            />
          ))}
        </Lines>
      )}
      {storage.taskCount > storage.tasks.length && (
        <p className="text-12 text-text-faint">These are the {storage.tasks.length} largest.</p>
      )}
    </Part>
  )
}

function Stores({ storage }: { storage: Storage }) {
  if (storage.stores.length === 0) return null
  return (
    <Part title="Stores of repositories">
      <p className="text-text-muted">
        The commits of a repository, once for all of its tasks, and what was secured of checkouts that are
        gone.
      </p>
      <Lines label="Stores">
        {storage.stores.map((store) => (
          <Line
            key={store.repositoryId}
            title={store.repository}
            under="Shared by its tasks"
            bytes={store.bytes}
          />
        ))}
      </Lines>
    </Part>
  )
}

function Leftovers({ storage, changed }: { storage: Storage; changed: (storage: Storage) => void }) {
  const [busy, setBusy] = useState<string | null>(null)
  const remove = async (key: string) => {
    setBusy(key)
    const result = await call('storage.removeLeftover', { key })
    setBusy(null)
    if (result.ok) changed(result.value)
    else showError(result.error)
  }
  return (
    <Part title="Left by runs that did not end properly">
      <p className="text-text-muted">These belong to no task. What holds no work was removed already.</p>
      <Lines label="Left over">
        {storage.leftovers.map(({ key, path, bytes, holdsWork }) => (
          <Line
            key={key}
            title={path}
            under={
              holdsWork
                ? 'May hold work that is nowhere else; it is kept in the store when the folder goes.'
                : 'Holds no work.'
            }
            bytes={bytes}
            actions={
              <Button size="small" busy={busy === key} onClick={() => void remove(key)}>
                {holdsWork ? 'Keep the work, remove the folder' : 'Remove'}
              </Button>
            }
          />
        ))}
      </Lines>
    </Part>
  )
}

function CleanUps({ cleanUps }: { cleanUps: readonly CleanUp[] }) {
  const again = async (jobId: CleanUp['jobId'], discard: boolean) => {
    const result = await call('storage.retryCleanUp', { jobId, discard })
    if (!result.ok) showError(result.error)
  }
  const stop = async (jobId: CleanUp['jobId']) => {
    const result = await call('job.cancel', { jobId })
    if (!result.ok) showError(result.error)
  }
  return (
    <Part title={`Clean-up (${cleanUps.length})`}>
      {cleanUps.map(({ jobId, kind, title, state, stage, error }) => {
        const what = kind === 'task.delete' ? 'Deleting' : 'Archiving'
        if (error === null || state === 'queued' || state === 'running')
          return (
            <div key={jobId} className="flex items-center gap-12">
              <p className="min-w-0 flex-1 break-words">
                {what} &ldquo;{title}&rdquo;: {stage ?? 'Waits for its turn'}
              </p>
              {kind === 'task.archive' && (
                <Button size="small" onClick={() => void stop(jobId)}>
                  Cancel
                </Button>
              )}
            </div>
          )
        const asks = kind === 'task.delete' && error.kind === 'conflict'
        return (
          <section key={jobId} aria-label={`${what} ${title}`} className="flex flex-col gap-6">
            <p className="break-words">
              {what} &ldquo;{title}&rdquo; did not end.
              {state === 'failed' && ' It is tried again at the next start.'}
            </p>
            <ErrorNotice
              error={error}
              actions={
                <Button size="small" tone={asks ? 'danger' : 'plain'} onClick={() => void again(jobId, asks)}>
                  {asks ? 'Delete and lose the work' : 'Try again'}
                </Button>
              }
            />
          </section>
        )
      })}
    </Part>
  )
}
