import type { Outcome } from '@shared/backups'
import { call } from '../../client/call'
import { useCall } from '../../client/use-call'
import { Button } from '../../ui/button'
import { CopyTextButton } from '../../ui/copy-button'
import { Dialog } from '../../ui/dialog'
import { ErrorNotice, Notice } from '../../ui/notice'
import { ScrolledPre } from '../../ui/scrolled-pre'
import { exactTime } from '../../ui/time'
import { showError } from '../../ui/toast'
import { countText } from '../sync/sync-text'
import { lossText } from './data-text'

type Damage = Extract<Outcome, { kind: 'damaged' }>

/** What the backup lacks of the damaged database, and what of it can be had back. */
export function DamageReport({ outcome, close }: { outcome: Damage; close: () => void }) {
  const bringing = useCall<unknown>()
  const { loss, salvaged } = outcome
  const text = lossText(loss, outcome.createdAt)
  const canBring = salvaged !== null && (text.saved !== '' || text.changed !== '')
  const reveal = async () => {
    const result = await call('data.reveal', { file: outcome.damaged })
    if (!result.ok) showError(result.error)
  }
  return (
    <Dialog
      open
      onClose={close}
      title="What is missing"
      description={`The backup of ${exactTime(outcome.createdAt)} is in use since ${exactTime(outcome.at)}.`}
      footer={
        <>
          <Button tone="quiet" onClick={() => void reveal()}>
            Show the damaged file
          </Button>
          <Button tone="quiet" onClick={close}>
            Close
          </Button>
          {canBring && (
            <Button
              tone="accent"
              busy={bringing.busy}
              onClick={() => void bringing.run(() => call('data.bringBack'))}
            >
              Bring back and start again
            </Button>
          )}
        </>
      }
    >
      <div className="flex flex-col gap-12" data-selectable>
        {salvaged === null && (
          <Notice tone="warning">
            Nothing of the damaged file could be read, so it is not known what the backup lacks. {text.span}
          </Notice>
        )}
        {salvaged !== null && text.saved === '' && text.changed === '' && text.lost === '' && (
          <p>Nothing is missing: the backup holds all that could be told to have been there.</p>
        )}
        {text.saved !== '' && (
          <p>
            <span className="font-medium">Missing, and saved: </span>
            {text.saved}. {text.span}
          </p>
        )}
        {text.changed !== '' && (
          <p>
            <span className="font-medium">Older than they were, and saved as they were last: </span>
            {text.changed}.
          </p>
        )}
        {text.lost !== '' && (
          <p>
            <span className="font-medium">Lost: </span>
            {text.lost} could not be read.
          </p>
        )}
        {text.unsure.length > 0 && (
          <p className="text-text-muted">
            More may be lost of these, as not even their keys could be read: {text.unsure.join(', ')}.
          </p>
        )}
        {loss.missingTasks.total > 0 && (
          <section aria-label="Missing tasks">
            <h3 className="mb-4 text-12 font-medium text-text-muted">
              Missing tasks ({countText(loss.missingTasks.total)})
            </h3>
            <ul className="flex list-disc flex-col gap-2 ps-16">
              {loss.missingTasks.first.map((title, index) => (
                <li key={`${index} ${title}`} className="break-words" dir="auto">
                  {title}
                </li>
              ))}
            </ul>
          </section>
        )}
        {canBring && (
          <p className="text-text-muted">
            What was saved can be brought back into the database in use. What you deleted or continued since
            stays as it is, what fits with nothing is left out, and all of it can be undone.
          </p>
        )}
        <section aria-label="Details" className="flex flex-col items-start gap-8">
          <ScrolledPre className="code-text max-h-output w-full overflow-auto rounded-6 border border-line bg-surface-0 p-8 break-words whitespace-pre-wrap">
            {outcome.problem}
          </ScrolledPre>
          <CopyTextButton label="Copy details" text={() => JSON.stringify(outcome, undefined, 2)} />
        </section>
        {bringing.error !== null && <ErrorNotice error={bringing.error} />}
      </div>
    </Dialog>
  )
}
