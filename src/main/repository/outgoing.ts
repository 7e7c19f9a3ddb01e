import { setTimeout as wait } from 'node:timers/promises'
import type { ReplyId, ReviewId } from '@shared/ids'
import type { Database } from '../database'
import { GitHubError, type GitHubReason } from '../github/client/errors'

/** What was posted, and when: looked for at GitHub before anything is posted again. A reply is one, too, as it is stored. */
interface Attempt<Posted> {
  review: Posted
  at: number
}

/** GitHub has answered, or was not asked: nothing arrived. After any other failure it may have. */
const NOT_ARRIVED: ReadonlySet<GitHubReason> = new Set([
  'unauthorized',
  'scope',
  'saml',
  'suspended',
  'rate',
  'secondary',
  'forbidden',
  'not_found',
  'legal',
  'refused',
  'dns',
  'tls',
])

/** GitHub gives up a request after ten seconds. */
const SETTLE_MS = 15_000

export interface PostingOptions {
  database: Pick<Database, 'transaction'>
  outgoing: {
    setAttempt(id: ReviewId | ReplyId, attempt: object | null): void
    attempt(id: ReviewId | ReplyId): unknown
  }
  now(): number
}

/** Posts what must be at GitHub once, however often it is tried and wherever the app ends. */
export interface Posting<Posted> {
  /** Whether what was tried before is there: `look` asks GitHub. */
  arrived(
    id: ReviewId | ReplyId,
    signal: AbortSignal,
    look: (posted: Posted, at: number) => Promise<boolean>,
  ): Promise<boolean>
  /** On the disk before it is on the wire: a run that ends in between is followed by one that looks first. */
  post(id: ReviewId | ReplyId, posted: Posted, send: () => Promise<void>): Promise<void>
}

export function createPosting<Posted extends object>({
  database,
  outgoing,
  now,
}: PostingOptions): Posting<Posted> {
  return {
    async arrived(id, signal, look) {
      const attempt = outgoing.attempt(id) as Attempt<Posted> | null
      if (attempt === null) return false
      const { review, at } = attempt
      if (await look(review, at)) return true
      // It may still be on its way: it is looked for once more when that cannot be any more.
      const left = at + SETTLE_MS - now()
      if (left <= 0) return false
      await wait(Math.min(left, SETTLE_MS), undefined, { signal })
      return look(review, at)
    },
    async post(id, posted, send) {
      const attempt: Attempt<Posted> = { review: posted, at: now() }
      database.transaction(() => outgoing.setAttempt(id, attempt))
      try {
        await send()
      } catch (error) {
        if (error instanceof GitHubError && NOT_ARRIVED.has(error.reason))
          database.transaction(() => outgoing.setAttempt(id, null))
        throw error
      }
    },
  }
}
