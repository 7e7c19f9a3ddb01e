import { Archive, Clock, Search, Star, X } from 'lucide-react'
import { type KeyboardEvent, memo, useEffect, useId, useRef, useState } from 'react'
import { focusFilterEvent } from '../../app/keymap'
import { IconButton } from '../../ui/button'
import { cx } from '../../ui/cx'
import { followFilter } from './filter-link'
import { setFilter, setSaved, setShowArchived, setSidebarView, useSidebar } from './sidebar-state'
import { completeFilter, filterHints } from './task-filter'

/** What the list shows: a filter with words that complete, in which order, and whether archived tasks are in it. */
export function FilterField() {
  const filter = useSidebar((state) => state.filter)
  const input = useRef<HTMLInputElement>(null)
  const id = useId()
  /** Null until arrows went to one. */
  const [chosen, setChosen] = useState<number | null>(null)
  const saved = useSidebar((state) => state.saved)
  const [focused, setFocused] = useState(false)
  // In an empty field, what was kept; else what its last word may become.
  const hints =
    filter === ''
      ? focused
        ? saved.map((text) => ({ word: text, meaning: 'Saved' }))
        : []
      : filterHints(filter)
  const kept = saved.includes(filter.trim())
  // Keys go on past what was kept, unless somebody went into it.
  const at = chosen ?? (filter === '' ? -1 : 0)
  const hint = hints[Math.min(at, hints.length - 1)]
  useEffect(() => {
    const focus = () => input.current?.select()
    window.addEventListener(focusFilterEvent, focus)
    return () => window.removeEventListener(focusFilterEvent, focus)
  }, [])

  const change = (text: string) => {
    setFilter(text)
    setChosen(null)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape' && filter !== '') {
      event.stopPropagation()
      return change('')
    }
    if (event.key === 'Enter' && followFilter()) return event.preventDefault()
    if (hints.length === 0) return
    const completes = event.key === 'Enter' || (event.key === 'Tab' && !event.shiftKey)
    if (hint !== undefined && completes) change(completeFilter(filter, hint.word))
    else if (event.key === 'ArrowDown') setChosen((at + 1) % hints.length)
    else if (event.key === 'ArrowUp') setChosen((Math.max(0, at) + hints.length - 1) % hints.length)
    else return
    event.preventDefault()
  }

  return (
    <div className="flex shrink-0 items-center gap-4 px-8 pb-6">
      <div className="relative min-w-0 flex-1">
        <Search
          aria-hidden
          className="pointer-events-none absolute inset-y-0 start-8 my-auto size-12 text-text-faint"
        />
        <input
          ref={input}
          type="text"
          role="searchbox"
          aria-label="Filter tasks"
          aria-controls={hints.length > 0 ? id : undefined}
          placeholder="Filter tasks"
          title="Words, #12, @owner, or how it stands: is:draft, is:failing, is:mine ..."
          spellCheck={false}
          value={filter}
          onChange={(event) => change(event.target.value)}
          onKeyDown={onKeyDown}
          onFocus={() => setFocused(true)}
          onBlur={() => {
            setFocused(false)
            setChosen(null)
          }}
          className="h-control w-full rounded-6 border border-line bg-surface-0 ps-24 pe-48"
        />
        {filter !== '' && (
          <span className="absolute inset-y-0 end-2 flex items-center">
            <IconButton
              label={kept ? 'Forget this filter' : 'Save this filter'}
              pressed={kept}
              onClick={() => setSaved(filter.trim(), !kept)}
            >
              <Star className={cx('size-12', kept && 'fill-current')} />
            </IconButton>
            <IconButton label="Clear filter" onClick={() => change('')}>
              <X className="size-12" />
            </IconButton>
          </span>
        )}
        {hints.length > 0 && (
          <ul
            id={id}
            aria-label="Filter words"
            className="absolute inset-x-0 top-full z-10 mt-2 max-h-list overflow-y-auto rounded-6 border border-line-strong bg-surface-1 py-4 shadow-float"
          >
            {hints.map(({ word, meaning }) => (
              <li key={word}>
                <button
                  type="button"
                  // Arrows, Tab and Enter reach them from the field, which keeps the focus.
                  tabIndex={-1}
                  aria-current={word === hint?.word}
                  onMouseDown={(event) => event.preventDefault()}
                  onClick={() => change(completeFilter(filter, word))}
                  className={cx(
                    'flex h-control w-full items-center gap-8 px-8 hover:bg-surface-2',
                    word === hint?.word && 'bg-surface-2',
                  )}
                >
                  <span className="shrink-0">{word}</span>
                  <span className="min-w-0 flex-1 truncate text-end text-12 text-text-faint">{meaning}</span>
                </button>
              </li>
            ))}
          </ul>
        )}
      </div>
      <ViewButtons />
    </div>
  )
}

/** Apart from the field, whose every key is drawn. */
const ViewButtons = memo(function ViewButtons() {
  const view = useSidebar((state) => state.view)
  const showArchived = useSidebar((state) => state.showArchived)
  return (
    <>
      <IconButton
        label="Most recent first"
        pressed={view === 'recent'}
        onClick={() => setSidebarView(view === 'recent' ? 'repositories' : 'recent')}
      >
        <Clock className="size-16" />
      </IconButton>
      <IconButton
        label={showArchived ? 'Hide archived tasks' : 'Show archived tasks'}
        pressed={showArchived}
        onClick={() => setShowArchived(!showArchived)}
      >
        <Archive className="size-16" />
      </IconButton>
    </>
  )
})
