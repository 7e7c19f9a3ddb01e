/** The records that both worlds know. Field comments say what a type cannot. All times are epoch milliseconds. */
import { z } from 'zod'
import { errorValueSchema } from './error-schema'
import { organizationStates } from './github'
import { archiveReasons, authorSchema, taskPullRequestSchema } from './tasks'
import { policyGroundsSchema, policyProposalSchema } from './permission-policy-schema'
import {
  accountIdSchema,
  attachmentIdSchema,
  checkpointIdSchema,
  jobIdSchema,
  organizationIdSchema,
  permissionIdSchema,
  promptIdSchema,
  repositoryIdSchema,
  sessionIdSchema,
  taskIdSchema,
  turnIdSchema,
} from './ids'

export * from './settings'

// ---- agents ------------------------------------------------------------------------------------

export const agentIdSchema = z.string().regex(/^[a-z][a-z0-9_-]{0,63}$/)
export type AgentId = z.infer<typeof agentIdSchema>

export const agentOptionValueSchema = z.object({
  value: z.string(),
  name: z.string(),
  description: z.string().optional(),
  /** Heading under which the agent lists it. */
  group: z.string().optional(),
})

/** A setting of the agent itself: `model`, `mode`, `thought_level` or one of its own categories. */
export const agentOptionSchema = z.object({
  id: z.string(),
  category: z.string(),
  name: z.string(),
  currentValue: z.string().nullable(),
  values: z.array(agentOptionValueSchema),
})
export type AgentOption = z.infer<typeof agentOptionSchema>

export const agentSchema = z.object({
  id: agentIdSchema,
  name: z.string(),
  installed: z.boolean(),
  version: z.string().nullable(),
  /** Where its binary was found, when it was. */
  path: z.string().nullable(),
  /** Whether a sign-in or key was found; never which. */
  credentials: z.boolean(),
  /** Names of the environment variables whose keys are in the OS keychain for this agent. */
  storedKeys: z.array(z.string()),
  /** The exact command a person runs to sign in, where we know it. */
  loginCommand: z.string().nullable(),
  /** The environment variable its API key is given in, where it takes one. */
  keyVariable: z.string().nullable(),
  options: z.array(agentOptionSchema),
  /** `static`: the server's list from before an install; `session`: as a live session reported it. */
  optionsSource: z.enum(['static', 'session']),
  problem: z.string().nullable(),
  refreshedAt: z.number(),
})
export type Agent = z.infer<typeof agentSchema>

/** An agent and one of its models, or what the agent itself is set to. */
export const modelChoiceSchema = z.object({ agentId: agentIdSchema, modelId: z.string().max(500).nullable() })
export type ModelChoice = z.infer<typeof modelChoiceSchema>

/** What the person has made of the models. */
export const userModelsSchema = z.object({
  /** What new work starts with; null while they never said so. */
  usual: modelChoiceSchema.nullable(),
  favourites: z.array(modelChoiceSchema),
  /** Newest first, at most five. */
  recent: z.array(modelChoiceSchema),
  /** Where work starts with something else, by repository. */
  repositories: z.record(z.string(), modelChoiceSchema),
})
export type UserModels = z.infer<typeof userModelsSchema>

// ---- organizations and repositories --------------------------------------------------------------

export const organizationSchema = z.object({
  id: organizationIdSchema,
  /** `local` holds folders that were opened without an account. */
  kind: z.enum(['local', 'personal', 'organization']),
  name: z.string(),
  /** Null for the local one. */
  github: z
    .object({
      /** Null once its account was signed out for good; everything known stays readable. */
      accountId: accountIdSchema.nullable(),
      host: z.string(),
      login: z.string(),
      avatarUrl: z.string().nullable(),
      state: z.enum(organizationStates),
      problem: errorValueSchema.nullable(),
      /** When the person left it and kept what was read; null while it is synced. */
      leftAt: z.number().nullable(),
    })
    .nullable(),
})
export type Organization = z.infer<typeof organizationSchema>

export const repositorySchema = z.object({
  id: repositoryIdSchema,
  organizationId: organizationIdSchema,
  name: z.string(),
  /** The person's own folder. Only read, never touched but by "Bring branch into my folder". */
  localPath: z.string().nullable(),
  originUrl: z.string().nullable(),
  defaultBranch: z.string().nullable(),
  lastUsedAt: z.number(),
  /** Null for a folder whose repository GitHub is not known to have. */
  github: z
    .object({
      /** `owner/name`, as it is called now. */
      fullName: z.string(),
      url: z.string(),
      isPrivate: z.boolean(),
      isArchived: z.boolean(),
      isFork: z.boolean(),
      pushedAt: z.number().nullable(),
      openPullRequests: z.number(),
      /** A person does not want to see it. */
      hidden: z.boolean(),
      /** GitHub does not have it any more, or does not show it to this account. */
      gone: z.boolean(),
    })
    .nullable(),
})
export type Repository = z.infer<typeof repositorySchema>

