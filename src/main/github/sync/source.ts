import type { RemotePullRequest } from '../pull-requests/remote'
import type { PullRequestRef } from '../pull-requests/writer'
import type { KnownRepository, Purpose } from '../types'
import type { OwnedRepository } from './answers'

/** One page that is wanted of a repository's open pull requests. */
export interface PageWanted {
  repository: KnownRepository
  size: number
  /** What comes after it; null for the first page. */
  after: string | null
}

/**
 * - `withheld`: the repository is gone, or this account may not read it
 * - `failed`: GitHub could not make this part of the answer; asking for less may help
 */
export type PagePart =
  | {
      kind: 'page'
      total: number | null
      hasNext: boolean
      endCursor: string | null
      items: { cursor: string; pull: RemotePullRequest }[]
    }
  | { kind: 'withheld' }
  | { kind: 'failed' }

/** What became of a pull request: `gone` where GitHub does not have it, `withheld` where it does not say. */
export type Found = RemotePullRequest | 'gone' | 'withheld'

export interface UpdatedPage {
  /** How many fit in all. */
  total: number
  /** Where the next page begins; null at the end. */
  next: string | null
  /** Of the last one on the page, also if that is not among the hits. */
  lastUpdatedAt: number | null
  /** `repository` is GitHub's node id, or `owner/name` in lower case. */
  hits: { repository: string; pull: RemotePullRequest }[]
}

/** Dates are GitHub's clock when it answered. Every failure is a `GitHubError`. */
export interface PullRequestSource {
  /** How many pull requests of one answer this source can well give. */
  readonly most: number
  /** How many lists can be asked for at once. */
  readonly lists: number
  /** Whether a page begins where another ended, so that it shows when the list has moved in between. */
  readonly overlaps: boolean
  /** How many are open in at most 100 repositories, in their order. */
  counts(
    repositories: readonly KnownRepository[],
  ): Promise<{ counts: (number | 'unknown' | 'withheld')[]; date: number }>
  pages(wanted: readonly PageWanted[]): Promise<{ parts: PagePart[]; date: number }>
  /** At most 50, in their order. */
  byId(refs: readonly PullRequestRef[], purpose: Purpose): Promise<{ found: Found[]; date: number }>
  /** Those updated since a time, of all an owner has; longest ago first. */
  updatedSince(
    owner: string,
    since: number,
    after: string | null,
  ): Promise<{ page: UpdatedPage; date: number }>
  /** At most 100, in their order: null for one that is gone, `withheld` where GitHub does not say. */
  repositories(all: readonly KnownRepository[]): Promise<(OwnedRepository | null | 'withheld')[]>
}

/** `org:acme is:pr updated:>=2026-11-24T02:50:25Z` */
export function searchText(owner: string, since: number): string {
  const at = new Date(since).toISOString().replace(/\.\d+Z$/, 'Z')
  return `${owner} is:pr updated:>=${at}`
}
