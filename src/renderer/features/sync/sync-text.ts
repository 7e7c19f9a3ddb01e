import type { Budget, Sync, SyncPhase } from '@shared/github'
import { agoText, untilText } from '../../ui/time'

export const phaseWords: Record<SyncPhase, string> = {
  discovering_repositories: 'Finding repositories',
  syncing_repositories: 'Reading repositories',
  syncing_members: 'Reading members',
  syncing_pull_requests: 'Reading pull requests',
}

/** What was read longer ago than this is said to be old. */
export const staleMs = 30 * 60_000

/** `busy` goes on by itself; `attention` needs a person or is old; `failed` needs one now. */
export type SyncTone = 'quiet' | 'busy' | 'attention' | 'failed'

export interface SyncLine {
  text: string
  tone: SyncTone
}

const numbers = new Intl.NumberFormat()

export function countText(count: number): string {
  return numbers.format(count)
}

/** `1 repository`, `1,000 repositories`. */
export function counted(count: number, one: string, many: string): string {
  return `${countText(count)} ${count === 1 ? one : many}`
}

/** 0 to 1 while a figure is known. */
export function syncFraction(sync: Pick<Sync, 'processed' | 'total'>): number | null {
  return sync.total > 0 ? Math.min(1, sync.processed / sync.total) : null
}

export function isStale(sync: Pick<Sync, 'state' | 'syncedAt'>, now: number): boolean {
  return sync.state !== 'running' && sync.syncedAt !== null && now - sync.syncedAt > staleMs
}

/** The state of a sync in a few words, for one line. */
export function syncLine(sync: Sync, now: number): SyncLine {
  const age = sync.syncedAt === null ? '' : `, synced ${agoText(sync.syncedAt, now)}`
  switch (sync.state) {
    case 'never':
      return { text: 'Not synced yet', tone: 'quiet' }
    case 'running': {
      const phase = sync.phase === null ? 'Starting to sync' : phaseWords[sync.phase]
      return { text: `${phase}${progressText(sync)}`, tone: 'busy' }
    }
    case 'waiting':
      return { text: waitingText(sync, now), tone: 'attention' }
    case 'synced':
      return sync.syncedAt === null
        ? { text: 'Synced', tone: 'quiet' }
        : {
            text: `Synced ${agoText(sync.syncedAt, now)}`,
            tone: isStale(sync, now) ? 'attention' : 'quiet',
          }
    case 'failed':
      return { text: `Sync failed${age}`, tone: 'failed' }
    case 'cancelled':
      return { text: `Sync cancelled${age}`, tone: 'attention' }
  }
}

/** ` 40 of 1,000`, or what is known of it. */
export function progressText(sync: Pick<Sync, 'processed' | 'total'>): string {
  if (sync.total > 0) return ` ${countText(Math.min(sync.processed, sync.total))} of ${countText(sync.total)}`
  return sync.processed > 0 ? ` ${countText(sync.processed)}` : ''
}

/** Why it waits, and until when if that is known. */
function waitingText(sync: Sync, now: number): string {
  const until = sync.waitingUntil === null ? '' : ` until ${untilText(sync.waitingUntil, now)}`
  const age = sync.syncedAt === null ? '' : `, synced ${agoText(sync.syncedAt, now)}`
  const kind = sync.problem?.kind
  if (kind === 'rate_limited') return `Waiting${until}: GitHub's limit`
  if (kind === 'offline') return `Offline${age}`
  if (kind === 'github') return `Waiting${until}: GitHub has a problem`
  return `Waiting${until}${age}`
}

/** The part of a budget that sync may still spend, 0 to 1. Once its reset has passed it is full again. */
export function budgetLeft(budget: Budget, now: number): number {
  if (budget.limit <= 0) return 0
  return budget.resetAt <= now ? 1 : Math.max(0, Math.min(1, budget.remaining / budget.limit))
}

/** The budget that runs out first, for the one figure in the status row. */
export function tightestBudget(budgets: readonly Budget[], now: number): Budget | undefined {
  return budgets.toSorted((a, b) => budgetLeft(a, now) - budgetLeft(b, now))[0]
}

export const resourceWords: Record<Budget['resource'], string> = {
  core: 'REST requests',
  graphql: 'GraphQL points',
  search: 'Searches',
}

export interface AgeLineText {
  kind: 'arriving' | 'offline' | 'old'
  text: string
}

/** What a list says about itself: still filling, read a while ago, or out of reach. Null while all is well. */
export function ageLine(sync: Sync, now: number): AgeLineText | null {
  const first = sync.syncedAt === null
  const age = first
    ? 'The first sync is not finished'
    : `This is how it was ${agoText(sync.syncedAt ?? now, now)}`
  if (sync.state === 'running') {
    return first
      ? { kind: 'arriving', text: `First sync: more arrives while you read. ${syncLine(sync, now).text}.` }
      : null
  }
  if (sync.state === 'waiting') {
    return sync.problem?.kind === 'offline'
      ? { kind: 'offline', text: `GitHub cannot be reached. ${age}.` }
      : first
        ? { kind: 'arriving', text: `${syncLine(sync, now).text}. ${age}.` }
        : isStale(sync, now)
          ? { kind: 'old', text: `${syncLine(sync, now).text}. ${age}.` }
          : null
  }
  if (sync.state === 'failed') return { kind: 'old', text: `The last sync failed. ${age}.` }
  if (sync.state === 'cancelled' && first) return { kind: 'old', text: `The sync was cancelled. ${age}.` }
  return isStale(sync, now) ? { kind: 'old', text: `${age}.` } : null
}
