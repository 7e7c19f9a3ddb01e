import { RESTORE_WORDS, type Contents, type RestorePreview } from '@shared/backups'
import type { ErrorValue } from '@shared/errors'
import { useEffect, useState } from 'react'
import { call } from '../../client/call'
import { useCall } from '../../client/use-call'
import { Button } from '../../ui/button'
import { Dialog } from '../../ui/dialog'
import { TextField } from '../../ui/field'
import { ErrorNotice, Notice } from '../../ui/notice'
import { Waiting } from '../../ui/progress'
import { exactTime } from '../../ui/time'
import { countText, counted } from '../sync/sync-text'
import { askToRestore, useDataQuestions } from './use-data'

/** What would be there after a restore, before it is done. */
export function RestoreQuestion() {
  const file = useDataQuestions((state) => state.restoring)
  return file === null ? null : <Question key={file} file={file} />
}

function Question({ file }: { file: string }) {
  const [preview, setPreview] = useState<RestorePreview | null>(null)
  const [error, setError] = useState<ErrorValue | null>(null)
  const [words, setWords] = useState('')
  const restoring = useCall<unknown>()
  useEffect(() => {
    let current = true
    void call('data.preview', { file }).then((result) => {
      if (!current) return
      if (result.ok) setPreview(result.value)
      else setError(result.error)
    })
    return () => {
      current = false
    }
  }, [file])
  const isTyped = words.trim().toLowerCase() === RESTORE_WORDS
  const restore = () => void restoring.run(() => call('data.restore', { file, words: RESTORE_WORDS }))
  const createdAt = Number(/\d{13}/.exec(file)?.[0])
  return (
    <Dialog
      open
      onClose={() => askToRestore(null)}
      title={`Restore the backup of ${exactTime(createdAt)}`}
      footer={
        <>
          <Button tone="quiet" onClick={() => askToRestore(null)}>
            Cancel
          </Button>
          <Button
            tone="danger"
            busy={restoring.busy}
            reason={
              preview === null
                ? 'What the backup holds is not known yet'
                : preview.isNewer
                  ? 'The backup is of a newer version'
                  : isTyped
                    ? null
                    : `Type ${RESTORE_WORDS} first`
            }
            onClick={restore}
          >
            Restore and start again
          </Button>
        </>
      }
    >
      <form
        className="flex flex-col gap-12"
        onSubmit={(event) => {
          event.preventDefault()
          if (preview !== null && !preview.isNewer && isTyped) restore()
        }}
      >
        {preview === null && error === null && <Waiting>Reading what the backup holds</Waiting>}
        {error !== null && <ErrorNotice error={error} />}
        {preview !== null && <Preview preview={preview} />}
        {preview !== null && !preview.isNewer && (
          <TextField
            label={`Type ${RESTORE_WORDS} to go on`}
            value={words}
            onChange={(event) => setWords(event.currentTarget.value)}
          />
        )}
        {restoring.error !== null && <ErrorNotice error={restoring.error} />}
      </form>
    </Dialog>
  )
}

const compared: readonly {
  what: keyof Contents & ('tasks' | 'sessions' | 'turns' | 'events')
  label: string
}[] = [
  { what: 'tasks', label: 'Tasks' },
  { what: 'sessions', label: 'Sessions' },
  { what: 'turns', label: 'Turns' },
  { what: 'events', label: 'Rows of transcripts' },
]

function Preview({ preview }: { preview: RestorePreview }) {
  const { backup, now, missingTasks, returningTasks, isNewer, runningTurns } = preview
  if (isNewer)
    return (
      <Notice tone="warning">
        This backup was made by a newer version of Foundry, which alone can open it.
      </Notice>
    )
  return (
    <>
      <p className="text-text-muted">
        Foundry starts again with a copy of the backup. What is here now is kept in the list of backups, so
        this can be undone. Checkouts and what is in them are not touched.
      </p>
      <table className="w-full text-start">
        <thead className="text-12 text-text-muted">
          <tr>
            <th scope="col" className="py-2 text-start font-medium">
              What
            </th>
            <th scope="col" className="py-2 text-end font-medium">
              Now
            </th>
            <th scope="col" className="py-2 text-end font-medium">
              In the backup
            </th>
          </tr>
        </thead>
        <tbody>
          {compared.map(({ what, label }) => (
            <tr key={what} className="border-t border-line">
              <th scope="row" className="py-4 text-start font-normal">
                {label}
              </th>
              <td className="py-4 text-end">{countText(now[what])}</td>
              <td className="py-4 text-end">{countText(backup[what])}</td>
            </tr>
          ))}
          <tr className="border-t border-line">
            <th scope="row" className="py-4 text-start font-normal">
              Newest
            </th>
            <td className="py-4 text-end">{now.newestAt === null ? 'nothing' : exactTime(now.newestAt)}</td>
            <td className="py-4 text-end">
              {backup.newestAt === null ? 'nothing' : exactTime(backup.newestAt)}
            </td>
          </tr>
        </tbody>
      </table>
      {runningTurns > 0 && (
        <Notice tone="warning">
          {counted(runningTurns, 'turn that runs now is', 'turns that run now are')} stopped.
        </Notice>
      )}
      <Titles label="Not shown any more" tasks={missingTasks} />
      <Titles label="Shown again" tasks={returningTasks} />
    </>
  )
}

function Titles({ label, tasks }: { label: string; tasks: RestorePreview['missingTasks'] }) {
  if (tasks.total === 0) return null
  const more = tasks.total - tasks.first.length
  return (
    <section aria-label={label}>
      <h3 className="mb-4 text-12 font-medium text-text-muted">
        {label} ({countText(tasks.total)})
      </h3>
      <ul data-selectable className="flex list-disc flex-col gap-2 ps-16">
        {tasks.first.map((title, index) => (
          <li key={`${index} ${title}`} className="break-words" dir="auto">
            {title}
          </li>
        ))}
        {more > 0 && <li className="text-text-muted">and {countText(more)} more</li>}
      </ul>
    </section>
  )
}
