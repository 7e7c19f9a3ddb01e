import { z } from 'zod'
import { jobSchema } from '../domain'
import { taskIdSchema } from '../ids'
import { keptTalkSchema, packListSchema, packSchema } from '../packs'
import { retentionPolicySchema } from '../keeping-policy'
import { clockDoubtSchema, retentionPreviewSchema } from '../retention'
import { command, query, type DomainContract } from './define'

const nothing = z.void()
const task = z.object({ taskId: taskIdSchema })

/** What is kept of tasks for the time when checkout, store and network are gone. */
export const packsContract = {
  /** Null where nothing is kept of a task. */
  read: query(task, packSchema.nullable()),
  list: query(nothing, packListSchema),
  /** Keeps what there is of a task, or brings what is kept up to date. */
  keep: command(task, jobSchema),
  remove: command(task, nothing),
  /** A page of what was said about its pull request, complete; null where that was not kept. */
  talk: query(task.extend({ page: z.number().int().min(0) }), keptTalkSchema.nullable()),
} as const satisfies DomainContract

/** What goes by itself after some time, where a person wants that. */
export const retentionContract = {
  /** What a policy would remove now. */
  preview: query(retentionPolicySchema, retentionPreviewSchema),
  /** Why nothing goes by itself though a policy says so; null where it does. */
  held: query(nothing, clockDoubtSchema.nullable()),
  /**
   * A person has seen that: it is removed now, and from now on daily. Without anything to remove, nothing goes any more.
   * Refused with `conflict` while the clock is in doubt, unless they say that it is right.
   */
  apply: command(
    z.object({ policy: retentionPolicySchema, clockIsRight: z.boolean() }),
    jobSchema.nullable(),
  ),
} as const satisfies DomainContract
