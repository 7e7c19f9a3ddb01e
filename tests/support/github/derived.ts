import { commitAfter } from './owners'
import type { GitHubModel } from './model'
import type { Branch, Issue, PullRequest, Repository, ReviewState, User } from './types'

/** What a commit adds that was made in the model only. */
export const changeText = (title: string, body: string): string => `# ${title}\n\n${body}\n`

export const lines = (text: string): number => text.split('\n').length - 1

/** Issues the description names after a word such as "Closes"; those of other repositories are left alone. */
export function closingIssues(model: GitHubModel, pull: PullRequest): Issue[] {
  if (pull.baseRef !== pull.repository.defaultBranch) return []
  const found = new Set<Issue>()
  const words =
    /\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+(?:([\w.-]+\/[\w.-]+)?#|https?:\/\/[^\s/]+\/([\w.-]+\/[\w.-]+)\/issues\/)(\d+)/gi
  for (const [, short, long, number] of pull.body.matchAll(words)) {
    const name = short ?? long
    const repository = name === undefined ? pull.repository : model.repository(name)?.repository
    const issue = repository?.issues.get(Number(number))
    if (issue !== undefined) found.add(issue)
  }
  return [...found]
}

/** Who did what nobody said the author of. */
export function someone(repository: Repository): User | null {
  if (repository.owner.kind === 'user') return repository.owner
  return repository.owner.members.keys().next().value ?? null
}

/** The default branch, heads of open pull requests, and those something was said about; what git has once it is hosted. */
export function branchesOf(model: GitHubModel, repository: Repository): Branch[] {
  const found = new Map<string, Branch>()
  const { defaultBranch, pushedAt, createdAt, hosted, branches } = repository
  if (defaultBranch !== null && !hosted)
    found.set(defaultBranch, {
      name: defaultBranch,
      commit: commitAfter('branch', repository.id, defaultBranch, pushedAt ?? createdAt),
      headline: 'First commit',
      author: someone(repository),
      committedAt: pushedAt ?? createdAt,
      checks: null,
      aheadBy: 0,
      behindBy: 0,
    })
  if (hosted) for (const [name, branch] of branches) found.set(name, branch)
  const targets = repository.fork ? model.repositories.values() : [repository]
  for (const { pulls } of targets)
    for (const pull of pulls.values())
      if (pull.state === 'OPEN' && pull.headRepository === repository)
        found.set(pull.headRef, {
          name: pull.headRef,
          commit: pull.headCommit,
          headline: branches.get(pull.headRef)?.headline ?? pull.title,
          author: pull.author,
          committedAt: pull.updatedAt,
          checks: pull.checks,
          aheadBy: pull.commits,
          behindBy: pull.behindBy,
        })
  if (!hosted) for (const [name, branch] of branches) found.set(name, branch)
  return [...found.values()]
}

export const fullName = (repository: Repository): string => `${repository.owner.login}/${repository.name}`

/** GitHub's verdict over the last review of each reviewer. */
export function reviewDecision(
  pull: PullRequest,
): 'APPROVED' | 'CHANGES_REQUESTED' | 'REVIEW_REQUIRED' | null {
  const last = new Map<User, ReviewState>()
  for (const { author, state } of pull.reviews)
    if (state !== 'COMMENTED' && state !== 'PENDING') last.set(author, state)
  const states = [...last.values()]
  if (states.includes('CHANGES_REQUESTED')) return 'CHANGES_REQUESTED'
  if (states.includes('APPROVED')) return 'APPROVED'
  return pull.reviewsRequired || pull.requestedReviewers.size > 0 ? 'REVIEW_REQUIRED' : null
}

/** What the base of a pull request is at. */
export const baseCommit = ({ repository, baseRef }: PullRequest): string =>
  repository.branches.get(baseRef)?.commit ??
  commitAfter('branch', repository.id, baseRef, repository.pushedAt ?? repository.createdAt)
