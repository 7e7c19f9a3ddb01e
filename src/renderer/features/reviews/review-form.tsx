import type { ReviewComment } from '@shared/changes'
import type { TaskDetail } from '@shared/domain'
import type { ErrorValue } from '@shared/errors'
import { type OutgoingReview, type ReviewPlan, reviewVerdicts } from '@shared/reviews'
import { useEffect, useRef, useState } from 'react'
import { call } from '../../client/call'
import { useCall } from '../../client/use-call'
import { Button } from '../../ui/button'
import { inputLook, RadioChoice } from '../../ui/field'
import { ErrorNotice, Notice } from '../../ui/notice'
import { counted } from '../sync/sync-text'
import { useEscape } from '../task/use-escape'
import { verdictWords } from './review-words'
import type { KnownReviews } from './reviews-store'
import { changeReviewDraft, useReviewDraft } from './review-draft'

/** Sends the comments that were gathered to GitHub as a review. */
export function ReviewForm({
  task,
  number,
  comments,
  known,
}: {
  task: TaskDetail
  number: number
  comments: readonly ReviewComment[]
  known: KnownReviews
}) {
  const { verdict, body } = useReviewDraft(task.id)
  const plan = usePlan(task, comments)
  const sending = useCall<OutgoingReview>()
  const form = useRef<HTMLFormElement>(null)
  const close = () => changeReviewDraft(task.id, { writing: false })
  useEscape(form, close)
  useEffect(() => form.current?.querySelector<HTMLElement>('textarea')?.focus(), [])
  const isOwn = plan.value?.isOwn ?? known.reviews?.isOwn ?? false
  const head = plan.value?.head ?? known.reviews?.head ?? null
  const state = plan.value?.state ?? known.reviews?.state ?? 'open'
  const empty = verdict !== 'approve' && body.trim() === '' && comments.length === 0
  const reason =
    head === null ? 'The pull request was not read yet' : empty ? 'Write a text, or comment on lines' : null
  const send = async () => {
    if (head === null || reason !== null) return
    const sent = await sending.run(() =>
      call('task.sendReview', {
        taskId: task.id,
        verdict: isOwn ? 'comment' : verdict,
        body,
        commentIds: comments.map(({ id }) => id),
        seen: { head, state, outside: plan.value?.outside ?? [] },
      }),
    )
    if (sent !== null) changeReviewDraft(task.id, { writing: false, verdict: 'comment', body: '' })
  }
  const offline = plan.error !== null
  return (
    <form
      ref={form}
      aria-label={`Review #${number}`}
      className="flex max-h-list shrink-0 flex-col gap-12 overflow-y-auto border-b border-line p-12"
      onSubmit={(event) => {
        event.preventDefault()
        void send()
      }}
    >
      <textarea
        aria-label="Text of the review"
        placeholder="What do you think of it as a whole?"
        dir="auto"
        maxLength={50_000}
        value={body}
        className={`${inputLook} grows max-h-commit-max min-h-commit-min shrink-0 py-6`}
        onChange={(event) => changeReviewDraft(task.id, { body: event.currentTarget.value })}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void send()
        }}
      />
      {isOwn ? (
        <p className="text-12 text-text-muted">
          You opened #{number}: GitHub lets nobody approve a pull request of their own, so this is sent as a
          comment.
        </p>
      ) : (
        <RadioChoice
          label="Verdict"
          value={verdict}
          choices={reviewVerdicts.map((one) => ({
            value: one,
            label: verdictWords[one].label,
            hint: verdictWords[one].hint,
          }))}
          onChange={(next) => changeReviewDraft(task.id, { verdict: next })}
        />
      )}
      {state !== 'open' && (
        <Notice tone="warning">
          #{number} is {state}.
        </Notice>
      )}
      {plan.value !== null && plan.value.outside.length + plan.value.moved.length > 0 && (
        <Notice tone={plan.value.outside.length > 0 ? 'warning' : 'info'}>
          <PlanNotes plan={plan.value} />
        </Notice>
      )}
      {plan.busy && comments.length > 0 && (
        <output className="text-12 text-text-muted">Looking where these lines are in the pull request</output>
      )}
      {offline && <OfflineNote error={plan.error} />}
      {sending.error !== null && <ErrorNotice error={sending.error} />}
      <div className="flex flex-wrap gap-6">
        <Button tone="accent" type="submit" busy={sending.busy} reason={reason}>
          {offline ? 'Send when connected' : verdictWords[isOwn ? 'comment' : verdict].send}
          {comments.length > 0 && `, ${counted(comments.length, 'comment', 'comments')}`}
        </Button>
        <Button onClick={close}>Back</Button>
      </div>
    </form>
  )
}

/** What becomes of comments whose lines are not where they were written. */
export function PlanNotes({ plan }: { plan: ReviewPlan }) {
  const { outside, moved } = plan
  return (
    <>
      {outside.length > 0 && (
        <p>
          {outside.length === 1
            ? '1 comment is about lines that are not in the diff of the pull request as GitHub has it. It goes into the text of the review.'
            : `${outside.length} comments are about lines that are not in the diff of the pull request as GitHub has it. They go into the text of the review.`}
        </p>
      )}
      {moved.length > 0 && (
        <p>
          {moved.length === 1
            ? `1 comment goes to line ${moved[0]?.line ?? 0}, where its text is now.`
            : `${moved.length} comments go to the lines where their texts are now.`}
        </p>
      )}
    </>
  )
}

function OfflineNote({ error }: { error: ErrorValue | null }) {
  return (
    <Notice>
      <p>
        The review is kept and sent as soon as GitHub can be reached. Should the pull request be another then,
        you are asked first.
      </p>
      {error !== null && <p className="text-12 text-text-muted">{error.message}</p>}
    </Notice>
  )
}

/** Where the comments would stand at GitHub: asked for again whenever they are others. */
function usePlan(
  task: TaskDetail,
  comments: readonly ReviewComment[],
): { value: ReviewPlan | null; error: ErrorValue | null; busy: boolean } {
  const key = comments.map(({ id }) => id).join()
  const [read, setRead] = useState<{
    key: string
    value: ReviewPlan | null
    error: ErrorValue | null
  } | null>(null)
  useEffect(() => {
    let current = true
    const commentIds = comments.map(({ id }) => id)
    void call('task.reviewPlan', { taskId: task.id, commentIds }).then((result) => {
      if (!current) return
      setRead(
        result.ok ? { key, value: result.value, error: null } : { key, value: null, error: result.error },
      )
    })
    return () => {
      current = false
    }
    // Another list of the same comments asks nothing new.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [task.id, key])
  const own = read?.key === key ? read : null
  return { value: own?.value ?? null, error: own?.error ?? null, busy: own === null }
}
