import { patchRows } from '@shared/patch-rows'

/** The text of lines by their numbers, as far as a patch shows them. */
export type KnownLines = ReadonlyMap<number, string>

/** One text of an edit: lines, and which of them the edit itself put there, or took away. */
interface Told {
  readonly lines: readonly string[]
  readonly changed: readonly boolean[]
}

/** Texts that differ in more than this are not compared line by line: all of their middle counts as changed. */
const MOST_CELLS = 1_000_000
/** So many lines around one are looked at. */
const REACH = 200

/** The lines of one side of a patch of one file. */
export function knownLines(patch: string, side: 'old' | 'new'): KnownLines {
  const lines = new Map<number, string>()
  for (const row of patchRows(patch))
    if (row.mark !== (side === 'old' ? '+' : '-'))
      lines.set(row[side], bare(row.text.split('\n', 1)[0] ?? ''))
  return lines
}

/** What an edit wrote (`new`), or took away (`old`). */
export function toldBy(text: { old: string | null; new: string }, side: 'old' | 'new'): Told {
  const old = linesOf(text.old ?? '')
  const fresh = linesOf(text.new)
  const [own, other] = side === 'new' ? [fresh, old] : [old, fresh]
  return { lines: own, changed: changedAmong(own, other) }
}

/**
 * How well what is told holds one line: 0 where it does not, else how many lines around it are the same too. A line
 * whose neighbours are both others is another line with the same text.
 */
export function holds(told: Told, known: KnownLines, line: number): number {
  const text = known.get(line)
  if (text === undefined) return 0
  let best = 0
  for (const [at, own] of told.lines.entries()) {
    if (own !== text || told.changed[at] !== true) continue
    const above = alike(told, known, { line, at, step: -1 })
    const below = alike(told, known, { line, at, step: 1 })
    if (above.contradicts && below.contradicts) continue
    best = Math.max(best, 1 + above.count + below.count)
  }
  return best
}

function alike(
  told: Told,
  known: KnownLines,
  { line, at, step }: { line: number; at: number; step: 1 | -1 },
): { count: number; contradicts: boolean } {
  let count = 0
  while (count < REACH) {
    const own = told.lines[at + step * (count + 1)]
    const there = known.get(line + step * (count + 1))
    if (own === undefined || there === undefined) return { count, contradicts: false }
    if (own !== there) return { count, contradicts: count === 0 }
    count += 1
  }
  return { count, contradicts: false }
}

/** Which lines have no partner in the other text, in the longest order that both share. */
function changedAmong(own: readonly string[], other: readonly string[]): boolean[] {
  const changed = own.map(() => true)
  let start = 0
  while (start < own.length && start < other.length && own[start] === other[start]) changed[start++] = false
  let end = 0
  while (
    end < own.length - start &&
    end < other.length - start &&
    own[own.length - 1 - end] === other[other.length - 1 - end]
  ) {
    end += 1
    changed[own.length - end] = false
  }
  const a = own.slice(start, own.length - end)
  const b = other.slice(start, other.length - end)
  if (a.length * b.length > MOST_CELLS || b.length === 0) return changed
  const width = b.length + 1
  const longest = new Uint32Array((a.length + 1) * width)
  const cell = (i: number, j: number) => longest[i * width + j] ?? 0
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      longest[i * width + j] =
        a[i] === b[j] ? cell(i + 1, j + 1) + 1 : Math.max(cell(i + 1, j), cell(i, j + 1))
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    if (a[i] === b[j]) {
      changed[start + i] = false
      i += 1
      j += 1
    } else if (cell(i + 1, j) >= cell(i, j + 1)) i += 1
    else j += 1
  }
  return changed
}

function linesOf(text: string): string[] {
  const lines = text.split('\n').map(bare)
  if (lines.at(-1) === '') lines.pop()
  return lines
}

/** Agents may tell lines without the carriage returns of the file. */
function bare(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line
}
