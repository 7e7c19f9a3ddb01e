import { z } from 'zod'
import { auditActors } from './audit'
import { errorValueSchema } from './error-schema'
import {
  checkpointIdSchema,
  organizationIdSchema,
  repositoryIdSchema,
  sessionIdSchema,
  taskIdSchema,
  turnIdSchema,
} from './ids'
import { searchKinds } from './search-query'

/** Text in pieces, some of which were looked for. Never markup: whatever stands in it is text. */
export const markedTextSchema = z.array(z.object({ text: z.string(), marked: z.boolean() }))
export type MarkedText = z.infer<typeof markedTextSchema>

/** Where something was found. What is null has nothing to do with it, or is not here any more. */
export const searchHitSchema = z.object({
  id: z.string(),
  kind: z.enum(searchKinds),
  at: z.number(),
  title: markedTextSchema,
  /** The file it is about. */
  path: markedTextSchema,
  snippet: markedTextSchema,
  organizationId: organizationIdSchema.nullable(),
  repositoryId: repositoryIdSchema.nullable(),
  repositoryName: z.string().nullable(),
  taskId: taskIdSchema.nullable(),
  taskTitle: z.string().nullable(),
  archived: z.boolean(),
  sessionId: sessionIdSchema.nullable(),
  agentId: z.string().nullable(),
  turnId: turnIdSchema.nullable(),
  /** The row of the transcript. */
  row: z.number().int().nullable(),
  checkpointId: checkpointIdSchema.nullable(),
  /** Of the file, as it is in the diff or was noted. */
  file: z.object({ path: z.string(), line: z.number().int().nullable() }).nullable(),
  /** Where the pull request is on GitHub. */
  url: z.string().nullable(),
  /** What was done, for whoever has words for it. */
  activity: z
    .object({
      kind: z.string(),
      actor: z.enum(auditActors),
      payload: z.record(z.string(), z.unknown()),
    })
    .nullable(),
  /** Its number in the audit log. */
  activityId: z.number().int().nullable(),
  failed: z.boolean(),
})
export type SearchHit = z.infer<typeof searchHitSchema>

export const searchPageSchema = z.object({
  /** Best first within a batch; batches follow one another from new to old. */
  hits: z.array(searchHitSchema).max(100),
  cursor: z.string().nullable(),
  /** How many matches were put in order; older ones follow behind them. Null when these were all. */
  rankedAmong: z.number().int().nullable(),
  /** So many matches were looked at for a filter that few of them meet; there may be more behind them. Null for all. */
  lookedAt: z.number().int().nullable(),
  /** What was understood as nothing. */
  problems: z.array(z.string()),
})
export type SearchPage = z.infer<typeof searchPageSchema>

/** How far the index is. */
export const searchIndexSchema = z.object({
  id: z.literal('index'),
  state: z.enum(['starting', 'building', 'ready', 'failed']),
  /** Of what is to be looked through, from 0 to 1. */
  progress: z.number(),
  error: errorValueSchema.nullable(),
})
export type SearchIndex = z.infer<typeof searchIndexSchema>

/** What the value of a filter may become. */
export const searchValueSchema = z.object({ value: z.string(), label: z.string() })
export type SearchValue = z.infer<typeof searchValueSchema>

/** A search that a person keeps. */
export const savedSearchSchema = z.object({
  /** Its name. */
  id: z.string(),
  text: z.string(),
})
export type SavedSearch = z.infer<typeof savedSearchSchema>
