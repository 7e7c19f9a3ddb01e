import type { Sync } from '@shared/github'
import type { AccountId, OrganizationId, RepositoryId } from '@shared/ids'
import type { Database } from '../../database'
import type { RemotePullRequest } from '../pull-requests/remote'
import type { ProjectPullRequests } from '../pull-requests/writer'
import type { GitHubClient, SyncOwners } from '../types'

/** Keeps what is known of organizations as GitHub has it. */
export interface SyncEngine {
  /**
   * Starts a sync, or joins the one that runs; one that was cut short goes on where it was. With `full` every list is
   * read to its end again, after the one that runs if that does not do so anyway.
   *
   * @throws FoundryError `conflict` for one that is not synced: local, left, or without a connected account
   */
  start(id: OrganizationId, options?: { full?: boolean }): void
  /** Settles once nothing runs for it any more, however that ended. Never rejects. */
  finished(id: OrganizationId): Promise<void>
  /**
   * Stops at once; what was read stays. It is not started again by the clock, only by `start`, or with the app's next
   * start.
   */
  cancel(id: OrganizationId): void
  /** As `cancel`, without a trace in what is shown: for one that is left. Settles once nothing of it is written any more. */
  forget(id: OrganizationId): Promise<void>
  read(id: OrganizationId): Sync
  /** After the app's start: goes on with what was cut short and starts the clock of all that are synced. */
  recover(): void
  /** GitHub told of a pull request outside of any sync: written at once, and whatever goes by it. */
  learned(id: OrganizationId, repositoryId: RepositoryId, pull: RemotePullRequest): void
  /** We changed something there (a push, a pull request): what became of it is read at once. */
  pushed(id: OrganizationId): void
  /** The window came to the front. */
  focused(): void
  /** The machine woke up. */
  resumed(): void
  /** The network is back, or another one. */
  online(): void
  /** An account was connected (again): what waited for it goes on. */
  connected(accountId: AccountId): void
  /** The organization the window shows is kept more current than the others. */
  shown(id: OrganizationId | null): void
  /** Ends what runs, so that it goes on at the next start. Nothing is written any more afterwards. */
  shutdown(): Promise<void>
}

export interface SyncOptions {
  database: Database
  owners: SyncOwners
  /** Tasks follow their pull requests. */
  project: ProjectPullRequests
  /** Null while the account has to be connected again, or is signed out. */
  client(accountId: AccountId): GitHubClient | null
  /** All that are to be kept current: of GitHub, and not left. */
  organizations(): readonly OrganizationId[]
  /** Pull requests on screen and those of the person's own tasks: their checks are read first. */
  attended?(id: OrganizationId): readonly { repositoryId: RepositoryId; number: number }[]
  /** How many pull requests one answer holds at most; fewer in tests of lists with many pages. */
  largestAnswer?: number
  now(): number
  /** Runs something later; the result ends that. */
  schedule(run: () => void, milliseconds: number): () => void
  /** The sync's state or its counts are different now. */
  changed(id: OrganizationId): void
  /** A run came to its end: GitHub can be reached. */
  synced?(id: OrganizationId): void
  /** Rows were appended to the feed of changes. */
  changesAppended?(id: OrganizationId): void
  /** Unexpected failures; expected ones are in what `read` tells. */
  reportError(error: unknown, what: string): void
}
