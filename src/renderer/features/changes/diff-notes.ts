import type { ReviewComment } from '@shared/changes'
import { type DiffPlace, findLines } from '@shared/diff-places'
import { type PatchRow, patchRows } from '@shared/patch-rows'
import type { CheckAnnotation, PullRequestReviews, ReviewThread } from '@shared/reviews'
import { lastLines } from '@shared/suggestions'
import type { LoadedFile } from './diff-source'

/** Something that stands under a line of a diff. */
export interface DiffNote {
  readonly id: string
  readonly path: string
  readonly place: DiffPlace
  /** Another one whenever it is drawn another way. */
  readonly version: string
  readonly about:
    | { readonly kind: 'comment'; readonly comment: ReviewComment }
    | { readonly kind: 'thread'; readonly thread: ReviewThread }
    | { readonly kind: 'annotation'; readonly annotation: CheckAnnotation }
}

export function commentNote(comment: ReviewComment): DiffNote {
  const { id, path, to, text } = comment
  return { id, path, place: to, version: text, about: { kind: 'comment', comment } }
}

/**
 * What GitHub says about lines, where these lines are in the diffs that are here. A thread finds its line by its text,
 * since the files here may be ahead of the head commit; an annotation has none, and stands only in files that are not.
 */
export function gitHubNotes(
  reviews: PullRequestReviews,
  files: readonly LoadedFile[],
  isAsAtHead: (path: string) => boolean,
): DiffNote[] {
  const patches = new Map(files.map(({ file, diff }) => [file.path, diff.patch]))
  const read = new Map<string, readonly PatchRow[]>()
  const rowsOf = (path: string): readonly PatchRow[] => {
    const rows = read.get(path) ?? [...patchRows(patches.get(path) ?? '')]
    read.set(path, rows)
    return rows
  }
  const notes: DiffNote[] = []
  for (const thread of reviews.threads) {
    const place = placeOf(rowsOf, thread)
    if (place === null) continue
    const { id, path, resolved, comments, mayReply, mayResolve } = thread
    const said = comments.map(({ id: one, body }) => `${one}${body}`).join()
    const version = `${resolved} ${mayReply} ${mayResolve} ${said}`
    notes.push({ id, path, place, version, about: { kind: 'thread', thread } })
  }
  for (const annotation of reviews.annotations) {
    const { id, path, endLine, message } = annotation
    const patch = patches.get(path)
    if (patch === undefined || !isAsAtHead(path)) continue
    const place: DiffPlace = { side: 'new', line: endLine }
    if (!hasLine(patch, endLine)) continue
    notes.push({
      id: `check ${id}`,
      path,
      place,
      version: message,
      about: { kind: 'annotation', annotation },
    })
  }
  return notes
}

function placeOf(rowsOf: (path: string) => readonly PatchRow[], thread: ReviewThread): DiffPlace | null {
  const { path, side, line, outdated, hunk } = thread
  if (line === null || outdated) return null
  const [text] = lastLines(hunk, side, 1) ?? []
  if (text === undefined) return null
  return findLines(rowsOf(path), { from: { side, line }, to: { side, line }, text })?.to ?? null
}

function hasLine(patch: string, line: number): boolean {
  for (const [, start = '0', count = '1'] of patch.matchAll(/^@@ -\d+(?:,\d+)? \+(\d+)(?:,(\d+))? @@/gm))
    if (line >= Number(start) && line < Number(start) + Number(count)) return true
  return false
}
