/** What is kept of a task so that it can be judged later without checkout, store and network. Sizes are bytes. */
import { z } from 'zod'
import { taskIdSchema } from './ids'
import { givenReviewSchema, reviewThreadSchema } from './reviews'

/**
 * - `file`: a file at a commit; `wide`: of one that is too long, the diff between two commits with many lines around.
 * - `base`: what the branch changed, as a list and as a diff. `cut`: more files changed at a commit than are kept.
 * - `standing`, `check`: how the pull request stood, and what a check said. `pull`, `comments`, `reviews`: what was said.
 * - `image`: a picture that a text of the pull request shows.
 */
export const packKinds = [
  'file',
  'wide',
  'base',
  'cut',
  'standing',
  'check',
  'pull',
  'comments',
  'reviews',
  'image',
] as const
export type PackKind = (typeof packKinds)[number]

/** Why something is not in a pack. */
export const packReasons = [
  /** Longer than a file that is kept whole. What is around its changes is kept, where it is text. */
  'too_long',
  /** More than a pack, or all of them, may take. */
  'task_limit',
  'total_limit',
  /** Neither checkout nor store have it, or they could not be read. */
  'unreadable',
  /** More files than are looked at one by one. */
  'too_many',
  /** GitHub did not tell. */
  'not_told',
  /** At a host that is not asked. */
  'other_host',
] as const
export type PackReason = (typeof packReasons)[number]

export const packEntrySchema = z.object({
  kind: z.enum(packKinds),
  state: z.string(),
  path: z.string(),
  reason: z.enum(packReasons),
  detail: z.string().nullable(),
  bytes: z.number(),
})
export type LeftOut = z.infer<typeof packEntrySchema>

/** A pack, as a person reads of it. */
export const packSchema = z.object({
  /** Null while the first run has not come to its end. */
  keptAt: z.number().nullable(),
  /** On the disk. What other packs hold too is counted here as well. */
  bytes: z.number(),
  contents: z.array(z.object({ kind: z.enum(packKinds), count: z.number().int() })),
  /** The first of what was wanted and is not there. */
  leftOut: z.array(packEntrySchema),
  leftOutTotal: z.number().int(),
})
export type Pack = z.infer<typeof packSchema>

/** All packs. */
export const packListSchema = z.object({
  /** What all hold together, each content once. */
  totalBytes: z.number(),
  packs: z.array(
    z.object({
      taskId: taskIdSchema,
      title: z.string(),
      repository: z.string(),
      bytes: z.number(),
      keptAt: z.number().nullable(),
      leftOut: z.number().int(),
    }),
  ),
  count: z.number().int(),
})
export type PackList = z.infer<typeof packListSchema>

export const issueCommentSchema = z.object({
  id: z.string(),
  author: z.string().nullable(),
  body: z.string(),
  createdAt: z.number(),
})
export type IssueComment = z.infer<typeof issueCommentSchema>

/** A page of what was said about a pull request, complete. */
export const keptTalkSchema = z.object({
  /** The description, on the first page. */
  pull: z
    .object({ number: z.number().int(), title: z.string(), body: z.string(), author: z.string().nullable() })
    .nullable(),
  comments: z.array(issueCommentSchema),
  reviews: z.array(givenReviewSchema),
  threads: z.array(reviewThreadSchema),
  /** The next page; null at the end. */
  next: z.number().int().nullable(),
})
export type KeptTalk = z.infer<typeof keptTalkSchema>
