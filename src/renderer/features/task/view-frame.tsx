import { X } from 'lucide-react'
import { type ReactNode, useEffect, useRef } from 'react'
import { IconButton } from '../../ui/button'
import { SidebarButton } from './sidebar-button'
import { useEscape } from './use-escape'

/** A step to read and fill in that stands in the middle, in a column of its own. Escape leaves it. */
export function ViewFrame({
  title,
  onClose,
  children,
}: {
  title: string
  onClose: () => void
  children: ReactNode
}) {
  const section = useRef<HTMLElement>(null)
  // Whoever got here by keyboard goes on from here.
  useEffect(() => section.current?.focus(), [])
  useEscape(section, onClose)
  return (
    <section
      ref={section}
      aria-label={title}
      tabIndex={-1}
      className="flex h-full min-h-0 flex-col outline-none"
    >
      <header className="flex h-title shrink-0 items-center gap-8 border-b border-line px-12">
        <SidebarButton />
        <h1 className="min-w-0 flex-1 truncate font-semibold">{title}</h1>
        <IconButton label="Close" onClick={onClose}>
          <X className="size-16" />
        </IconButton>
      </header>
      <div className="min-h-0 flex-1 overflow-y-auto">
        <div className="mx-auto flex max-w-form min-w-0 flex-col gap-16 p-24">{children}</div>
      </div>
    </section>
  )
}
