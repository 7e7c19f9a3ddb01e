/** What deleting tasks and freeing the disk needs to say. All times are epoch milliseconds, all sizes bytes. */
import { z } from 'zod'
import { errorValueSchema } from './error-schema'
import { archiveReasons } from './tasks'
import { jobIdSchema, repositoryIdSchema, taskIdSchema } from './ids'

/** Of a kind of thing: how many, and the first of them by name. */
export const namedSchema = z.object({ total: z.number().int(), first: z.array(z.string()) })
export type Named = z.infer<typeof namedSchema>

/** Work that is nowhere but in a task's checkout, or in what was secured of it. */
export const unsavedWorkSchema = z.object({
  /** Subjects of commits that neither origin nor the base has. */
  commits: namedSchema,
  /** Paths of what is uncommitted, files that git does not know yet included. */
  files: namedSchema,
  stashes: namedSchema,
})
export type UnsavedWork = z.infer<typeof unsavedWorkSchema>

/** What goes when a task is deleted. */
export const deletionPlanSchema = z.object({
  work: unsavedWorkSchema,
  /** Why the work could not be looked at: it then counts as lost. */
  problem: errorValueSchema.nullable(),
  /** Turns that run now, and are ended. */
  runningTurns: z.number().int(),
  sessions: z.number().int(),
  turns: z.number().int(),
  queuedPrompts: z.number().int(),
  /** Of its checkout; null where that was not measured. */
  diskBytes: z.number().nullable(),
  /** Of what is kept of it for offline reading; null where nothing is. */
  packBytes: z.number().nullable(),
  /** It stays open on GitHub, and in the list as a task that nobody has worked on here. */
  openPullRequest: z.object({ number: z.number().int(), url: z.string() }).nullable(),
  /** Whether deleting it needs an explicit yes: something goes that is nowhere else. */
  losesWork: z.boolean(),
})
export type DeletionPlan = z.infer<typeof deletionPlanSchema>

/** A task whose checkout can go while its history stays. */
export const prunableSchema = z.object({
  taskId: taskIdSchema,
  title: z.string(),
  branch: z.string(),
  repository: z.string(),
  isArchived: z.boolean(),
  archiveReason: z.enum(archiveReasons).nullable(),
  pullRequest: z.object({ number: z.number().int(), state: z.enum(['open', 'closed', 'merged']) }).nullable(),
  diskBytes: z.number().nullable(),
  /** What is nowhere else: secured in the repository's store before the checkout goes. */
  work: unsavedWorkSchema,
  /** Why that could not be looked at; it is tried again when it is secured. */
  problem: errorValueSchema.nullable(),
})
export type Prunable = z.infer<typeof prunableSchema>

export const leftoverSchema = z.object({
  /** Names it in `storage.removeLeftover`. */
  key: z.string(),
  kind: z.enum(['checkout', 'spare', 'store']),
  path: z.string(),
  bytes: z.number(),
  /** Commits or files that may be nowhere else. Removing it secures them in the store first. */
  holdsWork: z.boolean(),
})

export const cleanUpSchema = z.object({
  jobId: jobIdSchema,
  taskId: taskIdSchema,
  kind: z.enum(['task.delete', 'task.archive']),
  title: z.string(),
  state: z.enum(['queued', 'running', 'failed', 'cancelled']),
  stage: z.string().nullable(),
  error: errorValueSchema.nullable(),
})
export type CleanUp = z.infer<typeof cleanUpSchema>

export const storageSchema = z.object({
  /** Checkouts, stores and leftovers as far as they were measured. */
  totalBytes: z.number(),
  /** Left on the disk of the data folder; null where the system does not say. */
  freeBytes: z.number().nullable(),
  /** The largest first, at most 100. */
  tasks: z.array(
    z.object({
      taskId: taskIdSchema,
      title: z.string(),
      branch: z.string(),
      repository: z.string(),
      isArchived: z.boolean(),
      bytes: z.number().nullable(),
      measuredAt: z.number().nullable(),
    }),
  ),
  taskCount: z.number().int(),
  /** Stores of objects, the largest first, at most 100. */
  stores: z.array(
    z.object({ repositoryId: repositoryIdSchema, repository: z.string(), bytes: z.number().nullable() }),
  ),
  leftovers: z.array(leftoverSchema),
  cleanUps: z.array(cleanUpSchema),
})
export type Storage = z.infer<typeof storageSchema>

export const storageStateSchema = z.object({
  id: z.literal('storage'),
  /** Different after each change. */
  version: z.number().int(),
  /** Clean-ups that failed, and wait for a person or the next start. */
  failedCleanUps: z.number().int(),
  /** What crashed runs left and nobody has looked at yet. */
  leftovers: z.number().int(),
})
export type StorageState = z.infer<typeof storageStateSchema>
