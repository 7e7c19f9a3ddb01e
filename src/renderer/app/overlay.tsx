import { type ReactNode, useEffect } from 'react'
import { cx } from '../ui/cx'
import { setOverlay } from './workspace'

/** A folded panel, shown over the rest until something else is chosen. Escape closes it. */
export function Overlay({ side, children }: { side: 'start' | 'end'; children: ReactNode }) {
  useEffect(() => {
    const close = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && !event.defaultPrevented) setOverlay(null)
    }
    window.addEventListener('keydown', close)
    return () => window.removeEventListener('keydown', close)
  }, [])
  return (
    <div className="absolute inset-0 z-30 flex animate-appear">
      <button
        type="button"
        aria-label="Close panel"
        tabIndex={-1}
        className="absolute inset-0 bg-backdrop"
        onClick={() => setOverlay(null)}
      />
      <div className={cx('relative h-full max-w-full shadow-float', side === 'end' && 'ms-auto')}>
        {children}
      </div>
    </div>
  )
}
