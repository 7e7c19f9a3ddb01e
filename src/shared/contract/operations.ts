import { editorSchema } from '../editors'
import { z } from 'zod'
import {
  agentIdSchema,
  sessionSummarySchema,
  settingsPatchSchema,
  settingsSchema,
  transcriptRowSchema,
  queuedPromptSchema,
  sentPromptSchema,
  attachmentSchema,
  modelChoiceSchema,
} from '../domain'
import { linkHandlerStateSchema } from '../app-state'
import {
  attachmentIdSchema,
  jobIdSchema,
  permissionIdSchema,
  promptIdSchema,
  repositoryIdSchema,
  sessionIdSchema,
  taskIdSchema,
  turnIdSchema,
} from '../ids'
import { auditContract } from './audit'
import { command, query, type DomainContract } from './define'
import { accountContract, organizationContract } from './github'
import { backupSchema } from '../backups'
import { dataContract } from './data'
import { storageContract, taskLifecycleContract } from './lifecycle'
import { filesContract } from './files'
import { historyContract } from './history'
import { packsContract, retentionContract } from './packs'
import { policyContract } from './policies'
import { publishContract } from './publish'
import { repositoryContract } from './repositories'
import { reviewContract } from './reviews'
import { scriptsContract } from './scripts'
import { searchContract } from './search'
import { insightsContract } from './insights'
import { promptText, taskContract } from './tasks'
import { terminalContract } from './terminals'
import { transferContract } from './transfer'

const nothing = z.void()

export const appContract = {
  /** Opens http, https and mailto links in the person's browser; anything else is refused. */
  openExternal: command(z.object({ url: z.string().max(8192) }), nothing),
  openLogs: command(nothing, nothing),
  /** Those on this computer that can open a file of a checkout at a line. */
  editors: query(nothing, z.array(editorSchema)),
  /** Asks for a folder in the system's own dialog; null when the person backs out. */
  chooseFolder: command(z.object({ title: z.string() }), z.string().nullable()),
  /** A failure the window itself caught; logged once. */
  reportWindowError: command(
    z.object({ message: z.string().max(10_000), stack: z.string().max(50_000) }),
    nothing,
  ),
  /** Whether links are opened with this app. */
  linkHandler: query(nothing, linkHandlerStateSchema),
  openLinksHere: command(z.object({ on: z.boolean() }), linkHandlerStateSchema),
  /** Shows the folder that a browser loads the extension from. */
  revealExtension: command(nothing, nothing),
  /** Fetches the dictionary again that could not be fetched. */
  retrySpelling: command(nothing, nothing),
  updateSettings: command(settingsPatchSchema, settingsSchema),
  /** What new work starts with, in one repository or everywhere; no choice forgets the one that was made. */
  setDefaultModel: command(
    z.object({ choice: modelChoiceSchema.nullable(), repositoryId: repositoryIdSchema.nullable() }),
    nothing,
  ),
  /** In place of one that is called the same. */
  savePrompt: command(
    z.object({ name: z.string().trim().min(1).max(100), text: z.string().min(1).max(100_000) }),
    nothing,
  ),
  forgetPrompt: command(z.object({ name: z.string() }), nothing),
  setFavouriteModel: command(z.object({ choice: modelChoiceSchema, favourite: z.boolean() }), nothing),
} as const satisfies DomainContract

