import type { Account } from '@shared/github'
import type { Organization } from '@shared/domain'
import { LogIn, Plus } from 'lucide-react'
import { useState } from 'react'
import { useAppState } from '../../app/app-state'
import { openOrganizations, openSignIn, setSettingsOpen } from '../../app/workspace'
import { call } from '../../client/call'
import { useCall } from '../../client/use-call'
import { Button } from '../../ui/button'
import { Disclosure } from '../../ui/disclosure'
import { ErrorNotice, Notice } from '../../ui/notice'
import { showToast } from '../../ui/toast'
import { DataQuestion, type DataChoice } from '../organizations/data-question'
import { askToLeave } from '../organizations/leave-state'
import { Members } from '../organizations/members'
import { bannerText, organizationName } from '../organizations/organization-text'
import { OrganizationHint } from '../organizations/sync-hint'
import { OrganizationMark } from '../organizations/switcher'
import { activateOrganization, useOrganizations } from '../organizations/use-organizations'
import { Part } from '../settings/part'
import { AccountFacts, AccountName } from './account-facts'
import { useAccounts } from './use-accounts'

/** Who is signed in, what their tokens can do, and the organizations that are brought local. */
export function AccountsPage() {
  const accounts = useAccounts()
  const organizations = useOrganizations()
  const keychain = useAppState()?.keychain ?? true
  const fromGitHub = organizations.filter((one) => one.github !== null)
  return (
    <>
      <Part title="Accounts">
        {!keychain && accounts.length === 0 && (
          <Notice tone="warning">
            This computer offers no keychain. Tokens are kept until Foundry quits, and never written to disk.
          </Notice>
        )}
        {accounts.map((account) => (
          <AccountCard key={account.id} account={account} organizations={fromGitHub} />
        ))}
        {accounts.length === 0 && (
          <p className="text-text-muted">
            Nobody is signed in. Folders on this computer work without an account; with one, Foundry reads the
            repositories and pull requests of your organizations.
          </p>
        )}
        <div>
          <Button
            size="small"
            tone={accounts.length === 0 ? 'accent' : 'plain'}
            icon={<LogIn className="size-12" />}
            onClick={() => openSignIn()}
          >
            {accounts.length === 0 ? 'Sign in to GitHub' : 'Add an account'}
          </Button>
        </div>
      </Part>
      {(fromGitHub.length > 0 || accounts.length > 0) && (
        <Part title="Organizations">
          {fromGitHub.map((organization) => (
            <OrganizationCard key={organization.id} organization={organization} />
          ))}
          {fromGitHub.length === 0 && <p className="text-text-muted">None was brought local yet.</p>}
          <div>
            <Button
              size="small"
              icon={<Plus className="size-12" />}
              reason={accounts.length === 0 ? 'Sign in first' : null}
              onClick={() => openOrganizations()}
            >
              Add organization
            </Button>
          </div>
        </Part>
      )}
    </>
  )
}

function AccountCard({
  account,
  organizations,
}: {
  account: Account
  organizations: readonly Organization[]
}) {
  const checking = useCall<Account>()
  const [leaving, setLeaving] = useState(false)
  const check = async () => {
    const checked = await checking.run(() => call('account.check', { accountId: account.id }))
    if (checked?.state === 'connected') showToast(`The token of ${checked.login} is good`)
  }
  const reads = organizations.filter((one) => one.github?.accountId === account.id)
  return (
    <section
      aria-label={`${account.login} on ${account.host}`}
      className="flex min-w-0 flex-col gap-12 rounded-6 border border-line p-12"
    >
      <div className="flex min-w-0 flex-wrap items-center gap-8">
        <AccountName account={account} />
        <span className="flex shrink-0 flex-wrap gap-6">
          {account.state === 'reconnect' && (
            <Button size="small" tone="accent" onClick={() => openSignIn(account.host)}>
              Reconnect
            </Button>
          )}
          <Button size="small" busy={checking.busy} onClick={() => void check()}>
            {checking.busy ? 'Asking GitHub' : 'Check'}
          </Button>
          <Button size="small" tone="quiet" onClick={() => setLeaving(true)}>
            Sign out
          </Button>
        </span>
      </div>
      {account.state === 'reconnect' && account.problem === null && (
        <Notice tone="warning">There is no token for it. Everything read before stays readable.</Notice>
      )}
      {account.problem !== null && <ErrorNotice error={account.problem} />}
      {checking.error !== null && checking.error.message !== account.problem?.message && (
        <ErrorNotice error={checking.error} />
      )}
      <AccountFacts account={account} />
      {leaving && <SignOutQuestion account={account} reads={reads} onClose={() => setLeaving(false)} />}
    </section>
  )
}

function SignOutQuestion({
  account,
  reads,
  onClose,
}: {
  account: Account
  reads: readonly Organization[]
  onClose: () => void
}) {
  const leaving = useCall<boolean>()
  const signOut = async (data: DataChoice) => {
    const done = await leaving.run(async () => {
      const result = await call('account.signOut', { accountId: account.id, data })
      return result.ok ? { ok: true, value: true } : result
    })
    if (done === null) return
    onClose()
    showToast(`${account.login} is signed out`, 'Its token is removed from this computer.')
  }
  const names = reads.map((one) => one.name).join(', ')
  return (
    <DataQuestion
      title={`Sign out ${account.login}`}
      description={`The token is removed from this computer. On ${account.host} it stays valid until you revoke it there.`}
      keep={
        reads.length === 0
          ? 'Nothing was read with this account alone.'
          : `${names} ${reads.length === 1 ? 'stays' : 'stay'} readable and ${reads.length === 1 ? 'is' : 'are'} not synced any more.`
      }
      remove={
        reads.length === 0
          ? 'Nothing was read with this account alone.'
          : `Repositories, members and pull requests of ${names} are deleted from this computer, unless another account here reads them too. On GitHub they stay.`
      }
      confirm={{ keep: 'Sign out', delete: 'Sign out and delete' }}
      busy={leaving.busy}
      error={leaving.error}
      onConfirm={(data) => void signOut(data)}
      onClose={onClose}
    />
  )
}

function OrganizationCard({ organization }: { organization: Organization }) {
  const accounts = useAccounts()
  const { github } = organization
  if (github === null) return null
  const account = accounts.find((one) => one.id === github.accountId)
  const problem = bannerText(organization, account)
  const left = github.leftAt !== null
  return (
    <section
      aria-label={organizationName(organization)}
      className="flex min-w-0 flex-col gap-8 rounded-6 border border-line p-12"
    >
      <div className="flex min-w-0 flex-wrap items-center gap-8">
        <OrganizationMark organization={organization} />
        <div className="min-w-0 flex-1">
          <div className="truncate font-medium" title={organization.name}>
            <bdi>{organization.name}</bdi>
          </div>
          <div className="truncate text-12 text-text-muted">
            <OrganizationHint organization={organization} />
          </div>
        </div>
        <span className="flex shrink-0 flex-wrap gap-6">
          <Button
            size="small"
            onClick={() => {
              setSettingsOpen(false)
              void activateOrganization(organization)
            }}
          >
            Open
          </Button>
          <Button size="small" tone="quiet" onClick={() => askToLeave(organization.id)}>
            {left ? 'Delete what was kept' : 'Leave'}
          </Button>
        </span>
      </div>
      {problem !== null && (
        <Notice tone="warning">
          {problem.title} {problem.next}
        </Notice>
      )}
      {organization.kind === 'organization' && (
        <Disclosure label="Members">{() => <Members organizationId={organization.id} />}</Disclosure>
      )}
    </section>
  )
}
