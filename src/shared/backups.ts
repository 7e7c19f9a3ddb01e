/** What backups, restoring, moving and resetting need to say. All times are epoch milliseconds, all sizes bytes. */
import { z } from 'zod'
import { errorValueSchema } from './error-schema'
import { namedSchema } from './lifecycle'

/**
 * Why a file lies among the backups. The first three are made by copying the database; `replaced` is the database that
 * was in use until another took its place, `damaged` one that could not be read any more, and `salvaged` what could be
 * read of it.
 */
export const backupKinds = ['daily', 'upgrade', 'manual', 'replaced', 'damaged', 'salvaged'] as const
export const backupKindSchema = z.enum(backupKinds)
export type BackupKind = z.infer<typeof backupKindSchema>

/** What a database holds, in figures that a person understands, and in rows. */
export const contentsSchema = z.object({
  /** Tasks that somebody worked on here. */
  tasks: z.number().int(),
  sessions: z.number().int(),
  turns: z.number().int(),
  /** Rows of transcripts. */
  events: z.number().int(),
  /** When the newest of it was written; null when it holds nothing. */
  newestAt: z.number().nullable(),
  /** How many steps of the schema were applied. */
  schema: z.number().int(),
  rows: z.record(z.string(), z.number().int()),
})
export type Contents = z.infer<typeof contentsSchema>

export const backupSchema = z.object({
  /** Its name in the folder of backups. */
  file: z.string(),
  kind: backupKindSchema,
  createdAt: z.number(),
  bytes: z.number(),
  /**
   * `verified`: checked in full when it was made, and of the same size since. `unverified`: made by an older version, or
   * set aside as it was; checked before it is used. `incomplete`: cut short, and never used.
   */
  state: z.enum(['verified', 'unverified', 'incomplete']),
  /** Of Foundry, that made it. */
  appVersion: z.string().nullable(),
  contents: contentsSchema.nullable(),
})
export type Backup = z.infer<typeof backupSchema>

/** What would be there after a restore, against what is there now. */
export const restorePreviewSchema = z.object({
  backup: contentsSchema,
  now: contentsSchema,
  /** Tasks that are here now and not in the backup. */
  missingTasks: namedSchema,
  /** Tasks that are in the backup and not here any more. */
  returningTasks: namedSchema,
  /** Made by a newer version of Foundry: it cannot be opened. */
  isNewer: z.boolean(),
  /** Turns that run now, and would be stopped. */
  runningTurns: z.number().int(),
})
export type RestorePreview = z.infer<typeof restorePreviewSchema>

/** One table of a damaged database, against the backup that was opened in its place. */
export const tableLossSchema = z.object({
  table: z.string(),
  /** Rows the backup has. */
  inBackup: z.number().int(),
  /** Rows that could still be read of the damaged one. */
  saved: z.number().int(),
  /** Of those, not in the backup: they are missing now, and can be brought back. */
  onlySaved: z.number().int(),
  /** Of those, in the backup with another content, as they were changed since. */
  changed: z.number().int(),
  /** Rows that can be told to have been there, and are in neither. */
  lost: z.number().int(),
  /** Whether `lost` is all: false where not even the keys of what could not be read are known. */
  isExact: z.boolean(),
})
export type TableLoss = z.infer<typeof tableLossSchema>

export const lossSchema = z.object({
  tables: z.array(tableLossSchema),
  /** Tasks that are missing now, by title as far as one could be read. */
  missingTasks: namedSchema,
  /** From when to when what is missing was written; null where nothing of it says. */
  from: z.number().nullable(),
  until: z.number().nullable(),
})
export type Loss = z.infer<typeof lossSchema>

