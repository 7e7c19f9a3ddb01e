import type { PullRequest } from '@shared/github'

/** A pull request as GitHub tells it. The answers of REST's lists lack what is optional here. */
export interface RemotePullRequest {
  nodeId: string
  number: number
  title: string
  body: string
  state: PullRequest['state']
  isDraft: boolean
  url: string
  author: string | null
  headRef: string
  headCommit: string | null
  headRepositoryId: string | null
  headRepository: string | null
  baseRef: string
  requestedReviewers: PullRequest['requestedReviewers']
  labels: PullRequest['labels']
  createdAt: number
  updatedAt: number
  mergedAt: number | null
  closedAt: number | null
  reviewDecision?: PullRequest['reviewDecision']
  comments?: number
  checks?: PullRequest['checks']
  mergeable?: PullRequest['mergeable']
  /** Lines and files; null where they are not known, as whether maintainers may push to the fork's branch. */
  additions?: number | null
  deletions?: number | null
  changedFiles?: number | null
  maintainerCanModify?: boolean | null
}

/** All that is stored of what GitHub says. */
export type KnownPullRequest = Required<RemotePullRequest>

/**
 * What is known once GitHub has told this. While GitHub works out anew whether the same commit can still be merged, the
 * last verdict stands: each push to a base branch makes all its pull requests "unknown" for a moment, and a conflict
 * would be news again after each.
 */
export function settle(before: KnownPullRequest | null, remote: RemotePullRequest): KnownPullRequest {
  const { reviewDecision, comments, checks, mergeable } = remote
  const { additions, deletions, changedFiles, maintainerCanModify } = remote
  const sameQuestion =
    before !== null && before.headCommit === remote.headCommit && before.baseRef === remote.baseRef
  const verdict = sameQuestion ? before.mergeable : 'unknown'
  return {
    ...remote,
    reviewDecision: reviewDecision === undefined ? (before?.reviewDecision ?? null) : reviewDecision,
    comments: comments ?? before?.comments ?? 0,
    // What is not told about another commit is not what was true of the one before.
    checks: checks ?? (before?.headCommit === remote.headCommit ? before.checks : 'none'),
    mergeable: mergeable === undefined || mergeable === 'unknown' ? verdict : mergeable,
    additions: additions === undefined ? (before?.additions ?? null) : additions,
    deletions: deletions === undefined ? (before?.deletions ?? null) : deletions,
    changedFiles: changedFiles === undefined ? (before?.changedFiles ?? null) : changedFiles,
    maintainerCanModify:
      maintainerCanModify === undefined ? (before?.maintainerCanModify ?? null) : maintainerCanModify,
  }
}
