import type { ChangeAction, Comparison, ReviewComment } from '@shared/changes'
import type { TaskId } from '@shared/ids'
import { call } from '../../client/call'
import { useCall } from '../../client/use-call'
import { Button } from '../../ui/button'
import { cx } from '../../ui/cx'
import { ErrorNotice } from '../../ui/notice'
import { linesBetween, MOST_EXCERPT } from '@shared/diff-places'
import { CommentForm } from './comments'
import type { ChosenRows } from './diff-view'
import { shownAt } from './file-head'
import { OriginCard } from './origin-card'
import { placeText } from '@shared/place-text'

const actions = {
  stage: { action: 'stage', key: 's', label: 'Stage' },
  unstage: { action: 'unstage', key: 'u', label: 'Unstage' },
  discard: { action: 'discard', key: 'x', label: 'Discard' },
  /** The old side is what the files were at a turn. */
  restore: { action: 'discard', key: 'x', label: 'Restore' },
} as const

/** What can be done with a part of a file. */
export function actionsFor(comparison: Comparison) {
  if (comparison === 'unstaged') return [actions.stage, actions.discard]
  if (comparison === 'staged') return [actions.unstage]
  if (comparison === 'uncommitted') return [actions.discard]
  const withFiles = typeof comparison === 'object' && 'from' in comparison && comparison.to === null
  return withFiles ? [actions.restore] : []
}

/** A comment is written, or it was asked who wrote the lines. */
export type RowsDoing = 'comment' | 'origin' | null
/** The lines as they are, for whoever suggests others; null for those that are gone. */
function suggestedFor({ loaded, part }: ChosenRows): string[] | null {
  if (part.from.side === 'old' && part.to.side === 'old') return null
  return linesBetween(loaded.diff.patch, part.from, part.to).split('\n')
}

/** Stands over the diffs while lines are chosen. */
export function RowActions({
  taskId,
  rows,
  comparison,
  canWork,
  doing,
  onDo,
  onDone,
  onAct,
  onMention,
  onOpen,
}: {
  taskId: TaskId
  rows: ChosenRows
  comparison: Comparison
  canWork: boolean
  /** What of the actions is open. */
  doing: RowsDoing
  onDo: (doing: RowsDoing) => void
  onDone: () => void
  onAct: (action: ChangeAction) => void
  onMention: () => void
  onOpen: () => void
}) {
  const adding = useCall<ReviewComment>()
  const add = async (text: string) => {
    const { loaded, part } = rows
    const excerpt = linesBetween(loaded.diff.patch, part.from, part.to).slice(0, MOST_EXCERPT)
    const { path } = loaded.file
    const comment = { taskId, path, from: part.from, to: part.to, excerpt, text }
    if ((await adding.run(() => call('task.addComment', comment))) !== null) onDone()
  }
  const look =
    'absolute inset-x-0 bottom-12 mx-auto max-w-full rounded-6 border border-line bg-surface-2 shadow-float'
  if (doing === 'origin')
    return <OriginCard taskId={taskId} comparison={comparison} rows={rows} onClose={() => onDo(null)} />
  if (doing === 'comment')
    return (
      <section aria-label="New comment" className={cx(look, 'flex w-picker flex-col gap-6 p-8')}>
        <span className="text-12 text-text-muted">{placeText(rows.part)}</span>
        <CommentForm
          initial=""
          busy={adding.busy}
          lines={suggestedFor(rows)}
          onSave={(text) => void add(text)}
          onCancel={() => onDo(null)}
        />
        {adding.error !== null && <ErrorNotice error={adding.error} />}
      </section>
    )
  return (
    <div
      role="toolbar"
      aria-label="Chosen lines"
      className={cx(look, 'flex w-fit flex-wrap items-center gap-6 p-6')}
    >
      <span className="px-4 text-12 text-text-muted">{placeText(rows.part)}</span>
      <Button size="small" aria-keyshortcuts="c" onClick={() => onDo('comment')}>
        Comment
      </Button>
      <Button size="small" aria-keyshortcuts="w" onClick={() => onDo('origin')}>
        Who wrote this
      </Button>
      {canWork &&
        actionsFor(comparison).map(({ action, key, label }) => (
          <Button
            key={action}
            size="small"
            aria-keyshortcuts={key}
            tone={label === 'Discard' ? 'danger' : 'plain'}
            onClick={() => onAct(action)}
          >
            {label}
          </Button>
        ))}
      <Button size="small" aria-keyshortcuts="e" onClick={onOpen}>
        {canWork && shownAt(comparison) === null ? 'Edit here' : 'Open here'}
      </Button>
      <Button size="small" onClick={onMention}>
        Add to prompt
      </Button>
    </div>
  )
}
