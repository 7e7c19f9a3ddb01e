import type { TaskDetail } from '@shared/domain'
import type { OutgoingReply, ReviewThread } from '@shared/reviews'
import { CircleCheck, CornerDownLeft, ExternalLink, MessageSquare, RotateCcw } from 'lucide-react'
import { useState } from 'react'
import { openExternal } from '../../app/open-external'
import { call } from '../../client/call'
import { useCall } from '../../client/use-call'
import { Button } from '../../ui/button'
import { cx } from '../../ui/cx'
import { inputLook } from '../../ui/field'
import { LightButton } from '../../ui/light-button'
import { ErrorNotice } from '../../ui/notice'
import { AgoTime } from '../../ui/time'
import { addToPrompt } from '../composer/insertion'
import { counted } from '../sync/sync-text'
import { CommentBody, type SuggestedFor } from './comment-body'
import { withUnseen } from '../transcript/text-guard'
import { threadLines, threadPlace, threadPrompt } from './review-words'
import { rereadReviews } from './reviews-store'
import { replyKey, useOutgoingReplies, WaitingReply } from './waiting-reply'
import { useStoredText } from '../../client/use-stored-text'

/** What was said about some lines, and what can be said and done about it. */
export function ThreadCard({
  task,
  thread,
  withHunk = false,
  onShow,
}: {
  task: TaskDetail
  thread: ReviewThread
  /** With the lines it is about, where they do not stand above it. */
  withHunk?: boolean
  /** Brings its lines into view, where they are in the diff. */
  onShow?: (() => void) | null
}) {
  const [unfolded, setUnfolded] = useState(!thread.resolved)
  const taskId = task.id
  const reply = useOutgoingReplies(taskId).find(({ threadId }) => threadId === thread.id) ?? null
  const open = unfolded || reply !== null
  const { comments, commentsTotal } = thread
  const [first] = comments
  const last = comments.at(-1)
  const place = threadPlace(thread)
  const target = targetOf(task, thread)
  return (
    <article
      aria-label={`Thread on ${thread.path}, ${place}`}
      className={cx(
        'flex max-w-column min-w-0 flex-col gap-8 rounded-6 border border-line bg-surface-2 p-8 font-sans text-13 text-text',
        // In a diff it is all there is around it.
        !withHunk && 'm-8',
      )}
    >
      <header className="flex min-w-0 items-center gap-8">
        {thread.resolved ? (
          <CircleCheck aria-hidden className="size-16 shrink-0 text-success" />
        ) : (
          <MessageSquare aria-hidden className="size-16 shrink-0 text-text-muted" />
        )}
        <span className="min-w-0 flex-1 break-words text-12 text-text-muted">
          {withHunk && <bdi className="text-text">{withUnseen(thread.path)} </bdi>}
          {place}
          {thread.outdated && ', outdated'}
          {thread.resolved &&
            (thread.resolvedBy === null ? ', resolved' : `, resolved by ${thread.resolvedBy}`)}
        </span>
        {onShow != null && (
          <Button size="small" tone="quiet" onClick={onShow}>
            Show in diff
          </Button>
        )}
        {thread.resolved && reply === null && (
          <Button size="small" tone="quiet" aria-expanded={open} onClick={() => setUnfolded(!open)}>
            {open ? 'Fold' : `Show ${counted(commentsTotal, 'comment', 'comments')}`}
          </Button>
        )}
        <LightButton
          label="Put the thread into the prompt"
          onClick={() => addToPrompt(taskId, threadPrompt(thread))}
        >
          <CornerDownLeft className="size-12" />
        </LightButton>
        {first !== undefined && (
          <LightButton label="Open the thread on GitHub" onClick={() => void openExternal(first.url)}>
            <ExternalLink className="size-12" />
          </LightButton>
        )}
      </header>
      {open && (
        <>
          {withHunk && thread.hunk !== '' && <Hunk text={thread.hunk} />}
          <ol className="flex min-w-0 flex-col gap-12">
            {comments.map((comment) => (
              <li key={comment.id} className="flex min-w-0 flex-col gap-4">
                <p className="text-12 text-text-muted">
                  <bdi className="font-medium text-text">{comment.author ?? 'Somebody who left'}</bdi>{' '}
                  <AgoTime at={comment.createdAt} />
                  {comment.pending && ', not sent on GitHub yet'}
                </p>
                <CommentBody taskId={taskId} body={comment.body} target={target} />
                {comment.cut && <p className="text-12 text-text-faint">The rest is on GitHub.</p>}
              </li>
            ))}
          </ol>
          {commentsTotal > comments.length && (
            <p className="text-12 text-text-faint">
              and {counted(commentsTotal - comments.length, 'comment', 'comments')} more on GitHub
            </p>
          )}
          <Answers key={last?.id} task={task} thread={thread} waiting={reply} />
        </>
      )}
    </article>
  )
}

