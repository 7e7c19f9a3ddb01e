/** What is said about the lines of a pull request, at GitHub and before it is there. All times are epoch milliseconds. */
import { z } from 'zod'
import { reviewCommentSchema } from './changes'
import { errorValueSchema } from './error-schema'
import { checkStates, pullRequestStates } from './github'
import { commentIdSchema, replyIdSchema, reviewIdSchema } from './ids'

const sides = z.enum(['old', 'new'])

export const threadCommentSchema = z.object({
  id: z.string(),
  /** Null once that user was deleted. */
  author: z.string().nullable(),
  body: z.string(),
  /** There is more of it at GitHub. */
  cut: z.boolean(),
  createdAt: z.number(),
  url: z.string(),
  /** Written on GitHub and not sent there yet: nobody else sees it. */
  pending: z.boolean(),
})

export const reviewThreadSchema = z.object({
  id: z.string(),
  path: z.string(),
  side: sides,
  /** By the head commit; null where it is about the whole file, or its lines are gone. */
  line: z.number().int().nullable(),
  /** The first of several lines. */
  startLine: z.number().int().nullable(),
  /** When it was written. */
  originalLine: z.number().int().nullable(),
  wholeFile: z.boolean(),
  outdated: z.boolean(),
  resolved: z.boolean(),
  resolvedBy: z.string().nullable(),
  mayReply: z.boolean(),
  /** May resolve it, or open it again where it is resolved. */
  mayResolve: z.boolean(),
  /** The end of the diff it was written beside, the line it is about being the last; without its head. */
  hunk: z.string(),
  comments: z.array(threadCommentSchema),
  commentsTotal: z.number().int(),
})
export type ReviewThread = z.infer<typeof reviewThreadSchema>

export const reviewStates = ['approved', 'changes_requested', 'commented', 'dismissed', 'pending'] as const

export const givenReviewSchema = z.object({
  id: z.string(),
  author: z.string().nullable(),
  state: z.enum(reviewStates),
  body: z.string(),
  cut: z.boolean(),
  /** Null while it was not sent. */
  at: z.number().nullable(),
  url: z.string(),
})
export type GivenReview = z.infer<typeof givenReviewSchema>

export const annotationLevels = ['notice', 'warning', 'failure'] as const

/** What a check says about lines of the head commit. */
export const checkAnnotationSchema = z.object({
  id: z.string(),
  check: z.string(),
  level: z.enum(annotationLevels),
  path: z.string(),
  startLine: z.number().int(),
  endLine: z.number().int(),
  title: z.string().nullable(),
  message: z.string(),
})
export type CheckAnnotation = z.infer<typeof checkAnnotationSchema>

/** How a check of the head commit stood. */
export const knownCheckSchema = z.object({
  name: z.string(),
  state: z.enum(checkStates),
  description: z.string().nullable(),
  url: z.string().nullable(),
})
export type KnownCheck = z.infer<typeof knownCheckSchema>

/** What was said about a pull request, as it was last read. The totals say what was left at GitHub. */
export const pullRequestReviewsSchema = z.object({
  number: z.number().int(),
  head: z.string(),
  state: z.enum(pullRequestStates),
  /** This account opened it. */
  isOwn: z.boolean(),
  threads: z.array(reviewThreadSchema),
  threadsTotal: z.number().int(),
  reviews: z.array(givenReviewSchema),
  reviewsTotal: z.number().int(),
  annotations: z.array(checkAnnotationSchema),
  annotationsTotal: z.number().int(),
  /** Of the head commit; none in what was read by earlier versions. */
  checks: z.array(knownCheckSchema),
  checksTotal: z.number().int(),
  readAt: z.number(),
})
export type PullRequestReviews = z.infer<typeof pullRequestReviewsSchema>

export const reviewVerdicts = ['comment', 'approve', 'request_changes'] as const
export type ReviewVerdict = (typeof reviewVerdicts)[number]

