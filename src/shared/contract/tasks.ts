import { z } from 'zod'
import {
  changeActions,
  changeListSchema,
  checkpointEntrySchema,
  comparisonSchema,
  fileDiffSchema,
  fileNamesSchema,
  fileVersionsSchema,
  MOST_DIFFS,
  patchPartSchema,
  rangeSchema,
  reviewCommentSchema,
  undoIdSchema,
} from '../changes'
import { agentIdSchema, fileChangeSchema, gitStateSchema, taskSummarySchema } from '../domain'
import {
  checkpointIdSchema,
  commentIdSchema,
  organizationIdSchema,
  repositoryIdSchema,
  sessionIdSchema,
  taskIdSchema,
  turnIdSchema,
} from '../ids'
import { lineOriginSchema, MOST_TOLD_LINES, turnLinesSchema } from '../provenance'
import {
  authorSchema,
  branchNameSchema,
  branchPreviewSchema,
  foundFilesSchema,
  taskStartSchema,
} from '../tasks'
import { command, query, type DomainContract } from './define'

const nothing = z.void()
const commentText = z.string().trim().min(1).max(20_000)
export const promptText = z.string().max(1_000_000)

/** So many tasks can do the same in one repository. */
const MOST_SIDE_BY_SIDE = 8

/** Who works on it. */
const agentChoice = {
  agentId: agentIdSchema,
  modelId: z.string().nullable(),
  modeId: z.string().nullable().optional(),
}

