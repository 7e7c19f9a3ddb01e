import { Popover as Base } from '@base-ui/react/popover'
import { type ReactElement, type ReactNode, useRef } from 'react'

/** More about what its button says. Escape and a click elsewhere close it. */
export function Popover({
  trigger,
  title,
  children,
  align = 'start',
  open,
  onOpenChange,
}: {
  trigger: ReactElement
  /** Its accessible name and heading. */
  title: string
  children: ReactNode
  align?: 'start' | 'end'
  /** For one that something in it closes too. */
  open?: boolean
  onOpenChange?: (open: boolean) => void
}) {
  const popup = useRef<HTMLDivElement>(null)
  return (
    <Base.Root
      {...(open === undefined ? {} : { open })}
      {...(onOpenChange === undefined ? {} : { onOpenChange })}
    >
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner sideOffset={4} align={align} collisionPadding={8} className="z-40">
          <Base.Popup
            ref={popup}
            // Not the first button in it, which may undo something.
            initialFocus={popup}
            tabIndex={-1}
            className="flex max-h-available w-picker max-w-full animate-appear flex-col gap-12 overflow-y-auto rounded-10 border border-line bg-surface-1 p-16 shadow-float outline-none"
          >
            <Base.Title className="text-14 font-semibold">{title}</Base.Title>
            {children}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  )
}
