import { FoundryError, toErrorValue, type ErrorValue } from '@shared/errors'
import type { OrganizationId, RepositoryId, TaskId } from '@shared/ids'
import type { DeletionPlan, Prunable, UnsavedWork } from '@shared/lifecycle'
import type { AuditLog } from '../audit-log/audit-log'
import { newId, type Database } from '../database'
import type { TaskPullRequests } from '../github/pull-requests/task-pull-requests'
import type { Jobs } from '../jobs/jobs'
import { holdsAny, noWork } from '../task/git/unsaved'
import type { Tasks } from '../task/tasks'
import type { Repositories } from './repositories'
import type { TaskCommands } from './task-commands'
import type { TaskProjection, TaskRow } from './task-projection'

export interface TaskLifecycleOptions {
  database: Database
  projection: TaskProjection
  repositories: Repositories
  pullRequests: TaskPullRequests
  commands: Pick<TaskCommands, 'archive'>
  tasks: Tasks
  jobs: Jobs
  audit: AuditLog
  actor: string
  now: () => number
  counts(taskId: TaskId): Pick<DeletionPlan, 'sessions' | 'turns' | 'runningTurns' | 'queuedPrompts'>
  /** Of the list of an organization, also where the row is not there any more. */
  changed(organizationId: OrganizationId, taskId: TaskId): void
  /** Days after which the checkout of an archived task goes; 0 keeps it. */
  removeCheckoutsAfterDays(): number
}

export interface TaskLifecycle {
  archiveMany(taskIds: readonly TaskId[]): void
  stop(taskId: TaskId): void
  deletionPlan(taskId: TaskId): Promise<DeletionPlan>
  /** @throws FoundryError `conflict`, with what would be lost, unless somebody said yes to that */
  delete(taskId: TaskId, discard: boolean): Promise<void>
  prunePlan(organizationId: OrganizationId): Promise<{ tasks: Prunable[]; total: number }>
  prune(taskIds: readonly TaskId[]): void
  /** Starts a clean-up again that failed. */
  retryCleanUp(taskId: TaskId, kind: 'task.delete' | 'task.archive', discard: boolean): void
  /** What the last run did not come to: state that was committed, and whose job never ran or failed. */
  recover(): Promise<void>
}

/** So many tasks are looked into for a dry run; the largest first. */
const PLANNED = 100
const AT_A_TIME = 4
const DAY = 24 * 60 * 60_000

