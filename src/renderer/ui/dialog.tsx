import { Dialog as Base } from '@base-ui/react/dialog'
import { X } from 'lucide-react'
import type { ReactNode, RefObject } from 'react'
import { IconButton } from './button'
import { cx } from './cx'

export interface DialogProps {
  open: boolean
  onClose: () => void
  title: string
  description?: ReactNode
  size?: 'normal' | 'wide'
  children: ReactNode
  /** What has the focus at first; the first control when absent. */
  initialFocus?: RefObject<HTMLElement | null>
  /** Buttons at the bottom, outside what scrolls. */
  footer?: ReactNode
}

/** A modal panel. Escape and a click outside close it; what was typed in it must survive that. */
export function Dialog({
  open,
  onClose,
  title,
  description,
  size = 'normal',
  initialFocus,
  children,
  footer,
}: DialogProps) {
  return (
    <Base.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 animate-appear bg-backdrop" />
        <Base.Viewport className="fixed inset-0 z-40 flex items-window justify-center p-24">
          <Base.Popup
            {...(initialFocus === undefined ? {} : { initialFocus })}
            className={cx(
              'flex max-h-window w-full animate-appear flex-col overflow-hidden rounded-10 border border-line bg-surface-1 shadow-float',
              size === 'wide' ? 'max-w-settings' : 'max-w-dialog',
            )}
          >
            <header className="flex items-start gap-12 px-16 pt-12 pb-8">
              <div className="min-w-0 flex-1">
                <Base.Title className="text-16 font-semibold">{title}</Base.Title>
                {description !== undefined && (
                  <Base.Description render={<div />} className="text-text-muted">
                    {description}
                  </Base.Description>
                )}
              </div>
              <Base.Close render={<IconButton label="Close" />}>
                <X className="size-16" />
              </Base.Close>
            </header>
            <div className="min-h-0 flex-1 overflow-y-auto px-16 pb-16">{children}</div>
            {footer !== undefined && (
              <footer className="flex items-center justify-end gap-8 border-t border-line px-16 py-12">
                {footer}
              </footer>
            )}
          </Base.Popup>
        </Base.Viewport>
      </Base.Portal>
    </Base.Root>
  )
}
