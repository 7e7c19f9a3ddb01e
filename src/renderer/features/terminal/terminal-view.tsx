import type { Settings } from '@shared/domain'
import type { Terminal } from '@shared/terminals'
import { ChevronDown, ChevronUp, ExternalLink, RotateCcw, X } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { openExternal } from '../../app/open-external'
import { call } from '../../client/call'
import { Button, IconButton } from '../../ui/button'
import { cx } from '../../ui/cx'
import { inputLook } from '../../ui/field'
import { ErrorNotice } from '../../ui/notice'
import {
  chooseTerminal,
  closeTerminal,
  knownScreen,
  putOnScreen,
  screenOf,
  tell,
  terminalName,
  useTerminals,
} from './terminal-state'
import { terminalStateWords } from './terminal-words'

/** One terminal: what it shows, and what to do when nothing runs in it. */
export function TerminalView({
  terminal,
  settings,
  alone,
  active,
  focusAtOnce,
}: {
  terminal: Terminal
  settings: Settings['terminal']
  /** Nothing stands beside it. */
  alone: boolean
  active: boolean
  focusAtOnce: boolean
}) {
  const { id } = terminal
  const place = useRef<HTMLDivElement>(null)
  const titles = useTerminals((state) => state.titles)
  const finding = useTerminals((state) => state.finding === id)
  const name = terminalName(terminal, titles)
  // A screen is made once, with what is known then; what changes later is told to it.
  const first = useRef({ terminal, settings, focusAtOnce })
  useEffect(() => {
    const target = place.current
    if (target === null) return
    let hide: (() => void) | null = null
    let gone = false
    const show = () => {
      if (gone) return
      const screen = screenOf(first.current.terminal, first.current.settings)
      hide = putOnScreen(id, screen, target)
      if (first.current.focusAtOnce) screen.focus()
    }
    // Its characters are measured when it is drawn first: by then their font has to be there.
    void document.fonts.load('12px "JetBrains Mono Variable"').then(show, show)
    return () => {
      gone = true
      hide?.()
    }
  }, [id])

  return (
    <div
      // Not a landmark: the pane around it is one already.
      // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role
      role="group"
      aria-label={name}
      className={cx(
        'flex min-h-0 min-w-0 flex-1 flex-col',
        !alone && 'border-s border-line first:border-s-0',
      )}
    >
      {!alone && (
        <header
          className={cx(
            'flex h-24 shrink-0 items-center gap-4 ps-8 text-12',
            active ? 'bg-surface-2 text-text' : 'text-text-muted',
          )}
        >
          <bdi className="min-w-0 flex-1 truncate">{name}</bdi>
          <IconButton label={`Close ${name}`} onClick={() => void closeTerminal(terminal)}>
            <X className="size-12" />
          </IconButton>
        </header>
      )}
      {finding && <FindBar id={id} />}
      <div
        ref={place}
        data-terminal-screen={id}
        className="min-h-0 min-w-0 flex-1 overflow-hidden pt-4"
        onFocus={() => chooseTerminal(terminal.taskId, id)}
      />
      <Foot terminal={terminal} name={name} />
    </div>
  )
}

function Foot({ terminal, name }: { terminal: Terminal; name: string }) {
  const { id, state, problem, command, ports } = terminal
  const start = () => {
    knownScreen(id)?.focus()
    void tell(call('terminal.start', { terminalId: id }))
  }
  const over = state === 'exited' || state === 'failed' || (state === 'stopped' && command !== null)
  if (!over && ports.length === 0) return null
  return (
    <footer className="flex shrink-0 flex-col gap-8 border-t border-line bg-surface-1 px-8 py-4 text-12">
      {problem !== null && <ErrorNotice error={problem} />}
      <div className="flex flex-wrap items-center gap-8">
        {over && (
          <>
            <output className="min-w-0 flex-1 break-words text-text-muted">
              {name}: {terminalStateWords(terminal)}
            </output>
            <Button size="small" icon={<RotateCcw className="size-12" />} onClick={start}>
              {command === null ? 'New shell' : 'Run again'}
            </Button>
            <Button size="small" tone="quiet" onClick={() => void closeTerminal(terminal)}>
              Close
            </Button>
          </>
        )}
        {ports.map(({ port, url }) => (
          <Button
            key={port}
            size="small"
            icon={<ExternalLink className="size-12" />}
            title={url}
            onClick={() => void openExternal(url)}
          >
            Open localhost:{port}
          </Button>
        ))}
      </div>
    </footer>
  )
}

function FindBar({ id }: { id: string }) {
  const { at, count } = useTerminals((state) => state.found)
  const [words, setWords] = useState('')
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => field.current?.focus(), [])
  const go = (direction: 'next' | 'previous') => knownScreen(id)?.search(words, direction)
  const close = () => {
    const screen = knownScreen(id)
    screen?.endSearch()
    useTerminals.setState({ finding: null })
    screen?.focus()
  }
  return (
    <search className="flex shrink-0 items-center gap-4 border-b border-line bg-surface-1 px-8 py-4">
      <input
        ref={field}
        type="search"
        aria-label="Find in terminal"
        placeholder="Find in terminal"
        value={words}
        onChange={(event) => {
          setWords(event.target.value)
          knownScreen(id)?.search(event.target.value, 'previous', true)
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter') go(event.shiftKey ? 'next' : 'previous')
          if (event.key === 'Escape') {
            event.preventDefault()
            event.stopPropagation()
            close()
          }
        }}
        className={cx(inputLook, 'h-24 max-w-field flex-1')}
      />
      <output className="min-w-48 text-12 text-text-muted">
        {words === '' ? '' : count === 0 ? 'Nothing found' : at < 0 ? `${count}` : `${at + 1} of ${count}`}
      </output>
      <IconButton label="Place before" onClick={() => go('previous')}>
        <ChevronUp className="size-16" />
      </IconButton>
      <IconButton label="Next place" onClick={() => go('next')}>
        <ChevronDown className="size-16" />
      </IconButton>
      <IconButton label="Close search" onClick={close}>
        <X className="size-16" />
      </IconButton>
    </search>
  )
}
