import { RESET_WORDS, type BackupList } from '@shared/backups'
import { useState } from 'react'
import { call } from '../../client/call'
import { useCall } from '../../client/use-call'
import { Button } from '../../ui/button'
import { Dialog } from '../../ui/dialog'
import { TextField } from '../../ui/field'
import { ErrorNotice, Notice } from '../../ui/notice'
import { exactTime } from '../../ui/time'
import { showError } from '../../ui/toast'
import { Part } from '../settings/part'

/** How to begin anew, and what earlier resets have set aside. */
export function ResetPart({ resets }: { resets: BackupList['resets'] }) {
  const [asking, setAsking] = useState(false)
  const [removing, setRemoving] = useState<string | null>(null)
  const undo = async (name: string) => {
    const result = await call('data.undoReset', { name })
    if (!result.ok) showError(result.error)
  }
  return (
    <Part title="Reset">
      <p className="text-text-muted">
        Takes all tasks, transcripts, settings and sign-ins away from this app. A backup is made first, and
        everything is set aside in a folder, so it can be undone.
      </p>
      <div>
        <Button size="small" onClick={() => setAsking(true)}>
          Reset Foundry
        </Button>
      </div>
      {resets.length > 0 && (
        <ul aria-label="Kept from resets" className="flex flex-col rounded-6 border border-line">
          {resets.map(({ name, at }) => (
            <li
              key={name}
              className="flex flex-wrap items-center gap-8 border-b border-line p-8 last:border-b-0"
            >
              <span className="min-w-0 flex-1 basis-field">
                <span className="block">Set aside on {exactTime(at)}</span>
                <span className="block text-12 text-text-muted">{name} in the data folder</span>
              </span>
              <Button size="small" onClick={() => void undo(name)}>
                Have it back
              </Button>
              <Button size="small" onClick={() => setRemoving(name)}>
                Remove for good
              </Button>
            </li>
          ))}
        </ul>
      )}
      {asking && <ResetQuestion close={() => setAsking(false)} />}
      {removing !== null && <RemoveQuestion name={removing} close={() => setRemoving(null)} />}
    </Part>
  )
}

function ResetQuestion({ close }: { close: () => void }) {
  const [words, setWords] = useState('')
  const resetting = useCall<unknown>()
  const isTyped = words.trim().toLowerCase() === RESET_WORDS
  const reset = () => void resetting.run(() => call('data.reset', { words: RESET_WORDS }))
  return (
    <Dialog
      open
      onClose={close}
      title="Reset Foundry"
      footer={
        <>
          <Button tone="quiet" onClick={close}>
            Cancel
          </Button>
          <Button
            tone="danger"
            busy={resetting.busy}
            reason={isTyped ? null : `Type ${RESET_WORDS} first`}
            onClick={reset}
          >
            {resetting.busy ? 'Making a backup' : 'Reset and start again'}
          </Button>
        </>
      }
    >
      <form
        className="flex flex-col gap-12"
        onSubmit={(event) => {
          event.preventDefault()
          if (isTyped) reset()
        }}
      >
        <ul className="flex list-disc flex-col gap-4 ps-16">
          <li>All tasks, sessions and transcripts are taken away, and so are settings and sign-ins.</li>
          <li>Checkouts with all that is in them are set aside with the rest. Turns that run are stopped.</li>
          <li>Nothing on GitHub and nothing in your own folders is touched.</li>
          <li>A backup is made first. Without it nothing is reset.</li>
        </ul>
        <TextField
          label={`Type ${RESET_WORDS} to go on`}
          value={words}
          onChange={(event) => setWords(event.currentTarget.value)}
        />
        {resetting.error !== null && <ErrorNotice error={resetting.error} />}
      </form>
    </Dialog>
  )
}

function RemoveQuestion({ name, close }: { name: string; close: () => void }) {
  const removing = useCall<unknown>()
  const remove = async () => {
    if ((await removing.run(() => call('data.removeReset', { name }))) !== null) close()
  }
  return (
    <Dialog
      open
      onClose={close}
      title="Remove for good"
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
        <Notice tone="warning">
          Checkouts in {name} may hold work that was never pushed. It is gone with them.
        </Notice>
        {removing.error !== null && <ErrorNotice error={removing.error} />}
      </div>
    </Dialog>
  )
}
