import { sql } from 'drizzle-orm'
import { blob, index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import type { ReviewComment } from '@shared/changes'
import type { ErrorValue } from '@shared/errors'
import {
  reviewVerdicts,
  type ReplyConflict,
  type ReplySeen,
  type ReviewPlan,
  type ReviewSeen,
} from '../../shared/reviews'

/** People who use this data folder. One today; everything personal hangs off it all the same. */
export const users = sqliteTable('users', {
  id: text().primaryKey(),
  name: text().notNull(),
  defaultAgentId: text(),
  defaultModelId: text(),
  createdAt: integer().notNull(),
})

/** What a user thinks of models: their favourites, and when each was last chosen. */
export const userModels = sqliteTable(
  'user_models',
  {
    userId: text()
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    agentId: text().notNull(),
    /** Empty for what the agent itself is set to. */
    modelId: text().notNull(),
    favourite: integer({ mode: 'boolean' }).notNull().default(false),
    usedAt: integer(),
  },
  (table) => [primaryKey({ columns: [table.userId, table.agentId, table.modelId] })],
)

/** What a user starts with in a repository, where that is not their usual. */
export const userRepositoryModels = sqliteTable(
  'user_repository_models',
  {
    userId: text()
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    repositoryId: text().notNull(),
    agentId: text().notNull(),
    modelId: text(),
  },
  (table) => [primaryKey({ columns: [table.userId, table.repositoryId] })],
)

/** Prompts that a user sends again and again. */
export const savedPrompts = sqliteTable(
  'saved_prompts',
  {
    userId: text()
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    name: text().notNull(),
    text: text().notNull(),
    savedAt: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.userId, table.name] })],
)

/** Searches that a user keeps. */
export const savedSearches = sqliteTable(
  'saved_searches',
  {
    userId: text()
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    name: text().notNull(),
    text: text().notNull(),
    savedAt: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.userId, table.name] })],
)

/** What a user noted beside lines of a task's diff and has not given to the agent yet. */
export const reviewComments = sqliteTable(
  'review_comments',
  {
    id: text().primaryKey(),
    userId: text()
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    taskId: text().notNull(),
    path: text().notNull(),
    fromSide: text({ enum: ['old', 'new'] }).notNull(),
    fromLine: integer().notNull(),
    toSide: text({ enum: ['old', 'new'] }).notNull(),
    toLine: integer().notNull(),
    excerpt: text().notNull(),
    text: text().notNull(),
    createdAt: integer().notNull(),
  },
  (table) => [index('review_comments_task').on(table.taskId)],
)

/** What a user typed into files of a task and has not saved: each as it would be written. */
export const fileDrafts = sqliteTable(
  'file_drafts',
  {
    userId: text()
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    taskId: text().notNull(),
    path: text().notNull(),
    bytes: blob({ mode: 'buffer' }).notNull(),
    /** Of the file it was typed into; null where there was none. */
    version: text(),
    editedAt: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.userId, table.taskId, table.path] })],
)

/**
 * What a user sent about a pull request and GitHub does not have yet: its review, one of a task at a time, and replies to
 * its threads, one of each. A reply is a review of GitHub's as well, which says something in one thread and nothing else.
 */
export const outgoingReviews = sqliteTable(
  'outgoing_reviews',
  {
    id: text().primaryKey(),
    userId: text()
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    taskId: text().notNull(),
    /** Of a reply; null for a review. */
    threadId: text(),
    number: integer().notNull(),
    verdict: text({ enum: reviewVerdicts }).notNull(),
    body: text().notNull(),
    comments: text({ mode: 'json' }).notNull().$type<ReviewComment[]>(),
    seen: text({ mode: 'json' }).notNull().$type<ReviewSeen | ReplySeen>(),
    conflict: text({ mode: 'json' }).$type<ReviewPlan | ReplyConflict>(),
    problem: text({ mode: 'json' }).$type<ErrorValue>(),
    /** What was posted last, while it is not known whether it arrived. */
    attempt: text({ mode: 'json' }).$type<unknown>(),
    createdAt: integer().notNull(),
  },
  (table) => [
    uniqueIndex('outgoing_reviews_task')
      .on(table.userId, table.taskId)
      .where(sql`${table.threadId} IS NULL`),
    uniqueIndex('outgoing_reviews_thread').on(table.userId, table.taskId, table.threadId),
  ],
)

export const userTaskState = sqliteTable(
  'user_task_state',
  {
    userId: text()
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    taskId: text().notNull(),
    activeSessionId: text(),
    /** What was written for its pull request and not published yet. */
    publishDraft: text({ mode: 'json' }).$type<unknown>(),
  },
  (table) => [primaryKey({ columns: [table.userId, table.taskId] })],
)

export const userSessionState = sqliteTable(
  'user_session_state',
  {
    userId: text()
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    sessionId: text().notNull(),
    taskId: text().notNull(),
    unread: integer({ mode: 'boolean' }).notNull().default(false),
    draft: text().notNull().default(''),
    draftUpdatedAt: integer(),
  },
  (table) => [
    primaryKey({ columns: [table.userId, table.sessionId] }),
    index('user_session_state_unread')
      .on(table.userId, table.taskId)
      .where(sql`${table.unread} = 1`),
  ],
)
