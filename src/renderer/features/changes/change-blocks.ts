import { MOST_TOLD_LINES } from '@shared/provenance'
import { type DiffPlace, indexOf } from '@shared/diff-places'
import { patchRows } from '@shared/patch-rows'

/** Rows that changed, one after the other. */
export interface ChangeBlock {
  hunk: number
  from: DiffPlace
  to: DiffPlace
}

/** The blocks of changed rows of a patch of one file, from its top to its end. */
export function changeBlocks(patch: string): ChangeBlock[] {
  const blocks: ChangeBlock[] = []
  let current: ChangeBlock | null = null
  for (const row of patchRows(patch)) {
    if (row.mark === ' ') {
      current = null
      continue
    }
    const to: DiffPlace = row.mark === '-' ? { side: 'old', line: row.old } : { side: 'new', line: row.new }
    if (current === null || current.hunk !== row.hunk.index) {
      current = { hunk: row.hunk.index, from: to, to }
      blocks.push(current)
    } else current.to = to
  }
  return blocks
}

/** Where a place of a diff is in the file as it became. */
export function newLineOf(patch: string, place: DiffPlace): number {
  if (place.side === 'new') return place.line
  for (const row of patchRows(patch)) if (row.mark !== '+' && row.old === place.line) return row.new
  return place.line
}

/** Lines of one side to ask about. */
export interface AskedLines {
  side: 'old' | 'new'
  from: number
  to: number
}

/** What of chosen rows there is to ask: lines that are gone and lines that came, or those that did not change. */
export function askedLines(patch: string, from: DiffPlace, to: DiffPlace): AskedLines[] {
  const rows = [...patchRows(patch)]
  const [first = -1, last = -1] = [indexOf(rows, from), indexOf(rows, to)].toSorted((a, b) => a - b)
  // Unchanged lines that were unfolded are in no patch.
  if (first < 0) return from.side === to.side ? [ordered(from.side, from.line, to.line)] : []
  const chosen = rows.slice(first, last + 1)
  const gone = chosen.filter(({ mark }) => mark === '-').map((row) => row.old)
  const came = chosen.filter(({ mark }) => mark === '+').map((row) => row.new)
  const kept = gone.length + came.length === 0 ? chosen.map((row) => row.new) : []
  const asked: AskedLines[] = []
  for (const [side, lines] of [
    ['old', gone],
    ['new', came.length > 0 ? came : kept],
  ] as const) {
    const [start, end] = [lines[0], lines.at(-1)]
    if (start !== undefined && end !== undefined) asked.push(ordered(side, start, end))
  }
  return asked
}

function ordered(side: AskedLines['side'], a: number, b: number): AskedLines {
  const from = Math.min(a, b)
  return { side, from, to: Math.min(Math.max(a, b), from + MOST_TOLD_LINES - 1) }
}
