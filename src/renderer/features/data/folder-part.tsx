import type { MovePlan } from '@shared/backups'
import { FolderOpen } from 'lucide-react'
import { useState } from 'react'
import { useAppState } from '../../app/app-state'
import { call } from '../../client/call'
import { useCall } from '../../client/use-call'
import { Button } from '../../ui/button'
import { CopyButton } from '../../ui/copy-button'
import { Dialog } from '../../ui/dialog'
import { ErrorNotice, Notice } from '../../ui/notice'
import { bytesText } from '../../ui/time'
import { Part } from '../settings/part'
import { amountText } from './data-text'

/** Where the data lies, and how to have it elsewhere. */
export function FolderPart() {
  const directory = useAppState()?.dataDirectory ?? ''
  const planning = useCall<MovePlan>()
  const [plan, setPlan] = useState<MovePlan | null>(null)
  const choose = async () => {
    const chosen = await call('app.chooseFolder', { title: 'Choose an empty folder for the data' })
    const to = chosen.ok ? chosen.value : null
    if (to === null) return
    setPlan(await planning.run(() => call('data.planMove', { to })))
  }
  return (
    <Part title="Data folder">
      <p className="flex items-center gap-8" data-selectable>
        <span className="min-w-0 flex-1 break-all">{directory}</span>
        <CopyButton label="Copy data folder" text={() => directory} />
      </p>
      <p className="text-text-muted">
        It holds the database, backups, settings, logs, and the checkouts of tasks. Do not put it into a
        folder that is synchronized with other machines.
      </p>
      <div>
        <Button
          size="small"
          busy={planning.busy}
          icon={<FolderOpen className="size-12" />}
          onClick={() => void choose()}
        >
          {planning.busy ? 'Looking at the folder' : 'Move the data folder'}
        </Button>
      </div>
      {planning.error !== null && <ErrorNotice error={planning.error} />}
      {plan !== null && <MoveQuestion plan={plan} close={() => setPlan(null)} />}
    </Part>
  )
}

function MoveQuestion({ plan, close }: { plan: MovePlan; close: () => void }) {
  const moving = useCall<unknown>()
  const { to, from, bytes, files, freeBytes, refusal, warnings } = plan
  return (
    <Dialog
      open
      onClose={close}
      title="Move the data folder"
      footer={
        <>
          <Button tone="quiet" onClick={close}>
            {refusal === null ? 'Cancel' : 'Close'}
          </Button>
          {refusal === null && (
            <Button
              tone="accent"
              busy={moving.busy}
              onClick={() => void moving.run(() => call('data.move', { to }))}
            >
              Move and start again
            </Button>
          )}
        </>
      }
    >
      <div className="flex flex-col gap-12">
        {refusal !== null && <ErrorNotice error={refusal} />}
        <dl className="flex flex-col gap-6" data-selectable>
          <Fact name="From" value={from} />
          <Fact name="To" value={to} />
          <Fact name="To copy" value={amountText(bytes, files)} />
          <Fact name="Free there" value={freeBytes === null ? 'not known' : bytesText(freeBytes)} />
        </dl>
        {warnings.map((warning) => (
          <Notice key={warning} tone="warning">
            {warning}
          </Notice>
        ))}
        {refusal === null && (
          <p className="text-text-muted">
            Turns that run are stopped. Everything is copied and compared first; only then is the new folder
            used, and the old one stays until you remove it. Agents remember a session by the path of its
            checkout: they begin anew with your next prompt and are told what was said before.
          </p>
        )}
        {moving.error !== null && <ErrorNotice error={moving.error} />}
      </div>
    </Dialog>
  )
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div className="flex gap-8">
      <dt className="w-full max-w-number shrink-0 text-text-muted">{name}</dt>
      <dd className="min-w-0 flex-1 break-all">{value}</dd>
    </div>
  )
}
