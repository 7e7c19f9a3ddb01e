import { sql } from 'drizzle-orm'
import { index, integer, real, sqliteTable, text } from 'drizzle-orm/sqlite-core'

export const jobs = sqliteTable(
  'jobs',
  {
    id: text().primaryKey(),
    kind: text().notNull(),
    state: text({ enum: ['queued', 'running', 'succeeded', 'failed', 'cancelled'] }).notNull(),
    taskId: text(),
    sessionId: text(),
    input: text({ mode: 'json' }).$type<unknown>(),
    stage: text(),
    progress: real(),
    log: text().notNull().default(''),
    error: text({ mode: 'json' }).$type<unknown>(),
    createdAt: integer().notNull(),
    startedAt: integer(),
    /** Set as soon as a person stops it, while the work is still ending: a crash must not start it again. */
    cancelRequestedAt: integer(),
    updatedAt: integer().notNull(),
    endedAt: integer(),
  },
  (table) => [
    index('jobs_task').on(table.taskId, table.createdAt),
    index('jobs_unsuccessful')
      .on(table.kind, table.taskId)
      .where(sql`${table.state} IN ('failed', 'cancelled')`),
    index('jobs_live')
      .on(table.state)
      .where(sql`${table.state} IN ('queued', 'running')`),
  ],
)
