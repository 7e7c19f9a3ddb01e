import { conflictingBranch, freeBranchName, validateBranchName } from '@shared/branch-name'
import type { Contract, ParsedInputOf } from '@shared/contract'
import type { ModelChoice, Repository, Settings, TaskSummary } from '@shared/domain'
import { FoundryError } from '@shared/errors'
import type { Issue } from '@shared/github'
import type { OrganizationId, RepositoryId, TaskId } from '@shared/ids'
import { newId } from '../database'
import type { TaskPullRequests } from '../github/pull-requests/task-pull-requests'
import { promptWithIssue } from '../task/issue-prompt'
import { deriveBranch, deriveTitle, randomBranch } from '../task/naming'
import { taskInTheWay, type Branches } from './branches'
import { headRepositoryOf } from './pull-request-tasks'
import { enlist, materialize, type StartTaskOptions } from './start-task'
import type { NewTaskRow, TaskRow } from './task-projection'

export interface CreateTaskOptions extends StartTaskOptions {
  branches: Branches
  pullRequests: Pick<TaskPullRequests, 'headOf'>
  issue(repositoryId: RepositoryId, number: number): Promise<Issue>
  branchNames(): Settings['branchNames']
  /** Agents with their models as people tell them apart. */
  choiceNames(choices: readonly ModelChoice[]): string[]
  random(): number
}

export type NewTask = ParsedInputOf<Contract['task']['create']>

/** What is known before the transaction: everything in it is looked up at once. */
interface Prepared {
  repository: Repository
  /** GitHub's id of it. */
  githubId: string | null
  /** Names no new branch can have. */
  taken: Set<string>
}

/**
 * Creates a task in each repository: the rows, their first sessions, the prompt and the jobs that make their checkouts,
 * all in one transaction. Whatever fails afterwards, the prompt is there.
 *
 * @throws FoundryError `conflict` when a branch is taken or worked on, `invalid_input` for an impossible name, and why
 *   an issue could not be read
 */
export async function createTask(options: CreateTaskOptions, request: NewTask): Promise<TaskSummary[]> {
  const { database, projection, repositories } = options
  const ids = [...new Set(request.repositoryIds)]
  const [only] = ids
  if (ids.length > 1 && request.start.type !== 'base')
    throw new FoundryError('invalid_input', 'Tasks in several repositories start on new branches.', {
      next: 'Choose one repository, or start from a branch of each.',
    })
  const also = request.also ?? []
  if (also.length > 0 && request.start.type !== 'base' && request.start.type !== 'issue')
    throw new FoundryError('invalid_input', 'Several agents side by side start on new branches.', {
      next: 'Choose one agent, or start from a base branch.',
    })
  const issue =
    request.start.type === 'issue' && only !== undefined
      ? await options.issue(only, request.start.number)
      : null
  const prepared = await Promise.all(
    ids.map(async (id): Promise<Prepared> => {
      const repository = repositories.get(id)
      const githubId = repository.github === null ? null : repositories.remote(id).githubId
      return { repository, githubId, taken: await options.branches.taken(id) }
    }),
  )
  const groupId = ids.length > 1 || also.length > 0 ? newId('group') : null
  const { agentId, modelId, modeId } = request
  const choices: Choice[] = [{ agentId, modelId, modeId }, ...also]
  const names = options.choiceNames(choices)
  const rows = database.transaction(() =>
    prepared.flatMap((one) =>
      choices.map((choice, nth) => {
        const asked =
          also.length === 0 ? request : oneOfMany(request, choice, names[nth] ?? '', nth, one.taken)
        return createIn(options, asked, { ...one, groupId, issue })
      }),
    ),
  )
  for (const row of rows)
    options.created(row.organizationId as OrganizationId, row.repositoryId as RepositoryId, row.id as TaskId)
  return rows.map((row) => projection.summaryOf(row))
}

type Choice = Pick<NewTask, 'agentId' | 'modelId' | 'modeId'>
/** With who does it, where several do the same. */
type Asked = NewTask & { by?: string }

/** What one of several is asked that do the same: told apart by who does it, each on a branch of its own. */
function oneOfMany(
  request: NewTask,
  choice: Choice,
  by: string,
  nth: number,
  taken: ReadonlySet<string>,
): Asked {
  const branch =
    request.branch === undefined || nth === 0 ? request.branch : freeBranchName(request.branch, taken)
  return { ...request, ...choice, by, ...(branch === undefined ? {} : { branch }) }
}

