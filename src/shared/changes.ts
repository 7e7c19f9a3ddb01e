/** What a task changed, and between which two states of its files. All times are epoch milliseconds. */
import { z } from 'zod'
import { errorValueSchema } from './error-schema'
import { checkpointSchema, fileChangeSchema } from './domain'
import { checkpointIdSchema, commentIdSchema, sessionIdSchema } from './ids'

/**
 * Two states of a task's files.
 * - `uncommitted`: `HEAD` and the files as they are; `staged`: `HEAD` and the index; `unstaged`: the index and the files.
 * - `base`: where the branch leaves its base, and the files as they are.
 * - `turn`: a checkpoint and the one before it, as recorded. Needs no checkout.
 * - `from`, `to`: two checkpoints; as `from`, null is where the branch leaves its base, as `to` the files as they are.
 */
export const comparisonSchema = z.union([
  z.enum(['uncommitted', 'staged', 'unstaged', 'base']),
  z.object({ turn: checkpointIdSchema }),
  z.object({ from: checkpointIdSchema.nullable(), to: checkpointIdSchema.nullable() }),
])
export type Comparison = z.infer<typeof comparisonSchema>

export const changeListSchema = z.object({
  files: z.array(fileChangeSchema),
  /** How many there are; more than `files` when the list was cut. */
  total: z.number().int(),
})
export type ChangeList = z.infer<typeof changeListSchema>

/** A file of a comparison, by both of its names. */
export const fileNamesSchema = z.object({ path: z.string(), oldPath: z.string().nullable() })
export type FileNames = z.infer<typeof fileNamesSchema>

/** Unchanged lines around a change in every diff, unless the file begins or ends before. */
export const CONTEXT_LINES = 3

/** Files whose diffs are read at once. */
export const MOST_DIFFS = 200

export const fileDiffSchema = z.object({
  path: z.string(),
  /** Unified diff; empty for binary files and for files without a difference. */
  patch: z.string(),
  binary: z.boolean(),
  /** The patch is longer than what is here, cut at the end of a line. */
  truncated: z.boolean(),
  /** Another one whenever the patch is another. */
  version: z.string(),
})
export type FileDiff = z.infer<typeof fileDiffSchema>

/** Both states of one file; null where it does not exist or is longer than anybody looks at. */
export const fileVersionsSchema = z.object({
  before: z.instanceof(Uint8Array).nullable(),
  after: z.instanceof(Uint8Array).nullable(),
})
export type FileVersions = z.infer<typeof fileVersionsSchema>

const sides = ['old', 'new'] as const
const placeSchema = z.object({ side: z.enum(sides), line: z.number().int().min(1) })
export const rangeSchema = z.object({ from: placeSchema, to: placeSchema })

/** What of a file's diff is meant: all of it, one hunk (the first is 0), or the rows between two lines, both included. */
export const patchPartSchema = z.union([
  z.literal('file'),
  z.object({ hunk: z.number().int().min(0) }),
  rangeSchema,
])
export type PatchPart = z.infer<typeof patchPartSchema>

/** What a person noted beside lines of a diff, for the agent. `excerpt`: the lines as they stood there. */
export const reviewCommentSchema = rangeSchema.extend({
  id: commentIdSchema,
  path: z.string(),
  excerpt: z.string(),
  text: z.string(),
  createdAt: z.number(),
})
export type ReviewComment = z.infer<typeof reviewCommentSchema>

/** `discard` undoes it in the files; the others put it into the index, and take it out again. */
export const changeActions = ['discard', 'stage', 'unstage'] as const
export type ChangeAction = (typeof changeActions)[number]

/** Names what can be taken back, as long as the app runs. */
export const undoIdSchema = z.string()

/** Why a checkpoint was taken where no turn ended. */
export const checkpointReasons = [
  'turn',
  'before_turn',
  'archive',
  'before_discard',
  'before_restore',
  'restored',
  'before_overwrite',
  'before_suggestion',
  'kept',
] as const
export type CheckpointReason = (typeof checkpointReasons)[number]

/** A checkpoint, as a place in the history of its task. */
export const checkpointEntrySchema = checkpointSchema.extend({
  sessionId: sessionIdSchema.nullable(),
  reason: z.enum(checkpointReasons),
  /** The first words of the turn's prompt; null where no turn ended. */
  prompt: z.string().nullable(),
})
export type CheckpointEntry = z.infer<typeof checkpointEntrySchema>

/** Whether changes of a task's files are seen as they are made; for whoever looks at them. */
export const filesWatchedSchema = z.object({
  id: z.literal('watch'),
  /** Why they are not. */
  problem: errorValueSchema.nullable(),
})
export type FilesWatched = z.infer<typeof filesWatchedSchema>
