import type { Branch, RepositoryOverview } from '@shared/github'
import { checkWords } from '../pull-requests/pull-request-text'
import { counted, countText } from '../sync/sync-text'

/** What is typed is looked for in names, commits, authors, pull requests and tasks. */
export function filterBranches(branches: readonly Branch[], text: string): readonly Branch[] {
  const wanted = text.trim().toLowerCase()
  if (wanted === '') return branches
  return branches.filter(({ name, headline, author, commit, pullRequest, task }) => {
    if (commit?.startsWith(wanted) === true) return true
    if (pullRequest !== null && `#${pullRequest.number}`.startsWith(wanted)) return true
    return [name, headline, author, pullRequest?.title, task?.title].some(
      (one) => one?.toLowerCase().includes(wanted) === true,
    )
  })
}

/** `2 ahead, 5 behind`; empty where nothing is known, and for the default branch. */
export function distanceText({ aheadBy, behindBy }: Branch, isDefault: boolean): string {
  if (isDefault || aheadBy === null || behindBy === null) return ''
  if (aheadBy === 0 && behindBy === 0) return 'same as the default branch'
  const parts = []
  if (aheadBy > 0) parts.push(`${countText(aheadBy)} ahead`)
  if (behindBy > 0) parts.push(`${countText(behindBy)} behind`)
  return parts.join(', ')
}

/** A row in words, for somebody who does not see it. */
export function branchName(branch: Branch, isDefault: boolean): string {
  const { name, headline, author, checks, pullRequest, task } = branch
  return [
    name,
    isDefault ? 'default branch' : distanceText(branch, false),
    headline,
    author === null ? '' : `by ${author}`,
    checks === 'none' ? '' : checkWords[checks],
    pullRequest === null ? '' : `pull request #${pullRequest.number}`,
    task === null ? '' : `task ${task.title}`,
  ]
    .filter((part) => part !== '')
    .join(', ')
}

/** How many there are, and which of them are here. */
export function branchCount({ branches, total }: RepositoryOverview): string {
  return branches.length < total
    ? `${countText(branches.length)} of ${countText(total)}, those with the latest commits`
    : counted(total, 'branch', 'branches')
}
