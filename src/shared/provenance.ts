/** Who wrote the lines of a task. All times are epoch milliseconds. */
import { z } from 'zod'
import { agentIdSchema } from './domain'
import { checkpointIdSchema, sessionIdSchema, turnIdSchema } from './ids'

/** Lines of which the tool calls are told are no more than this at once. */
export const MOST_TOLD_LINES = 2000

export const recordedCallSchema = z.object({
  toolCallId: z.string(),
  /** As the agent called it. */
  title: z.string(),
  /** The first of its rows in the record of its session. */
  row: z.number().int(),
  /** `edit`: what it wrote, or took away, holds the lines. `file`: it named the file, and not what it changed in it. */
  evidence: z.enum(['edit', 'file']),
})
export type RecordedCall = z.infer<typeof recordedCallSchema>

export const originTurnSchema = z.object({
  turnId: turnIdSchema,
  sessionId: sessionIdSchema,
  sessionName: z.string(),
  agentId: agentIdSchema,
  /** The model that was chosen when it began; null where the agent's own was used, or that was not recorded. */
  modelId: z.string().nullable(),
  /** The first line. */
  prompt: z.string(),
  startedAt: z.number(),
  endedAt: z.number().nullable(),
  /** Which of the task's turns it is, by when it began; the first is 1. */
  nth: z.number().int(),
  /** Tool calls whose record holds the lines, in the order they were made in; more than one where each of them does. */
  calls: z.array(recordedCallSchema),
})
export type OriginTurn = z.infer<typeof originTurnSchema>

/**
 * - `turn`: one turn ran. `shared`: the turns of several sessions ran at the same time.
 * - `outside`: no turn ran: by hand, by a command, or by git.
 * - `before`: what the branch began with. `kept`: no record says that the lines were removed.
 * - `unknown`: the record was cut there.
 */
export const originKinds = ['turn', 'shared', 'outside', 'before', 'kept', 'unknown'] as const

export const lineOriginSchema = z.object({
  /** Lines of the side that was asked for; `to` is null where they go on to the end of the file. */
  from: z.number().int(),
  to: z.number().int().nullable(),
  kind: z.enum(originKinds),
  /** Several only where `shared`. */
  turns: z.array(originTurnSchema),
  /** Nobody looked at the file just before the turn began, so that it may have been changed by hand there. */
  maybeByHand: z.boolean(),
  /** Between which two looks at the files it happened; null where there was none before, or none since. */
  after: z.number().nullable(),
  until: z.number().nullable(),
  checkpointId: checkpointIdSchema.nullable(),
})
export type LineOrigin = z.infer<typeof lineOriginSchema>

export const turnLinesSchema = z.object({
  /** Lines that were written while the turn ran, and how many of them are still there. */
  written: z.number().int(),
  alive: z.number().int(),
  /** Of those that are still there, so many were written while a turn of another session ran too. */
  shared: z.number().int(),
  /** They are looked for in the files as they are; else in the newest checkpoint. */
  inFiles: z.boolean(),
  /** Files that hold some, with their lines. */
  files: z.array(
    z.object({
      path: z.string(),
      lines: z.number().int(),
      ranges: z.array(z.object({ from: z.number().int(), to: z.number().int() })),
    }),
  ),
  /** A diff on the way was cut, so that lines may be missing here. */
  incomplete: z.boolean(),
})
export type TurnLines = z.infer<typeof turnLinesSchema>
