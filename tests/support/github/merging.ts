import { reviewDecision } from './derived'
import type { MergeMethod, PullRequest, User } from './types'

export type MergeState = 'BEHIND' | 'BLOCKED' | 'CLEAN' | 'DIRTY' | 'DRAFT' | 'UNKNOWN' | 'UNSTABLE'

/** GitHub's one word for whether, and why not. */
export function mergeState(pull: PullRequest): MergeState {
  if (pull.mergeable === 'CONFLICTING') return 'DIRTY'
  if (pull.mergeable === 'UNKNOWN') return 'UNKNOWN'
  if (pull.isDraft) return 'DRAFT'
  if (missing(pull).length > 0) return 'BLOCKED'
  if (isBehind(pull)) return 'BEHIND'
  return pull.checks === null || pull.checks === 'SUCCESS' ? 'CLEAN' : 'UNSTABLE'
}

const protectionOf = ({ repository, baseRef }: PullRequest) => repository.protections.get(baseRef)

const isBehind = (pull: PullRequest): boolean => protectionOf(pull)?.strict === true && pull.behindBy > 0

function missing(pull: PullRequest): string[] {
  const protection = protectionOf(pull)
  if (protection === undefined) return []
  const found: string[] = []
  const needed = Math.max(protection.requiredApprovals, pull.reviewsRequired ? 1 : 0)
  const last = new Map<User, string>()
  for (const { author, state } of pull.reviews) if (state !== 'COMMENTED') last.set(author, state)
  const approvals = [...last.values()].filter((state) => state === 'APPROVED').length
  if (needed > 0 && reviewDecision(pull) === 'CHANGES_REQUESTED') found.push('Changes have been requested.')
  if (approvals < needed)
    found.push(
      `At least ${needed} approving review${needed === 1 ? ' is' : 's are'} required by reviewers with write access.`,
    )
  const checks = protection.requiredChecks
  if (checks.length > 0 && pull.checks !== 'SUCCESS') {
    const state = pull.checks === null ? 'expected' : checkWords[pull.checks]
    found.push(
      checks.length === 1
        ? `Required status check "${checks[0] ?? ''}" is ${state}.`
        : `${checks.length} of ${checks.length} required status checks are ${state}.`,
    )
  }
  return found
}

const checkWords = {
  PENDING: 'in progress',
  EXPECTED: 'expected',
  SUCCESS: 'successful',
  FAILURE: 'failing',
  ERROR: 'failing',
} as const

const notAllowed: Record<MergeMethod, string> = {
  merge: 'Merge commits are not allowed on this repository.',
  squash: 'Squash merges are not allowed on this repository.',
  rebase: 'Rebase merges are not allowed on this repository.',
}

/** What GitHub says instead of merging; null where it would. */
export function mergeBarrier(pull: PullRequest, method: MergeMethod): string | null {
  const { settings } = pull.repository
  const allowed = {
    merge: settings.allowMerge,
    squash: settings.allowSquash,
    rebase: settings.allowRebase,
  }[method]
  if (pull.state !== 'OPEN') return 'Pull Request is not mergeable'
  if (pull.isDraft) return 'Pull Request is still a draft'
  if (!allowed) return notAllowed[method]
  if (pull.mergeable === 'CONFLICTING') return 'Pull Request is not mergeable'
  const needs = missing(pull)
  if (needs.length > 0) return needs.join(' ')
  return isBehind(pull) ? 'Head branch is out of date. Review and try the merge again.' : null
}