export const taskContract = {
  /**
   * One task in each of the repositories, for each of the agents, all or none. They exist when it returns, with the prompt, also without a
   * network. A branch that is named, or where a task works already, is refused with that task.
   */
  create: command(
    z.object({
      repositoryIds: z.array(repositoryIdSchema).min(1).max(20),
      prompt: promptText,
      title: z.string().max(500).optional(),
      /** For a new branch; made from the title when absent. */
      branch: branchNameSchema.optional(),
      start: taskStartSchema,
      ...agentChoice,
      /** Others that do the same side by side, each in a task and on a branch of its own. */
      also: z
        .array(z.object(agentChoice))
        .max(MOST_SIDE_BY_SIDE - 1)
        .optional(),
      /** Copies what is uncommitted in the person's folder into the task's checkout. */
      includeUncommitted: z.boolean(),
    }),
    z.array(taskSummarySchema),
  ),
  /** The first prompt to a virtual task. Doing the same again changes nothing. */
  start: command(
    z.object({
      taskId: taskIdSchema,
      prompt: promptText.refine((text) => text.trim() !== '', 'The prompt is empty'),
      ...agentChoice,
    }),
    taskSummarySchema,
  ),
  /** What a new branch would be called, and what stands in its way, as far as that is known here. */
  previewBranch: query(
    z.object({
      repositoryIds: z.array(repositoryIdSchema).min(1).max(20),
      /** As far as it was typed; the beginning decides. */
      prompt: z.string().max(2000),
      title: z.string().max(500),
      branch: z.string().max(250),
    }),
    z.array(branchPreviewSchema),
  ),
  /** Where a task is that a link names; null when it is not on this computer. */
  find: query(
    z.object({ taskId: taskIdSchema, sessionId: sessionIdSchema.optional() }),
    z.object({ organizationId: organizationIdSchema, hasSession: z.boolean() }).nullable(),
  ),
  /** The task of a pull request; null where it has none, such as one that was closed before it was first read. */
  ofPullRequest: query(
    z.object({ repositoryId: repositoryIdSchema, number: z.number().int().positive() }),
    taskIdSchema.nullable(),
  ),
  /** Files and folders of its checkout by a part of their names, the likeliest first, at most 20. */
  findFiles: query(z.object({ taskId: taskIdSchema, words: z.string().max(200) }), foundFilesSchema),
  rename: command(
    z.object({ taskId: taskIdSchema, title: z.string().trim().min(1).max(500) }),
    taskSummarySchema,
  ),
  /** Marks its newest session as unread, or all of them as read. */
  setUnread: command(z.object({ taskId: taskIdSchema, unread: z.boolean() }), nothing),
  /** Gives it to a member of its organization; null: to the reader, or while virtual to who opened its pull request. */
  setOwner: command(
    z.object({ taskId: taskIdSchema, login: z.string().trim().min(1).max(100).nullable() }),
    taskSummarySchema,
  ),
  /** Who commits in its checkout from the next commit on; null: as git knows it, else the account. */
  setAuthor: command(z.object({ taskId: taskIdSchema, author: authorSchema.nullable() }), nothing),
  archive: command(z.object({ taskId: taskIdSchema }), taskSummarySchema),
  unarchive: command(z.object({ taskId: taskIdSchema }), taskSummarySchema),
  /** Starts provisioning again after it failed or was stopped; on another branch where one is given. */
  retry: command(z.object({ taskId: taskIdSchema, branch: branchNameSchema.optional() }), taskSummarySchema),
  /** A fresh look at the checkout; the state also reaches topic `task`. */
  refreshGit: command(z.object({ taskId: taskIdSchema }), gitStateSchema),
  /** Newest first, at most 100 that were taken before `before`. */
  checkpoints: query(
    z.object({ taskId: taskIdSchema, before: checkpointIdSchema.nullable() }),
    z.object({ entries: z.array(checkpointEntrySchema), more: z.boolean() }),
  ),
  changedFiles: query(z.object({ taskId: taskIdSchema, comparison: comparisonSchema }), changeListSchema),
  /** In the order asked for. */
  fileDiffs: query(
    z.object({
      taskId: taskIdSchema,
      comparison: comparisonSchema,
      files: z.array(fileNamesSchema).min(1).max(MOST_DIFFS),
      /** Lines that differ only in white space count as the same. A recorded diff stays as it was recorded. */
      ignoreSpace: z.boolean(),
    }),
    z.array(fileDiffSchema),
  ),
  /** Both states of one file as a whole. */
  fileVersions: query(
    fileNamesSchema.extend({ taskId: taskIdSchema, comparison: comparisonSchema }),
    fileVersionsSchema,
  ),
  /** Who wrote the lines of a side of a comparison, and on the old side who removed them. In the order of the lines. */
  lineOrigins: query(
    fileNamesSchema
      .extend({
        taskId: taskIdSchema,
        comparison: comparisonSchema,
        side: z.enum(['old', 'new']),
        from: z.number().int().min(1),
        to: z.number().int().min(1),
      })
      .refine(({ from, to }) => to >= from && to - from < MOST_TOLD_LINES, 'Too many lines at once'),
    z.array(lineOriginSchema),
  ),
  /** Who wrote all lines of files on the new side of a comparison, in the order asked for; without tool calls. */
  fileOrigins: query(
    z.object({
      taskId: taskIdSchema,
      comparison: comparisonSchema,
      paths: z.array(z.string()).min(1).max(MOST_DIFFS),
    }),
    z.array(z.array(lineOriginSchema)),
  ),
  /** The lines that were written in a turn, and where they still are. */
  turnLines: query(z.object({ taskId: taskIdSchema, turnId: turnIdSchema }), turnLinesSchema),
  /** Stages, unstages or discards files, or a part of one. `undo` is null where it cannot be taken back. */
  changeFiles: command(
    z.object({
      taskId: taskIdSchema,
      action: z.enum(changeActions),
      comparison: comparisonSchema,
      files: z.array(fileNamesSchema).min(1).max(5000),
      part: patchPartSchema,
      /** Of the diff that was looked at; a part of another one is refused. */
      version: z.string().nullable(),
    }),
    z.object({ undo: undoIdSchema.nullable() }),
  ),
  /** Makes files, all where null, what they were at a checkpoint. */
  restoreFiles: command(
    z.object({
      taskId: taskIdSchema,
      checkpointId: checkpointIdSchema,
      files: z.array(fileNamesSchema).min(1).max(5000).nullable(),
    }),
    z.object({ undo: undoIdSchema }),
  ),
  /** Notes something beside lines of a diff, until it is put into a prompt or removed. */
  addComment: command(
    rangeSchema.extend({
      taskId: taskIdSchema,
      path: z.string(),
      excerpt: z.string().max(20_000),
      text: commentText,
    }),
    reviewCommentSchema,
  ),
  editComment: command(
    z.object({ taskId: taskIdSchema, commentId: commentIdSchema, text: commentText }),
    nothing,
  ),
  removeComments: command(
    z.object({ taskId: taskIdSchema, commentIds: z.array(commentIdSchema).min(1).max(1000) }),
    nothing,
  ),
  undoFiles: command(z.object({ taskId: taskIdSchema, undo: undoIdSchema }), nothing),
  commit: command(
    z.object({
      taskId: taskIdSchema,
      message: z.string().trim().min(1).max(100_000),
      /** Paths to commit; everything that changed when absent. */
      paths: z.array(z.string()).optional(),
      /** Only what is staged. */
      staged: z.boolean().optional(),
      /** Used when git does not know who commits; stored for this task's checkout only. */
      identity: z.object({ name: z.string().trim().min(1), email: z.string().trim().min(1) }).optional(),
    }),
    z.object({ commit: z.string(), files: z.array(fileChangeSchema) }),
  ),
  /** Fetches the task's branch into the person's own folder and touches nothing else there. */
  bringHome: command(z.object({ taskId: taskIdSchema }), z.object({ branch: z.string(), path: z.string() })),
  /** The checkout, or a file of it, in one of `app.editors`. */
  openInEditor: command(
    z.object({
      taskId: taskIdSchema,
      editorId: z.string().max(100),
      path: z.string().max(4096).nullable(),
      line: z.number().int().min(1).nullable(),
    }),
    nothing,
  ),
  revealCheckout: command(z.object({ taskId: taskIdSchema }), nothing),
} as const satisfies DomainContract
