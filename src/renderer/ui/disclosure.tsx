import { ChevronRight } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { cx } from './cx'

/** A line that unfolds what stands under it. Its content is built only while open. */
export function Disclosure({
  label,
  children,
  initiallyOpen = false,
  trailing,
  open: given,
  onOpenChange,
}: {
  label: ReactNode
  children: () => ReactNode
  initiallyOpen?: boolean
  trailing?: ReactNode
  /** For a line whose state is kept elsewhere. */
  open?: boolean
  onOpenChange?: (open: boolean) => void
}) {
  const [own, setOwn] = useState(initiallyOpen)
  const open = given ?? own
  const setOpen = onOpenChange ?? setOwn
  return (
    <div className="min-w-0">
      <div className="flex min-w-0 items-center gap-4">
        <button
          type="button"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
          className="flex min-h-24 min-w-0 flex-1 items-center gap-4 rounded-4 text-start text-text-muted hover:text-text"
        >
          <ChevronRight
            aria-hidden
            className={cx('size-12 shrink-0 transition-transform', open && 'rotate-90')}
          />
          <span className="min-w-0 flex-1 truncate">{label}</span>
        </button>
        {trailing}
      </div>
      {open && children()}
    </div>
  )
}
