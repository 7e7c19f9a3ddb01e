/**
 * How text becomes words. SQLite's own tokenizer (unicode61) cuts at everything that is no letter or digit, takes case
 * and accents away, and does so fast: `snake_case`, paths and hashes need no more. What it cannot see is added beside
 * it as further words: the parts of `camelCase`, and pairs of characters for scripts without spaces.
 */

/** Scripts that are written without spaces between words. */
const UNSPACED = String.raw`\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}々ー`
/** Nothing below is of such a script: most text is told apart by one look. */
const MAY_BE_UNSPACED =
  /[\u0E00-\u109F\u1100-\u11FF\u1780-\u17FF\u2E80-\uD7FF\uF900-\uFAFF\uFE30-\uFFEF\uD840-\uD88F]/
const UNSPACED_RUN = new RegExp(`[${UNSPACED}\\p{M}]*[${UNSPACED}][${UNSPACED}\\p{M}]*`, 'gu')
const BOUNDARY = /[a-z\d][A-Z]|[A-Z][A-Z][a-z]/g
/** Stands between parts that do not belong together, so that no phrase goes across. */
const APART = ' 0 '
/** Of one text: more different ones are in generated code. */
const MOST_IDENTIFIERS = 2000

/** What the index is given of a text. */
export interface IndexedText {
  /** For unicode61, without runs of unspaced scripts. */
  words: string
  /** Parts of identifiers, and pairs of characters. */
  parts: string
}

export function indexedText(text: string): IndexedText {
  const identifiers = camelCase(text)
  if (!MAY_BE_UNSPACED.test(text)) return { words: text, parts: identifiers }
  const pairs: string[] = []
  const words = text.replaceAll(UNSPACED_RUN, (run) => {
    pairs.push(pairsOf(run).join(' '))
    return ' '
  })
  const parts = pairs.length === 0 ? identifiers : [identifiers, ...pairs].filter(Boolean).join(APART)
  return { words, parts }
}

/** Characters of a run two by two, and the last one alone: what begins with a character finds it anywhere. */
function pairsOf(run: string): string[] {
  const characters = Array.from(run.normalize('NFC'))
  return characters.map((character, index) => character + (characters[index + 1] ?? ''))
}

/** The parts of every identifier in camel case, each identifier once. Linear: no identifier is too long for it. */
function camelCase(text: string): string {
  BOUNDARY.lastIndex = 0
  let found = BOUNDARY.exec(text)
  if (found === null) return ''
  const identifiers = new Set<string>()
  while (found !== null && identifiers.size < MOST_IDENTIFIERS) {
    let start = found.index
    let end = found.index + 2
    while (start > 0 && isWord(text.charCodeAt(start - 1))) start -= 1
    while (end < text.length && isWord(text.charCodeAt(end))) end += 1
    // What is longer is no identifier but data.
    if (end - start <= 100) identifiers.add(text.slice(start, end))
    BOUNDARY.lastIndex = end
    found = BOUNDARY.exec(text)
  }
  return [...identifiers].map((identifier) => camelParts(identifier).join(' ')).join(APART)
}

function isWord(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57) || code > 127
}

/** `parseHTTPResponse` is parse, HTTP, Response. */
export function camelParts(identifier: string): string[] {
  return identifier.match(/\p{Lu}+(?!\p{Ll})\d*|\p{Lu}?\p{Ll}+\d*|\d+/gu) ?? []
}

/** One word of a search: words in a row, and how it may also be written. */
export interface WordForms {
  /** In order, next to one another, as unicode61 sees them. */
  words: string[]
  /** The same cut at capital letters; null where that changes nothing. */
  parts: string[] | null
  /** Runs of unspaced scripts, each two by two; one character alone is the beginning of a pair. */
  runs: string[][]
}

const WORD = /[\p{L}\p{N}\p{Co}\p{M}]+/gu

/** What a word or phrase of a search is looked for as. */
export function wordForms(text: string): WordForms {
  const runs: string[][] = []
  const spaced = MAY_BE_UNSPACED.test(text)
    ? text.replaceAll(UNSPACED_RUN, (run) => {
        const pairs = pairsOf(run)
        runs.push(pairs.length === 1 ? pairs : pairs.slice(0, -1))
        return ' '
      })
    : text
  const words = spaced.match(WORD) ?? []
  const parts = words.flatMap((word) => {
    const cut = camelParts(word)
    return cut.join('') === word ? cut : [word]
  })
  return { words, parts: parts.length > words.length ? parts : null, runs }
}

/**
 * The text as unicode61 compares it: in lower case, without accents, and of the same length, so that places in it are
 * places in the text.
 */
export function folded(text: string): string {
  const lower = text.toLowerCase()
  // oxlint-disable-next-line no-control-regex -- all of ASCII is what has neither accents nor other lengths
  if (lower.length === text.length && /^[\u0000-\u007F]*$/.test(lower)) return lower
  let result = ''
  for (const character of text) result += foldedCharacter(character)
  return result
}

const known = new Map<string, string>()

function foldedCharacter(character: string): string {
  if (character.length === 1 && character < '\u0080') return character.toLowerCase()
  let fold = known.get(character)
  if (fold === undefined) {
    const base = character.normalize('NFD').replaceAll(/\p{M}/gu, '') || character
    const lower = (UNSPACED_ONE.test(character) ? character : base).toLowerCase()
    fold = lower.length === character.length ? lower : character
    if (known.size < 5000) known.set(character, fold)
  }
  return fold
}

const UNSPACED_ONE = new RegExp(`^[${UNSPACED}]$`, 'u')