function Answers({
  task,
  thread,
  waiting,
}: {
  task: TaskDetail
  thread: ReviewThread
  waiting: OutgoingReply | null
}) {
  const taskId = task.id
  const threadId = thread.id
  const [replying, setReplying] = useState(false)
  const [text, setText] = useStoredText(replyKey(threadId))
  const changing = useCall<unknown>()
  const state = task.pullRequest?.state ?? 'open'
  const reply = async () => {
    if (text.trim() === '') return
    const { path, resolved } = thread
    const kept = await changing.run(() =>
      call('task.replyToThread', { taskId, threadId, body: text.trim(), seen: { path, state, resolved } }),
    )
    if (kept === null) return
    setText('')
    setReplying(false)
  }
  const resolve = async () => {
    const resolved = !thread.resolved
    if ((await changing.run(() => call('task.resolveThread', { taskId, threadId, resolved }))) !== null)
      await rereadReviews(taskId)
  }
  return (
    <div className="flex min-w-0 flex-col gap-6">
      {waiting !== null && (
        <WaitingReply task={task} reply={waiting} form={{ text, setText, open: () => setReplying(true) }} />
      )}
      {waiting === null && replying && (
        <textarea
          // Whoever asked for the form is about to write.
          // oxlint-disable-next-line jsx-a11y/no-autofocus
          autoFocus
          aria-label="Reply"
          dir="auto"
          maxLength={60_000}
          value={text}
          className={cx(inputLook, 'grows max-h-commit-max min-h-commit-min py-6')}
          onChange={(event) => setText(event.currentTarget.value)}
          onKeyDown={(event) => {
            event.stopPropagation()
            if (event.key === 'Escape') setReplying(false)
            if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void reply()
          }}
        />
      )}
      {changing.error !== null && <ErrorNotice error={changing.error} />}
      <div className="flex flex-wrap gap-6">
        {waiting === null && replying ? (
          <>
            <Button
              size="small"
              tone="accent"
              busy={changing.busy}
              disabled={text.trim() === ''}
              onClick={() => void reply()}
            >
              Send reply
            </Button>
            <Button size="small" onClick={() => setReplying(false)}>
              Cancel
            </Button>
          </>
        ) : (
          waiting === null && (
            <Button
              size="small"
              reason={thread.mayReply ? null : 'This account may not reply here'}
              onClick={() => setReplying(true)}
            >
              {text.trim() === '' ? 'Reply' : 'Go on with your reply'}
            </Button>
          )
        )}
        <Button
          size="small"
          icon={thread.resolved ? <RotateCcw className="size-12" /> : <CircleCheck className="size-12" />}
          busy={changing.busy}
          reason={
            waiting !== null
              ? 'Your reply comes first'
              : thread.mayResolve
                ? null
                : 'This account may not resolve it'
          }
          onClick={() => void resolve()}
        >
          {thread.resolved ? 'Open again' : 'Resolve'}
        </Button>
      </div>
    </div>
  )
}

/** The end of the diff that a thread was written beside. */
function Hunk({ text }: { text: string }) {
  const lines = text.split('\n')
  const changed = (mark: string) => lines.filter((line) => line.startsWith(mark)).length
  return (
    <pre
      aria-label={`The lines it is about, ${changed('+')} added, ${changed('-')} removed`}
      // What is too wide for the panel is reached with the keys, too.
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      className="code-text max-h-output overflow-auto rounded-4 border border-line bg-surface-0 py-4"
    >
      <span className="block w-fit min-w-full">
        {lines.map((line, index) => (
          <HunkLine key={index} line={line} />
        ))}
      </span>
    </pre>
  )
}

function HunkLine({ line }: { line: string }) {
  const added = line.startsWith('+')
  const removed = line.startsWith('-')
  return (
    <span
      className={cx(
        'block px-8 whitespace-pre',
        added && 'bg-diff-add-surface',
        removed && 'bg-diff-remove-surface',
      )}
    >
      {line === '' ? ' ' : withUnseen(line.slice(0, 2000))}
    </span>
  )
}

function targetOf(task: TaskDetail, thread: ReviewThread): SuggestedFor | null {
  const lines = threadLines(thread)
  if (thread.side !== 'new' || thread.outdated || thread.line === null || lines === null) return null
  const ready = task.sandbox !== null && task.sandbox.state !== 'preparing' && task.status !== 'archived'
  return {
    path: thread.path,
    line: thread.startLine ?? thread.line,
    lines,
    reason: ready ? null : 'There is no checkout to change: work on the task first',
  }
}
