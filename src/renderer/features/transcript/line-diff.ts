export interface DiffLine {
  readonly kind: 'context' | 'added' | 'removed'
  readonly text: string
}

export interface LineDiff {
  readonly lines: readonly DiffLine[]
  readonly added: number
  readonly removed: number
}

const context = 3

/**
 * The lines an edit replaced. Agents send the text they replaced, so what differs is one stretch between equal
 * ends; those ends are found and the rest is shown as removed and added. A full comparison is the work of the
 * changes panel.
 */
export function lineDiff(oldText: string | null, newText: string): LineDiff {
  const before = splitLines(oldText ?? '')
  const after = splitLines(newText)
  let start = 0
  while (start < before.length && start < after.length && before[start] === after[start]) start += 1
  let end = 0
  while (
    end < before.length - start &&
    end < after.length - start &&
    before[before.length - 1 - end] === after[after.length - 1 - end]
  ) {
    end += 1
  }
  const removed = before.slice(start, before.length - end)
  const added = after.slice(start, after.length - end)
  const lines: DiffLine[] = [
    ...before.slice(Math.max(0, start - context), start).map((text) => ({ kind: 'context' as const, text })),
    ...removed.map((text) => ({ kind: 'removed' as const, text })),
    ...added.map((text) => ({ kind: 'added' as const, text })),
    ...before
      .slice(before.length - end, Math.min(before.length, before.length - end + context))
      .map((text) => ({ kind: 'context' as const, text })),
  ]
  return { lines, added: added.length, removed: removed.length }
}

function splitLines(text: string): string[] {
  if (text === '') return []
  const lines = text.split('\n')
  // A final line break ends the last line; it does not begin another.
  if (lines.at(-1) === '') lines.pop()
  return lines
}
