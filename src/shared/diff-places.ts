import { type PatchRow, patchRows } from './patch-rows'

/** A place in a diff, by the true number of a line on one of its sides. */
export interface DiffPlace {
  side: 'old' | 'new'
  line: number
}

/** The lines between two places as they are now, or as they were where none of them is there any more. */
export function linesBetween(patch: string, from: DiffPlace, to: DiffPlace): string {
  const rows = [...patchRows(patch)]
  const [first = -1, last = -1] = [indexOf(rows, from), indexOf(rows, to)].toSorted((a, b) => a - b)
  return first < 0 ? '' : textOf(rows.slice(first, last + 1))
}

/** Where lines are in a diff, as GitHub takes a comment on them: within one hunk, context on the new side. */
export interface FoundLines {
  from: DiffPlace
  to: DiffPlace
  /** They have other numbers than was said. */
  moved: boolean
}

/**
 * Finds lines that were commented on in the rows of a diff, which may be another one than they were seen in: by their numbers where
 * the same text stands there, else by their text, where that is in the diff once. Null where neither is so.
 */
export function findLines(
  rows: readonly PatchRow[],
  { from, to, text }: { from: DiffPlace; to: DiffPlace; text: string },
): FoundLines | null {
  const [first = -1, last = -1] = [indexOf(rows, from), indexOf(rows, to)].toSorted((a, b) => a - b)
  if (first >= 0 && sameText(textOf(rows.slice(first, last + 1)), text))
    return lines(rows, first, last, false)
  const both = from.side === 'old' && to.side === 'old'
  const found = findText(rows, both ? 'old' : 'new', text)
  return found === null ? null : lines(rows, found.first, found.last, true)
}

/** As much of a text as is kept of the lines of a comment. */
export const MOST_EXCERPT = 20_000

function sameText(a: string, b: string): boolean {
  return a === b || (b.length === MOST_EXCERPT && a.startsWith(b))
}

/** The only run of rows of one hunk that reads so on a side. */
function findText(
  rows: readonly PatchRow[],
  side: DiffPlace['side'],
  text: string,
): { first: number; last: number } | null {
  const wanted = text.split('\n')
  const seen = rows.flatMap((row, index) =>
    row.mark === (side === 'old' ? '+' : '-') ? [] : [{ index, hunk: row.hunk.index, text: lineOf(row) }],
  )
  let found: { first: number; last: number } | null = null
  for (let at = 0; at + wanted.length <= seen.length; at += 1) {
    const run = seen.slice(at, at + wanted.length)
    if (run[0]?.hunk !== run.at(-1)?.hunk || run.some((one, index) => one.text !== wanted[index])) continue
    // What is there twice is nowhere in particular.
    if (found !== null) return null
    found = { first: run[0]?.index ?? 0, last: run.at(-1)?.index ?? 0 }
  }
  return found
}

function lines(rows: readonly PatchRow[], first: number, last: number, moved: boolean): FoundLines {
  const end = rows[last]
  if (end === undefined) throw new Error('A row of the diff is missing')
  // A comment cannot span hunks: it is about the lines of the last one.
  const start = rows.slice(first, last).find(({ hunk }) => hunk.index === end.hunk.index) ?? end
  return { from: placeOf(start), to: placeOf(end), moved }
}

function placeOf(row: PatchRow): DiffPlace {
  return row.mark === '-' ? { side: 'old', line: row.old } : { side: 'new', line: row.new }
}

/** Which of the rows is at a place; -1 where none is. */
export function indexOf(rows: readonly PatchRow[], { side, line }: DiffPlace): number {
  return rows.findIndex((row) => row.mark !== (side === 'old' ? '+' : '-') && row[side] === line)
}

function textOf(rows: readonly PatchRow[]): string {
  const now = rows.filter(({ mark }) => mark !== '-')
  return (now.length > 0 ? now : rows).map(lineOf).join('\n')
}

function lineOf(row: PatchRow): string {
  return row.text.split('\n', 1)[0] ?? ''
}
