import type { Terminal } from '@shared/terminals'
import { BellDot, SquareTerminal, Terminal as Prompt, X } from 'lucide-react'
import { type KeyboardEvent, useRef, useState } from 'react'
import { call } from '../../client/call'
import { IconButton } from '../../ui/button'
import { cx } from '../../ui/cx'
import { InlineEdit } from '../../ui/inline-edit'
import { ContextMenu } from '../../ui/menu'
import { closeTerminal, newTerminal, tell, terminalName, useTerminals } from './terminal-state'
import { terminalStateWords } from './terminal-words'

/** The tabs of a task's terminals. A tab may hold several beside one another, and is called after the first. */
export function TerminalTabs({
  tabs,
  active,
  taskId,
  onSelect,
}: {
  tabs: readonly (readonly Terminal[])[]
  active: Terminal | undefined
  taskId: Terminal['taskId']
  onSelect: (terminal: Terminal) => void
}) {
  const titles = useTerminals((state) => state.titles)
  const rang = useTerminals((state) => state.rang)
  const [renaming, setRenaming] = useState<string | null>(null)
  const [dragged, setDragged] = useState<Terminal | null>(null)
  const [told, setTold] = useState('')
  const list = useRef<HTMLDivElement>(null)
  const at = tabs.findIndex((tab) => active !== undefined && tab.includes(active))

  const move = (from: number, to: number) => {
    const first = tabs[from]?.[0]
    if (first === undefined || to < 0 || to >= tabs.length || to === from) return
    const others = tabs.filter((_, index) => index !== from)
    setTold(`${terminalName(first, titles)}: ${to + 1} of ${tabs.length}`)
    void tell(call('terminal.move', { terminalId: first.id, before: others[to]?.[0]?.id ?? null }))
  }
  const onKey = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key] ?? 0
    if (step === 0) return
    event.preventDefault()
    if (event.altKey) return move(at, at + step)
    const next = tabs[(at + step + tabs.length) % tabs.length]?.[0]
    if (next === undefined) return
    onSelect(next)
    list.current?.querySelector<HTMLElement>(`[data-terminal="${next.id}"]`)?.focus()
  }

  return (
    <div className="flex scroll-strip min-w-0 shrink items-center">
      <div ref={list} role="tablist" aria-label="Terminals" className="contents">
        {tabs.map((tab, place) => {
          const [first] = tab
          if (first === undefined) return null
          const name = terminalName(first, titles)
          const label = tab.length === 1 ? name : `${name} and ${tab.length - 1} more`
          const chosen = place === at
          const bell = tab.some(({ id }) => rang[id] === true)
          if (renaming === first.id)
            return (
              <span key={first.id} style={{ order: place * 2 }} className="flex h-24 shrink-0 items-center">
                <InlineEdit
                  label="Terminal name"
                  value={first.name ?? ''}
                  onCancel={() => setRenaming(null)}
                  onSave={(next) => {
                    setRenaming(null)
                    void tell(call('terminal.rename', { terminalId: first.id, name: next }))
                  }}
                />
              </span>
            )
          return (
            <ContextMenu
              key={first.id}
              groups={[
                [
                  { label: 'Rename', onSelect: () => setRenaming(first.id) },
                  ...(first.name === null
                    ? []
                    : [
                        {
                          label: 'Use its own name',
                          onSelect: () =>
                            void tell(call('terminal.rename', { terminalId: first.id, name: null })),
                        },
                      ]),
                  { label: 'Split', onSelect: () => void newTerminal(taskId, first.id) },
                  ...(place > 0 ? [{ label: 'Move left', onSelect: () => move(place, place - 1) }] : []),
                  ...(place < tabs.length - 1
                    ? [{ label: 'Move right', onSelect: () => move(place, place + 1) }]
                    : []),
                ],
                [{ label: 'Close', onSelect: () => closeAll(tab) }],
              ]}
            >
              <button
                type="button"
                role="tab"
                data-terminal={first.id}
                aria-selected={chosen}
                aria-label={[label, terminalStateWords(first), ...(bell ? ['rang'] : [])].join(', ')}
                tabIndex={chosen || (at < 0 && place === 0) ? 0 : -1}
                draggable
                title={label}
                style={{ order: place * 2 }}
                onClick={() => onSelect(chosen && active !== undefined ? active : first)}
                onDoubleClick={() => setRenaming(first.id)}
                onAuxClick={(event) => {
                  if (event.button === 1) closeAll(tab)
                }}
                onKeyDown={(event) => {
                  onKey(event)
                  if (event.key === 'F2') setRenaming(first.id)
                  if (event.key === 'Delete') closeAll(tab)
                }}
                onDragStart={() => setDragged(first)}
                onDragOver={(event) => {
                  if (dragged !== null) event.preventDefault()
                }}
                onDrop={(event) => {
                  event.preventDefault()
                  if (dragged === null) return
                  move(
                    tabs.findIndex((other) => other.includes(dragged)),
                    place,
                  )
                }}
                onDragEnd={() => setDragged(null)}
                className={cx(
                  'flex h-24 max-w-tab min-w-48 shrink-0 items-center gap-6 rounded-s-4 ps-8 pe-4 text-12',
                  look(chosen),
                )}
              >
                {bell ? (
                  <BellDot aria-hidden className="size-12 shrink-0 text-warning" />
                ) : first.command === null ? (
                  <Prompt aria-hidden className="size-12 shrink-0" />
                ) : (
                  <SquareTerminal
                    aria-hidden
                    className={cx('size-12 shrink-0', first.state === 'running' && 'text-info')}
                  />
                )}
                <bdi className="truncate">{label}</bdi>
              </button>
            </ContextMenu>
          )
        })}
      </div>
      {tabs.map((tab, place) => {
        const [first] = tab
        if (first === undefined || renaming === first.id) return null
        return (
          <span
            key={first.id}
            style={{ order: place * 2 + 1 }}
            className={cx('me-2 flex h-24 shrink-0 items-center rounded-e-4', look(place === at))}
          >
            <IconButton
              label={`Close ${terminalName(first, titles)}`}
              tabIndex={place === at ? 0 : -1}
              onClick={() => closeAll(tab)}
            >
              <X className="size-12" />
            </IconButton>
          </span>
        )
      })}
      <output className="sr-only">{told}</output>
    </div>
  )
}

function closeAll(tab: readonly Terminal[]): void {
  for (const terminal of tab) void closeTerminal(terminal)
}

const look = (chosen: boolean): string =>
  chosen ? 'bg-surface-3 text-text' : 'text-text-muted hover:bg-surface-2'
