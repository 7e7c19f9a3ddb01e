import type { TaskSummary } from '@shared/domain'
import { FoundryError } from '@shared/errors'
import type { OrganizationId, RepositoryId, TaskId } from '@shared/ids'
import type { AuditKind } from '../audit-log/audit-log'
import { createTask, refuseImpossible, type CreateTaskOptions, type NewTask } from './create-task'
import type { TaskChange, TaskRow } from './task-projection'

export interface TaskCommands {
  create(request: NewTask): Promise<TaskSummary>
  rename(taskId: TaskId, title: string): TaskSummary
  archive(taskId: TaskId): TaskSummary
  unarchive(taskId: TaskId): TaskSummary
  /** Starts again what failed: the checkout, on another branch where one is given, or else the agents. */
  retry(taskId: TaskId, branch?: string): TaskSummary
}

export interface TaskCommandsOptions extends CreateTaskOptions {
  /** Something a list shows changed. */
  changed(row: TaskRow): void
}

/** The commands on rows of the projection. State commits first; what follows from it is a job. */
export function createTaskCommands(options: TaskCommandsOptions): TaskCommands {
  const { database, projection, tasks } = options

  function update(
    taskId: TaskId,
    kind: AuditKind,
    set: TaskChange,
    alongside: () => void = () => undefined,
  ): TaskSummary {
    const row = database.transaction(() => {
      const updated = projection.update(taskId, set)
      options.audit.append({
        kind,
        actor: options.actor,
        organizationId: updated.organizationId as OrganizationId,
        repositoryId: updated.repositoryId as RepositoryId,
        taskId,
        payload: set,
      })
      alongside()
      return updated
    })
    options.changed(row)
    return projection.summaryOf(row)
  }

  return {
    create: (request) => createTask(options, request),
    rename: (taskId, title) => update(taskId, 'task.title.changed', { title }),
    archive(taskId) {
      const row = projection.get(taskId)
      if (row.archivedAt !== null) return projection.summaryOf(row)
      return update(taskId, 'task.archived', { archivedAt: options.now(), archiveReason: 'person' }, () =>
        tasks.startArchiving(taskId, false),
      )
    },
    unarchive(taskId) {
      const row = projection.get(taskId)
      if (row.archivedAt === null) return projection.summaryOf(row)
      if (options.repositories.isRemoved(row.repositoryId as RepositoryId))
        throw new FoundryError('conflict', `The repository of ${row.title} was taken off the list.`, {
          next: 'Open its folder again, then un-archive the task.',
        })
      const summary = update(taskId, 'task.unarchived', { archivedAt: null, archiveReason: null })
      tasks.wakeUp(taskId)
      return summary
    },
    retry(taskId, branch) {
      const row = projection.get(taskId)
      if (branch !== undefined && branch !== row.branch) {
        if (row.startsFrom !== 'base' || tasks.hasCheckout(taskId))
          throw new FoundryError('conflict', `The branch of ${row.title} is there already.`, {
            next: 'Retry without another name.',
          })
        const taken = projection.branches(row.repositoryId as RepositoryId)
        refuseImpossible(branch, new Set(taken.filter((name) => name !== row.branch)))
        update(taskId, 'task.branch.changed', { branch })
      }
      tasks.retry(taskId)
      return projection.summaryOf(projection.get(taskId))
    },
  }
}
