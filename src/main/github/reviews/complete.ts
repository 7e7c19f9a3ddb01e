import { z } from 'zod'
import type { IssueComment } from '@shared/packs'
import type { GivenReview, ReviewThread } from '@shared/reviews'
import type { GitHubClient, RestPage } from '../types'
import {
  MORE_COMMENTS_QUERY,
  MORE_REVIEWS_QUERY,
  type MorePage,
  readMoreComments,
  readMoreReviews,
  readReviewsPage,
  REVIEWS_QUERY,
  type ReviewsPage,
} from './query'

/** GitHub takes 65,536 characters. */
const WHOLE_TEXT = 70_000
/** More pages than this are not asked for, whatever GitHub says. */
const MOST_PAGES = 200

export interface CompleteReviews {
  reviews: GivenReview[]
  threads: ReviewThread[]
}

/** All that was said about lines of a pull request, to the last page; null where GitHub does not show it. */
export async function readCompleteReviews(
  client: GitHubClient,
  pull: { nodeId: string; number: number },
  signal: AbortSignal,
): Promise<CompleteReviews | null> {
  const what = `the reviews of #${pull.number}`
  const purpose = { purpose: 'interactive' as const, signal, what }
  const pages: ReviewsPage[] = []
  let after: string | null = null
  do {
    // One after the other: each says where the next begins.
    const { value }: { value: ReviewsPage | null } = await client.graphql(
      REVIEWS_QUERY,
      { id: pull.nodeId, after, first: after === null },
      { ...purpose, read: (data) => readReviewsPage(data, WHOLE_TEXT) },
    )
    if (value === null) return null
    pages.push(value)
    after = value.next
  } while (after !== null && pages.length < MOST_PAGES)
  const first = pages[0]?.reviews
  const threads: ReviewThread[] = []
  for (const thread of pages.flatMap(({ reviews }) => reviews.threads)) {
    if (thread.commentsTotal <= thread.comments.length) threads.push(thread)
    else threads.push({ ...thread, comments: await all(MORE_COMMENTS_QUERY, thread.id, readMoreComments) })
  }
  const given = first?.reviews ?? []
  const isWhole = (first?.reviewsTotal ?? 0) <= given.length
  return { threads, reviews: isWhole ? given : await all(MORE_REVIEWS_QUERY, pull.nodeId, readMoreReviews) }

  async function all<One>(
    query: string,
    id: string,
    read: (data: unknown, mostText: number) => MorePage<One>,
  ): Promise<One[]> {
    const found: One[] = []
    let next: string | null = null
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const { value }: { value: MorePage<One> } = await client.graphql(
        query,
        { id, after: next },
        { ...purpose, read: (data) => read(data, WHOLE_TEXT) },
      )
      found.push(...value.all)
      next = value.next
      if (next === null) break
    }
    return found
  }
}

const commentsSchema = z.array(
  z.object({
    id: z.number(),
    body: z.string().nullish(),
    user: z.object({ login: z.string() }).nullish(),
    created_at: z.string(),
  }),
)

/** All comments below a pull request that are about none of its lines. */
export async function readIssueComments(
  client: GitHubClient,
  githubId: string,
  number: number,
  signal: AbortSignal,
): Promise<IssueComment[]> {
  const comments: IssueComment[] = []
  let path: string | null =
    `/repositories/${encodeURIComponent(githubId)}/issues/${number}/comments?per_page=100`
  for (let page = 0; path !== null && page < MOST_PAGES; page += 1) {
    const answer: RestPage<IssueComment[]> = await client.get(path, {
      purpose: 'interactive',
      signal,
      read: (body) =>
        commentsSchema.parse(body).map((one) => ({
          id: String(one.id),
          author: one.user?.login ?? null,
          body: one.body ?? '',
          createdAt: Date.parse(one.created_at),
        })),
    })
    comments.push(...answer.value)
    path = answer.next
  }
  return comments
}
