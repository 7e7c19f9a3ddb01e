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

/** Whether its file stands beside where it is: it has another name that comes first. */
export const showsPath = (hit: SearchHit): boolean =>
  hit.path.length > 0 && (hit.title.length > 0 || hit.activity !== null)

/** The words that were found in it, to be marked where it is opened. */
export function foundWords(hit: SearchHit): string[] {
  const words = new Set<string>()
  for (const { text, marked } of [...hit.title, ...hit.snippet]) if (marked) words.add(text.toLowerCase())
  return [...words]
}
