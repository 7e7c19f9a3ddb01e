import { type KnownLink, pullRequestUrl } from '@shared/deep-link'
import type { Organization } from '@shared/domain'
import type { ErrorValue } from '@shared/errors'
import type { Account, AvailableOrganization, PullRequestLookup } from '@shared/github'
import type { OrganizationId } from '@shared/ids'
import { ExternalLink } from 'lucide-react'
import { type ReactNode, useEffect, useState } from 'react'
import { openExternal } from '../../app/open-external'
import { keepLink, openOrganizations, openSignIn } from '../../app/workspace'
import { call } from '../../client/call'
import { useEntities } from '../../client/topics'
import { useCall } from '../../client/use-call'
import { Button } from '../../ui/button'
import { ErrorNotice, Notice } from '../../ui/notice'
import { Waiting } from '../../ui/progress'
import { useAccounts } from '../accounts/use-accounts'
import { useSync, useSyncLine } from '../sync/use-sync'
import { showPullRequestOf } from './follow-link'

type Link = Extract<KnownLink, { type: 'pull_request' }>

/** A pull request that is not here: why, and how it comes. Once it is here it is shown. */
export function PullRequestLink({ link }: { link: Link }) {
  const { lookup, error, look } = useLookup(link)
  return (
    <>
      <h2 className="text-16 font-semibold break-words" data-selectable>
        <bdi>
          {link.owner}/{link.repository}
        </bdi>{' '}
        #{link.number}
      </h2>
      {error !== null && (
        <ErrorNotice
          error={error}
          actions={
            <Button size="small" onClick={look}>
              Try again
            </Button>
          }
        />
      )}
      {lookup === null ? (
        error === null && <Waiting>Looking for it</Waiting>
      ) : (
        <Missing link={link} lookup={lookup} look={look} />
      )}
    </>
  )
}

function Missing({ link, lookup, look }: { link: Link; lookup: PullRequestLookup; look: () => void }) {
  const { host, owner, repository } = link
  switch (lookup.state) {
    case 'known':
      return <Waiting>Opening it</Waiting>
    case 'not_read':
      return (
        <Reading link={link} organizationId={lookup.organizationId} look={look}>
          It has not been read from GitHub yet. Foundry reads open pull requests, and what becomes of them.
        </Reading>
      )
    case 'no_repository':
      return (
        <Reading link={link} organizationId={lookup.organizationId} look={look}>
          {repository} is not among the repositories of {owner} that were read. It may be new, or be called
          something else now.
        </Reading>
      )
    case 'no_organization':
      return <Bring link={link} accountIds={lookup.accountIds} look={look} />
    case 'no_account':
      return (
        <>
          <p className="text-14 text-text-muted">
            Nobody is signed in to <bdi className="break-all">{host}</bdi> here.
          </p>
          {host !== 'github.com' && (
            <Notice tone="warning">
              Anybody can write a link. Sign in to {host} only if you know it: it gets your token.
            </Notice>
          )}
          <Steps link={link}>
            <Button
              tone="accent"
              onClick={() => {
                keepLink(link)
                openSignIn(host)
              }}
            >
              Sign in to {host}
            </Button>
          </Steps>
        </>
      )
  }
}

/** What can always be done, behind the one step to take. */
function Steps({ link, children }: { link: Link; children: ReactNode }) {
  return (
    <div className="flex min-w-0 flex-wrap gap-6">
      {children}
      <Button
        icon={<ExternalLink className="size-12" />}
        onClick={() => void openExternal(pullRequestUrl(link))}
      >
        Open in the browser
      </Button>
    </div>
  )
}

