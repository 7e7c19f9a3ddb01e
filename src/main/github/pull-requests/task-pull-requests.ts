import type { PullRequest } from '@shared/github'
import type { RepositoryId } from '@shared/ids'
import type { TaskPullRequest } from '@shared/tasks'
import type { Database, Db } from '../../database'

/** What tasks need to know of their pull requests. */
export interface TaskPullRequests {
  /** What a list of tasks shows; null for one that is not known here. */
  of(repositoryId: string, number: number): TaskPullRequest | null
  /** What a task of it that nobody has worked on is called, and since when it is there. */
  factsOf(
    repositoryId: string,
    number: number,
  ): { title: string; createdAt: number; updatedAt: number } | null
  /** What publishing has to know of it; null for one that is not known here. */
  published(repositoryId: RepositoryId, number: number): PublishedPullRequest | null
  /** Where its head branch lives, with its title. */
  headOf(repositoryId: RepositoryId, number: number): PullRequestHead | null
}

interface PullRequestHead {
  /** GitHub's id of the repository of the branch; null once that was deleted. */
  headRepositoryId: string | null
  headRef: string
  title: string
}

/** A pull request as whoever changes it has to know it. */
export interface PublishedPullRequest {
  nodeId: string
  number: number
  title: string
  state: TaskPullRequest['state']
  author: string | null
  baseRef: string
  headRef: string
  /** `owner/name`; null when that fork was deleted. */
  headRepository: string | null
  maintainerCanModify: boolean | null
}

interface Row extends Omit<TaskPullRequest, 'isDraft' | 'reviewers'> {
  isDraft: number
  requestedReviewers: string
}

/** Of most, nobody's review is asked for: that costs no parsing. */
function loginsOf(requestedReviewers: string): string[] {
  if (requestedReviewers === '[]') return []
  const asked = JSON.parse(requestedReviewers) as PullRequest['requestedReviewers']
  return asked.flatMap(({ kind, name }) => (kind === 'user' ? [name] : []))
}

/** Read for each row of a list: prepared once, and without the texts. */
export function createTaskPullRequests(database: Database): TaskPullRequests {
  const { $client } = database.commands
  const find = $client.prepare<[string, number], Row>(
    `SELECT number, state, is_draft AS isDraft, url, author, base_ref AS baseRef, head_repository AS headRepository,
       checks, review_decision AS reviewDecision, mergeable, requested_reviewers AS requestedReviewers, additions, deletions, updated_at AS updatedAt
     FROM pull_requests WHERE repository_id = ? AND number = ?`,
  )
  const findHead = $client.prepare<[string, number], PullRequestHead>(
    `SELECT head_repository_id AS headRepositoryId, head_ref AS headRef, title
     FROM pull_requests WHERE repository_id = ? AND number = ?`,
  )
  const findFacts = $client.prepare<
    [string, number],
    { title: string; createdAt: number; updatedAt: number }
  >(
    `SELECT title, created_at AS createdAt, updated_at AS updatedAt
     FROM pull_requests WHERE repository_id = ? AND number = ?`,
  )
  const findPublished = $client.prepare<
    [string, number],
    Omit<PublishedPullRequest, 'maintainerCanModify'> & { maintainerCanModify: number | null }
  >(
    `SELECT node_id AS nodeId, number, title, state, author, base_ref AS baseRef, head_ref AS headRef,
       head_repository AS headRepository, maintainer_can_modify AS maintainerCanModify
     FROM pull_requests WHERE repository_id = ? AND number = ?`,
  )
  return {
    factsOf: (repositoryId, number) => findFacts.get(repositoryId, number) ?? null,
    published(repositoryId, number) {
      const row = findPublished.get(repositoryId, number)
      if (row === undefined) return null
      const { maintainerCanModify: may } = row
      return { ...row, maintainerCanModify: may === null ? null : may === 1 }
    },
    of(repositoryId, number) {
      const row = find.get(repositoryId, number)
      if (row === undefined) return null
      const { isDraft, requestedReviewers, ...shown } = row
      return { ...shown, isDraft: isDraft === 1, reviewers: loginsOf(requestedReviewers) }
    },
    headOf: (repositoryId, number) => findHead.get(repositoryId, number) ?? null,
  }
}

/** Which pull requests are open, as the transaction sees it in which that is asked. */
export interface OpenPullRequests {
  isOpen(repositoryId: RepositoryId, number: number): boolean
  /** The newest one from a branch, beside one of them. */
  fromBranch(
    repositoryId: RepositoryId,
    head: { headRepositoryId: string; headRef: string },
    besides: number,
  ): { number: number; title: string } | null
}

export function createOpenPullRequests({ $client }: Db): OpenPullRequests {
  const isOpen = $client
    .prepare<[string, number], number>(
      `SELECT 1 FROM pull_requests WHERE repository_id = ? AND number = ? AND state = 'open'`,
    )
    .pluck()
  const fromBranch = $client.prepare<[string, string, string, number], { number: number; title: string }>(
    `SELECT number, title FROM pull_requests
     WHERE repository_id = ? AND head_ref = ? AND head_repository_id = ? AND state = 'open' AND number <> ?
     ORDER BY number DESC LIMIT 1`,
  )
  return {
    isOpen: (repositoryId, number) => isOpen.get(repositoryId, number) !== undefined,
    fromBranch: (repositoryId, { headRepositoryId, headRef }, besides) =>
      fromBranch.get(repositoryId, headRef, headRepositoryId, besides) ?? null,
  }
}
