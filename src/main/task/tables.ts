import type { CheckpointReason } from '@shared/changes'
import { blob, index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

export const taskSandboxes = sqliteTable('task_sandboxes', {
  taskId: text().primaryKey(),
  provider: text().notNull(),
  cwd: text().notNull(),
  createdAt: integer().notNull(),
  /** Null until the checkout is complete: a half-made one is made anew. */
  readyAt: integer(),
  /** The commit the branch started from. */
  baseCommit: text(),
  /** What the checkout takes on the disk, and when that was looked at. */
  diskBytes: integer(),
  diskMeasuredAt: integer(),
})

export const checkpoints = sqliteTable(
  'checkpoints',
  {
    id: text().primaryKey(),
    taskId: text().notNull(),
    sessionId: text(),
    turnId: text(),
    /** Why it was taken; null in rows of before this was kept: a turn's, or that of an archived task. */
    reason: text().$type<CheckpointReason>(),
    /** The hidden commit with the full tree, untracked files included. */
    commit: text().notNull(),
    /** What it is compared with: the checkpoint before it, or the base of the branch. */
    parent: text().notNull(),
    createdAt: integer().notNull(),
    files: integer().notNull(),
    added: integer().notNull(),
    removed: integer().notNull(),
    /** Unified diff against `parent`, packed as `diffEncoding` says: readable without any checkout. */
    diff: blob({ mode: 'buffer' }).notNull(),
    diffEncoding: text({ enum: ['deflate'] }).notNull(),
    diffTruncated: integer({ mode: 'boolean' }).notNull(),
  },
  (table) => [index('checkpoints_task').on(table.taskId, table.createdAt)],
)
