/**
 * What exported files hold. `docs/export-format.md` describes them for others; the schemas here are what is written and
 * read. A reader passes by fields it does not know; a higher `version` means that it cannot understand the file.
 */
import { z } from 'zod'
import { transcriptEventSchema, usageSchema } from './domain'
import { maskedSecretSchema } from './secret-masker'

export const SESSIONS_FORMAT = 'foundry-sessions'
export const SESSIONS_VERSION = 1

/** What a policy of the person took away since: when, and how much it had been in full, in bytes. */
const removedSchema = z.object({ at: z.number(), bytes: z.number() })
export type Removed = z.infer<typeof removedSchema>

const exportedEventSchema = z.object({
  /** Index of the first and last event of the agent that it stands for. */
  first: z.number().int(),
  last: z.number().int(),
  turnId: z.string().nullable(),
  /** Epoch milliseconds, as all times. */
  at: z.number(),
  event: transcriptEventSchema,
  /** Where the rest of long output is gone: `event` is what is left of it. */
  removed: removedSchema.optional(),
})
export type ExportedEvent = z.infer<typeof exportedEventSchema>

const exportedTurnSchema = z.object({
  id: z.string(),
  prompt: z.string(),
  modelId: z.string().nullable(),
  startedAt: z.number(),
  endedAt: z.number().nullable(),
  stopReason: z.string().nullable(),
  usage: usageSchema.nullable(),
})

const exportedAttachmentSchema = z.object({
  id: z.string(),
  name: z.string(),
  mimeType: z.string(),
  /** Base64; empty where it is gone. */
  content: z.string(),
  removed: removedSchema.optional(),
})

const exportedSessionSchema = z.object({
  id: z.string(),
  name: z.string(),
  agentId: z.string(),
  modelId: z.string().nullable(),
  createdAt: z.number(),
  closedAt: z.number().nullable(),
  turns: z.array(exportedTurnSchema),
  attachments: z.array(exportedAttachmentSchema),
  events: z.array(exportedEventSchema),
})

const exportedCheckpointSchema = z.object({
  id: z.string(),
  sessionId: z.string().nullable(),
  turnId: z.string().nullable(),
  commit: z.string(),
  parent: z.string(),
  createdAt: z.number(),
  files: z.number(),
  added: z.number(),
  removed: z.number(),
  /** Unified diff against the parent; not all of it where it is `truncated`. */
  diff: z.string(),
  truncated: z.boolean(),
})

const exportedTaskSchema = z.object({
  id: z.string(),
  title: z.string(),
  branch: z.string(),
  baseBranch: z.string().nullable(),
  prompt: z.string(),
  organization: z.string(),
  repository: z.object({ name: z.string(), fullName: z.string().nullable(), url: z.string().nullable() }),
  pullRequest: z
    .object({ number: z.number(), title: z.string(), url: z.string(), state: z.string() })
    .nullable(),
  createdAt: z.number(),
  archivedAt: z.number().nullable(),
  sessions: z.array(exportedSessionSchema),
  checkpoints: z.array(exportedCheckpointSchema),
})
export type ExportedTask = z.infer<typeof exportedTaskSchema>

/** A file of sessions as JSON. */
export const sessionsFileSchema = z.object({
  format: z.literal(SESSIONS_FORMAT),
  version: z.literal(SESSIONS_VERSION),
  exportedAt: z.number(),
  /** Of Foundry. */
  appVersion: z.string(),
  /** Whether secrets were looked for and masked; `secrets` says which. */
  masked: z.boolean(),
  tasks: z.array(exportedTaskSchema),
  secrets: z.array(maskedSecretSchema),
})

// ---- the archive of an organization ----------------------------------------------------------------

export const ARCHIVE_FORMAT = 'foundry-archive'
export const ARCHIVE_VERSION = 1
/** The ending of its file. */
export const ARCHIVE_ENDING = '.foundry'

/** What is in an archive, in the order in which it is written: what others refer to comes first. */
export const archiveTables = [
  'organizations',
  'members',
  'repositories',
  'repository_overviews',
  'pull_requests',
  'pull_request_reviews',
  'pull_request_changes',
  'sessions',
  'turns',
  'permission_requests',
  'prompt_attachments',
  'session_events',
  'queued_prompts',
  'checkpoints',
  'review_comments',
  'file_drafts',
  'user_task_state',
  'user_session_state',
  'task_packs',
  'pack_entries',
  'tasks',
  'audit_events',
] as const
export const archiveTableSchema = z.enum(archiveTables)
export type ArchiveTable = z.infer<typeof archiveTableSchema>

/** A line with a content of a pack, unpacked: `n`, its number in the file, and `content`. Those that have it follow it. */
export const PACK_CONTENTS = 'pack_contents'
/** Nothing that is kept whole is as long. */
export const MOST_CONTENT = 64 * 1024 * 1024

/** The first line of an archive. */
export const archiveManifestSchema = z.object({
  format: z.literal(ARCHIVE_FORMAT),
  version: z.number().int(),
  createdAt: z.number(),
  appVersion: z.string(),
  /** The step of the schema that its columns are of. */
  schema: z.string(),
  masked: z.boolean(),
  organization: z.object({
    id: z.string(),
    kind: z.string(),
    name: z.string(),
    host: z.string().nullable(),
    githubId: z.string().nullable(),
    login: z.string().nullable(),
  }),
  /** Rows a table. */
  counts: z.record(z.string(), z.number().int()),
})
export type ArchiveManifest = z.infer<typeof archiveManifestSchema>

/** A value of SQLite: a blob is base64 in an object. */
const archiveValueSchema = z.union([z.string(), z.number(), z.null(), z.object({ b: z.string() })])
export const archiveRowSchema = z.object({ t: z.string(), r: z.record(z.string(), archiveValueSchema) })
export type ArchiveRow = z.infer<typeof archiveRowSchema>

/** The last line: what an archive that was cut short does not have. */
export const archiveEndSchema = z.object({
  end: z.object({
    counts: z.record(z.string(), z.number().int()),
    /** Of all lines before, with their line ends. */
    sha256: z.string(),
    secrets: z.array(maskedSecretSchema),
  }),
})
