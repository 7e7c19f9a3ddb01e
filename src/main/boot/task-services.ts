import type { OrganizationId, RepositoryId, TaskId } from '@shared/ids'
import type { TaskPullRequests } from '../github/pull-requests/task-pull-requests'
import type { DomainHandlers } from '../ipc/handlers'
import type { Organizations } from '../organization/organizations'
import { createBranches } from '../repository/branches'
import { checkoutStartOf } from '../repository/checkout-start'
import { previewBranch } from '../repository/preview-branch'
import type { Repositories } from '../repository/repositories'
import { createTaskCommands, type TaskCommands, type TaskCommandsOptions } from '../repository/task-commands'
import { authorOf } from '../repository/task-projection'
import type { Checkouts } from '../sandbox/checkout/checkouts'
import type { LocalGit } from '../sandbox/git/local-git'
import type { TaskParent } from '../task/tasks'
import type { GitHub } from './github'

export interface TaskServicesOptions extends Omit<
  TaskCommandsOptions,
  'branches' | 'issue' | 'member' | 'random'
> {
  pullRequests: TaskPullRequests
  organizations: Organizations
  repositories: Repositories
  git: LocalGit
  checkouts: Checkouts
  /** There only after these services: they are asked for nothing before. */
  github(): GitHub
}

export interface TaskServices {
  readonly commands: TaskCommands
  /** What a task has to know of where it comes from. */
  readonly parent: Pick<TaskParent, 'source' | 'start' | 'place' | 'identity' | 'access' | 'nextBranch'>
  readonly taskHandlers: Pick<
    DomainHandlers<'task'>,
    'create' | 'start' | 'previewBranch' | 'ofPullRequest' | 'retry' | 'setOwner'
  >
  readonly repositoryHandlers: Pick<DomainHandlers<'repository'>, 'branches' | 'issues' | 'issue'>
}

/** How tasks come to be, from whatever they start, joined to what is known of GitHub and the person's folders. */
export function createTaskServices(options: TaskServicesOptions): TaskServices {
  const { projection, repositories, pullRequests, github } = options
  const branches = createBranches({
    ...options,
    overviews: {
      read: (id, refresh) => github().overviews.read(id, refresh),
      branches: (id) => github().overviews.branches(id),
    },
    pullRequests: (id, githubId, names) => github().pullRequests.ofBranches(id, githubId, names),
  })
  const creating = {
    ...options,
    branches,
    issue: (id: RepositoryId, number: number) => github().issues.get(id, number),
    member: (id: OrganizationId, login: string) => options.organizations.memberLogin(id, login),
    random: Math.random,
  }
  const commands = createTaskCommands(creating)

  const repositoryOf = (taskId: TaskId) =>
    repositories.get(projection.get(taskId).repositoryId as RepositoryId)

  return {
    commands,
    parent: {
      source(taskId) {
        const { localPath, originUrl } = repositoryOf(taskId)
        return { path: localPath, originUrl }
      },
      start(taskId) {
        const row = projection.get(taskId)
        const { pullRequestNumber } = row
        const pullRequest =
          pullRequestNumber === null ? null : pullRequests.of(row.repositoryId, pullRequestNumber)
        return checkoutStartOf(row, pullRequest, repositoryOf(taskId).originUrl)
      },
      place(taskId) {
        const row = projection.get(taskId)
        const number = row.pullRequestNumber
        return {
          remote: row.headRepository === row.repositoryId ? 'origin' : 'fork',
          branch: row.branch,
          base: number === null ? null : (pullRequests.of(row.repositoryId, number)?.baseRef ?? null),
          originUrl: repositoryOf(taskId).originUrl,
        }
      },
      identity(taskId) {
        const row = projection.get(taskId)
        const chosen = authorOf(row)
        if (chosen !== null) return { ...chosen, when: 'always' }
        const account = github().author(row.organizationId as OrganizationId)
        return account === null ? null : { ...account, when: 'unknown' }
      },
      access: (taskId) => github().gitAccess(projection.get(taskId).organizationId as OrganizationId),
      nextBranch: (taskId, existing) => commands.nextBranch(taskId, existing),
    },
    taskHandlers: {
      create: (request) => commands.create(request),
      start: ({ taskId, ...first }) => commands.start(taskId, first),
      previewBranch: (request) => previewBranch(creating, request),
      ofPullRequest: ({ repositoryId, number }) => repositories.taskOfPullRequest(repositoryId, number),
      retry: ({ taskId, branch }) => commands.retry(taskId, branch),
      setOwner: ({ taskId, login }) => commands.setOwner(taskId, login),
    },
    repositoryHandlers: {
      branches: ({ repositoryId, search, refresh }) => branches.list(repositoryId, search, refresh),
      issues: ({ repositoryId, search, cursor }) => github().issues.page(repositoryId, search, cursor),
      issue: ({ repositoryId, number }) => github().issues.get(repositoryId, number),
    },
  }
}
