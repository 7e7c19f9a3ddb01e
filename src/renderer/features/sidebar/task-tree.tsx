import type { TaskSummary } from '@shared/domain'
import {
  type KeyboardEvent,
  type MouseEvent,
  useEffect,
  useId,
  useLayoutEffect,
  useRef,
  useState,
} from 'react'
import { openTask, taskOf, useWorkspace } from '../../app/workspace'
import { useFixedRows } from '../../ui/fixed-rows'
import { ContextMenu, type MenuGroups } from '../../ui/menu'
import { askToDelete } from '../lifecycle/lifecycle-actions'
import { lifecycleMenuOfMany } from '../lifecycle/lifecycle-menu'
import { markFound } from './filter-marks'
import { markedRange, noMarks, toggleMark } from './marks'
import { placeRepository, setFolded, setRenaming, setShowHidden, showAll, useSidebar } from './sidebar-state'
import { exportAction, repositoryMenu, taskMenu } from './task-actions'
import type { SidebarRow } from './task-groups'
import { TreeRow } from './task-row'

/** Height of a row, as the tokens have it: the list is never measured. */
const rowHeight = 32

/**
 * The list of tasks. One tab stop; arrows move, Enter opens, F2 renames, Delete deletes. With Shift and Ctrl (⌘) several
 * are marked, by pointer and keys, for what the menu can do with all of them.
 */
