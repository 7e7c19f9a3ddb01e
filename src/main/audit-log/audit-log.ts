import { and, desc, eq, lt, type SQL } from 'drizzle-orm'
import type { OrganizationId, RepositoryId, SessionId, TaskId } from '@shared/ids'
import type { Database, Db } from '../database'
import { auditEvents } from './tables'

/** What can be recorded. The past tense of the command that did it. */
export type AuditKind =
  | 'account.added'
  | 'account.reconnected'
  | 'account.signed_out'
  | 'organization.added'
  | 'organization.left'
  | 'organization.deleted'
  | 'repository.identified'
  | 'repository.hidden'
  | 'repository.shown'
  | 'repository.opened'
  | 'repository.removed'
  | 'task.created'
  | 'task.started'
  | 'task.initialized'
  | 'task.owner.changed'
  | 'task.author.changed'
  | 'task.error'
  | 'task.title.changed'
  | 'task.archived'
  | 'task.unarchived'
  | 'task.deleted'
  | 'task.checkout.removed'
  | 'task.branch.changed'
  | 'task.committed'
  | 'task.brought_home'
  | 'task.push'
  | 'task.branch.updated'
  | 'task.pr.published'
  | 'task.pr.edited'
  | 'task.pr.drafted'
  | 'task.pr.ready'
  | 'task.pr.merged'
  | 'task.pr.closed'
  | 'task.pr.reopened'
  | 'task.session.created'
  | 'task.session.renamed'
  | 'task.session.closed'
  | 'task.session.reopened'
  | 'task.session.stopped'
  | 'task.model.changed'
  | 'task.message.sent'
  | 'task.permission.answered'
  | 'agent.installed'
  | 'agent.key.changed'

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
  /** Newest first; at most 100. */
  list(filter: {
    taskId?: TaskId
    before?: number
  }): { id: number; at: number; kind: string; payload: unknown }[]
}

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
    list(filter) {
      const conditions: SQL[] = []
      if (filter.taskId !== undefined) conditions.push(eq(auditEvents.taskId, filter.taskId))
      if (filter.before !== undefined) conditions.push(lt(auditEvents.id, filter.before))
      return database.commands
        .select({
          id: auditEvents.id,
          at: auditEvents.at,
          kind: auditEvents.kind,
          payload: auditEvents.payload,
        })
        .from(auditEvents)
        .where(and(...conditions))
        .orderBy(desc(auditEvents.id))
        .limit(100)
        .all()
    },
  }
}
