import type { Job } from '@shared/domain'
import { type ErrorValue, FoundryError } from '@shared/errors'
import type { ReplyId, ReviewId, TaskId } from '@shared/ids'
import type { OutgoingReply, ReplyConflict, ReplySeen } from '@shared/reviews'
import type { Database } from '../database'
import type { PublishedPullRequest } from '../github/pull-requests/task-pull-requests'
import { plain, type PostedReply, type RepliedThread, type ReviewRequests } from '../github/reviews/requests'
import type { Jobs } from '../jobs/jobs'
import { createPosting } from './outgoing'
import type { PublishContext, PublishSubject } from './publish-context'

/** What a person keeps of replies, as sending them has to know it. In the caller's transaction. */
export interface ReplyDesk {
  repliesOf(taskId: TaskId): OutgoingReply[]
  addReply(taskId: TaskId, reply: Pick<OutgoingReply, 'number' | 'threadId' | 'body' | 'seen'>): OutgoingReply
  decide(id: ReplyId, decision: Partial<Pick<OutgoingReply, 'seen'>>): void
  ask(id: ReplyId, conflict: ReplyConflict): void
  fail(id: ReplyId, problem: ErrorValue): void
  setAttempt(id: ReviewId | ReplyId, attempt: object | null): void
  attempt(id: ReviewId | ReplyId): unknown
  remove(id: ReplyId): void
}

export interface RepliesOptions {
  database: Database
  jobs: Jobs
  desk: ReplyDesk
  now(): number
  pullOf(taskId: TaskId): { subject: PublishSubject; pull: PublishedPullRequest }
  requestsOf(subject: PublishSubject, signal: AbortSignal): ReviewRequests
  /** What is kept of the pull request is read from GitHub again. */
  readAgain(subject: PublishSubject, pull: PublishedPullRequest): Promise<void>
  changed(taskId: TaskId, replyId: ReplyId): void
}

/** Replies to threads: kept until they are at GitHub, and there once. */
export interface ReviewReplies {
  add(taskId: TaskId, reply: { threadId: string; body: string; seen: ReplySeen }): OutgoingReply
  resume(taskId: TaskId, replyId: ReplyId, seen: ReplySeen | undefined): Job
  drop(taskId: TaskId, replyId: ReplyId): void
  /** GitHub could be reached. */
  sendWaiting(taskId: TaskId, replyId: ReplyId): void
}

interface ReplyInput {
  replyId: ReplyId
}

export function createReviewReplies(options: RepliesOptions, context: PublishContext): ReviewReplies {
  const { database, jobs, desk } = options
  const posting = createPosting<PostedReply>({ database, outgoing: desk, now: options.now })

  const find = (taskId: TaskId, replyId: ReplyId): OutgoingReply | null =>
    desk.repliesOf(taskId).find(({ id }) => id === replyId) ?? null

  jobs.define<ReplyInput>('task.reply', {
    resume: true,
    async run(job, { replyId }) {
      const { taskId } = job
      const reply = taskId === null ? null : find(taskId, replyId)
      // Dropped, or sent by the run before.
      if (taskId === null || reply === null) return undefined
      const { threadId, body, seen } = reply
      const { subject, pull } = options.pullOf(taskId)
      const requests = options.requestsOf(subject, job.signal)
      const { login } = context.publisher(subject)
      const same = (thread: RepliedThread, by: string): string[] =>
        thread.comments
          .filter((one) => one.author?.toLowerCase() === by.toLowerCase() && plain(one.body) === plain(body))
          .map(({ id }) => id)
      if (reply.uncertain) job.stage('Looking whether it arrived')
      const arrived = await posting.arrived(replyId, job.signal, async ({ login: by, before }) => {
        const thread = await requests.thread(threadId)
        return thread !== null && same(thread, by).some((id) => !before.includes(id))
      })
      if (arrived) job.log('It had arrived before.')
      else {
        job.stage('Looking at the thread')
        const thread = await requests.thread(threadId)
        if (thread === null || differs(seen, thread)) {
          job.log('Something else is there than was replied to: it waits for a decision.')
          return () => {
            desk.ask(replyId, { thread: thread === null ? null : standing(thread) })
            options.changed(taskId, replyId)
          }
        }
        job.stage('Sending the reply')
        await posting.post(replyId, { body, login, before: same(thread, login) }, () =>
          requests.reply(threadId, body),
        )
      }
      // Before it is gone from here, so that it does not seem to be lost for a while.
      await options.readAgain(subject, pull)
      return () => {
        desk.remove(replyId)
        context.record(subject, 'task.thread.replied', { number: pull.number })
        options.changed(taskId, replyId)
      }
    },
    failed({ taskId }, error, { replyId }) {
      if (taskId === null || find(taskId, replyId) === null) return
      desk.fail(replyId, error)
      options.changed(taskId, replyId)
    },
  })

  function start(taskId: TaskId, replyId: ReplyId): Job {
    const input: ReplyInput = { replyId }
    return jobs.start('task.reply', { taskId, input })
  }

  const isLive = (replyId: ReplyId): boolean =>
    jobs
      .running()
      .some(({ id, kind }) => kind === 'task.reply' && (jobs.inputOf(id) as ReplyInput).replyId === replyId)

  /** One that nobody sends just now. */
  function idle(taskId: TaskId, replyId: ReplyId): OutgoingReply {
    const reply = find(taskId, replyId)
    if (reply === null)
      throw new FoundryError('not_found', 'This reply does not wait to be sent any more.', {
        next: 'It may have been sent meanwhile: look at the thread.',
      })
    if (isLive(replyId))
      throw new FoundryError('conflict', 'The reply is being sent now.', {
        next: 'Wait until that has ended.',
      })
    return reply
  }

  function resume(taskId: TaskId, replyId: ReplyId, seen?: ReplySeen): Job {
    const job = database.transaction(() => {
      desk.decide(replyId, seen === undefined ? {} : { seen })
      return start(taskId, replyId)
    })
    options.changed(taskId, replyId)
    return job
  }

  return {
    add(taskId, { threadId, body, seen }) {
      const { pull } = options.pullOf(taskId)
      if (desk.repliesOf(taskId).some((one) => one.threadId === threadId))
        throw new FoundryError('conflict', 'A reply to this thread waits to be sent already.', {
          next: 'Send, edit or drop that one first.',
        })
      const reply = database.transaction(() => {
        const added = desk.addReply(taskId, { number: pull.number, threadId, body, seen })
        start(taskId, added.id)
        return added
      })
      options.changed(taskId, reply.id)
      return reply
    },
    resume(taskId, replyId, seen) {
      idle(taskId, replyId)
      return resume(taskId, replyId, seen)
    },
    drop(taskId, replyId) {
      const { number } = idle(taskId, replyId)
      const subject = context.subject(taskId)
      database.transaction(() => {
        desk.remove(replyId)
        context.record(subject, 'task.thread.reply_dropped', { number })
      })
      options.changed(taskId, replyId)
    },
    sendWaiting(taskId, replyId) {
      if (!isLive(replyId)) resume(taskId, replyId)
    },
  }
}

const standing = ({ state, resolved, mayReply }: RepliedThread) => ({ state, resolved, mayReply })

/** What a person has to know before something is said in their name. */
function differs(seen: ReplySeen, { state, resolved, mayReply }: RepliedThread): boolean {
  return !mayReply || (resolved && !seen.resolved) || (state !== 'open' && state !== seen.state)
}
