import type { TaskId } from '@shared/ids'
import { commentParts } from '@shared/suggestions'
import { Check } from 'lucide-react'
import { useMemo } from 'react'
import { call } from '../../client/call'
import { useCall } from '../../client/use-call'
import { Button } from '../../ui/button'
import { ErrorNotice } from '../../ui/notice'
import { showError, showToast } from '../../ui/toast'
import { EditDiff } from '../transcript/edit-diff'
import { Markdown } from '../transcript/markdown'

/** What lines a suggestion would take the place of. */
export interface SuggestedFor {
  path: string
  line: number
  lines: readonly string[]
  /** Why it cannot be applied here; null when it can. */
  reason: string | null
}

/** What somebody wrote on GitHub, with what they suggest as something that can be applied. */
export function CommentBody({
  taskId,
  body,
  target,
}: {
  taskId: TaskId
  body: string
  /** Null where its lines are gone, or not known. */
  target: SuggestedFor | null
}) {
  const parts = useMemo(() => commentParts(body), [body])
  return (
    <div className="flex min-w-0 flex-col gap-8" data-selectable>
      {parts.map((part, index) =>
        part.kind === 'text' ? (
          <Markdown key={index} text={part.text} />
        ) : (
          <Suggestion key={index} taskId={taskId} lines={part.lines} target={target} />
        ),
      )}
    </div>
  )
}

function Suggestion({
  taskId,
  lines,
  target,
}: {
  taskId: TaskId
  lines: readonly string[]
  target: SuggestedFor | null
}) {
  const applying = useCall<{ undo: string; line: number }>()
  const apply = async () => {
    if (target === null) return
    const { path, line, lines: expected } = target
    const done = await applying.run(() =>
      call('task.applySuggestion', {
        taskId,
        path,
        line,
        expected: [...expected],
        replacement: [...lines],
      }),
    )
    if (done === null) return
    const undo = async () => {
      const back = await call('task.undoFiles', { taskId, undo: done.undo })
      if (back.ok) showToast('Taken back')
      else showError(back.error)
    }
    showToast(`Applied to ${path}`, `at line ${done.line}`, { label: 'Undo', run: () => void undo() })
  }
  const edit = {
    path: target?.path ?? 'Suggestion',
    oldText: target === null ? '' : withEnd(target.lines),
    newText: withEnd(lines),
  }
  return (
    <section aria-label="Suggestion" className="flex min-w-0 flex-col gap-6">
      <EditDiff edit={edit} />
      {applying.error !== null && <ErrorNotice error={applying.error} />}
      <div>
        <Button
          size="small"
          icon={<Check className="size-12" />}
          busy={applying.busy}
          reason={target === null ? 'Its lines are not there any more' : target.reason}
          onClick={() => void apply()}
        >
          Apply suggestion
        </Button>
      </div>
    </section>
  )
}

const withEnd = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('')
