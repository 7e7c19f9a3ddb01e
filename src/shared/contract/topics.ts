import { filesWatchedSchema, reviewCommentSchema } from '../changes'
import { z } from 'zod'
import {
  agentSchema,
  gitStateSchema,
  jobSchema,
  organizationSchema,
  permissionSchema,
  queuedPromptSchema,
  repositorySchema,
  savedPromptSchema,
  sessionDetailSchema,
  sessionSummarySchema,
  settingsSchema,
  taskDetailSchema,
  taskSummarySchema,
  waitingSchema,
} from '../domain'
import { appStateSchema } from '../app-state'
import { accountSchema, deviceSignInSchema, syncSchema } from '../github'
import { organizationIdSchema, sessionIdSchema, taskIdSchema } from '../ids'
import { dataStateSchema } from '../backups'
import { storageStateSchema } from '../lifecycle'
import { outgoingReplySchema, outgoingReviewSchema } from '../reviews'
import { savedSearchSchema, searchIndexSchema } from '../search'
import { terminalSchema } from '../terminals'

/**
 * A topic is a set of entities that a window mirrors. Subscribing returns a snapshot with a version; each
 * later event carries full replacements of the entities that changed and the ids of those gone, with the
 * next version. A gap in versions means: take a new snapshot.
 */
export interface TopicDefinition {
  /** What stands behind the colon of the topic's name; null for a topic that exists once. */
  readonly parameter: z.ZodType<string> | null
  /** Entity kinds with their schemas. Every entity has an `id`. */
  readonly entities: Readonly<Record<string, z.ZodType>>
  /** The kind that comes in pages of 100 because there can be thousands. */
  readonly paged: string | null
}

const settingsEntitySchema = settingsSchema.extend({ id: z.literal('settings') })

export const topics = {
  app: {
    parameter: null,
    entities: {
      state: appStateSchema,
      settings: settingsEntitySchema,
      agent: agentSchema,
      account: accountSchema,
      deviceSignIn: deviceSignInSchema,
      organization: organizationSchema,
      /** Jobs that belong to no task, such as the install of an agent. */
      job: jobSchema,
      savedPrompt: savedPromptSchema,
      savedSearch: savedSearchSchema,
      /** How far the index of the search is. */
      searchIndex: searchIndexSchema,
      /** Whatever waits for the person's answer, in all organizations. */
      waiting: waitingSchema,
      /** Says that what `storage.read` answers has changed. */
      storage: storageStateSchema,
      /** Backups, whether the database can be written, and how the last change of the whole ended. */
      data: dataStateSchema,
    },
    paged: null,
  },
  organization: {
    parameter: organizationIdSchema,
    entities: { repository: repositorySchema, sync: syncSchema },
    paged: 'repository',
  },
  tasks: { parameter: organizationIdSchema, entities: { task: taskSummarySchema }, paged: 'task' },
  task: {
    parameter: taskIdSchema,
    entities: {
      task: taskDetailSchema,
      session: sessionSummarySchema,
      job: jobSchema,
      git: gitStateSchema,
      comment: reviewCommentSchema,
      /** A review that waits to be sent. */
      outgoingReview: outgoingReviewSchema,
      /** A reply to a thread of its pull request that waits to be sent. */
      outgoingReply: outgoingReplySchema,
    },
    paged: null,
  },
  /** What runs in the sandbox of a task, for whoever looks at its terminals. */
  processes: { parameter: taskIdSchema, entities: { terminal: terminalSchema }, paged: null },
  /** The files of a task's checkout, for whoever looks at their changes: they are watched as long as it is read. */
  files: { parameter: taskIdSchema, entities: { watch: filesWatchedSchema }, paged: null },
  session: {
    parameter: sessionIdSchema,
    entities: {
      session: sessionDetailSchema,
      permission: permissionSchema,
      queuedPrompt: queuedPromptSchema,
    },
    paged: null,
  },
} as const satisfies Record<string, TopicDefinition>

export type Topics = typeof topics
export type TopicName = keyof Topics
export type EntityOf<
  Name extends TopicName,
  Kind extends keyof Topics[Name]['entities'],
> = Topics[Name]['entities'][Kind] extends infer Schema extends z.ZodType ? z.output<Schema> : never

/** `app`, or `tasks:<organization id>` and the like. */
export type TopicKey = string

export interface TopicEntities {
  [kind: string]: { id: string }[]
}

export interface TopicSnapshot {
  version: number
  entities: TopicEntities
  /** Where the next page of the paged kind begins; null when this was all. */
  cursor: string | null
}

export interface TopicPage {
  entities: { id: string }[]
  cursor: string | null
}

/** One event of a topic. */
export interface TopicUpdate {
  topic: TopicKey
  version: number
  changed: TopicEntities
  gone: Record<string, string[]>
}
