/** What tasks and pull requests share. All times are epoch milliseconds. */
import { z } from 'zod'
import { errorValueSchema } from './error-schema'
import { checkStates, mergeableStates, pullRequestStates, reviewDecisions } from './github'
import { repositoryIdSchema, taskIdSchema } from './ids'

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
  /** Logins of those whose review is asked for. Teams are left out: nobody knows here who is in them. */
  reviewers: z.array(z.string()),
  /** Lines; null where GitHub was not asked yet. */
  additions: z.number().int().nullable(),
  deletions: z.number().int().nullable(),
  updatedAt: z.number(),
})
export type TaskPullRequest = z.infer<typeof taskPullRequestSchema>

export const branchNameSchema = z.string().trim().min(1).max(250)

/** Where the work of a new task starts. `null` as a branch: the one checked out in the folder, else origin's default. */
export const taskStartSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('base'), branch: branchNameSchema.nullable() }),
  /** On a branch that is there, at origin or in the folder. */
  z.object({ type: z.literal('branch'), branch: branchNameSchema }),
  z.object({ type: z.literal('pull_request'), number: z.number().int().positive() }),
  /** A new branch, with the issue as a part of the prompt. */
  z.object({
    type: z.literal('issue'),
    number: z.number().int().positive(),
    base: branchNameSchema.nullable(),
  }),
])
export type TaskStart = z.infer<typeof taskStartSchema>

/** Who commits. Neither line breaks nor the characters git puts around them can be part of it. */
const gitWords = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .regex(/^[^<>\p{Cc}]+$/u, 'It holds characters that git does not take')
export const authorSchema = z.object({ name: gitWords, email: gitWords })
export type Author = z.infer<typeof authorSchema>

/** A branch to choose for a task. */
export const startBranchSchema = z.object({
  name: z.string(),
  inFolder: z.boolean(),
  atOrigin: z.boolean(),
  isDefault: z.boolean(),
  /** Checked out in the person's folder. */
  isCurrent: z.boolean(),
  committedAt: z.number().nullable(),
  /** The one that works on it: a branch has no other. */
  task: z
    .object({ id: taskIdSchema, title: z.string(), isVirtual: z.boolean(), isArchived: z.boolean() })
    .nullable(),
  pullRequest: z
    .object({ number: z.number().int(), title: z.string(), state: z.enum(pullRequestStates) })
    .nullable(),
})
export type StartBranch = z.infer<typeof startBranchSchema>

export const startBranchesSchema = z.object({
  /** At most 100, those with the latest commits first after the default one. */
  branches: z.array(startBranchSchema),
  /** How many fit. */
  total: z.number().int(),
  defaultBranch: z.string().nullable(),
  /** When GitHub was last asked; null where it never was. */
  fetchedAt: z.number().nullable(),
  error: errorValueSchema.nullable(),
})
export type StartBranches = z.infer<typeof startBranchesSchema>

export const branchPreviewSchema = z.object({
  repositoryId: repositoryIdSchema,
  /** Null where it will be made up when the task is made. */
  branch: z.string().nullable(),
  /** Why the name cannot be used, in a sentence; never for one that is made from the title. */
  problem: z.string().nullable(),
  /** A name like it that is free. */
  suggestion: z.string().nullable(),
  /** The task that works on it. */
  taskId: taskIdSchema.nullable(),
})
export type BranchPreview = z.infer<typeof branchPreviewSchema>

export const foundFilesSchema = z.object({
  /** From the checkout; those of folders end in a slash. */
  paths: z.array(z.string()),
  /** There are more files than could be listed, and these may not be the best. */
  cut: z.boolean(),
})
export type FoundFiles = z.infer<typeof foundFilesSchema>
