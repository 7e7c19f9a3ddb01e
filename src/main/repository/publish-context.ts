import { FoundryError } from '@shared/errors'
import type { OrganizationId, RepositoryId, TaskId } from '@shared/ids'
import type { Job } from '@shared/domain'
import type { PublishDraft } from '@shared/publish'
import type { AuditKind, AuditLog } from '../audit-log/audit-log'
import type { Database } from '../database'
import type { RemotePullRequest } from '../github/pull-requests/remote'
import type { PublishedPullRequest } from '../github/pull-requests/task-pull-requests'
import { createPublishRequests, type PublishRequests } from '../github/publish/requests'
import type { GitHubClient } from '../github/types'
import type { Jobs } from '../jobs/jobs'
import type { OriginAccess } from '../sandbox/checkout/types'
import type { PublishPlace, TaskPublishing } from '../task/publishing'
import type { TaskStory } from './publish-text'
import type { Repositories } from './repositories'
import type { TaskProjection, TaskRow } from './task-projection'

/** A connected account, as publishing uses it. */
export interface Publisher {
  client: GitHubClient
  login: string
  host: string
  /** What its token lacks, and what that costs. */
  missing: readonly { scope: string; cost: string }[]
}

export interface PublishOptions {
  database: Database
  jobs: Jobs
  audit: AuditLog
  actor: string
  now: () => number
  projection: TaskProjection
  repositories: Pick<Repositories, 'get' | 'remote'>
  git: TaskPublishing
  /** Whether the task has a checkout. */
  hasCheckout(taskId: TaskId): boolean
  refreshGit(taskId: TaskId): void
  story(taskId: TaskId): Promise<TaskStory>
  draft: { get(taskId: TaskId): PublishDraft | null; set(taskId: TaskId, draft: PublishDraft | null): void }
  github: {
    /** Null while no account of the organization is connected. */
    publisher(id: OrganizationId): Publisher | null
    access(id: OrganizationId): OriginAccess | null
    pullRequest(repositoryId: RepositoryId, number: number): PublishedPullRequest | null
    people(id: OrganizationId): { login: string; name: string | null }[]
    learned(id: OrganizationId, repositoryId: RepositoryId, pull: RemotePullRequest): void
    /** Something changed there: it is read soon. */
    pushed(id: OrganizationId): void
  }
  /** The line that leads from a pull request back to its task; null where a person does not want one. */
  footer(url: string): string | null
  /** Something a list shows may have changed. */
  changed(taskId: TaskId): void
}

/** A task with all that publishing it needs to know. */
export interface PublishSubject {
  task: TaskRow
  taskId: TaskId
  organizationId: OrganizationId
  repositoryId: RepositoryId
  place: PublishPlace
  pullRequest: PublishedPullRequest | null
}

/** What the queries, jobs and commands of publishing have in common. */
export interface PublishContext {
  subject(taskId: TaskId): PublishSubject
  /** @throws FoundryError `credentials` when nobody is signed in, `unsupported` for a folder that is not of GitHub */
  publisher(subject: PublishSubject): Publisher
  requests(subject: PublishSubject, signal: AbortSignal): PublishRequests
  /** The task's pull request. @throws FoundryError `conflict` when it has none */
  published(subject: PublishSubject): PublishedPullRequest
  /** Reads it from GitHub, so that its row and the task are as GitHub has them now. */
  refresh(
    subject: PublishSubject,
    pull: { nodeId: string; number: number },
    signal: AbortSignal,
  ): Promise<void>
  record(subject: PublishSubject, kind: AuditKind, payload: Record<string, unknown>): void
  /** Why nothing can be pushed to where the branch lives; null when it can, as far as is known here. */
  obstacle(subject: PublishSubject): FoundryError | null
  /** @throws FoundryError `conflict` while another job of this kind runs for the task */
  expectFree(taskId: TaskId, ...kinds: Job['kind'][]): void
}

