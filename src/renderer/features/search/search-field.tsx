import { completePart } from '@shared/search-query'
import { Search, X } from 'lucide-react'
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react'
import { focusSearchEvent } from '../../app/keymap'
import { IconButton } from '../../ui/button'
import { cx } from '../../ui/cx'
import { type Completion, useCompletions } from './completion'
import { searchFor, useSearch } from './search-state'

/** What is looked for. Words of filters complete; arrows go into what they may become, then into what was found. */
export function SearchField({ onResults }: { onResults: () => void }) {
  const text = useSearch((state) => state.text)
  const input = useRef<HTMLInputElement>(null)
  const id = useId()
  const [cursor, setCursor] = useState(text.length)
  const [chosen, setChosen] = useState(-1)
  const [open, setOpen] = useState(false)
  const completions = useCompletions(text, cursor)
  const shown = open && completions.length > 0
  const at = Math.min(chosen, completions.length - 1)

  useEffect(() => {
    const focus = () => input.current?.select()
    focus()
    window.addEventListener(focusSearchEvent, focus)
    return () => window.removeEventListener(focusSearchEvent, focus)
  }, [])

  const change = (next: string, place: number) => {
    searchFor(next)
    setCursor(place)
    setChosen(-1)
  }
  const complete = ({ key, value }: Completion) => {
    const done = completePart(text, cursor, key, value)
    change(done.text, done.cursor)
    const field = input.current
    if (field === null) return
    // The field is drawn with its new text first.
    requestAnimationFrame(() => field.setSelectionRange(done.cursor, done.cursor))
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return
    const { key } = event
    const completion = completions[Math.max(0, at)]
    if (key === 'Escape') {
      if (shown) setOpen(false)
      else if (text !== '') change('', 0)
      else return
    } else if (shown && completion !== undefined && key === 'Tab' && !event.shiftKey) complete(completion)
    else if (shown && completion !== undefined && key === 'Enter' && at >= 0) complete(completion)
    else if (shown && key === 'ArrowDown' && at < completions.length - 1) setChosen(at + 1)
    else if (shown && key === 'ArrowUp') setChosen(Math.max(-1, at - 1))
    else if (key === 'ArrowDown' || key === 'Enter') {
      setOpen(false)
      onResults()
    } else return
    event.preventDefault()
    event.stopPropagation()
  }

  return (
    <div className="relative min-w-0 flex-1">
      <Search
        aria-hidden
        className="pointer-events-none absolute inset-y-0 start-8 my-auto size-16 text-text-faint"
      />
      <input
        ref={input}
        type="text"
        role="combobox"
        aria-label="Search everything"
        aria-expanded={shown}
        aria-autocomplete="list"
        aria-controls={`${id}list`}
        aria-activedescendant={shown && at >= 0 ? `${id}${at}` : undefined}
        placeholder="Search prompts, messages, diffs, pull requests …"
        spellCheck={false}
        autoComplete="off"
        dir="auto"
        maxLength={500}
        value={text}
        onChange={(event) => {
          setOpen(true)
          change(event.target.value, event.target.selectionStart ?? event.target.value.length)
        }}
        onSelect={(event) => setCursor(event.currentTarget.selectionStart ?? 0)}
        onKeyDown={onKeyDown}
        onBlur={() => setOpen(false)}
        className="h-row w-full rounded-6 border border-line-strong bg-surface-0 ps-32 pe-32 text-14"
      />
      {text !== '' && (
        <span className="absolute inset-y-0 end-4 flex items-center">
          <IconButton
            label="Clear search"
            onClick={() => {
              change('', 0)
              input.current?.focus()
            }}
          >
            <X className="size-16" />
          </IconButton>
        </span>
      )}
      <div
        id={`${id}list`}
        // Beside a field that is written in, an element of its own would take the focus.
        // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role
        role="listbox"
        aria-label="Filters"
        className={cx(
          'absolute inset-x-0 top-full z-20 mt-2 max-h-list overflow-y-auto rounded-6 border border-line-strong bg-surface-1 py-4 shadow-float',
          !shown && 'hidden',
        )}
      >
        {completions.map((completion, nth) => (
          <div
            key={completion.shown}
            id={`${id}${nth}`}
            // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role
            role="option"
            tabIndex={-1}
            aria-selected={nth === at}
            onPointerDown={(event) => {
              event.preventDefault()
              complete(completion)
            }}
            className={cx(
              'flex min-h-24 min-w-0 cursor-default items-center gap-12 px-12 py-2',
              nth === at ? 'bg-surface-3' : 'hover:bg-surface-2',
            )}
          >
            <bdi className="code-text max-w-field min-w-0 shrink-0 truncate">{completion.shown}</bdi>
            <bdi className="min-w-0 truncate text-12 text-text-muted">{completion.meaning}</bdi>
          </div>
        ))}
      </div>
    </div>
  )
}
