/** Terminals and the processes that run in them. All times are epoch milliseconds. */
import { z } from 'zod'
import { errorValueSchema } from './error-schema'
import { taskIdSchema, terminalIdSchema } from './ids'

/**
 * - `stopped`: nothing runs in it: it is from an earlier run, or its sandbox went away
 * - `failed`: it could not be started
 */
export const terminalStates = ['stopped', 'starting', 'running', 'exited', 'failed'] as const

/** A program that a person ran with arguments of their own. */
export const terminalCommandSchema = z.object({
  command: z.string().trim().min(1).max(4096),
  args: z.array(z.string().max(32_768)).max(1000),
  /** Seconds after which it is ended; null for never. */
  timeoutSeconds: z.number().int().min(1).max(604_800).nullable(),
})
export type TerminalCommand = z.infer<typeof terminalCommandSchema>

/** What listens on this computer by its own words, and answers. */
const portSchema = z.object({ port: z.number().int(), url: z.string() })

export const terminalSchema = z.object({
  id: terminalIdSchema,
  taskId: taskIdSchema,
  /** The terminal it stands beside, itself where it began the tab. */
  groupId: terminalIdSchema,
  position: z.number(),
  /** Given by a person; null for what runs in it. */
  name: z.string().nullable(),
  /** Null for a shell. */
  command: terminalCommandSchema.nullable(),
  cwd: z.string(),
  /** Names of the variables it was given; their values are not shown. */
  variables: z.array(z.string()),
  state: z.enum(terminalStates),
  pid: z.number().nullable(),
  startedAt: z.number().nullable(),
  endedAt: z.number().nullable(),
  exitCode: z.number().nullable(),
  /** Why it ended, where that was not its own doing, or why it could not be started. */
  problem: errorValueSchema.nullable(),
  ports: z.array(portSchema),
})
export type Terminal = z.infer<typeof terminalSchema>

/** A process of the sandbox that is no terminal: scripts of the repository, and what agents keep running. */
export const sandboxProcessSchema = z.object({
  id: z.string(),
  command: z.string(),
  cwd: z.string().nullable(),
  pid: z.number().nullable(),
  state: z.enum(['running', 'exited']),
  exitCode: z.number().nullable(),
  startedAt: z.number(),
  /** Percent of one processor, with all that it started, since the last look; null where that is not known. */
  cpu: z.number().nullable(),
  ports: z.array(portSchema),
})
export type SandboxProcess = z.infer<typeof sandboxProcessSchema>

/** What a look at a sandbox shows that nobody tells of by itself. */
export const processListSchema = z.object({
  others: z.array(sandboxProcessSchema),
  terminals: z.array(z.object({ id: terminalIdSchema, cpu: z.number().nullable() })),
})
export type ProcessList = z.infer<typeof processListSchema>

/** A window shows nothing wider or taller; what it says beyond that is no size. */
const side = z.number().int().min(1).max(2000)

/** What a window says over the port of a terminal. */
export const terminalRequestSchema = z.discriminatedUnion('type', [
  /** Everything before this offset was drawn. */
  z.object({ type: z.literal('ack'), offset: z.number().int().min(0) }),
  /** A hidden terminal gets no output. */
  z.object({ type: z.literal('show'), visible: z.boolean() }),
  /** Text that was typed or pasted. */
  z.object({ type: z.literal('input'), text: z.string().max(16_000_000) }),
  /** Bytes, one a character: reports of the mouse in old encodings. */
  z.object({ type: z.literal('bytes'), bytes: z.string().max(65_536) }),
  z.object({ type: z.literal('resize'), columns: side, rows: side }),
  z.object({ type: z.literal('close') }),
])
export type TerminalRequest = z.infer<typeof terminalRequestSchema>

/** What main says over the port of a terminal. */
export type TerminalMessage =
  /** The screen is empty, and the stream begins here. Output before `replayEnd` is old: nothing answers to it. */
  | { type: 'start'; offset: number; replayEnd: number; missing: number }
  | { type: 'data'; offset: number; bytes: Uint8Array }