/** What a person should know about a folder before a task starts from it. */
export const repositoryStateSchema = z.object({
  /** The branch checked out there; null while detached or empty. */
  branch: z.string().nullable(),
  headCommit: z.string().nullable(),
  empty: z.boolean(),
  detached: z.boolean(),
  /** Changed and untracked files in the person's folder: not part of a task unless included. */
  uncommittedFiles: z.number(),
  hasSubmodules: z.boolean(),
  usesLfs: z.boolean(),
  lfsInstalled: z.boolean(),
  identity: z.object({ name: z.string(), email: z.string() }).nullable(),
  branches: z.array(z.string()),
  /** True when there are more branches than the list holds. */
  branchesTruncated: z.boolean(),
})
export type RepositoryState = z.infer<typeof repositoryStateSchema>

// ---- jobs ----------------------------------------------------------------------------------------

export const jobSchema = z.object({
  id: jobIdSchema,
  kind: z.enum([
    'task.provision',
    'task.archive',
    'task.delete',
    'task.publish',
    'task.update',
    'task.review',
    'task.reply',
    'task.script',
    'task.pack',
    'app.retention',
    'agent.install',
    'history.export',
    'history.look',
    'history.import',
  ]),
  state: z.enum(['queued', 'running', 'succeeded', 'failed', 'cancelled']),
  taskId: taskIdSchema.nullable(),
  sessionId: sessionIdSchema.nullable(),
  /** What it is doing now, as a sentence. */
  stage: z.string().nullable(),
  /** 0 to 1 where a figure is known. */
  progress: z.number().nullable(),
  error: errorValueSchema.nullable(),
  createdAt: z.number(),
  startedAt: z.number().nullable(),
  updatedAt: z.number(),
  endedAt: z.number().nullable(),
})
export type Job = z.infer<typeof jobSchema>

// ---- tasks ---------------------------------------------------------------------------------------

export const taskStatuses = [
  'virtual',
  'provisioning',
  'idle',
  'running',
  'needs_input',
  'error',
  'archived',
] as const
export type TaskStatus = (typeof taskStatuses)[number]

/** A row of the task list. Built for the user who reads it: `unread` is theirs. */
export const taskSummarySchema = z.object({
  id: taskIdSchema,
  repositoryId: repositoryIdSchema,
  title: z.string(),
  branch: z.string(),
  status: z.enum(taskStatuses),
  /** Why it is archived; null while it is not. */
  archiveReason: z.enum(archiveReasons).nullable(),
  /** It is archived for good: no git repository is known for it, as for sessions that were imported from a plain folder. */
  readOnly: z.boolean(),
  pullRequest: taskPullRequestSchema.nullable(),
  /** Login of whose task it is: who opened its pull request, unless it was given to somebody. Null for the reader. */
  owner: z.string().nullable(),
  unread: z.boolean(),
  createdAt: z.number(),
  updatedAt: z.number(),
})
export type TaskSummary = z.infer<typeof taskSummarySchema>

export const taskDetailSchema = taskSummarySchema.extend({
  prompt: z.string(),
  baseBranch: z.string().nullable(),
  /** The issue it was made for. */
  issueNumber: z.number().int().nullable(),
  /** Who commits in its checkout, where somebody was chosen for it. */
  author: authorSchema.nullable(),
  /** Tasks that were made from one prompt with it, itself among them; empty where it was made alone. */
  group: z.array(taskIdSchema),
  activeSessionId: sessionIdSchema.nullable(),
  sandbox: z
    .object({
      provider: z.string(),
      /** Where the checkout is, on this machine for the local provider. */
      cwd: z.string(),
      /** `ready`: checkout made. `running`: its server is up now. */
      state: z.enum(['preparing', 'ready', 'running', 'stopped']),
      /** What the checkout takes on the disk; null where that was not measured. */
      diskBytes: z.number().nullable(),
    })
    .nullable(),
  archivedAt: z.number().nullable(),
})
export type TaskDetail = z.infer<typeof taskDetailSchema>

