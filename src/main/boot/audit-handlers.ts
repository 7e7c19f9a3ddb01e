import { type AuditActor, auditActors, type AuditEvent } from '@shared/audit'
import type { RepositoryId, SessionId, TaskId } from '@shared/ids'
import type { AuditLog, AuditPage, AuditRow } from '../audit-log/audit-log'
import type { DomainHandlers } from '../ipc/handlers'

/** What stands behind the operations on the audit log. */
export function auditHandlers(audit: AuditLog, readerId: string): DomainHandlers<'audit'> {
  const isActor = (value: string): value is AuditActor => auditActors.some((actor) => actor === value)
  const actorOf = (id: string): AuditActor => (isActor(id) ? id : 'reader')

  function eventOf(row: AuditRow): AuditEvent {
    const { id, at, kind, payload } = row
    return {
      id,
      at,
      kind,
      payload,
      actor: actorOf(row.actor),
      repositoryId: row.repositoryId as RepositoryId | null,
      taskId: row.taskId as TaskId | null,
      sessionId: row.sessionId as SessionId | null,
    }
  }
  const pageOf = ({ rows, cursor }: AuditPage): { events: AuditEvent[]; cursor: number | null } => ({
    events: rows.map(eventOf),
    cursor,
  })

  return {
    ofOrganization: ({ actor, ...asked }) =>
      pageOf(audit.page({ ...asked, actor: actor === 'reader' ? readerId : actor })),
  }
}
