/** Where a hunk stands, as its head says. The first has index 0. */
export interface HunkHead {
  index: number
  oldStart: number
  oldCount: number
  newStart: number
  newCount: number
  /** What git writes behind the numbers. */
  heading: string
}

export interface PatchRow {
  hunk: HunkHead
  mark: ' ' | '+' | '-'
  /** With its line end, and with "\ No newline at end of file" where that follows. */
  text: string
  /** The number it has, or would have, on each side. */
  old: number
  new: number
}

/** The numbers in the head of a hunk; a count that is not there is 1. */
export const HUNK_HEAD = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/

/**
 * The rows of a unified diff of one file. They are counted by the heads of their hunks, so that a line of the file is
 * never taken for a head, whatever it holds; a diff that was cut ends with what there is.
 */
export function* patchRows(patch: string): Generator<PatchRow> {
  let hunk: HunkHead | null = null
  let count = 0
  let [olds, news] = [0, 0]
  let position = 0
  while (position < patch.length) {
    const end = endOfLine(patch, position)
    if (hunk === null || (olds >= hunk.oldCount && news >= hunk.newCount)) {
      hunk = readHead(patch.slice(position, end), count)
      if (hunk !== null) count += 1
      olds = news = 0
      position = end
      continue
    }
    const first = patch[position]
    const mark = first === '+' || first === '-' ? first : ' '
    // What belongs to the row: that the file ends with it, without a newline.
    const whole = patch[end] === '\\' ? endOfLine(patch, end) : end
    // An empty line of context may have lost its blank.
    const text = patch.slice(first === '\n' ? position : position + 1, whole)
    position = whole
    yield {
      hunk,
      mark,
      text,
      old: firstLine(hunk.oldStart, hunk.oldCount) + olds,
      new: firstLine(hunk.newStart, hunk.newCount) + news,
    }
    if (mark !== '+') olds += 1
    if (mark !== '-') news += 1
  }
}

/** A side without lines is said to begin before the line it stands at. */
export function firstLine(start: number, count: number): number {
  return count === 0 ? start + 1 : start
}

function readHead(line: string, index: number): HunkHead | null {
  const found = HUNK_HEAD.exec(line)
  if (found === null) return null
  return {
    index,
    oldStart: Number(found[1]),
    oldCount: Number(found[2] ?? 1),
    newStart: Number(found[3]),
    newCount: Number(found[4] ?? 1),
    heading: line.slice(found[0].length).replace(/\n$/, ''),
  }
}

/** Where the next line begins. */
export function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\n', from)
  return end < 0 ? text.length : end + 1
}
