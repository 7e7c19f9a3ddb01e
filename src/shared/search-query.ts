/** What a person types into the search, read. Pure, and total: any text has a meaning, and none is an error. */

export const searchKinds = [
  'prompt',
  'message',
  'thought',
  'tool',
  'diff',
  'task',
  'pull_request',
  'comment',
  'activity',
] as const
export type SearchKind = (typeof searchKinds)[number]

/** How the words of a filter are written, with what each is about. */
export const filterKeys = {
  kind: 'What it is: prompt, message, tool, diff …',
  repo: 'In a repository',
  org: 'In an organization',
  task: 'In a task, by words of its title or its branch',
  agent: 'Said or done by an agent',
  model: 'In sessions with a model',
  author: 'Pull requests by somebody, activity by you, system or github',
  is: 'How the task stands: archived, open, merged …',
  path: 'About a file or folder',
  has: 'With an error, or with a file',
  after: 'On this day or later: 2026-05-01, or 7d for a week back',
  before: 'Before this day',
  on: 'On a day, in a month or in a year',
} as const
export type FilterKey = keyof typeof filterKeys

/** Other words people try. */
const otherKeys: Readonly<Record<string, FilterKey>> = {
  type: 'kind',
  repository: 'repo',
  organization: 'org',
  status: 'is',
  file: 'path',
  from: 'author',
  since: 'after',
  until: 'before',
  date: 'on',
}

/** Ways a kind may be written besides its own name. */
const otherKinds: Readonly<Record<string, SearchKind>> = {
  pr: 'pull_request',
  pull: 'pull_request',
  prompts: 'prompt',
  messages: 'message',
  answer: 'message',
  thoughts: 'thought',
  tools: 'tool',
  diffs: 'diff',
  tasks: 'task',
  comments: 'comment',
  audit: 'activity',
}

export const stateValues = {
  archived: 'Archived tasks',
  active: 'Tasks that are not archived',
  open: 'Open pull requests',
  draft: 'Draft pull requests',
  merged: 'Merged pull requests',
  closed: 'Closed pull requests',
} as const
export type StateValue = keyof typeof stateValues

export const hasValues = { error: 'Something failed', file: 'A file is named' } as const
export type HasValue = keyof typeof hasValues

export interface SearchTerm {
  /** As it was typed, without quotes, star or minus. */
  readonly text: string
  /** Words that begin with it count too. */
  readonly prefix: boolean
  readonly excluded: boolean
}

export interface SearchFilter {
  readonly key: FilterKey
  readonly value: string
  readonly excluded: boolean
}

export interface SearchQuery {
  readonly terms: readonly SearchTerm[]
  readonly filters: readonly SearchFilter[]
  /** What was understood as nothing, in words. */
  readonly problems: readonly string[]
}

/** A piece of the text, from and to. */
export interface SearchPart {
  readonly from: number
  readonly to: number
  readonly excluded: boolean
  /** Of a filter, in lower case as `filterKeys` has it; null for words. */
  readonly key: FilterKey | null
  /** Without quotes and key. */
  readonly value: string
  readonly quoted: boolean
}

export const LONGEST_SEARCH = 500
/** More of them narrow nothing down. */
const MOST_TERMS = 24
const KEY = /^([a-z]{2,12}):/i

const isKey = (word: string): word is FilterKey => Object.hasOwn(filterKeys, word)

function keyOf(word: string): FilterKey | null {
  const lower = word.toLowerCase()
  return isKey(lower) ? lower : Object.hasOwn(otherKeys, lower) ? (otherKeys[lower] ?? null) : null
}

/** Cuts a text into words, phrases and filters. */
export function searchParts(text: string): SearchPart[] {
  const parts: SearchPart[] = []
  let at = 0
  while (at < text.length) {
    if (/\s/u.test(text.charAt(at))) {
      at += 1
      continue
    }
    const from = at
    const excluded = text[at] === '-' && at + 1 < text.length && !/\s/u.test(text.charAt(at + 1))
    if (excluded) at += 1
    const named = KEY.exec(text.slice(at, at + 16))
    const key = named === null ? null : keyOf(named[1] ?? '')
    if (key !== null) at += named?.[0].length ?? 0
    const quoted = text[at] === '"'
    let value: string
    if (quoted) {
      const end = text.indexOf('"', at + 1)
      value = text.slice(at + 1, end === -1 ? text.length : end)
      at = end === -1 ? text.length : end + 1
      // A star behind the quotes belongs to them.
      if (text[at] === '*') {
        value += '*'
        at += 1
      }
    } else {
      const start = at
      while (at < text.length && !/\s/u.test(text.charAt(at))) at += 1
      value = text.slice(start, at)
    }
    parts.push({ from, to: at, excluded, key, value, quoted })
  }
  return parts
}

/**
 * Words are all looked for, whatever their order. `"two words"` stand together, `begin*` is the beginning of a word,
 * `-word` must not be there, `key:value` narrows down. The last word is taken for a beginning, as somebody types it.
 */
