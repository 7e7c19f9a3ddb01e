import type { FileChange, GitState } from '@shared/domain'
import type { FileEntry } from '@shared/files'
import type { CheckpointId, TaskId } from '@shared/ids'
import { ChevronRight, File, FileQuestion, FileSymlink, Folder, FolderGit2 } from 'lucide-react'
import {
  type ComponentType,
  type KeyboardEvent,
  type MouseEvent,
  useEffect,
  useId,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react'
import { Button } from '../../ui/button'
import { cx } from '../../ui/cx'
import { useFixedRows } from '../../ui/fixed-rows'
import { ContextMenu, type MenuGroups } from '../../ui/menu'
import { ErrorNotice } from '../../ui/notice'
import { Waiting } from '../../ui/progress'
import { kindLetters } from '../changes/file-list'
import { withUnseen } from '../transcript/text-guard'
import { type TreeRow, treeOf } from './tree-state'

const rowHeight = 24

const icons: Record<FileEntry['kind'], ComponentType<{ className: string }>> = {
  folder: Folder,
  file: File,
  link: FileSymlink,
  submodule: FolderGit2,
  other: FileQuestion,
}
const kindWords: Record<FileEntry['kind'], string> = {
  folder: 'folder',
  file: '',
  link: 'link',
  submodule: 'repository inside',
  other: 'no plain file',
}

type Changed = ReadonlyMap<string, FileChange['kind'] | 'inside'>

/** What the task changed, and the folders it is in. */
function changedOf(git: GitState | undefined): Changed {
  const changed = new Map<string, FileChange['kind'] | 'inside'>()
  for (const { path, kind } of [...(git?.base ?? []), ...(git?.uncommitted ?? [])]) {
    changed.set(path, kind)
    for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1))
      changed.set(path.slice(0, slash), 'inside')
  }
  return changed
}

/** Folders and files. One tab stop; arrows move, right and left unfold and fold, Enter opens. */
export function FileTreeView({
  taskId,
  at,
  git,
  readAt,
  shown,
  onOpen,
  menuFor,
}: {
  taskId: TaskId
  at: CheckpointId | null
  git: GitState | undefined
  /** Another time, and what is unfolded is read again. */
  readAt: number
  /** The file that is on screen. */
  shown: string | null
  /** `keep`: it is to stay open. */
  onOpen: (path: string, keep: boolean) => void
  menuFor: (path: string) => MenuGroups
}) {
  const tree = treeOf(taskId, at)
  const { rows, error, reading, partial } = useSyncExternalStore(tree.subscribe, tree.snapshot)
  const changed = useMemo(() => (at === null ? changedOf(git) : new Map()), [at, git])
  useEffect(() => {
    tree.refresh()
    // A state that was read at another time asks for it again.
    // oxlint-disable-next-line react/exhaustive-effect-dependencies
  }, [tree, readAt])
  const id = useId()
  const scroller = useRef<HTMLDivElement>(null)
  // Another file on screen is where the keyboard goes on from.
  const [moved, setMoved] = useState<{ path: string; from: string | null } | null>(null)
  const chosen = moved !== null && moved.from === shown ? moved.path : shown
  const setChosen = (path: string) => setMoved({ path, from: shown })
  const [focused, setFocused] = useState(false)
  const [menuPath, setMenuPath] = useState<string | null>(null)
  const { first, end, scrollTo } = useFixedRows(scroller, { count: rows.length, rowHeight, overscan: 10 })
  const indexOf = (path: string | null) =>
    path === null ? -1 : rows.findIndex((row) => row.type === 'entry' && row.path === path)
  const current = indexOf(chosen)

  // What is on screen is shown in the tree, once; then the person goes on in it.
  const revealed = useRef<string | null>(null)
  useEffect(() => {
    if (shown === null || revealed.current === shown) return
    tree.reveal(shown)
    const index = tree.snapshot().rows.findIndex((row) => row.type === 'entry' && row.path === shown)
    if (index < 0) return
    revealed.current = shown
    scrollTo(index)
    // Its folders may have to be read first, and then there are other rows.
    // oxlint-disable-next-line react/exhaustive-effect-dependencies
  }, [tree, shown, rows, scrollTo])

  const move = (index: number, step: 1 | -1) => {
    let target = Math.max(0, Math.min(rows.length - 1, index))
    while (rows[target]?.type === 'note' && rows[target + step] !== undefined) target += step
    const row = rows[target]
    if (row?.type !== 'entry') return
    setChosen(row.path)
    scrollTo(target)
  }
  const act = (row: TreeRow, keep: boolean) => {
    if (row.type !== 'entry') return
    setChosen(row.path)
    if (row.open === null) onOpen(row.path, keep)
    else tree.toggle(row.path)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const row = rows[current]
    const actions: Record<string, () => void> = {
      ArrowDown: () => move(current + 1, 1),
      ArrowUp: () => move(current - 1, -1),
      PageDown: () => move(current + 15, 1),
      PageUp: () => move(current - 15, -1),
      Home: () => move(0, 1),
      End: () => move(rows.length - 1, -1),
      Enter: () => row !== undefined && act(row, true),
      ' ': () => row !== undefined && act(row, false),
      ArrowRight: () => {
        if (row?.type !== 'entry') return
        if (row.open === false) tree.toggle(row.path, true)
        else if (row.open === true) move(current + 1, 1)
      },
      ArrowLeft: () => {
        if (row?.type !== 'entry') return
        if (row.open === true) return tree.toggle(row.path, false)
        const slash = row.path.lastIndexOf('/')
        if (slash > 0) move(indexOf(row.path.slice(0, slash)), -1)
      },
    }
    const action = actions[event.key]
    if (action === undefined) return
    event.preventDefault()
    action()
  }
  if (error !== null)
    return (
      <div className="min-h-0 flex-1 overflow-y-auto p-8">
        <ErrorNotice
          error={error}
          actions={
            <Button size="small" onClick={() => tree.refresh()}>
              Read again
            </Button>
          }
        />
      </div>
    )
  if (reading) return <Waiting>Reading the files</Waiting>
  const menuTarget = menuPath ?? chosen
  return (
    <>
      {partial && (
        <p className="shrink-0 px-12 pt-6 text-12 text-text-muted">
          The checkout is gone from this computer. These are the files that the turn changed.
        </p>
      )}
      <ContextMenu groups={menuTarget === null ? [] : menuFor(menuTarget)}>
        <div
          ref={scroller}
          role="tree"
          aria-label="Files"
          tabIndex={0}
          aria-activedescendant={focused && current >= first && current < end ? `${id}${current}` : undefined}
          onFocus={() => {
            setFocused(true)
            if (current < 0) move(0, 1)
          }}
          onBlur={() => setFocused(false)}
          onKeyDown={onKeyDown}
          onClick={(event) => {
            const row = rows[indexOf(pathAt(event))]
            if (row !== undefined) act(row, event.detail > 1)
          }}
          onContextMenu={(event) => setMenuPath(pathAt(event))}
          className="min-h-0 flex-1 overflow-x-hidden overflow-y-auto py-4 -outline-offset-2"
        >
          <div role="presentation" style={{ height: rows.length * rowHeight }}>
            <div role="presentation" style={{ transform: `translateY(${first * rowHeight}px)` }}>
              {rows.slice(first, end).map((row, nth) => (
                <Row
                  key={row.path}
                  id={`${id}${first + nth}`}
                  row={row}
                  active={focused && first + nth === current}
                  selected={row.path === shown}
                  change={changed.get(row.path)}
                />
              ))}
            </div>
          </div>
        </div>
      </ContextMenu>
    </>
  )
}

