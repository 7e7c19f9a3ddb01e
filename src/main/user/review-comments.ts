import { and, asc, eq, inArray, sql } from 'drizzle-orm'
import type { ReviewComment } from '@shared/changes'
import { FoundryError } from '@shared/errors'
import type { CommentId, TaskId } from '@shared/ids'
import { newId, type Database } from '../database'
import { reviewComments } from './tables'

/** What the person noted beside lines of diffs, by task, in the order of writing. */
export interface ReviewComments {
  ofTask(taskId: TaskId): ReviewComment[]
  add(taskId: TaskId, comment: Omit<ReviewComment, 'id' | 'createdAt'>): ReviewComment
  /** Writes some again as they were, in the caller's transaction. */
  restore(taskId: TaskId, comments: readonly ReviewComment[]): void
  /** @throws FoundryError `not_found` */
  edit(taskId: TaskId, id: CommentId, text: string): void
  /** Those already gone are fine. */
  remove(taskId: TaskId, ids: readonly CommentId[]): void
}

export function createReviewComments(database: Database, userId: string, now: () => number): ReviewComments {
  const db = database.commands
  const insert = (taskId: TaskId, { from, to, ...comment }: ReviewComment): void => {
    const places = { fromSide: from.side, fromLine: from.line, toSide: to.side, toLine: to.line }
    db.insert(reviewComments)
      .values({ ...comment, ...places, userId, taskId })
      .run()
  }
  const own = (taskId: TaskId) => and(eq(reviewComments.userId, userId), eq(reviewComments.taskId, taskId))
  return {
    ofTask: (taskId) =>
      db
        .select()
        .from(reviewComments)
        .where(own(taskId))
        // Ids of one millisecond are in no order; rows are.
        .orderBy(asc(reviewComments.createdAt), sql`rowid`)
        .all()
        .map(({ id, path, excerpt, text, createdAt, ...row }) => ({
          id: id as CommentId,
          path,
          from: { side: row.fromSide, line: row.fromLine },
          to: { side: row.toSide, line: row.toLine },
          excerpt,
          text,
          createdAt,
        })),
    add(taskId, { path, from, to, excerpt, text }) {
      const comment = { id: newId('comment') as CommentId, path, from, to, excerpt, text, createdAt: now() }
      insert(taskId, comment)
      return comment
    },
    restore(taskId, comments) {
      for (const comment of comments) insert(taskId, comment)
    },
    edit(taskId, id, text) {
      const { changes } = db
        .update(reviewComments)
        .set({ text })
        .where(and(own(taskId), eq(reviewComments.id, id)))
        .run()
      if (changes === 0)
        throw new FoundryError('not_found', 'The comment does not exist any more.', {
          next: 'Write it again at its line.',
        })
    },
    remove(taskId, ids) {
      db.delete(reviewComments)
        .where(and(own(taskId), inArray(reviewComments.id, [...ids])))
        .run()
    },
  }
}
