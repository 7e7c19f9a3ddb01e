import type { CheckpointId, TaskId } from '@shared/ids'
import { CaseSensitive, EyeOff, ListFilter, Regex, WholeWord, X } from 'lucide-react'
import {
  type KeyboardEvent,
  type MouseEvent,
  useEffect,
  useId,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react'
import { useWorkspace } from '../../app/workspace'
import { Button, IconButton } from '../../ui/button'
import { cx } from '../../ui/cx'
import { inputLook } from '../../ui/field'
import { useFixedRows } from '../../ui/fixed-rows'
import { ErrorNotice } from '../../ui/notice'
import { FoundRow } from './found-row'
import { type SearchRow, type SearchSnapshot, searchOf } from './search-state'

const rowHeight = 24
/** Typing pauses so long before it is searched. */
const pauseMs = 250
/** So many rows before the end, the next page is read. */
const nearEnd = 60

/** How often the search was asked for when it last got the focus. */
let answered = 0

/** Words in the files of a task: what is found, by file, each with its line. */
export function FileSearchView({
  taskId,
  at,
  onOpen,
}: {
  taskId: TaskId
  at: CheckpointId | null
  /** `keep`: it is to stay open, and gets the keyboard. */
  onOpen: (path: string, line: number, keep: boolean) => void
}) {
  const search = searchOf(taskId)
  const state = useSyncExternalStore(search.subscribe, search.snapshot)
  const field = useRef<HTMLInputElement>(null)
  const list = useRef<HTMLDivElement>(null)
  const { query, details } = state

  const asked = useWorkspace(({ fileSearchAsked }) => fileSearchAsked)
  useEffect(() => {
    // Once each time: it also comes on screen when the window becomes larger.
    if (answered === asked) return
    answered = asked
    field.current?.focus()
    field.current?.select()
  }, [asked])

  // What was typed is searched after a pause, and what is chosen at once; the same again is not.
  const key = JSON.stringify([query, at])
  const searched = useRef(state.done || state.busy ? key : JSON.stringify([{ ...query, words: '' }, at]))
  useEffect(() => {
    if (searched.current === key) return undefined
    const timer = setTimeout(() => {
      searched.current = key
      search.start(at)
    }, pauseMs)
    return () => clearTimeout(timer)
  }, [search, key, at])
  const now = () => {
    searched.current = key
    search.start(at)
  }

  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <search className="flex shrink-0 flex-col gap-4 border-b border-line p-8">
        <div className="flex flex-wrap items-center gap-2">
          <span className="flex min-w-split-min flex-1">
            <input
              ref={field}
              type="search"
              aria-label="Search in files"
              placeholder="Search in files"
              value={query.words}
              spellCheck={false}
              onChange={(event) => search.setQuery({ words: event.target.value })}
              onKeyDown={(event) => {
                if (event.key === 'Enter') {
                  event.preventDefault()
                  now()
                } else if (event.key === 'ArrowDown' && state.rows.length > 0) {
                  event.preventDefault()
                  list.current?.focus()
                }
              }}
              className={cx(inputLook, 'h-24 flex-1')}
            />
          </span>
          <IconButton
            label="Match case"
            pressed={query.matchCase}
            onClick={() => search.setQuery({ matchCase: !query.matchCase })}
          >
            <CaseSensitive className="size-16" />
          </IconButton>
          <IconButton
            label="Whole words"
            pressed={query.wholeWords}
            onClick={() => search.setQuery({ wholeWords: !query.wholeWords })}
          >
            <WholeWord className="size-16" />
          </IconButton>
          <IconButton
            label="Regular expression"
            pressed={query.regex}
            onClick={() => search.setQuery({ regex: !query.regex })}
          >
            <Regex className="size-12" />
          </IconButton>
          <IconButton
            label="Which files"
            pressed={details}
            aria-expanded={details}
            onClick={() => search.setDetails(!details)}
          >
            <ListFilter className="size-12" />
          </IconButton>
        </div>
        {details && (
          <div className="flex flex-col gap-4">
            <Pattern
              label="Only in"
              placeholder="src/**, *.ts"
              value={query.include}
              onChange={(include) => search.setQuery({ include })}
            />
            <div className="flex items-center gap-2">
              <Pattern
                label="Not in"
                placeholder="dist, *.min.js"
                value={query.exclude}
                onChange={(exclude) => search.setQuery({ exclude })}
              />
              {at === null && (
                <IconButton
                  label="Also files that git ignores"
                  pressed={query.ignored}
                  onClick={() => search.setQuery({ ignored: !query.ignored })}
                >
                  <EyeOff className="size-12" />
                </IconButton>
              )}
            </div>
          </div>
        )}
        <div className="flex min-h-24 items-center gap-6 text-12 text-text-muted">
          <output className="min-w-0 flex-1">{resultText(state)}</output>
          {state.busy && (
            <Button size="small" icon={<X className="size-12" />} onClick={() => search.stop()}>
              Stop
            </Button>
          )}
        </div>
      </search>
      {state.error !== null && (
        <div className="max-h-list shrink-0 overflow-y-auto p-8">
          <ErrorNotice
            error={state.error}
            actions={
              <Button size="small" onClick={now}>
                Search again
              </Button>
            }
          />
        </div>
      )}
      <Found
        list={list}
        rows={state.rows}
        onOpen={onOpen}
        onFold={(path, folded) => search.fold(path, folded)}
        onNearEnd={() => search.readMore()}
      />
    </div>
  )
}

