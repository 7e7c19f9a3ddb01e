import { type KeyboardEvent, type ReactNode, useEffect, useId, useMemo, useRef, useState } from 'react'
import { cx } from './cx'
import { useFixedRows } from './fixed-rows'
import { ContextMenu, type MenuGroups } from './menu'

export interface ListBoxProps<Row> {
  label: string
  rows: readonly Row[]
  keyOf: (row: Row) => string
  /** What a screen reader says for a row, where that is not all that stands in it. */
  nameOf?: (row: Row) => string
  /** Same for every row: the list is never measured. */
  rowHeight: number
  selectedKey: string | null
  onSelect: (row: Row) => void
  /** Its own contents must be memoised: it is called for every row on screen whenever the list is drawn. */
  children: (row: Row) => ReactNode
  menuFor?: (row: Row) => MenuGroups
  /** The list stands beside others: the right and left arrow keys go to the next one and the one before. */
  onSide?: (step: 1 | -1) => void
  /** The end of what is known came into reach. */
  onNearEnd?: () => void
  /** Stands after the last row. */
  foot?: ReactNode
  /** Changes when the list is about something else: it then starts at its top again. */
  subject?: string
  /** The row that stands at the top when the list is first drawn. */
  startAt?: number
  /** Told which row stands at the top. */
  onTop?: (index: number) => void
}

/** How many rows before the end the next page is asked for. */
const nearEnd = 30

/** A long list of things to choose from. One tab stop; arrows move, Enter chooses. */
export function ListBox<Row>(props: ListBoxProps<Row>) {
  const { label, rows, keyOf, nameOf, rowHeight, selectedKey, onSelect, children, menuFor, foot } = props
  const { onNearEnd, subject, onTop, onSide, startAt = 0 } = props
  const scroller = useRef<HTMLDivElement>(null)
  const id = useId()
  const [chosen, setChosen] = useState<{ subject: string | undefined; key: string }>()
  const activeKey = chosen !== undefined && chosen.subject === subject ? chosen.key : null
  const setActiveKey = (key: string) => setChosen({ subject, key })
  const [focused, setFocused] = useState(false)
  const [menuKey, setMenuKey] = useState<string | null>(null)
  const indexOf = useMemo(() => new Map(rows.map((row, index) => [keyOf(row), index])), [rows, keyOf])
  const known = indexOf.get(activeKey ?? '') ?? indexOf.get(selectedKey ?? '')
  const current = known ?? 0

  const { first, end, top, scrollTo } = useFixedRows(scroller, {
    count: rows.length,
    rowHeight,
    overscan: 10,
  })

  useEffect(() => {
    if (rows.length > 0 && end > rows.length - nearEnd) onNearEnd?.()
  }, [end, rows.length, onNearEnd])
  useEffect(() => onTop?.(top), [top, onTop])
  const start = useRef(startAt * rowHeight)
  useEffect(() => {
    scroller.current?.scrollTo({ top: start.current })
    start.current = 0
    // Another subject is all there is to wait for.
    // oxlint-disable-next-line react/exhaustive-effect-dependencies
  }, [subject])

  const move = (index: number) => {
    const bounded = Math.max(0, Math.min(rows.length - 1, index))
    const row = rows[bounded]
    if (row === undefined) return
    setActiveKey(keyOf(row))
    scrollTo(bounded)
  }
  const active = rows[current]
  const onKeyDown = (event: KeyboardEvent) => {
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? rowHeight) / rowHeight) - 1)
    const choose = () => {
      if (active === undefined) return
      setActiveKey(keyOf(active))
      onSelect(active)
    }
    const actions: Record<string, () => void> = {
      ArrowDown: () => move(known === undefined ? 0 : current + 1),
      ArrowUp: () => move(current - 1),
      PageDown: () => move(current + page),
      PageUp: () => move(current - page),
      Home: () => move(0),
      End: () => move(rows.length - 1),
      Enter: choose,
      ' ': choose,
      ...(onSide !== undefined && { ArrowRight: () => onSide(1), ArrowLeft: () => onSide(-1) }),
    }
    const action = actions[event.key]
    if (action === undefined || event.metaKey || event.ctrlKey || event.altKey) return
    event.preventDefault()
    action()
  }
  const menuRow = rows[indexOf.get(menuKey ?? '') ?? -1]
  const list = (
    <div
      ref={scroller}
      // Rows of a list that is drawn in part are no `option` elements, which cannot hold them.
      // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role
      role="listbox"
      aria-label={label}
      tabIndex={0}
      aria-activedescendant={focused && active !== undefined ? `${id}${keyOf(active)}` : undefined}
      className="@container min-h-0 flex-1 overflow-x-hidden overflow-y-auto -outline-offset-2"
      onFocus={(event) => setFocused(event.target === event.currentTarget)}
      onBlur={() => setFocused(false)}
      onKeyDown={onKeyDown}
      onClick={(event) => {
        const row = rows[indexOf.get(keyAt(event.target) ?? '') ?? -1]
        if (row === undefined) return
        setActiveKey(keyOf(row))
        onSelect(row)
      }}
      onContextMenu={(event) => {
        // From the keyboard, the menu belongs to the active row.
        setMenuKey(keyAt(event.target) ?? (active === undefined ? null : keyOf(active)))
      }}
    >
      <div role="presentation" style={{ height: rows.length * rowHeight }}>
        <div role="presentation" style={{ transform: `translateY(${first * rowHeight}px)` }}>
          {rows.slice(first, end).map((row, nth) => {
            const key = keyOf(row)
            const selected = key === selectedKey
            return (
              <div
                key={key}
                id={`${id}${key}`}
                data-row={key}
                // As the list itself: an `option` element holds text alone.
                // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role
                role="option"
                tabIndex={-1}
                aria-selected={selected}
                aria-posinset={first + nth + 1}
                aria-setsize={foot === undefined ? rows.length : -1}
                className={cx(
                  'cursor-default border-b border-line outline-none contain-strict',
                  selected
                    ? 'bg-surface-3'
                    : focused && row === active
                      ? 'bg-surface-2'
                      : 'hover:bg-surface-1',
                )}
                style={{ height: rowHeight }}
              >
                {nameOf === undefined ? (
                  children(row)
                ) : (
                  <>
                    <span className="sr-only">{nameOf(row)}</span>
                    <div aria-hidden className="h-full">
                      {children(row)}
                    </div>
                  </>
                )}
              </div>
            )
          })}
        </div>
      </div>
      {foot}
    </div>
  )
  if (menuFor === undefined) return list
  return <ContextMenu groups={menuRow === undefined ? [] : menuFor(menuRow)}>{list}</ContextMenu>
}

function keyAt(target: EventTarget): string | null {
  return target instanceof Element
    ? (target.closest<HTMLElement>('[data-row]')?.dataset['row'] ?? null)
    : null
}
