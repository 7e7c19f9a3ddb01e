import type { Account, AvailableOrganization } from '@shared/github'
import type { ErrorValue } from '@shared/errors'
import type { Organization } from '@shared/domain'
import { ExternalLink, RefreshCw } from 'lucide-react'
import { useCallback, useEffect, useState } from 'react'
import { openExternal } from '../../app/open-external'
import { openOrganizations, openSignIn, openStart } from '../../app/workspace'
import { call } from '../../client/call'
import { useCall } from '../../client/use-call'
import { Avatar } from '../../ui/avatar'
import { Button } from '../../ui/button'
import { CaptionedControl } from '../../ui/field'
import { EmptyState, ErrorNotice } from '../../ui/notice'
import { Waiting } from '../../ui/progress'
import { Select } from '../../ui/select'
import { useAccounts } from '../accounts/use-accounts'
import { ViewFrame } from '../task/view-frame'
import { kindText, ssoPage } from './organization-text'
import { OrganizationHint } from './sync-hint'
import { showOrganization, useOrganization } from './use-organizations'

/** What an account can bring local: itself, and the organizations it belongs to. */
export function OrganizationChooser({ accountId }: { accountId: string | null }) {
  const accounts = useAccounts()
  const account = accounts.find((one) => one.id === accountId) ?? accounts[0]
  return (
    <ViewFrame title="Choose organizations" onClose={openStart}>
      {account === undefined ? (
        <EmptyState
          title="Nobody is signed in"
          action={
            <Button tone="accent" onClick={() => openSignIn()}>
              Sign in to GitHub
            </Button>
          }
        >
          Organizations come from a GitHub account.
        </EmptyState>
      ) : (
        <>
          <p className="text-14 text-text-muted">
            What you add here is read from GitHub and kept on this computer, readable without a network.
          </p>
          {accounts.length > 1 && (
            <div className="w-full max-w-field">
              <CaptionedControl caption="Account">
                <Select
                  label="Account"
                  value={account.id}
                  choices={accounts.map((one) => ({
                    value: one.id,
                    label: `${one.login} on ${one.host}`,
                  }))}
                  onChange={(id) => openOrganizations(id)}
                />
              </CaptionedControl>
            </div>
          )}
          <Available key={account.id} account={account} />
        </>
      )}
    </ViewFrame>
  )
}

function useAvailable(account: Account): {
  list: readonly AvailableOrganization[] | null
  error: ErrorValue | null
  busy: boolean
  read: () => void
} {
  const [list, setList] = useState<readonly AvailableOrganization[] | null>(null)
  const [answer, setAnswer] = useState<{ asked: number; error: ErrorValue | null } | null>(null)
  const [asked, setAsked] = useState(0)
  useEffect(() => {
    let current = true
    void call('organization.available', { accountId: account.id }).then((result) => {
      if (!current) return
      if (result.ok) setList(result.value)
      setAnswer({ asked, error: result.ok ? null : result.error })
    })
    return () => {
      current = false
    }
  }, [account.id, asked])
  const read = useCallback(() => setAsked((count) => count + 1), [])
  return { list, error: answer?.error ?? null, busy: answer?.asked !== asked, read }
}

function Available({ account }: { account: Account }) {
  const { list, error, busy, read } = useAvailable(account)
  const failed = error !== null && (
    <ErrorNotice
      error={error}
      actions={
        <>
          {error.kind === 'credentials' && (
            <Button size="small" onClick={() => openSignIn(account.host)}>
              Sign in again
            </Button>
          )}
          <Button size="small" busy={busy} onClick={read}>
            Try again
          </Button>
        </>
      }
    />
  )
  if (list === null) return failed === false ? <Waiting>Asking GitHub</Waiting> : failed
  return (
    <>
      {failed}
      <ul aria-label="Organizations" className="flex flex-col">
        {list.map((one) => (
          <AvailableRow key={one.githubId} account={account} available={one} onAdded={read} />
        ))}
      </ul>
      {!list.some((one) => one.kind === 'organization') && (
        <p className="text-text-muted">
          {account.login} belongs to no organization that this token may see.
          {account.missing.some((one) => one.scope === 'read:org') &&
            ' It lacks read:org, without which organizations stay hidden.'}
        </p>
      )}
      {account.missing.some((one) => one.scope === 'read:org') && (
        <div>
          <Button size="small" onClick={() => openSignIn(account.host)}>
            Sign in with another token
          </Button>
        </div>
      )}
      <div className="flex flex-wrap items-center gap-6">
        <Button size="small" busy={busy} icon={<RefreshCw className="size-12" />} onClick={read}>
          {busy ? 'Asking GitHub' : 'Ask GitHub again'}
        </Button>
        <span className="text-12 text-text-faint">
          One is missing? An owner may have to allow this token or app for it.
        </span>
      </div>
    </>
  )
}

const stateTexts: Partial<Record<AvailableOrganization['state'], string>> = {
  saml: 'Asks for single sign-on: authorize your token for it, then ask again.',
  suspended: 'GitHub blocks it.',
  gone: 'Not on GitHub any more, or not visible to this account.',
}

function AvailableRow({
  account,
  available,
  onAdded,
}: {
  account: Account
  available: AvailableOrganization
  onAdded: () => void
}) {
  const adding = useCall<Organization>()
  const [addedId, setAddedId] = useState<string | null>(null)
  const organization = useOrganization(addedId ?? available.organizationId ?? undefined)
  const local = organization !== undefined && organization.github?.leftAt === null
  const name = available.name ?? available.login
  const stateText = stateTexts[available.state]
  const add = async () => {
    const added = await adding.run(() =>
      call('organization.add', { accountId: account.id, githubId: available.githubId }),
    )
    if (added === null) return
    setAddedId(added.id)
    onAdded()
  }
  return (
    <li className="flex min-w-0 flex-col gap-8 border-b border-line py-12 last:border-b-0">
      <div className="flex min-w-0 items-center gap-8">
        <Avatar name={name} url={available.avatarUrl} />
        <div className="min-w-0 flex-1">
          <div className="truncate font-medium" title={name}>
            <bdi>{name}</bdi>
          </div>
          <div className="truncate text-12 text-text-muted">
            {local ? (
              <OrganizationHint organization={organization} />
            ) : (
              <>
                {kindText(available.kind)}
                {name !== available.login && ` ${available.login}`}
                {organization !== undefined && ', left; what was read is kept'}
              </>
            )}
          </div>
        </div>
        {local ? (
          <Button size="small" onClick={() => void showOrganization(organization.id)}>
            Open
          </Button>
        ) : (
          <Button
            size="small"
            busy={adding.busy}
            reason={stateText ?? null}
            aria-label={`Add ${name}`}
            onClick={() => void add()}
          >
            {adding.busy ? 'Adding' : organization === undefined ? 'Add' : 'Add again'}
          </Button>
        )}
      </div>
      {stateText !== undefined && (
        <div className="flex flex-wrap items-center gap-8 ps-32 text-12 text-warning">
          <span className="min-w-0">
            {available.state === 'saml' ? stateText : `${stateText} ${available.problem?.next ?? ''}`}
          </span>
          {available.state === 'saml' && (
            <Button
              size="small"
              icon={<ExternalLink className="size-12" />}
              onClick={() => void openExternal(ssoPage(account.host, available.login, available.problem))}
            >
              Open single sign-on
            </Button>
          )}
        </div>
      )}
      {adding.error !== null && <ErrorNotice error={adding.error} />}
    </li>
  )
}
