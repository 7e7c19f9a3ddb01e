import { z } from 'zod'
import type { PullRequestReviews, ReviewVerdict } from '@shared/reviews'
import { failure } from '../client/errors'
import type { RemoteTarget } from '../publish/requests'
import type { GitHubClient, RestPage } from '../types'

/** A comment as GitHub takes it: on one line of a side, or from a line to another of one hunk. */
export interface PostedComment {
  path: string
  body: string
  line: number
  side: 'LEFT' | 'RIGHT'
  start_line?: number
  start_side?: 'LEFT' | 'RIGHT'
}

/** A review as it is sent, and as it is looked for when its answer was lost. */
export interface PostedReview {
  /** The commit it is about. */
  commit_id: string
  event: 'COMMENT' | 'APPROVE' | 'REQUEST_CHANGES'
  body: string
  comments: PostedComment[]
}

/** A reply as it is sent, and as it is looked for when its answer was lost. */
export interface PostedReply {
  body: string
  /** Whose it is at GitHub: somebody else may be signed in when it is looked for. */
  login: string
  /** Comments of this person's that said the same before. */
  before: string[]
}

/** A thread, as somebody who is about to reply has to know it. */
export interface RepliedThread {
  state: PullRequestReviews['state']
  resolved: boolean
  mayReply: boolean
  /** The last ones. */
  comments: { id: string; author: string | null; body: string }[]
}

export const EVENTS: Record<ReviewVerdict, PostedReview['event']> = {
  comment: 'COMMENT',
  approve: 'APPROVE',
  request_changes: 'REQUEST_CHANGES',
}

/** What a review is about, as GitHub has it now. */
export interface ReviewSubject {
  head: string
  state: PullRequestReviews['state']
  isOwn: boolean
}

export interface DiffFile {
  path: string
  /** From the first hunk on; empty where GitHub shows none. */
  patch: string
}

/** What reviews ask of GitHub about one repository. Every failure is a `GitHubError`. */
export interface ReviewRequests {
  subject(pull: { nodeId: string; number: number }): Promise<ReviewSubject>
  /** The pull request's diff. `complete`: no file was left out. */
  files(number: number): Promise<{ files: DiffFile[]; complete: boolean }>
  send(number: number, review: PostedReview): Promise<void>
  /** Whether such a review of this person's is there since a time. */
  isThere(number: number, review: PostedReview, login: string, since: number): Promise<boolean>
  /** Null where it is gone, or this account may not see it any more. */
  thread(threadId: string): Promise<RepliedThread | null>
  reply(threadId: string, body: string): Promise<void>
  resolve(threadId: string, resolved: boolean): Promise<void>
}

const SUBJECT = `query ReviewSubject($id: ID!) {
  node(id: $id) { ... on PullRequest { headRefOid state viewerDidAuthor } }
  rateLimit { cost remaining limit resetAt }
}`

const THREAD = `query ReplyThread($id: ID!) {
  node(id: $id) { ... on PullRequestReviewThread {
    isResolved viewerCanReply pullRequest { state }
    comments(last: 100) { nodes { id body author { login } } }
  } }
  rateLimit { cost remaining limit resetAt }
}`

const REPLY = `mutation Reply($id: ID!, $body: String!) {
  addPullRequestReviewThreadReply(input: { pullRequestReviewThreadId: $id, body: $body }) { comment { id } }
}`

const resolveMutation = (resolved: boolean): string =>
  `mutation ${resolved ? 'Resolve' : 'Unresolve'}($id: ID!) {
  ${resolved ? 'resolveReviewThread' : 'unresolveReviewThread'}(input: { threadId: $id }) { thread { isResolved } }
}`

const subjectSchema = z.object({
  node: z
    .object({
      headRefOid: z.string(),
      state: z.enum(['OPEN', 'CLOSED', 'MERGED']),
      viewerDidAuthor: z.boolean(),
    })
    .nullable(),
})
const threadSchema = z.object({
  node: z
    .object({
      isResolved: z.boolean(),
      viewerCanReply: z.boolean(),
      pullRequest: z.object({ state: z.enum(['OPEN', 'CLOSED', 'MERGED']) }),
      comments: z.object({
        nodes: z
          .array(
            z
              .object({
                id: z.string(),
                body: z.string(),
                author: z.object({ login: z.string() }).nullish(),
              })
              .nullable(),
          )
          .nullable(),
      }),
    })
    .nullable(),
})
const STATES = { OPEN: 'open', CLOSED: 'closed', MERGED: 'merged' } as const

const filesSchema = z.array(z.object({ filename: z.string(), patch: z.string().optional() }))
const reviewsSchema = z.array(
  z.object({
    id: z.number(),
    user: z.object({ login: z.string() }).nullable(),
    body: z.string().nullish(),
    state: z.string(),
    commit_id: z.string().nullish(),
    submitted_at: z.string().nullish(),
  }),
)
const commentsSchema = z.array(z.object({ path: z.string(), body: z.string() }))

