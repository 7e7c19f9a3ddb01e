import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

export const auditEvents = sqliteTable(
  'audit_events',
  {
    id: integer().primaryKey({ autoIncrement: true }),
    at: integer().notNull(),
    /** Who: a user id, or `system`. */
    actor: text().notNull(),
    kind: text().notNull(),
    organizationId: text(),
    repositoryId: text(),
    taskId: text(),
    sessionId: text(),
    payload: text({ mode: 'json' }).$type<Record<string, unknown>>().notNull(),
  },
  (table) => [
    index('audit_events_task').on(table.taskId, table.id),
    index('audit_events_organization').on(table.organizationId, table.id),
  ],
)
