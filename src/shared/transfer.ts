/** What exporting and importing need to say. */
import { z } from 'zod'
import { jobIdSchema, organizationIdSchema, sessionIdSchema, taskIdSchema } from './ids'
import { maskedSecretSchema } from './secret-masker'

export const exportFormats = ['markdown', 'html', 'json'] as const
export const exportFormatSchema = z.enum(exportFormats)
export type ExportFormat = z.infer<typeof exportFormatSchema>

/** Masked secrets that are named to the person. */
export const MOST_REPORTED = 50

/** At most so many tasks in one file. */
export const MOST_EXPORTED = 2000

export const exportRequestSchema = z.object({
  what: z.union([
    z.object({ sessionId: sessionIdSchema }),
    z.object({ taskIds: z.array(taskIdSchema).min(1).max(MOST_EXPORTED) }),
  ]),
  format: exportFormatSchema,
  mask: z.boolean(),
})
export type ExportRequest = z.infer<typeof exportRequestSchema>

/** Agents whose own files are read. */
export const foreignAgents = ['claude', 'codex', 'opencode'] as const
export const foreignAgentSchema = z.enum(foreignAgents)
export type ForeignAgent = z.infer<typeof foreignAgentSchema>

const amounts = z.record(z.string(), z.number().int())

/** An archive against what is here. */
export const archivePreviewSchema = z.object({
  kind: z.literal('archive'),
  file: z.string(),
  bytes: z.number(),
  createdAt: z.number(),
  appVersion: z.string(),
  masked: z.boolean(),
  /** Of the organization in it, and of the one here that it belongs to; null where that is not here yet. */
  organization: z.string(),
  into: z.string().nullable(),
  tasks: z.number().int(),
  sessions: z.number().int(),
  events: z.number().int(),
  /** Rows that would be added, that are here just so, and that are here with another content, which stays. */
  added: amounts,
  same: amounts,
  kept: amounts,
  /** Titles of tasks that would be added, the first few. */
  newTasks: z.array(z.string()),
  /** What cannot simply be added, in words. */
  conflicts: z.array(z.string()),
  conflictCount: z.number().int(),
  /** What the archive holds and this version does not know. */
  unknown: amounts,
})
export type ArchivePreview = z.infer<typeof archivePreviewSchema>

export const foreignFoundSchema = z.object({
  agent: foreignAgentSchema,
  /** Where its files were looked for. */
  directory: z.string(),
  /** Whether there is such a folder. */
  exists: z.boolean(),
  sessions: z.number().int(),
  /** Of those, here already. */
  known: z.number().int(),
  oldestAt: z.number().nullable(),
  newestAt: z.number().nullable(),
})

export const transferReportSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('exported'),
    file: z.string(),
    bytes: z.number(),
    tasks: z.number().int(),
    sessions: z.number().int(),
    events: z.number().int(),
    masked: z.boolean(),
    /** The most frequent of them; the file names all. */
    secrets: z.array(maskedSecretSchema).max(MOST_REPORTED),
    secretCount: z.number().int(),
  }),
  archivePreviewSchema,
  z.object({
    kind: z.literal('imported'),
    organizationId: organizationIdSchema,
    added: amounts,
    same: amounts,
    kept: amounts,
    conflicts: z.array(z.string()),
    conflictCount: z.number().int(),
    unknown: amounts,
    /** What is in the archive and was not taken over, in words. */
    leftOut: z.array(z.string()),
  }),
  z.object({ kind: z.literal('found'), agents: z.array(foreignFoundSchema) }),
  z.object({
    kind: z.literal('agents'),
    /** Sessions read, by agent. */
    read: amounts,
    alreadyHere: z.number().int(),
    skipped: z.array(z.object({ file: z.string(), reason: z.string() })),
    skippedCount: z.number().int(),
    /** Files that were read but for some lines, or entries, which are no JSON. */
    broken: z.array(z.object({ file: z.string(), lines: z.number().int() })),
    brokenCount: z.number().int(),
    /** Entries of kinds that this version does not know, by kind: kept as they are. */
    unknown: amounts,
    tasks: z.number().int(),
    events: z.number().int(),
  }),
])
export type TransferReport = z.infer<typeof transferReportSchema>

/** A job that was started; null when the person backed out of choosing a file. */
export const startedSchema = z.object({ jobId: jobIdSchema }).nullable()
