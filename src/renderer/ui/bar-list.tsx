import { type ChartTone, fillOf, useWidth } from './chart'

export interface ListedBar {
  key: string
  name: string
  value: number
  /** The figure, with what it is of. */
  text: string
  tone?: ChartTone
}

const ROW = 34
const BAR = 8
const FIGURE_ROOM = 110

/** A few figures with their names, one under the other. All that it says is in its name too. */
export function BarList({ label, bars }: { label: string; bars: readonly ListedBar[] }) {
  const [frame, width] = useWidth<HTMLDivElement>()
  const most = Math.max(...bars.map(({ value }) => value), 0) || 1
  const height = Math.max(1, bars.length * ROW)
  return (
    <div ref={frame} className="min-w-0">
      <svg
        data-plot={label}
        role="img"
        aria-label={`${label}: ${bars.map(({ name, text }) => `${name}, ${text}`).join('; ')}`}
        width={width}
        height={height}
        viewBox={`0 0 ${Math.max(1, width)} ${height}`}
        className="block"
      >
        {bars.map(({ key, name, value, text, tone }, place) => (
          <g key={key} aria-hidden transform={`translate(0 ${place * ROW})`}>
            {/* What is too long for its place is cut there. */}
            <svg width={Math.max(0, width - FIGURE_ROOM)} height={20} overflow="hidden">
              <text y={14} className="fill-text text-12">
                <title>{name}</title>
                {name}
              </text>
            </svg>
            <text x={width} y={14} textAnchor="end" className="fill-text-muted text-12">
              {text}
            </text>
            <rect y={20} width={width} height={BAR} rx={2} className="fill-surface-2" />
            <rect
              y={20}
              width={value > 0 ? Math.max(2, (value / most) * width) : 0}
              height={BAR}
              rx={2}
              className={fillOf[tone ?? 1]}
            />
          </g>
        ))}
      </svg>
    </div>
  )
}
