import type { Job, TaskDetail } from '@shared/domain'
import type { OutgoingReview, ReviewPlan, ReviewVerdict } from '@shared/reviews'
import type { ReactNode } from 'react'
import { call } from '../../client/call'
import { useEntities } from '../../client/topics'
import { useCall } from '../../client/use-call'
import { Button } from '../../ui/button'
import { ErrorNotice, Notice } from '../../ui/notice'
import { RelativeTime } from '../../ui/time'
import { isLive, latestJob } from '../publish/publish-text'
import { counted } from '../sync/sync-text'
import { changeReviewDraft } from './review-draft'
import { PlanNotes } from './review-form'
import { verdictWords } from './review-words'

/** The review of a task that is on its way to GitHub, if there is one. */
export function useOutgoingReview(taskId: string): OutgoingReview | null {
  const all = useEntities('task', taskId, 'outgoingReview')
  return [...all.values()][0] ?? null
}

/** Why a review is not at GitHub yet, and what can be done about that. */
export function OutgoingNotice({ task, review }: { task: TaskDetail; review: OutgoingReview }) {
  const jobs = useEntities('task', task.id, 'job')
  const job = latestJob(jobs, ['task.review'])
  const acting = useCall<Job | { verdict: ReviewVerdict; body: string }>()
  const { conflict, problem, number } = review
  const live = isLive(job)
  const resume = (decision: { conflict?: ReviewPlan; verdict?: ReviewVerdict } = {}) =>
    void acting.run(() =>
      call('task.resumeReview', {
        taskId: task.id,
        ...(decision.conflict === undefined ? {} : { seen: seenOf(decision.conflict) }),
        ...(decision.verdict === undefined ? {} : { verdict: decision.verdict }),
      }),
    )
  const takeBack = async () => {
    const back = await acting.run(() => call('task.takeBackReview', { taskId: task.id }))
    if (back !== null && 'body' in back)
      changeReviewDraft(task.id, { writing: true, verdict: back.verdict, body: back.body })
  }
  const what = `${verdictWords[review.verdict].label.toLowerCase()}${
    review.comments.length > 0 ? `, ${counted(review.comments.length, 'comment', 'comments')}` : ''
  }`
  const back = (
    <Button size="small" busy={acting.busy} onClick={() => void takeBack()}>
      Take back
    </Button>
  )
  return (
    <section
      aria-label="Review on its way"
      className="flex max-h-list shrink-0 flex-col gap-8 overflow-y-auto border-b border-line p-8"
    >
      {live ? (
        <Notice>
          <output>{job?.stage ?? 'Sending the review'}</output>
          <p className="text-12 text-text-muted">
            Review of #{number}: {what}
          </p>
        </Notice>
      ) : conflict !== null ? (
        <Conflict
          review={review}
          conflict={conflict}
          busy={acting.busy}
          onSend={(verdict) => resume({ conflict, ...(verdict === undefined ? {} : { verdict }) })}
          back={back}
        />
      ) : review.waits ? (
        <Notice
          actions={
            <>
              <Button size="small" busy={acting.busy} onClick={() => resume()}>
                Send now
              </Button>
              {back}
            </>
          }
        >
          <p>
            Your review of #{number} waits, and is sent as soon as GitHub can be reached ({what}, written{' '}
            <RelativeTime at={review.createdAt} />
            ).
          </p>
          {problem !== null && <p className="text-12 text-text-muted">{problem.message}</p>}
        </Notice>
      ) : problem !== null ? (
        <ErrorNotice
          error={problem}
          actions={
            <>
              <Button size="small" busy={acting.busy} onClick={() => resume()}>
                Send again
              </Button>
              {review.verdict !== 'comment' && problem.kind === 'conflict' && (
                <Button size="small" busy={acting.busy} onClick={() => resume({ verdict: 'comment' })}>
                  Send as a comment
                </Button>
              )}
              {back}
            </>
          }
        />
      ) : (
        <Notice actions={back}>Your review of #{number} is about to be sent.</Notice>
      )}
      {review.uncertain && !live && (
        <p className="text-12 text-text-muted">
          An answer of GitHub was lost: the review may be there. Before it is sent again, it is looked up;
          what is taken back may be there all the same.
        </p>
      )}
      {acting.error !== null && <ErrorNotice error={acting.error} />}
    </section>
  )
}

const seenOf = ({ head, state, outside }: ReviewPlan) => ({ head, state, outside })

/** What is another way now than the person saw, before anything is posted in their name. */
function Conflict({
  review,
  conflict,
  busy,
  onSend,
  back,
}: {
  review: OutgoingReview
  conflict: ReviewPlan
  busy: boolean
  onSend: (verdict?: ReviewVerdict) => void
  back: ReactNode
}) {
  const { number, verdict, seen } = review
  const others = conflict.head !== seen.head
  const closed = conflict.state !== 'open'
  const own = conflict.isOwn && verdict !== 'comment'
  return (
    <Notice
      tone="warning"
      actions={
        <>
          {!own && (
            <Button size="small" busy={busy} onClick={() => onSend()}>
              {verdict === 'comment' ? 'Send all the same' : `${verdictWords[verdict].label} all the same`}
            </Button>
          )}
          {verdict !== 'comment' && (
            <Button size="small" busy={busy} onClick={() => onSend('comment')}>
              Send as a comment
            </Button>
          )}
          {back}
        </>
      }
    >
      <div className="flex flex-col gap-4">
        <p className="font-medium">Your review of #{number} was not sent: something is different now.</p>
        {others && (
          <p>
            The branch is at <code className="code-text">{conflict.head.slice(0, 8)}</code>; you reviewed{' '}
            <code className="code-text">{seen.head.slice(0, 8)}</code>.
          </p>
        )}
        {closed && <p>The pull request is {conflict.state}.</p>}
        {own && (
          <p>
            You opened it: GitHub lets nobody {verdict === 'approve' ? 'approve' : 'request changes on'} their
            own.
          </p>
        )}
        <PlanNotes plan={conflict} />
      </div>
    </Notice>
  )
}
