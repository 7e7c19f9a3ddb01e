import type { TaskSummary } from '@shared/domain'
import { hasLetters, letterPlaces } from '@shared/fuzzy'

/** Words that ask how a task stands, with what they mean. */
export const stateWords = {
  draft: 'Draft pull requests',
  open: 'Open pull requests',
  merged: 'Merged pull requests',
  closed: 'Closed pull requests',
  failing: 'Checks are failing',
  conflicts: 'Cannot be merged',
  approved: 'Approved',
  mine: 'Your own',
  running: 'An agent is working',
  waiting: 'Needs your input',
  unread: 'Something new',
  virtual: 'Nobody works on it here',
  archived: 'Archived',
} as const
export type StateWord = keyof typeof stateWords

export interface TaskFilter {
  readonly isEmpty: boolean
  /** In lower case. The letters of each have to stand somewhere, as `hasLetters` has it. */
  readonly words: readonly string[]
  readonly states: readonly StateWord[]
  /** The beginning of a pull request's number. */
  readonly number: string | null
  readonly owner: string | null
  readonly login: string | null
  /** Archived tasks are looked through as well. */
  readonly wantsArchived: boolean
}

const isStateWord = (word: string): word is StateWord => Object.hasOwn(stateWords, word)

/** On its way to be a word like `is:draft`: until then nothing is looked for. */
const isBegun = (word: string): boolean =>
  word.startsWith('is:') && Object.keys(stateWords).some((state) => state.startsWith(word.slice(3)))

/**
 * `#12` is a pull request, `@ada` whose it is, `is:draft` how it stands; everything else are words whose letters have
 * to stand somewhere in title, branch or repository.
 */
export function parseFilter(text: string, login: string | null): TaskFilter {
  const words: string[] = []
  const states: StateWord[] = []
  let number: string | null = null
  let owner: string | null = null
  for (const word of text.toLowerCase().split(/\s+/).filter(Boolean)) {
    const state = word.startsWith('is:') ? word.slice(3) : ''
    if (isStateWord(state)) states.push(state)
    else if (isBegun(word)) continue
    else if (/^#\d{1,10}$/.test(word)) number = word.slice(1)
    else if (/^@[\w-]{1,60}$/.test(word)) owner = word.slice(1)
    else words.push(word)
  }
  const isEmpty = words.length === 0 && states.length === 0 && number === null && owner === null
  const wantsArchived = states.some((state) => ['archived', 'merged', 'closed'].includes(state))
  return { isEmpty, words, states, number, owner, login: login?.toLowerCase() ?? null, wantsArchived }
}

export function matchesFilter(filter: TaskFilter, task: TaskSummary, repositoryName: string): boolean {
  if (filter.isEmpty) return true
  const { number, owner } = filter
  if (number !== null && task.pullRequest?.number.toString().startsWith(number) !== true) return false
  if (owner !== null && task.owner?.toLowerCase().startsWith(owner) !== true) return false
  if (!filter.states.every((state) => stands(state, task, filter))) return false
  if (filter.words.length === 0) return true
  const title = task.title.toLowerCase()
  // Most words are in the title or nowhere: the others are asked for where they are needed.
  return filter.words.every(
    (word) =>
      hasLetters(word, title) ||
      hasLetters(word, task.branch.toLowerCase()) ||
      hasLetters(word, repositoryName.toLowerCase()),
  )
}

/** Where words of a filter were found in a text: from and to, in order and apart from one another. */
export function foundIn(words: readonly string[], text: string): [number, number][] {
  const lower = text.toLowerCase()
  // Where lower case is of another length, places in it say nothing about the text.
  if (lower.length !== text.length) return []
  const places = new Set<number>()
  for (const word of words) {
    for (const place of letterPlaces(word, lower) ?? []) places.add(place)
  }
  const ranges: [number, number][] = []
  for (const place of [...places].toSorted((a, b) => a - b)) {
    const last = ranges.at(-1)
    if (last?.[1] === place) last[1] = place + 1
    else ranges.push([place, place + 1])
  }
  return ranges
}

function stands(
  state: StateWord,
  { status, unread, owner, pullRequest }: TaskSummary,
  filter: TaskFilter,
): boolean {
  const open = pullRequest?.state === 'open'
  switch (state) {
    case 'draft':
      return open && pullRequest.isDraft
    case 'open':
      return open && !pullRequest.isDraft
    case 'merged':
    case 'closed':
      return pullRequest?.state === state
    case 'failing':
      return open && pullRequest.checks === 'failure'
    case 'conflicts':
      return open && pullRequest.mergeable === 'conflicting'
    case 'approved':
      return open && pullRequest.reviewDecision === 'approved'
    case 'mine':
      return owner === null || owner.toLowerCase() === filter.login
    case 'running':
      return status === 'running' || status === 'provisioning'
    case 'waiting':
      return status === 'needs_input'
    case 'unread':
      return unread
    case 'virtual':
    case 'archived':
      return status === state
  }
}

/** What the word at the end of a filter may become. */
export function filterHints(text: string): { word: string; meaning: string }[] {
  const typed = /(?:^|\s)(is:?[a-z]*|i)$/i.exec(text)?.[1]?.toLowerCase()
  if (typed === undefined || typed === 'i') return []
  const hints = Object.entries(stateWords).map(([word, meaning]) => ({ word: `is:${word}`, meaning }))
  return hints.filter(({ word }) => word.startsWith(typed) && word !== typed)
}

export function completeFilter(text: string, word: string): string {
  return `${text.replace(/\S*$/, '')}${word} `
}
