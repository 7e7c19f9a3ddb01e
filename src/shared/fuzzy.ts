/**
 * How well words that were typed fit a text: higher is better, null when they do not. Every character has to be there
 * in order; whole runs, beginnings of words and the last part of a path count more, long texts less.
 * @param words in lower case, without spaces around them
 */
export function fuzzyScore(words: string, text: string): number | null {
  if (words === '') return 0
  const lower = text.toLowerCase()
  const name = lower.lastIndexOf('/', lower.length - 2) + 1
  const whole = lower.indexOf(words, name)
  if (whole >= 0) return 1000 - (whole - name) * 2 - lower.length / 10 + (whole === name ? 200 : 0)
  const part = lower.indexOf(words)
  if (part >= 0) return 500 + (startsWord(text, part) ? 100 : 0) - lower.length / 10
  let score = 0
  let at = 0
  let last = -2
  for (const character of words) {
    if (character === ' ') continue
    const found = lower.indexOf(character, at)
    if (found < 0) return null
    score += found === last + 1 ? 8 : startsWord(text, found) ? 6 : 1
    if (found >= name) score += 1
    last = found
    at = found + character.length
  }
  return score - lower.length / 10
}

function startsWord(text: string, at: number): boolean {
  const [before, here] = [text[at - 1], text[at]]
  if (before === undefined || here === undefined) return true
  return /[\s/\\._\-#[(]/u.test(before) || (here !== here.toLowerCase() && before === before.toLowerCase())
}

/** Words that are shorter stand in nearly every text, letter by letter. */
const SHORTEST_SPREAD = 3
const SPREAD = 3
const NAME_CHARACTER = /[\p{L}\p{N}]/u

/**
 * Where the letters of a word stand in a text: side by side somewhere, or else in order, the first at the beginning of a
 * word and the last not far from it. Null where they do not.
 * @param word in lower case, not empty
 * @param lower the text in lower case
 */
export function lettersIn(
  word: string,
  lower: string,
): { start: number; places: readonly number[] | null } | null {
  const whole = lower.indexOf(word)
  if (whole >= 0) return { start: whole, places: null }
  if (word.length < SHORTEST_SPREAD) return null
  const first = word.charAt(0)
  for (let start = lower.indexOf(first); start >= 0; start = lower.indexOf(first, start + 1)) {
    if (start > 0 && NAME_CHARACTER.test(lower.charAt(start - 1))) continue
    const places = spreadFrom(start, word, lower)
    // What is not there behind this place is not there behind a later one.
    if (places === null) return null
    if ((places.at(-1) ?? start) - start < word.length * SPREAD) return { start, places }
  }
  return null
}

function spreadFrom(start: number, word: string, lower: string): number[] | null {
  const places = [start]
  let at = start
  for (let nth = 1; nth < word.length; nth++) {
    at = lower.indexOf(word.charAt(nth), at + 1)
    if (at < 0) return null
    places.push(at)
  }
  return places
}
