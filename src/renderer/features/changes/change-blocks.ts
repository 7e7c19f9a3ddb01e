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

interface PatchRow {
  hunk: number
  mark: string
  text: string
  old: number
  new: number
}

/** The rows of a patch of one file with the numbers they have on both sides. */
function* rowsOf(patch: string): Generator<PatchRow> {
  let hunk = -1
  let olds = 0
  let news = 0
  let oldLine = 0
  let newLine = 0
  for (const row of patch.split('\n')) {
    if (olds <= 0 && news <= 0) {
      const found = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(row)
      if (found === null) continue
      hunk += 1
      olds = Number(found[2] ?? 1)
      news = Number(found[4] ?? 1)
      // A side without lines is said to begin before the line it stands at.
      oldLine = Number(found[1]) + (olds === 0 ? 1 : 0)
      newLine = Number(found[3]) + (news === 0 ? 1 : 0)
      continue
    }
    const mark = row[0] ?? ' '
    if (mark === '\\') continue
    yield { hunk, mark, text: row.slice(1), old: oldLine, new: newLine }
    if (mark !== '+') {
      oldLine += 1
      olds -= 1
    }
    if (mark !== '-') {
      newLine += 1
      news -= 1
    }
  }
}

/** The blocks of changed rows of a patch of one file, from its top to its end. */
export function changeBlocks(patch: string): ChangeBlock[] {
  const blocks: ChangeBlock[] = []
  let current: ChangeBlock | null = null
  for (const row of rowsOf(patch)) {
    if (row.mark !== '-' && row.mark !== '+') {
      current = null
      continue
    }
    const to: DiffPlace = row.mark === '-' ? { side: 'old', line: row.old } : { side: 'new', line: row.new }
    if (current === null || current.hunk !== row.hunk) {
      current = { hunk: row.hunk, from: to, to }
      blocks.push(current)
    } else current.to = to
  }
  return blocks
}

/** The lines between two places as they are now, or as they were where none of them is there any more. */
export function linesBetween(patch: string, from: DiffPlace, to: DiffPlace): string {
  const rows = [...rowsOf(patch)]
  const at = ({ side, line }: DiffPlace) =>
    rows.findIndex((row) => row.mark !== (side === 'old' ? '+' : '-') && row[side] === line)
  const [first = -1, last = -1] = [at(from), at(to)].toSorted((a, b) => a - b)
  if (first < 0) return ''
  const chosen = rows.slice(first, last + 1)
  const now = chosen.filter(({ mark }) => mark !== '-')
  return (now.length > 0 ? now : chosen).map(({ text }) => text).join('\n')
}
