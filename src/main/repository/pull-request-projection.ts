import type { OrganizationId, RepositoryId, TaskId } from '@shared/ids'
import type { AuditLog } from '../audit-log/audit-log'
import { newId, type Database } from '../database'
import type { OpenPullRequests } from '../github/pull-requests/task-pull-requests'
import type { ProjectPullRequests, WrittenPullRequest } from '../github/pull-requests/writer'
import { stepsFor, type Around, type Key, type ProjectedTask, type Step } from './pull-request-tasks'

export interface PullRequestProjectionOptions {
  database: Database
  audit: AuditLog
  /** On the connection `events`. */
  openPullRequests: OpenPullRequests
  /** Whether tasks are archived with their pull request. */
  archives(): boolean
  now(): number
  changed(organizationId: OrganizationId, taskId: TaskId): void
  /** Somebody worked on it: what runs for it ends. After the commit, and again at the next start if that never came. */
  archived(taskId: TaskId): void
}

const COLUMNS = `id, head_repository AS headRepository, branch, pull_request_number AS pullRequestNumber, title,
  materialized_at AS materializedAt, archived_at AS archivedAt, archive_reason AS archiveReason,
  created_at AS createdAt, updated_at AS updatedAt`

/**
 * Keeps the rows of tasks in line with those of pull requests. All of it runs inside the transaction of the sync's writer
 * and on its connection; statements are prepared once, for a first sync brings thousands.
 */
export function createPullRequestProjection(options: PullRequestProjectionOptions): ProjectPullRequests {
  const { database, audit, now } = options
  const { $client } = database.events
  const byNumber = $client.prepare<[string, number], ProjectedTask>(
    `SELECT ${COLUMNS} FROM tasks WHERE repository_id = ? AND pull_request_number = ? AND deleted_at IS NULL`,
  )
  const byKey = $client.prepare<[string, string, string], ProjectedTask>(
    `SELECT ${COLUMNS} FROM tasks
     WHERE repository_id = ? AND head_repository = ? AND branch = ? AND deleted_at IS NULL`,
  )
  const githubIdOf = $client
    .prepare<[string], string | null>('SELECT github_id FROM repositories WHERE id = ?')
    .pluck()
  const insert = $client.prepare(
    `INSERT INTO tasks (id, organization_id, repository_id, head_repository, branch, starts_from,
       pull_request_number, title, prompt, include_uncommitted, created_at, updated_at)
     VALUES (@id, @organizationId, @repositoryId, @headRepository, @branch, 'branch',
       @pullRequestNumber, @title, '', 0, @createdAt, @updatedAt)`,
  )
  const update = $client.prepare(
    `UPDATE tasks SET head_repository = @headRepository, branch = @branch, pull_request_number = @pullRequestNumber,
       title = @title, archived_at = @archivedAt, archive_reason = @archiveReason, updated_at = @updatedAt
     WHERE id = @id`,
  )
  const remove = $client.prepare<[string]>('DELETE FROM tasks WHERE id = ?')

  function aroundOf({ repositoryId, after }: WrittenPullRequest): Around {
    const repository = { id: repositoryId, githubId: githubIdOf.get(repositoryId) ?? null }
    return {
      linked: byNumber.get(repositoryId, after.number) ?? null,
      onBranch: ({ headRepository, branch }) => byKey.get(repositoryId, headRepository, branch) ?? null,
      otherOpen(key) {
        const headRepositoryId = githubHeadOf(key, repository)
        return headRepositoryId === null
          ? null
          : options.openPullRequests.fromBranch(
              repositoryId,
              { headRepositoryId, headRef: key.branch },
              after.number,
            )
      },
      isOpen: (number) => options.openPullRequests.isOpen(repositoryId, number),
      repository,
      archives: options.archives(),
      now: now(),
    }
  }

  function apply(organizationId: OrganizationId, repositoryId: RepositoryId, step: Step): TaskId {
    switch (step.type) {
      case 'insert': {
        const id = newId('task')
        insert.run({ ...step.task, id, organizationId, repositoryId })
        return id
      }
      case 'update':
        update.run({ ...step.task, ...step.set })
        return step.task.id as TaskId
      case 'remove':
        remove.run(step.task.id)
        return step.task.id as TaskId
    }
  }

  function record(organizationId: OrganizationId, repositoryId: RepositoryId, step: Step): 'archived' | null {
    if (step.type !== 'update' || step.set.archivedAt === undefined) return null
    const isArchived = step.set.archivedAt !== null
    if (isArchived === (step.task.archivedAt !== null)) return null
    const payload = {
      pullRequest: step.set.pullRequestNumber ?? step.task.pullRequestNumber,
      reason: isArchived ? step.set.archiveReason : 'reopened',
    }
    const kind = isArchived ? 'task.archived' : 'task.unarchived'
    const taskId = step.task.id as TaskId
    audit.append({ kind, actor: 'github', organizationId, repositoryId, taskId, payload }, database.events)
    return isArchived && step.task.materializedAt !== null ? 'archived' : null
  }

  /** Into the history of tasks that are worked on here: the feed keeps it for a time, this for ever. */
  function tell(organizationId: OrganizationId, { repositoryId, after, told }: WrittenPullRequest): void {
    const task = told.length === 0 ? undefined : byNumber.get(repositoryId, after.number)
    if (task === undefined || task.materializedAt === null) return
    const taskId = task.id as TaskId
    for (const { kind: change, payload } of told)
      audit.append(
        {
          kind: 'task.pr.changed',
          actor: 'github',
          organizationId,
          repositoryId,
          taskId,
          payload: { ...payload, number: after.number, change },
        },
        database.events,
      )
  }

  return (organizationId, written) => {
    const changed = new Set<TaskId>()
    const archived: TaskId[] = []
    for (const row of written) {
      for (const step of stepsFor(row.before, row.after, aroundOf(row))) {
        const taskId = apply(organizationId, row.repositoryId, step)
        changed.add(taskId)
        if (record(organizationId, row.repositoryId, step) !== null) archived.push(taskId)
      }
      tell(organizationId, row)
    }
    return () => {
      for (const taskId of changed) options.changed(organizationId, taskId)
      for (const taskId of archived) options.archived(taskId)
    }
  }
}

/** GitHub's id of the repository a branch lives in; null once that is not known any more. */
function githubHeadOf(
  { headRepository }: Key,
  repository: { id: string; githubId: string | null },
): string | null {
  if (headRepository === repository.id) return repository.githubId
  return headRepository.startsWith('github:') ? headRepository.slice('github:'.length) : null
}
