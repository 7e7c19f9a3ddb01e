/** What both worlds know of insights, without a schema: the window needs none. */

/** How finely time is divided. A range that would have more than `MOST_BUCKETS` is divided more coarsely. */
export const bucketSizes = ['day', 'week', 'month'] as const
export type BucketSize = (typeof bucketSizes)[number]
export const MOST_BUCKETS = 400

/** By what turns are told apart in one plot. */
export const groupings = ['agent', 'model', 'repository'] as const
export type Grouping = (typeof groupings)[number]

/** So many have a part of their own; the rest is one more. */
export const MOST_GROUPS = 7
/** Of a choice, and of a list of the most used. */
export const MOST_CHOICES = 100
export const MOST_REPOSITORIES = 10
/** More than the world has. What an agent calls a currency may be none, and another one with every turn. */
export const MOST_CURRENCIES = 200
/** Days of the calendar: 53 weeks and what is begun. */
export const MOST_CALENDAR_DAYS = 53 * 7

/** What stands for turns whose model nobody knows: the agent's own, or one that was not recorded. */
export const UNKNOWN_MODEL = ''
export const OTHER_GROUP = 'other'

/** Upper ends of the bars of a distribution, in milliseconds; the last bar has none. */
const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
export const waitEnds = [5 * minute, 15 * minute, hour, 4 * hour, day, 3 * day, 7 * day, 30 * day] as const

/** What a plot is kept as. */
export const keptAs = ['csv', 'svg', 'png'] as const
export type KeptAs = (typeof keptAs)[number]
