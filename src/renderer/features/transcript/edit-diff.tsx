import { useMemo } from 'react'
import { cx } from '../../ui/cx'
import type { FileEdit } from '@shared/transcript/acp'
import { lineDiff } from './line-diff'
import { PathLink } from './path-link'
import { withUnseen } from './text-guard'
import { ScrolledPre } from '../../ui/scrolled-pre'

/** Lines of one edit in the page at first; the changes panel shows whole files. */
const editLines = 200
/** Beyond this it is no edit that anybody reads in a card. */
const wholeLines = 5000

/** What an edit takes out and puts in. With `whole` all of it is there at once, for somebody who has to decide on it. */
export function EditDiff({
  edit,
  whole = false,
  line = null,
}: {
  edit: FileEdit
  whole?: boolean
  /** Where the agent says it is. */
  line?: number | null
}) {
  const diff = useMemo(() => lineDiff(edit.oldText, edit.newText), [edit])
  const shown = diff.lines.slice(0, whole ? wholeLines : editLines)
  return (
    <figure
      className="min-w-0 overflow-hidden rounded-4 border border-line bg-surface-0"
      aria-label={`Edit of ${edit.path}`}
    >
      <figcaption
        className="truncate border-b border-line px-8 py-2 text-12 text-text-muted"
        title={edit.path}
        data-selectable
      >
        <PathLink path={edit.path} line={line} />
      </figcaption>
      <ScrolledPre className="code-text max-h-output overflow-auto py-4">
        <div className="w-fit min-w-full">
          {shown.map((line, index) => (
            <div
              key={index}
              className={cx(
                'px-8 whitespace-pre',
                line.kind === 'added' && 'bg-diff-add-surface',
                line.kind === 'removed' && 'bg-diff-remove-surface',
              )}
            >
              <span
                aria-hidden
                className={cx(
                  'inline-block w-16 select-none',
                  line.kind === 'added' && 'text-diff-add',
                  line.kind === 'removed' && 'text-diff-remove',
                )}
              >
                {line.kind === 'added' ? '+' : line.kind === 'removed' ? '−' : ''}
              </span>
              {line.text === '' ? ' ' : withUnseen(line.text.slice(0, 2000))}
            </div>
          ))}
        </div>
      </ScrolledPre>
      {diff.lines.length > shown.length && (
        <p className="border-t border-line px-8 py-2 text-12 text-text-muted">
          {diff.lines.length - shown.length} more lines; the changes panel shows the whole file.
        </p>
      )}
    </figure>
  )
}
