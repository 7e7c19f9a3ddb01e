import { patchRows } from '@shared/patch-rows'

/** A place in a diff, by the true number of a line on one of its sides. */
export interface DiffPlace {
  side: 'old' | 'new'
  line: number
}

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

/** The lines between two places as they are now, or as they were where none of them is there any more. */
export function linesBetween(patch: string, from: DiffPlace, to: DiffPlace): string {
  const rows = [...patchRows(patch)]
  const at = ({ side, line }: DiffPlace) =>
    rows.findIndex((row) => row.mark !== (side === 'old' ? '+' : '-') && row[side] === line)
  const [first = -1, last = -1] = [at(from), at(to)].toSorted((a, b) => a - b)
  if (first < 0) return ''
  const chosen = rows.slice(first, last + 1)
  const now = chosen.filter(({ mark }) => mark !== '-')
  return (now.length > 0 ? now : chosen).map(({ text }) => text.split('\n', 1)[0]).join('\n')
}

/** Where a place of a diff is in the file as it became. */
export function newLineOf(patch: string, place: DiffPlace): number {
  if (place.side === 'new') return place.line
  for (const row of patchRows(patch)) if (row.mark !== '+' && row.old === place.line) return row.new
  return place.line
}
