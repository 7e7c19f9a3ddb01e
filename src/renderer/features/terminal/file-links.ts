export interface FileLink {
  /** Where it stands in the text, from 0, and where it ends. */
  readonly start: number
  readonly end: number
  readonly path: string
  readonly line: number
}

/** A file with a line, as compilers, test runners and searches print it: `src/a.ts:12`, `src/a.ts:12:3`, `src/a.ts(12,3)`. */
const place =
  /(?<![\w/.@:-])((?:\.{1,2}\/|\/)?(?:[\w.@+-]+\/)*[\w@+-][\w.@+-]*\.[A-Za-z]\w{0,9})(?::(\d{1,7})(?::\d{1,7})?|\((\d{1,7})(?:,\d{1,7})?\))/g

export function fileLinks(text: string): FileLink[] {
  return [...text.matchAll(place)].flatMap((match) => {
    const [whole, path = '', afterColon, inBrackets] = match
    const line = Number(afterColon ?? inBrackets)
    return line > 0 ? [{ start: match.index, end: match.index + whole.length, path, line }] : []
  })
}

/** The path as git knows it; null for what is outside of the checkout. */
export function withinCheckout(path: string, cwd: string): string | null {
  const whole = path.startsWith('/') ? path : `${cwd}/${path}`
  const parts: string[] = []
  for (const part of whole.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  const root = cwd.split('/').filter((part) => part !== '')
  if (!root.every((part, index) => parts[index] === part)) return null
  const inside = parts.slice(root.length).join('/')
  return inside === '' ? null : inside
}
