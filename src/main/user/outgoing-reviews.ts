import { and, eq } from 'drizzle-orm'
import type { ErrorKind, ErrorValue } from '@shared/errors'
import type { ReviewId, TaskId } from '@shared/ids'
import type { OutgoingReview, ReviewPlan } from '@shared/reviews'
import { newId, type Database } from '../database'
import { outgoingReviews } from './tables'

/** Reviews that were sent and are not at GitHub yet. Everything here is part of the caller's transaction. */
export interface OutgoingReviews {
  ofTask(taskId: TaskId): OutgoingReview | null
  /** Tasks with one that goes by itself once GitHub can be reached. */
  waiting(): TaskId[]
  add(
    taskId: TaskId,
    review: Pick<OutgoingReview, 'number' | 'verdict' | 'body' | 'comments' | 'seen'>,
  ): OutgoingReview
  decide(id: ReviewId, decision: Partial<Pick<OutgoingReview, 'seen' | 'verdict'>>): void
  /** Nothing is posted before the person has decided. */
  ask(id: ReviewId, conflict: ReviewPlan): void
  fail(id: ReviewId, problem: ErrorValue): void
  /** What is posted now: until that is known to have failed, it may have arrived. */
  setAttempt(id: ReviewId, attempt: object | null): void
  attempt(id: ReviewId): unknown
  remove(id: ReviewId): void
}

/** Failures that say nothing against the review: it goes as soon as they are over. */
const PASSING: ReadonlySet<ErrorKind> = new Set(['offline', 'tls', 'rate_limited', 'github', 'credentials'])

export function createOutgoingReviews(
  database: Database,
  userId: string,
  now: () => number,
): OutgoingReviews {
  const db = database.commands
  const set = (id: ReviewId, change: Partial<typeof outgoingReviews.$inferInsert>): void => {
    db.update(outgoingReviews).set(change).where(eq(outgoingReviews.id, id)).run()
  }
  return {
    ofTask(taskId) {
      const row = db
        .select()
        .from(outgoingReviews)
        .where(and(eq(outgoingReviews.userId, userId), eq(outgoingReviews.taskId, taskId)))
        .get()
      return row === undefined ? null : toReview(row)
    },
    waiting: () =>
      db
        .select()
        .from(outgoingReviews)
        .where(eq(outgoingReviews.userId, userId))
        .all()
        .filter((row) => toReview(row).waits)
        .map(({ taskId }) => taskId as TaskId),
    add(taskId, review) {
      const row = { id: newId('review'), userId, taskId, ...review, createdAt: now() }
      return toReview(db.insert(outgoingReviews).values(row).returning().get())
    },
    decide: (id, decision) => set(id, { ...decision, conflict: null, problem: null }),
    ask: (id, conflict) => set(id, { conflict, problem: null }),
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

function toReview(row: typeof outgoingReviews.$inferSelect): OutgoingReview {
  const { userId: _userId, taskId: _taskId, attempt, id, ...review } = row
  return {
    ...review,
    id: id as ReviewId,
    waits: row.conflict === null && row.problem !== null && PASSING.has(row.problem.kind),
    uncertain: attempt !== null,
  }
}
