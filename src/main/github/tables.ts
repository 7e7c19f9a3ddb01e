import { sql } from 'drizzle-orm'
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import type { ErrorValue } from '@shared/errors'
import type { RemoteOverview } from './overview/read-overview'
import type { RemoteReviews } from './reviews/query'
import {
  checkStates,
  mergeableStates,
  pullRequestStates,
  reviewDecisions,
  syncPhases,
  tokenSources,
} from '../../shared/github'

/** People on GitHub hosts. Their tokens are in the OS keychain, under a name made of the id. */
export const accounts = sqliteTable(
  'accounts',
  {
    id: text().primaryKey(),
    host: text().notNull(),
    /** Where its REST API is, without a slash at the end. */
    apiUrl: text().notNull(),
    /** GitHub's id of the person; logins change. */
    githubId: text().notNull(),
    login: text().notNull(),
    name: text(),
    avatarUrl: text(),
    source: text({ enum: tokenSources }).notNull(),
    scopes: text({ mode: 'json' }).$type<string[]>(),
    expiresAt: integer(),
    /** Set when GitHub refused the token, or it is gone: the person has to connect again. */
    problem: text({ mode: 'json' }).$type<ErrorValue>(),
    createdAt: integer().notNull(),
    checkedAt: integer().notNull(),
    /** Signed out; the row stays as long as something that was read with it is kept. */
    signedOutAt: integer(),
  },
  (table) => [uniqueIndex('accounts_person').on(table.host, table.githubId)],
)

/** The sync of one organization: what is shown of it, and where it goes on. */
export const githubSync = sqliteTable('github_sync', {
  organizationId: text().primaryKey(),
  state: text({ enum: ['never', 'running', 'waiting', 'synced', 'failed', 'cancelled'] }).notNull(),
  phase: text({ enum: syncPhases }),
  processed: integer().notNull().default(0),
  total: integer().notNull().default(0),
  label: text().notNull().default(''),
  startedAt: integer(),
  progressAt: integer(),
  syncedAt: integer(),
  waitingUntil: integer(),
  problem: text({ mode: 'json' }).$type<ErrorValue>(),
  /** Stamped on every row a sync reads; a sync that goes on after a crash keeps its own. */
  generation: integer().notNull().default(0),
  /** The run under way reads every list to its end. */
  full: integer({ mode: 'boolean' }).notNull().default(true),
  /** The phase from which a run that was cut short goes on; null when none was. */
  resumePhase: text({ enum: syncPhases }),
  /** GitHub's clock: all changes of pull requests before it are here. Null before the first sync has ended. */
  changesSince: integer(),
  /** When every list was last read to its end. */
  fullAt: integer(),
  membersAt: integer(),
})

/** What a conditional request needs, and what its last answer said, in a few words of ours. */
export const httpCache = sqliteTable(
  'http_cache',
  {
    accountId: text()
      .notNull()
      .references(() => accounts.id, { onDelete: 'cascade' }),
    url: text().notNull(),
    etag: text().notNull(),
    value: text({ mode: 'json' }).$type<unknown>(),
    fetchedAt: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.accountId, table.url] })],
)

/** How far the list of open pull requests of one repository has been read. */
export const pullRequestLists = sqliteTable('pull_request_lists', {
  repositoryId: text().primaryKey(),
  organizationId: text().notNull(),
  /** The generation in which it was last read to its end. */
  generation: integer().notNull(),
  readAt: integer().notNull(),
})

/** Every pull request that was open at some time since its repository is known, with what became of it. */
export const pullRequests = sqliteTable(
  'pull_requests',
  {
    repositoryId: text().notNull(),
    number: integer().notNull(),
    organizationId: text().notNull(),
    nodeId: text().notNull(),
    title: text().notNull(),
    body: text().notNull(),
    state: text({ enum: pullRequestStates }).notNull(),
    isDraft: integer({ mode: 'boolean' }).notNull(),
    url: text().notNull(),
    author: text(),
    headRef: text().notNull(),
    headCommit: text(),
    /** GitHub's id of the repository of the head branch, and its name then; null once a fork was deleted. */
    headRepositoryId: text(),
    headRepository: text(),
    baseRef: text().notNull(),
    reviewDecision: text({ enum: reviewDecisions }),
    requestedReviewers: text({ mode: 'json' }).notNull().$type<{ kind: 'user' | 'team'; name: string }[]>(),
    labels: text({ mode: 'json' }).notNull().$type<{ name: string; color: string }[]>(),
    comments: integer().notNull(),
    checks: text({ enum: checkStates }).notNull(),
    mergeable: text({ enum: mergeableStates }).notNull(),
    /** When checks and mergeability were last read. */
    checkedAt: integer().notNull(),
    createdAt: integer().notNull(),
    updatedAt: integer().notNull(),
    mergedAt: integer(),
    closedAt: integer(),
    generation: integer().notNull(),
    /** Null where nobody told: lists of REST do not, nor did versions before. As the two below. */
    additions: integer(),
    deletions: integer(),
    changedFiles: integer(),
    /** Whether those who may push to the base repository may push to the fork's branch. */
    maintainerCanModify: integer({ mode: 'boolean' }),
  },
  (table) => [
    primaryKey({ columns: [table.repositoryId, table.number] }),
    uniqueIndex('pull_requests_node').on(table.organizationId, table.nodeId),
    index('pull_requests_head').on(table.repositoryId, table.headRef),
    index('pull_requests_recent').on(table.organizationId, table.updatedAt),
    // Counts of open pull requests by repository are read from this index alone.
    index('pull_requests_open_of')
      .on(table.organizationId, table.repositoryId)
      .where(sql`${table.state} = 'open'`),
    index('pull_requests_open')
      .on(table.organizationId, table.checkedAt)
      .where(sql`${table.state} = 'open'`),
  ],
)

/** The branches of a repository as GitHub last told of them, for whoever looked. */
export const repositoryOverviews = sqliteTable('repository_overviews', {
  repositoryId: text().primaryKey(),
  organizationId: text().notNull(),
  json: text({ mode: 'json' }).notNull().$type<RemoteOverview>(),
  fetchedAt: integer().notNull(),
})

/** What was said about a pull request, as GitHub last told of it, for whoever looked. */
export const pullRequestReviews = sqliteTable(
  'pull_request_reviews',
  {
    repositoryId: text().notNull(),
    number: integer().notNull(),
    organizationId: text().notNull(),
    json: text({ mode: 'json' }).notNull().$type<RemoteReviews>(),
    readAt: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.repositoryId, table.number] }),
    index('pull_request_reviews_organization').on(table.organizationId),
    // The search asks what was read since, and must not go through all that was said for it.
    index('pull_request_reviews_read').on(table.readAt, table.repositoryId, table.number),
  ],
)

/** What became different, in the order it was seen; each difference once. */
export const pullRequestChanges = sqliteTable(
  'pull_request_changes',
  {
    id: integer().primaryKey({ autoIncrement: true }),
    organizationId: text().notNull(),
    repositoryId: text().notNull(),
    number: integer().notNull(),
    kind: text().notNull(),
    payload: text({ mode: 'json' }).notNull().$type<Record<string, unknown>>(),
    /** GitHub's time of the state it was seen in. */
    at: integer().notNull(),
    seenAt: integer().notNull(),
  },
  (table) => [index('pull_request_changes_organization').on(table.organizationId, table.id)],
)
