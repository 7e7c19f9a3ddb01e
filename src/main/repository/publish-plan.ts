import { FoundryError, toErrorValue, type ErrorValue } from '@shared/errors'
import type { TaskId } from '@shared/ids'
import type { PublishChoices, PublishPlan } from '@shared/publish'
import type { PublishStanding } from '../task/publishing'
import { deriveTitle } from '../task/naming'
import type { PublishContext, PublishOptions, PublishSubject } from './publish-context'
import { bodyWith, proposedTitle, summaryOf, type TaskStory } from './publish-text'

/** What a person looks at before anything is published. */
export interface PublishPlans {
  plan(taskId: TaskId): Promise<PublishPlan>
  choices(taskId: TaskId): Promise<PublishChoices>
}

export function createPublishPlans(options: PublishOptions, context: PublishContext): PublishPlans {
  const { github } = options

  /** The checkout can be away or in a bad way: all else is still to be seen. */
  async function standing({
    task,
    taskId,
    place,
  }: PublishSubject): Promise<{ git: PublishStanding | null; problem: ErrorValue | null }> {
    if (task.archivedAt !== null || !options.hasCheckout(taskId)) return { git: null, problem: null }
    try {
      return { git: await options.git.standing(taskId, place), problem: null }
    } catch (error) {
      if (!(error instanceof FoundryError)) throw error
      return { git: null, problem: toErrorValue(error) }
    }
  }

  async function templates({ taskId, repositoryId }: PublishSubject): Promise<PublishPlan['templates']> {
    try {
      return await options.git.templates(taskId, options.repositories.get(repositoryId).defaultBranch)
    } catch (error) {
      // A description can be written without one.
      if (!(error instanceof FoundryError)) throw error
      return []
    }
  }

  return {
    async plan(taskId) {
      const subject = context.subject(taskId)
      const { task, place, pullRequest, organizationId } = subject
      const { git, problem } = await standing(subject)
      const isOpen = pullRequest?.state === 'open'
      const found = isOpen || git === null ? [] : await templates(subject)
      const story = await options.story(taskId)
      const publisher = github.publisher(organizationId)
      const obstacle = context.obstacle(subject)
      const summary = summaryOf(task.prompt, story)
      return {
        branch: place.branch,
        base: knownBase(subject, git, options.repositories.get(subject.repositoryId).defaultBranch),
        git,
        problem,
        title: proposedTitle(task.title),
        body: bodyWith(found[0]?.body ?? '', summary),
        templates: found.map(({ name, body }) => ({ name, body: bodyWith(body, summary) })),
        commitMessage: commitMessage(task, git, story),
        issue: task.issueNumber,
        pullRequest: isOpen ? pullRequest.number : null,
        publisher: publisher === null ? null : { login: publisher.login, host: publisher.host },
        obstacle: obstacle === null ? null : obstacle.toValue(),
        people: github.people(organizationId),
        draft: options.draft.get(taskId),
      }
    },
    choices(taskId) {
      const subject = context.subject(taskId)
      return context.requests(subject, new AbortController().signal).choices()
    },
  }
}

/** A base that is in the person's folder only cannot be one at GitHub. */
function knownBase(
  { place }: PublishSubject,
  git: PublishStanding | null,
  defaultBranch: string | null,
): string {
  if (git === null || git.branches.length === 0 || git.branches.includes(place.base)) return place.base
  return defaultBranch ?? place.base
}

/** The title for the first commit; after that what was asked for last. */
function commitMessage(
  task: { title: string; prompt: string },
  git: PublishStanding | null,
  { prompts }: TaskStory,
): string {
  const last = prompts.at(-1)
  if (git === null || git.own.total === 0 || prompts.length < 2 || last === undefined)
    return proposedTitle(task.title)
  return deriveTitle(last)
}