export function createPublishContext(options: PublishOptions): PublishContext {
  const { projection, repositories, github } = options

  function subject(taskId: TaskId): PublishSubject {
    const task = projection.get(taskId)
    const organizationId = task.organizationId as OrganizationId
    const repositoryId = task.repositoryId as RepositoryId
    const isOwn = task.headRepository === repositoryId
    const pullRequest =
      task.pullRequestNumber === null ? null : github.pullRequest(repositoryId, task.pullRequestNumber)
    const { defaultBranch } = repositories.get(repositoryId)
    const base = (pullRequest?.state === 'open' ? pullRequest.baseRef : null) ?? task.baseBranch
    return {
      task,
      taskId,
      organizationId,
      repositoryId,
      pullRequest,
      place: {
        remote: isOwn ? 'origin' : 'fork',
        branch: task.branch,
        base: base ?? defaultBranch ?? 'main',
        access: github.access(organizationId),
      },
    }
  }

  function publisher({ organizationId, repositoryId }: PublishSubject): Publisher {
    const { fullName } = repositories.remote(repositoryId)
    const found = github.publisher(organizationId)
    if (found !== null) return found
    throw new FoundryError('credentials', `Nobody is signed in who could publish to ${fullName}.`, {
      next: 'Connect an account in the settings.',
    })
  }

  /** A fork is somebody's own: they let others push to it, or not. */
  function forkObstacle({ task, pullRequest }: PublishSubject, login: string): FoundryError | null {
    if (task.headRepository === task.repositoryId) return null
    const fork = pullRequest?.headRepository ?? null
    if (task.headRepository.startsWith('deleted:') || (pullRequest !== null && fork === null))
      return new FoundryError(
        'conflict',
        'The fork this branch comes from was deleted, or this account may not see it.',
        {
          next: 'Start a task of your own from this branch to go on with the work.',
        },
      )
    const isTheirs = fork?.toLowerCase().startsWith(`${login.toLowerCase()}/`) ?? false
    if (isTheirs || pullRequest?.maintainerCanModify !== false) return null
    return new FoundryError(
      'forbidden',
      `${fork ?? 'The fork'} does not let maintainers push to its branch.`,
      {
        next: `Ask ${pullRequest.author ?? 'its author'} to tick "Allow edits by maintainers" on the pull request, or start a task of your own from this branch.`,
      },
    )
  }

  return {
    subject,
    publisher,
    requests(one, signal) {
      const { client, host } = publisher(one)
      return createPublishRequests(
        client,
        { repositoryId: one.repositoryId, ...repositories.remote(one.repositoryId) },
        host,
        signal,
      )
    },
    published({ task, pullRequest }) {
      if (pullRequest !== null) return pullRequest
      throw new FoundryError('conflict', `${task.title} has no pull request.`, { next: 'Publish it first.' })
    },
    async refresh(one, pull, signal) {
      const { client, host } = publisher(one)
      const target = { repositoryId: one.repositoryId, ...repositories.remote(one.repositoryId) }
      const read = await createPublishRequests(client, target, host, signal).read(pull)
      github.learned(one.organizationId, one.repositoryId, read)
    },
    record({ organizationId, repositoryId, taskId }, kind, payload) {
      options.audit.append({ kind, actor: options.actor, organizationId, repositoryId, taskId, payload })
    },
    obstacle(one) {
      const repository = repositories.get(one.repositoryId)
      if (repository.github === null)
        return new FoundryError('unsupported', `GitHub is not known to have ${repository.name}.`, {
          next:
            repository.originUrl === null
              ? 'Add a repository at GitHub as origin of the folder, push to it, and bring its organization local.'
              : 'Bring the organization it belongs to local, with an account that may read it.',
        })
      const found = github.publisher(one.organizationId)
      if (found === null)
        return new FoundryError(
          'credentials',
          `Nobody is signed in who could publish to ${repository.github.fullName}.`,
          {
            next: 'Connect an account in the settings.',
          },
        )
      if (repository.github.gone)
        return new FoundryError(
          'not_found',
          `GitHub does not have ${repository.github.fullName} any more, or does not show it to ${found.login}.`,
          {
            next: 'Check that it still exists and that the account may see it.',
          },
        )
      if (repository.github.isArchived)
        return new FoundryError(
          'conflict',
          `${repository.github.fullName} is archived and can only be read.`,
          {
            next: 'Un-archive it on GitHub first.',
          },
        )
      const scope = found.missing.find((one) => one.scope === 'repo')
      if (scope !== undefined)
        return new FoundryError('forbidden', `The token of ${found.login} lacks the scope "repo".`, {
          next: 'Connect the account again with a token that has it.',
        })
      return forkObstacle(one, found.login)
    },
    expectFree(taskId, ...kinds) {
      if (!kinds.some((kind) => options.jobs.liveOfTask(taskId, kind) !== null)) return
      throw new FoundryError('conflict', 'The task is being published or updated already.', {
        next: 'Wait until that is done, or cancel it.',
      })
    },
  }
}
