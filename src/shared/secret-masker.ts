import { z } from 'zod'
import { findSecrets, type SecretKind, secretKinds, type SecretRange, withoutOverlaps } from './secrets'

/** What was masked of one secret. The secret itself is in none of it. */
export const maskedSecretSchema = z.object({
  kind: z.enum(secretKinds),
  /** What stands in its place, such as `[masked github-token #1]`: the same for the same secret. */
  tag: z.string(),
  count: z.number().int(),
  /** Where it stood, the first few. */
  places: z.array(z.string()),
})
export type MaskedSecret = z.infer<typeof maskedSecretSchema>

/** What is shorter is masked where it was found, and not looked for elsewhere: it may be an ordinary word. */
const SHORTEST_KNOWN = 8
const MOST_PLACES = 5
/** Secrets that are looked for everywhere at a time. */
const LITERALS_A_PATTERN = 500

interface Known {
  kind: SecretKind
  tag: string
  count: number
  places: Set<string>
}

type TaggedRange = SecretRange & { value: string }

/**
 * Puts a tag in place of each secret. Is shown everything twice: what it learned anywhere in the first round is masked
 * everywhere in the second, also where nothing around it says that it is a secret.
 */
export class SecretMasker {
  readonly #known = new Map<string, Known>()
  /** A spelling of a known secret, to the secret. */
  readonly #spellings = new Map<string, string>()
  readonly #numbers = new Map<SecretKind, number>()
  #patterns: RegExp[] | null = null

  /** The first round. */
  learn(text: string): void {
    for (const { start, end, kind } of findSecrets(text)) this.#know(text.slice(start, end), kind)
  }

  /** The first round for all strings of a value. */
  learnValue(value: unknown): void {
    mapStrings(value, (text) => {
      this.learn(text)
      return text
    })
  }

  /** Begins the second round where the first one masked too: what was counted there is not counted twice. */
  beginAgain(): void {
    for (const known of this.#known.values()) {
      known.count = 0
      known.places.clear()
    }
  }

  /** The second round. `place` says where the text stands, for the report. */
  mask(text: string, place: string): string {
    return this.maskPieces([text], place)[0] ?? ''
  }

  maskValue<Value>(value: Value, place: string): Value {
    return mapStrings(value, (text) => this.mask(text, place)) as Value
  }

  /** Pieces of one text: a secret that goes across several is masked in the first of them, and gone from the others. */
  maskPieces(pieces: readonly string[], place: string): string[] {
    const text = pieces.length === 1 ? (pieces[0] ?? '') : pieces.join('')
    const ranges = this.#rangesOf(text)
    if (ranges.length === 0) return [...pieces]
    const tags = ranges.map((range) => this.#use(range, place))
    const masked: string[] = []
    let at = 0
    let next = 0
    for (const piece of pieces) {
      const end = at + piece.length
      let out = ''
      let from = at
      for (; next < ranges.length; next += 1) {
        const range = ranges[next]
        if (range === undefined || range.start >= end) break
        // One that began in an earlier piece has its tag there.
        if (range.start >= at) out += text.slice(from, range.start) + (tags[next] ?? '')
        from = Math.min(range.end, end)
        if (range.end > end) break
      }
      masked.push(out + text.slice(from, end))
      at = end
    }
    return masked
  }

  /** What was masked so far, the most frequent first. */
  report(): MaskedSecret[] {
    return [...this.#known.values()]
      .filter(({ count }) => count > 0)
      .toSorted((left, right) => right.count - left.count)
      .map(({ kind, tag, count, places }) => ({ kind, tag, count, places: [...places] }))
  }

  #rangesOf(text: string): TaggedRange[] {
    const found: TaggedRange[] = findSecrets(text).map((range) => ({
      ...range,
      value: text.slice(range.start, range.end),
    }))
    for (const pattern of this.#literals()) {
      pattern.lastIndex = 0
      for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
        const value = this.#spellings.get(match[0]) ?? match[0]
        const kind = this.#known.get(value)?.kind
        if (kind !== undefined)
          found.push({ start: match.index, end: match.index + match[0].length, kind, value })
        // One may begin inside of another.
        pattern.lastIndex = match.index + 1
      }
    }
    return withoutOverlaps(found)
  }

  #literals(): RegExp[] {
    if (this.#patterns !== null) return this.#patterns
    const spellings = [...this.#spellings.keys()].toSorted((left, right) => right.length - left.length)
    const patterns: RegExp[] = []
    for (let at = 0; at < spellings.length; at += LITERALS_A_PATTERN)
      patterns.push(
        new RegExp(
          spellings
            .slice(at, at + LITERALS_A_PATTERN)
            .map((spelling) => spelling.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&'))
            .join('|'),
          'g',
        ),
      )
    this.#patterns = patterns
    return patterns
  }

  #know(value: string, kind: SecretKind): Known {
    const known = this.#known.get(value)
    if (known !== undefined) return known
    const number = (this.#numbers.get(kind) ?? 0) + 1
    this.#numbers.set(kind, number)
    const fresh: Known = { kind, tag: `[masked ${kind} #${number}]`, count: 0, places: new Set() }
    this.#known.set(value, fresh)
    if (value.length >= SHORTEST_KNOWN) {
      for (const spelling of spellingsOf(value)) this.#spellings.set(spelling, value)
      this.#patterns = null
    }
    return fresh
  }

  #use(range: TaggedRange, place: string): string {
    const known = this.#know(range.value, range.kind)
    known.count += 1
    if (known.places.size < MOST_PLACES) known.places.add(place)
    return known.tag
  }
}

/** A secret as it may stand in text of another kind. */
function spellingsOf(value: string): Set<string> {
  return new Set(
    [value, decoded(value)].flatMap((one) => [
      one,
      JSON.stringify(one).slice(1, -1),
      escapeHtml(one),
      // What has half a character in it cannot be in an address.
      ...(one.isWellFormed() ? [encodeURIComponent(one)] : []),
    ]),
  )
}

/** What was found in an address stands elsewhere without its escapes. */
function decoded(value: string): string {
  try {
    const plain = decodeURIComponent(value)
    return plain.length < SHORTEST_KNOWN ? value : plain
  } catch (error) {
    if (error instanceof URIError) return value
    throw error
  }
}

export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}

/** Deeper values are given up: nothing reads them either. */
const DEEPEST = 200

/** The value with each string in it replaced, names of properties too. */
function mapStrings(value: unknown, map: (text: string) => string, depth = 0): unknown {
  if (typeof value === 'string') return map(value)
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value
  if (depth > DEEPEST) return null
  if (Array.isArray(value)) return value.map((one) => mapStrings(one, map, depth + 1))
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => {
      const name = map(key)
      return [name, mapNamed(name, one, map, depth)]
    }),
  )
}

/** What a property is called may say that its value is a secret. */
function mapNamed(name: string, value: unknown, map: (text: string) => string, depth: number): unknown {
  if (typeof value !== 'string') return mapStrings(value, map, depth + 1)
  const head = `"${name}": "`
  const whole = `${head}${value}"`
  const [range] = findSecrets(whole).filter(({ start, end }) => start >= head.length && end < whole.length)
  if (range === undefined || range.start !== head.length || range.end !== whole.length - 1) return map(value)
  const shown = map(whole)
  return shown.startsWith(head) && shown.endsWith('"') ? shown.slice(head.length, -1) : map(value)
}
