/** The history of a task: what happened by time, and what it comes to. All times are epoch milliseconds. */
import { z } from 'zod'
import { checkpointReasons } from './changes'
import { agentIdSchema, usageSchema } from './domain'
import { checkpointIdSchema, permissionIdSchema, sessionIdSchema, turnIdSchema } from './ids'
import { policyGroundsSchema } from './permission-policy-schema'

/** Who did it, or decided it. `system`: Foundry, and what nobody decided. */
export const historyActors = ['reader', 'agent', 'policy', 'system', 'github'] as const
export type HistoryActor = (typeof historyActors)[number]

/** What an entry is about; it can be about several things. */
export const historyGroups = [
  'turns',
  'checkpoints',
  'commits',
  'pull_request',
  'permissions',
  /** What was decided, by whomever: permissions, policies, merges, discards, restores, publishing, the end of a task. */
  'decisions',
  'problems',
  'sessions',
  'task',
] as const
export type HistoryGroup = (typeof historyGroups)[number]

/** Where something stands. */
export const historyPlaceSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('turn'), sessionId: sessionIdSchema, turnId: turnIdSchema }),
  z.object({ type: z.literal('row'), sessionId: sessionIdSchema, row: z.number().int() }),
  z.object({ type: z.literal('checkpoint'), checkpointId: checkpointIdSchema }),
  z.object({ type: z.literal('session'), sessionId: sessionIdSchema }),
  z.object({ type: z.literal('url'), url: z.string() }),
])
export type HistoryPlace = z.infer<typeof historyPlaceSchema>

/** A state of the files that can be compared with another. */
const recordedStateSchema = z.object({
  id: checkpointIdSchema,
  files: z.number().int(),
  added: z.number().int(),
  removed: z.number().int(),
})
export type RecordedState = z.infer<typeof recordedStateSchema>

const whatSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('audit'), kind: z.string(), payload: z.record(z.string(), z.unknown()) }),
  z.object({
    type: z.literal('turn'),
    /** Its first words. */
    prompt: z.string(),
    agentId: agentIdSchema,
    modelId: z.string().nullable(),
    endedAt: z.number().nullable(),
    stopReason: z.string().nullable(),
    usage: usageSchema.nullable(),
  }),
  z.object({ type: z.literal('checkpoint'), reason: z.enum(checkpointReasons) }),
  z.object({
    type: z.literal('permission'),
    permissionId: permissionIdSchema,
    title: z.string(),
    state: z.enum(['pending', 'answered', 'cancelled', 'expired']),
    /** As the agent called it. */
    answer: z.string().nullable(),
    decision: z.enum(['allow', 'reject']).nullable(),
    grounds: policyGroundsSchema.nullable(),
    resolvedAt: z.number().nullable(),
  }),
  z.object({
    type: z.literal('mark'),
    /** `error`: something went wrong in a session. `boundary`: its agent forgot. `mode`: the agent changed it itself. */
    mark: z.enum(['error', 'boundary', 'mode', 'answer']),
    text: z.string(),
    detail: z.string(),
  }),
  /** Work aside that failed. */
  z.object({ type: z.literal('job'), kind: z.string(), message: z.string(), detail: z.string() }),
  z.object({
    type: z.literal('review'),
    author: z.string().nullable(),
    state: z.string(),
    body: z.string(),
  }),
  z.object({
    type: z.literal('thread'),
    author: z.string().nullable(),
    path: z.string(),
    line: z.number().int().nullable(),
    body: z.string(),
    resolved: z.boolean(),
    comments: z.number().int(),
  }),
])
export type HistoryWhat = z.infer<typeof whatSchema>

