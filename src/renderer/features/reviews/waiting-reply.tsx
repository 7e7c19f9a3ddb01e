import type { TaskDetail } from '@shared/domain'
import type { TaskId } from '@shared/ids'
import type { OutgoingReply, ReplyConflict, ReplySeen } from '@shared/reviews'
import type { ReactNode } from 'react'
import { call } from '../../client/call'
import { useEntities } from '../../client/topics'
import { readStored } from '../../client/storage'
import { useCall } from '../../client/use-call'
import { storedText } from '../../client/use-stored-text'
import { Button } from '../../ui/button'
import { ErrorNotice, Notice } from '../../ui/notice'
import { showError, showToast } from '../../ui/toast'
import { RelativeTime } from '../../ui/time'
import { Markdown } from '../transcript/markdown'
import { addToReviewDraft } from './review-draft'

/** Replies of a task that are on their way to GitHub. */
export function useOutgoingReplies(taskId: TaskId): OutgoingReply[] {
  return [...useEntities('task', taskId, 'outgoingReply').values()]
}

/** Those of them that wait for something: GitHub, or a decision of whoever wrote them. */
export function useUnsentReplies(taskId: TaskId): OutgoingReply[] {
  return useOutgoingReplies(taskId).filter(({ conflict, problem }) => conflict !== null || problem !== null)
}

/** Where what is typed in answer to a thread is kept. */
export const replyKey = (threadId: string): string => `reply.${threadId}`

const joined = (body: string, text: string): string => (text.trim() === '' ? body : `${body}\n\n${text}`)

/** A reply that is not at GitHub yet: why, and what can be done about that. */
export function WaitingReply({
  task,
  reply,
  form,
}: {
  task: TaskDetail
  reply: OutgoingReply
  /** Where it can be written on; null where its thread is gone. */
  form: { text: string; setText: (text: string) => void; open: () => void } | null
}) {
  const { id: taskId } = task
  const { id: replyId, threadId, body, seen, conflict, problem, uncertain } = reply
  const acting = useCall<unknown>()
  const resume = (decided?: ReplySeen) =>
    void acting.run(() =>
      call('task.resumeReply', { taskId, replyId, ...(decided === undefined ? {} : { seen: decided }) }),
    )
  const drop = async () => (await acting.run(() => call('task.dropReply', { taskId, replyId }))) !== null
  const remove = async () => {
    if (!(await drop())) return
    const again = async () => {
      // One that may be there is not sent anew by itself: nobody would know any more what it is looked up by.
      if (!uncertain) {
        const kept = await call('task.replyToThread', { taskId, threadId, body, seen })
        if (kept.ok) return
        showError(kept.error)
      }
      if (form === null) return void addToReviewDraft(taskId, body)
      // What was written there since it was dropped stays.
      form.setText(joined(body, readStored(replyKey(threadId), storedText) ?? ''))
      form.open()
    }
    showToast('Reply dropped', undefined, { label: 'Undo', run: () => void again() })
  }
  const edit = async () => {
    if (form === null) return
    const { text, setText, open } = form
    // In the form before it is gone from here.
    setText(joined(body, text))
    if (await drop()) open()
    else setText(text)
  }
  const intoReview = async () => {
    const undo = addToReviewDraft(taskId, body)
    if (await drop()) showToast('Put into the review you write', 'It is under Changes.')
    else undo()
  }
  const editAndDrop = (
    <>
      {form !== null && (
        <Button
          size="small"
          reason={
            uncertain && reply.waits ? 'It may be there already: that is looked up when it is sent' : null
          }
          onClick={() => void edit()}
        >
          Edit
        </Button>
      )}
      <Button size="small" busy={acting.busy} onClick={() => void remove()}>
        Drop
      </Button>
    </>
  )
  return (
    <section aria-label="Your reply" className="flex min-w-0 flex-col gap-6">
      <p className="text-12 text-text-muted">
        <span className="font-medium text-text">Your reply</span>, not at GitHub yet, written{' '}
        <RelativeTime at={reply.createdAt} />
      </p>
      <div className="min-w-0" data-selectable>
        <Markdown text={body} />
      </div>
      {conflict !== null ? (
        <Conflict
          conflict={conflict}
          seen={seen}
          busy={acting.busy}
          onSend={resume}
          onReview={task.pullRequest?.state === 'open' ? () => void intoReview() : null}
          more={editAndDrop}
        />
      ) : problem === null ? (
        <output className="text-12 text-text-muted">Sending the reply</output>
      ) : reply.waits ? (
        <Notice
          actions={
            <>
              <Button size="small" busy={acting.busy} onClick={() => resume()}>
                Send now
              </Button>
              {editAndDrop}
            </>
          }
        >
          <p>It waits, and is sent as soon as GitHub can be reached.</p>
          <p className="text-12 text-text-muted">{problem.message}</p>
        </Notice>
      ) : (
        <ErrorNotice
          error={problem}
          actions={
            <>
              <Button size="small" busy={acting.busy} onClick={() => resume()}>
                Send again
              </Button>
              {editAndDrop}
            </>
          }
        />
      )}
      {uncertain && (problem !== null || conflict !== null) && (
        <p className="text-12 text-text-muted">
          An answer of GitHub was lost: the reply may be there. Before it is sent again, it is looked up; what
          is dropped may be there all the same.
        </p>
      )}
      {acting.error !== null && <ErrorNotice error={acting.error} />}
    </section>
  )
}

/** What is another way now than the person saw, before anything is said in their name. */
function Conflict({
  conflict: { thread },
  seen,
  busy,
  onSend,
  onReview,
  more,
}: {
  conflict: ReplyConflict
  seen: ReplySeen
  busy: boolean
  onSend: (seen?: ReplySeen) => void
  onReview: (() => void) | null
  more: ReactNode
}) {
  const lost = thread === null || !thread.mayReply
  return (
    <Notice
      tone="warning"
      actions={
        <>
          {thread !== null && thread.mayReply && (
            <Button
              size="small"
              busy={busy}
              onClick={() => onSend({ ...seen, state: thread.state, resolved: thread.resolved })}
            >
              Send all the same
            </Button>
          )}
          {lost && (
            <Button size="small" busy={busy} onClick={() => onSend()}>
              Send again
            </Button>
          )}
          {lost && onReview !== null && (
            <Button size="small" busy={busy} onClick={onReview}>
              Put into a review
            </Button>
          )}
          {more}
        </>
      }
    >
      <div className="flex flex-col gap-4">
        <p className="font-medium">Your reply was not sent: something is different now.</p>
        {thread === null && (
          <p>The thread was deleted, or this account may not see it any more. The text can go elsewhere.</p>
        )}
        {thread !== null && !thread.mayReply && (
          <p>
            This account may not reply here: the conversation may be locked, the repository archived, or the
            access gone.
          </p>
        )}
        {thread !== null && thread.resolved && !seen.resolved && <p>Somebody resolved the thread.</p>}
        {thread !== null && thread.state !== 'open' && thread.state !== seen.state && (
          <p>The pull request is {thread.state}.</p>
        )}
      </div>
    </Notice>
  )
}
