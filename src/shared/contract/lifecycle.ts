import { z } from 'zod'
import { jobIdSchema, organizationIdSchema, taskIdSchema } from '../ids'
import { deletionPlanSchema, prunableSchema, storageSchema } from '../lifecycle'
import { command, query, type DomainContract } from './define'

const nothing = z.void()
const someTasks = z.object({ taskIds: z.array(taskIdSchema).min(1).max(1000) })

/** How tasks end, and what they take up on the disk. */
export const taskLifecycleContract = {
  /** Tasks that are archived already stay as they are. */
  archiveMany: command(someTasks, nothing),
  /** Ends the turns of all sessions, and what prepares the checkout. */
  stop: command(z.object({ taskId: taskIdSchema }), nothing),
  /** What would be lost. Looks only, and needs no running sandbox. */
  deletionPlan: query(z.object({ taskId: taskIdSchema }), deletionPlanSchema),
  /** Gone from every list at once. Refused with `conflict` when work would be lost and `discard` is not true. */
  delete: command(z.object({ taskId: taskIdSchema, discard: z.boolean() }), nothing),
  /** A dry run: tasks that are archived or whose pull request has ended, with what is in their checkouts. */
  prunePlan: query(
    z.object({ organizationId: organizationIdSchema }),
    z.object({ tasks: z.array(prunableSchema), total: z.number().int() }),
  ),
  /** Archives where needed, secures what is unpushed, and removes the checkouts. The history stays. */
  prune: command(someTasks, nothing),
} as const satisfies DomainContract

export const storageContract = {
  /** As last measured, or measured now, which takes as long as the disk needs. */
  read: query(z.object({ measure: z.boolean() }), storageSchema),
  /** Unpushed work in it is secured in the store first. */
  removeLeftover: command(z.object({ key: z.string().max(200) }), storageSchema),
  /** Starts a clean-up again that failed. `discard` says yes to losing what is in the task's checkout. */
  retryCleanUp: command(z.object({ jobId: jobIdSchema, discard: z.boolean() }), nothing),
} as const satisfies DomainContract