function resultText({ busy, done, places, files, more, stopped, query }: SearchSnapshot): string {
  if (query.words === '') return 'Words in the files of this task'
  if (places === 0) return busy || !done ? 'Searching' : stopped ? 'Stopped' : 'Nothing found'
  const count = places.toLocaleString('en')
  const where = `${files.toLocaleString('en')} ${files === 1 ? 'file' : 'files'}`
  const what = `${count}${more ? ' or more' : ''} ${places === 1 ? 'line' : 'lines'} in ${where}`
  if (busy) return `${what} so far`
  if (stopped) return `${what}, stopped`
  if (more && places >= 20_000)
    return `The first ${count} lines, in ${where}. Narrow the search down for the others.`
  return what
}

function Pattern({
  label,
  placeholder,
  value,
  onChange,
}: {
  label: string
  placeholder: string
  value: string
  onChange: (value: string) => void
}) {
  return (
    <label className="flex min-w-0 flex-1 items-center gap-6 text-12 text-text-muted">
      <span className="w-48 shrink-0">{label}</span>
      <input
        type="text"
        placeholder={placeholder}
        value={value}
        spellCheck={false}
        onChange={(event) => onChange(event.target.value)}
        className={cx(inputLook, 'h-24')}
      />
    </label>
  )
}

function Found({
  list,
  rows,
  onOpen,
  onFold,
  onNearEnd,
}: {
  list: React.RefObject<HTMLDivElement | null>
  rows: readonly SearchRow[]
  onOpen: (path: string, line: number, keep: boolean) => void
  onFold: (path: string, folded: boolean) => void
  onNearEnd: () => void
}) {
  const id = useId()
  const [current, setCurrent] = useState(-1)
  const [focused, setFocused] = useState(false)
  const { first, end, scrollTo } = useFixedRows(list, { count: rows.length, rowHeight, overscan: 10 })
  useEffect(() => {
    if (rows.length > 0 && end > rows.length - nearEnd) onNearEnd()
  }, [end, rows.length, onNearEnd])
  const at = Math.min(current, rows.length - 1)
  const go = (index: number, opens: boolean) => {
    const target = Math.max(0, Math.min(rows.length - 1, index))
    setCurrent(target)
    scrollTo(target)
    const row = rows[target]
    if (opens && row?.type === 'place') onOpen(row.place.path, row.place.line, false)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const row = rows[at]
    const fileAt = (index: number) => {
      let head = index
      while (head > 0 && rows[head]?.type !== 'file') head -= 1
      return head
    }
    const actions: Record<string, () => void> = {
      ArrowDown: () => go(at + 1, true),
      ArrowUp: () => go(at - 1, true),
      PageDown: () => go(at + 12, false),
      PageUp: () => go(at - 12, false),
      Home: () => go(0, false),
      End: () => go(rows.length - 1, false),
      Enter: () => {
        if (row?.type === 'place') onOpen(row.place.path, row.place.line, true)
        else if (row !== undefined) onFold(row.path, row.open)
      },
      ArrowLeft: () => {
        if (row?.type === 'file') return onFold(row.path, true)
        go(fileAt(at), false)
      },
      ArrowRight: () => {
        if (row?.type === 'file') onFold(row.path, false)
      },
    }
    const action = actions[event.key]
    if (action === undefined) return
    event.preventDefault()
    action()
  }
  const onClick = (event: MouseEvent) => {
    const target = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-index]') : null
    const index = Number(target?.dataset['index'] ?? -1)
    const row = rows[index]
    if (row === undefined) return
    setCurrent(index)
    if (row.type === 'file') onFold(row.path, row.open)
    else onOpen(row.place.path, row.place.line, event.detail > 1)
  }
  return (
    <div
      ref={list}
      role="tree"
      aria-label="Found in files"
      tabIndex={0}
      aria-activedescendant={focused && at >= first && at < end ? `${id}${at}` : undefined}
      onFocus={() => {
        setFocused(true)
        if (current < 0 && rows.length > 0) go(0, false)
      }}
      onBlur={() => setFocused(false)}
      onKeyDown={onKeyDown}
      onClick={onClick}
      className={cx(
        'min-h-0 flex-1 overflow-x-hidden overflow-y-auto -outline-offset-2',
        rows.length === 0 && 'hidden',
      )}
    >
      <div role="presentation" style={{ height: rows.length * rowHeight }}>
        <div role="presentation" style={{ transform: `translateY(${first * rowHeight}px)` }}>
          {rows.slice(first, end).map((row, nth) => (
            <FoundRow
              key={row.type === 'file' ? row.path : row.key}
              id={`${id}${first + nth}`}
              index={first + nth}
              row={row}
              active={first + nth === at}
              focused={focused}
            />
          ))}
        </div>
      </div>
    </div>
  )
}