/** The organization is here: a sync brings what is missing, if it is there to be read. */
function Reading({
  link,
  organizationId,
  look,
  children,
}: {
  link: Link
  organizationId: OrganizationId
  look: () => void
  children: ReactNode
}) {
  const sync = useSync(organizationId)
  const line = useSyncLine(sync)
  const starting = useCall()
  const [askedAt, setAskedAt] = useState<number | null>(null)
  const { state, progressAt, syncedAt } = sync ?? { state: 'never', progressAt: null, syncedAt: null }
  useEffect(look, [look, state, progressAt, syncedAt])
  const running = state === 'running'
  const inVain = askedAt !== null && !running && syncedAt !== null && syncedAt >= askedAt
  const read = async () => {
    const at = Date.now()
    const started = await starting.run(() => call('organization.sync', { organizationId }))
    if (started !== null) setAskedAt(at)
  }
  return (
    <>
      <p className="text-14 break-words text-text-muted">
        {inVain
          ? 'GitHub was asked, and it is not among what it showed. It may have been closed before Foundry first read this organization, be deleted, or not be visible to your account.'
          : children}
      </p>
      {line !== null && <output className="text-12 text-text-faint">{line.text}</output>}
      {starting.error !== null && <ErrorNotice error={starting.error} />}
      {sync !== undefined && sync.problem !== null && !running && <ErrorNotice error={sync.problem} />}
      <Steps link={link}>
        <Button tone="accent" busy={running || starting.busy} onClick={() => void read()}>
          {running || starting.busy ? 'Reading from GitHub' : inVain ? 'Read again' : 'Read it from GitHub'}
        </Button>
      </Steps>
    </>
  )
}

/** An account of the host is signed in, and the organization was not added. */
function Bring({
  link,
  accountIds,
  look,
}: {
  link: Link
  accountIds: readonly Account['id'][]
  look: () => void
}) {
  const accounts = useAccounts().filter((one) => accountIds.includes(one.id))
  const organizations = useEntities('app', null, 'organization')
  const bringing = useCall<Organization>()
  useEffect(look, [look, organizations])
  const bring = async (account: Account) => {
    await bringing.run(async () => {
      const available = await call('organization.available', { accountId: account.id })
      if (!available.ok) return available
      const found = organizationIn(available.value, link.owner)
      if (found === undefined) return { ok: false, error: notAMember(account, link) }
      return call('organization.add', { accountId: account.id, githubId: found.githubId })
    })
    look()
  }
  const { error } = bringing
  return (
    <>
      <p className="text-14 break-words text-text-muted">
        Nothing of <bdi>{link.owner}</bdi> is on this computer yet. What you bring here is read from{' '}
        {link.host} and kept readable without a network.
      </p>
      {error !== null && (
        <ErrorNotice
          error={error}
          actions={
            <Button
              size="small"
              onClick={() => {
                keepLink(link)
                openOrganizations(accounts[0]?.id ?? null)
              }}
            >
              Choose organizations
            </Button>
          }
        />
      )}
      <Steps link={link}>
        {accounts.map((account, index) => (
          <Button
            key={account.id}
            tone={index === 0 ? 'accent' : 'plain'}
            busy={bringing.busy}
            onClick={() => void bring(account)}
          >
            {bringing.busy
              ? 'Asking GitHub'
              : `Bring ${link.owner} to this computer${accounts.length === 1 ? '' : ` as ${account.login}`}`}
          </Button>
        ))}
      </Steps>
    </>
  )
}

function organizationIn(
  available: readonly AvailableOrganization[],
  owner: string,
): AvailableOrganization | undefined {
  return available.find(({ login }) => login.toLowerCase() === owner.toLowerCase())
}

function notAMember(account: Account, link: Link): ErrorValue {
  return {
    kind: 'forbidden',
    message: `${account.login} belongs to no organization called ${link.owner} on ${link.host}, as far as its token may see.`,
    next: 'Look at what this account can bring, or open the pull request in the browser.',
  }
}

/** Where it is now. Once it is here, it is shown in the place of this view. */
function useLookup(link: Link): {
  lookup: PullRequestLookup | null
  error: ErrorValue | null
  look: () => void
} {
  const [asked, setAsked] = useState(0)
  const [known, setKnown] = useState<{ lookup: PullRequestLookup | null; error: ErrorValue | null }>({
    lookup: null,
    error: null,
  })
  const [look] = useState(() => () => setAsked((count) => count + 1))
  useEffect(() => {
    let current = true
    const { host, owner, repository, number } = link
    void call('organization.findPullRequest', { host, owner, repository, number }).then((found) => {
      if (!current) return
      setKnown((before) =>
        found.ok ? { lookup: found.value, error: null } : { lookup: before.lookup, error: found.error },
      )
      if (found.ok && found.value.state === 'known') void showPullRequestOf(link, () => current)
    })
    return () => {
      current = false
    }
    // Whoever sees that something changed asks again.
    // oxlint-disable-next-line react/exhaustive-effect-dependencies
  }, [link, asked])
  return { ...known, look }
}
