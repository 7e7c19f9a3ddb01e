import type { TaskSummary } from '@shared/domain'
import { FoundryError } from '@shared/errors'
import type { TaskId } from '@shared/ids'
import type { MergeRequest, PullRequestEdit, PullRequestStanding } from '@shared/publish'
import type { AuditKind } from '../audit-log/audit-log'
import { GitHubError } from '../github/client/errors'
import type { PublishedPullRequest } from '../github/pull-requests/task-pull-requests'
import { mergeObstacles } from '../github/publish/merge-obstacles'
import type { PublishRequests } from '../github/publish/requests'
import type { PublishContext, PublishOptions, PublishSubject } from './publish-context'

/** What can be done with the pull request of a task. Each is one change at GitHub, read back at once. */
export interface PullRequestCommands {
  standing(taskId: TaskId): Promise<PullRequestStanding>
  setDraft(taskId: TaskId, draft: boolean): Promise<TaskSummary>
  merge(taskId: TaskId, request: MergeRequest): Promise<TaskSummary>
  close(taskId: TaskId): Promise<TaskSummary>
  reopen(taskId: TaskId): Promise<TaskSummary>
  edit(taskId: TaskId, change: PullRequestEdit): Promise<TaskSummary>
}

export function createPullRequestCommands(
  options: PublishOptions,
  context: PublishContext,
): PullRequestCommands {
  const { database, github, projection } = options

  /** Changes something, records it, and reads what became of it: the task follows its pull request. */
  async function change(
    taskId: TaskId,
    run: (requests: PublishRequests, pull: PublishedPullRequest, subject: PublishSubject) => Promise<void>,
    kind: AuditKind,
    payload: Record<string, unknown> = {},
  ): Promise<TaskSummary> {
    const subject = context.subject(taskId)
    const pull = context.published(subject)
    const { signal } = new AbortController()
    await run(context.requests(subject, signal), pull, subject)
    database.transaction(() => context.record(subject, kind, { number: pull.number, ...payload }))
    await readBack(subject, pull, signal)
    return projection.summaryOf(projection.get(taskId))
  }

  /** It is done at GitHub whether or not it can be read back now: the sync brings it otherwise. */
  async function readBack(
    subject: PublishSubject,
    pull: PublishedPullRequest,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      await context.refresh(subject, pull, signal)
    } catch (error) {
      if (!(error instanceof GitHubError)) throw error
    }
    github.pushed(subject.organizationId)
    options.changed(subject.taskId)
  }

  async function removeBranch(subject: PublishSubject): Promise<void> {
    const { branch } = subject.place
    try {
      await context.requests(subject, new AbortController().signal).deleteBranch(branch)
    } catch (error) {
      if (!(error instanceof GitHubError)) throw error
      throw new FoundryError(
        error.kind,
        `It is merged, but the branch ${branch} could not be deleted at GitHub.`,
        {
          next: 'Delete it on the page of the pull request, should it still be there.',
          detail: [error.message, error.detail].filter(Boolean).join('\n'),
        },
      )
    }
  }

  return {
    async standing(taskId) {
      const subject = context.subject(taskId)
      const { nodeId, number } = context.published(subject)
      const told = await context.requests(subject, new AbortController().signal).standing(nodeId, number)
      const { archived: _archived, requiredApprovals: _approvals, ...standing } = told
      return { ...standing, ...mergeObstacles(told), readAt: options.now() }
    },
    setDraft: (taskId, draft) =>
      change(
        taskId,
        (requests, { nodeId }) => requests.setDraft(nodeId, draft),
        draft ? 'task.pr.drafted' : 'task.pr.ready',
      ),
    async merge(taskId, { method, deleteBranch, head }) {
      const merged = await change(
        taskId,
        async (requests, { number }) => {
          try {
            await requests.merge(number, { method, head })
          } catch (error) {
            throw mergeRefused(error, number)
          }
        },
        'task.pr.merged',
        { method, head, deleteBranch },
      )
      const subject = context.subject(taskId)
      if (deleteBranch && subject.place.remote === 'origin') await removeBranch(subject)
      return merged
    },
    close: (taskId) =>
      change(
        taskId,
        async (requests, { number }) => {
          await requests.edit(number, { state: 'closed' }, `closing #${number}`)
        },
        'task.pr.closed',
      ),
    reopen: (taskId) =>
      change(
        taskId,
        async (requests, { number }) => {
          await requests.edit(number, { state: 'open' }, `reopening #${number}`)
        },
        'task.pr.reopened',
      ),
    edit: (taskId, { title, body, base }) => {
      const given = {
        ...(title === undefined ? {} : { title }),
        ...(body === undefined ? {} : { body }),
        ...(base === undefined ? {} : { base }),
      }
      return change(
        taskId,
        async (requests, { number }) => {
          await requests.edit(number, given, `changing #${number}`)
        },
        'task.pr.edited',
        { fields: Object.keys(given) },
      )
    },
  }
}

function mergeRefused(error: unknown, number: number): unknown {
  if (!(error instanceof GitHubError) || error.reason !== 'refused') return error
  const detail = error.detail ?? ''
  if (/head branch was modified/i.test(detail))
    return new FoundryError('conflict', `#${number} has other commits than a moment ago.`, {
      next: 'Look at what is new, then merge.',
      detail,
    })
  return new FoundryError('conflict', `#${number} cannot be merged now.`, {
    next: 'What GitHub asks for stands below.',
    detail,
  })
}
