import { z } from 'zod'
import {
  bucketSizes,
  groupings,
  MOST_BUCKETS,
  MOST_CALENDAR_DAYS,
  MOST_CHOICES,
  MOST_CURRENCIES,
  MOST_GROUPS,
  MOST_REPOSITORIES,
} from './insights-limits'
import { organizationIdSchema, repositoryIdSchema } from './ids'

export * from './insights-limits'

const civilDay = z.string().regex(/^\d{4}-\d{2}-\d{2}$/)

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}

export const insightsQuestionSchema = z.object({
  organizationId: organizationIdSchema,
  /** The first day; null for the day of the first turn. */
  from: civilDay.nullable(),
  /** The last day, which counts. */
  to: civilDay,
  /** Days begin where the person is. */
  timeZone: z.string().max(100).refine(isTimeZone, 'No time zone'),
  repositoryId: repositoryIdSchema.nullable(),
  agentId: z.string().max(64).nullable(),
  /** `UNKNOWN_MODEL` for turns of which it is not known; null for all. */
  model: z.string().max(500).nullable(),
  bucket: z.enum(bucketSizes),
  /** Reads what was written since; otherwise what was read before is looked at in another way. */
  fresh: z.boolean(),
  by: z.enum(groupings),
  /** Of what the cost of each part is told; null, or one that is not there, for the one most turns were paid in. */
  currency: z.string().max(100).nullable(),
})
export type InsightsQuestion = z.infer<typeof insightsQuestionSchema>

const count = z.number().int().min(0)
const counted = z.array(z.object({ key: z.string(), count }))

const seriesSchema = z.object({
  /** An agent, a model or a repository; `OTHER_GROUP` for the rest. */
  key: z.string(),
  /** Of a repository; of others the window knows it. */
  name: z.string(),
  /** How many were put together in it. */
  members: count,
  /** One figure a bucket. */
  turns: z.array(count),
  tokens: z.array(z.number()),
  /** In the one currency that is told. */
  cost: z.array(z.number()),
})
export type InsightsSeries = z.infer<typeof seriesSchema>

const waitSchema = z.object({
  /** Tasks that came so far, and those that did not. */
  reached: count,
  open: count,
  median: z.number().nullable(),
  p90: z.number().nullable(),
  /** One figure for each of `waitEnds`, and one for what took longer. */
  bars: z.array(count),
})
export type Wait = z.infer<typeof waitSchema>

export const insightsSchema = z.object({
  from: civilDay,
  to: civilDay,
  /** As it was divided, which may be more coarsely than was asked. */
  bucket: z.enum(bucketSizes),
  /** The first day of each. */
  buckets: z.array(civilDay).max(MOST_BUCKETS),
  series: z.array(seriesSchema).max(MOST_GROUPS + 1),
  totals: z.object({
    turns: count,
    tokens: z.number(),
    tasks: count,
    activeDays: count,
  }),
  /** What was paid, by currency: the one most turns were paid in first. They are never added to one another. */
  costs: z
    .array(
      z.object({
        currency: z.string(),
        turns: count,
        sum: z.number(),
        /** One figure a bucket. */
        values: z.array(z.number()),
      }),
    )
    .max(MOST_CURRENCIES),
  /** Kinds of money beyond those. */
  otherCurrencies: count,
  /** The one in which the cost of each part is told; null where none is known. */
  currency: z.string().nullable(),
  /** What the figures do not know. */
  unknown: z.object({
    /** Turns that run now; they have no end, tokens or cost yet. */
    running: count,
    tokens: count,
    cost: count,
    model: count,
    /** The first day of a turn whose model is known, in all there is. */
    modelSince: civilDay.nullable(),
  }),
  calendar: z.object({ first: civilDay, turns: z.array(count).max(MOST_CALENDAR_DAYS) }),
  waits: z.object({ change: waitSchema, pullRequest: waitSchema, merge: waitSchema }),
  /** How turns ended, by their stop reason. */
  outcomes: counted,
  /** What went wrong, by kind of tool, and beside tools. */
  failures: z.object({
    tools: counted,
    /** Errors of sessions that are in their transcripts. */
    sessions: count,
    /** How often checks of a pull request of a task began to fail. */
    checks: count,
    /** Tools and sessions are counted from the search index: how far it is. */
    index: z.enum(['complete', 'partial', 'none']),
  }),
  permissions: counted,
  repositories: z
    .array(z.object({ id: z.string(), name: z.string(), turns: count, tokens: z.number(), tasks: count }))
    .max(MOST_REPOSITORIES),
  /** Repositories beyond those. */
  otherRepositories: count,
  /** What there is to choose from, whatever is chosen. */
  choices: z.object({
    agents: z.array(z.string()).max(MOST_CHOICES),
    models: z.array(z.string()).max(MOST_CHOICES),
  }),
  /** Of all turns there are, whatever was asked. */
  everything: z.object({ turns: count, firstDay: civilDay.nullable() }),
})
export type Insights = z.infer<typeof insightsSchema>
