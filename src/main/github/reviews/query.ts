import { z } from 'zod'
import { runState, statusState } from '../check-states'
import type { CheckAnnotation, GivenReview, PullRequestReviews, ReviewThread } from '@shared/reviews'

/** Threads GitHub gives with one request, and how many requests are made; comments of each. */
export const THREADS = 50
export const MOST_PAGES = 4
const COMMENTS = 30
const REVIEWS = 50
const CHECKS = 50
const ANNOTATIONS = 20
/** Of one text; and of the piece of a diff that a thread was written beside. */
const MOST_TEXT = 16_000
const MOST_HUNK = 6000
const MOST_DESCRIPTION = 1000
const HUNK_LINES = 12
/** Of all texts of a pull request together: they are one row, and one answer to the window. */
const MOST_TOGETHER = 400_000

/** What was said about pull request `$id`; all but threads only with `$first`. */
export const REVIEWS_QUERY = `query PullRequestReviews($id: ID!, $after: String, $first: Boolean!) {
  node(id: $id) { ... on PullRequest {
    number state headRefOid viewerDidAuthor
    reviewThreads(first: ${THREADS}, after: $after) {
      totalCount pageInfo { hasNextPage endCursor }
      nodes {
        id path diffSide line startLine originalLine originalStartLine subjectType isOutdated isResolved
        resolvedBy { login } viewerCanReply viewerCanResolve viewerCanUnresolve
        comments(first: ${COMMENTS}) {
          totalCount nodes { id body createdAt url diffHunk state author { login } }
        }
      }
    }
    reviews(last: ${REVIEWS}) @include(if: $first) {
      totalCount nodes { id state body submittedAt url author { login } }
    }
    commits(last: 1) @include(if: $first) { nodes { commit { statusCheckRollup {
      contexts(first: ${CHECKS}) { totalCount nodes {
        __typename
        ... on StatusContext { context state description targetUrl }
        ... on CheckRun { name status conclusion detailsUrl annotations(first: ${ANNOTATIONS}) {
          totalCount nodes {
            path annotationLevel title message location { start { line } end { line } }
          }
        } }
      } }
    } } } }
  } }
  rateLimit { cost remaining limit resetAt }
}`

const list = <Node extends z.ZodType>(node: Node) =>
  z.object({ totalCount: z.number().int(), nodes: z.array(node.nullable()).nullable() })

const present = <Node>(from: { nodes: (Node | null)[] | null } | null | undefined): Node[] =>
  (from?.nodes ?? []).filter((node) => node !== null)

const author = z.object({ login: z.string() }).nullish()
const at = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text))

const commentSchema = z.object({
  id: z.string(),
  body: z.string(),
  createdAt: at,
  url: z.string(),
  diffHunk: z.string(),
  state: z.string(),
  author,
})

const threadSchema = z.object({
  id: z.string(),
  path: z.string(),
  diffSide: z.enum(['LEFT', 'RIGHT']),
  line: z.number().int().nullish(),
  startLine: z.number().int().nullish(),
  originalLine: z.number().int().nullish(),
  originalStartLine: z.number().int().nullish(),
  subjectType: z.string(),
  isOutdated: z.boolean(),
  isResolved: z.boolean(),
  resolvedBy: author,
  viewerCanReply: z.boolean(),
  viewerCanResolve: z.boolean(),
  viewerCanUnresolve: z.boolean(),
  comments: list(commentSchema),
})

const annotationSchema = z.object({
  path: z.string(),
  annotationLevel: z.string().nullish(),
  title: z.string().nullish(),
  message: z.string(),
  location: z.object({
    start: z.object({ line: z.number().int() }),
    end: z.object({ line: z.number().int() }),
  }),
})

const answerSchema = z.object({
  node: z
    .object({
      number: z.number().int(),
      state: z.enum(['OPEN', 'CLOSED', 'MERGED']),
      headRefOid: z.string(),
      viewerDidAuthor: z.boolean(),
      reviewThreads: list(threadSchema).extend({
        pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullish() }),
      }),
      reviews: list(
        z.object({
          id: z.string(),
          state: z.string(),
          body: z.string(),
          submittedAt: at.nullish(),
          url: z.string(),
          author,
        }),
      ).optional(),
      commits: z
        .object({
          nodes: z
            .array(
              z
                .object({
                  commit: z.object({
                    statusCheckRollup: z
                      .object({
                        contexts: z.object({
                          totalCount: z.number().int(),
                          nodes: z
                            .array(
                              z
                                .union([
                                  z.object({
                                    __typename: z.literal('CheckRun'),
                                    name: z.string(),
                                    status: z.string(),
                                    conclusion: z.string().nullish(),
                                    detailsUrl: z.string().nullish(),
                                    annotations: list(annotationSchema).nullish(),
                                  }),
                                  z.object({
                                    __typename: z.literal('StatusContext'),
                                    context: z.string(),
                                    state: z.string(),
                                    description: z.string().nullish(),
                                    targetUrl: z.string().nullish(),
                                  }),
                                  z.object({ __typename: z.string() }).transform(() => null),
                                ])
                                .nullable(),
                            )
                            .nullable(),
                        }),
                      })
                      .nullish(),
                  }),
                })
                .nullable(),
            )
            .nullable(),
        })
        .optional(),
    })
    .nullable(),
})

const STATES = { OPEN: 'open', CLOSED: 'closed', MERGED: 'merged' } as const
const REVIEW_STATES: Record<string, GivenReview['state']> = {
  APPROVED: 'approved',
  CHANGES_REQUESTED: 'changes_requested',
  COMMENTED: 'commented',
  DISMISSED: 'dismissed',
  PENDING: 'pending',
}
const LEVELS: Record<string, CheckAnnotation['level']> = {
  NOTICE: 'notice',
  WARNING: 'warning',
  FAILURE: 'failure',
}

