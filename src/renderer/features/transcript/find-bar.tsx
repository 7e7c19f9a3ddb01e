import { ChevronDown, ChevronUp, X } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { IconButton } from '../../ui/button'
import { inputLook } from '../../ui/field'
import type { Find } from './find'

/** Words to look for, how many places hold them, and the way from one to the next. */
export function FindBar({
  find,
  search,
  step,
  onClose,
}: {
  find: Find
  search: (words: string) => void
  step: (by: number) => void
  onClose: () => void
}) {
  const input = useRef<HTMLInputElement>(null)
  useEffect(() => input.current?.focus(), [])
  return (
    <search
      aria-label="Find in transcript"
      className="absolute inset-x-0 top-8 z-10 mx-auto flex w-full max-w-picker items-center gap-4 rounded-6 border border-line bg-surface-2 p-4 shadow-float"
    >
      <input
        ref={input}
        type="text"
        role="searchbox"
        aria-label="Find in transcript"
        placeholder="Find in transcript"
        spellCheck={false}
        maxLength={200}
        onChange={(event) => search(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') onClose()
          else if (event.key === 'Enter') step(event.shiftKey ? -1 : 1)
          else return
          event.preventDefault()
          event.stopPropagation()
        }}
        className={`${inputLook} h-24 flex-1`}
      />
      <output className="min-w-48 shrink-0 text-center text-12 text-text-muted">{wordsFor(find)}</output>
      <IconButton label="Earlier place" shortcut="Enter" onClick={() => step(1)}>
        <ChevronUp className="size-12" />
      </IconButton>
      <IconButton label="Later place" shortcut="Shift+Enter" onClick={() => step(-1)}>
        <ChevronDown className="size-12" />
      </IconButton>
      <IconButton label="Close find" shortcut="Esc" onClick={onClose}>
        <X className="size-12" />
      </IconButton>
    </search>
  )
}

function wordsFor(find: Find): string {
  if (find.words === '') return ''
  if (find.error !== null) return find.error.message
  if (find.rows.length === 0) return find.busy ? 'Looking' : 'Nothing'
  return `${find.at + 1} of ${find.rows.length}${find.busy ? '…' : ''}`
}
