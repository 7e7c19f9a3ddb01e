import type { TaskSummary } from '@shared/domain'
import { FoundryError } from '@shared/errors'
import type { OrganizationId, RepositoryId, TaskId } from '@shared/ids'
import type { Author } from '@shared/tasks'
import type { AuditKind } from '../audit-log/audit-log'
import { createTask, newBranch, refuseImpossible, type CreateTaskOptions, type NewTask } from './create-task'
import { startTask, type FirstPrompt } from './start-task'
import type { TaskChange, TaskRow } from './task-projection'

export interface TaskCommands {
  /** One in each repository. */
  create(request: NewTask): Promise<TaskSummary[]>
  /** The first prompt to a virtual one. */
  start(taskId: TaskId, first: FirstPrompt): TaskSummary
  rename(taskId: TaskId, title: string): TaskSummary
  archive(taskId: TaskId): TaskSummary
  unarchive(taskId: TaskId): TaskSummary
  /** Starts again what failed: the checkout, on another branch where one is given, or else the agents. */
  retry(taskId: TaskId, branch?: string): Promise<TaskSummary>
  /** Its branch, which was not made yet, turned out to be taken: it gets the next free name. */
  nextBranch(taskId: TaskId, existing: ReadonlySet<string>): void
  /** @throws FoundryError `not_found` for somebody who is no member of the organization */
  setOwner(taskId: TaskId, login: string | null): TaskSummary
  setAuthor(taskId: TaskId, author: Author | null): void
}

export interface TaskCommandsOptions extends CreateTaskOptions {
  /** Something a list shows changed. */
  changed(row: TaskRow): void
  /** The login of a member, written as GitHub does; null for nobody. */
  member(organizationId: OrganizationId, login: string): string | null
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
    start: (taskId, first) => startTask(options, taskId, first),
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
      const known = projection.summaryOf(row)
      if (row.archivedAt === null) return known
      if (known.readOnly)
        throw new FoundryError('unsupported', `No git repository is known for ${row.title}.`, {
          next: 'It can be read and searched. To work on the same code, open its repository and start a task there.',
        })
      if (options.repositories.isRemoved(row.repositoryId as RepositoryId))
        throw new FoundryError('conflict', `The repository of ${row.title} was taken off the list.`, {
          next: 'Open its folder again, then un-archive the task.',
        })
      const summary = update(taskId, 'task.unarchived', { archivedAt: null, archiveReason: null })
      tasks.wakeUp(taskId)
      return summary
    },
    async retry(taskId, branch) {
      const { branch: before, repositoryId, startsFrom } = projection.get(taskId)
      if (branch === undefined || branch === before) {
        tasks.retry(taskId)
        return projection.summaryOf(projection.get(taskId))
      }
      const existing = await options.branches.existing(repositoryId as RepositoryId)
      const row = projection.get(taskId)
      if (startsFrom !== 'base' || tasks.hasCheckout(taskId) || row.branch !== before)
        throw new FoundryError('conflict', `The branch of ${row.title} is there already.`, {
          next: 'Retry without another name.',
        })
      const ofOthers = projection.branches(repositoryId as RepositoryId).filter((name) => name !== before)
      refuseImpossible(branch, new Set([...existing, ...ofOthers]))
      update(taskId, 'task.branch.changed', { branch }, () => tasks.retry(taskId, { named: true }))
      return projection.summaryOf(projection.get(taskId))
    },
    nextBranch(taskId, existing) {
      const { repositoryId, title } = projection.get(taskId)
      const taken = new Set([...existing, ...projection.branches(repositoryId as RepositoryId)])
      update(taskId, 'task.branch.changed', { branch: newBranch(options, title, taken) })
    },
    setOwner(taskId, login) {
      const row = projection.get(taskId)
      const member = login === null ? null : options.member(row.organizationId as OrganizationId, login)
      if (login !== null && member === null)
        throw new FoundryError('not_found', `${login} is no member of the organization.`, {
          next: 'Choose one of its members.',
        })
      if (row.ownerLogin === member) return projection.summaryOf(row)
      return update(taskId, 'task.owner.changed', { ownerLogin: member })
    },
    setAuthor(taskId, author) {
      const set = { authorName: author?.name ?? null, authorEmail: author?.email ?? null }
      update(taskId, 'task.author.changed', set)
    },
  }
}