export type RemoteReviews = Omit<PullRequestReviews, 'readAt'>

/** One answer to the query above, and where the next page of threads begins. */
export interface ReviewsPage {
  reviews: RemoteReviews
  next: string | null
}

/** Null for a pull request GitHub did not tell of. */
export function readReviewsPage(data: unknown): ReviewsPage | null {
  const { node } = answerSchema.parse(data)
  if (node === null) return null
  const { reviewThreads: threads, reviews } = node
  const contexts = present(node.commits)[0]?.commit.statusCheckRollup?.contexts
  const told = present(contexts)
  const runs = told.filter((one) => one.__typename === 'CheckRun')
  const { hasNextPage, endCursor } = threads.pageInfo
  return {
    next: hasNextPage ? (endCursor ?? null) : null,
    reviews: {
      number: node.number,
      head: node.headRefOid,
      state: STATES[node.state],
      isOwn: node.viewerDidAuthor,
      threads: present(threads).map(toThread),
      threadsTotal: threads.totalCount,
      reviews: present(reviews).flatMap(toReview),
      reviewsTotal: reviews?.totalCount ?? 0,
      annotations: runs.flatMap(({ name, annotations }) =>
        present(annotations).map((one, index) => toAnnotation(name, one, index)),
      ),
      annotationsTotal: runs.reduce((sum, { annotations }) => sum + (annotations?.totalCount ?? 0), 0),
      checks: told.map((one) =>
        one.__typename === 'CheckRun'
          ? { name: one.name, state: runState(one), description: null, url: one.detailsUrl ?? null }
          : {
              name: one.context,
              state: statusState(one.state),
              description: one.description?.slice(0, MOST_DESCRIPTION) ?? null,
              url: one.targetUrl ?? null,
            },
      ),
      checksTotal: contexts?.totalCount ?? 0,
    },
  }
}

/** The pages as one, no longer than a row should be: what is left out is counted in the totals. */
export function joinPages(pages: readonly RemoteReviews[]): RemoteReviews | null {
  const [first, ...more] = pages
  if (first === undefined) return null
  let left = MOST_TOGETHER
  const take = <One>(size: (one: One) => number, all: readonly One[]): One[] =>
    all.filter((one) => {
      left -= size(one)
      return left >= 0
    })
  const threads = [...first.threads, ...more.flatMap((page) => page.threads)]
  // What is open is wanted more than what is done with.
  const order = threads.toSorted((a, b) => Number(a.resolved) - Number(b.resolved))
  const kept = new Set(take(sizeOfThread, order))
  return {
    ...first,
    threads: threads.filter((one) => kept.has(one)),
    reviews: take(({ body }) => body.length, first.reviews),
    annotations: take(({ message }) => message.length, first.annotations),
  }
}

function sizeOfThread({ hunk, comments }: ReviewThread): number {
  return comments.reduce((sum, { body }) => sum + body.length, hunk.length)
}

function toThread(node: z.infer<typeof threadSchema>): ReviewThread {
  const comments = present(node.comments)
  const line = node.line ?? null
  const startLine = node.startLine ?? null
  const lines = line !== null && startLine !== null ? line - startLine + 1 : 1
  return {
    id: node.id,
    path: node.path,
    side: node.diffSide === 'LEFT' ? 'old' : 'new',
    line,
    startLine,
    originalLine: node.originalLine ?? null,
    wholeFile: node.subjectType === 'FILE',
    outdated: node.isOutdated,
    resolved: node.isResolved,
    resolvedBy: node.resolvedBy?.login ?? null,
    mayReply: node.viewerCanReply,
    mayResolve: node.isResolved ? node.viewerCanUnresolve : node.viewerCanResolve,
    hunk: endOfHunk(comments[0]?.diffHunk ?? '', lines),
    comments: comments.map((one) => ({
      id: one.id,
      author: one.author?.login ?? null,
      ...cut(one.body),
      createdAt: one.createdAt,
      url: one.url,
      pending: one.state === 'PENDING',
    })),
    commentsTotal: node.comments.totalCount,
  }
}

/** The lines a thread is about, with some before them. */
function endOfHunk(hunk: string, lines: number): string {
  const rows = hunk.split('\n').filter((row) => !row.startsWith('@@ '))
  const end = rows.slice(-Math.max(HUNK_LINES, lines + 4)).join('\n')
  return end.length <= MOST_HUNK ? end : end.slice(end.indexOf('\n', end.length - MOST_HUNK) + 1)
}

function toReview(node: {
  id: string
  state: string
  body: string
  submittedAt?: number | null | undefined
  url: string
  author?: { login: string } | null | undefined
}): GivenReview[] {
  const state = REVIEW_STATES[node.state]
  if (state === undefined) return []
  const { id, url } = node
  return [
    { id, author: node.author?.login ?? null, state, ...cut(node.body), at: node.submittedAt ?? null, url },
  ]
}

function toAnnotation(
  check: string,
  { path, annotationLevel, title, message, location }: z.infer<typeof annotationSchema>,
  index: number,
): CheckAnnotation {
  return {
    id: `${check} ${index}`,
    check,
    level: LEVELS[annotationLevel ?? ''] ?? 'notice',
    path,
    startLine: location.start.line,
    endLine: location.end.line,
    title: title ?? null,
    message: message.slice(0, MOST_TEXT),
  }
}

function cut(body: string): { body: string; cut: boolean } {
  return { body: body.slice(0, MOST_TEXT), cut: body.length > MOST_TEXT }
}
