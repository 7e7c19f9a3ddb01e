import type { CommentId, OrganizationId, ReplyId, ReviewId, TaskId } from '@shared/ids'
import { parseDeepLink } from '@shared/deep-link'
import { pullRequestFooter } from '@shared/pull-request-footer'
import type { AuditLog } from '../audit-log/audit-log'
import type { Database } from '../database'
import type { TaskPullRequests } from '../github/pull-requests/task-pull-requests'
import type { DomainHandlers } from '../ipc/handlers'
import type { Jobs } from '../jobs/jobs'
import type { Organizations } from '../organization/organizations'
import { createPublishing, type Publishing } from '../repository/publish'
import type { Repositories } from '../repository/repositories'
import { createTaskOverlaps, type TaskOverlapsReader } from '../repository/task-overlaps'
import type { TaskProjection } from '../repository/task-projection'
import type { Sessions } from '../session/sessions'
import type { Tasks } from '../task/tasks'
import type { User } from '../user/user'
import type { GitHub } from './github'
import type { AppServices } from './services'

export interface PublishingOwners {
  services: Pick<AppServices, 'settings'>
  database: Database
  jobs: Jobs
  audit: AuditLog
  user: User
  now: () => number
  organizations: Organizations
  repositories: Repositories
  projection: TaskProjection
  pullRequests: TaskPullRequests
  tasks: Tasks
  sessions: Sessions
  github: Pick<GitHub, 'sync' | 'publisher' | 'gitAccess' | 'files' | 'reviews' | 'pullRequests'>
  changed(taskId: TaskId): void
  deskChanged(taskId: TaskId, comments: readonly CommentId[], reviewId: ReviewId | null): void
  replyChanged(taskId: TaskId, replyId: ReplyId): void
  reportError(error: unknown, what: string): void
}

/** Joins publishing to the owners of what it needs. */
export function wirePublishing(owners: PublishingOwners): Publishing {
  const { services, organizations, pullRequests, tasks, sessions, github, user } = owners
  return createPublishing({
    ...owners,
    actor: user.id,
    git: tasks.publishing,
    hasCheckout: (taskId) => tasks.isReady(taskId),
    refreshGit: (taskId) => tasks.lookAgain(taskId),
    story: (taskId) => sessions.story(taskId),
    draft: {
      get: (taskId) => user.publishDraft(taskId),
      set: (taskId, draft) => user.savePublishDraft(taskId, draft),
    },
    github: {
      publisher: (id) => github.publisher(id),
      access: (id) => github.gitAccess(id),
      pullRequest: (repositoryId, number) => pullRequests.published(repositoryId, number),
      people: (id) => organizations.members(id, '', null).members.map(({ login, name }) => ({ login, name })),
      learned: (id, repositoryId, pull) => github.sync.learned(id, repositoryId, pull),
      pushed: (id: OrganizationId) => github.sync.pushed(id),
    },
    desk: { comments: user.comments, outgoing: user.outgoingReviews },
    reviews: github.reviews,
    packs: () => tasks.packs,
    stored(repositoryId, number) {
      const known = github.pullRequests.find(repositoryId, number)
      return known === null ? null : github.pullRequests.get(repositoryId, number)
    },
    pushed: (id) => github.sync.pushed(id),
    footer(url) {
      const { pullRequestFooter: wanted, linkPage } = services.settings.get()
      const link = parseDeepLink(url)
      return wanted && link.type === 'pull_request' ? pullRequestFooter(link, linkPage) : null
    },
  })
}

/** Joins what the tasks of a repository change to what its open pull requests change. */
export function wireOverlaps({
  database,
  projection,
  repositories,
  tasks,
  github,
}: Pick<
  PublishingOwners,
  'database' | 'projection' | 'repositories' | 'tasks' | 'github'
>): TaskOverlapsReader {
  return createTaskOverlaps({
    database,
    task: (taskId) => projection.get(taskId),
    isOnGitHub: (repositoryId) => repositories.get(repositoryId).github !== null,
    taskOfPullRequest: (repositoryId, number) => repositories.taskOfPullRequest(repositoryId, number),
    files: github.files,
    changedPaths(taskId) {
      const state = tasks.gitState(taskId)
      if (state === null) return null
      const changes = [...state.base, ...state.uncommitted]
      return new Set(changes.flatMap(({ path, oldPath }) => (oldPath === null ? [path] : [path, oldPath])))
    },
  })
}

type PublishOperation =
  | 'overlaps'
  | 'overlapCounts'
  | 'publishPlan'
  | 'publishChoices'
  | 'savePublishDraft'
  | 'publish'
  | 'push'
  | 'updateFromBase'
  | 'finishUpdate'
  | 'abortUpdate'
  | 'pullRequestStanding'
  | 'setDraft'
  | 'merge'
  | 'closePullRequest'
  | 'reopenPullRequest'
  | 'editPullRequest'
  | 'reviews'
  | 'reviewPlan'
  | 'sendReview'
  | 'resumeReview'
  | 'takeBackReview'
  | 'replyToThread'
  | 'resumeReply'
  | 'dropReply'
  | 'resolveThread'
  | 'check'

/** What stands behind the operations on branches and pull requests of tasks. */
export function publishHandlers(
  { plans, jobs, pullRequests, reviews, ...publishing }: Publishing,
  overlaps: TaskOverlapsReader,
): Pick<DomainHandlers<'task'>, PublishOperation> {
  return {
    overlaps: ({ taskId }) => overlaps.ofTask(taskId),
    overlapCounts: ({ organizationId }) => overlaps.ofOrganization(organizationId),
    publishPlan: ({ taskId }) => plans.plan(taskId),
    publishChoices: ({ taskId }) => plans.choices(taskId),
    savePublishDraft: ({ taskId, draft }) => publishing.saveDraft(taskId, draft),
    publish: ({ taskId, ...request }) => jobs.publish(taskId, request),
    push: ({ taskId, ...request }) => jobs.push(taskId, request),
    updateFromBase: ({ taskId, ...request }) => jobs.update(taskId, request),
    finishUpdate: ({ taskId }) => publishing.finishUpdate(taskId),
    abortUpdate: ({ taskId }) => publishing.abortUpdate(taskId),
    pullRequestStanding: ({ taskId }) => pullRequests.standing(taskId),
    setDraft: ({ taskId, draft }) => pullRequests.setDraft(taskId, draft),
    merge: ({ taskId, ...request }) => pullRequests.merge(taskId, request),
    closePullRequest: ({ taskId }) => pullRequests.close(taskId),
    reopenPullRequest: ({ taskId }) => pullRequests.reopen(taskId),
    editPullRequest: ({ taskId, ...change }) => pullRequests.edit(taskId, change),
    reviews: ({ taskId, refresh }) => reviews.read(taskId, refresh),
    reviewPlan: ({ taskId, commentIds }) => reviews.plan(taskId, commentIds),
    sendReview: ({ taskId, ...review }) => reviews.send(taskId, review),
    resumeReview: ({ taskId, ...decision }) => reviews.resume(taskId, decision),
    takeBackReview: ({ taskId }) => reviews.takeBack(taskId),
    replyToThread: ({ taskId, ...reply }) => reviews.reply(taskId, reply),
    resumeReply: ({ taskId, replyId, seen }) => reviews.resumeReply(taskId, replyId, seen),
    dropReply: ({ taskId, replyId }) => reviews.dropReply(taskId, replyId),
    resolveThread: ({ taskId, threadId, resolved }) => reviews.resolve(taskId, threadId, resolved),
    check: ({ taskId, checkId }) => reviews.check(taskId, checkId),
  }
}
