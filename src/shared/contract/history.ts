import { z } from 'zod'
import { historyActors, historyGroups, historyPageSchema, historySummarySchema } from '../history'
import { sessionIdSchema, taskIdSchema } from '../ids'
import { query, type DomainContract } from './define'

const of = { taskId: taskIdSchema, sessionId: sessionIdSchema.nullable() }

/** What happened in a task, read beside the main thread. Long transcripts are read a part at each call: see `reading`. */
export const historyContract = {
  timeline: query(
    z.object({
      ...of,
      group: z.enum(historyGroups).nullable(),
      who: z.enum(historyActors).nullable(),
      /** Of the page before; null for the newest. */
      cursor: z.string().max(200).nullable(),
    }),
    historyPageSchema,
  ),
  /** What it comes to. Of each section at most 100 rows from `from` on. */
  summary: query(z.object({ ...of, from: z.number().int().min(0) }), historySummarySchema),
} as const satisfies DomainContract
