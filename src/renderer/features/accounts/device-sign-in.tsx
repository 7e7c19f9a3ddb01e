import type { Account, DeviceSignIn as DeviceSignInState } from '@shared/github'
import { useEffect, useRef, useState } from 'react'
import { openExternal } from '../../app/open-external'
import { call } from '../../client/call'
import { useEntity } from '../../client/topics'
import { useCall } from '../../client/use-call'
import { Button } from '../../ui/button'
import { copyText, CopyTextButton } from '../../ui/copy-button'
import { ErrorNotice, Notice } from '../../ui/notice'
import { RemainingTime } from '../../ui/time'
import { useAccounts } from './use-accounts'

/** Signing in through the browser: GitHub asks for the code that is shown here. */
export function DeviceSignIn({ host, onSignedIn }: { host: string; onSignedIn: (account: Account) => void }) {
  const starting = useCall<DeviceSignInState>()
  const cancelling = useCall<unknown>()
  const known = useEntity('app', null, 'deviceSignIn', 'device')
  const accounts = useAccounts()
  const [startedCode, setStartedCode] = useState<string | null>(null)
  const told = useRef(false)
  // One that ended before this view opened says nothing here; one that still waits goes on.
  const current =
    known !== undefined &&
    known.host === host &&
    (known.state === 'waiting' || known.userCode === startedCode)
      ? known
      : undefined
  const succeeded = current?.state === 'succeeded'
  const account = accounts
    .filter((one) => one.host === host && one.source === 'device')
    .toSorted((a, b) => b.checkedAt - a.checkedAt)[0]
  useEffect(() => {
    if (!succeeded || account === undefined || told.current) return
    told.current = true
    onSignedIn(account)
  }, [succeeded, account, onSignedIn])

  const start = async () => {
    told.current = false
    const started = await starting.run(() => call('account.startDeviceSignIn', { host }))
    if (started !== null) setStartedCode(started.userCode)
  }
  const startButton = (label: string) => (
    <div>
      <Button busy={starting.busy} onClick={() => void start()}>
        {starting.busy ? 'Asking GitHub for a code' : label}
      </Button>
    </div>
  )
  return (
    <div className="flex min-w-0 flex-col gap-12">
      {starting.error !== null && <ErrorNotice error={starting.error} />}
      {current === undefined && startButton(`Sign in to ${host} in the browser`)}
      {current?.state === 'waiting' && (
        <Waiting
          signIn={current}
          cancelling={cancelling.busy}
          onCancel={() => void cancelling.run(() => call('account.cancelDeviceSignIn'))}
        />
      )}
      {cancelling.error !== null && <ErrorNotice error={cancelling.error} />}
      {current !== undefined && endedText[current.state] !== undefined && (
        <>
          {current.problem === null ? (
            <Notice tone="warning">{endedText[current.state]}</Notice>
          ) : (
            <ErrorNotice error={current.problem} />
          )}
          {startButton('Get a new code')}
        </>
      )}
      {succeeded && <output className="text-text-muted">GitHub has agreed. Reading who you are.</output>}
    </div>
  )
}

const endedText: Partial<Record<DeviceSignInState['state'], string>> = {
  expired: 'The code has expired. A new one takes a moment.',
  denied: 'The sign-in was refused in the browser.',
  failed: 'The sign-in did not work.',
  cancelled: 'The sign-in was cancelled.',
}

function Waiting({
  signIn,
  cancelling,
  onCancel,
}: {
  signIn: DeviceSignInState
  cancelling: boolean
  onCancel: () => void
}) {
  const open = useRef<HTMLButtonElement>(null)
  useEffect(() => open.current?.focus(), [])
  return (
    <div className="flex min-w-0 flex-col gap-12 rounded-6 border border-line bg-surface-1 p-16">
      <p>Enter this code in the browser. Foundry goes on by itself as soon as you have.</p>
      <div className="flex flex-wrap items-center gap-12">
        <output
          aria-label="Code"
          className="rounded-6 border border-line bg-surface-0 px-12 py-8 font-mono text-20 font-semibold select-text"
        >
          {signIn.userCode}
        </output>
        <CopyTextButton label="Copy code" text={() => signIn.userCode} />
      </div>
      <div className="flex flex-wrap items-center gap-6">
        <Button
          ref={open}
          tone="accent"
          onClick={() => {
            copyText(signIn.userCode)
            void openExternal(signIn.verificationUrl)
          }}
        >
          Copy code and open browser
        </Button>
        <Button tone="quiet" busy={cancelling} onClick={onCancel}>
          Cancel
        </Button>
        <span className="text-12 text-text-muted">
          Waiting for you, <RemainingTime until={signIn.expiresAt} /> left
        </span>
      </div>
      <p className="text-12 break-all text-text-faint" data-selectable>
        {signIn.verificationUrl}
      </p>
    </div>
  )
}
