import type { ReviewComment } from '@shared/changes'
import type { TaskDetail } from '@shared/domain'
import { placeText, reviewPrompt } from '@shared/place-text'
import type { ReviewThread } from '@shared/reviews'
import { MessageSquare, MessageSquareWarning, MessagesSquare } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { choosePanelTab, setPanelWide } from '../../app/workspace'
import { Button } from '../../ui/button'
import { Popover } from '../../ui/popover'
import { addToPrompt } from '../composer/insertion'
import { OutgoingNotice, useOutgoingReview } from '../reviews/outgoing-notice'
import { changeReviewDraft, useReviewDraft } from '../reviews/review-draft'
import { ReviewForm } from '../reviews/review-form'
import { threadPlace } from '../reviews/review-words'
import type { KnownReviews } from '../reviews/reviews-store'
import { useUnsentReplies } from '../reviews/waiting-reply'
import { counted } from '../sync/sync-text'
import { withUnseen } from '../transcript/text-guard'
import { removeComments } from './comments'

/** What was noted and said about the lines of a task, wherever they are, and what becomes of it. */
export function ReviewBar({
  task,
  comments,
  known,
  placed,
  onComment,
  onThread,
}: {
  task: TaskDetail
  comments: readonly ReviewComment[]
  known: KnownReviews
  /** Threads that stand in the diff that is shown. */
  placed: ReadonlySet<string>
  onComment: (comment: ReviewComment) => void
  onThread: (thread: ReviewThread) => void
}) {
  const { writing } = useReviewDraft(task.id)
  const outgoing = useOutgoingReview(task.id)
  const unsent = useUnsentReplies(task.id)
  const { pullRequest } = task
  const threads = known.reviews?.threads.filter(({ resolved }) => !resolved) ?? []
  const canReview = pullRequest !== null && pullRequest.state === 'open'
  const count = comments.length + threads.length + unsent.length
  if (count === 0 && !canReview && outgoing === null) return null
  const show = (thread: ReviewThread | undefined) => {
    if (thread !== undefined && placed.has(thread.id)) return onThread(thread)
    setPanelWide(false)
    choosePanelTab('pull_request')
  }
  const hand = async () => {
    addToPrompt(task.id, reviewPrompt(comments))
    await removeComments(task.id, comments, 'Put into the prompt')
  }
  return (
    <>
      <section
        aria-label="Review"
        className="flex shrink-0 flex-wrap items-center gap-x-8 gap-y-4 border-b border-line px-8 py-4"
      >
        {comments.length > 0 && (
          <PlaceList
            label="Comments"
            count={counted(comments.length, 'comment', 'comments')}
            icon={<MessageSquare className="size-12" />}
            entries={comments.map((comment) => ({
              id: comment.id,
              place: `${comment.path}, ${placeText(comment).toLowerCase()}`,
              text: comment.text,
              onSelect: () => onComment(comment),
            }))}
          />
        )}
        {threads.length > 0 && (
          <PlaceList
            label="Open threads"
            count={counted(threads.length, 'thread', 'threads')}
            icon={<MessagesSquare className="size-12" />}
            entries={threads.map((thread) => ({
              id: thread.id,
              place: `${thread.path}, ${threadPlace(thread)}${placed.has(thread.id) ? '' : thread.outdated ? ', outdated' : ', not in this diff'}`,
              text: thread.comments[0]?.body ?? '',
              onSelect: () => show(thread),
            }))}
          />
        )}
        {unsent.length > 0 && (
          <PlaceList
            label="Replies not sent yet"
            count={`${counted(unsent.length, 'reply', 'replies')} not sent`}
            icon={<MessageSquareWarning className="size-12" />}
            entries={unsent.map(({ id, threadId, seen, body }) => ({
              id,
              place: seen.path,
              text: body,
              onSelect: () => show(known.reviews?.threads.find((thread) => thread.id === threadId)),
            }))}
          />
        )}
        <span className="ms-auto flex flex-wrap gap-6">
          {comments.length > 0 && (
            <Button size="small" tone={canReview ? 'plain' : 'accent'} onClick={() => void hand()}>
              Put into prompt
            </Button>
          )}
          {canReview && !writing && (
            <Button
              size="small"
              tone={comments.length > 0 ? 'accent' : 'plain'}
              reason={outgoing === null ? null : 'A review waits to be sent already'}
              onClick={() => changeReviewDraft(task.id, { writing: true })}
            >
              Review #{pullRequest.number}
            </Button>
          )}
        </span>
      </section>
      {outgoing !== null && <OutgoingNotice task={task} review={outgoing} />}
      {writing && canReview && outgoing === null && (
        <ReviewForm task={task} number={pullRequest.number} comments={comments} known={known} />
      )}
    </>
  )
}

function PlaceList({
  label,
  count,
  icon,
  entries,
}: {
  label: string
  count: string
  icon: ReactNode
  entries: readonly { id: string; place: string; text: string; onSelect: () => void }[]
}) {
  const [open, setOpen] = useState(false)
  return (
    <Popover
      title={label}
      open={open}
      onOpenChange={setOpen}
      trigger={
        <Button size="small" tone="quiet" icon={icon}>
          {count}
        </Button>
      }
    >
      <ul aria-label={label} className="flex min-h-0 flex-col gap-4 overflow-y-auto">
        {entries.map(({ id, place, text, onSelect }) => (
          <li key={id}>
            <button
              type="button"
              onClick={() => {
                setOpen(false)
                onSelect()
              }}
              className="flex w-full min-w-0 flex-col rounded-4 px-8 py-4 text-start hover:bg-surface-3"
            >
              <span className="truncate text-12 text-text-muted">{withUnseen(place)}</span>
              <span className="line-clamp-2 break-words">{withUnseen(text)}</span>
            </button>
          </li>
        ))}
      </ul>
    </Popover>
  )
}
