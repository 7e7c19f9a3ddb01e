import { type RefObject, useEffect, useRef, useState } from 'react'

/** Which of the colours of plots a part has; `other` is what was put together. */
export type ChartTone = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 'other'

const tones: readonly ChartTone[] = [1, 2, 3, 4, 5, 6, 7, 8]
export const toneAt = (place: number): ChartTone => tones[place] ?? 'other'

export const fillOf: Readonly<Record<ChartTone, string>> = {
  1: 'fill-chart-1',
  2: 'fill-chart-2',
  3: 'fill-chart-3',
  4: 'fill-chart-4',
  5: 'fill-chart-5',
  6: 'fill-chart-6',
  7: 'fill-chart-7',
  8: 'fill-chart-8',
  other: 'fill-chart-other',
}
export const swatchOf: Readonly<Record<ChartTone, string>> = {
  1: 'bg-chart-1',
  2: 'bg-chart-2',
  3: 'bg-chart-3',
  4: 'bg-chart-4',
  5: 'bg-chart-5',
  6: 'bg-chart-6',
  7: 'bg-chart-7',
  8: 'bg-chart-8',
  other: 'bg-chart-other',
}

/** The width of an element as it is on screen; 0 before it is. */
export function useWidth<Kind extends HTMLElement>(): [RefObject<Kind | null>, number] {
  const element = useRef<Kind>(null)
  const [width, setWidth] = useState(0)
  useEffect(() => {
    const shown = element.current
    if (shown === null) return
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)))
    observer.observe(shown)
    return () => observer.disconnect()
  }, [])
  return [element, width]
}

/** Where an arrow key goes in a row of so many; null for keys that go nowhere. */
export function nextPlace(key: string, place: number, count: number, page = 10): number | null {
  const to: Readonly<Record<string, number>> = {
    ArrowRight: place + 1,
    ArrowLeft: place - 1,
    PageDown: place + page,
    PageUp: place - page,
    Home: 0,
    End: count - 1,
  }
  const next = Object.hasOwn(to, key) ? to[key] : undefined
  return next === undefined ? null : Math.max(0, Math.min(count - 1, next))
}
