import { z } from 'zod'
import { jobSchema, taskSummarySchema } from '../domain'
import { taskIdSchema } from '../ids'
import {
  mergeRequestSchema,
  publishChoicesSchema,
  publishDraftSchema,
  publishPlanSchema,
  publishRequestSchema,
  pullRequestEditSchema,
  pullRequestStandingSchema,
  pushRequestSchema,
  updateMethods,
  updateSources,
} from '../publish'
import { organizationIdSchema } from '../ids'
import { overlapCountSchema, taskOverlapsSchema } from '../overlaps'
import { command, query, type DomainContract } from './define'

const nothing = z.void()
const task = z.object({ taskId: taskIdSchema })

/** Operations of the domain `task` on its branch at GitHub and its pull request. */
export const publishContract = {
  /** Other open pull requests that change the same files. Asks GitHub for what is not known yet. */
  overlaps: query(task, taskOverlapsSchema.nullable()),
  /** For tasks that somebody works on here; those without any are left out. */
  overlapCounts: query(z.object({ organizationId: organizationIdSchema }), z.array(overlapCountSchema)),
  /** Asks this computer only. */
  publishPlan: query(task, publishPlanSchema),
  /** Asks GitHub. */
  publishChoices: query(task, publishChoicesSchema),
  /** Keeps what was typed; null forgets it. */
  savePublishDraft: command(task.extend({ draft: publishDraftSchema.nullable() }), nothing),
  /** Starts a job that commits, pushes and opens the pull request, or takes over the one that is there. */
  publish: command(task.extend(publishRequestSchema.shape), jobSchema),
  /** Starts a job that commits and pushes. */
  push: command(task.extend(pushRequestSchema.shape), jobSchema),
  /** Starts a job that merges into the branch, or rebases it onto, what came to its base or was pushed to it. */
  updateFromBase: command(
    task.extend({ method: z.enum(updateMethods), from: z.enum(updateSources) }),
    jobSchema,
  ),
  /** After conflicts were resolved. */
  finishUpdate: command(task, nothing),
  /** Takes a merge or rebase back that is not finished. */
  abortUpdate: command(task, nothing),
  /** Asks GitHub how the pull request stands. */
  pullRequestStanding: query(task, pullRequestStandingSchema),
  setDraft: command(task.extend({ draft: z.boolean() }), taskSummarySchema),
  merge: command(task.extend(mergeRequestSchema.shape), taskSummarySchema),
  closePullRequest: command(task, taskSummarySchema),
  reopenPullRequest: command(task, taskSummarySchema),
  editPullRequest: command(task.extend(pullRequestEditSchema.shape), taskSummarySchema),
} as const satisfies DomainContract
