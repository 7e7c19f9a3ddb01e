import type { Comparison } from '@shared/changes'
import type { FileChange } from '@shared/domain'
import type { Editor } from '@shared/editors'
import type { CheckpointId, TaskId } from '@shared/ids'
import {
  ChevronRight,
  Copy,
  FileText,
  Image,
  MessageSquarePlus,
  MoreHorizontal,
  Minus,
  Plus,
  RotateCcw,
  SquareArrowOutUpRight,
  Undo2,
} from 'lucide-react'
import { openInEditor } from '../../client/editors'
import { copyText } from '../../ui/copy-button'
import { cx } from '../../ui/cx'
import { LightButton } from '../../ui/light-button'
import { type MenuGroups, Menu } from '../../ui/menu'
import { openFile } from '../files/files-state'
import { PathParts } from '../files/path-parts'
import { changeFiles, restoreFiles } from './change-actions'
import type { LoadedFile } from './diff-source'
import { kindLetters } from './file-list'
import { imageType } from '@shared/image-type'

export interface FileHeadProps {
  loaded: LoadedFile
  folded: boolean
  viewed: boolean
  onFold: () => void
  onView: (viewed: boolean) => void
  onImages: () => void
  menu: MenuGroups
}

/** The head of one file in the scroll of diffs. As tall as the diff view says. */
export function FileHead({ loaded, folded, viewed, onFold, onView, onImages, menu }: FileHeadProps) {
  const { file, diff } = loaded
  const kind = kindLetters[file.kind]
  const note = noteOf(loaded)
  return (
    <div className="flex h-row items-center gap-6 border-b border-line bg-surface-1 px-8 font-sans text-12 text-text">
      <button
        type="button"
        aria-expanded={!folded}
        disabled={loaded.metadata.hunks.length === 0}
        onClick={onFold}
        className="flex min-w-0 flex-1 items-center gap-6 rounded-4 text-start"
      >
        <ChevronRight
          aria-hidden
          className={cx(
            'size-12 shrink-0 text-text-faint transition-transform',
            !folded && 'rotate-90',
            loaded.metadata.hunks.length === 0 && 'invisible',
          )}
        />
        <span aria-hidden className={cx('w-12 shrink-0 text-center font-medium', kind.look)}>
          {kind.letter}
        </span>
        <h2 className="flex min-w-0" title={file.path}>
          <span className="sr-only">{`${kind.word}: ${file.path}`}</span>
          <PathParts path={file.path} />
        </h2>
        {note !== null && <span className="min-w-0 truncate text-text-muted">{note}</span>}
        {diff.truncated && <span className="shrink-0 text-warning">cut: too long</span>}
      </button>
      {file.added !== null && (
        <span className="shrink-0">
          <span className="text-diff-add">+{file.added}</span>{' '}
          <span className="text-diff-remove">−{file.removed ?? 0}</span>
        </span>
      )}
      {diff.binary && imageType(file.path) !== null && (
        <LightButton label={`Show ${file.path}`} onClick={onImages}>
          <Image className="size-12" />
        </LightButton>
      )}
      <label className="flex shrink-0 items-center gap-4 text-text-muted">
        <input
          type="checkbox"
          checked={viewed}
          aria-label={`Viewed ${file.path}`}
          onChange={(event) => onView(event.currentTarget.checked)}
        />
        <span aria-hidden className="word-in-diff-column">
          Viewed
        </span>
      </label>
      <Menu
        trigger={
          <button
            type="button"
            aria-label={`Actions for ${file.path}`}
            title="Actions"
            className="inline-flex size-24 shrink-0 items-center justify-center rounded-4 text-text-muted hover:bg-surface-3 hover:text-text"
          >
            <MoreHorizontal className="size-12" />
          </button>
        }
        groups={menu}
      />
    </div>
  )
}

function noteOf({ file, diff, metadata }: LoadedFile): string | null {
  if (diff.binary) return 'binary'
  if (metadata.hunks.length > 0) return file.oldPath === null ? null : `from ${file.oldPath}`
  if (file.kind === 'unmerged') return 'in conflict'
  if (file.oldPath !== null) return `renamed from ${file.oldPath}, no lines changed`
  if (file.kind === 'added' || file.kind === 'deleted') return 'empty'
  return 'no lines changed'
}

/** The checkpoint that the new side of a comparison is; null for the files as they are. */
export function shownAt(comparison: Comparison): CheckpointId | null {
  if (typeof comparison === 'string') return null
  return 'turn' in comparison ? comparison.turn : comparison.to
}

/** What can be done with whole files of a comparison. */
export function fileMenu(
  taskId: TaskId,
  comparison: Comparison,
  file: FileChange,
  more: {
    canWork: boolean
    restoreTo: CheckpointId | null
    editors: readonly Editor[]
    /** Where the file has changed first. */
    line: number | null
    onMention: () => void
  },
): MenuGroups {
  const act = (action: 'discard' | 'stage' | 'unstage') => () =>
    void changeFiles(taskId, { action, comparison, files: [file], part: 'file', version: null })
  const { restoreTo } = more
  const reason = more.canWork ? null : 'The task has no checkout to work in.'
  const uncommitted = comparison === 'uncommitted' || comparison === 'unstaged'
  return [
    [
      ...(uncommitted && file.staged !== 'all'
        ? [{ label: 'Stage', icon: <Plus className="size-12" />, onSelect: act('stage'), reason }]
        : []),
      ...(comparison === 'staged' || (comparison === 'uncommitted' && file.staged !== 'none')
        ? [{ label: 'Unstage', icon: <Minus className="size-12" />, onSelect: act('unstage'), reason }]
        : []),
      ...(uncommitted
        ? [
            {
              label: 'Discard changes',
              icon: <Undo2 className="size-12" />,
              onSelect: act('discard'),
              tone: 'danger' as const,
              reason,
            },
          ]
        : []),
      ...(restoreTo !== null
        ? [
            {
              label: 'Restore to this turn',
              icon: <RotateCcw className="size-12" />,
              onSelect: () => void restoreFiles(taskId, restoreTo, [file]),
              reason,
            },
          ]
        : []),
    ],
    [
      ...(file.kind === 'deleted'
        ? []
        : [
            {
              label: 'Open file',
              icon: <FileText className="size-12" />,
              onSelect: () =>
                openFile(taskId, file.path, { at: shownAt(comparison), line: more.line, keep: true }),
            },
          ]),
      { label: 'Add to prompt', icon: <MessageSquarePlus className="size-12" />, onSelect: more.onMention },
      ...(file.kind === 'deleted' ? [] : more.editors).map((editor) => ({
        label: `Open in ${editor.name}`,
        icon: <SquareArrowOutUpRight className="size-12" />,
        reason,
        onSelect: () => void openInEditor(taskId, editor, file.path, more.line),
      })),
      { label: 'Copy path', icon: <Copy className="size-12" />, onSelect: () => copyText(file.path) },
    ],
  ]
}
