import type { Job } from '@shared/domain'
import { FoundryError } from '@shared/errors'
import type { RepositoryId, TaskId } from '@shared/ids'
import type { PublishRequest, PushRequest } from '@shared/publish'
import { GitHubError } from '../github/client/errors'
import type { RemotePullRequest } from '../github/pull-requests/remote'
import type { PublishRequests } from '../github/publish/requests'
import type { JobContext } from '../jobs/jobs'
import type { UpdateMethod } from '../task/git/update'
import type { PublishContext, PublishOptions, PublishSubject } from './publish-context'
import { lacksFooter, publishedBody, withFooter } from './publish-text'

export interface PublishJobs {
  publish(taskId: TaskId, request: PublishRequest): Job
  push(taskId: TaskId, request: PushRequest): Job
  update(taskId: TaskId, request: { method: UpdateMethod; from: 'base' | 'upstream' }): Job
}

/** What a job is to do. All it needs is in here: it is started again with it after a crash. */
interface PublishInput extends PushRequest {
  /** Null for a push alone. */
  pullRequest: Omit<PublishRequest, keyof PushRequest> | null
}

interface UpdateInput {
  method: UpdateMethod
  from: 'base' | 'upstream'
}

/**
 * Publishing as jobs. Each step finds what it did before a crash: the commit is there, the branch is pushed, the pull
 * request is open. So running one again never makes anything twice.
 */
