/** Lines of a file, counted from 1; both ends are in it. */
interface LineRange {
  from: number
  to: number
}

/** What a prompt points at, by where in the text it does. */
export type Mention = { start: number; end: number } & (
  | { kind: 'file'; path: string; lines: LineRange | null }
  /** A pull request or an issue of the repository. */
  | { kind: 'number'; number: number }
  /** Another session of the task, by its name. */
  | { kind: 'session'; name: string }
)

/** More than these in one prompt are plain text. */
const mostMentions = 50

// `@"a path"` or `@path`, each with `:12` or `:12-30` behind it; `@[name]`; `#12`. Only where a word begins.
const pattern =
  /(?<=^|[\s(])(?:@"([^"\n]{1,1000})"(?::(\d{1,7})(?:-(\d{1,7}))?)?|@\[([^\]\n]{1,200})\]|@([^\s"[\]@][^\s"]{0,1000})|#(\d{1,9})(?!\w))/gu

/** What a prompt points at, in order. Whether there is such a file, number or session is another question. */
export function readMentions(text: string): Mention[] {
  const found: Mention[] = []
  for (const match of text.matchAll(pattern)) {
    if (found.length === mostMentions) break
    const [whole, quoted, from, to, name, bare, number] = match
    const start = match.index
    const place = { start, end: start + whole.length }
    if (name !== undefined) found.push({ ...place, kind: 'session', name })
    else if (number !== undefined) {
      if (Number(number) > 0) found.push({ ...place, kind: 'number', number: Number(number) })
    } else if (quoted !== undefined)
      found.push({ ...place, kind: 'file', path: quoted, lines: range(from, to) })
    else if (bare !== undefined) {
      // What ends a sentence does not belong to the path.
      const word = bare.replace(/[.,;:!?)\]}]+$/u, '')
      if (word === '') continue
      const lines = /^(.+):(\d{1,7})(?:-(\d{1,7}))?$/u.exec(word)
      const path = lines?.[1] ?? word
      const end = start + 1 + word.length
      found.push({ start, end, kind: 'file', path, lines: range(lines?.[2], lines?.[3]) })
    }
  }
  return found
}

function range(from: string | undefined, to: string | undefined): LineRange | null {
  if (from === undefined) return null
  const [first, last] = [Number(from), Number(to ?? from)]
  return first < 1 || last < first ? null : { from: first, to: last }
}

/** A file as a prompt points at it; null for a path that cannot be written down in one. */
export function fileMention(path: string, lines: LineRange | null = null): string | null {
  const plain = /^[^\s"[\]@][^\s"]*$/u.test(path) && !/[.,;:!?)\]}]$|:\d+(?:-\d+)?$/u.test(path)
  if (!plain && /["\n]/u.test(path)) return null
  const span = lines === null ? '' : lines.from === lines.to ? `:${lines.from}` : `:${lines.from}-${lines.to}`
  return `@${plain ? path : `"${path}"`}${span}`
}

/** A session as a prompt points at it. */
export const sessionMention = (name: string): string =>
  `@[${name
    .replaceAll(/[\]\n]+/gu, ' ')
    .slice(0, 200)
    .trim()}]`
