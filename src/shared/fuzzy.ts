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
