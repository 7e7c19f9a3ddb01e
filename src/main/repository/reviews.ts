import type { ReviewComment } from '@shared/changes'
import type { Job } from '@shared/domain'
import { type ErrorValue, FoundryError } from '@shared/errors'
import type { CommentId, OrganizationId, ReplyId, ReviewId, TaskId } from '@shared/ids'
import type {
  CheckDetail,
  OutgoingReply,
  OutgoingReview,
  PullRequestReviews,
  ReplySeen,
  ReviewPlan,
  ReviewSeen,
  ReviewVerdict,
} from '@shared/reviews'
import { GitHubError } from '../github/client/errors'
import type { PublishedPullRequest } from '../github/pull-requests/task-pull-requests'
import { readCheck } from '../github/reviews/checks'
import {
  createReviewRequests,
  EVENTS,
  type PostedReview,
  type ReviewRequests,
} from '../github/reviews/requests'
import type { Reviews } from '../github/reviews/reviews'
import type { JobContext } from '../jobs/jobs'
import { createPosting } from './outgoing'
import type { PublishContext, PublishOptions, PublishSubject } from './publish-context'
import { conflictOf, placeComments, type PlacedComments, reviewBody } from './review-placing'
import { createReviewReplies, type ReplyDesk } from './review-replies'

/** What a person keeps of reviews, as sending them has to know it. In the caller's transaction. */
export interface ReviewDesk {
  comments: {
    ofTask(taskId: TaskId): ReviewComment[]
    remove(taskId: TaskId, ids: readonly CommentId[]): void
    restore(taskId: TaskId, comments: readonly ReviewComment[]): void
  }
  outgoing: ReplyDesk & {
    ofTask(taskId: TaskId): OutgoingReview | null
    waiting(): { taskId: TaskId; reviewId: ReviewId | null; replyId: ReplyId | null }[]
    add(
      taskId: TaskId,
      review: Pick<OutgoingReview, 'number' | 'verdict' | 'body' | 'comments' | 'seen'>,
    ): OutgoingReview
    decide(id: ReviewId, decision: Partial<Pick<OutgoingReview, 'seen' | 'verdict'>>): void
    ask(id: ReviewId, conflict: ReviewPlan): void
    fail(id: ReviewId, problem: ErrorValue): void
    setAttempt(id: ReviewId | ReplyId, attempt: object | null): void
    attempt(id: ReviewId | ReplyId): unknown
    remove(id: ReviewId): void
  }
}

export interface ReviewsOptions extends Pick<
  PublishOptions,
  'database' | 'jobs' | 'projection' | 'repositories' | 'now' | 'changed'
> {
  desk: ReviewDesk
  reviews: Reviews
  pushed(id: OrganizationId): void
  /** Comments or the review that waits of a task are others now. */
  deskChanged(taskId: TaskId, comments: readonly CommentId[], reviewId: ReviewId | null): void
  /** A reply that waits is another now, or gone. */
  replyChanged(taskId: TaskId, replyId: ReplyId): void
  reportError(error: unknown, what: string): void
}

/** What is said about pull requests of tasks: read, answered, and sent as reviews. */
export interface TaskReviews {
  read(
    taskId: TaskId,
    refresh: boolean,
  ): Promise<{ reviews: PullRequestReviews | null; error: ErrorValue | null }>
  plan(taskId: TaskId, commentIds: readonly CommentId[]): Promise<ReviewPlan>
  send(
    taskId: TaskId,
    review: { verdict: ReviewVerdict; body: string; commentIds: readonly CommentId[]; seen: ReviewSeen },
  ): OutgoingReview
  resume(
    taskId: TaskId,
    decision: { seen?: ReviewSeen | undefined; verdict?: ReviewVerdict | undefined },
  ): Job
  takeBack(taskId: TaskId): { verdict: ReviewVerdict; body: string }
  reply(taskId: TaskId, reply: { threadId: string; body: string; seen: ReplySeen }): OutgoingReply
  resumeReply(taskId: TaskId, replyId: ReplyId, seen: ReplySeen | undefined): Job
  dropReply(taskId: TaskId, replyId: ReplyId): void
  resolve(taskId: TaskId, threadId: string, resolved: boolean): Promise<void>
  check(taskId: TaskId, checkId: number): Promise<CheckDetail>
  /** GitHub could be reached: reviews and replies of an organization that wait for that go now. */
  sendWaiting(id: OrganizationId): void
}

/** With who sent it, as somebody else may be signed in when it is looked for; attempts of old do not say it. */
type SentReview = PostedReview & { login?: string }

/** GitHub takes 65,536 characters. */
const MOST_BODY = 65_000

