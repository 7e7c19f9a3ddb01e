import type { CheckpointReason } from '@shared/changes'
import { blob, index, integer, real, sqliteTable, text } from 'drizzle-orm/sqlite-core'

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
    /** Files that may have been changed by hand before its first turn began; null where nobody looked. */
    unsure: text({ mode: 'json' }).$type<string[]>(),
  },
  (table) => [index('checkpoints_task').on(table.taskId, table.createdAt)],
)

/** Terminals that are open, also while nothing runs in them. */
export const taskTerminals = sqliteTable(
  'task_terminals',
  {
    id: text().primaryKey(),
    taskId: text().notNull(),
    /** The terminal it stands beside in one tab; itself where it began the tab. */
    groupId: text().notNull(),
    position: real().notNull(),
    /** Null while it is called after what runs in it. */
    name: text(),
    /** What it runs, as JSON; null for a shell. */
    command: text(),
    /** Where it was last, and where it starts again; null for the checkout. */
    cwd: text(),
    createdAt: integer().notNull(),
    /** The end of what it showed when the app last quit, packed. */
    screen: blob({ mode: 'buffer' }),
  },
  (table) => [index('task_terminals_task').on(table.taskId)],
)
