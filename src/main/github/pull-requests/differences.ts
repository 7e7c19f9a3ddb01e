import type { ChangeKind } from '@shared/github'
import type { KnownPullRequest } from './remote'

export interface Difference {
  kind: ChangeKind
  payload: Record<string, unknown>
}

/**
 * What became different about a pull request between two states of it. Every difference of a value is told once, in
 * the order a person would tell it: what it is, what is said about it, what became of it.
 */
export function differencesOf(before: KnownPullRequest, after: KnownPullRequest): Difference[] {
  const found: Difference[] = []
  const add = (kind: ChangeKind, payload: Record<string, unknown> = {}): void => {
    found.push({ kind, payload })
  }
  if (before.state !== 'open' && after.state === 'open') add('reopened')
  if (before.title !== after.title) add('title_changed', { from: before.title, to: after.title })
  if (before.baseRef !== after.baseRef) add('retargeted', { from: before.baseRef, to: after.baseRef })
  if (before.isDraft !== after.isDraft) add(after.isDraft ? 'drafted' : 'ready_for_review')
  const asked = newlyAsked(before, after)
  if (asked.length > 0) add('review_requested', { reviewers: asked })
  if (after.comments > before.comments) add('commented', { from: before.comments, to: after.comments })
  if (before.reviewDecision !== after.reviewDecision) {
    if (after.reviewDecision === 'approved') add('approved')
    if (after.reviewDecision === 'changes_requested') add('changes_requested')
  }
  if (before.checks !== after.checks) {
    if (after.checks === 'success') add('checks_passed', { commit: after.headCommit })
    if (after.checks === 'failure') add('checks_failed', { commit: after.headCommit })
  }
  if (before.mergeable !== after.mergeable && after.mergeable === 'conflicting') add('conflicts')
  if (before.state !== after.state && after.state !== 'open') add(after.state)
  return found
}

function newlyAsked(
  before: KnownPullRequest,
  after: KnownPullRequest,
): KnownPullRequest['requestedReviewers'] {
  const known = new Set(before.requestedReviewers.map(({ kind, name }) => `${kind} ${name}`))
  return after.requestedReviewers.filter(({ kind, name }) => !known.has(`${kind} ${name}`))
}

/** What was known before of everything around a pull request that is not stored yet. */
export interface Surroundings {
  /** GitHub's clock: until when everything of the organization is known. Null while its first sync has not ended. */
  knownUntil: number | null
  /** GitHub's clock: when the repository's list was last read to its end (its first page). Null if never. */
  listReadAt: number | null
}

/**
 * What a pull request means that is seen for the first time: the differences to tell, or null for one that is not to be
 * stored.
 *
 * - An organization's first sync tells nothing, and stores what is open.
 * - In a list that was never read to its end, what is older than the last sync was there all the time (the repository
 *   became visible, say): stored, told by nobody. What was created since is `opened`, however new the list.
 * - In a list that was read before, everything open then is stored. So this one was created since (`opened`), or was
 *   closed then and is open again (`reopened`).
 * - One that is not open any more counts only if it was open since: created since, or closed since. Then its end is
 *   told as well.
 */
export function firstSight(
  pull: Pick<KnownPullRequest, 'state' | 'createdAt' | 'closedAt'>,
  { knownUntil, listReadAt }: Surroundings,
): Difference[] | null {
  const since = listReadAt ?? knownUntil
  if (knownUntil === null || since === null) return pull.state === 'open' ? [] : null
  const isNew = pull.createdAt >= since
  const wasOpenSince = isNew || (listReadAt !== null && (pull.closedAt ?? 0) >= since)
  if (pull.state !== 'open' && !wasOpenSince) return null
  const found: Difference[] = []
  if (isNew) found.push({ kind: 'opened', payload: {} })
  else if (listReadAt !== null) found.push({ kind: 'reopened', payload: {} })
  if (pull.state !== 'open') found.push({ kind: pull.state, payload: {} })
  return found
}