export function createTaskReviews(options: ReviewsOptions, context: PublishContext): TaskReviews {
  const { database, jobs, desk, reviews, projection } = options
  const { outgoing, comments } = desk
  const posting = createPosting<SentReview>({ database, outgoing, now: options.now })

  function pullOf(taskId: TaskId): { subject: PublishSubject; pull: PublishedPullRequest } {
    const subject = context.subject(taskId)
    return { subject, pull: context.published(subject) }
  }

  const reviewed = ({ organizationId, repositoryId }: PublishSubject, pull: PublishedPullRequest) => ({
    organizationId,
    repositoryId,
    number: pull.number,
    nodeId: pull.nodeId,
  })

  function targetOf(subject: PublishSubject) {
    const { repositoryId } = subject
    return { repositoryId, ...options.repositories.remote(repositoryId) }
  }

  function requestsOf(subject: PublishSubject, signal: AbortSignal): ReviewRequests {
    const { client, host } = context.publisher(subject)
    return createReviewRequests(client, targetOf(subject), host, signal)
  }

  const never = (): AbortSignal => new AbortController().signal

  async function place(
    requests: ReviewRequests,
    number: number,
    all: readonly ReviewComment[],
  ): Promise<PlacedComments> {
    if (all.length === 0) return { posted: [], outside: [], moved: [] }
    const { files } = await requests.files(number)
    return placeComments(all, files)
  }

  jobs.define<{ reviewId: ReviewId }>('task.review', {
    resume: true,
    async run(job, { reviewId }) {
      const taskId = taskOf(job)
      const review = outgoing.ofTask(taskId)
      // Taken back, or sent by the run before.
      if (review === null || review.id !== reviewId) return undefined
      const { subject, pull } = pullOf(taskId)
      const requests = requestsOf(subject, job.signal)
      const { login } = context.publisher(subject)
      if (review.uncertain) job.stage('Looking whether it arrived')
      const arrived = await posting.arrived(reviewId, job.signal, ({ login: by = login, ...posted }, at) =>
        requests.isThere(pull.number, posted, by, at),
      )
      if (arrived) {
        job.log('It had arrived before.')
        return sent(subject, pull, review)
      }
      job.stage('Looking at the pull request')
      const now = await requests.subject(pull)
      const placed = await place(requests, pull.number, review.comments)
      const conflict = conflictOf(review, now, placed)
      if (conflict !== null) {
        job.log('Something else is there than was reviewed: it waits for a decision.')
        return () => {
          outgoing.ask(reviewId, conflict)
          options.deskChanged(taskId, [], reviewId)
        }
      }
      job.stage('Sending the review')
      await post(requests, pull.number, review, login, {
        commit_id: now.head,
        event: EVENTS[review.verdict],
        body: reviewBody(review.body, placed.outside),
        comments: placed.posted,
      })
      return sent(subject, pull, review)
    },
    failed({ taskId }, error) {
      const review = taskId === null ? null : outgoing.ofTask(taskId)
      if (taskId === null || review === null) return
      outgoing.fail(review.id, error)
      options.deskChanged(taskId, [], review.id)
    },
  })

  async function post(
    requests: ReviewRequests,
    number: number,
    { id, verdict }: OutgoingReview,
    login: string,
    posted: PostedReview,
  ): Promise<void> {
    if (posted.body.length > MOST_BODY)
      throw new FoundryError('invalid_input', 'The text of the review is longer than GitHub takes.', {
        next: 'Take the review back and shorten it, or send it in two.',
      })
    try {
      await posting.post(id, { ...posted, login }, () => requests.send(number, posted))
    } catch (error) {
      throw error instanceof GitHubError ? explained(error, number, verdict) : error
    }
  }

  function sent(subject: PublishSubject, pull: PublishedPullRequest, review: OutgoingReview): () => void {
    const { taskId, organizationId } = subject
    return () => {
      outgoing.remove(review.id)
      context.record(subject, 'task.review.sent', {
        number: pull.number,
        verdict: review.verdict,
        comments: review.comments.length,
      })
      options.deskChanged(taskId, [], review.id)
      options.pushed(organizationId)
    }
  }

  function start(taskId: TaskId, reviewId: ReviewId): Job {
    return jobs.start('task.review', { taskId, input: { reviewId } })
  }

  /** One change of a thread, after which what is kept is read again. */
  async function change(
    taskId: TaskId,
    kind: 'task.thread.resolved' | 'task.thread.reopened',
    run: (requests: ReviewRequests) => Promise<void>,
  ): Promise<void> {
    const { subject, pull } = pullOf(taskId)
    await run(requestsOf(subject, never()))
    database.transaction(() => context.record(subject, kind, { number: pull.number }))
    await readAgain(subject, pull)
  }

  /** Not joined to a reading that began before the change. That it fails now is said when somebody looks. */
  async function readAgain(subject: PublishSubject, pull: PublishedPullRequest): Promise<void> {
    const which = reviewed(subject, pull)
    await reviews.settled(which)
    await reviews.refresh(which)
  }

  const replies = createReviewReplies(
    { ...options, desk: outgoing, pullOf, requestsOf, readAgain, changed: options.replyChanged },
    context,
  )

  function mine(taskId: TaskId): OutgoingReview {
    const review = outgoing.ofTask(taskId)
    if (review !== null) return review
    throw new FoundryError('not_found', 'There is no review that waits to be sent.', {
      next: 'It may have been sent meanwhile.',
    })
  }

  return {
    async read(taskId, refresh) {
      const { subject, pull } = pullOf(taskId)
      const which = reviewed(subject, pull)
      const error = refresh ? await reviews.refresh(which) : null
      return { reviews: reviews.kept(which), error }
    },
    async plan(taskId, commentIds) {
      const { subject, pull } = pullOf(taskId)
      const requests = requestsOf(subject, never())
      const wanted = new Set(commentIds)
      const chosen = comments.ofTask(taskId).filter(({ id }) => wanted.has(id))
      const now = await requests.subject(pull)
      const { outside, moved } = await place(requests, pull.number, chosen)
      return { ...now, outside: outside.map(({ id }) => id), moved }
    },
    send(taskId, { verdict, body, commentIds, seen }) {
      const { pull } = pullOf(taskId)
      const wanted = new Set(commentIds)
      const chosen = comments.ofTask(taskId).filter(({ id }) => wanted.has(id))
      if (chosen.length < wanted.size)
        throw new FoundryError('conflict', 'Some of these comments are not there any more.', {
          next: 'Look at the comments again, then send the review.',
        })
      if (outgoing.ofTask(taskId) !== null)
        throw new FoundryError('conflict', 'A review of this pull request waits to be sent already.', {
          next: 'Send it or take it back first.',
        })
      if (verdict !== 'approve' && body.trim() === '' && chosen.length === 0)
        throw new FoundryError('invalid_input', 'The review says nothing.', {
          next: 'Write a text, or comment on lines.',
        })
      const review = database.transaction(() => {
        const added = outgoing.add(taskId, {
          number: pull.number,
          verdict,
          body: body.trim(),
          comments: chosen,
          seen,
        })
        comments.remove(taskId, commentIds)
        start(taskId, added.id)
        return added
      })
      options.deskChanged(taskId, commentIds, review.id)
      return review
    },
    resume(taskId, { seen, verdict }) {
      const review = mine(taskId)
      context.expectFree(taskId, 'task.review')
      const job = database.transaction(() => {
        outgoing.decide(review.id, {
          ...(seen === undefined ? {} : { seen }),
          ...(verdict === undefined ? {} : { verdict }),
        })
        return start(taskId, review.id)
      })
      options.deskChanged(taskId, [], review.id)
      return job
    },
    takeBack(taskId) {
      const review = mine(taskId)
      const live = jobs.liveOfTask(taskId, 'task.review')
      if (live !== null)
        throw new FoundryError('conflict', 'The review is being sent now.', {
          next: 'Wait until that has ended, or cancel it.',
        })
      const subject = context.subject(taskId)
      database.transaction(() => {
        outgoing.remove(review.id)
        comments.restore(taskId, review.comments)
        context.record(subject, 'task.review.taken_back', { number: review.number })
      })
      options.deskChanged(
        taskId,
        review.comments.map(({ id }) => id),
        review.id,
      )
      return { verdict: review.verdict, body: review.body }
    },
    reply: replies.add,
    resumeReply: replies.resume,
    dropReply: replies.drop,
    resolve: (taskId, threadId, resolved) =>
      change(taskId, resolved ? 'task.thread.resolved' : 'task.thread.reopened', (requests) =>
        requests.resolve(threadId, resolved),
      ),
    check(taskId, checkId) {
      const { subject } = pullOf(taskId)
      const { client } = context.publisher(subject)
      return readCheck(client, targetOf(subject).githubId, checkId, never())
    },
    sendWaiting(organizationId) {
      for (const { taskId, reviewId, replyId } of outgoing.waiting()) {
        if (projection.find(taskId)?.organizationId !== organizationId) continue
        try {
          if (replyId !== null) replies.sendWaiting(taskId, replyId)
          if (reviewId !== null && jobs.liveOfTask(taskId, 'task.review') === null)
            database.transaction(() => start(taskId, reviewId))
        } catch (error) {
          // Nobody waits for it: a disk that refuses must not end the sync that told.
          options.reportError(error, 'sending what waited')
        }
      }
    },
  }
}

function taskOf({ id, taskId }: JobContext): TaskId {
  if (taskId === null) throw new Error(`Job ${id} has no task`)
  return taskId
}

/** What GitHub's refusal means for whoever reviews. */
function explained(error: GitHubError, number: number, verdict: ReviewVerdict): FoundryError {
  if (error.reason !== 'refused') return error
  const detail = error.detail ?? ''
  const more = { detail }
  if (/can not (?:approve|request changes on) your own pull request/i.test(detail))
    return new FoundryError(
      'conflict',
      `GitHub lets nobody ${verdict === 'approve' ? 'approve' : 'request changes on'} a pull request of their own.`,
      { ...more, next: 'Send it as a comment.' },
    )
  if (/one pending review/i.test(detail))
    return new FoundryError(
      'conflict',
      `You have begun a review of #${number} on GitHub that is not sent yet.`,
      { ...more, next: 'Send or discard that one on GitHub, then send this one again.' },
    )
  if (/must be part of the (?:diff|same hunk)|could not be resolved/i.test(detail))
    return new FoundryError('conflict', 'GitHub does not find the lines of some comments in the diff.', {
      ...more,
      next: 'Take the review back, look at the diff, and send it again.',
    })
  return error
}