export const sessionContract = {
  create: command(
    z.object({
      taskId: taskIdSchema,
      agentId: agentIdSchema,
      modelId: z.string().nullable(),
      modeId: z.string().nullable().optional(),
    }),
    sessionSummarySchema,
  ),
  rename: command(
    z.object({ sessionId: sessionIdSchema, name: z.string().trim().min(1).max(200) }),
    sessionSummarySchema,
  ),
  /** In front of another session of its task; behind all of them when null. */
  move: command(z.object({ sessionId: sessionIdSchema, before: sessionIdSchema.nullable() }), nothing),
  close: command(z.object({ sessionId: sessionIdSchema }), sessionSummarySchema),
  reopen: command(z.object({ sessionId: sessionIdSchema }), sessionSummarySchema),
  /** Makes it the reader's active session of its task, and read. */
  select: command(z.object({ sessionId: sessionIdSchema }), nothing),
  /** Starts the agent again after it failed. */
  retry: command(z.object({ sessionId: sessionIdSchema }), sessionSummarySchema),
  /** Stores the prompt and returns; it is sent as soon as the session is free. */
  send: command(
    z.object({
      sessionId: sessionIdSchema,
      text: promptText.refine((text) => text.trim() !== '', 'The prompt is empty'),
    }),
    queuedPromptSchema,
  ),
  /** Sends the prompt of a turn once more, with what was attached to it. */
  askTurnAgain: command(z.object({ turnId: turnIdSchema }), queuedPromptSchema),
  /**
   * A session that knows what was said up to the end of a turn. With `again` it knows what was said before it, and is
   * asked its prompt.
   */
  fork: command(
    z.object({
      turnId: turnIdSchema,
      again: z.boolean(),
      agentId: agentIdSchema,
      modelId: z.string().nullable(),
    }),
    sessionSummarySchema,
  ),
  dropQueued: command(z.object({ promptId: promptIdSchema }), nothing),
  editQueued: command(
    z.object({
      promptId: promptIdSchema,
      text: promptText.refine((text) => text.trim() !== '', 'The prompt is empty'),
    }),
    nothing,
  ),
  /** To a place in the queue, the first being 0; one beyond the end is the end. */
  moveQueued: command(z.object({ promptId: promptIdSchema, place: z.number().int().min(0) }), nothing),
  /** Before all others, and at once: a running turn is stopped for it. */
  sendQueuedNow: command(z.object({ promptId: promptIdSchema }), nothing),
  /** Ends the running turn; the session and its context live on. */
  stop: command(z.object({ sessionId: sessionIdSchema }), nothing),
  answerPermission: command(z.object({ permissionId: permissionIdSchema, optionId: z.string() }), nothing),
  /** Adds to the repository's policy what the request proposes, which answers it and others like it. */
  allowAlways: command(z.object({ permissionId: permissionIdSchema }), nothing),
  /** For a request that expired with a restart: asks the agent to try that step again. */
  askAgain: command(z.object({ permissionId: permissionIdSchema }), nothing),
  setOption: command(
    z.object({ sessionId: sessionIdSchema, optionId: z.string(), value: z.string() }),
    sessionSummarySchema,
  ),
  /** Puts a file to the draft of the session; it goes with the next prompt. */
  attach: command(
    z.object({
      sessionId: sessionIdSchema,
      name: z.string().trim().min(1).max(200),
      mimeType: z.string().max(200),
      content: z.instanceof(Uint8Array),
    }),
    attachmentSchema,
  ),
  /** Takes it off the draft again. */
  detach: command(z.object({ attachmentId: attachmentIdSchema }), nothing),
  attachment: query(z.object({ attachmentId: attachmentIdSchema }), z.instanceof(Uint8Array)),
  saveDraft: command(z.object({ sessionId: sessionIdSchema, text: promptText }), nothing),
  /** At most 100 rows, oldest first, that stand before the row `before`. */
  eventsBefore: query(
    z.object({ sessionId: sessionIdSchema, before: z.number().int() }),
    z.object({ rows: z.array(transcriptRowSchema), hasEarlier: z.boolean() }),
  ),
  /** Rows whose stored text holds the words, newest first; `nextBefore` is where to go on, null at the start. */
  find: query(
    z.object({
      sessionId: sessionIdSchema,
      words: z.string().min(1).max(200),
      before: z.number().int().nullable(),
    }),
    z.object({ rows: z.array(z.number()), nextBefore: z.number().nullable() }),
  ),
  /** What was asked for in all sessions of a task, newest first, the first words of each. */
  prompts: query(z.object({ taskId: taskIdSchema }), z.array(sentPromptSchema)),
  /** Prompts of all tasks that hold these words, each once, the one sent last first, at most 100. */
  history: query(z.object({ words: z.string().max(200) }), z.array(z.string())),
  /** The full JSON of a row that was cut, in pieces of at most 256 KB. */
  eventPayload: query(
    z.object({ sessionId: sessionIdSchema, first: z.number().int(), offset: z.number().int().min(0) }),
    z.object({ text: z.string(), nextOffset: z.number().nullable() }),
  ),
  /** The record of a session as another agent would be told it, of at most so many characters; empty without turns. */
  brief: query(
    z.object({ sessionId: sessionIdSchema, characters: z.number().int().min(0).max(200_000) }),
    z.string(),
  ),
  /** Starts the agent afresh and tells it up to so many characters of the stored conversation. */
  tellMore: command(
    z.object({ sessionId: sessionIdSchema, characters: z.number().int().min(0).max(200_000) }),
    sessionSummarySchema,
  ),
} as const satisfies DomainContract

