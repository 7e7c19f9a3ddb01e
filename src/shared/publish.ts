/** How the work of a task becomes a pull request, and what becomes of that. All times are epoch milliseconds. */
import { z } from 'zod'
import { errorValueSchema } from './error-schema'
import { checkStates, pullRequestStates, reviewDecisions } from './github'

export const mergeMethods = ['merge', 'squash', 'rebase'] as const
export type MergeMethod = (typeof mergeMethods)[number]

export const updateMethods = ['merge', 'rebase'] as const
/** `base`: what came to the base branch. `upstream`: what others have pushed to the branch itself. */
export const updateSources = ['base', 'upstream'] as const

const title = z.string().trim().min(1).max(256)
/** GitHub takes 65,536 characters. */
const body = z.string().max(60_000)
const branchName = z.string().trim().min(1).max(250)
const names = z.array(z.string().trim().min(1).max(200)).max(100)

/** What a person fills in to publish. Kept as it is typed, so nothing in it has to be valid yet. */
export const publishDraftSchema = z.object({
  title: z.string().max(1000),
  body: z.string().max(100_000),
  base: z.string().max(250),
  draft: z.boolean(),
  /** Logins, and teams as `organization/team`. */
  reviewers: z.array(z.string().max(200)).max(100),
  labels: z.array(z.string().max(200)).max(100),
  commitMessage: z.string().max(100_000),
  /** Whether merging closes the issue the task was made for. */
  closesIssue: z.boolean(),
})
export type PublishDraft = z.infer<typeof publishDraftSchema>

const commit = z.object({ commit: z.string(), subject: z.string() })
const commitList = z.object({ total: z.number(), first: z.array(commit) })
const distance = z.object({ ahead: z.number(), behind: z.number() })

/** Who git says commits, where it was told for this task. */
const identity = z.object({ name: z.string().trim().min(1), email: z.string().trim().min(1) })

/** All that is known on this computer about publishing a task. Asks no server. */
export const publishPlanSchema = z.object({
  branch: z.string(),
  base: z.string(),
  /** The checkout; null while there is none, or it cannot be asked (then `problem` says why). */
  git: z
    .object({
      head: z.string().nullable(),
      uncommitted: z.object({ total: z.number(), first: z.array(z.string()) }),
      /** Commits the server is not known to have. */
      unpushed: commitList,
      /** Commits the base is not known to have. */
      own: commitList,
      /** Against the branch at the server; null where it is not known to have one. */
      upstream: distance.nullable(),
      base: distance.nullable(),
      /** A merge or rebase that is not finished, with the files in conflict. */
      update: z.object({ method: z.enum(updateMethods), paths: z.array(z.string()) }).nullable(),
      branches: z.array(z.string()),
      /** Pushing replaces commits at the server that were rebased here. */
      rebased: z.boolean(),
    })
    .nullable(),
  problem: errorValueSchema.nullable(),
  title: z.string(),
  /** What the description begins with: the first template with what the task is about. */
  body: z.string(),
  templates: z.array(z.object({ name: z.string(), body: z.string() })),
  commitMessage: z.string(),
  issue: z.number().int().nullable(),
  /** An open pull request from this branch: it is taken over, and no second one is opened. */
  pullRequest: z.number().int().nullable(),
  /** As whom it is published; null where nobody is signed in who could. */
  publisher: z.object({ login: z.string(), host: z.string() }).nullable(),
  /** Why it cannot be published, and what to do about it. */
  obstacle: errorValueSchema.nullable(),
  /** Members that may be asked for a review, the first of them. */
  people: z.array(z.object({ login: z.string(), name: z.string().nullable() })),
  /** What was written and not published yet. */
  draft: publishDraftSchema.nullable(),
})
export type PublishPlan = z.infer<typeof publishPlanSchema>

/** What can be chosen, as GitHub has it now. */
export const publishChoicesSchema = z.object({
  people: z.array(z.object({ login: z.string(), name: z.string().nullable() })),
  labels: z.array(z.object({ name: z.string(), color: z.string() })),
  /** Those of the organization, where the repository has none of its own. */
  templates: z.array(z.object({ name: z.string(), body: z.string() })),
  /** This account may push to the repository. */
  mayPush: z.boolean(),
  archived: z.boolean(),
})
export type PublishChoices = z.infer<typeof publishChoicesSchema>

export const publishRequestSchema = z.object({
  title,
  body,
  base: branchName,
  draft: z.boolean(),
  reviewers: names,
  labels: names,
  /** Null leaves what is uncommitted as it is. */
  commitMessage: z.string().trim().min(1).max(100_000).nullable(),
  identity: identity.optional(),
  issue: z.number().int().positive().nullable(),
  /** The commit the branch was at when it was looked at. */
  head: z.string().nullable(),
})
export type PublishRequest = z.infer<typeof publishRequestSchema>

export const pushRequestSchema = publishRequestSchema.pick({
  commitMessage: true,
  identity: true,
  head: true,
})
export type PushRequest = z.infer<typeof pushRequestSchema>

/** What GitHub says of merging; `dirty`: conflicts, `unstable`: checks fail that are not required. */
export const mergeStates = ['clean', 'unstable', 'blocked', 'behind', 'dirty', 'draft', 'unknown'] as const

/** How a pull request stands at GitHub right now. */
export const pullRequestStandingSchema = z.object({
  number: z.number().int(),
  title: z.string(),
  body: z.string(),
  base: z.string(),
  state: z.enum(pullRequestStates),
  isDraft: z.boolean(),
  /** The commit that would be merged. */
  head: z.string(),
  mergeState: z.enum(mergeStates),
  reviewDecision: z.enum(reviewDecisions).nullable(),
  reviews: z.array(
    z.object({ author: z.string(), state: z.enum(['approved', 'changes_requested', 'commented']) }),
  ),
  checks: z.array(
    z.object({
      /** What it is asked for by; null for one that says nothing more about itself. */
      id: z.number().int().nullable(),
      name: z.string(),
      state: z.enum(checkStates),
      /** What a status says about itself. */
      description: z.string().nullable(),
      url: z.string().nullable(),
      required: z.boolean(),
    }),
  ),
  checksTotal: z.number().int(),
  methods: z.array(z.enum(mergeMethods)),
  defaultMethod: z.enum(mergeMethods).nullable(),
  /** Why it cannot be merged now; empty when it can. */
  obstacles: z.array(z.string()),
  /** What does not stand in the way, and should be known. */
  warnings: z.array(z.string()),
  /** May change title and text, draft and state. */
  mayUpdate: z.boolean(),
  mayMerge: z.boolean(),
  /** GitHub deletes the branch itself. */
  deletesBranch: z.boolean(),
  mayDeleteBranch: z.boolean(),
  readAt: z.number(),
  /** GitHub could not be asked: this is what was kept for offline reading. */
  kept: z.boolean().optional(),
})
export type PullRequestStanding = z.infer<typeof pullRequestStandingSchema>

export const mergeRequestSchema = z.object({
  method: z.enum(mergeMethods),
  deleteBranch: z.boolean(),
  /** What is merged is what was looked at. */
  head: z.string().min(1).max(100),
})
export type MergeRequest = z.infer<typeof mergeRequestSchema>

export const pullRequestEditSchema = z.object({
  title: title.optional(),
  body: body.optional(),
  base: branchName.optional(),
})
export type PullRequestEdit = z.infer<typeof pullRequestEditSchema>
