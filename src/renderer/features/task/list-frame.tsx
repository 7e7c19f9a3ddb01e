import { ArrowLeft, Search, X } from 'lucide-react'
import { type ReactNode, useEffect, useRef } from 'react'
import { useFrameLayout } from '../../app/frame-layout'
import { panelLimits, setLayout, useWorkspace } from '../../app/workspace'
import { Button, IconButton } from '../../ui/button'
import { Splitter } from '../../ui/splitter'
import { SidebarButton } from './sidebar-button'
import { useEscape } from './use-escape'

/**
 * A list with what was chosen in it: beside it where there is room, else in its place. Escape goes back to the
 * list.
 */
export function ListFrame({
  title,
  count,
  tools,
  detail,
  detailLabel,
  onCloseDetail,
  children,
}: {
  title: string
  /** What stands behind the title, such as how many there are. */
  count: ReactNode
  /** What narrows the list down. */
  tools: ReactNode
  /** Null while nothing is chosen. */
  detail: ReactNode
  detailLabel: string
  onCloseDetail: () => void
  children: ReactNode
}) {
  const beside = useFrameLayout(true, true).panel === 'beside'
  const width = useWorkspace((state) => state.panelWidth)
  const section = useRef<HTMLElement>(null)
  const list = useRef<HTMLDivElement>(null)
  const close = () => {
    onCloseDetail()
    list.current?.querySelector<HTMLElement>('[role=listbox]')?.focus()
  }
  const shown = detail !== null
  useEscape(section, shown ? close : null)
  return (
    <section ref={section} aria-label={title} className="flex h-full min-h-0 flex-col">
      <header className="flex h-title shrink-0 items-center gap-8 border-b border-line px-12">
        <SidebarButton />
        <h1 className="min-w-0 truncate font-semibold">{title}</h1>
        <span className="min-w-0 flex-1 truncate text-12 text-text-faint">{count}</span>
      </header>
      <div className="relative flex min-h-0 flex-1">
        <div ref={list} className="flex min-w-0 flex-1 flex-col">
          <div className="flex shrink-0 flex-wrap items-center gap-8 border-b border-line px-12 py-8">
            {tools}
          </div>
          {children}
        </div>
        {shown && beside && (
          <Splitter
            label="Details width"
            side="end"
            value={width}
            {...panelLimits}
            onChange={(panelWidth) => setLayout({ panelWidth })}
          />
        )}
        {shown && (
          <section
            aria-label={detailLabel}
            className={
              beside
                ? 'flex min-h-0 w-panel shrink-0 flex-col border-s border-line bg-surface-1'
                : 'absolute inset-0 z-20 flex min-h-0 flex-col bg-surface-1'
            }
            style={{ '--panel-width': `${width}px` }}
          >
            <div className="flex h-strip shrink-0 items-center border-b border-line px-8">
              {beside ? (
                <>
                  <span className="min-w-0 flex-1 truncate px-8 text-12 text-text-muted">{detailLabel}</span>
                  <IconButton label="Close details" onClick={close}>
                    <X className="size-16" />
                  </IconButton>
                </>
              ) : (
                <BackButton onClick={close} />
              )}
            </div>
            <div className="min-h-0 flex-1 overflow-y-auto">{detail}</div>
          </section>
        )}
      </div>
    </section>
  )
}

/** Takes the focus: the list it stands over cannot be seen. */
function BackButton({ onClick }: { onClick: () => void }) {
  const button = useRef<HTMLButtonElement>(null)
  useEffect(() => button.current?.focus(), [])
  return (
    <Button ref={button} size="small" tone="quiet" icon={<ArrowLeft className="size-12" />} onClick={onClick}>
      Back to the list
    </Button>
  )
}

/** Narrows a list down while it is typed. The arrow down key goes on into the list. */
export function FilterField({
  label,
  value,
  takesFocus = true,
  onChange,
}: {
  label: string
  value: string
  /** Not for a list that opens beside the one a person goes through. */
  takesFocus?: boolean
  onChange: (value: string) => void
}) {
  const input = useRef<HTMLInputElement>(null)
  // Whoever comes here by keyboard looks for something.
  useEffect(() => {
    if (takesFocus) input.current?.focus({ preventScroll: true })
  }, [takesFocus])
  const latest = useRef(onChange)
  useEffect(() => {
    latest.current = onChange
  })
  useEffect(() => {
    const field = input.current
    // On the field itself: React would hear of the key only after the list around it had closed its details.
    const clear = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || field?.value === '') return
      event.preventDefault()
      latest.current('')
    }
    field?.addEventListener('keydown', clear)
    return () => field?.removeEventListener('keydown', clear)
  }, [])
  return (
    <div className="relative max-w-field min-w-number flex-1">
      <Search
        aria-hidden
        className="pointer-events-none absolute inset-y-0 start-8 my-auto size-12 text-text-faint"
      />
      <input
        ref={input}
        type="text"
        role="searchbox"
        aria-label={label}
        placeholder={label}
        spellCheck={false}
        dir="auto"
        maxLength={200}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'ArrowDown') {
            event.preventDefault()
            event.currentTarget.closest('section')?.querySelector<HTMLElement>('[role=listbox]')?.focus()
          }
        }}
        className="h-control w-full rounded-6 border border-line bg-surface-0 ps-24 pe-24"
      />
      {value !== '' && (
        <span className="absolute inset-y-0 end-2 flex items-center">
          <IconButton label="Clear filter" onClick={() => onChange('')}>
            <X className="size-12" />
          </IconButton>
        </span>
      )}
    </div>
  )
}