export const fileChangeSchema = z.object({
  path: z.string(),
  /** The path before a rename or copy. */
  oldPath: z.string().nullable(),
  kind: z.enum(['added', 'modified', 'deleted', 'renamed', 'copied', 'type_changed', 'unmerged']),
  /** Null for binary files. */
  added: z.number().nullable(),
  removed: z.number().nullable(),
  untracked: z.boolean(),
  /** Whether the index holds the change, or a part of it. */
  staged: z.enum(['none', 'part', 'all']),
})
export type FileChange = z.infer<typeof fileChangeSchema>

/** The state of a task's checkout as git last reported it. */
export const gitStateSchema = z.object({
  id: z.literal('git'),
  uncommitted: z.array(fileChangeSchema),
  /** Everything the branch holds beyond its base, committed or not. */
  base: z.array(fileChangeSchema),
  /** How many files there are in all; more than listed when a list was cut. */
  uncommittedTotal: z.number(),
  stagedTotal: z.number(),
  baseTotal: z.number(),
  /** Commits on the branch that its base does not have. */
  commitsAhead: z.number(),
  headCommit: z.string().nullable(),
  refreshedAt: z.number(),
  problem: errorValueSchema.nullable(),
})
export type GitState = z.infer<typeof gitStateSchema>

// ---- sessions ------------------------------------------------------------------------------------

export const sessionStatuses = ['starting', 'idle', 'running', 'needs_input', 'error', 'closed'] as const
export type SessionStatus = (typeof sessionStatuses)[number]

export const usageSchema = z.object({
  inputTokens: z.number().optional(),
  outputTokens: z.number().optional(),
  totalTokens: z.number().optional(),
  /** Tokens in the context window now, and its size, where the agent reports them. */
  contextUsed: z.number().optional(),
  contextSize: z.number().optional(),
  cost: z.object({ amount: z.number(), currency: z.string() }).optional(),
})
export type Usage = z.infer<typeof usageSchema>

/** A file that goes to the agent with a prompt. */
export const attachmentSchema = z.object({
  id: attachmentIdSchema,
  name: z.string(),
  mimeType: z.string(),
  /** Of its content. */
  bytes: z.number(),
})
export type Attachment = z.infer<typeof attachmentSchema>

export const sessionSummarySchema = z.object({
  id: sessionIdSchema,
  taskId: taskIdSchema,
  name: z.string(),
  /** Where it stands among the sessions of its task; those of the same place stand by when they were made. */
  position: z.number(),
  agentId: agentIdSchema,
  modelId: z.string().nullable(),
  status: z.enum(sessionStatuses),
  unread: z.boolean(),
  /** When the turn that runs now began. */
  runningSince: z.number().nullable(),
  error: errorValueSchema.nullable(),
  createdAt: z.number(),
  closedAt: z.number().nullable(),
})
export type SessionSummary = z.infer<typeof sessionSummarySchema>

/** A prompt that a person keeps. */
export const savedPromptSchema = z.object({
  /** Its name. */
  id: z.string(),
  text: z.string(),
})
export type SavedPrompt = z.infer<typeof savedPromptSchema>

/** Sessions whose agents wait for an answer, in all organizations, the longest waiting first. */
export const waitingSchema = z.object({
  id: z.literal('waiting'),
  sessions: z.array(
    z.object({
      sessionId: sessionIdSchema,
      taskId: taskIdSchema,
      organizationId: organizationIdSchema,
      /** Of the task. */
      title: z.string(),
    }),
  ),
})
export type Waiting = z.infer<typeof waitingSchema>

export const sessionDetailSchema = sessionSummarySchema.extend({
  options: z.array(agentOptionSchema),
  /** Slash commands the agent offers. */
  commands: z.array(z.object({ name: z.string(), description: z.string(), hint: z.string().nullable() })),
  usage: usageSchema.nullable(),
  draft: z.string(),
  /** Of the draft, in the order in which they were attached. */
  attachments: z.array(attachmentSchema),
  /** Whether the agent looks at pictures; null while it has not said so. */
  takesImages: z.boolean().nullable(),
  /** What the agent can do when its context is gone: load it natively, or be told by a brief of ours. */
  memory: z.enum(['live', 'loadable', 'brief', 'fresh']),
})
export type SessionDetail = z.infer<typeof sessionDetailSchema>

/** A prompt that waits for its turn. The first of a new task waits for the sandbox. */
export const queuedPromptSchema = z.object({
  id: promptIdSchema,
  sessionId: sessionIdSchema,
  text: z.string(),
  attachments: z.array(attachmentSchema),
  createdAt: z.number(),
})
export type QueuedPrompt = z.infer<typeof queuedPromptSchema>

