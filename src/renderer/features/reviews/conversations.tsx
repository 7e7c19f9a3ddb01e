import type { TaskDetail } from '@shared/domain'
import type { ReviewThread } from '@shared/reviews'
import { RefreshCw } from 'lucide-react'
import { chooseFile } from '../../app/workspace'
import { IconButton } from '../../ui/button'
import { cx } from '../../ui/cx'
import { Disclosure } from '../../ui/disclosure'
import { ErrorNotice } from '../../ui/notice'
import { AgoTime } from '../../ui/time'
import { Markdown } from '../transcript/markdown'
import { withUnseen } from '../transcript/text-guard'
import { countOf } from '../publish/publish-text'
import { counted } from '../sync/sync-text'
import { OutgoingNotice, useOutgoingReview } from './outgoing-notice'
import { reviewStateWords } from './review-words'
import { useReviews } from './reviews-store'
import { ThreadCard } from './thread-card'
import { useOutgoingReplies, useUnsentReplies, WaitingReply } from './waiting-reply'

/** All that was said about a pull request: reviews, and threads with the lines they are about. */
export function Conversations({ task, inDiff = true }: { task: TaskDetail; inDiff?: boolean }) {
  const { reviews: known, error, busy, refresh } = useReviews(task)
  const outgoing = useOutgoingReview(task.id)
  const replies = useOutgoingReplies(task.id)
  const unsent = useUnsentReplies(task.id).length
  const threads = known?.threads ?? []
  const open = threads.filter((one) => !one.resolved)
  // One with a reply that waits is not hidden among those that are done with.
  const waits = (one: ReviewThread) => replies.some(({ threadId }) => threadId === one.id)
  const resolved = threads.filter((one) => one.resolved && !waits(one))
  const lost = replies.filter(({ threadId }) => threads.every(({ id }) => id !== threadId))
  // A reply makes a review without words of its own.
  const given = known?.reviews.filter(({ state, body }) => state !== 'commented' || body.trim() !== '') ?? []
  if (known === null && error === null && outgoing === null && replies.length === 0) return null
  const leftOut =
    known === null
      ? 0
      : known.threadsTotal - known.threads.length + (known.reviewsTotal - known.reviews.length)
  return (
    <section aria-label="Conversations" className="flex min-w-0 flex-col gap-8 border-t border-line pt-12">
      <header className="flex items-center gap-8">
        <h2 className="min-w-0 flex-1 font-medium">
          {open.length === 0 ? 'Conversations' : countOf(open.length, 'open thread')}
          {unsent > 0 && (
            <span className="font-normal text-text-muted">
              {' '}
              · {counted(unsent, 'reply', 'replies')} not sent
            </span>
          )}
        </h2>
        {known !== null && (
          <span className="text-11 text-text-faint">
            Read <AgoTime at={known.readAt} />
          </span>
        )}
        <IconButton label="Read conversations again" disabled={busy} onClick={refresh}>
          <RefreshCw className={cx('size-12', busy && 'animate-turn')} />
        </IconButton>
      </header>
      {outgoing !== null && <OutgoingNotice task={task} review={outgoing} />}
      {error !== null && <ErrorNotice error={error} />}
      {given.length > 0 && (
        <ul aria-label="Given reviews" className="flex min-w-0 flex-col gap-8">
          {given.map(({ id, author, state, body, cut, at }) => (
            <li key={id} className="flex min-w-0 flex-col gap-4">
              <p className="text-12 text-text-muted">
                <bdi className="font-medium text-text">{author ?? 'Somebody who left'}</bdi>{' '}
                {reviewStateWords[state]} {at !== null && <AgoTime at={at} />}
              </p>
              {body.trim() !== '' && <Markdown text={body} />}
              {cut && <p className="text-12 text-text-faint">The rest is on GitHub.</p>}
            </li>
          ))}
        </ul>
      )}
      {lost.map((reply) => (
        <article
          key={reply.id}
          aria-label={`Reply to a thread on ${withUnseen(reply.seen.path)}`}
          className="flex max-w-column min-w-0 flex-col gap-8 rounded-6 border border-line bg-surface-2 p-8"
        >
          <p className="text-12 text-text-muted">
            To a thread on <bdi className="break-words text-text">{withUnseen(reply.seen.path)}</bdi>, which
            is not among those that were read
          </p>
          <WaitingReply task={task} reply={reply} form={null} />
        </article>
      ))}
      {threads
        .filter((one) => !one.resolved || waits(one))
        .map((thread) => (
          <ThreadCard
            key={thread.id}
            task={task}
            thread={thread}
            withHunk
            onShow={inDiff ? shower(task, thread) : null}
          />
        ))}
      {resolved.length > 0 && (
        <Disclosure label={countOf(resolved.length, 'resolved thread')}>
          {() => (
            <div className="flex min-w-0 flex-col gap-8">
              {resolved.map((thread) => (
                <ThreadCard key={thread.id} task={task} thread={thread} withHunk />
              ))}
            </div>
          )}
        </Disclosure>
      )}
      {known !== null && known.threads.length === 0 && given.length === 0 && outgoing === null && (
        <p className="text-12 text-text-faint">Nobody has reviewed it yet.</p>
      )}
      {leftOut > 0 && <p className="text-12 text-text-faint">and {leftOut} more on GitHub</p>}
    </section>
  )
}

function shower(task: TaskDetail, { path, line, outdated, side }: ReviewThread): (() => void) | null {
  if (line === null || outdated) return null
  return () => chooseFile({ taskId: task.id, path, line: side === 'new' ? line : null })
}
