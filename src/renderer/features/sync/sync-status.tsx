import type { Organization } from '@shared/domain'
import type { Account, Sync } from '@shared/github'
import { CircleAlert, CloudOff, RefreshCw, TriangleAlert } from 'lucide-react'
import { openSettings } from '../../app/workspace'
import { cx } from '../../ui/cx'
import { Popover } from '../../ui/popover'
import { exactTime, useNow } from '../../ui/time'
import { useAccountOf } from '../accounts/use-accounts'
import { blockedReason } from '../organizations/organization-text'
import { syncNow } from './sync-actions'
import { SyncDetails } from './sync-details'
import { budgetLeft, syncFraction, syncLine, tightestBudget, type SyncTone } from './sync-text'
import { useSync } from './use-sync'

const line =
  'flex h-full min-w-0 items-center gap-4 rounded-4 px-4 -outline-offset-2 hover:bg-surface-2 hover:text-text'
const tones: Record<SyncTone, string> = {
  quiet: '',
  busy: '',
  attention: 'text-warning',
  failed: 'text-danger',
}

/** Whose data this is, how old it is, and what is being done about it. In the line at the bottom. */
export function SyncStatus({ organization }: { organization: Organization }) {
  const account = useAccountOf(organization)
  const sync = useSync(organization.id)
  const { github } = organization
  if (github === null) return null
  return (
    <>
      <button
        type="button"
        aria-label={`Account ${account?.login ?? github.login} on ${github.host}`}
        title={`${account?.login ?? github.login} on ${github.host}`}
        className={cx(line, 'shrink')}
        onClick={() => openSettings('accounts')}
      >
        <span className="max-w-tab truncate">{account?.login ?? 'Signed out'}</span>
      </button>
      {sync !== undefined && <SyncEntry organization={organization} sync={sync} account={account} />}
    </>
  )
}

function SyncEntry({
  organization,
  sync,
  account,
}: {
  organization: Organization
  sync: Sync
  account: Account | undefined
}) {
  const now = useNow()
  const { text, tone } = syncLine(sync, now)
  const fraction = sync.state === 'running' ? syncFraction(sync) : null
  const reason = blockedReason(organization, account)
  return (
    <>
      <Popover
        title="Sync"
        trigger={
          <button
            type="button"
            aria-label={`Sync: ${text}`}
            title={sync.syncedAt === null ? text : `Synced ${exactTime(sync.syncedAt)}`}
            className={cx(line, tones[tone])}
          >
            <SyncGlyph sync={sync} tone={tone} />
            {fraction !== null && (
              <progress
                aria-hidden
                value={Math.round(fraction * 100)}
                max={100}
                className="progress w-48 shrink-0"
              />
            )}
            <span className="truncate">{text}</span>
          </button>
        }
      >
        <SyncDetails organizationId={organization.id} sync={sync} account={account} reason={reason} />
      </Popover>
      {sync.state === 'failed' && reason === null && (
        <button
          type="button"
          className={cx(line, 'shrink-0 font-medium')}
          onClick={() => void syncNow(organization.id)}
        >
          Retry
        </button>
      )}
    </>
  )
}

function SyncGlyph({ sync, tone }: { sync: Sync; tone: SyncTone }) {
  const look = 'size-12 shrink-0'
  if (tone === 'failed') return <TriangleAlert aria-hidden className={look} />
  if (sync.state === 'waiting' && sync.problem?.kind === 'offline')
    return <CloudOff aria-hidden className={look} />
  if (tone === 'attention') return <CircleAlert aria-hidden className={look} />
  return <RefreshCw aria-hidden className={look} />
}

/** What is left of the budget that runs out first. */
export function BudgetStatus({ organization }: { organization: Organization }) {
  const account = useAccountOf(organization)
  const now = useNow()
  const budget = tightestBudget(account?.budgets ?? [], now)
  if (budget === undefined) return null
  const left = Math.round(budgetLeft(budget, now) * 100)
  const low = budget.resetAt > now && budget.remaining <= budget.reserve
  return (
    <button
      type="button"
      title={`${left} % of what GitHub answers in an hour is left`}
      className={cx(line, 'shrink-0', low && 'text-warning')}
      onClick={() => openSettings('sync')}
    >
      <span>
        <span className="sr-only">GitHub's limits: </span>API {left} %<span className="sr-only"> left</span>
      </span>
    </button>
  )
}
