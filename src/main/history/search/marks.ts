import type { MarkedText } from '@shared/search'
import type { SearchTerm } from '@shared/search-query'
import { folded, wordForms } from './words'

/** About so many characters of a text are shown. */
const SNIPPET = 220
/** Of them, before the first mark. */
const LEAD = 60
/** More places of one word say no more about where it stands. */
const MOST_PLACES = 200
const LETTER = /[\p{L}\p{N}]/u

/** From and to, and which of the words it is. */
interface Place {
  from: number
  to: number
  word: number
}

/** Finds the words of a search in a text as the index understands them. */
export class Marker {
  readonly #patterns: { pattern: RegExp; bounded: boolean; prefix: boolean }[]

  constructor(terms: readonly SearchTerm[]) {
    this.#patterns = terms
      .filter(({ excluded }) => !excluded)
      .flatMap(({ text, prefix }) => {
        const { words, parts, runs } = wordForms(text)
        const spaced = parts ?? words
        const patterns = runs.map((run) => ({
          pattern: new RegExp(escaped(joined(run)), 'g'),
          bounded: false,
          prefix: true,
        }))
        if (spaced.length === 0) return patterns
        const between = '[^\\p{L}\\p{N}]{0,20}'
        const pattern = new RegExp(spaced.map((word) => escaped(folded(word))).join(between), 'gu')
        return [...patterns, { pattern, bounded: true, prefix }]
      })
  }

  /** How many different words there are to find. */
  get words(): number {
    return this.#patterns.length
  }

  /** Where they stand, in order. */
  places(text: string): Place[] {
    const places: Place[] = []
    const lower = folded(text)
    for (const [word, { pattern, bounded, prefix }] of this.#patterns.entries()) {
      pattern.lastIndex = 0
      let found = 0
      for (let match = pattern.exec(lower); match !== null; match = pattern.exec(lower)) {
        const from = match.index
        const to = from + match[0].length
        if (to === from) break
        if (bounded && !(isStart(text, from) && (prefix || isStart(text, to)))) {
          pattern.lastIndex = from + 1
          continue
        }
        places.push({ from, to, word })
        found += 1
        if (found === MOST_PLACES) break
      }
    }
    return places.toSorted((a, b) => a.from - b.from || b.to - a.to)
  }

  /** The whole of a short text. */
  mark(text: string): MarkedText {
    return pieces(text, 0, text.length, this.places(text))
  }

  /** The part of a text that says most of what was looked for. */
  snippet(text: string): MarkedText {
    const places = this.places(text)
    let best = { from: 0, score: -1 }
    for (const [index, { from }] of places.entries()) {
      const words = new Set<number>()
      let near = index
      for (
        let place = places[near];
        place !== undefined && place.to <= from + SNIPPET - LEAD;
        place = places[near]
      ) {
        words.add(place.word)
        near += 1
      }
      const score = words.size * 1000 + (near - index)
      if (score > best.score) best = { from, score }
    }
    const start = best.score === -1 ? 0 : startBefore(text, Math.max(0, best.from - LEAD), best.from)
    return pieces(text, start, endAfter(text, Math.min(text.length, start + SNIPPET)), places)
  }
}

/** Whether a word begins there: after something that is no letter, or at a capital one inside of a word. */
function isStart(text: string, at: number): boolean {
  const before = text[at - 1]
  const here = text[at]
  if (before === undefined || here === undefined || !LETTER.test(before) || !LETTER.test(here)) return true
  if (/\p{Lu}/u.test(here) && (!/\p{Lu}/u.test(before) || /\p{Ll}/u.test(text[at + 1] ?? ''))) return true
  // As identifiers are cut.
  if (/\d/.test(before) && !/\d/.test(here)) return true
  // Scripts without spaces have no beginnings.
  return /[\u0E00-\uFAFF]/.test(before) || /[\u0E00-\uFAFF]/.test(here)
}

/** The run that pairs of characters were made of. */
function joined(pairs: readonly string[]): string {
  const [first = '', ...others] = pairs
  return first + others.map((pair) => Array.from(pair).slice(1).join('')).join('')
}

const escaped = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`)

/** The beginning of a word at a place or behind it. */
function startBefore(text: string, at: number, latest: number): number {
  if (at === 0) return 0
  const line = text.lastIndexOf('\n', latest)
  if (line >= at - LEAD && line < latest) return line + 1
  const space = text.slice(at, latest).search(/\s/)
  const start = space === -1 ? at : at + space + 1
  return isLow(text, start) ? start + 1 : start
}

function endAfter(text: string, at: number): number {
  return isLow(text, at) ? at + 1 : at
}

/** Whether the second half of a character stands there. */
function isLow(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return code >= 0xdc00 && code <= 0xdfff
}

function pieces(text: string, from: number, to: number, places: readonly Place[]): MarkedText {
  const result: MarkedText = []
  const add = (start: number, end: number, marked: boolean): void => {
    const piece = text.slice(start, end).replaceAll(/\s+/g, ' ')
    if (piece !== '') result.push({ text: piece, marked })
  }
  if (from > 0) result.push({ text: '… ', marked: false })
  let at = from
  for (const place of places) {
    if (place.to <= at || place.from >= to) continue
    const start = Math.max(at, place.from)
    const end = Math.min(to, place.to)
    add(at, start, false)
    add(start, end, true)
    at = end
  }
  add(at, to, false)
  if (to < text.length) result.push({ text: ' …', marked: false })
  return result
}
