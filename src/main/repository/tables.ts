import { index, integer, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'

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
    /** Where the branch lives; the repository itself unless the branch is a fork's. */
    headRepository: text().notNull(),
    branch: text().notNull(),
    baseBranch: text(),
    /** What the checkout starts from; the tip of `baseBranch` when null. */
    baseCommit: text(),
    title: text().notNull(),
    prompt: text().notNull(),
    includeUncommitted: integer({ mode: 'boolean' }).notNull().default(false),
    /** Null while virtual: nothing but this row exists. */
    materializedAt: integer(),
    archivedAt: integer(),
    createdAt: integer().notNull(),
    updatedAt: integer().notNull(),
  },
  (table) => [
    uniqueIndex('tasks_branch').on(table.repositoryId, table.headRepository, table.branch),
    index('tasks_recent').on(table.organizationId, table.updatedAt, table.id),
  ],
)