export const historyEntrySchema = z.object({
  /** Says what it is of, and orders what happened at one time. The same as long as the task lives. */
  key: z.string(),
  at: z.number(),
  who: z.enum(historyActors),
  sessionId: sessionIdSchema.nullable(),
  groups: z.array(z.enum(historyGroups)),
  place: historyPlaceSchema.nullable(),
  /** The files as they were at its end. */
  recorded: recordedStateSchema.nullable(),
  /** Its entry in the audit log. */
  eventId: z.number().int().nullable(),
  what: whatSchema,
})
export type HistoryEntry = z.infer<typeof historyEntrySchema>

/** How far the transcripts were read; null when to their end. Asking again goes on. */
export const historyReadingSchema = z.object({ done: z.number().int(), total: z.number().int() }).nullable()
export type HistoryReading = z.infer<typeof historyReadingSchema>

export const historyPageSchema = z.object({
  /** Newest first, at most 100. Empty while transcripts are still read. */
  entries: z.array(historyEntrySchema),
  /** Null when nothing older is left. */
  cursor: z.string().nullable(),
  reading: historyReadingSchema,
})
export type HistoryPage = z.infer<typeof historyPageSchema>

/** Why something counts as open. Each is told from what is recorded alone. */
export const openRules = [
  'permission_pending',
  'permission_expired',
  'permission_cancelled',
  'plan_unfinished',
  'question_unanswered',
  'turn_cut_short',
  'prompt_unsent',
  'checks_failing',
  'changes_requested',
  'conflicts',
  'thread_unresolved',
  'not_committed',
  'not_published',
] as const
export type OpenRule = (typeof openRules)[number]

export const openQuestionSchema = z.object({
  rule: z.enum(openRules),
  at: z.number(),
  sessionId: sessionIdSchema.nullable(),
  /** What it is about, in the words of whoever wrote it; empty where the rule says it all. */
  text: z.string(),
  place: historyPlaceSchema.nullable(),
})
export type OpenQuestion = z.infer<typeof openQuestionSchema>

export const failedCommandSchema = z.object({
  sessionId: sessionIdSchema,
  row: z.number().int(),
  at: z.number(),
  command: z.string(),
  /** Null where the agent did not say. */
  exitCode: z.number().int().nullable(),
  /** The end of what it printed. */
  output: z.string(),
  /** The row in which the same command passed later. */
  passed: z.number().int().nullable(),
})
export type FailedCommand = z.infer<typeof failedCommandSchema>

export const recordedEditSchema = z.object({
  at: z.number(),
  sessionId: sessionIdSchema.nullable(),
  turnId: turnIdSchema.nullable(),
  /** The first words of the turn's prompt; null where no turn ended. */
  prompt: z.string().nullable(),
  reason: z.enum(checkpointReasons),
  /** Null where none was taken: then it is what tools of the agent named. */
  recorded: recordedStateSchema.nullable(),
  paths: z.array(z.string()),
})
export type RecordedEdit = z.infer<typeof recordedEditSchema>

export const planEntrySchema = z.object({ text: z.string(), status: z.string() })
export const lastPlanSchema = z.object({
  sessionId: sessionIdSchema,
  row: z.number().int(),
  at: z.number(),
  entries: z.array(planEntrySchema),
  /** More than the list where it was cut. */
  total: z.number().int(),
})
export type LastPlan = z.infer<typeof lastPlanSchema>

export const summarySections = ['edits', 'failed', 'open', 'plans'] as const
export type SummarySection = (typeof summarySections)[number]

/** A page of a section: at most 100 from `from` on. */
const section = <Row extends z.ZodType>(row: Row) => z.object({ rows: z.array(row), total: z.number().int() })
export const historySummarySchema = z.object({
  reading: historyReadingSchema,
  /** Ended and running. */
  turns: z.number().int(),
  events: z.number().int(),
  edits: section(recordedEditSchema),
  failed: section(failedCommandSchema),
  open: section(openQuestionSchema),
  plans: section(lastPlanSchema),
})
export type HistorySummary = z.infer<typeof historySummarySchema>

/** Rows of a page. */
export const HISTORY_PAGE = 100
