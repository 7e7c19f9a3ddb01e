import { z } from 'zod'
import { undoIdSchema } from '../changes'
import { jobSchema } from '../domain'
import { errorValueSchema } from '../error-schema'
import { commentIdSchema, replyIdSchema, taskIdSchema } from '../ids'
import {
  checkDetailSchema,
  outgoingReplySchema,
  outgoingReviewSchema,
  pullRequestReviewsSchema,
  replySeenSchema,
  reviewPlanSchema,
  reviewSeenSchema,
  reviewVerdicts,
} from '../reviews'
import { command, query, type DomainContract } from './define'

const nothing = z.void()
const task = z.object({ taskId: taskIdSchema })
const thread = task.extend({ threadId: z.string().min(1).max(200) })
const reply = task.extend({ replyId: replyIdSchema })
const lines = z.array(z.string().max(20_000)).max(2000)

/** Operations of the domain `task` on what is said about its pull request. */
export const reviewContract = {
  /** What was read last; with `refresh`, GitHub is asked first. A failure stands beside what is kept. */
  reviews: query(
    task.extend({ refresh: z.boolean() }),
    z.object({ reviews: pullRequestReviewsSchema.nullable(), error: errorValueSchema.nullable() }),
  ),
  /** Asks GitHub how these comments would arrive there. */
  reviewPlan: query(task.extend({ commentIds: z.array(commentIdSchema).max(1000) }), reviewPlanSchema),
  /** Stores a review with these comments, which are no notes any more then, and starts the job that sends it. */
  sendReview: command(
    task.extend({
      verdict: z.enum(reviewVerdicts),
      body: z.string().max(50_000),
      commentIds: z.array(commentIdSchema).max(1000),
      seen: reviewSeenSchema,
    }),
    outgoingReviewSchema,
  ),
  /** Tries again now; after a conflict, with what the person decided. */
  resumeReview: command(
    task.extend({ seen: reviewSeenSchema.optional(), verdict: z.enum(reviewVerdicts).optional() }),
    jobSchema,
  ),
  /** Its comments are notes again. Answers what was written beside them. */
  takeBackReview: command(task, z.object({ verdict: z.enum(reviewVerdicts), body: z.string() })),
  /** Stores a reply and starts the job that sends it. */
  replyToThread: command(
    thread.extend({ body: z.string().trim().min(1).max(60_000), seen: replySeenSchema }),
    outgoingReplySchema,
  ),
  /** Tries again now; after a conflict, with what the person decided on. */
  resumeReply: command(reply.extend({ seen: replySeenSchema.optional() }), jobSchema),
  /** It is not sent any more. */
  dropReply: command(reply, nothing),
  resolveThread: command(thread.extend({ resolved: z.boolean() }), nothing),
  /** Puts lines in the place of those that were suggested to be replaced, wherever these stand now. */
  applySuggestion: command(
    task.extend({
      path: z.string().min(1).max(4096),
      /** Where they are said to begin. */
      line: z.number().int().min(1),
      expected: lines.min(1),
      replacement: lines,
    }),
    z.object({ undo: undoIdSchema, line: z.number().int() }),
  ),
  /** Asks GitHub what a check says about itself. */
  check: query(task.extend({ checkId: z.number().int().positive() }), checkDetailSchema),
} as const satisfies DomainContract
