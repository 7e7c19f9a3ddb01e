/** What can be put in the place of lines, as GitHub writes it into a comment: a fenced block called "suggestion". */

/** A part of a comment: markdown, or lines to put in the place of those it is about. */
export type CommentPart =
  | { readonly kind: 'text'; readonly text: string }
  /** No lines: those it is about are to go. */
  | { readonly kind: 'suggestion'; readonly lines: readonly string[] }

const OPENING = /^( {0,3})(`{3,}|~{3,})[ \t]*(.*?)[ \t]*$/

/** A comment in its parts, in their order. A block that is not closed goes to the end, as in markdown. */
export function commentParts(body: string): CommentPart[] {
  const lines = body.split(/\r\n|\r|\n/)
  const parts: CommentPart[] = []
  let text: string[] = []
  const flush = (): void => {
    if (text.some((line) => line.trim() !== '')) parts.push({ kind: 'text', text: text.join('\n') })
    text = []
  }
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? ''
    const opened = OPENING.exec(line)
    const [, indent = '', fence = '', info = ''] = opened ?? []
    // What stands behind backticks holds none of them; such a line opens nothing.
    if (opened === null || (fence.startsWith('`') && info.includes('`'))) {
      text.push(line)
      continue
    }
    const end = closing(lines, at + 1, fence)
    const inside = lines.slice(at + 1, end)
    if (info.split(/\s/, 1)[0] === 'suggestion') {
      flush()
      parts.push({ kind: 'suggestion', lines: inside.map((one) => withoutIndent(one, indent.length)) })
    } else text.push(...lines.slice(at, end + 1))
    at = end
  }
  flush()
  return parts
}

/** The block that suggests these lines. */
export function suggestionBlock(lines: readonly string[]): string {
  const runs = lines.flatMap((line) => [...line.matchAll(/`+/g)].map(([ticks]) => ticks.length))
  const fence = '`'.repeat(Math.max(3, ...runs.map((run) => run + 1)))
  return [`${fence}suggestion`, ...lines, fence].join('\n')
}

/** Where the line is that closes a fence; behind the last where none does. */
function closing(lines: readonly string[], from: number, fence: string): number {
  const mark = fence.charAt(0)
  for (let at = from; at < lines.length; at += 1) {
    const [, run = ''] = /^ {0,3}(`{3,}|~{3,})[ \t]*$/.exec(lines[at] ?? '') ?? []
    if (run.startsWith(mark) && run.length >= fence.length) return at
  }
  return lines.length
}

function withoutIndent(line: string, most: number): string {
  const indent = /^ */.exec(line)?.[0].length ?? 0
  return line.slice(Math.min(indent, most))
}

/**
 * The last lines of a piece of a diff, as they are on one side: those a thread is about, which the piece ends with. Null
 * where it does not hold so many.
 */
export function lastLines(hunk: string, side: 'old' | 'new', count: number): string[] | null {
  const other = side === 'old' ? '+' : '-'
  const own = hunk
    .split('\n')
    .filter((line) => !line.startsWith(other) && !line.startsWith('\\') && !line.startsWith('@@ '))
  return own.length < count || count < 1 ? null : own.slice(-count).map((line) => line.slice(1))
}
