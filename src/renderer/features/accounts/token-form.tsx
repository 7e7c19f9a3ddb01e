import type { Account } from '@shared/github'
import { ExternalLink, Eye, EyeOff } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { useAppState } from '../../app/app-state'
import { openExternal } from '../../app/open-external'
import { call } from '../../client/call'
import { useCall } from '../../client/use-call'
import { Button, IconButton } from '../../ui/button'
import { LabeledField, SecretInput, TextField } from '../../ui/field'
import { ErrorNotice } from '../../ui/notice'
import { newTokenPage, typedHost, wantedScopes } from './account-text'

/** A pasted token. It is held here only until it was sent, and is in no store of the window. */
export function TokenForm({
  host: firstHost,
  onSignedIn,
}: {
  host: string
  onSignedIn: (account: Account) => void
}) {
  const keychain = useAppState()?.keychain ?? true
  const signingIn = useCall<Account>()
  const [host, setHost] = useState(firstHost)
  const [token, setToken] = useState('')
  const [shown, setShown] = useState(false)
  const empty = token.trim() === ''
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (empty) return
    const account = await signingIn.run(() => call('account.addToken', { host: typedHost(host), token }))
    if (account === null) return
    setToken('')
    onSignedIn(account)
  }
  return (
    <form
      aria-label="Sign in with a token"
      className="flex min-w-0 flex-col gap-12"
      onSubmit={(event) => void submit(event)}
    >
      <TextField
        label="Host"
        value={host}
        placeholder="github.com"
        inputMode="url"
        onChange={(event) => setHost(event.currentTarget.value)}
        hint="github.com, or the address of your GitHub Enterprise server."
      />
      <LabeledField
        label="Token"
        hint={
          keychain
            ? 'Kept in the keychain of this computer.'
            : 'This computer offers no keychain: the token is kept until Foundry quits.'
        }
      >
        <div className="flex min-w-0 items-center gap-4">
          <SecretInput
            shown={shown}
            value={token}
            onChange={(event) => setToken(event.currentTarget.value)}
          />
          <IconButton
            label={shown ? 'Hide token' : 'Show token'}
            pressed={shown}
            onClick={() => setShown(!shown)}
          >
            {shown ? <EyeOff className="size-16" /> : <Eye className="size-16" />}
          </IconButton>
        </div>
      </LabeledField>
      <p className="text-12 text-text-muted">
        It needs{' '}
        {wantedScopes.map((scope, index) => (
          <span key={scope}>
            {index > 0 && (index === wantedScopes.length - 1 ? ' and ' : ', ')}
            <code className="code-text">{scope}</code>
          </span>
        ))}
        . With less it works too, and Foundry says what is missing.
      </p>
      {signingIn.error !== null && <ErrorNotice error={signingIn.error} />}
      <div className="flex flex-wrap gap-6">
        <Button type="submit" busy={signingIn.busy} reason={empty ? 'Paste a token first' : null}>
          {signingIn.busy ? 'Checking token' : 'Sign in with token'}
        </Button>
        <Button
          tone="quiet"
          icon={<ExternalLink className="size-12" />}
          title={newTokenPage(host)}
          onClick={() => void openExternal(newTokenPage(host))}
        >
          Create a token on {typedHost(host) === 'github.com' ? 'GitHub' : 'this host'}
        </Button>
      </div>
    </form>
  )
}
