import type { Contract, ParsedInputOf } from '@shared/contract'
import type { TaskSummary } from '@shared/domain'
import { FoundryError } from '@shared/errors'
import type { OrganizationId, RepositoryId, TaskId } from '@shared/ids'
import type { AuditLog } from '../audit-log/audit-log'
import type { Database } from '../database'
import type { ProvisionInput } from '../task/provision'
import type { Tasks } from '../task/tasks'
import type { Repositories } from './repositories'
import type { TaskProjection, TaskRow } from './task-projection'

export interface StartTaskOptions {
  database: Database
  repositories: Repositories
  projection: TaskProjection
  tasks: Tasks
  audit: AuditLog
  actor: string
  now: () => number
  /** Makes the first session the reader's active one, in the same transaction. */
  setActiveSession(taskId: TaskId, sessionId: string): void
  created(organizationId: OrganizationId, repositoryId: RepositoryId, taskId: TaskId): void
}

/** The first thing an agent is asked in a task, and which agent. */
export type FirstPrompt = Omit<ParsedInputOf<Contract['task']['start']>, 'taskId'>

/**
 * The first prompt to a virtual task makes it one that is worked on. Pressed twice, it happens once.
 *
 * @throws FoundryError `conflict` while it is archived, or when something else was asked in it first
 */
export function startTask(options: StartTaskOptions, taskId: TaskId, first: FirstPrompt): TaskSummary {
  const { database, projection } = options
  const row = database.transaction(() => {
    const found = projection.get(taskId)
    if (found.materializedAt !== null && found.prompt === first.prompt) return null
    return materialize(options, found, first)
  })
  if (row !== null)
    options.created(row.organizationId as OrganizationId, row.repositoryId as RepositoryId, taskId)
  return projection.summaryOf(row ?? projection.get(taskId))
}

/** In the caller's transaction. Everything the row says of its pull request stays. */
export function materialize(options: StartTaskOptions, row: TaskRow, first: FirstPrompt): TaskRow {
  const { projection } = options
  const taskId = row.id as TaskId
  if (row.archivedAt !== null)
    throw new FoundryError('conflict', `${row.title} is archived.`, {
      next: 'Un-archive it to work on its branch.',
      taskId,
    })
  if (row.materializedAt !== null)
    throw new FoundryError('conflict', `An agent was asked to work on ${row.branch} already.`, {
      next: 'Open that task and go on in it.',
      taskId,
    })
  projection.update(taskId, { materializedAt: options.now(), prompt: first.prompt })
  projection.bump(taskId)
  const organizationId = row.organizationId as OrganizationId
  const repositoryId = row.repositoryId as RepositoryId
  options.audit.append({ kind: 'task.started', actor: options.actor, organizationId, repositoryId, taskId })
  enlist(options, taskId, first, { named: true })
  return projection.get(taskId)
}

/** In the caller's transaction: its first session with the prompt, and the job that makes its checkout. */
export function enlist(
  options: StartTaskOptions,
  taskId: TaskId,
  { prompt, agentId, modelId, modeId }: FirstPrompt,
  provision: ProvisionInput,
): void {
  const session = {
    agentId,
    modelId,
    modeId: modeId ?? null,
    prompt: prompt.trim() === '' ? null : prompt,
  }
  const sessionId = options.tasks.initialize(taskId, session, provision)
  options.setActiveSession(taskId, sessionId)
  options.repositories.used(options.projection.get(taskId).repositoryId as RepositoryId)
}
