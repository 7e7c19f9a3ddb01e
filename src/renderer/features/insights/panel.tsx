import type { KeptAs } from '@shared/insights-limits'
import { Download, Table2 } from 'lucide-react'
import { type ReactNode, useId, useRef, useState } from 'react'
import { call, errorFrom } from '../../client/call'
import { IconButton } from '../../ui/button'
import { drawingOf, type PictureLegend, plotsIn, pointsOf } from '../../ui/chart-picture'
import { Menu } from '../../ui/menu'
import { showError, showToast } from '../../ui/toast'
import { csvOf, type Sheet } from './csv'
import { exact } from './figures'

const keptWords: Readonly<Record<KeptAs, string>> = {
  csv: 'Save as CSV',
  svg: 'Save as SVG',
  png: 'Save as PNG',
}

/** A plot with its heading, its table, and the ways to keep it. */
export function Panel({
  title,
  about,
  note,
  tools,
  sheet,
  legend = [],
  children,
}: {
  title: string
  /** What the figures come to, in a line. */
  about?: ReactNode
  /** What they do not cover. */
  note?: ReactNode
  tools?: ReactNode
  sheet: () => Sheet
  legend?: readonly PictureLegend[]
  /** Null where there is nothing to draw. */
  children: ReactNode | null
}) {
  const heading = useId()
  const drawn = useRef<HTMLDivElement>(null)
  const [table, setTable] = useState(false)
  const keep = (as: KeptAs): void => void save(title, as, sheet, drawn.current, legend)
  const noPicture = table || children === null ? 'Show the plot first.' : null
  return (
    <section
      aria-labelledby={heading}
      className="flex min-w-0 flex-col gap-8 rounded-10 border border-line bg-surface-0 p-12"
    >
      <div className="flex min-w-0 flex-wrap items-center gap-8">
        <div className="min-w-0 flex-1 basis-menu">
          <h2 id={heading} className="truncate font-semibold">
            {title}
          </h2>
          {about !== undefined && <p className="text-12 text-text-muted">{about}</p>}
        </div>
        <div className="flex flex-wrap items-center gap-4">
          {tools}
          <IconButton label={`${title} as a table`} pressed={table} onClick={() => setTable(!table)}>
            <Table2 className="size-16" />
          </IconButton>
          <Menu
            trigger={
              <IconButton label={`Save ${title.toLowerCase()}`}>
                <Download className="size-16" />
              </IconButton>
            }
            groups={[
              [
                { label: keptWords.csv, onSelect: () => keep('csv') },
                { label: keptWords.svg, onSelect: () => keep('svg'), reason: noPicture },
                { label: keptWords.png, onSelect: () => keep('png'), reason: noPicture },
              ],
            ]}
          />
        </div>
      </div>
      {table ? (
        <SheetTable label={title} sheet={sheet()} />
      ) : children === null ? (
        <p className="text-text-muted">Nothing in this range.</p>
      ) : (
        <div ref={drawn} className="flex min-w-0 flex-col gap-8">
          {children}
        </div>
      )}
      {note !== undefined && <p className="text-12 text-text-faint">{note}</p>}
    </section>
  )
}

function SheetTable({ label, sheet }: { label: string; sheet: Sheet }) {
  return (
    <section
      // Longer than its place, it is scrolled with the keyboard too.
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      aria-label={`${label}, table`}
      className="max-h-output overflow-auto"
      data-selectable
    >
      <table className="w-full text-12">
        <thead>
          <tr>
            {sheet.columns.map((column, place) => (
              <th
                key={place}
                scope="col"
                dir="auto"
                title={column}
                className={`sticky top-0 max-w-menu truncate bg-surface-1 px-8 py-4 font-medium ${place === 0 ? 'text-start' : 'text-end'}`}
              >
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {sheet.rows.map((row, nth) => (
            <tr key={nth} className="border-b border-line">
              {row.map((value, place) =>
                place === 0 ? (
                  <th
                    key={place}
                    scope="row"
                    dir="auto"
                    className="max-w-field truncate px-8 py-2 text-start font-normal whitespace-nowrap"
                  >
                    {value}
                  </th>
                ) : (
                  <td key={place} className="px-8 py-2 text-end">
                    {typeof value === 'number' ? exact(value) : (value ?? 'unknown')}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

async function save(
  title: string,
  as: KeptAs,
  sheet: () => Sheet,
  part: Element | null,
  legend: readonly PictureLegend[],
): Promise<void> {
  try {
    const content = await contentOf(title, as, sheet, part, legend)
    if (content === null) return
    const result = await call('insights.save', { name: `Insights - ${title}`, as, content })
    if (!result.ok) showError(result.error)
    else if (result.value !== null) showToast('Saved', result.value.path)
  } catch (error) {
    showError(errorFrom(error))
  }
}

async function contentOf(
  title: string,
  as: KeptAs,
  sheet: () => Sheet,
  part: Element | null,
  legend: readonly PictureLegend[],
): Promise<Uint8Array<ArrayBuffer> | null> {
  if (as === 'csv') return new TextEncoder().encode(csvOf(sheet()))
  const plots = plotsIn(part)
  if (plots.length === 0) return null
  const drawing = drawingOf(plots, title, legend)
  return as === 'svg' ? new TextEncoder().encode(drawing) : pointsOf(drawing)
}
