import type { ReviewComment } from '@shared/changes'
import { findLines } from '@shared/diff-places'
import { patchRows } from '@shared/patch-rows'
import { excerptText, placeText } from '@shared/place-text'
import type { OutgoingReview, ReviewPlan } from '@shared/reviews'
import type { DiffFile, PostedComment, ReviewSubject } from '../github/reviews/requests'

/** Where comments stand in the diff of a pull request. */
export interface PlacedComments {
  posted: PostedComment[]
  /** Whose lines are not in it: they can only go into the text of the review. */
  outside: ReviewComment[]
  moved: ReviewPlan['moved']
}

/** Finds the lines that were commented on in the diff that GitHub shows, which may not be the one they were seen in. */
export function placeComments(
  comments: readonly ReviewComment[],
  files: readonly DiffFile[],
): PlacedComments {
  const wanted = new Set(comments.map(({ path }) => path))
  const rows = new Map(
    files.filter(({ path }) => wanted.has(path)).map(({ path, patch }) => [path, [...patchRows(patch)]]),
  )
  const placed: PlacedComments = { posted: [], outside: [], moved: [] }
  for (const comment of comments) {
    const { id, path, from, to, excerpt, text } = comment
    const found = findLines(rows.get(path) ?? [], { from, to, text: excerpt })
    if (found === null) {
      placed.outside.push(comment)
      continue
    }
    if (found.moved) placed.moved.push({ id, line: found.to.line })
    const one = found.from.side === found.to.side && found.from.line === found.to.line
    placed.posted.push({
      path,
      body: text,
      line: found.to.line,
      side: githubSides[found.to.side],
      ...(one ? {} : { start_line: found.from.line, start_side: githubSides[found.from.side] }),
    })
  }
  return placed
}

const githubSides = { old: 'LEFT', new: 'RIGHT' } as const

/** The text of a review, with what is said about lines that its pull request does not change. */
export function reviewBody(body: string, outside: readonly ReviewComment[]): string {
  const parts = outside.map(
    (comment) =>
      `**${codeSpan(comment.path)}, ${placeText(comment).toLowerCase()}**\n\n${excerptText(comment.excerpt)}\n${comment.text}`,
  )
  return [body.trim(), ...parts].filter((part) => part !== '').join('\n\n')
}

/** A name as code, whatever it holds. */
function codeSpan(name: string): string {
  const runs = [...name.matchAll(/`+/g)].map(([ticks]) => ticks.length)
  const fence = '`'.repeat(Math.max(0, ...runs) + 1)
  const space = name.startsWith('`') || name.endsWith('`') ? ' ' : ''
  return `${fence}${space}${name}${space}${fence}`
}

/** What has to be decided before a review is posted; null where all is as the person saw it. */
export function conflictOf(
  { seen, verdict }: Pick<OutgoingReview, 'seen' | 'verdict'>,
  now: ReviewSubject,
  { outside, moved }: PlacedComments,
): ReviewPlan | null {
  const accepted = new Set(seen.outside)
  const known = outside.every(({ id }) => accepted.has(id))
  const refused = now.isOwn && verdict !== 'comment'
  if (now.head === seen.head && now.state === seen.state && known && !refused) return null
  return { ...now, outside: outside.map(({ id }) => id), moved }
}
