import { z } from 'zod'
import { repositoryIdSchema, sessionIdSchema, taskIdSchema } from './ids'

/** What can be recorded. The past tense of the command that did it. */
export const auditKinds = [
  'account.added',
  'account.reconnected',
  'account.signed_out',
  'organization.added',
  'organization.left',
  'organization.deleted',
  'repository.identified',
  'repository.hidden',
  'repository.shown',
  'repository.opened',
  'repository.removed',
  'repository.scripts.allowed',
  'repository.scripts.forbidden',
  'repository.scripts.changed',
  'repository.policy.changed',
  'task.created',
  'task.started',
  'task.retried',
  'task.initialized',
  'task.owner.changed',
  'task.author.changed',
  'task.error',
  'task.title.changed',
  'task.archived',
  'task.unarchived',
  'task.deleted',
  'task.checkout.removed',
  'task.branch.changed',
  'task.committed',
  'task.script.started',
  'task.brought_home',
  'task.push',
  'task.branch.updated',
  'task.pr.published',
  'task.pr.edited',
  'task.pr.drafted',
  'task.pr.ready',
  'task.pr.merged',
  'task.pr.closed',
  'task.pr.reopened',
  'task.session.created',
  'task.session.forked',
  'task.session.renamed',
  'task.session.closed',
  'task.session.reopened',
  'task.session.retried',
  'task.session.restarted',
  'task.session.stopped',
  'task.model.changed',
  'task.message.sent',
  'task.message.removed',
  'task.message.edited',
  'task.permission.answered',
  'task.permission.decided',
  'agent.installed',
  'agent.key.changed',
] as const
export type AuditKind = (typeof auditKinds)[number]

export const auditActors = ['reader', 'system', 'github'] as const
export type AuditActor = (typeof auditActors)[number]

/** One thing that was done, as the person who reads it sees it. */
export const auditEventSchema = z.object({
  id: z.number().int(),
  at: z.number(),
  actor: z.enum(auditActors),
  kind: z.string(),
  repositoryId: repositoryIdSchema.nullable(),
  taskId: taskIdSchema.nullable(),
  sessionId: sessionIdSchema.nullable(),
  payload: z.record(z.string(), z.unknown()),
})
export type AuditEvent = z.infer<typeof auditEventSchema>
