import { FoundryError, toErrorValue, type ErrorValue } from '@shared/errors'
import type { organizationStates, SyncPhase } from '@shared/github'
import { databaseFailure } from '../../database/failure'
import { GitHubError, type GitHubReason } from '../client/errors'

/**
 * What becomes of a sync that failed. `waiting`: it goes on by itself. `failed`: a person has to do something first,
 * and is told what.
 */
export type Outcome =
  | { state: 'waiting'; until: number; problem: ErrorValue; from: SyncPhase }
  | {
      state: 'failed'
      problem: ErrorValue
      from: SyncPhase
      /** What it says about the organization itself; null where that is as reachable as before. */
      organization: (typeof organizationStates)[number] | null
      /** A defect of ours, to be logged. */
      unexpected: boolean
    }

/** The first wait is short: most of what fails does so for a moment. */
const FIRST_WAIT_MS = 5_000
const LONGEST_WAIT_MS = 5 * 60_000

/** How long the n-th failure in a row is waited out. */
export function waitOf(attempt: number): number {
  return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.max(0, attempt - 1))
}

/** Over by itself, sooner or later. */
const PASSING: readonly GitHubReason[] = [
  'rate',
  'secondary',
  'server',
  'malformed',
  'offline',
  'dns',
  'timeout',
]

/** @param attempt how many runs in a row have failed, this one included */
export function outcomeOf(thrown: unknown, phase: SyncPhase, attempt: number, now: number): Outcome {
  const error = databaseFailure(thrown)
  const problem = toErrorValue(error)
  const failed = { state: 'failed', problem, from: phase, organization: null, unexpected: false } as const
  if (!(error instanceof GitHubError)) return { ...failed, unexpected: !(error instanceof FoundryError) }
  const { reason } = error
  if (PASSING.includes(reason)) {
    // A time that has passed when it is told must not make it ask again and again.
    const until = Math.max(error.until ?? now + waitOf(attempt), now + FIRST_WAIT_MS / 5)
    return { state: 'waiting', until, problem, from: phase }
  }
  if (reason === 'saml') return { ...failed, organization: 'saml' }
  if (reason === 'suspended' || reason === 'legal') return { ...failed, organization: 'suspended' }
  if (reason === 'not_found') {
    if (phase === 'discovering_repositories') return { ...failed, organization: 'gone' }
    // What was there a moment ago: whether the organization still is is found out from the beginning.
    return { state: 'waiting', until: now + waitOf(attempt), problem, from: 'discovering_repositories' }
  }
  return failed
}

/** Whether the network is what it waits for: then it is tried at once when that is back. */
export function waitsForNetwork(problem: ErrorValue | null): boolean {
  return problem?.kind === 'offline' || problem?.kind === 'github'
}
