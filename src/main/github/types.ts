import type { Budget } from '@shared/github'
import type { AccountId, OrganizationId, RepositoryId } from '@shared/ids'
import type { organizationStates } from '@shared/github'
import type { ErrorValue } from '@shared/errors'

/** What a request is for: the budget is accounted by it, and only what a person waits for may use the reserve. */
export type Purpose = 'sign-in' | 'sync' | 'checks' | 'interactive'

export interface RequestOptions {
  purpose: Purpose
  signal?: AbortSignal
}

export interface RestPage<Value> {
  value: Value
  /** GitHub confirmed what was there before: `value` is what `keep` returned then. */
  notModified: boolean
  /** From the `Link` header: the address of the next page, and the number of the last one. */
  next: string | null
  lastPage: number | null
  /** GitHub's clock when it answered. */
  date: number
  /** `X-Poll-Interval`, in milliseconds, where the answer had one. */
  pollIntervalMs: number | null
}

export type WriteMethod = 'POST' | 'PATCH' | 'PUT' | 'DELETE'

/** GitHub, as one account reaches it. Every failure is a `GitHubError` (see client/errors.ts). */
export interface GitHubClient {
  readonly accountId: AccountId
  /**
   * A REST request. `read` checks the body and makes of it what is wanted; with `conditional`, that is stored with the
   * ETag and comes back when GitHub answers 304 (so it must be small and JSON). It is found by the address alone: one
   * address is read in one way everywhere. It is stored before the caller has stored anything of it.
   */
  get<Value>(
    path: string,
    options: RequestOptions & {
      query?: Record<string, string | number>
      read(body: unknown, headers: Record<string, string>): Value
      conditional?: boolean
    },
  ): Promise<RestPage<Value>>
  /**
   * A REST request that changes something. It is sent once: whether one that failed has arrived is for the caller to
   * look up. `what` stands in messages: "opening the pull request".
   */
  write<Value>(
    method: WriteMethod,
    path: string,
    options: RequestOptions & {
      what: string
      body?: unknown
      read(body: unknown, headers: Record<string, string>): Value
    },
  ): Promise<{ value: Value; date: number }>
  /**
   * The end of a text that GitHub keeps elsewhere, such as the log of a job: it says where, and what is there is read
   * without the token. `cut`: it is longer than what is handed out.
   */
  tail(
    path: string,
    options: RequestOptions & { what: string; keepBytes: number },
  ): Promise<{ text: string; cut: boolean }>
  /** A GraphQL query, whose text has to ask for `rateLimit { cost remaining limit resetAt }`, or a mutation. */
  graphql<Value>(
    query: string,
    variables: Record<string, unknown>,
    options: RequestOptions & {
      /** How messages name it; by its own name where that is left out. */
      what?: string
      /** `errors` are those GitHub sent beside the data: a part may be null because of one. */
      read(data: unknown, errors: readonly GraphqlProblem[]): Value
    },
  ): Promise<{ value: Value; date: number }>
  budgets(): Budget[]
}

export interface GraphqlProblem {
  type: string | null
  path: readonly (string | number)[]
  message: string
}

/** An organization or personal account, as the sync has to know it. */
export interface SyncedOrganization {
  id: OrganizationId
  accountId: AccountId
  kind: 'personal' | 'organization'
  githubId: string
  login: string
}

export interface RemoteRepository {
  githubId: string
  nodeId: string
  fullName: string
  url: string
  cloneUrl: string
  defaultBranch: string | null
  isPrivate: boolean
  isArchived: boolean
  isFork: boolean
  pushedAt: number | null
}

export interface KnownRepository {
  id: RepositoryId
  githubId: string
  nodeId: string
  fullName: string
}

export interface RemoteMember {
  githubId: string
  login: string
  name: string | null
  avatarUrl: string | null
  role: 'admin' | 'member'
}

/**
 * The coordinators that own what a sync reads beside pull requests. What it brings is no person's work: rows of lists
 * are written, at most 100 in a transaction of their own, without waiting for the disk.
 */
export interface SyncOwners {
  organization: {
    /** Null once it was left. */
    get(id: OrganizationId): SyncedOrganization | null
    setProfile(id: OrganizationId, profile: { login: string; name: string; avatarUrl: string | null }): void
    setState(id: OrganizationId, state: (typeof organizationStates)[number], problem: ErrorValue | null): void
    upsertMembers(id: OrganizationId, generation: number, members: readonly RemoteMember[]): void
    sweepMembers(id: OrganizationId, generation: number): void
    countMembers(id: OrganizationId): number
  }
  repositories: {
    /** By GitHub's id; a row opened from a folder with the same origin becomes this repository. */
    upsert(id: OrganizationId, generation: number, repositories: readonly RemoteRepository[]): void
    /** The rows GitHub has confirmed without sending them again. */
    confirm(id: OrganizationId, generation: number, githubIds: readonly string[]): void
    /** Rows of earlier generations that are not gone yet: each is asked for by id before it counts as gone. */
    unconfirmed(id: OrganizationId, generation: number): KnownRepository[]
    markGone(ids: readonly RepositoryId[]): void
    /** Those that are not gone, most recently pushed first. */
    known(id: OrganizationId): KnownRepository[]
    count(id: OrganizationId): number
    /** Counts of open pull requests may have changed. */
    changed(id: OrganizationId, repositories: readonly RepositoryId[]): void
  }
}
