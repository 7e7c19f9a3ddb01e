import { useRef } from 'react'
import { cx } from './cx'

/**
 * A line that can be dragged, or moved with the arrow keys. `side` is where the panel it sizes stands; below is a
 * horizontal line. Double click puts back the usual size.
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
  side: 'start' | 'end' | 'below'
  onChange: (value: number) => void
}) {
  const drag = useRef<{ at: number; value: number } | null>(null)
  const flat = side === 'below'
  const clamp = (next: number) => Math.round(Math.min(max, Math.max(min, next)))
  const direction = side === 'start' ? 1 : -1
  return (
    <div
      // A focusable separator is a control with a value; `hr` cannot be one.
      // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role
      role="separator"
      aria-label={label}
      aria-orientation={flat ? 'horizontal' : 'vertical'}
      aria-valuenow={value}
      aria-valuemin={min}
      aria-valuemax={max}
      tabIndex={0}
      className={cx(
        'group relative z-10 shrink-0 touch-none before:absolute before:content-[""] after:pointer-events-none after:absolute',
        'after:bg-transparent after:content-[""] hover:after:bg-line-strong focus-visible:after:bg-focus',
        flat
          ? 'h-0 cursor-row-resize before:inset-x-0 before:-inset-y-4 after:inset-x-0 after:-inset-y-1 after:h-2'
          : 'w-0 cursor-col-resize before:inset-y-0 before:-inset-x-4 after:inset-y-0 after:-inset-x-1 after:w-2',
      )}
      onPointerDown={(event) => {
        drag.current = { at: flat ? event.clientY : event.clientX, value }
        event.currentTarget.setPointerCapture(event.pointerId)
      }}
      onPointerMove={(event) => {
        if (drag.current === null) return
        const moved = (flat ? event.clientY : event.clientX) - drag.current.at
        onChange(clamp(drag.current.value + direction * moved))
      }}
      onPointerUp={() => {
        drag.current = null
      }}
      onPointerCancel={() => {
        drag.current = null
      }}
      onDoubleClick={() => onChange(usual)}
      onKeyDown={(event) => {
        const [more, less] = flat ? ['ArrowDown', 'ArrowUp'] : ['ArrowRight', 'ArrowLeft']
        const step = event.key === more ? 16 : event.key === less ? -16 : 0
        if (step === 0) return
        event.preventDefault()
        onChange(clamp(value + direction * step))
      }}
    />
  )
}
