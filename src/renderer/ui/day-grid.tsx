import { useEffect, useRef, useState } from 'react'

export interface GridDay {
  /** As a day is written in data. */
  day: string
  value: number
  /** All that it says. */
  name: string
}

const CELL = 16
const LEFT = 34
const TOP = 18
/** How large the mark of a day is: its size says it, not its colour. */
const marks = [0, 5, 8, 11, 13]
const weekdayRows = [0, 2, 4] as const

/** Days as columns of weeks that begin on Monday. Arrow keys go from day to day; Enter opens one. */
export function DayGrid({
  label,
  days,
  weekdays,
  monthOf,
  active,
  onActive,
  onOpen,
}: {
  label: string
  /** One after the other, without a gap. */
  days: readonly GridDay[]
  /** Names of Monday to Sunday, short. */
  weekdays: readonly string[]
  /** Above the week in which a month begins. */
  monthOf: (day: string) => string
  active: number | null
  onActive: (place: number | null) => void
  onOpen: (day: GridDay) => void
}) {
  const [last, setLast] = useState(days.length - 1)
  const frame = useRef<HTMLDivElement>(null)
  const scroller = useRef<HTMLDivElement>(null)
  // The newest days are what one comes for.
  const count = days.length
  useEffect(() => {
    if (count > 0 && scroller.current !== null) scroller.current.scrollLeft = scroller.current.scrollWidth
  }, [count])
  const offset = (new Date(`${days[0]?.day ?? '1970-01-05'}T00:00:00Z`).getUTCDay() + 6) % 7
  const weeks = Math.ceil((days.length + offset) / 7)
  const most = Math.max(...days.map(({ value }) => value), 1)
  const sizeOf = (value: number): number => marks[value === 0 ? 0 : Math.ceil((value / most) * 4)] ?? 0
  const at = Math.max(0, Math.min(last, days.length - 1))
  const width = LEFT + weeks * CELL
  const height = TOP + 7 * CELL
  const left = (place: number): number => LEFT + Math.floor((place + offset) / 7) * CELL
  const top = (place: number): number => TOP + ((place + offset) % 7) * CELL

  function go(place: number): void {
    const next = Math.max(0, Math.min(days.length - 1, place))
    setLast(next)
    frame.current?.querySelector<HTMLElement>(`[data-place="${next}"]`)?.focus()
  }
  const steps: Readonly<Record<string, (place: number) => number>> = {
    ArrowDown: (place) => place + 1,
    ArrowUp: (place) => place - 1,
    ArrowRight: (place) => place + 7,
    ArrowLeft: (place) => place - 7,
    PageDown: (place) => place + 28,
    PageUp: (place) => place - 28,
    Home: () => 0,
    End: () => days.length - 1,
  }

  return (
    <div ref={scroller} className="overflow-x-auto overflow-y-hidden pb-4">
      <div ref={frame} className="relative" style={{ width, height }}>
        <svg data-plot={label} aria-hidden width={width} height={height} viewBox={`0 0 ${width} ${height}`}>
          {weekdayRows.map((row) => (
            <text key={row} y={TOP + row * CELL + 12} className="fill-text-faint text-11">
              {weekdays[row]}
            </text>
          ))}
          {days.map(({ day, value }, place) => {
            const size = sizeOf(value)
            const room = (CELL - 2 - size) / 2
            return (
              <g key={day}>
                {day.endsWith('-01') && (
                  <text x={left(place)} y={11} className="fill-text-faint text-11">
                    {monthOf(day)}
                  </text>
                )}
                <rect
                  x={left(place)}
                  y={top(place)}
                  width={CELL - 2}
                  height={CELL - 2}
                  rx={3}
                  className="fill-surface-2"
                />
                {size > 0 && (
                  <rect
                    x={left(place) + room}
                    y={top(place) + room}
                    width={size}
                    height={size}
                    rx={2}
                    className="fill-chart-1"
                  />
                )}
              </g>
            )
          })}
        </svg>
        <div role="grid" aria-label={label} className="absolute inset-0">
          {weekdays.map((weekday, row) => (
            <div
              key={weekday}
              // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role
              role="row"
              aria-label={weekday}
            >
              {days.map((day, place) =>
                (place + offset) % 7 === row ? (
                  <div
                    key={day.day}
                    // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role
                    role="gridcell"
                    data-place={place}
                    tabIndex={place === at ? 0 : -1}
                    aria-label={day.name}
                    onFocus={() => onActive(place)}
                    onBlur={() => onActive(null)}
                    onPointerEnter={() => onActive(place)}
                    onPointerLeave={() => onActive(null)}
                    onClick={() => onOpen(day)}
                    onKeyDown={(event) => {
                      if (event.ctrlKey || event.metaKey || event.altKey) return
                      const move = Object.hasOwn(steps, event.key) ? steps[event.key] : undefined
                      if (move === undefined && event.key !== 'Enter' && event.key !== ' ') return
                      event.preventDefault()
                      if (move === undefined) onOpen(day)
                      else go(move(place))
                    }}
                    className={
                      place === active
                        ? 'absolute cursor-pointer rounded-4 border border-text'
                        : 'absolute cursor-pointer rounded-4'
                    }
                    style={{ left: left(place) - 1, top: top(place) - 1, width: CELL, height: CELL }}
                  />
                ) : null,
              )}
            </div>
          ))}
        </div>
      </div>
    </div>
  )
}
