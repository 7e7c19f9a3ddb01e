import { and, eq } from 'drizzle-orm'
import { FoundryError, toErrorValue, type ErrorValue } from '@shared/errors'
import type { OrganizationId, RepositoryId } from '@shared/ids'
import type { PullRequestReviews } from '@shared/reviews'
import type { Database } from '../../database'
import { pullRequestReviews } from '../tables'
import type { GitHubClient } from '../types'
import {
  joinPages,
  MOST_PAGES,
  readReviewsPage,
  REVIEWS_QUERY,
  type RemoteReviews,
  type ReviewsPage,
} from './query'

/** A pull request as its reviews are asked for. */
export interface ReviewedPullRequest {
  organizationId: OrganizationId
  repositoryId: RepositoryId
  number: number
  nodeId: string
}

/** What was said about pull requests, kept for the time without GitHub. Asked for when somebody looks, and never else. */
export interface Reviews {
  /** What is kept; null where GitHub was never asked. */
  kept(pull: ReviewedPullRequest): PullRequestReviews | null
  /** Asks GitHub, and keeps what it says. Two who ask for the same wait for the same answer. Null: it went well. */
  refresh(pull: ReviewedPullRequest): Promise<ErrorValue | null>
  /** Resolves once no answer is on its way that was asked for before. */
  settled(pull: ReviewedPullRequest): Promise<void>
  close(): void
}

export interface ReviewsOptions {
  database: Database
  /** @throws FoundryError where nobody is signed in who could read it */
  client(organizationId: OrganizationId): GitHubClient
  /** It was deleted with its organization, or is in another one now: what was read is nobody's. */
  isKnown(pull: ReviewedPullRequest): boolean
  now(): number
}

export function createReviews({ database, client, isKnown, now }: ReviewsOptions): Reviews {
  const db = database.commands
  const stopped = new AbortController()
  const reading = new Map<string, Promise<ErrorValue | null>>()
  const rowOf = ({ repositoryId, number }: ReviewedPullRequest) =>
    and(eq(pullRequestReviews.repositoryId, repositoryId), eq(pullRequestReviews.number, number))

  async function ask({ organizationId, nodeId, number }: ReviewedPullRequest): Promise<RemoteReviews> {
    const github = client(organizationId)
    const pages: RemoteReviews[] = []
    let after: string | null = null
    do {
      // One after the other: each says where the next begins.
      const { value }: { value: ReviewsPage | null } = await github.graphql(
        REVIEWS_QUERY,
        { id: nodeId, after, first: after === null },
        {
          purpose: 'interactive',
          signal: stopped.signal,
          what: `the reviews of #${number}`,
          read: (data) => readReviewsPage(data),
        },
      )
      if (value === null) break
      pages.push(value.reviews)
      after = value.next
    } while (after !== null && pages.length < MOST_PAGES)
    const joined = joinPages(pages)
    if (joined !== null) return joined
    throw new FoundryError('not_found', `GitHub does not show #${number} to this account any more.`, {
      next: 'Check on GitHub whether it still exists and who may see it.',
    })
  }

  function store(pull: ReviewedPullRequest, reviews: RemoteReviews): void {
    database.transaction(() => {
      if (!isKnown(pull)) return
      const { repositoryId, number, organizationId } = pull
      const row = { organizationId, json: reviews, readAt: now() }
      db.insert(pullRequestReviews)
        .values({ repositoryId, number, ...row })
        .onConflictDoUpdate({
          target: [pullRequestReviews.repositoryId, pullRequestReviews.number],
          set: row,
        })
        .run()
    })
  }

  return {
    kept(pull) {
      const row = db.select().from(pullRequestReviews).where(rowOf(pull)).get()
      // Rows of earlier versions say nothing of checks.
      if (row === undefined) return null
      const told: Omit<RemoteReviews, 'checks' | 'checksTotal'> & Partial<RemoteReviews> = row.json
      return { ...told, checks: told.checks ?? [], checksTotal: told.checksTotal ?? 0, readAt: row.readAt }
    },
    refresh(pull) {
      const key = `${pull.repositoryId}#${pull.number}`
      const underWay = reading.get(key)
      if (underWay !== undefined) return underWay
      const started = ask(pull)
        .then((reviews) => {
          if (!stopped.signal.aborted) store(pull, reviews)
          return null
        })
        .catch(toErrorValue)
        .finally(() => reading.delete(key))
      reading.set(key, started)
      return started
    },
    async settled({ repositoryId, number }) {
      await reading.get(`${repositoryId}#${number}`)
    },
    close: () => stopped.abort(),
  }
}
