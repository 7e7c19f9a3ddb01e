import type { PullRequestStanding } from '@shared/publish'
import type { ToldStanding } from './queries'

const count = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`

/** Why a pull request cannot be merged, and what a person should know before it is. Empty obstacles: it can. */
export function mergeObstacles(told: ToldStanding): Pick<PullRequestStanding, 'obstacles' | 'warnings'> {
  const { state, mergeState, checks, reviewDecision, requiredApprovals } = told
  const obstacles: string[] = []
  const warnings: string[] = []
  if (state === 'merged') return { obstacles: ['It is merged already.'], warnings }
  if (state === 'closed') return { obstacles: ['It is closed. Reopen it first.'], warnings }
  if (told.archived) obstacles.push('The repository is archived and can only be read.')
  else if (!told.mayMerge)
    obstacles.push('This account may not merge here: it needs write access to the repository.')
  if (told.methods.length === 0) obstacles.push('The repository allows no way of merging.')
  if (told.isDraft) obstacles.push('It is a draft. Mark it ready first.')
  if (mergeState === 'dirty')
    obstacles.push(`It conflicts with ${told.base}. Update the branch and resolve the conflicts.`)
  if (mergeState === 'behind')
    obstacles.push(`It has to be up to date with ${told.base}. Update the branch first.`)
  const required = checks.filter((check) => check.required)
  const failing = required.filter((check) => check.state === 'failure')
  const waiting = required.filter((check) => check.state === 'pending')
  if (failing.length > 0) obstacles.push(`Required checks fail: ${namesOf(failing)}.`)
  if (waiting.length > 0) obstacles.push(`Required checks are not done: ${namesOf(waiting)}.`)
  if (reviewDecision === 'changes_requested')
    (mergeState === 'blocked' ? obstacles : warnings).push('A reviewer has requested changes.')
  if (reviewDecision === 'review_required' && (mergeState === 'blocked' || requiredApprovals !== null))
    obstacles.push(
      requiredApprovals === null
        ? 'An approving review is required.'
        : `${count(requiredApprovals, 'approving review')} ${requiredApprovals === 1 ? 'is' : 'are'} required.`,
    )
  else if (reviewDecision === 'review_required') warnings.push('Nobody has approved it yet.')
  if (mergeState === 'blocked' && obstacles.length === 0)
    obstacles.push(
      'A rule of the repository stands in the way. GitHub shows which one on the page of the pull request.',
    )
  const others = checks.filter((check) => !check.required)
  const failed = others.filter((check) => check.state === 'failure')
  const running = others.filter((check) => check.state === 'pending')
  if (failed.length > 0) warnings.push(`Checks fail that are not required: ${namesOf(failed)}.`)
  if (running.length > 0)
    warnings.push(`${count(running.length, 'check')} still ${running.length === 1 ? 'runs' : 'run'}.`)
  if (mergeState === 'unknown') warnings.push('GitHub is still working out whether it can be merged.')
  return { obstacles, warnings }
}

function namesOf(checks: readonly { name: string }[]): string {
  const first = checks.slice(0, 3).map(({ name }) => name)
  const more = checks.length - first.length
  return more > 0 ? `${first.join(', ')} and ${more} more` : first.join(', ')
}
