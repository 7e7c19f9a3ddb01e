import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/**
 * Servers we started. A row is removed when its process has ended; what is left after a crash names
 * processes to end, if pid and start time still match.
 */
export const processes = sqliteTable('processes', {
  id: text().primaryKey(),
  taskId: text(),
  role: text({ enum: ['server', 'catalogue'] }).notNull(),
  pid: integer().notNull(),
  /** Start time as the operating system tells it, to recognise a reused pid. */
  pidStartedAt: text(),
  createdAt: integer().notNull(),
})

export const agentCatalogue = sqliteTable('agent_catalogue', {
  agentId: text().primaryKey(),
  /** JSON of an `Agent`, without secrets. */
  agent: text({ mode: 'json' }).$type<unknown>().notNull(),
  refreshedAt: integer().notNull(),
})
