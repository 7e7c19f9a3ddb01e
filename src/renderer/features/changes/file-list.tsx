import type { FileChange } from '@shared/domain'
import { Copy } from 'lucide-react'
import { type KeyboardEvent, type MouseEvent, useId, useRef, useState } from 'react'
import { copyText } from '../../ui/copy-button'
import { cx } from '../../ui/cx'
import { useFixedRows } from '../../ui/fixed-rows'
import { ContextMenu } from '../../ui/menu'

const rowHeight = 24

const letters: Record<FileChange['kind'], { letter: string; word: string; look: string }> = {
  added: { letter: 'A', word: 'added', look: 'text-diff-add' },
  modified: { letter: 'M', word: 'modified', look: 'text-text-muted' },
  deleted: { letter: 'D', word: 'deleted', look: 'text-diff-remove' },
  renamed: { letter: 'R', word: 'renamed', look: 'text-info' },
  copied: { letter: 'C', word: 'copied', look: 'text-info' },
  type_changed: { letter: 'T', word: 'type changed', look: 'text-text-muted' },
  unmerged: { letter: 'U', word: 'in conflict', look: 'text-warning' },
}

/** The files of a comparison. One tab stop; arrows choose, and what is chosen shows its diff. */
export function FileList({
  files,
  total,
  selected,
  onSelect,
}: {
  files: readonly FileChange[]
  /** How many there are when the list was cut. */
  total: number
  selected: string
  onSelect: (path: string) => void
}) {
  const id = useId()
  const scroller = useRef<HTMLDivElement>(null)
  const [menuPath, setMenuPath] = useState<string | null>(null)
  const { first, end, scrollTo } = useFixedRows(scroller, { count: files.length, rowHeight, overscan: 10 })
  const current = files.findIndex((file) => file.path === selected)
  const onKeyDown = (event: KeyboardEvent) => {
    const next = { ArrowDown: current + 1, ArrowUp: current - 1, Home: 0, End: files.length - 1 }[event.key]
    if (next === undefined) return
    event.preventDefault()
    const file = files[Math.max(0, Math.min(files.length - 1, next))]
    if (file === undefined) return
    onSelect(file.path)
    scrollTo(files.indexOf(file))
  }
  return (
    <div className="flex min-h-0 shrink flex-col">
      <ContextMenu
        groups={[
          [
            {
              label: 'Copy path',
              icon: <Copy className="size-12" />,
              onSelect: () => copyText(menuPath ?? selected),
            },
          ],
        ]}
      >
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
          className="my-4 max-h-commit-max min-h-0 overflow-y-auto"
        >
          <div role="presentation" style={{ height: files.length * rowHeight }}>
            <div role="presentation" style={{ transform: `translateY(${first * rowHeight}px)` }}>
              {files.slice(first, end).map((file, nth) => {
                const kind = letters[file.kind]
                const slash = file.path.lastIndexOf('/')
                return (
                  <div
                    key={file.path}
                    id={`${id}${first + nth}`}
                    role="treeitem"
                    aria-level={1}
                    aria-posinset={first + nth + 1}
                    aria-setsize={files.length}
                    aria-selected={file.path === selected}
                    data-path={file.path}
                    title={file.oldPath === null ? file.path : `${file.oldPath} → ${file.path}`}
                    className={cx(
                      'flex h-24 cursor-default items-center gap-8 px-12 text-12',
                      file.path === selected ? 'bg-surface-3' : 'hover:bg-surface-2',
                    )}
                  >
                    <span aria-hidden className={cx('w-12 shrink-0 text-center font-medium', kind.look)}>
                      {kind.letter}
                    </span>
                    <span className="sr-only">{`${file.path}, ${kind.word}`}</span>
                    <span aria-hidden className="flex min-w-0 flex-1">
                      {slash >= 0 && (
                        <span className="truncate text-text-muted">{file.path.slice(0, slash + 1)}</span>
                      )}
                      <span className="max-w-full shrink-0 truncate">{file.path.slice(slash + 1)}</span>
                    </span>
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
              })}
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

function pathAt(event: MouseEvent): string | null {
  const row = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-path]') : null
  return row?.dataset['path'] ?? null
}
