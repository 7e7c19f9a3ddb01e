import { FoundryError } from '@shared/errors'
import type { TaskId } from '@shared/ids'
import type { PublishDraft } from '@shared/publish'
import { createKeeping, type Keeping, type KeepingOptions } from './keeping'
import { createPublishContext, type PublishOptions } from './publish-context'
import { createPublishJobs, type PublishJobs } from './publish-jobs'
import { createPublishPlans, type PublishPlans } from './publish-plan'
import { createPullRequestCommands, type PullRequestCommands } from './pull-request-commands'
import { createTaskReviews, type ReviewsOptions, type TaskReviews } from './reviews'

export type { PublishOptions } from './publish-context'

/** How the work of tasks becomes pull requests, and what becomes of those. */
export interface Publishing {
  readonly plans: PublishPlans
  readonly jobs: PublishJobs
  readonly pullRequests: PullRequestCommands
  readonly reviews: TaskReviews
  readonly keeping: Keeping
  saveDraft(taskId: TaskId, draft: PublishDraft | null): void
  finishUpdate(taskId: TaskId): Promise<void>
  abortUpdate(taskId: TaskId): Promise<void>
}

export function createPublishing(
  options: PublishOptions &
    Omit<ReviewsOptions, keyof PublishOptions> &
    Pick<KeepingOptions, 'packs' | 'stored'>,
): Publishing {
  const context = createPublishContext(options)
  const pullRequests = createPullRequestCommands(options, context)
  const reviews = createTaskReviews(options, context)
  const keeping = createKeeping(
    {
      ...options,
      standing: (taskId) => pullRequests.standing(taskId),
      refreshReviews: (taskId) => reviews.read(taskId, true),
    },
    context,
  )
  return {
    plans: createPublishPlans(options, context),
    jobs: createPublishJobs(options, context),
    pullRequests: {
      ...pullRequests,
      standing: (taskId) =>
        orKept(
          () => pullRequests.standing(taskId),
          () => keeping.standing(taskId),
        ),
    },
    reviews: {
      ...reviews,
      check: (taskId, checkId) =>
        orKept(
          () => reviews.check(taskId, checkId),
          () => keeping.check(taskId, checkId),
        ),
    },
    keeping,
    saveDraft(taskId, draft) {
      options.projection.get(taskId)
      options.draft.set(taskId, draft)
    },
    async finishUpdate(taskId) {
      const subject = context.subject(taskId)
      context.expectFree(taskId, 'task.update')
      const updated = await options.git.finishUpdate(taskId, subject.place)
      options.refreshGit(taskId)
      if (updated.kind === 'conflicts') throw stillOpen(updated.paths)
      options.database.transaction(() =>
        context.record(subject, 'task.branch.updated', { base: updated.base, head: updated.head }),
      )
    },
    async abortUpdate(taskId) {
      context.expectFree(taskId, 'task.update')
      await options.git.abortUpdate(taskId)
      options.refreshGit(taskId)
    },
  }
}

/** What GitHub says, or what was kept of it for the time when it cannot be asked. */
async function orKept<Value>(ask: () => Promise<Value>, kept: () => Promise<Value | null>): Promise<Value> {
  try {
    return await ask()
  } catch (error) {
    if (!(error instanceof FoundryError)) throw error
    const value = await kept()
    if (value === null) throw error
    return value
  }
}

function stillOpen(paths: readonly string[]): FoundryError {
  const files = paths.length === 1 ? '1 file has' : `${paths.length} files have`
  return new FoundryError('conflict', `${files} conflicts that are not resolved.`, {
    next: 'Resolve them, or hand them to the agent, then finish the update.',
    detail: paths.join('\n'),
  })
}