function Row({
  id,
  row,
  active,
  selected,
  change,
}: {
  id: string
  row: TreeRow
  active: boolean
  selected: boolean
  change: FileChange['kind'] | 'inside' | undefined
}) {
  const indent = { paddingInlineStart: `calc(var(--spacing-12) * ${Math.min(row.level, 20)})` }
  if (row.type === 'note')
    return (
      <div
        role="presentation"
        style={indent}
        className="flex h-24 items-center truncate pe-8 text-12 text-text-faint"
      >
        <span className="truncate ps-16">{row.text}</span>
      </div>
    )
  const { entry, open } = row
  const Icon = icons[entry.kind]
  const letter = change === undefined || change === 'inside' ? null : kindLetters[change]
  const words = [
    entry.name,
    kindWords[entry.kind],
    letter?.word ?? (change === 'inside' ? 'with changes' : ''),
    entry.ignored ? 'ignored by git' : '',
  ]
  return (
    <div
      id={id}
      role="treeitem"
      aria-level={row.level}
      aria-posinset={row.place}
      aria-setsize={row.count}
      aria-selected={selected}
      {...(open === null ? {} : { 'aria-expanded': open })}
      data-path={row.path}
      title={row.path}
      style={indent}
      className={cx(
        'flex h-24 cursor-default items-center gap-4 pe-8 text-12',
        selected ? 'bg-surface-3' : active ? 'bg-surface-2' : 'hover:bg-surface-2',
        entry.ignored && 'text-text-faint',
      )}
    >
      <span className="sr-only">{words.filter((word) => word !== '').join(', ')}</span>
      <ChevronRight
        aria-hidden
        className={cx(
          'size-12 shrink-0 text-text-faint',
          open === null && 'invisible',
          open === true && 'rotate-90',
        )}
      />
      <Icon aria-hidden className="size-12 shrink-0 text-text-faint" />
      <span aria-hidden className="min-w-0 flex-1 truncate">
        {withUnseen(entry.name)}
      </span>
      {letter !== null && (
        <span aria-hidden className={cx('w-12 shrink-0 text-center font-medium', letter.look)}>
          {letter.letter}
        </span>
      )}
      {change === 'inside' && (
        <span aria-hidden className="flex w-12 shrink-0 justify-center">
          <span className="size-4 rounded-full bg-line-strong" />
        </span>
      )}
    </div>
  )
}

function pathAt(event: MouseEvent): string | null {
  const row = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-path]') : null
  return row?.dataset['path'] ?? null
}
