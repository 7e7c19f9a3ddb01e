/** What tasks and pull requests share. All times are epoch milliseconds. */
import { z } from 'zod'
import { checkStates, mergeableStates, pullRequestStates, reviewDecisions } from './github'

/** `person`: somebody archived it. The others: what became of its pull request did. */
export const archiveReasons = ['person', 'merged', 'closed'] as const
export type ArchiveReason = (typeof archiveReasons)[number]

/** What a list of tasks shows of a task's pull request. */
export const taskPullRequestSchema = z.object({
  number: z.number().int(),
  state: z.enum(pullRequestStates),
  isDraft: z.boolean(),
  url: z.string(),
  author: z.string().nullable(),
  baseRef: z.string(),
  /** `owner/name` where the head branch lives; null when that fork was deleted. */
  headRepository: z.string().nullable(),
  checks: z.enum(checkStates),
  reviewDecision: z.enum(reviewDecisions).nullable(),
  mergeable: z.enum(mergeableStates),
  /** Lines; null where GitHub was not asked yet. */
  additions: z.number().int().nullable(),
  deletions: z.number().int().nullable(),
  updatedAt: z.number(),
})
export type TaskPullRequest = z.infer<typeof taskPullRequestSchema>
