import { Tooltip as Base } from '@base-ui/react/tooltip'
import type { ReactElement, ReactNode } from 'react'

/** Tooltips of neighbours follow at once after the first. */
export function TooltipProvider({ children }: { children: ReactNode }) {
  return <Base.Provider delay={500}>{children}</Base.Provider>
}

/** A hint on hover and focus. Never the only place where something is said. */
export function Tooltip({
  label,
  shortcut,
  children,
}: {
  label: ReactNode
  shortcut?: string | undefined
  children: ReactElement
}) {
  return (
    // It says a word or two, and never stands between a person and what is under it.
    <Base.Root disableHoverablePopup>
      <Base.Trigger render={children} />
      <Base.Portal>
        <Base.Positioner sideOffset={6} className="pointer-events-none z-50">
          <Base.Popup className="flex max-w-field items-center gap-8 rounded-4 border border-line bg-surface-3 px-8 py-4 text-12 text-text shadow-float">
            <span className="break-words">{label}</span>
            {shortcut !== undefined && <kbd className="text-text-muted">{shortcut}</kbd>}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  )
}
