import { and, eq, isNotNull, isNull, sql } from 'drizzle-orm'
import type { ErrorKind, ErrorValue } from '@shared/errors'
import type { ReplyId, ReviewId, TaskId } from '@shared/ids'
import type {
  OutgoingReply,
  OutgoingReview,
  ReplyConflict,
  ReplySeen,
  ReviewPlan,
  ReviewSeen,
} from '@shared/reviews'
import { newId, type Database } from '../database'
import { outgoingReviews } from './tables'

/** Reviews and replies to threads that were sent and are not at GitHub yet. Part of the caller's transaction. */
export interface OutgoingReviews {
  ofTask(taskId: TaskId): OutgoingReview | null
  /** Oldest first. */
  repliesOf(taskId: TaskId): OutgoingReply[]
  /** What goes by itself once GitHub can be reached, and what is on its way; oldest first. */
  waiting(): { taskId: TaskId; reviewId: ReviewId | null; replyId: ReplyId | null }[]
  add(
    taskId: TaskId,
    review: Pick<OutgoingReview, 'number' | 'verdict' | 'body' | 'comments' | 'seen'>,
  ): OutgoingReview
  addReply(taskId: TaskId, reply: Pick<OutgoingReply, 'number' | 'threadId' | 'body' | 'seen'>): OutgoingReply
  decide(id: ReviewId, decision: Partial<Pick<OutgoingReview, 'seen' | 'verdict'>>): void
  decide(id: ReplyId, decision: Partial<Pick<OutgoingReply, 'seen'>>): void
  /** Nothing is posted before the person has decided. */
  ask(id: ReviewId, conflict: ReviewPlan): void
  ask(id: ReplyId, conflict: ReplyConflict): void
  fail(id: ReviewId | ReplyId, problem: ErrorValue): void
  /** What is posted now: until that is known to have failed, it may have arrived. */
  setAttempt(id: ReviewId | ReplyId, attempt: object | null): void
  attempt(id: ReviewId | ReplyId): unknown
  remove(id: ReviewId | ReplyId): void
}

/** Failures that say nothing against what is sent: it goes as soon as they are over. */
const PASSING: ReadonlySet<ErrorKind> = new Set(['offline', 'tls', 'rate_limited', 'github', 'credentials'])

type Row = typeof outgoingReviews.$inferSelect

export function createOutgoingReviews(
  database: Database,
  userId: string,
  now: () => number,
): OutgoingReviews {
  const db = database.commands
  const set = (id: ReviewId | ReplyId, change: Partial<typeof outgoingReviews.$inferInsert>): void => {
    db.update(outgoingReviews).set(change).where(eq(outgoingReviews.id, id)).run()
  }
  const ofTask = (taskId: TaskId) =>
    and(eq(outgoingReviews.userId, userId), eq(outgoingReviews.taskId, taskId))
  return {
    ofTask(taskId) {
      const row = db
        .select()
        .from(outgoingReviews)
        .where(and(ofTask(taskId), isNull(outgoingReviews.threadId)))
        .get()
      return row === undefined ? null : toReview(row)
    },
    repliesOf: (taskId) =>
      db
        .select()
        .from(outgoingReviews)
        .where(and(ofTask(taskId), isNotNull(outgoingReviews.threadId)))
        .orderBy(outgoingReviews.createdAt, sql`rowid`)
        .all()
        .map(toReply),
    waiting: () =>
      db
        .select()
        .from(outgoingReviews)
        .where(eq(outgoingReviews.userId, userId))
        .orderBy(outgoingReviews.createdAt, sql`rowid`)
        .all()
        // One that is on its way goes anew only where nobody sends it any more.
        .filter((row) => waits(row) || (row.conflict === null && row.problem === null))
        .map((row) => ({
          taskId: row.taskId as TaskId,
          reviewId: row.threadId === null ? (row.id as ReviewId) : null,
          replyId: row.threadId === null ? null : (row.id as ReplyId),
        })),
    add(taskId, review) {
      const row = { id: newId('review'), userId, taskId, ...review, createdAt: now() }
      return toReview(db.insert(outgoingReviews).values(row).returning().get())
    },
    addReply(taskId, reply) {
      const more = { verdict: 'comment' as const, comments: [], createdAt: now() }
      const row = { id: newId('reply'), userId, taskId, ...reply, ...more }
      return toReply(db.insert(outgoingReviews).values(row).returning().get())
    },
    decide: (id: ReviewId | ReplyId, decision: Partial<Pick<Row, 'seen' | 'verdict'>>) =>
      set(id, { ...decision, conflict: null, problem: null }),
    ask: (id: ReviewId | ReplyId, conflict: ReviewPlan | ReplyConflict) =>
      set(id, { conflict, problem: null }),
    fail: (id, problem) => set(id, { problem }),
    setAttempt: (id, attempt) => set(id, { attempt }),
    attempt: (id) =>
      db
        .select({ attempt: outgoingReviews.attempt })
        .from(outgoingReviews)
        .where(eq(outgoingReviews.id, id))
        .get()?.attempt ?? null,
    remove(id) {
      db.delete(outgoingReviews).where(eq(outgoingReviews.id, id)).run()
    },
  }
}

function waits({ conflict, problem }: Row): boolean {
  return conflict === null && problem !== null && PASSING.has(problem.kind)
}

/** What reviews and replies have in common. */
const common = (row: Row) => ({
  number: row.number,
  body: row.body,
  problem: row.problem,
  waits: waits(row),
  uncertain: row.attempt !== null,
  createdAt: row.createdAt,
})

const toReview = (row: Row): OutgoingReview => ({
  ...common(row),
  id: row.id as ReviewId,
  verdict: row.verdict,
  comments: row.comments,
  seen: row.seen as ReviewSeen,
  conflict: row.conflict as ReviewPlan | null,
})

const toReply = (row: Row): OutgoingReply => ({
  ...common(row),
  id: row.id as ReplyId,
  threadId: row.threadId ?? '',
  seen: row.seen as ReplySeen,
  conflict: row.conflict as ReplyConflict | null,
})
