import { sql } from 'drizzle-orm'
import { index, integer, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import { archiveReasons } from '../../shared/tasks'

export const repositories = sqliteTable(
  'repositories',
  {
    id: text().primaryKey(),
    organizationId: text().notNull(),
    name: text().notNull(),
    localPath: text(),
    originUrl: text(),
    defaultBranch: text(),
    createdAt: integer().notNull(),
    /** Zero for a repository of GitHub that a person has not used here. */
    lastUsedAt: integer().notNull(),
    removedAt: integer(),
    /** GitHub's id, which survives renames and transfers; null where GitHub is not known to have it, as all below. */
    githubId: text(),
    nodeId: text(),
    /** `owner/name` */
    fullName: text(),
    url: text(),
    isPrivate: integer({ mode: 'boolean' }),
    isArchived: integer({ mode: 'boolean' }),
    isFork: integer({ mode: 'boolean' }),
    pushedAt: integer(),
    hiddenAt: integer(),
    /** GitHub does not have it any more, or does not show it. */
    goneAt: integer(),
    /** Of the sync that last saw it. */
    generation: integer(),
    /** What a person set in place of the scripts file of the repository itself; null where nothing. */
    scripts: text({ mode: 'json' }).$type<unknown>(),
    /** Hashes of the scripts a person has looked at and allowed to run, newest first, with spaces between. */
    scriptsTrusted: text(),
    /** What is answered for a person when agents ask; null: everything is asked. */
    permissionPolicy: text({ mode: 'json' }).$type<unknown>(),
  },
  (table) => [
    uniqueIndex('repositories_github').on(table.organizationId, table.githubId),
    // The order of the list: what a person used, then what was pushed to.
    index('repositories_recent').on(table.organizationId, table.lastUsedAt, table.pushedAt, table.id),
    uniqueIndex('repositories_local_path').on(table.organizationId, table.localPath),
    index('repositories_organization').on(table.organizationId),
  ],
)

/** The task projection: a row for every task, virtual ones too. Status is derived, never stored. */
export const tasks = sqliteTable(
  'tasks',
  {
    id: text().primaryKey(),
    organizationId: text().notNull(),
    repositoryId: text()
      .notNull()
      .references(() => repositories.id),
    /** Where the branch lives: the id of the repository itself, or what `headRepositoryOf` makes of a fork. */
    headRepository: text().notNull(),
    branch: text().notNull(),
    /** `base`: the branch is made for the task. `branch`: it is there already, at origin or in the folder. */
    startsFrom: text({ enum: ['base', 'branch'] })
      .notNull()
      .default('base'),
    /** Its one pull request, by the number in its repository. What it says is in its own row. */
    pullRequestNumber: integer(),
    /** The issue of the repository it was made for. */
    issueNumber: integer(),
    /** Shared by tasks that were made from one prompt in several repositories. */
    groupId: text(),
    /** Whose it is, when that is not who opened its pull request. */
    ownerLogin: text(),
    /** Who commits in its checkout; as git itself knows when null. */
    authorName: text(),
    authorEmail: text(),
    baseBranch: text(),
    /** What the checkout starts from; the tip of `baseBranch` when null. */
    baseCommit: text(),
    title: text().notNull(),
    prompt: text().notNull(),
    includeUncommitted: integer({ mode: 'boolean' }).notNull().default(false),
    /** Null while virtual: nothing but this row exists. */
    materializedAt: integer(),
    archivedAt: integer(),
    archiveReason: text({ enum: archiveReasons }),
    /** Shown nowhere any more; a job removes what is left of it, and then the row. */
    deletedAt: integer(),
    createdAt: integer().notNull(),
    updatedAt: integer().notNull(),
  },
  (table) => [
    uniqueIndex('tasks_branch')
      .on(table.repositoryId, table.headRepository, table.branch)
      .where(sql`${table.deletedAt} IS NULL`),
    index('tasks_pull_request').on(table.repositoryId, table.pullRequestNumber),
    index('tasks_group')
      .on(table.groupId)
      .where(sql`${table.groupId} IS NOT NULL`),
    index('tasks_recent').on(table.organizationId, table.updatedAt, table.id),
  ],
)
