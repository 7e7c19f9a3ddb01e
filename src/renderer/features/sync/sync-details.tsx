import type { Account, Budget, Sync } from '@shared/github'
import type { ErrorValue } from '@shared/errors'
import type { OrganizationId } from '@shared/ids'
import { RefreshCw } from 'lucide-react'
import { useState } from 'react'
import { Button } from '../../ui/button'
import { cx } from '../../ui/cx'
import { CopyTextButton } from '../../ui/copy-button'
import { ErrorNotice, errorText, Notice } from '../../ui/notice'
import { AgoTime, exactTime, untilText, useNow } from '../../ui/time'
import { Fact } from '../accounts/account-facts'
import { cancelSync, syncNow } from './sync-actions'
import {
  budgetLeft,
  counted,
  countText,
  phaseWords,
  resourceWords,
  syncFraction,
  syncLine,
} from './sync-text'

/** Everything that is known of a sync, and what can be done with it. */
export function SyncDetails({
  organizationId,
  sync,
  account,
  reason = null,
}: {
  organizationId: OrganizationId
  sync: Sync
  account: Account | undefined
  /** Why it cannot be synced now. */
  reason?: string | null
}) {
  const now = useNow()
  const going = sync.state === 'running' || sync.state === 'waiting'
  const fraction = syncFraction(sync)
  return (
    <div className="flex min-w-0 flex-col gap-12">
      <div className="flex flex-col gap-4">
        <output className="break-words">{syncLine(sync, now).text}</output>
        {going && fraction !== null && <SyncBar fraction={fraction} />}
        {going && sync.label !== '' && (
          <span className="truncate text-12 text-text-muted" title={sync.label} dir="auto">
            {sync.label}
          </span>
        )}
      </div>
      {sync.problem !== null && <Problem problem={sync.problem} waiting={sync.state === 'waiting'} />}
      <dl className="flex flex-col gap-4 text-12" data-selectable>
        {sync.state === 'waiting' && sync.phase !== null && (
          <Fact name="Doing">{phaseWords[sync.phase]}</Fact>
        )}
        {going && sync.startedAt !== null && (
          <Fact name="Started">
            <AgoTime at={sync.startedAt} />
          </Fact>
        )}
        {going && sync.progressAt !== null && (
          <Fact name="Last progress">
            <AgoTime at={sync.progressAt} />
          </Fact>
        )}
        <Fact name="Last synced">{sync.syncedAt === null ? 'Never' : <AgoTime at={sync.syncedAt} />}</Fact>
        <Fact name="Known here">
          {counted(sync.counts.repositories, 'repository', 'repositories')},{' '}
          {counted(sync.counts.members, 'member', 'members')},{' '}
          {counted(sync.counts.openPullRequests, 'open pull request', 'open pull requests')}
        </Fact>
      </dl>
      <div className="flex flex-wrap gap-6">
        {going && (
          <Button size="small" onClick={() => void cancelSync(organizationId)}>
            Cancel sync
          </Button>
        )}
        {sync.state !== 'running' && (
          <Button
            size="small"
            icon={<RefreshCw className="size-12" />}
            reason={reason}
            onClick={() => void syncNow(organizationId)}
          >
            {sync.state === 'failed' || sync.state === 'waiting' ? 'Try again now' : 'Sync now'}
          </Button>
        )}
      </div>
      {account !== undefined && account.budgets.length > 0 && <Budgets budgets={account.budgets} />}
    </div>
  )
}

/** What it waits for is something to know; what stopped it is an error. */
function Problem({ problem, waiting }: { problem: ErrorValue; waiting: boolean }) {
  if (!waiting) return <ErrorNotice error={problem} />
  return (
    <Notice tone="warning">
      <p>{problem.message}</p>
      {problem.next !== undefined && <p className="text-text-muted">{problem.next}</p>}
      <div className="mt-6">
        <CopyTextButton label="Copy details" text={() => errorText(problem)} />
      </div>
    </Notice>
  )
}

function SyncBar({ fraction }: { fraction: number }) {
  return (
    <progress
      aria-label="Sync progress"
      value={Math.round(fraction * 100)}
      max={100}
      className="progress w-full"
    />
  )
}

/** What GitHub still answers within its limits, who used it, and when it is full again. */
export function Budgets({ budgets }: { budgets: readonly Budget[] }) {
  const now = useNow()
  return (
    <section aria-label="GitHub's limits" className="flex flex-col gap-8 border-t border-line pt-12">
      <h3 className="text-12 font-medium">GitHub's limits</h3>
      {budgets.map((budget) => (
        <BudgetLine key={budget.resource} budget={budget} now={now} />
      ))}
    </section>
  )
}

function BudgetLine({ budget, now }: { budget: Budget; now: number }) {
  const [open, setOpen] = useState(false)
  const left = budgetLeft(budget, now)
  const over = budget.resetAt <= now
  const inReserve = !over && budget.remaining <= budget.reserve
  const name = resourceWords[budget.resource]
  return (
    <div className="flex flex-col gap-4 text-12">
      <div className="flex min-w-0 flex-wrap items-baseline gap-x-8">
        <span className="min-w-0 flex-1">{name}</span>
        <span className={cx(inReserve ? 'text-warning' : 'text-text-muted')}>
          {countText(over ? budget.limit : budget.remaining)} of {countText(budget.limit)} left
        </span>
      </div>
      <meter
        aria-label={`${name} left`}
        value={Math.round(left * 100)}
        min={0}
        max={100}
        className={cx('meter w-full', inReserve && 'meter-warning')}
      />
      <div className="flex min-w-0 flex-wrap items-center gap-x-8 text-11 text-text-faint">
        <span title={exactTime(budget.resetAt)}>
          {over ? 'Full again since its reset' : `Full again at ${untilText(budget.resetAt, now)}`}
        </span>
        <span>{countText(budget.reserve)} kept for what you do</span>
        {budget.spent.length > 0 && (
          <button
            type="button"
            aria-expanded={open}
            className="min-h-24 rounded-4 underline underline-offset-2 hover:text-text"
            onClick={() => setOpen(!open)}
          >
            {open ? 'Hide what it went to' : 'What it went to'}
          </button>
        )}
      </div>
      {open && (
        <ul className="flex flex-col gap-2 text-11 text-text-muted">
          {budget.spent
            .toSorted((a, b) => b.amount - a.amount)
            .map((one) => (
              <li key={one.purpose} className="flex gap-8">
                <span className="min-w-0 flex-1 break-words">{one.purpose}</span>
                <span>{countText(one.amount)}</span>
              </li>
            ))}
        </ul>
      )}
    </div>
  )
}
