import { type RefObject, useEffect, useRef } from 'react'

/**
 * Runs when Escape is pressed inside an element and nothing in it had a use for the key. What floats above it, drawn
 * elsewhere in the page, keeps its own.
 */
export function useEscape(element: RefObject<HTMLElement | null>, run: (() => void) | null): void {
  const latest = useRef(run)
  useEffect(() => {
    latest.current = run
  })
  useEffect(() => {
    const target = element.current
    if (target === null) return
    const handle = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || event.defaultPrevented || latest.current === null) return
      event.preventDefault()
      latest.current()
    }
    target.addEventListener('keydown', handle)
    return () => target.removeEventListener('keydown', handle)
  }, [element])
}