const SENT_STATES: Record<PostedReview['event'], string> = {
  COMMENT: 'COMMENTED',
  APPROVE: 'APPROVED',
  REQUEST_CHANGES: 'CHANGES_REQUESTED',
}

/** GitHub lists 3000 files at most. */
const MOST_FILE_PAGES = 30
/** How far the clocks of GitHub and this computer may be apart. */
const SKEW_MS = 600_000

const nothing = (): void => undefined
/** GitHub keeps a text as it was typed, but for its ends. */
export const plain = (text: string): string => text.replaceAll('\r\n', '\n').trim()

export function createReviewRequests(
  client: GitHubClient,
  { githubId, fullName }: RemoteTarget,
  host: string,
  signal: AbortSignal,
): ReviewRequests {
  const purpose = { purpose: 'interactive' as const, signal }
  const root = `/repositories/${encodeURIComponent(githubId)}`

  /** A change of a thread; GitHub answers null where it is not there any more. */
  async function change(text: string, variables: Record<string, unknown>, what: string): Promise<void> {
    await client.graphql(text, variables, {
      ...purpose,
      what,
      read(data) {
        if (data === null || Object.values(z.record(z.string(), z.unknown()).parse(data)).includes(null))
          throw failure('not_found', { host, what, writes: true })
      },
    })
  }

  async function commentsOf(number: number, id: number): Promise<string[]> {
    const { value } = await client.get(`${root}/pulls/${number}/reviews/${id}/comments`, {
      ...purpose,
      query: { per_page: 100 },
      read: (body) => commentsSchema.parse(body),
    })
    return value.map(({ path, body }) => `${path}\n${plain(body)}`)
  }

  return {
    async subject({ nodeId, number }) {
      const { value } = await client.graphql(
        SUBJECT,
        { id: nodeId },
        {
          ...purpose,
          what: `pull request #${number}`,
          read: (data) => subjectSchema.parse(data).node,
        },
      )
      if (value === null) throw failure('not_found', { host, what: `pull request #${number} in ${fullName}` })
      return { head: value.headRefOid, state: STATES[value.state], isOwn: value.viewerDidAuthor }
    },
    async files(number) {
      const files: DiffFile[] = []
      let path: string | null = `${root}/pulls/${number}/files?per_page=100`
      for (let page = 0; path !== null && page < MOST_FILE_PAGES; page += 1) {
        // One after the other: each says where the next begins.
        const answer: RestPage<DiffFile[]> = await client.get(path, {
          ...purpose,
          read: (body) =>
            filesSchema.parse(body).map(({ filename, patch = '' }) => ({ path: filename, patch })),
        })
        files.push(...answer.value)
        path = answer.next
      }
      return { files, complete: path === null }
    },
    async send(number, review) {
      await client.write('POST', `${root}/pulls/${number}/reviews`, {
        ...purpose,
        what: `sending a review of #${number}`,
        body: review,
        read: nothing,
      })
    },
    async isThere(number, review, login, since) {
      const wanted = review.comments.map(({ path, body }) => `${path}\n${plain(body)}`).toSorted()
      const address = `${root}/pulls/${number}/reviews`
      const read = (page: number) =>
        client.get(address, {
          ...purpose,
          query: { per_page: 100, page },
          read: (body) => reviewsSchema.parse(body),
        })
      const first = await read(1)
      // Oldest first: what was sent just now is at the end.
      const last = first.lastPage === null || first.lastPage <= 1 ? null : await read(first.lastPage)
      for (const one of [...first.value, ...(last?.value ?? [])]) {
        const same =
          one.user?.login.toLowerCase() === login.toLowerCase() &&
          one.commit_id === review.commit_id &&
          one.state === SENT_STATES[review.event] &&
          plain(one.body ?? '') === plain(review.body) &&
          Date.parse(one.submitted_at ?? '') >= since - SKEW_MS
        if (!same) continue
        const found = await commentsOf(number, one.id)
        // Of more, a page is what can be told apart by.
        if (wanted.length > 100 ? found.length === 100 : sameTexts(found, wanted)) return true
      }
      return false
    },
    async thread(id) {
      const { value } = await client.graphql(
        THREAD,
        { id },
        { ...purpose, what: 'a thread', read: (data) => threadSchema.parse(data).node },
      )
      if (value === null) return null
      return {
        state: STATES[value.pullRequest.state],
        resolved: value.isResolved,
        mayReply: value.viewerCanReply,
        comments: (value.comments.nodes ?? [])
          .filter((one) => one !== null)
          .map(({ author, ...one }) => ({ ...one, author: author?.login ?? null })),
      }
    },
    reply: (id, body) => change(REPLY, { id, body }, 'replying to a thread'),
    resolve: (id, resolved) =>
      change(resolveMutation(resolved), { id }, resolved ? 'resolving a thread' : 'opening a thread again'),
  }
}

function sameTexts(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.toSorted().every((text, index) => text === b[index])
}
