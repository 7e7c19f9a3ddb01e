import type { MarkedText, SearchHit } from '@shared/search'
import type { SearchKind } from '@shared/search-query'
import { eventText } from '../history/event-text'

export const kindWords: Record<SearchKind, string> = {
  prompt: 'Prompt',
  message: 'Message',
  thought: 'Thought',
  tool: 'Tool call',
  diff: 'Diff',
  task: 'Task',
  pull_request: 'Pull request',
  comment: 'Comment',
  activity: 'Activity',
}

const plain = (text: string): MarkedText => (text === '' ? [] : [{ text, marked: false }])

export const textOf = (pieces: MarkedText): string => pieces.map(({ text }) => text).join('')

/** What stands in the first line of a hit. */
export function headOf(hit: SearchHit): MarkedText {
  if (hit.activity !== null) {
    const { actor, kind, payload } = hit.activity
    return plain(eventText({ actor, kind, payload }))
  }
  if (hit.title.length > 0) return hit.title
  if (hit.path.length > 0) return hit.path
  return plain(kindWords[hit.kind])
}

/** Where it is: repository and task, as far as they are here. */
export function whereOf(hit: SearchHit): string {
  return [hit.repositoryName, hit.kind === 'task' ? null : hit.taskTitle].filter(Boolean).join(' · ')
}

/** For screen readers: the whole of it in a sentence. */
export function hitName(hit: SearchHit): string {
  return [
    kindWords[hit.kind],
    textOf(headOf(hit)),
    textOf(hit.snippet),
    whereOf(hit),
    hit.archived ? 'archived' : '',
  ]
    .filter(Boolean)
    .join(', ')
}

/** The words that were found in it, to be marked where it is opened. */
export function foundWords(hit: SearchHit): string[] {
  const words = new Set<string>()
  for (const { text, marked } of [...hit.title, ...hit.snippet]) if (marked) words.add(text.toLowerCase())
  return [...words]
}
