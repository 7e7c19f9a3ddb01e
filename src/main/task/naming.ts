/** Titles and branch names made from what a person wrote. Pure. */
import { conflictingBranch, freeBranchName, validateBranchName } from '@shared/branch-name'

const FALLBACK = 'update task'
const TITLE_CHARACTERS = 62
const SLUG_CHARACTERS = 50

type Prefix = 'feat' | 'fix' | 'docs' | 'refactor'

const EXPLICIT_PREFIX = /^\s*(feat|fix|docs|refactor):\s+(\S[\s\S]*)$/iu

/** Whole words only: "prefix", "debug" and "doctor" say nothing. In this order, the first that occurs decides. */
const PREFIX_WORDS: readonly (readonly [Prefix, ReadonlySet<string>])[] = [
  ['fix', new Set(['fix', 'fixes', 'fixed', 'fixing', 'bug', 'bugs', 'bugfix', 'hotfix'])],
  ['docs', new Set(['doc', 'docs', 'documentation', 'readme'])],
  ['refactor', new Set(['refactor', 'refactors', 'refactoring', 'refactored'])],
]

/**
 * The title of a task: what the person gave, else the first line of the prompt, with the kind of change in
 * front (`fix: Handle expired tokens`).
 */
export function deriveTitle(prompt: string, explicitTitle?: string): string {
  const source = firstText(explicitTitle?.trim() ?? '') ?? firstText(prompt) ?? FALLBACK
  const explicit = EXPLICIT_PREFIX.exec(source)
  const prefix = explicit?.[1]?.toLowerCase() ?? inferPrefix(source)
  return `${prefix}: ${summarize(explicit?.[2] ?? source)}`
}

function firstText(text: string): string | null {
  return text.split(/\r\n|[\n\r\u2028\u2029]/u).find((line) => line.trim() !== '') ?? null
}

function inferPrefix(source: string): Prefix {
  const words = new Set(source.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [])
  for (const [prefix, signs] of PREFIX_WORDS) {
    for (const word of words) if (signs.has(word)) return prefix
  }
  return 'feat'
}

/** Letters, marks and numbers of any script, spaces and hyphens stay; cut between words, never inside a character. */
function summarize(text: string): string {
  const clean = text
    .normalize('NFC')
    .replaceAll(/[^\p{L}\p{M}\p{N} -]+/gu, ' ')
    .replaceAll(/\s+/gu, ' ')
    .trim()
  const cut = cutAtWord(clean, TITLE_CHARACTERS, ' ')
  return /[\p{L}\p{N}]/u.test(cut) ? cut : FALLBACK
}

/** Cuts to so many characters as people count them; at the last separator unless that loses more than half. */
function cutAtWord(text: string, limit: number, separator: string): string {
  const characters = Array.from(
    new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(text),
    (part) => part.segment,
  )
  if (characters.length <= limit) return text
  const cut = characters.slice(0, limit).join('')
  if (characters[limit] === separator) return cut.trimEnd()
  const end = cut.lastIndexOf(separator)
  return (end > cut.length / 2 ? cut.slice(0, end) : cut).trimEnd()
}

/** `feat: Add @mentions & #hashtags` becomes `feat-add-mentions-hashtags`. Letters of any script stay. */
export function slug(text: string): string {
  const base = text
    // Accents come off where a plain letter is under them; other scripts are kept as they are.
    .normalize('NFKD')
    .replaceAll(/(?<=[a-z])\p{M}+/giu, '')
    .normalize('NFC')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{M}\p{N}]+/gu, '-')
  return trimHyphens(cutAtWord(trimHyphens(base), SLUG_CHARACTERS, '-'))
}

function trimHyphens(text: string): string {
  return text.replaceAll(/^-+|-+$/g, '')
}

/** A readable branch name for a title that conflicts with none of the branches taken. */
export function deriveBranch(title: string, taken: ReadonlySet<string>): string {
  const readable = slug(title)
  const name = validateBranchName(readable) === null ? readable : slug(FALLBACK)
  return conflictingBranch(name, taken) === null ? name : freeBranchName(name, taken)
}

/** Short, easy to tell apart, and about nothing. */
const WORDS =
  `amber aspen basalt beacon birch canyon cedar cinder clover cobalt copper coral delta ember fern fjord flint frost
  garnet glade granite harbor hazel heron indigo iris juniper lagoon larch lichen linden maple marble meadow mica moss
  nectar ochre olive onyx opal osprey pebble pine plover prairie quartz quill raven reed ridge river rowan saffron sage
  sable sequoia slate sorrel sparrow spruce sumac tarn teal thistle timber tundra umber vale violet walnut willow wren
  yarrow zephyr`.split(/\s+/u)
const CHARACTERS = 'abcdefghijklmnopqrstuvwxyz0123456789'
const ATTEMPTS = 100

/** A name that says nothing: a word and four characters. `random` gives numbers from 0 up to 1. */
export function randomBranch(taken: ReadonlySet<string>, random: () => number): string {
  const pick = (from: ArrayLike<string>): string => from[Math.floor(random() * from.length)] ?? ''
  let name = ''
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    name = `${pick(WORDS)}-${pick(CHARACTERS)}${pick(CHARACTERS)}${pick(CHARACTERS)}${pick(CHARACTERS)}`
    if (conflictingBranch(name, taken) === null) return name
  }
  return freeBranchName(name, taken)
}
