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
 * Whether the letters of a word stand in a text: side by side somewhere, or else in order, the first at the beginning of a
 * word and the last not far from it. Asked of ten thousands of texts for every letter that is typed.
 * @param word in lower case, not empty
 * @param lower the text in lower case
 */
export function hasLetters(word: string, lower: string): boolean {
  return lower.includes(word) || spreadStart(word, lower) >= 0
}

/** Where these letters stand, one by one; null where they do not. */
export function letterPlaces(word: string, lower: string): number[] | null {
  const whole = lower.indexOf(word)
  if (whole >= 0) return Array.from({ length: word.length }, (_, nth) => whole + nth)
  const start = spreadStart(word, lower)
  if (start < 0) return null
  const places = [start]
  for (let nth = 1; nth < word.length; nth++)
    places.push(lower.indexOf(word.charAt(nth), (places.at(-1) ?? start) + 1))
  return places
}

function spreadStart(word: string, lower: string): number {
  if (word.length < SHORTEST_SPREAD) return -1
  const first = word.charAt(0)
  for (let start = lower.indexOf(first); start >= 0; start = lower.indexOf(first, start + 1)) {
    if (start > 0 && isNameCharacter(lower, start - 1)) continue
    let at = start
    for (let nth = 1; nth < word.length; nth++) {
      at = lower.indexOf(word.charAt(nth), at + 1)
      // What is not there behind this place is not there behind a later one.
      if (at < 0) return -1
    }
    if (at - start < word.length * SPREAD) return start
  }
  return -1
}

function isNameCharacter(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  if (code < 0x80) return (code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39)
  return NAME_CHARACTER.test(text.charAt(at))
}