/** What a person knew of the pull request when they sent a review: nothing else is reviewed in their name. */
export const reviewSeenSchema = z.object({
  /** The head commit. */
  head: z.string().min(1).max(100),
  state: z.enum(pullRequestStates),
  /** Comments that go into the text of the review, because their lines are not in the pull request's diff. */
  outside: z.array(commentIdSchema).max(1000),
})
export type ReviewSeen = z.infer<typeof reviewSeenSchema>

/** How a review would arrive at GitHub now. */
export const reviewPlanSchema = z.object({
  head: z.string(),
  state: z.enum(pullRequestStates),
  isOwn: z.boolean(),
  /** Comments whose lines are not in the pull request's diff. */
  outside: z.array(commentIdSchema),
  /** Comments whose lines have other numbers in it. */
  moved: z.array(z.object({ id: commentIdSchema, line: z.number().int() })),
})
export type ReviewPlan = z.infer<typeof reviewPlanSchema>

/** A review that was sent and is not at GitHub yet. */
export const outgoingReviewSchema = z.object({
  id: reviewIdSchema,
  number: z.number().int(),
  verdict: z.enum(reviewVerdicts),
  body: z.string(),
  comments: z.array(reviewCommentSchema),
  seen: reviewSeenSchema,
  /** Something else is there than the person saw: they decide before anything is sent. */
  conflict: reviewPlanSchema.nullable(),
  /** Why it is still here. */
  problem: errorValueSchema.nullable(),
  /** It goes by itself as soon as GitHub can be reached. */
  waits: z.boolean(),
  /** An answer of GitHub was lost: it may have arrived, which is looked up before it is sent again. */
  uncertain: z.boolean(),
  createdAt: z.number(),
})
export type OutgoingReview = z.infer<typeof outgoingReviewSchema>

/** What a person knew of a thread when they replied to it. */
export const replySeenSchema = z.object({
  /** Of its file: it names the thread where that is gone. */
  path: z.string().max(4096),
  state: z.enum(pullRequestStates),
  resolved: z.boolean(),
})
export type ReplySeen = z.infer<typeof replySeenSchema>

/** How the thread of a reply stands now; null where it is gone. */
export const replyConflictSchema = z.object({
  thread: z
    .object({ state: z.enum(pullRequestStates), resolved: z.boolean(), mayReply: z.boolean() })
    .nullable(),
})
export type ReplyConflict = z.infer<typeof replyConflictSchema>

/** A reply to a thread that was sent and is not at GitHub yet. With neither a conflict nor a problem, it is on its way. */
export const outgoingReplySchema = outgoingReviewSchema
  .pick({ number: true, body: true, problem: true, waits: true, uncertain: true, createdAt: true })
  .extend({
    id: replyIdSchema,
    threadId: z.string(),
    seen: replySeenSchema,
    /** Something else is there than the person saw: they decide before anything is sent. */
    conflict: replyConflictSchema.nullable(),
  })
export type OutgoingReply = z.infer<typeof outgoingReplySchema>

/** One check of the head commit, with what it says about itself. */
export const checkDetailSchema = z.object({
  id: z.number().int(),
  name: z.string(),
  conclusion: z.string().nullable(),
  url: z.string().nullable(),
  title: z.string().nullable(),
  summary: z.string(),
  text: z.string(),
  annotations: z.array(checkAnnotationSchema),
  annotationsTotal: z.number().int(),
  /** Of a job of Actions: the end of its log, or what stands around its last error. Null for others. */
  log: z
    .object({
      text: z.string(),
      /** The log has more than this. */
      cut: z.boolean(),
      problem: errorValueSchema.nullable(),
    })
    .nullable(),
  /** GitHub could not be asked: this is what was kept for offline reading, and when. */
  keptAt: z.number().nullable().optional(),
})
export type CheckDetail = z.infer<typeof checkDetailSchema>