function createIn(
  options: CreateTaskOptions,
  request: Asked,
  { repository, githubId, taken, groupId, issue }: Prepared & { groupId: string | null; issue: Issue | null },
): TaskRow {
  const { projection } = options
  const { start } = request
  const prompt =
    issue === null
      ? request.prompt
      : promptWithIssue(request.prompt, issue, repository.github?.fullName ?? repository.name)
  const first = { ...request, prompt }
  // What a person typed as the title is the title; one made from the prompt follows the rules of names.
  const plain = request.title?.trim() || deriveTitle(issue?.title ?? request.prompt)
  const title = request.by === undefined ? plain : `${plain} (${request.by})`
  const common = { groupId, prompt, title, issueNumber: issue?.number ?? null }

  switch (start.type) {
    case 'base':
    case 'issue': {
      // Names of tasks may have been taken since they were looked up.
      for (const name of projection.branches(repository.id)) taken.add(name)
      const branch = request.branch ?? newBranch(options, title, taken)
      if (request.branch !== undefined) refuseImpossible(branch, taken)
      return insert(options, repository, first, request.branch !== undefined, {
        ...common,
        branch,
        headRepository: repository.id,
        startsFrom: 'base',
        baseBranch: start.type === 'base' ? start.branch : start.base,
        includeUncommitted: request.includeUncommitted && repository.localPath !== null,
      })
    }
    case 'branch': {
      const problem = validateBranchName(start.branch)
      if (problem !== null) throw impossible(start.branch, problem)
      const there = projection.onBranch(repository.id, start.branch)
      if (there !== null) return goOn(options, there, first)
      return insert(options, repository, first, true, {
        ...common,
        branch: start.branch,
        headRepository: repository.id,
        startsFrom: 'branch',
        baseBranch: null,
        includeUncommitted: request.includeUncommitted && repository.localPath !== null,
      })
    }
    case 'pull_request': {
      const own = { id: repository.id, githubId }
      const there = projection.ofPullRequest(own, start.number)
      if (there !== null) return goOn(options, there, first)
      const head = options.pullRequests.headOf(repository.id, start.number)
      if (head === null)
        throw new FoundryError('not_found', `Pull request #${start.number} is not known here.`, {
          next: 'Sync the organization, then try again.',
        })
      return insert(options, repository, first, true, {
        ...common,
        title: request.title?.trim() || head.title,
        branch: head.headRef,
        headRepository: headRepositoryOf(head.headRepositoryId, own) ?? `deleted:${start.number}`,
        startsFrom: 'branch',
        baseBranch: null,
        pullRequestNumber: start.number,
        includeUncommitted: false,
      })
    }
  }
}

/** A row that nobody worked on becomes the task; one that somebody works on is told. */
function goOn(options: CreateTaskOptions, row: TaskRow, first: NewTask): TaskRow {
  if (row.materializedAt !== null || row.archivedAt !== null) throw taskInTheWay(row.branch, row)
  return materialize(options, row, first)
}

function insert(
  options: CreateTaskOptions,
  repository: Repository,
  first: NewTask,
  named: boolean,
  facts: Omit<NewTaskRow, 'id' | 'organizationId' | 'repositoryId'>,
): TaskRow {
  const row = options.projection.insert({
    ...facts,
    id: newId('task'),
    organizationId: repository.organizationId,
    repositoryId: repository.id,
    materializedAt: options.now(),
  })
  const taskId = row.id as TaskId
  options.audit.append({
    kind: 'task.created',
    actor: options.actor,
    organizationId: repository.organizationId,
    repositoryId: repository.id,
    taskId,
    payload: { branch: row.branch, title: row.title, start: first.start },
  })
  enlist(options, taskId, first, { named })
  return row
}

/** A name that conflicts with none of those taken, as the settings want it. */
export function newBranch(
  options: Pick<CreateTaskOptions, 'branchNames' | 'random'>,
  title: string,
  taken: ReadonlySet<string>,
): string {
  return options.branchNames() === 'random' ? randomBranch(taken, options.random) : deriveBranch(title, taken)
}

/** @throws FoundryError `conflict` when the branch is taken, `invalid_input` for an impossible name */
export function refuseImpossible(branch: string, taken: ReadonlySet<string>): void {
  const problem = validateBranchName(branch)
  if (problem !== null) throw impossible(branch, problem)
  const inTheWay = conflictingBranch(branch, taken)
  if (inTheWay !== null)
    throw new FoundryError('conflict', `There is a branch ${inTheWay} already.`, {
      next: `Choose another name, such as ${freeBranchName(branch, taken)}.`,
    })
}

function impossible(branch: string, problem: string): FoundryError {
  return new FoundryError('invalid_input', `${branch} cannot be the name of a branch. ${problem}`, {
    next: 'Choose another name, or leave it empty to get one made from the title.',
  })
}
