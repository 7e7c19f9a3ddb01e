import { and, desc, eq, gte, inArray, lt, type SQL } from 'drizzle-orm'
import type { AuditKind } from '@shared/audit'
import type { OrganizationId, RepositoryId, SessionId, TaskId } from '@shared/ids'
import type { Database, Db } from '../database'
import { auditEvents } from './tables'

export type { AuditKind }

export interface AuditEntry {
  kind: AuditKind
  actor: string
  organizationId?: OrganizationId
  repositoryId?: RepositoryId
  taskId?: TaskId
  sessionId?: SessionId
  payload?: Record<string, unknown>
}

export interface AuditLog {
  /**
   * Call it inside the transaction of the command it records; `on` is the connection of that transaction, where it is
   * not that of commands.
   */
  append(entry: AuditEntry, on?: Db): void
  /**
   * Newest first, at most 100. Only so many are looked at for one page: where few match, it is short or empty and
   * has a cursor.
   */
  page(filter: AuditFilter): AuditPage
}

export interface AuditFilter {
  organizationId?: OrganizationId | undefined
  taskId?: TaskId | undefined
  repositoryId?: RepositoryId | undefined
  actor?: string | undefined
  kinds?: readonly AuditKind[] | undefined
  /** Of the page before; null for the newest. */
  cursor: number | null
}

export type AuditRow = typeof auditEvents.$inferSelect

export interface AuditPage {
  readonly rows: readonly AuditRow[]
  /** Null when nothing older is left. */
  readonly cursor: number | null
}

const PAGE_ROWS = 100
/** Rows that are looked at for one page, so that a filter few rows match does not hold the main thread. */
const LOOKED_AT = 1000

/** The append-only record of what was done, by whom. */
export function createAuditLog(database: Database, now: () => number): AuditLog {
  return {
    append(entry, on = database.commands) {
      on.insert(auditEvents)
        .values({
          at: now(),
          actor: entry.actor,
          kind: entry.kind,
          organizationId: entry.organizationId ?? null,
          repositoryId: entry.repositoryId ?? null,
          taskId: entry.taskId ?? null,
          sessionId: entry.sessionId ?? null,
          payload: entry.payload ?? {},
        })
        .run()
    },
    page({ organizationId, taskId, repositoryId, actor, kinds, cursor }) {
      const within: SQL[] = []
      if (organizationId !== undefined) within.push(eq(auditEvents.organizationId, organizationId))
      if (taskId !== undefined) within.push(eq(auditEvents.taskId, taskId))
      if (cursor !== null) within.push(lt(auditEvents.id, cursor))
      // Answered by the index alone.
      const last = database.commands
        .select({ id: auditEvents.id })
        .from(auditEvents)
        .where(and(...within))
        .orderBy(desc(auditEvents.id))
        .limit(1)
        .offset(LOOKED_AT - 1)
        .get()
      if (last !== undefined) within.push(gte(auditEvents.id, last.id))
      if (repositoryId !== undefined) within.push(eq(auditEvents.repositoryId, repositoryId))
      if (actor !== undefined) within.push(eq(auditEvents.actor, actor))
      if (kinds !== undefined) within.push(inArray(auditEvents.kind, [...kinds]))
      const rows = database.commands
        .select()
        .from(auditEvents)
        .where(and(...within))
        .orderBy(desc(auditEvents.id))
        .limit(PAGE_ROWS)
        .all()
      const full = rows.length === PAGE_ROWS ? rows.at(-1) : undefined
      return { rows, cursor: (full ?? last)?.id ?? null }
    },
  }
}