export function TaskTree({
  rows,
  login,
  words,
}: {
  rows: readonly SidebarRow[]
  login: string | null
  /** Of the filter, whose letters are marked. */
  words: readonly string[]
}) {
  const scroller = useRef<HTMLDivElement>(null)
  const id = useId()
  const selectedTask = useWorkspace((state) => taskOf(state.view))
  const renaming = useSidebar((state) => state.renaming)
  const [activeKey, setActiveKey] = useState<string | null>(null)
  const [focused, setFocused] = useState(false)
  const [menuKey, setMenuKey] = useState<string | null>(null)
  const [marks, setMarks] = useState(noMarks)
  /** The repository that is being dragged to another place. */
  const dragged = useRef<string | null>(null)
  /** Where a range of marks begins. */
  const anchor = useRef<string | null>(null)
  const indexOf = (key: string | null): number | undefined => {
    const index = key === null ? -1 : rows.findIndex((row) => row.key === key)
    return index < 0 ? undefined : index
  }
  const current = indexOf(activeKey) ?? indexOf(selectedTask) ?? 0

  const list = useFixedRows(scroller, { count: rows.length, rowHeight, overscan: 6 })

  useEffect(() => {
    const index = indexOf(selectedTask)
    if (index !== undefined) list.scrollTo(index)
    // Only a new choice scrolls; a list that changes under the reader does not.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [selectedTask])

  // After every drawing: the rows may be others, or say something else.
  useLayoutEffect(() => markFound(scroller.current, words))

  const move = (index: number) => {
    const bounded = Math.max(0, Math.min(rows.length - 1, index))
    const row = rows[bounded]
    if (row === undefined) return
    setActiveKey(row.key)
    list.scrollTo(bounded)
  }
  const extendTo = (index: number) => {
    const bounded = Math.max(0, Math.min(rows.length - 1, index))
    anchor.current ??= rows[current]?.key ?? null
    setMarks(markedRange(rows, indexOf(anchor.current) ?? current, bounded))
    move(bounded)
  }
  const toggle = (index: number) => {
    const row = rows[index]
    setMarks((known) => toggleMark(known, row, selectedTask))
    anchor.current = row?.key ?? null
  }
  const unmark = () => {
    setMarks(noMarks)
    anchor.current = null
  }
  /** What is done from the menu of a row, or by a key: with all that are marked, if it is one of them. */
  const tasksOf = (row: SidebarRow | undefined): TaskSummary[] => {
    if (row?.type !== 'task') return []
    if (!marks.has(row.key)) return [row.task]
    return rows.flatMap((one) => (one.type === 'task' && marks.has(one.key) ? [one.task] : []))
  }
  const activate = (row: SidebarRow) => {
    if (row.type === 'task') openTask(row.task.id)
    else if (row.type === 'repository') setFolded(row.repository.id, !row.collapsed)
    else if (row.type === 'more') showAll(row.repositoryId)
    else if (row.type === 'hidden') setShowHidden(!row.shown)
  }
  const fold = (row: SidebarRow | undefined, index: number, folded: boolean) => {
    if (row?.type === 'repository' && row.collapsed !== folded) setFolded(row.repository.id, folded)
    else if ((row?.type === 'task' || row?.type === 'more') && folded)
      move(rows.findLastIndex((one, at) => at < index && one.type !== 'task'))
    else if (row?.type === 'repository' && !folded) move(index + 1)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const row = rows[current]
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? rowHeight) / rowHeight) - 1)
    const actions: Record<string, () => void> = {
      ArrowDown: () => move(current + (activeKey === null && selectedTask === null ? 0 : 1)),
      ArrowUp: () => move(current - 1),
      PageDown: () => move(current + page),
      PageUp: () => move(current - page),
      Home: () => move(0),
      End: () => move(rows.length - 1),
      ArrowRight: () => fold(row, current, false),
      ArrowLeft: () => fold(row, current, true),
      Enter: () => row !== undefined && activate(row),
      ' ': () => row !== undefined && activate(row),
      Delete: () => askToDelete(tasksOf(row).filter(({ status }) => status !== 'virtual')),
      Escape: unmark,
      F2: () => row?.type === 'task' && row.task.status !== 'archived' && setRenaming(row.task.id),
    }
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page }
    const step = steps[event.key]
    if (event.shiftKey && step !== undefined) {
      event.preventDefault()
      return extendTo(current + step)
    }
    if ((event.ctrlKey || event.metaKey) && event.key === ' ') {
      event.preventDefault()
      return toggle(current)
    }
    const action = actions[event.key]
    if (action === undefined || event.metaKey || event.ctrlKey || event.altKey) return
    // Nothing to back out of: whoever stands above may close.
    if (event.key === 'Escape' && marks.size === 0) return
    event.preventDefault()
    action()
  }
  const keyAt = (event: MouseEvent): string | null =>
    event.target instanceof Element
      ? (event.target.closest<HTMLElement>('[data-row]')?.dataset['row'] ?? null)
      : null
  const rowAt = (key: string | null): SidebarRow | undefined => rows[indexOf(key) ?? -1]

  /** Those that stand in the list, in their order. */
  const repositories = (): string[] => rows.flatMap((row) => (row.type === 'repository' ? [row.key] : []))

  const active = rows[current]
  return (
    <ContextMenu groups={menuFor(rowAt(menuKey), tasksOf(rowAt(menuKey)), repositories)}>
      <div
        ref={scroller}
        role="tree"
        aria-label="Tasks"
        aria-multiselectable
        tabIndex={0}
        aria-activedescendant={focused && active !== undefined ? `${id}${active.key}` : undefined}
        className="@container min-h-0 flex-1 overflow-y-auto bg-surface-1"
        onFocus={(event) => setFocused(event.target === event.currentTarget)}
        onBlur={() => setFocused(false)}
        onKeyDown={onKeyDown}
        onClick={(event) => {
          const row = rowAt(keyAt(event))
          if (row === undefined) return
          const index = indexOf(row.key) ?? current
          if (event.shiftKey) return extendTo(index)
          setActiveKey(row.key)
          if (event.ctrlKey || event.metaKey) return toggle(index)
          unmark()
          activate(row)
        }}
        onDragStart={(event) => {
          dragged.current = keyAt(event)
        }}
        onDragOver={(event) => {
          if (rowAt(keyAt(event))?.type === 'repository' && dragged.current !== null) event.preventDefault()
        }}
        onDrop={(event) => {
          event.preventDefault()
          if (dragged.current !== null) placeRepository(repositories(), dragged.current, keyAt(event) ?? '')
          dragged.current = null
        }}
        onContextMenu={(event) => {
          // From the keyboard, the menu belongs to the active row.
          setMenuKey(keyAt(event) ?? active?.key ?? null)
        }}
      >
        <div role="presentation" style={{ height: rows.length * rowHeight }}>
          <div role="presentation" style={{ transform: `translateY(${list.first * rowHeight}px)` }}>
            {rows.slice(list.first, list.end).map((row, nth) => (
              <TreeRow
                key={row.key}
                id={`${id}${row.key}`}
                row={row}
                login={login}
                selected={row.type === 'task' && (row.task.id === selectedTask || marks.has(row.key))}
                active={focused && row === active}
                renaming={row.type === 'task' && row.task.id === renaming}
                position={list.first + nth + 1}
                size={rows.length}
              />
            ))}
          </div>
        </div>
      </div>
    </ContextMenu>
  )
}

function menuFor(
  row: SidebarRow | undefined,
  tasks: readonly TaskSummary[],
  shown: () => string[],
): MenuGroups {
  if (tasks.length > 1) {
    const own = tasks.filter(({ status }) => status !== 'virtual')
    return [own.length === 0 ? [] : [exportAction(own)], lifecycleMenuOfMany(tasks)]
  }
  if (row?.type === 'task') return taskMenu(row.task)
  if (row?.type === 'repository') return repositoryMenu(row.repository, shown())
  return []
}