export const agentContract = {
  refresh: command(nothing, nothing),
  /** Starts an install job; its progress is on topic `app`. */
  install: command(z.object({ agentId: agentIdSchema }), z.object({ jobId: jobIdSchema })),
  setKey: command(
    z.object({
      agentId: agentIdSchema,
      variable: z.string().regex(/^[A-Z][A-Z0-9_]{1,63}$/),
      value: z.string().min(1).max(10_000),
    }),
    nothing,
  ),
  removeKey: command(z.object({ agentId: agentIdSchema, variable: z.string() }), nothing),
} as const satisfies DomainContract

export const jobContract = {
  cancel: command(z.object({ jobId: jobIdSchema }), nothing),
  log: query(z.object({ jobId: jobIdSchema }), z.object({ text: z.string() })),
} as const satisfies DomainContract

/** All the recovery window can do. It works without a database. */
export const recoveryContract = {
  describe: query(
    nothing,
    z.object({
      phase: z.string(),
      message: z.string(),
      detail: z.string(),
      /** A file from a newer version offers no restore: that would hide newer work. */
      canRestore: z.boolean(),
      backups: z.array(backupSchema),
      dataDirectory: z.string(),
      /** The folder is not where it was: it can be shown where it is now. */
      isFolderMissing: z.boolean(),
      /** The database is damaged and there is no backup: what reads of it can be the new one. */
      canSalvage: z.boolean(),
      /** Nothing failed: the data folder is being moved. */
      isMoving: z.boolean(),
    }),
  ),
  retry: command(nothing, nothing),
  /** How far the move is; answers when that is more than what was seen. */
  moved: query(
    z.object({ seen: z.number() }),
    z.object({ doneBytes: z.number(), totalBytes: z.number(), isVerifying: z.boolean() }),
  ),
  /** The data stays where it is. */
  cancelMove: command(nothing, nothing),
  /** Asks for the folder that has the data now, and starts with it; false when the person backs out. */
  chooseFolder: command(nothing, z.object({ chosen: z.boolean() })),
  /** Starts with the folder in the platform's place for the app. */
  useDefaultFolder: command(nothing, nothing),
  /** Starts with what can be read of the damaged database. */
  salvage: command(nothing, nothing),
  /** At the next start puts the backup in place of the database, which is kept among the backups. */
  restoreBackup: command(z.object({ file: z.string() }), nothing),
  /** Copies the database as it is to a place the person chooses. */
  exportDatabase: command(nothing, z.object({ path: z.string().nullable() })),
  openLogs: command(nothing, nothing),
  quit: command(nothing, nothing),
} as const satisfies DomainContract

/** Every operation, named `<domain>.<method>`. */
export const contract = {
  app: appContract,
  account: accountContract,
  organization: organizationContract,
  repository: repositoryContract,
  task: { ...taskContract, ...taskLifecycleContract, ...publishContract, ...reviewContract },
  scripts: scriptsContract,
  policy: policyContract,
  files: filesContract,
  terminal: terminalContract,
  session: sessionContract,
  agent: agentContract,
  job: jobContract,
  storage: storageContract,
  packs: packsContract,
  retention: retentionContract,
  data: dataContract,
  audit: auditContract,
  history: historyContract,
  search: searchContract,
  transfer: transferContract,
  insights: insightsContract,
  recovery: recoveryContract,
} as const

export type Contract = typeof contract
export type Domain = keyof Contract
export type InputOf<Entry> = Entry extends { input: infer Input extends z.ZodType } ? z.input<Input> : never
export type ParsedInputOf<Entry> = Entry extends { input: infer Input extends z.ZodType }
  ? z.output<Input>
  : never
export type OutputOf<Entry> = Entry extends { output: infer Output extends z.ZodType }
  ? z.output<Output>
  : never