/** How the last thing ended that concerned the data as a whole. Shown until a person has seen it. */
export const outcomeSchema = z.discriminatedUnion('kind', [
  /** A backup is in use since. `undo` names what was in use before; null when nothing was there. */
  z.object({
    kind: z.literal('restored'),
    at: z.number(),
    file: z.string(),
    createdAt: z.number(),
    undo: z.string().nullable(),
  }),
  /** The database was damaged, and the last good backup is in use since. */
  z.object({
    kind: z.literal('damaged'),
    at: z.number(),
    problem: z.string(),
    file: z.string(),
    createdAt: z.number(),
    /** Names of the damaged database, and of what could be read of it; null where nothing could. */
    damaged: z.string(),
    salvaged: z.string().nullable(),
    loss: lossSchema,
  }),
  /** What could be read of a damaged database is back in. */
  z.object({
    kind: z.literal('merged'),
    at: z.number(),
    added: z.record(z.string(), z.number().int()),
    changed: z.record(z.string(), z.number().int()),
    /** Rows that fit with nothing that is there. */
    leftOut: z.number().int(),
    undo: z.string(),
  }),
  z.object({ kind: z.literal('moved'), at: z.number(), from: z.string(), to: z.string() }),
  /** Everything begins anew; what was there is kept in a folder of this name. */
  z.object({ kind: z.literal('reset'), at: z.number(), kept: z.string() }),
  z.object({ kind: z.literal('reset_undone'), at: z.number(), kept: z.string() }),
  /** What was asked for was not done, and everything is as it was. */
  z.object({
    kind: z.literal('failed'),
    at: z.number(),
    what: z.enum(['restore', 'merge', 'move', 'reset']),
    error: errorValueSchema,
  }),
])
export type Outcome = z.infer<typeof outcomeSchema>

/** Whether the database can be written. */
export const databaseHealthSchema = z.discriminatedUnion('state', [
  z.object({ state: z.literal('fine') }),
  /** The disk or another program refuses; it works again by itself once that is over. */
  z.object({ state: z.literal('refused'), since: z.number(), error: errorValueSchema }),
  /** A page was read that makes no sense. Starting again opens the last good backup. */
  z.object({ state: z.literal('damaged'), since: z.number(), error: errorValueSchema }),
])
export type DatabaseHealth = z.infer<typeof databaseHealthSchema>

/** For topic `app`: what a window says about the data as a whole. */
export const dataStateSchema = z.object({
  id: z.literal('data'),
  /** Different after each change of what `data.backups` answers. */
  version: z.number().int(),
  health: databaseHealthSchema,
  outcome: outcomeSchema.nullable(),
  /** The backup being made now, from 0 to 1. */
  backup: z
    .object({ kind: backupKindSchema, startedAt: z.number(), done: z.number(), isVerifying: z.boolean() })
    .nullable(),
  /** Why the last try to make one failed; null once one was made since. */
  backupProblem: z.object({ at: z.number(), error: errorValueSchema }).nullable(),
})
export type DataState = z.infer<typeof dataStateSchema>

export const backupListSchema = z.object({
  directory: z.string(),
  backups: z.array(backupSchema),
  /** Folders that a reset has set aside. */
  resets: z.array(z.object({ name: z.string(), at: z.number(), bytes: z.number().nullable() })),
  /** When the last good backup was made, by the clock of now; null when there is none. */
  lastGoodAt: z.number().nullable(),
  databaseBytes: z.number(),
  freeBytes: z.number().nullable(),
})
export type BackupList = z.infer<typeof backupListSchema>

/** Whether the data folder can be moved to a place. */
export const movePlanSchema = z.object({
  from: z.string(),
  to: z.string(),
  bytes: z.number(),
  files: z.number().int(),
  freeBytes: z.number().nullable(),
  /** Why it cannot go there; null when it can. */
  refusal: errorValueSchema.nullable(),
  /** What to know before. */
  warnings: z.array(z.string()),
})
export type MovePlan = z.infer<typeof movePlanSchema>

/** Words a person types before what cannot be taken for an accident. */
export const RESET_WORDS = 'reset foundry'
export const RESTORE_WORDS = 'restore'
