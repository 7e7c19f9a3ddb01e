import type { TaskSummary } from '@shared/domain'
import { FoundryError } from '@shared/errors'
import type { OrganizationId, RepositoryId, TaskId } from '@shared/ids'
import type { ParsedInputOf, Contract } from '@shared/contract'
import type { AuditLog } from '../audit-log/audit-log'
import { newId, type Database } from '../database'
import type { LocalGit } from '../sandbox/git/local-git'
import { conflictingBranch, freeBranchName, validateBranchName } from '@shared/branch-name'
import { deriveBranch, deriveTitle } from '../task/naming'
import type { Tasks } from '../task/tasks'
import { listBranches } from './inspect'
import { localPathOf, type Repositories } from './repositories'
import type { TaskProjection } from './task-projection'

export interface CreateTaskOptions {
  database: Database
  repositories: Repositories
  projection: TaskProjection
  tasks: Tasks
  git: LocalGit
  audit: AuditLog
  actor: string
  now: () => number
  /** Makes the first session the reader's active one, in the same transaction. */
  setActiveSession(taskId: TaskId, sessionId: string): void
  created(organizationId: OrganizationId, repositoryId: RepositoryId, taskId: TaskId): void
}

export type NewTask = ParsedInputOf<Contract['task']['create']>

/**
 * Creates a task: the row, its first session, its prompt and the job that makes its checkout, all in one
 * transaction. Whatever fails afterwards, the prompt is there.
 *
 * @throws FoundryError `conflict` when the branch is taken, `invalid_input` for an impossible name
 */
export async function createTask(options: CreateTaskOptions, request: NewTask): Promise<TaskSummary> {
  const repository = options.repositories.get(request.repositoryId)
  const folder = localPathOf(repository)
  // What a person typed as the title is the title; one made from the prompt follows the rules of names.
  const title = request.title?.trim() || deriveTitle(request.prompt)
  const existing = await listBranches(options.git, folder)

  const summary = options.database.transaction(() => {
    const taken = new Set([...existing, ...options.projection.branches(repository.id)])
    const branch = request.branch ?? deriveBranch(title, taken)
    if (request.branch !== undefined) refuseImpossible(request.branch, taken)
    const row = options.projection.insert({
      id: newId('task'),
      organizationId: repository.organizationId,
      repositoryId: repository.id,
      headRepository: repository.id,
      branch,
      baseBranch: request.baseBranch ?? null,
      baseCommit: null,
      title,
      prompt: request.prompt,
      includeUncommitted: request.includeUncommitted,
      materializedAt: options.now(),
      archivedAt: null,
    })
    const taskId = row.id as TaskId
    const sessionId = options.tasks.initialize(taskId, {
      agentId: request.agentId,
      modelId: request.modelId,
      modeId: request.modeId ?? null,
      prompt: request.prompt.trim() === '' ? null : request.prompt,
    })
    options.setActiveSession(taskId, sessionId)
    options.repositories.used(repository.id)
    options.audit.append({
      kind: 'task.created',
      actor: options.actor,
      organizationId: repository.organizationId,
      repositoryId: repository.id,
      taskId,
      sessionId,
      payload: { branch, title },
    })
    return options.projection.summaryOf(row)
  })
  options.created(repository.organizationId, repository.id, summary.id)
  return summary
}

/** @throws FoundryError `conflict` when the branch is taken, `invalid_input` for an impossible name */
export function refuseImpossible(branch: string, taken: ReadonlySet<string>): void {
  const problem = validateBranchName(branch)
  if (problem !== null)
    throw new FoundryError('invalid_input', `${branch} cannot be the name of a branch. ${problem}`, {
      next: 'Choose another name, or leave it empty to get one made from the title.',
    })
  const inTheWay = conflictingBranch(branch, taken)
  if (inTheWay !== null)
    throw new FoundryError('conflict', `There is a branch ${inTheWay} already.`, {
      next: `Choose another name, such as ${freeBranchName(branch, taken)}.`,
    })
}
