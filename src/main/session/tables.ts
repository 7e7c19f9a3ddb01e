import { sql } from 'drizzle-orm'
import { blob, index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'

export const sessions = sqliteTable(
  'sessions',
  {
    id: text().primaryKey(),
    taskId: text().notNull(),
    name: text().notNull(),
    /** A person chose the name: the agent's own titles do not replace it. */
    namedByPerson: integer({ mode: 'boolean' }).notNull().default(false),
    /** Where it stands among the sessions of its task; those of the same place stand as they were made. */
    position: integer().notNull().default(0),
    agentId: text().notNull(),
    modelId: text(),
    modeId: text(),
    /** Chosen values of the agent's other options, by option id. */
    options: text({ mode: 'json' }).$type<Record<string, string>>().notNull().default({}),
    /** The agent's own session id: what `session/load` takes. */
    agentSessionId: text(),
    /** What it knows of another session of its task; null for one that began with nothing. */
    forkedFrom: text({ mode: 'json' }).$type<unknown>(),
    /** Why it cannot go on; null when it can. */
    error: text({ mode: 'json' }).$type<unknown>(),
    createdAt: integer().notNull(),
    closedAt: integer(),
  },
  (table) => [
    index('sessions_task').on(table.taskId),
    index('sessions_failed')
      .on(table.taskId)
      .where(sql`${table.error} IS NOT NULL AND ${table.closedAt} IS NULL`),
  ],
)

export const turns = sqliteTable(
  'turns',
  {
    id: text().primaryKey(),
    sessionId: text()
      .notNull()
      .references(() => sessions.id, { onDelete: 'cascade' }),
    taskId: text().notNull(),
    prompt: text().notNull(),
    /** The agent's session this turn ran in: what remembers it. */
    agentSessionId: text(),
    /** The model that was chosen for it; null for the agent's own, and in rows of before this was kept. */
    modelId: text(),
    startedAt: integer().notNull(),
    endedAt: integer(),
    stopReason: text(),
    usage: text({ mode: 'json' }).$type<unknown>(),
  },
  (table) => [
    index('turns_session').on(table.sessionId, table.startedAt),
    index('turns_running')
      .on(table.taskId)
      .where(sql`${table.endedAt} IS NULL`),
  ],
)

/**
 * The append-only record. A row stands for the events `firstIndex` to `lastIndex`: consecutive chunks of
 * one message share a row. Strings over the page limit are cut in `payload`; `full` holds it all, deflated.
 */
export const sessionEvents = sqliteTable(
  'session_events',
  {
    sessionId: text()
      .notNull()
      .references(() => sessions.id, { onDelete: 'cascade' }),
    firstIndex: integer().notNull(),
    lastIndex: integer().notNull(),
    turnId: text(),
    at: integer().notNull(),
    /** JSON of a `TranscriptEvent`. */
    payload: text().notNull(),
    /** Bytes of the whole payload when it was cut. */
    fullBytes: integer(),
    full: blob({ mode: 'buffer' }),
    /** When the whole was removed by the person's policy; `fullBytes` says how much it was. */
    fullRemovedAt: integer(),
  },
  (table) => [
    primaryKey({ columns: [table.sessionId, table.firstIndex] }),
    // The search asks what was removed in a run.
    index('session_events_removed')
      .on(table.fullRemovedAt)
      .where(sql`${table.fullRemovedAt} IS NOT NULL`),
  ],
)

export const permissionRequests = sqliteTable(
  'permission_requests',
  {
    id: text().primaryKey(),
    sessionId: text()
      .notNull()
      .references(() => sessions.id, { onDelete: 'cascade' }),
    taskId: text().notNull(),
    turnId: text(),
    title: text().notNull(),
    toolCall: text({ mode: 'json' }).$type<Record<string, unknown>>().notNull(),
    options: text({ mode: 'json' }).$type<unknown[]>().notNull(),
    state: text({ enum: ['pending', 'answered', 'cancelled', 'expired'] }).notNull(),
    answer: text(),
    /** By what it was answered, where no person was asked. */
    policy: text({ mode: 'json' }).$type<unknown>(),
    createdAt: integer().notNull(),
    resolvedAt: integer(),
  },
  (table) => [
    index('permission_requests_session').on(table.sessionId, table.createdAt),
    index('permission_requests_pending')
      .on(table.taskId)
      .where(sql`${table.state} = 'pending'`),
  ],
)

/** Files that go with prompts. */
export const promptAttachments = sqliteTable(
  'prompt_attachments',
  {
    id: text().primaryKey(),
    sessionId: text()
      .notNull()
      .references(() => sessions.id, { onDelete: 'cascade' }),
    /** The turn or the queued prompt it goes with; null while it belongs to the draft. */
    ownerId: text(),
    name: text().notNull(),
    mimeType: text().notNull(),
    /** Empty once it was removed by the person's policy. */
    content: blob({ mode: 'buffer' }).notNull(),
    createdAt: integer().notNull(),
    removedAt: integer(),
    removedBytes: integer(),
  },
  (table) => [index('prompt_attachments_session').on(table.sessionId, table.ownerId, table.createdAt)],
)

export const queuedPrompts = sqliteTable(
  'queued_prompts',
  {
    id: text().primaryKey(),
    sessionId: text()
      .notNull()
      .references(() => sessions.id, { onDelete: 'cascade' }),
    text: text().notNull(),
    createdAt: integer().notNull(),
  },
  (table) => [index('queued_prompts_session').on(table.sessionId, table.createdAt)],
)
