import type { CheckpointReason } from '@shared/changes'
import { sql } from 'drizzle-orm'
import { blob, index, integer, primaryKey, real, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { packKinds, packReasons } from '../../shared/packs'

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

/** What is kept of tasks for the time when checkout, store and network are gone. */
export const taskPacks = sqliteTable('task_packs', {
  taskId: text().primaryKey(),
  /** The run that last looked for what there is to keep. */
  run: integer().notNull(),
  /** When a run last came to its end; null before the first did. */
  keptAt: integer(),
  /** As of then: what it takes, packed, and how much of what was wanted is not in it. */
  bytes: integer().notNull().default(0),
  leftOut: integer().notNull().default(0),
})

/** One thing of a pack: with its content, or with the reason why that is not there. */
export const packEntries = sqliteTable(
  'pack_entries',
  {
    taskId: text().notNull(),
    kind: text({ enum: packKinds }).notNull(),
    /** What it was like when: a commit, two of them, the number of a check or a page. */
    state: text().notNull(),
    /** Empty for what is no file. */
    path: text().notNull(),
    /** Of its content, by which `pack_blobs` has it. */
    hash: text(),
    /** Git's mode of a file; null for one that was not there. */
    mode: text(),
    /** Of the content, before it was packed. */
    bytes: integer().notNull(),
    reason: text({ enum: packReasons }),
    detail: text(),
    /** The last run that wanted it. */
    run: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.taskId, table.kind, table.state, table.path] }),
    index('pack_entries_path').on(table.taskId, table.path),
    index('pack_entries_hash')
      .on(table.hash)
      .where(sql`${table.hash} IS NOT NULL`),
  ],
)

/** Contents, once for all packs that hold them. */
export const packBlobs = sqliteTable('pack_blobs', {
  hash: text().primaryKey(),
  bytes: integer().notNull(),
  packedBytes: integer().notNull(),
  encoding: text({ enum: ['deflate', 'plain'] }).notNull(),
})

export const packBlobParts = sqliteTable(
  'pack_blob_parts',
  {
    hash: text().notNull(),
    part: integer().notNull(),
    content: blob({ mode: 'buffer' }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.hash, table.part] })],
)
