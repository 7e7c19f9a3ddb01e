import { scaleBand, scaleLinear } from 'd3-scale'
import { useId, useState } from 'react'
import { type ChartTone, fillOf, nextPlace, useWidth } from './chart'

export interface BarPart {
  key: string
  tone: ChartTone
  values: readonly number[]
}
export interface Bar {
  key: string
  /** Under the bar, where there is room. */
  label: string
  /** All that it says, for screen readers. */
  name: string
}

const HEIGHT = 180
const LEFT = 48
const TOP = 8
const BOTTOM = 20
/** Between two labels under the bars. */
const LABEL_ROOM = 76

/**
 * Bars of parts that stand on one another. What is drawn is a picture; over it lies a list of the bars, which arrow
 * keys and the pointer go through.
 */
export function StackedBars({
  label,
  bars,
  parts,
  format,
  whole,
  active,
  onActive,
}: {
  label: string
  bars: readonly Bar[]
  parts: readonly BarPart[]
  /** How a figure is written at the side. */
  format: (value: number) => string
  /** Figures have no fractions. */
  whole: boolean
  active: number | null
  onActive: (bar: number | null) => void
}) {
  const id = useId()
  const [frame, width] = useWidth<HTMLDivElement>()
  const [focused, setFocused] = useState(false)
  const [last, setLast] = useState(bars.length - 1)
  const sums = bars.map((_, bar) => parts.reduce((sum, { values }) => sum + (values[bar] ?? 0), 0))
  const y = scaleLinear()
    .domain([0, Math.max(...sums, 0) || 1])
    .nice(4)
    .range([HEIGHT - BOTTOM, TOP])
  const x = scaleBand<number>()
    .domain(bars.map((_, bar) => bar))
    .range([LEFT, Math.max(width, LEFT + 1)])
    .paddingInner(bars.length > 120 ? 0 : 0.2)
  const step = x.step()
  const every = Math.max(1, Math.ceil(LABEL_ROOM / step))
  const ticks = y.ticks(4).filter((tick) => !whole || Number.isInteger(tick))
  const at = Math.min(active ?? last, bars.length - 1)
  return (
    <div ref={frame} className="relative min-w-0">
      <svg
        data-plot={label}
        aria-hidden
        width={width}
        height={HEIGHT}
        viewBox={`0 0 ${Math.max(1, width)} ${HEIGHT}`}
        className="block"
      >
        {ticks.map((tick) => (
          <g key={tick}>
            <line x1={LEFT} x2={width} y1={y(tick)} y2={y(tick)} className="stroke-line" />
            <text x={LEFT - 6} y={y(tick)} dy="0.32em" textAnchor="end" className="fill-text-faint text-11">
              {format(tick)}
            </text>
          </g>
        ))}
        {bars.map((bar, place) => {
          const left = x(place) ?? 0
          let below = 0
          return (
            <g key={bar.key}>
              {parts.map(({ key, tone, values }) => {
                const value = values[place] ?? 0
                if (value <= 0) return null
                const bottom = y(below)
                below += value
                const height = Math.max(0.5, bottom - y(below))
                // A hair between parts, so that two of one lightness are two.
                const gap = height > 3 && below > value ? 1 : 0
                return (
                  <rect
                    key={key}
                    x={left}
                    y={bottom - height}
                    width={Math.max(1, x.bandwidth())}
                    height={height - gap}
                    className={fillOf[tone]}
                  />
                )
              })}
              {place % every === 0 && left + LABEL_ROOM / 2 <= width + LABEL_ROOM / 4 && (
                <text x={left} y={HEIGHT - 6} className="fill-text-faint text-11">
                  {bar.label}
                </text>
              )}
            </g>
          )
        })}
      </svg>
      <div
        // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role
        role="listbox"
        tabIndex={0}
        aria-label={label}
        aria-orientation="horizontal"
        aria-activedescendant={focused && at >= 0 ? `${id}-${at}` : undefined}
        onFocus={() => {
          setFocused(true)
          onActive(at)
        }}
        onBlur={() => {
          setFocused(false)
          onActive(null)
        }}
        onPointerLeave={() => !focused && onActive(null)}
        onKeyDown={(event) => {
          const next = nextPlace(event.key, at, bars.length)
          if (next === null || event.ctrlKey || event.metaKey || event.altKey) return
          event.preventDefault()
          setLast(next)
          onActive(next)
        }}
        className="absolute inset-0 rounded-4"
      >
        {bars.map((bar, place) => (
          <div
            key={bar.key}
            id={`${id}-${place}`}
            // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role
            role="option"
            aria-selected={place === active}
            aria-label={bar.name}
            onPointerEnter={() => {
              setLast(place)
              onActive(place)
            }}
            className={
              place === active
                ? 'absolute inset-y-0 border-x border-line-strong bg-selection opacity-40'
                : 'absolute inset-y-0'
            }
            style={{ left: x(place) ?? 0, width: Math.max(1, step) }}
          />
        ))}
      </div>
    </div>
  )
}
