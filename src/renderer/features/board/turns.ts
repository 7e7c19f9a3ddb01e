import type { TaskSummary } from '@shared/domain'
import type { TaskPullRequest } from '@shared/tasks'

/** Whose turn it is, in the order of the board. */
export const turns = ['agent', 'me', 'reviewer', 'checks', 'merge', 'author'] as const
export type Turn = (typeof turns)[number]

export const turnWords: Record<Turn, string> = {
  agent: 'Agent',
  me: 'You',
  reviewer: 'Reviewer',
  checks: 'Checks',
  merge: 'Merge',
  author: 'Its author',
}

export interface Waiting {
  readonly turn: Turn
  /** What is waited for. */
  readonly reason: string
  /** When it last changed: since then at the latest it waits. */
  readonly since: number
}

/** What a task waits for; null for one that waits for nothing any more. */
export function waitingFor(task: TaskSummary, login: string | null): Waiting | null {
  const { status, pullRequest, updatedAt } = task
  const here = (turn: Turn, reason: string): Waiting => ({ turn, reason, since: updatedAt })
  switch (status) {
    case 'archived':
      return null
    case 'running':
      return here('agent', 'Working')
    case 'provisioning':
      return here('agent', 'Being prepared')
    case 'needs_input':
      return here('me', 'Needs your input')
    case 'error':
      return here('me', 'Failed')
    case 'idle':
    case 'virtual':
      if (pullRequest?.state === 'open')
        return { ...ofPullRequest(pullRequest), since: pullRequest.updatedAt }
      return here('me', pullRequest === null ? 'Not published' : 'Pull request is closed')
  }

  function ofPullRequest(open: TaskPullRequest): Omit<Waiting, 'since'> {
    const reader = login?.toLowerCase()
    const isMine = task.owner === null || task.owner.toLowerCase() === reader
    const owner: Turn = isMine ? 'me' : 'author'
    if (!open.isDraft && open.reviewers.some((one) => one.toLowerCase() === reader))
      return { turn: 'me', reason: 'Your review' }
    if (open.mergeable === 'conflicting') return { turn: owner, reason: 'Conflicts' }
    if (open.checks === 'failure') return { turn: owner, reason: 'Checks failing' }
    if (open.reviewDecision === 'changes_requested') return { turn: owner, reason: 'Changes requested' }
    if (open.isDraft) return { turn: owner, reason: 'Draft' }
    if (open.checks === 'pending') return { turn: 'checks', reason: 'Checks running' }
    const isReviewed = open.reviewDecision === 'approved'
    if (!isReviewed && (open.reviewDecision === 'review_required' || open.reviewers.length > 0))
      return { turn: 'reviewer', reason: 'Waits for review' }
    return { turn: 'merge', reason: isReviewed ? 'Approved' : 'Ready' }
  }
}
