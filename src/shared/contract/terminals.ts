import { z } from 'zod'
import { taskIdSchema, terminalIdSchema } from '../ids'
import { processListSchema, terminalCommandSchema, terminalSchema } from '../terminals'
import { command, query, type DomainContract } from './define'

const nothing = z.void()
const terminal = z.object({ terminalId: terminalIdSchema })
const task = z.object({ taskId: taskIdSchema })
const process = task.extend({ processId: z.string().max(200) })

export const terminalContract = {
  /** A shell, in a tab of its own or beside another terminal. */
  open: command(task.extend({ beside: terminalIdSchema.nullable() }), terminalSchema),
  /** Runs a program. Variables reach it and nothing else: they are not stored. */
  run: command(
    task.extend({
      ...terminalCommandSchema.shape,
      /** Within the checkout where it is relative; empty for the checkout. */
      cwd: z.string().max(4096),
      env: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'Not the name of a variable'), z.string()),
      name: z.string().trim().min(1).max(200).nullable(),
    }),
    terminalSchema,
  ),
  /** Again, what ran in it before. Does nothing while it runs. */
  start: command(terminal, terminalSchema),
  /** Asks what runs in it to end. */
  stop: command(terminal, nothing),
  kill: command(terminal, nothing),
  /** Ends what runs in it, and runs it again. */
  restart: command(terminal, terminalSchema),
  /** Null calls it after what runs in it again. */
  rename: command(terminal.extend({ name: z.string().trim().min(1).max(200).nullable() }), nothing),
  /** Its tab in front of that of another terminal; behind all of them when null. */
  move: command(terminal.extend({ before: terminalIdSchema.nullable() }), nothing),
  /** Ends what runs in it. Where something does, only if `force` says so: else its name comes back. */
  close: command(
    terminal.extend({ force: z.boolean() }),
    z.object({ closed: z.boolean(), running: z.array(z.string()) }),
  ),
  /** Processes of the sandbox that are no terminals, and how busy all are. Starts nothing. */
  processes: query(task, processListSchema),
  stopProcess: command(process.extend({ force: z.boolean() }), nothing),
  /** The end of what a process printed, without escape sequences. */
  processLog: query(process, z.string()),
} as const satisfies DomainContract
