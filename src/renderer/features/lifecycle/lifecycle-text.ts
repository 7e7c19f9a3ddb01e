import type { DeletionPlan, UnsavedWork } from '@shared/lifecycle'
import { counted } from '../sync/sync-text'

/** `3 unpushed commits, 2 uncommitted files and 1 stash`; null where there is no such work. */
export function workText({ commits, files, stashes }: UnsavedWork): string | null {
  const parts = [
    commits.total > 0 ? counted(commits.total, 'unpushed commit', 'unpushed commits') : null,
    files.total > 0 ? counted(files.total, 'uncommitted file', 'uncommitted files') : null,
    stashes.total > 0 ? counted(stashes.total, 'stash', 'stashes') : null,
  ].filter((part) => part !== null)
  return parts.length === 0 ? null : listText(parts)
}

function listText(parts: readonly string[]): string {
  const last = parts.at(-1) ?? ''
  return parts.length < 2 ? last : `${parts.slice(0, -1).join(', ')} and ${last}`
}

/** Of several plans, what goes with all of them. */
export function allWork(plans: readonly DeletionPlan[]): UnsavedWork {
  const all = (part: keyof UnsavedWork) => ({
    total: plans.reduce((sum, plan) => sum + plan.work[part].total, 0),
    first: plans.flatMap((plan) => plan.work[part].first),
  })
  return { commits: all('commits'), files: all('files'), stashes: all('stashes') }
}

/** What the button says that deletes all the same. */
export function deleteLabel(plans: readonly DeletionPlan[]): string {
  if (!plans.some((plan) => plan.losesWork)) return 'Delete'
  const work = allWork(plans)
  const kinds = [
    work.commits.total > 0 ? counted(work.commits.total, 'commit', 'commits') : null,
    work.files.total > 0 ? counted(work.files.total, 'file', 'files') : null,
    work.stashes.total > 0 ? counted(work.stashes.total, 'stash', 'stashes') : null,
  ].filter((kind) => kind !== null)
  // Of several kinds the list above says more than fits on a button.
  if (kinds.length > 0) return `Delete and lose ${kinds.length === 1 ? workText(work) : listText(kinds)}`
  return plans.some((plan) => plan.problem !== null) ? 'Delete whatever is in it' : 'Delete and end what runs'
}

/** The history that goes. */
export function historyText(plans: readonly DeletionPlan[]): string {
  const sum = (part: 'sessions' | 'turns') => plans.reduce((all, plan) => all + plan[part], 0)
  return `${counted(sum('sessions'), 'session', 'sessions')} with ${counted(sum('turns'), 'turn', 'turns')}`
}
