import type { ReviewComment } from '@shared/changes'
import type { TaskId } from '@shared/ids'
import { suggestionBlock } from '@shared/suggestions'
import { MessageSquare, Pencil, Trash2 } from 'lucide-react'
import { useMemo, useState } from 'react'
import { call } from '../../client/call'
import { useEntities } from '../../client/topics'
import { useCall } from '../../client/use-call'
import { Button } from '../../ui/button'
import { inputLook } from '../../ui/field'
import { LightButton } from '../../ui/light-button'
import { ErrorNotice } from '../../ui/notice'
import { showError, showToast } from '../../ui/toast'
import { counted } from '../sync/sync-text'
import { withUnseen } from '../transcript/text-guard'
import { placeText } from '@shared/place-text'

/** What was noted beside lines of a task's diffs, in the order of writing. */
export function useComments(taskId: string): readonly ReviewComment[] {
  const comments = useEntities('task', taskId, 'comment')
  return useMemo(() => [...comments.values()].toSorted((a, b) => a.createdAt - b.createdAt), [comments])
}

/** One text and its two answers; Ctrl+Enter is the first of them, Escape the second. */
export function CommentForm({
  initial,
  busy,
  lines = null,
  onSave,
  onCancel,
}: {
  initial: string
  busy: boolean
  /** The lines as they are, where something can be suggested in their place. */
  lines?: readonly string[] | null
  onSave: (text: string) => void
  onCancel: () => void
}) {
  const [text, setText] = useState(initial)
  const save = () => {
    if (text.trim() !== '') onSave(text.trim())
  }
  return (
    <div className="flex min-w-0 flex-1 flex-col gap-6">
      <textarea
        // Whoever asked for the form is about to write.
        // oxlint-disable-next-line jsx-a11y/no-autofocus
        autoFocus
        aria-label="Comment"
        placeholder="What should change here?"
        dir="auto"
        maxLength={20_000}
        value={text}
        className={`${inputLook} grows max-h-commit-max min-h-commit-min py-6`}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          event.stopPropagation()
          if (event.key === 'Escape') onCancel()
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) save()
        }}
      />
      <div className="flex flex-wrap justify-end gap-6">
        {lines !== null && (
          <Button
            size="small"
            tone="quiet"
            onClick={() =>
              setText(
                (before) => `${before === '' ? '' : `${before.trimEnd()}\n\n`}${suggestionBlock(lines)}\n`,
              )
            }
          >
            Suggest other lines
          </Button>
        )}
        <Button size="small" onClick={onCancel}>
          Cancel
        </Button>
        <Button size="small" tone="accent" busy={busy} disabled={text.trim() === ''} onClick={save}>
          Save comment
        </Button>
      </div>
    </div>
  )
}

/** A comment where it was written. */
export function CommentCard({ taskId, comment }: { taskId: TaskId; comment: ReviewComment }) {
  const [editing, setEditing] = useState(false)
  const saving = useCall()
  const save = async (text: string) => {
    const commentId = comment.id
    const done = await saving.run(() => call('task.editComment', { taskId, commentId, text }))
    if (done !== null) setEditing(false)
  }
  return (
    <article
      aria-label={`Comment on ${placeText(comment)}`}
      className="m-8 flex max-w-column items-start gap-8 rounded-6 border border-line bg-surface-2 p-8 font-sans text-13 text-text"
    >
      <MessageSquare aria-hidden className="mt-2 size-16 shrink-0 text-text-muted" />
      {editing ? (
        <div className="flex min-w-0 flex-1 flex-col gap-6">
          <CommentForm
            initial={comment.text}
            busy={saving.busy}
            onSave={(text) => void save(text)}
            onCancel={() => setEditing(false)}
          />
          {saving.error !== null && <ErrorNotice error={saving.error} />}
        </div>
      ) : (
        <>
          <p className="min-w-0 flex-1 break-words whitespace-pre-wrap" data-selectable>
            {withUnseen(comment.text)}
          </p>
          <LightButton label="Edit comment" onClick={() => setEditing(true)}>
            <Pencil className="size-12" />
          </LightButton>
          <LightButton label="Remove comment" onClick={() => void removeComments(taskId, [comment])}>
            <Trash2 className="size-12" />
          </LightButton>
        </>
      )}
    </article>
  )
}

/** Removes them, says so, and offers to write them again. */
export async function removeComments(
  taskId: TaskId,
  comments: readonly ReviewComment[],
  done = counted(comments.length, 'comment removed', 'comments removed'),
): Promise<void> {
  const result = await call('task.removeComments', { taskId, commentIds: comments.map(({ id }) => id) })
  if (!result.ok) return showError(result.error)
  const again = async () => {
    for (const { path, from, to, excerpt, text } of comments) {
      // One after the other: they keep their order.
      const added = await call('task.addComment', { taskId, path, from, to, excerpt, text })
      if (!added.ok) return showError(added.error)
    }
    return undefined
  }
  showToast(done, undefined, { label: 'Undo', run: () => void again() })
}
