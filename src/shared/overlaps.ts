import { z } from 'zod'
import { errorValueSchema } from './error-schema'
import { taskIdSchema } from './ids'

/** Another open pull request that changes files a task changes too. */
const overlapSchema = z.object({
  number: z.number().int(),
  title: z.string(),
  url: z.string(),
  author: z.string().nullable(),
  isDraft: z.boolean(),
  taskId: taskIdSchema.nullable(),
  /** How many files both change; the first of them. */
  count: z.number().int(),
  paths: z.array(z.string()),
})
export type Overlap = z.infer<typeof overlapSchema>

export const taskOverlapsSchema = z.object({
  /** The most files in common first. */
  overlaps: z.array(overlapSchema),
  /** Of how many open pull requests the files are known; those changed last are looked at first. */
  looked: z.number().int(),
  open: z.number().int(),
  /** Of so many, only the first files are known. */
  cut: z.number().int(),
  /** Null while GitHub was never asked. */
  readAt: z.number().nullable(),
  /** Why it could not be asked just now; what was known stands beside it. */
  error: errorValueSchema.nullable(),
})
export type TaskOverlaps = z.infer<typeof taskOverlapsSchema>

/** How many others touch the files of a task that somebody works on here. */
export const overlapCountSchema = z.object({ taskId: taskIdSchema, count: z.number().int() })
export type OverlapCount = z.infer<typeof overlapCountSchema>
