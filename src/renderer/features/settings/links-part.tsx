import type { LinkHandlerState } from '@shared/app-state'
import type { Settings } from '@shared/domain'
import { isLinkPage } from '@shared/pull-request-footer'
import { FolderOpen } from 'lucide-react'
import { useEffect, useState } from 'react'
import { call } from '../../client/call'
import { useCall } from '../../client/use-call'
import { Button } from '../../ui/button'
import { Switch, TextField } from '../../ui/field'
import { ErrorNotice } from '../../ui/notice'
import { showError } from '../../ui/toast'
import { Part } from './part'

/** How a person gets from a page of GitHub to a task here. */
export function LinksPart({
  settings,
  change,
}: {
  settings: Settings
  change: (part: Partial<Settings>) => void
}) {
  const reveal = async () => {
    const result = await call('app.revealExtension')
    if (!result.ok) showError(result.error)
  }
  return (
    <Part title="Links">
      <Handler />
      <div className="flex flex-col items-start gap-4">
        <Button size="small" icon={<FolderOpen className="size-12" />} onClick={() => void reveal()}>
          Show browser extension
        </Button>
        <p className="text-12 text-text-faint">
          It puts “Open in Foundry” on the pull requests of GitHub. Its README says how a browser takes it.
        </p>
      </div>
      <Switch
        label="End published pull requests with a link to their task"
        checked={settings.pullRequestFooter}
        onChange={(pullRequestFooter) => change({ pullRequestFooter })}
      />
      {settings.pullRequestFooter && (
        <LinkPage value={settings.linkPage} onCommit={(linkPage) => change({ linkPage })} />
      )}
    </Part>
  )
}

/** Whether the system opens links with this app, and what does instead. */
function Handler() {
  const [state, setState] = useState<LinkHandlerState | null>(null)
  const asking = useCall<LinkHandlerState>()
  const { run } = asking
  useEffect(() => {
    void run(() => call('app.linkHandler')).then((known) => known !== null && setState(known))
    // Asked once: nothing tells when the system changes it.
  }, [run])
  const set = async (on: boolean) => {
    const changed = await asking.run(() => call('app.openLinksHere', { on }))
    if (changed !== null) setState(changed)
  }
  return (
    <div className="flex flex-col gap-4">
      <Switch
        label="Open foundry:// links with this app"
        checked={state?.isOn === true}
        disabled={state === null || !state.canChange || asking.busy}
        onChange={(on) => void set(on)}
      />
      {state !== null && (state.reason ?? state.other) !== null && (
        <p className="text-12 text-text-faint">
          {state.reason ?? `They are opened with ${state.other ?? 'another app'} now.`}
        </p>
      )}
      {asking.error !== null && <ErrorNotice error={asking.error} />}
    </div>
  )
}

function LinkPage({ value, onCommit }: { value: string; onCommit: (address: string) => void }) {
  const [typed, setTyped] = useState(value)
  const address = typed.trim()
  const problem =
    address === '' || isLinkPage(address)
      ? null
      : 'An https address without a query, such as https://acme.dev/open'
  return (
    <div className="w-full max-w-form">
      <TextField
        label="Page that leads to the app"
        optional
        value={typed}
        placeholder="https://acme.dev/open"
        error={problem}
        onChange={(event) => setTyped(event.currentTarget.value)}
        onBlur={() => problem === null && address !== value && onCommit(address)}
      />
      <p className="mt-4 text-12 text-text-faint">
        GitHub shows no foundry:// links. With a copy of docs/open on a server of yours the footer can be
        clicked; without it, it can be copied.
      </p>
    </div>
  )
}
