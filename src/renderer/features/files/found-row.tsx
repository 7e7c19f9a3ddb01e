import { ChevronRight } from 'lucide-react'
import { cx } from '../../ui/cx'
import { withUnseen } from '../transcript/text-guard'
import type { SearchRow } from './search-state'

/** A file with something in it that was searched for, or one line of it. */
export function FoundRow({
  id,
  index,
  row,
  active,
  focused,
}: {
  id: string
  index: number
  row: SearchRow
  active: boolean
  focused: boolean
}) {
  const look = cx(
    'flex h-24 cursor-default items-center gap-6 pe-8 text-12',
    active ? (focused ? 'bg-surface-3' : 'bg-surface-2') : 'hover:bg-surface-2',
  )
  if (row.type === 'file') {
    const slash = row.path.lastIndexOf('/')
    return (
      <div
        id={id}
        data-index={index}
        role="treeitem"
        aria-level={1}
        aria-expanded={row.open}
        aria-selected={active}
        title={row.path}
        className={cx(look, 'ps-8')}
      >
        <span className="sr-only">{`${row.path}, ${row.count} ${row.count === 1 ? 'line' : 'lines'}`}</span>
        <ChevronRight
          aria-hidden
          className={cx('size-12 shrink-0 text-text-faint', row.open && 'rotate-90')}
        />
        <span aria-hidden className="max-w-full shrink-0 truncate font-medium">
          {withUnseen(row.path.slice(slash + 1))}
        </span>
        <span aria-hidden className="min-w-0 flex-1 truncate text-text-faint">
          {withUnseen(row.path.slice(0, Math.max(0, slash)))}
        </span>
        <span aria-hidden className="shrink-0 text-text-faint">
          {row.count}
        </span>
      </div>
    )
  }
  const { place } = row
  return (
    <div
      id={id}
      data-index={index}
      role="treeitem"
      aria-level={2}
      aria-selected={active}
      title={withUnseen(place.text.trim())}
      className={cx(look, 'ps-24')}
    >
      <span className="sr-only">{`Line ${place.line}: ${withUnseen(place.text.trim())}`}</span>
      <span aria-hidden className="w-32 shrink-0 text-end text-text-faint">
        {place.line}
      </span>
      <span aria-hidden className="code-text min-w-0 flex-1 truncate whitespace-pre">
        {place.before > 0 && '…'}
        <Marked text={place.text} marks={place.marks} trim={place.before === 0} />
      </span>
    </div>
  )
}

function Marked({
  text,
  marks,
  trim,
}: {
  text: string
  marks: readonly (readonly [number, number])[]
  trim: boolean
}) {
  const parts = []
  // What is indented far would leave no room for the words.
  let at = trim ? Math.min(text.search(/\S|$/), marks[0]?.[0] ?? 0) : 0
  for (const [from, to] of marks) {
    if (from < at) continue
    parts.push(withUnseen(text.slice(at, from)))
    parts.push(
      <mark key={from} className="rounded-4 bg-selection text-text">
        {withUnseen(text.slice(from, to))}
      </mark>,
    )
    at = to
  }
  parts.push(withUnseen(text.slice(at)))
  return <>{parts}</>
}
