import { syncPhases, type SyncPhase } from '@shared/github'
import type { OrganizationId, RepositoryId } from '@shared/ids'
import type { PullRequestWriter, Written } from '../pull-requests/writer'
import type { GitHubClient, RestPage, SyncedOrganization, SyncOwners } from '../types'
import { discover, readRepositories } from './read-repositories'
import { readMembers } from './read-members'
import { readPullRequests } from './read-pull-requests'
import type { PullRequestSource } from './source'
import type { SyncRow } from './state'

/** One sync of one organization, from its start or from where it was cut short. */
export interface Run {
  readonly id: OrganizationId
  readonly generation: number
  /** Every list is read to its end, not only what GitHub says was updated. A search that is no use makes it so. */
  full: boolean
  /** From where it goes on. */
  readonly from: SyncPhase
  /** GitHub's clock: until when everything was known before; null before the first sync has ended. */
  readonly knownUntil: number | null
  readonly membersAt: number | null
  readonly client: GitHubClient
  readonly owners: SyncOwners
  readonly writer: PullRequestWriter
  readonly signal: AbortSignal
  now(): number
  /** When a pull request was last read back after somebody changed it here, by our clock. */
  learnedAt(repositoryId: RepositoryId, number: number): number | undefined
  /** As it is called now. Throws when it was left meanwhile. */
  organization(): SyncedOrganization
  /** How GitHub is asked for pull requests: over GraphQL, or over REST where that is refused. */
  withSource<Value>(ask: (source: PullRequestSource) => Promise<Value>): Promise<Value>
  /** What the way in use can do at once. */
  sourceLimits(): Pick<PullRequestSource, 'most' | 'lists' | 'overlaps'>
  /** How much is asked for at once. It outlives a run: what GitHub could not answer is asked for in smaller parts. */
  readonly answerSize: { pulls: number; readonly most: number }
  /** One transaction with the owners of organizations and repositories. */
  transaction(work: () => void): void
  /** Kept in the row: a run that is cut short knows it again. */
  save(patch: Partial<Pick<SyncRow, 'full' | 'membersAt'>>): void
  enter(phase: SyncPhase): void
  progress(processed: number, total: number, label: string): void
  /** Every page of GitHub's passes here: how often it may be asked. */
  heard(page: Pick<RestPage<unknown>, 'pollIntervalMs'>): void
  /** Rows of pull requests were written. */
  written(written: Written): void
  attended(): readonly { repositoryId: RepositoryId; number: number }[]
}

/** What is known once a run has ended: GitHub's clock, until when. */
export interface RunEnd {
  knownUntil: number
}

/**
 * The one flow of a sync: phase after phase, each from its beginning where the last run was cut short in it. What a
 * phase has read already in this generation it does not read again where that matters (lists of pull requests).
 */
export async function runSync(run: Run): Promise<RunEnd> {
  const due = syncPhases.slice(syncPhases.indexOf(run.from))
  let end: RunEnd | null = null
  for (const phase of due) {
    run.signal.throwIfAborted()
    run.enter(phase)
    switch (phase) {
      case 'discovering_repositories':
        await discover(run)
        break
      case 'syncing_repositories':
        await readRepositories(run)
        break
      case 'syncing_members':
        await readMembers(run)
        break
      case 'syncing_pull_requests':
        end = await readPullRequests(run)
        break
    }
  }
  if (end === null) throw new Error('A sync has to end with its pull requests')
  return end
}
