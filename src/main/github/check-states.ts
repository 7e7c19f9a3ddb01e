import type { PullRequestStanding } from '@shared/publish'

type CheckState = PullRequestStanding['checks'][number]['state']

const PASSED = new Set(['SUCCESS', 'NEUTRAL', 'SKIPPED'])

/** How a check run stands, by what GitHub calls it. */
export function runState({
  status,
  conclusion,
}: {
  status: string
  conclusion?: string | null | undefined
}): CheckState {
  if (status !== 'COMPLETED') return 'pending'
  return PASSED.has(conclusion ?? '') ? 'success' : 'failure'
}

/** How a commit status stands. */
export function statusState(state: string): CheckState {
  if (state === 'SUCCESS') return 'success'
  return state === 'FAILURE' || state === 'ERROR' ? 'failure' : 'pending'
}
