import type { FileChange } from '@shared/domain'
import { CircleCheck } from 'lucide-react'
import { type KeyboardEvent, type MouseEvent, useId, useRef, useState } from 'react'
import { cx } from '../../ui/cx'
import { useFixedRows } from '../../ui/fixed-rows'
import { ContextMenu, type MenuGroups } from '../../ui/menu'

const rowHeight = 24

export const kindLetters: Record<FileChange['kind'], { letter: string; word: string; look: string }> = {
  added: { letter: 'A', word: 'added', look: 'text-diff-add' },
  modified: { letter: 'M', word: 'modified', look: 'text-text-muted' },
  deleted: { letter: 'D', word: 'deleted', look: 'text-diff-remove' },
  renamed: { letter: 'R', word: 'renamed', look: 'text-info' },
  copied: { letter: 'C', word: 'copied', look: 'text-info' },
  type_changed: { letter: 'T', word: 'type changed', look: 'text-text-muted' },
  unmerged: { letter: 'U', word: 'in conflict', look: 'text-warning' },
}

const stagedWords: Record<FileChange['staged'], string> = {
  none: '',
  part: ', partly staged',
  all: ', staged',
}

/** The files of a comparison. One tab stop; arrows choose, and what is chosen is brought into view. */
export function FileList({
  files,
  total,
  selected,
  viewed,
  tall,
  onSelect,
  onStage,
  menuFor,
}: {
  files: readonly FileChange[]
  /** How many there are when the list was cut. */
  total: number
  selected: string
  viewed: ReadonlySet<string>
  /** Takes all the height there is. */
  tall: boolean
  onSelect: (path: string) => void
  /** Stages or unstages a file; null where nothing can be staged. */
  onStage: ((file: FileChange) => void) | null
  menuFor: (file: FileChange) => MenuGroups
}) {
  const id = useId()
  const scroller = useRef<HTMLDivElement>(null)
  const [menuPath, setMenuPath] = useState<string | null>(null)
  const { first, end, scrollTo } = useFixedRows(scroller, { count: files.length, rowHeight, overscan: 10 })
  const current = files.findIndex((file) => file.path === selected)
  const onKeyDown = (event: KeyboardEvent) => {
    const chosen = files[current]
    if (event.key === ' ' && onStage !== null && chosen !== undefined) {
      event.preventDefault()
      return onStage(chosen)
    }
    const next = { ArrowDown: current + 1, ArrowUp: current - 1, Home: 0, End: files.length - 1 }[event.key]
    if (next === undefined) return
    event.preventDefault()
    const file = files[Math.max(0, Math.min(files.length - 1, next))]
    if (file === undefined) return
    onSelect(file.path)
    scrollTo(files.indexOf(file))
  }
  const menuFile = files.find(({ path }) => path === (menuPath ?? selected))
  return (
    <div className={cx('flex min-h-0 flex-col', tall ? 'flex-1' : 'shrink')}>
      <ContextMenu groups={menuFile === undefined ? [] : menuFor(menuFile)}>
        <div
          ref={scroller}
          role="tree"
          aria-label="Changed files"
          tabIndex={0}
          aria-activedescendant={current < 0 ? undefined : `${id}${current}`}
          onKeyDown={onKeyDown}
          onClick={(event) => {
            const path = pathAt(event)
            if (path !== null) onSelect(path)
          }}
          onContextMenu={(event) => setMenuPath(pathAt(event))}
          className={cx('my-4 min-h-0 overflow-y-auto', tall ? 'flex-1' : 'max-h-commit-max')}
        >
          <div role="presentation" style={{ height: files.length * rowHeight }}>
            <div role="presentation" style={{ transform: `translateY(${first * rowHeight}px)` }}>
              {files.slice(first, end).map((file, nth) => (
                <Row
                  key={file.path}
                  id={`${id}${first + nth}`}
                  file={file}
                  place={first + nth + 1}
                  count={files.length}
                  selected={file.path === selected}
                  viewed={viewed.has(file.path)}
                  onStage={onStage}
                />
              ))}
            </div>
          </div>
        </div>
      </ContextMenu>
      {total > files.length && (
        <p className="shrink-0 px-12 py-4 text-12 text-warning">
          Showing {files.length} of {total} files. A commit takes all of them.
        </p>
      )}
    </div>
  )
}

function Row({
  id,
  file,
  place,
  count,
  selected,
  viewed,
  onStage,
}: {
  id: string
  file: FileChange
  place: number
  count: number
  selected: boolean
  viewed: boolean
  onStage: ((file: FileChange) => void) | null
}) {
  const kind = kindLetters[file.kind]
  const slash = file.path.lastIndexOf('/')
  return (
    <div
      id={id}
      role="treeitem"
      aria-level={1}
      aria-posinset={place}
      aria-setsize={count}
      aria-selected={selected}
      data-path={file.path}
      title={file.oldPath === null ? file.path : `${file.oldPath} → ${file.path}`}
      className={cx(
        'flex h-24 cursor-default items-center gap-8 px-12 text-12',
        selected ? 'bg-surface-3' : 'hover:bg-surface-2',
      )}
    >
      {onStage !== null && (
        // The row is one control for the keyboard: the space bar does the same.
        <input
          type="checkbox"
          aria-hidden
          tabIndex={-1}
          checked={file.staged === 'all'}
          ref={(box) => {
            if (box !== null) box.indeterminate = file.staged === 'part'
          }}
          title={file.staged === 'all' ? 'Unstage' : 'Stage'}
          onChange={() => onStage(file)}
          onClick={(event) => event.stopPropagation()}
        />
      )}
      <span aria-hidden className={cx('w-12 shrink-0 text-center font-medium', kind.look)}>
        {kind.letter}
      </span>
      <span className="sr-only">
        {`${file.path}, ${kind.word}${stagedWords[file.staged]}${viewed ? ', viewed' : ''}`}
      </span>
      <span aria-hidden className={cx('flex min-w-0 flex-1', viewed && 'text-text-muted')}>
        {slash >= 0 && <span className="truncate text-text-muted">{file.path.slice(0, slash + 1)}</span>}
        <span className="max-w-full shrink-0 truncate">{file.path.slice(slash + 1)}</span>
      </span>
      {viewed && <CircleCheck aria-hidden className="size-12 shrink-0 text-success" />}
      <span className="shrink-0">
        {file.added === null ? (
          <span className="text-text-faint">binary</span>
        ) : (
          <>
            <span className="text-diff-add">+{file.added}</span>{' '}
            <span className="text-diff-remove">−{file.removed ?? 0}</span>
          </>
        )}
      </span>
    </div>
  )
}

function pathAt(event: MouseEvent): string | null {
  const row = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-path]') : null
  return row?.dataset['path'] ?? null
}
