/** What a person lets Foundry remove by itself after some time. All times are epoch milliseconds, all sizes bytes. */
import { z } from 'zod'
import { taskIdSchema } from './ids'

export const retentionPartSchema = z.object({
  count: z.number().int(),
  bytes: z.number(),
  /** Of the oldest of them; null where there is none. */
  oldest: z.number().nullable(),
})
export type RetentionPart = z.infer<typeof retentionPartSchema>

/** The clock of this computer is far ahead of the newest time that is known otherwise. */
export const clockDoubtSchema = z.object({ now: z.number(), known: z.number() })
export type ClockDoubt = z.infer<typeof clockDoubtSchema>

/** What would go, exactly. */
export const retentionPreviewSchema = z.object({
  output: retentionPartSchema,
  attachments: retentionPartSchema,
  packs: retentionPartSchema,
  /** By which clock. */
  now: z.number(),
  /** Null where nothing speaks against it. */
  clock: clockDoubtSchema.nullable(),
  /** By task, what takes most first, at most 100. */
  tasks: z.array(
    z.object({ taskId: taskIdSchema, title: z.string(), count: z.number().int(), bytes: z.number() }),
  ),
  taskCount: z.number().int(),
  /** Of the database file, and how much of it is free for what comes. */
  fileBytes: z.number(),
  freeBytes: z.number(),
})
export type RetentionPreview = z.infer<typeof retentionPreviewSchema>
