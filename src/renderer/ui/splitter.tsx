import { useRef } from 'react'
import { cx } from './cx'

/**
 * A vertical line that can be dragged, or moved with the arrow keys. `side` is where the panel it sizes
 * stands. Double click puts back the usual width.
 */
export function Splitter({
  label,
  value,
  min,
  max,
  usual,
  side,
  onChange,
}: {
  label: string
  value: number
  min: number
  max: number
  usual: number
  side: 'start' | 'end'
  onChange: (value: number) => void
}) {
  const drag = useRef<{ x: number; value: number } | null>(null)
  const clamp = (next: number) => Math.round(Math.min(max, Math.max(min, next)))
  const direction = side === 'start' ? 1 : -1
  return (
    <div
      // A focusable separator is a control with a value; `hr` cannot be one.
      // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role
      role="separator"
      aria-label={label}
      aria-orientation="vertical"
      aria-valuenow={value}
      aria-valuemin={min}
      aria-valuemax={max}
      tabIndex={0}
      className={cx(
        'group relative z-10 w-0 shrink-0 cursor-col-resize touch-none',
        'before:absolute before:inset-y-0 before:-inset-x-4 before:content-[""]',
        'after:pointer-events-none after:absolute after:inset-y-0 after:-inset-x-1 after:w-2 after:bg-transparent',
        'after:content-[""] hover:after:bg-line-strong focus-visible:after:bg-focus',
      )}
      onPointerDown={(event) => {
        drag.current = { x: event.clientX, value }
        event.currentTarget.setPointerCapture(event.pointerId)
      }}
      onPointerMove={(event) => {
        if (drag.current === null) return
        onChange(clamp(drag.current.value + direction * (event.clientX - drag.current.x)))
      }}
      onPointerUp={() => {
        drag.current = null
      }}
      onPointerCancel={() => {
        drag.current = null
      }}
      onDoubleClick={() => onChange(usual)}
      onKeyDown={(event) => {
        const step = event.key === 'ArrowRight' ? 16 : event.key === 'ArrowLeft' ? -16 : 0
        if (step === 0) return
        event.preventDefault()
        onChange(clamp(value + direction * step))
      }}
    />
  )
}