export function createPublishJobs(options: PublishOptions, context: PublishContext): PublishJobs {
  const { database, jobs, github } = options

  jobs.define<PublishInput>('task.publish', {
    resume: true,
    run: async (job, input) => {
      const subject = context.subject(taskOf(job))
      if (input.commitMessage !== null)
        await commit(job, subject, { ...input, commitMessage: input.commitMessage })
      await push(job, subject)
      if (input.pullRequest !== null) await publish(job, subject, input.pullRequest)
      else if (subject.pullRequest !== null) await context.refresh(subject, subject.pullRequest, job.signal)
      github.pushed(subject.organizationId)
      options.refreshGit(subject.taskId)
      return () => {
        // What was written is published now. It is lost at no other point.
        if (input.pullRequest !== null) options.draft.set(subject.taskId, null)
      }
    },
    failed(context_) {
      if (context_.taskId !== null) options.refreshGit(context_.taskId)
    },
  })

  jobs.define<UpdateInput>('task.update', {
    // What is half done is there to be seen in the checkout: a person goes on from there.
    resume: false,
    run: async (job, { method, from }) => {
      const subject = context.subject(taskOf(job))
      const { taskId, place } = subject
      const what = from === 'base' ? place.base : `${place.remote}/${place.branch}`
      job.stage(method === 'merge' ? `Merging ${what}` : `Rebasing onto ${what}`)
      const updated = await options.git.update(taskId, place, { method, from }, job.signal)
      options.refreshGit(taskId)
      if (updated.kind === 'conflicts') {
        const files = updated.paths.length === 1 ? '1 file' : `${updated.paths.length} files`
        throw new FoundryError(
          'conflict',
          `${what} and ${place.branch} changed the same lines in ${files}.`,
          {
            next: 'Hand the conflicts to the agent, resolve them yourself in the checkout, or take the update back.',
            detail: updated.paths.join('\n'),
          },
        )
      }
      job.log(
        updated.kind === 'current'
          ? `${place.branch} has all of ${what} already.`
          : `Now at ${updated.head}.`,
      )
      return () =>
        context.record(subject, 'task.branch.updated', {
          method,
          from,
          base: updated.base,
          head: updated.head,
        })
    },
    failed({ taskId }) {
      if (taskId !== null) options.refreshGit(taskId)
    },
  })

  async function commit(
    job: JobContext,
    subject: PublishSubject,
    { commitMessage, head, identity }: PushRequest & { commitMessage: string },
  ): Promise<void> {
    job.stage('Committing')
    const request = { message: commitMessage, expected: head, identity }
    const { commit: made, made: isNew } = await options.git.commit(subject.taskId, request, job.signal)
    job.log(isNew ? `Committed ${made ?? ''}` : `Committed before: ${made ?? ''}`)
    if (isNew) database.transaction(() => context.record(subject, 'task.committed', { commit: made }))
  }

  async function push(job: JobContext, subject: PublishSubject): Promise<void> {
    const { place, taskId } = subject
    job.stage(`Pushing ${place.branch}`)
    const refused = context.obstacle(subject)
    if (refused !== null) throw refused
    const { commit: pushed, commits, created } = await options.git.push(taskId, place, null, job.signal)
    job.log(`Pushed ${pushed} to ${place.remote}/${place.branch}`)
    if (created || commits.total > 0)
      database.transaction(() =>
        context.record(subject, 'task.push', {
          branch: place.branch,
          commit: pushed,
          commits: commits.total,
          created,
        }),
      )
    github.pushed(subject.organizationId)
  }

  async function publish(
    job: JobContext,
    subject: PublishSubject,
    wanted: NonNullable<PublishInput['pullRequest']>,
  ): Promise<void> {
    const requests = context.requests(subject, job.signal)
    job.stage('Opening the pull request')
    const { pull, adopted } = await openOrAdopt(requests, subject, wanted)
    job.log(adopted ? `#${pull.number} is open already: ${pull.url}` : `Opened #${pull.number}: ${pull.url}`)
    // From here on the task has its pull request, whatever happens next.
    github.learned(subject.organizationId, subject.repositoryId, pull)
    if (!adopted)
      database.transaction(() =>
        context.record(subject, 'task.pr.published', {
          number: pull.number,
          base: pull.baseRef,
          draft: pull.isDraft,
        }),
      )
    options.changed(subject.taskId)
    await addFooter(job, requests, pull, publishedBody(wanted.body, wanted.issue), adopted)
    await ask(job, requests, pull, wanted)
    await context.refresh(subject, pull, job.signal)
  }

  /** Its number is known only now. What a person wrote there meanwhile stays. */
  async function addFooter(
    job: JobContext,
    requests: PublishRequests,
    pull: RemotePullRequest,
    sent: string,
    adopted: boolean,
  ): Promise<void> {
    const footer = options.footer(pull.url)
    if (footer === null || !lacksFooter(pull, sent, adopted)) return
    try {
      const what = `adding a link to the text of #${pull.number}`
      await requests.edit(pull.number, { body: withFooter(sent, footer) }, what)
    } catch (error) {
      // It is published, with all that was written.
      if (!(error instanceof GitHubError) || error.reason === 'aborted') throw error
      job.log(`The link to its task could not be added: ${error.message}`)
    }
  }

  /** Who is asked and what it is labelled with. Doing it again changes nothing. */
  async function ask(
    job: JobContext,
    requests: PublishRequests,
    pull: RemotePullRequest,
    { labels, reviewers }: Pick<PublishRequest, 'labels' | 'reviewers'>,
  ): Promise<void> {
    const asked = new Set(pull.requestedReviewers.map(({ name }) => name.toLowerCase()))
    const missing = reviewers.filter((one) => !asked.has((one.split('/').at(-1) ?? one).toLowerCase()))
    const has = new Set(pull.labels.map(({ name }) => name.toLowerCase()))
    const unlabelled = labels.filter((name) => !has.has(name.toLowerCase()))
    if (missing.length === 0 && unlabelled.length === 0) return
    job.stage(missing.length > 0 ? 'Asking for reviews' : 'Labelling')
    try {
      if (unlabelled.length > 0) await requests.label(pull.number, unlabelled)
      if (missing.length > 0) await requests.askForReview(pull.number, missing)
    } catch (error) {
      if (!(error instanceof GitHubError) || error.reason === 'aborted') throw error
      throw new FoundryError(error.kind, `#${pull.number} is published. ${error.message}`, {
        next: 'Add reviewers and labels on the page of the pull request.',
        ...(error.detail === undefined ? {} : { detail: error.detail }),
      })
    }
  }

  async function openOrAdopt(
    requests: PublishRequests,
    { place, repositoryId, pullRequest }: PublishSubject,
    { title, body, base, draft, issue }: NonNullable<PublishInput['pullRequest']>,
  ): Promise<{ pull: RemotePullRequest; adopted: boolean }> {
    const owner = ownerOf(pullRequest?.headRepository ?? null, repositoryId)
    const head = `${owner}:${place.branch}`
    const there = await requests.find(head, base)
    if (there !== null) return { pull: there, adopted: true }
    try {
      const text = publishedBody(body, issue)
      return { pull: await requests.open({ title, body: text, base, head, draft }), adopted: false }
    } catch (error) {
      if (!(error instanceof GitHubError) || error.reason !== 'refused') throw error
      // Opened by somebody else in between, or by an answer that was lost.
      const meanwhile = await requests.find(head, base)
      if (meanwhile !== null) return { pull: meanwhile, adopted: true }
      throw explained(error, { base, branch: place.branch })
    }
  }

  function ownerOf(headRepository: string | null, repositoryId: RepositoryId): string {
    const { fullName } = options.repositories.remote(repositoryId)
    return (headRepository ?? fullName).split('/')[0] ?? ''
  }

  function start(
    taskId: TaskId,
    kind: 'task.publish' | 'task.update',
    input: PublishInput | UpdateInput,
  ): Job {
    const subject = context.subject(taskId)
    if (subject.task.archivedAt !== null)
      throw new FoundryError('conflict', `${subject.task.title} is archived.`, {
        next: 'Un-archive it first.',
      })
    if (!options.hasCheckout(taskId))
      throw new FoundryError(
        'conflict',
        `${subject.task.title} has no checkout: there is nothing here to publish.`,
        {
          next: 'Send a prompt to start working on it.',
        },
      )
    context.expectFree(taskId, 'task.publish', 'task.update')
    if (kind === 'task.publish') {
      const obstacle = context.obstacle(subject)
      if (obstacle !== null) throw obstacle
    }
    const job = database.transaction(() => jobs.start(kind, { taskId, input }))
    options.changed(taskId)
    return job
  }

  return {
    publish(taskId, { commitMessage, identity, head, ...pullRequest }) {
      const { place } = context.subject(taskId)
      if (place.remote === 'origin' && pullRequest.base === place.branch)
        throw new FoundryError('invalid_input', `${place.branch} cannot be merged into itself.`, {
          next: 'Choose another base branch.',
        })
      return start(taskId, 'task.publish', { commitMessage, identity, head, pullRequest })
    },
    push: (taskId, request) => start(taskId, 'task.publish', { ...request, pullRequest: null }),
    update: (taskId, request) => start(taskId, 'task.update', request),
  }
}

function taskOf({ id, taskId }: JobContext): TaskId {
  if (taskId === null) throw new Error(`Job ${id} has no task`)
  return taskId
}

/** What GitHub's refusal means for whoever publishes. */
function explained(error: GitHubError, { base, branch }: { base: string; branch: string }): FoundryError {
  const detail = error.detail ?? ''
  const more = { detail }
  if (/no commits between/i.test(detail))
    return new FoundryError('conflict', `${branch} has no commits that ${base} lacks.`, {
      ...more,
      next: 'Commit a change first, or choose another base.',
    })
  if (/draft pull requests are not supported/i.test(detail))
    return new FoundryError('unsupported', 'The repository has no draft pull requests.', {
      ...more,
      next: 'Publish it ready for review.',
    })
  if (/^base: invalid$/im.test(detail))
    return new FoundryError('not_found', `GitHub has no branch ${base} to merge into.`, {
      ...more,
      next: 'Choose another base.',
    })
  if (/no history in common/i.test(detail))
    return new FoundryError('conflict', `${branch} and ${base} have no history in common.`, {
      ...more,
      next: 'Choose another base.',
    })
  return error
}
