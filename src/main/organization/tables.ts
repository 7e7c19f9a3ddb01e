import { sql } from 'drizzle-orm'
import { check, index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import type { ErrorValue } from '@shared/errors'
import { organizationStates } from '../../shared/github'

export const organizations = sqliteTable(
  'organizations',
  {
    id: text().primaryKey(),
    kind: text({ enum: ['local', 'personal', 'organization'] }).notNull(),
    name: text().notNull(),
    createdAt: integer().notNull(),
    /** Null for the local one, as all below. */
    host: text(),
    /** GitHub's id; logins change. */
    githubId: text(),
    login: text(),
    avatarUrl: text(),
    /** Whose token reads it; null once that account was removed. */
    accountId: text(),
    state: text({ enum: organizationStates }).notNull().default('ok'),
    problem: text({ mode: 'json' }).$type<ErrorValue>(),
    /** Left by the person, who kept what was read. */
    leftAt: integer(),
    /** The person wants nothing of it kept: its rows go in slices, and the rest of them at the next start. */
    deleteRequestedAt: integer(),
  },
  (table) => [uniqueIndex('organizations_github').on(table.host, table.githubId)],
)

export const members = sqliteTable(
  'members',
  {
    organizationId: text()
      .notNull()
      .references(() => organizations.id, { onDelete: 'cascade' }),
    githubId: text().notNull(),
    login: text().notNull(),
    name: text(),
    avatarUrl: text(),
    role: text({ enum: ['admin', 'member'] }).notNull(),
    generation: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.organizationId, table.githubId] }),
    index('members_login').on(table.organizationId, sql`lower(${table.login})`, table.githubId),
  ],
)

export const appState = sqliteTable(
  'app_state',
  {
    id: integer().primaryKey(),
    activeOrganizationId: text().references(() => organizations.id),
  },
  (table) => [check('app_state_singleton', sql`${table.id} = 1`)],
)