/** How tasks end. State commits first; what follows from it is a job that may fail without a task coming back. */
export function createTaskLifecycle(options: TaskLifecycleOptions): TaskLifecycle {
  const { database, projection, tasks, jobs, pullRequests } = options

  async function workOf(row: TaskRow): Promise<{ work: UnsavedWork; problem: ErrorValue | null }> {
    try {
      const work = await tasks.unsaved(row.id as TaskId, row.repositoryId as RepositoryId)
      return { work, problem: null }
    } catch (error) {
      return { work: noWork, problem: toErrorValue(error) }
    }
  }

  function pullRequestOf({ repositoryId, pullRequestNumber }: TaskRow) {
    return pullRequestNumber === null ? null : pullRequests.of(repositoryId, pullRequestNumber)
  }

  async function deletionPlan(taskId: TaskId): Promise<DeletionPlan> {
    const row = projection.get(taskId)
    const { work, problem } = await workOf(row)
    const counts = options.counts(taskId)
    const pullRequest = pullRequestOf(row)
    return {
      work,
      problem,
      ...counts,
      diskBytes: tasks.diskUse(taskId),
      packBytes: tasks.packs.read(taskId)?.bytes ?? null,
      openPullRequest:
        pullRequest?.state === 'open' ? { number: pullRequest.number, url: pullRequest.url } : null,
      losesWork: holdsAny(work) || problem !== null || counts.runningTurns > 0 || counts.queuedPrompts > 0,
    }
  }

  /** Archived, or with a pull request that was merged or closed. */
  function hasEnded(row: TaskRow): boolean {
    const state = pullRequestOf(row)?.state
    return row.archivedAt !== null || state === 'merged' || state === 'closed'
  }

  /** Its branch is free again, and the pull request is a task like any other that nobody has worked on. */
  function comesBackVirtual(row: TaskRow): TaskId | null {
    const { repositoryId, headRepository, branch, pullRequestNumber } = row
    if (pullRequestNumber === null || pullRequestOf(row)?.state !== 'open') return null
    const facts = pullRequests.factsOf(repositoryId, pullRequestNumber)
    if (facts === null) return null
    const { title, ...times } = facts
    const virtual = projection.insert(
      {
        id: newId('task'),
        organizationId: row.organizationId,
        repositoryId,
        headRepository,
        branch,
        startsFrom: 'branch',
        pullRequestNumber,
        title,
        prompt: '',
        includeUncommitted: false,
      },
      times,
    )
    return virtual.id as TaskId
  }

  function bury(row: TaskRow, discard: boolean): TaskId | null {
    const taskId = row.id as TaskId
    const organizationId = row.organizationId as OrganizationId
    const repositoryId = row.repositoryId as RepositoryId
    projection.tombstone(taskId)
    options.audit.append({
      kind: 'task.deleted',
      actor: options.actor,
      organizationId,
      repositoryId,
      taskId,
      payload: { title: row.title, branch: row.branch, discard },
    })
    tasks.startDeleting(taskId, { organizationId, repositoryId, title: row.title, discard })
    return comesBackVirtual(row)
  }

  return {
    archiveMany(taskIds) {
      for (const taskId of taskIds) if (projection.find(taskId) !== null) options.commands.archive(taskId)
    },
    stop(taskId) {
      projection.get(taskId)
      tasks.stop(taskId)
    },
    deletionPlan,
    async delete(taskId, discard) {
      const row = projection.get(taskId)
      if (row.materializedAt === null && pullRequestOf(row)?.state === 'open')
        throw new FoundryError('conflict', `Nothing of ${row.title} is on this computer.`, {
          next: 'It is in the list as long as its pull request is open: close that on GitHub.',
        })
      if (!discard) {
        const plan = await deletionPlan(taskId)
        if (plan.losesWork) throw wouldLose(row, plan)
      }
      const virtual = database.transaction(() => {
        const now = projection.find(taskId)
        return now === null ? null : bury(now, discard)
      })
      const organizationId = row.organizationId as OrganizationId
      options.changed(organizationId, taskId)
      if (virtual !== null) options.changed(organizationId, virtual)
    },
    async prunePlan(organizationId) {
      const disk = new Map(tasks.onDisk().map(({ taskId, bytes }) => [taskId, bytes]))
      const rows = [...disk.keys()]
        .flatMap((id) => projection.find(id) ?? [])
        .filter((row) => row.organizationId === organizationId && hasEnded(row))
      const planned: Prunable[] = []
      const looked = rows.slice(0, PLANNED)
      for (let at = 0; at < looked.length; at += AT_A_TIME)
        planned.push(
          ...(await Promise.all(
            looked.slice(at, at + AT_A_TIME).map(async (row): Promise<Prunable> => {
              const pullRequest = pullRequestOf(row)
              return {
                taskId: row.id as TaskId,
                title: row.title,
                branch: row.branch,
                repository: options.repositories.get(row.repositoryId as RepositoryId).name,
                isArchived: row.archivedAt !== null,
                archiveReason: row.archivedAt === null ? null : row.archiveReason,
                pullRequest:
                  pullRequest === null ? null : { number: pullRequest.number, state: pullRequest.state },
                diskBytes: disk.get(row.id as TaskId) ?? null,
                ...(await workOf(row)),
              }
            }),
          )),
        )
      return { tasks: planned, total: rows.length }
    },
    prune(taskIds) {
      for (const taskId of taskIds) {
        const row = projection.find(taskId)
        if (row === null || row.materializedAt === null) continue
        database.transaction(() => {
          if (row.archivedAt === null) {
            projection.update(taskId, { archivedAt: options.now(), archiveReason: 'person' })
            options.audit.append({
              kind: 'task.archived',
              actor: options.actor,
              organizationId: row.organizationId as OrganizationId,
              repositoryId: row.repositoryId as RepositoryId,
              taskId,
              payload: { archiveReason: 'person' },
            })
          }
          removeCheckout(taskId)
        })
        options.changed(row.organizationId as OrganizationId, taskId)
      }
    },
    retryCleanUp(taskId, kind, discard) {
      database.transaction(() => {
        if (kind === 'task.archive') {
          if (projection.find(taskId)?.archivedAt != null) tasks.startArchiving(taskId, removes(taskId))
          return
        }
        const row = projection.deleted().find(({ id }) => id === taskId)
        if (row !== undefined) deleteAgain(row, discard)
      })
    },
    async recover() {
      for (const row of projection.deleted()) database.transaction(() => deleteAgain(row, false))
      const days = options.removeCheckoutsAfterDays()
      const oldest = options.now() - days * DAY
      const onDisk = new Set<string>(tasks.onDisk().map(({ taskId }) => taskId))
      for (const id of new Set([...onDisk, ...jobs.tasksWithFailed('task.archive')])) {
        await new Promise<void>((resolve) => setImmediate(resolve))
        const taskId = id as TaskId
        const row = projection.find(taskId)
        if (row === null || row.archivedAt === null) continue
        const last = jobs.latestOfTask(taskId, 'task.archive')
        if (days > 0 && row.archivedAt < oldest && onDisk.has(taskId))
          database.transaction(() => removeCheckout(taskId))
        else if (last === null ? onDisk.has(taskId) : last.createdAt < row.archivedAt)
          database.transaction(() => tasks.startArchiving(taskId, false))
        else if (last?.state === 'failed')
          database.transaction(() => tasks.startArchiving(taskId, removes(taskId)))
      }
    },
  }

  function removeCheckout(taskId: TaskId): void {
    const isUnderWay = jobs.liveOfTask(taskId, 'task.archive') !== null && removes(taskId)
    if (!isUnderWay) tasks.startArchiving(taskId, true)
  }

  /** Whether the checkout goes with the latest of its archive jobs. */
  function removes(taskId: TaskId): boolean {
    const last = jobs.latestOfTask(taskId, 'task.archive')
    const input = last === null ? null : (jobs.inputOf(last.id) as { removeCheckout?: boolean } | null)
    return input?.removeCheckout === true
  }

  /** With the yes that was given for it before. */
  function deleteAgain(row: TaskRow, discard: boolean): void {
    const taskId = row.id as TaskId
    if (jobs.liveOfTask(taskId, 'task.delete') !== null) return
    const last = jobs.latestOfTask(taskId, 'task.delete')
    const before = last === null ? null : (jobs.inputOf(last.id) as { discard?: boolean } | null)
    tasks.startDeleting(taskId, {
      organizationId: row.organizationId as OrganizationId,
      repositoryId: row.repositoryId as RepositoryId,
      title: row.title,
      discard: discard || before?.discard === true,
    })
  }
}

function wouldLose(row: TaskRow, plan: DeletionPlan): FoundryError {
  const { commits, files, stashes } = plan.work
  const lines = [
    ...commits.first.map((subject) => `commit ${subject}`),
    ...more(commits),
    ...files.first.map((path) => `file ${path}`),
    ...more(files),
    ...stashes.first.map((name) => `stash ${name}`),
    ...more(stashes),
    ...(plan.runningTurns > 0 ? [`${plan.runningTurns} turns that run`] : []),
    ...(plan.queuedPrompts > 0 ? [`${plan.queuedPrompts} prompts that wait`] : []),
    ...(plan.problem === null ? [] : [plan.problem.message]),
  ]
  return new FoundryError('conflict', `Deleting ${row.title} loses work that is nowhere else.`, {
    next: 'Push it, or say that it can be lost.',
    detail: lines.join('\n'),
  })
}

function more({ total, first }: { total: number; first: string[] }): string[] {
  return total > first.length ? [`and ${total - first.length} more`] : []
}
