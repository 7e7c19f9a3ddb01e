import { type RefObject, useEffect, useState } from 'react'

export interface FixedRows {
  /** The rows to draw: `first` up to, not with, `end`. */
  readonly first: number
  readonly end: number
  /** The row at the top of what is seen. */
  readonly top: number
  /** Scrolls as little as shows the whole row. */
  readonly scrollTo: (index: number) => void
}

/** Before anything was measured, as many rows are drawn as a large window shows. */
const firstHeight = 900

/**
 * Which rows of a long list are on screen, where all rows are equally high. Nothing is kept by row, so a list of
 * 10,000 costs what one of 10 does.
 */
export function useFixedRows(
  scroller: RefObject<HTMLElement | null>,
  { count, rowHeight, overscan }: { count: number; rowHeight: number; overscan: number },
): FixedRows {
  const [scrolled, setScrolled] = useState(0)
  const [shown, setShown] = useState(Math.ceil(firstHeight / rowHeight))
  useEffect(() => {
    const element = scroller.current
    if (element === null) return
    const follow = () => setScrolled(Math.max(0, Math.floor(element.scrollTop / rowHeight)))
    const fit = new ResizeObserver(() => {
      // A list that is not shown has no height, and is drawn at once when it is shown again.
      if (element.clientHeight > 0) setShown(Math.ceil(element.clientHeight / rowHeight) + 1)
    })
    follow()
    fit.observe(element)
    element.addEventListener('scroll', follow, { passive: true })
    return () => {
      fit.disconnect()
      element.removeEventListener('scroll', follow)
    }
  }, [scroller, rowHeight])
  // A list that became shorter is drawn before the browser says that it scrolled back.
  const top = Math.max(0, Math.min(scrolled, count - shown + 1))
  return {
    first: Math.max(0, top - overscan),
    end: Math.min(count, top + shown + overscan),
    top,
    scrollTo: (index) => {
      const element = scroller.current
      if (element === null) return
      const start = index * rowHeight
      if (start < element.scrollTop) element.scrollTo({ top: start })
      else if (start + rowHeight > element.scrollTop + element.clientHeight)
        element.scrollTo({ top: start + rowHeight - element.clientHeight })
    },
  }
}
