import type { PullRequest, PullRequestSummary } from '@shared/github'
import { pullRequestStatus, pullRequestWords } from '../../ui/pull-request-glyph'

export const reviewWords: Record<NonNullable<PullRequestSummary['reviewDecision']>, string> = {
  approved: 'Approved',
  changes_requested: 'Changes requested',
  review_required: 'Review required',
}

export const checkWords: Record<PullRequestSummary['checks'], string> = {
  none: 'No checks',
  pending: 'Checks running',
  success: 'Checks passed',
  failure: 'Checks failing',
}

export const mergeableWords: Record<PullRequestSummary['mergeable'], string> = {
  mergeable: 'No conflicts',
  conflicting: 'Conflicts with the base branch',
  unknown: 'Not known yet',
}

/** A row in words, for somebody who does not see it. */
export function pullRequestName(pullRequest: PullRequestSummary, repository: string): string {
  const parts = [
    `#${pullRequest.number} ${pullRequest.title}`,
    pullRequestWords[pullRequestStatus(pullRequest)],
    repository,
  ]
  if (pullRequest.author !== null) parts.push(`by ${pullRequest.author}`)
  if (pullRequest.state === 'open') {
    if (pullRequest.reviewDecision !== null) parts.push(reviewWords[pullRequest.reviewDecision])
    if (pullRequest.checks !== 'none') parts.push(checkWords[pullRequest.checks])
    if (pullRequest.mergeable === 'conflicting') parts.push('Conflicts')
  }
  return parts.filter((part) => part !== '').join(', ')
}

/** A branch with the fork it lives in, where that is not the repository itself. */
export function headText(pullRequest: PullRequestSummary, repository: string | undefined): string {
  if (pullRequest.headRepository === null) return `${pullRequest.headRef} (its fork was deleted)`
  return repository === undefined || pullRequest.headRepository === repository
    ? pullRequest.headRef
    : `${pullRequest.headRepository}:${pullRequest.headRef}`
}

export function reviewersText(reviewers: PullRequest['requestedReviewers']): string {
  return reviewers.map((one) => (one.kind === 'team' ? `team ${one.name}` : one.name)).join(', ')
}
