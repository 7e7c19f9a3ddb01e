import type { KnownLines } from '@shared/files'

/** What is known of a file as one text, with the number in the file of each of its lines; null for what stands in a gap. */
export function textOfParts(
  parts: readonly KnownLines[],
  whole: boolean,
): {
  text: string
  numbers: readonly (number | null)[]
} {
  const lines: string[] = []
  const numbers: (number | null)[] = []
  let next = 1
  for (const part of parts) {
    if (part.first > next) {
      const missing = part.first - next
      lines.push(missing === 1 ? '1 line was not recorded' : `${missing} lines were not recorded`)
      numbers.push(null)
    }
    for (const [index, line] of part.lines.entries()) {
      lines.push(line)
      numbers.push(part.first + index)
    }
    next = part.first + part.lines.length
  }
  if (!whole) {
    lines.push('What follows was not recorded')
    numbers.push(null)
  }
  return { text: lines.join('\n'), numbers }
}