export function parseSearch(text: string): SearchQuery {
  const terms: SearchTerm[] = []
  const filters: SearchFilter[] = []
  const problems: string[] = []
  const shortened = text.slice(0, LONGEST_SEARCH)
  if (shortened.length < text.length)
    problems.push(`Only the first ${LONGEST_SEARCH} characters are looked for.`)
  const parts = searchParts(shortened)
  for (const part of parts) {
    const { key, value, excluded, quoted } = part
    if (key !== null) {
      // On its way to be a filter.
      if (value.trim() === '') continue
      const problem = problemOf(key, value)
      if (problem === null) filters.push({ key, value: value.trim(), excluded })
      else problems.push(problem)
      continue
    }
    const star = value.endsWith('*')
    const bare = star ? value.replace(/\*+$/, '') : value
    if (!/[\p{L}\p{N}\p{Co}]/u.test(bare)) continue
    if (terms.length === MOST_TERMS) {
      problems.push(`Only the first ${MOST_TERMS} words are looked for.`)
      break
    }
    const typing = part.to === shortened.length && !quoted && !excluded
    terms.push({ text: bare, prefix: star || (typing && lettersOf(bare) >= SHORTEST_BEGINNING), excluded })
  }
  return { terms, filters, problems }
}

/** A beginning of fewer letters is the beginning of nearly everything. */
const SHORTEST_BEGINNING = 3

/** Of its last word. */
function lettersOf(text: string): number {
  return /[\p{L}\p{N}]*$/u.exec(text)?.[0].length ?? 0
}

/** Whether it asks for nothing at all. */
export function isEmptySearch({ terms, filters }: SearchQuery): boolean {
  return filters.length === 0 && terms.every(({ excluded }) => excluded)
}

export function kindOf(value: string): SearchKind | null {
  const lower = value.toLowerCase()
  return searchKinds.find((kind) => kind === lower) ?? otherKinds[lower] ?? null
}

export const isState = (value: string): value is StateValue => Object.hasOwn(stateValues, value)
export const isHas = (value: string): value is HasValue => Object.hasOwn(hasValues, value)

function problemOf(key: FilterKey, value: string): string | null {
  const lower = value.trim().toLowerCase()
  const oneOf = (what: string, values: readonly string[]) =>
    `“${value}” is no ${what}. There ${values.length === 1 ? 'is' : 'are'} ${values.join(', ')}.`
  if (key === 'kind' && kindOf(lower) === null) return oneOf('kind', searchKinds)
  if (key === 'is' && !isState(lower)) return oneOf('state', Object.keys(stateValues))
  if (key === 'has' && !isHas(lower)) return oneOf('thing it can have', Object.keys(hasValues))
  if ((key === 'after' || key === 'before' || key === 'on') && dayRange(lower, 0) === null)
    return `“${value}” is no day. Write 2026-05-01, 2026-05, 2026, today, yesterday or 7d.`
  return null
}

const DAY_MS = 24 * 60 * 60 * 1000
const BACK: Readonly<Record<string, number>> = { d: 1, w: 7, m: 30, y: 365 }

/** From when to when a day, a month, a year, or so many days back until now lasts, in the person's own time zone. */
export function dayRange(text: string, now: number): { from: number; to: number } | null {
  const value = text.trim().toLowerCase()
  const today = new Date(now)
  const midnight = (days: number) =>
    new Date(today.getFullYear(), today.getMonth(), today.getDate() + days).getTime()
  if (value === 'today') return { from: midnight(0), to: midnight(1) }
  if (value === 'yesterday') return { from: midnight(-1), to: midnight(0) }
  const back = /^(\d{1,4})([dwmy])$/.exec(value)
  if (back !== null) {
    const days = Number(back[1]) * (BACK[back[2] ?? ''] ?? 1)
    return { from: now - days * DAY_MS, to: Number.MAX_SAFE_INTEGER }
  }
  const [, year, month, day] = /^(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?$/.exec(value) ?? []
  if (year === undefined) return null
  const [y, m, d] = [
    Number(year),
    month === undefined ? null : Number(month),
    day === undefined ? null : Number(day),
  ]
  if ((m !== null && (m < 1 || m > 12)) || (d !== null && (d < 1 || d > 31))) return null
  const from = new Date(y, (m ?? 1) - 1, d ?? 1)
  // The 31st of a short month is no day.
  if (d !== null && from.getDate() !== d) return null
  const to =
    d !== null ? new Date(y, (m ?? 1) - 1, d + 1) : m !== null ? new Date(y, m, 1) : new Date(y + 1, 0, 1)
  return { from: from.getTime(), to: to.getTime() }
}

/** The part somebody is writing: where the cursor stands right behind it. */
export function partAt(text: string, cursor: number): SearchPart | null {
  return searchParts(text).find(({ from, to }) => from < cursor && cursor <= to) ?? null
}

/** Puts a filter in place of what is being written, ready for the next word. */
export function completePart(
  text: string,
  cursor: number,
  key: FilterKey,
  value: string | null,
): { text: string; cursor: number } {
  const part = partAt(text, cursor)
  const from = part?.from ?? cursor
  const to = part?.to ?? cursor
  const minus = part?.excluded === true ? '-' : ''
  const plain = value?.replaceAll('"', '') ?? ''
  const written = value === null ? '' : /^[^\s"]+$/u.test(plain) ? plain : `"${plain}"`
  const before = `${text.slice(0, from)}${minus}${key}:${written}${value === null ? '' : ' '}`
  const after = value === null ? text.slice(to) : text.slice(to).replace(/^\s/, '')
  return { text: before + after, cursor: before.length }
}