/** A prompt that became a turn. */
export const sentPromptSchema = z.object({
  turnId: turnIdSchema,
  sessionId: sessionIdSchema,
  /** The first words. */
  text: z.string(),
  at: z.number(),
})
export type SentPrompt = z.infer<typeof sentPromptSchema>

export const permissionSchema = z.object({
  id: permissionIdSchema,
  sessionId: sessionIdSchema,
  turnId: turnIdSchema.nullable(),
  title: z.string(),
  /** The agent's tool call, as it sent it (ACP `ToolCallUpdate`). */
  toolCall: z.record(z.string(), z.unknown()),
  options: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      kind: z.enum(['allow_once', 'allow_always', 'reject_once', 'reject_always']),
    }),
  ),
  state: z.enum(['pending', 'answered', 'cancelled', 'expired']),
  answer: z.string().nullable(),
  /** Why, where the repository's policy answered and no person was asked. */
  policy: policyGroundsSchema.nullable(),
  /** What "always allow" would add to that policy; null where it is not offered. */
  proposal: policyProposalSchema.nullable(),
  createdAt: z.number(),
  resolvedAt: z.number().nullable(),
})
export type Permission = z.infer<typeof permissionSchema>

export const checkpointSchema = z.object({
  id: checkpointIdSchema,
  turnId: turnIdSchema.nullable(),
  commit: z.string(),
  createdAt: z.number(),
  files: z.number(),
  added: z.number(),
  removed: z.number(),
})
export type Checkpoint = z.infer<typeof checkpointSchema>

// ---- the transcript ------------------------------------------------------------------------------

/**
 * One row of a session's append-only record. `update` is an ACP `SessionUpdate` as the agent sent it,
 * with consecutive chunks of one message joined and long strings cut (see `cut`).
 */
export const transcriptEventSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('prompt'),
    text: z.string(),
    attachments: z.array(attachmentSchema).optional(),
  }),
  z.object({ type: z.literal('update'), update: z.record(z.string(), z.unknown()) }),
  z.object({ type: z.literal('permission'), permission: permissionSchema }),
  z.object({
    type: z.literal('turn_ended'),
    /** ACP stop reason, or ours: `interrupted` (the app or the agent went away), `failed`. */
    stopReason: z.string(),
    durationMs: z.number(),
    usage: usageSchema.nullable(),
    checkpoint: checkpointSchema.nullable(),
  }),
  z.object({ type: z.literal('error'), error: errorValueSchema }),
  /** The first of a session that knows of another one. */
  z.object({
    type: z.literal('forked'),
    sessionId: sessionIdSchema,
    /** The last turn it knows of; null when it is the first one that is asked again. */
    turnId: turnIdSchema.nullable(),
    /** Of the other session, as it was called. */
    name: z.string(),
    /** The first words of the prompt of that turn. */
    prompt: z.string(),
    again: z.boolean(),
  }),
  z.object({
    type: z.literal('memory_boundary'),
    /** Why the agent does not remember what stands above. */
    reason: z.string(),
    /** What it was told instead, word for word; empty when nothing. */
    brief: z.string(),
    turnsTold: z.number(),
    turnsTotal: z.number(),
  }),
])
export type TranscriptEvent = z.infer<typeof transcriptEventSchema>

export const transcriptRowSchema = z.object({
  /** Index of the first and last agent event this row stands for. Rows are ordered and keyed by `first`. */
  first: z.number().int(),
  last: z.number().int(),
  turnId: turnIdSchema.nullable(),
  at: z.number(),
  event: transcriptEventSchema,
  /** Bytes of the full payload when strings in `event` were cut for the page; read them with `session.eventPayload`. */
  cut: z.number().nullable(),
  /** When what was cut was removed by the person's policy: there is no more to read. */
  removedAt: z.number().optional(),
})
export type TranscriptRow = z.infer<typeof transcriptRowSchema>

/** What travels over a transcript's MessagePort to the window. */
export type TranscriptMessage =
  | { type: 'tail'; rows: TranscriptRow[]; hasEarlier: boolean }
  | { type: 'batch'; sequence: number; changes: TranscriptChange[] }

/** `row` inserts or replaces by `first`; `append` adds text to the end of the message chunk row `first`. */
export type TranscriptChange =
  | { type: 'row'; row: TranscriptRow }
  | { type: 'append'; first: number; last: number; text: string }
