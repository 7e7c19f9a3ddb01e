import type { ReviewComment } from './changes'
import type { DiffPlace } from './diff-places'

/** The lines of a place in words, and whether they are those from before the change. */
export function placeText({ from, to }: { from: DiffPlace; to: DiffPlace }): string {
  const [first, last] = [Math.min(from.line, to.line), Math.max(from.line, to.line)]
  const lines = first === last ? `Line ${first}` : `Lines ${first} to ${last}`
  return from.side === 'old' && to.side === 'old' ? `${lines}, before the change` : lines
}

/** Lines of code, fenced so that nothing in them ends the fence. */
export function excerptText(text: string): string {
  if (text === '') return ''
  const fence = '`'.repeat(Math.max(3, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length + 1)))
  return `${fence}\n${text}\n${fence}\n`
}

/** One prompt of all comments, by file and line, as an agent can read it. */
export function reviewPrompt(comments: readonly ReviewComment[]): string {
  const places = comments.map(
    (comment) =>
      `@${comment.path} ${placeText(comment).toLowerCase()}:\n${excerptText(comment.excerpt)}${comment.text}`,
  )
  return `I reviewed the changes. Please go through these comments:\n\n${places.join('\n\n')}\n`
}
