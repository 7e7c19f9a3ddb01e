import type { Account } from '@shared/github'
import type { ReactNode } from 'react'
import { Avatar } from '../../ui/avatar'
import { CopyButton } from '../../ui/copy-button'
import { Notice } from '../../ui/notice'
import { AgoTime, exactTime, useNow } from '../../ui/time'
import { expiryText, sourceWords } from './account-text'

/** Who an account is: the name is what is bold, login and host say which one. */
export function AccountName({ account }: { account: Account }) {
  return (
    <div className="flex min-w-0 flex-1 items-center gap-8">
      <Avatar name={account.name ?? account.login} url={account.avatarUrl} />
      <div className="min-w-0 flex-1">
        <div className="truncate font-medium" title={account.name ?? account.login}>
          <bdi>{account.name ?? account.login}</bdi>
        </div>
        <div className="truncate text-12 text-text-muted" title={`${account.login} on ${account.host}`}>
          {account.login} on {account.host}
        </div>
      </div>
    </div>
  )
}

/** What the token may do, what it lacks and costs, how long it lasts and where it is kept. */
export function AccountFacts({ account }: { account: Account }) {
  const now = useNow()
  const expiry = expiryText(account.expiresAt, now)
  return (
    <div className="flex min-w-0 flex-col gap-8">
      {!account.stored && account.state === 'connected' && (
        <Notice tone="warning">
          This computer offers no keychain. The token is kept until Foundry quits, and never written to disk:
          you sign in again after the next start.
        </Notice>
      )}
      {account.missing.map((one) => (
        <Notice key={one.scope} tone="warning">
          Without <code className="code-text">{one.scope}</code>: {one.cost}
        </Notice>
      ))}
      {expiry?.soon === true && <Notice tone="warning">{expiry.text}.</Notice>}
      <dl className="flex flex-col gap-4 text-12" data-selectable>
        <Fact name="Token">
          {sourceWords[account.source]}
          {account.stored ? ', in the keychain of this computer' : ''}
        </Fact>
        <Fact name="May">
          {account.scopes === null ? (
            'What you chose when you made it: tokens of this kind do not say'
          ) : account.scopes.length === 0 ? (
            'Read what is public'
          ) : (
            <span className="inline-flex min-w-0 items-center gap-4">
              <code className="code-text break-words">{account.scopes.join(', ')}</code>
              <CopyButton label="Copy scopes" text={() => account.scopes?.join(', ') ?? ''} />
            </span>
          )}
        </Fact>
        <Fact name="Expires">
          {account.expiresAt === null ? 'GitHub names no date' : exactTime(account.expiresAt)}
        </Fact>
        <Fact name="Checked">
          <AgoTime at={account.checkedAt} />
        </Fact>
      </dl>
    </div>
  )
}

export function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="flex min-w-0 items-baseline gap-8">
      <dt className="w-full max-w-number shrink-0 text-text-muted">{name}</dt>
      <dd className="min-w-0 flex-1 break-words">{children}</dd>
    </div>
  )
}
