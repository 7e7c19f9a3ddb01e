import { sql } from 'drizzle-orm'
import { check, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

export const organizations = sqliteTable('organizations', {
  id: text().primaryKey(),
  kind: text({ enum: ['local', 'personal', 'organization'] }).notNull(),
  name: text().notNull(),
  createdAt: integer().notNull(),
})

export const appState = sqliteTable(
  'app_state',
  {
    id: integer().primaryKey(),
    activeOrganizationId: text().references(() => organizations.id),
  },
  (table) => [check('app_state_singleton', sql`${table.id} = 1`)],
)
