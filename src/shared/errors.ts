import type { TaskId } from './ids'

/**
 * What kind of thing went wrong. The renderer branches on kinds, never on messages.
 *
 * - `invalid_input`: the request itself cannot be carried out, whatever the state
 * - `not_found`: the thing named does not exist (any more)
 * - `conflict`: it exists, but its state does not allow this now
 * - `git`: git refused; `detail` holds what git printed
 * - `git_missing`: there is no usable git on this machine
 * - `git_identity`: git does not know who commits
 * - `sandbox`: the sandbox server could not be started or reached
 * - `script`: a script of the repository failed; `detail` holds the end of its output
 * - `agent`: the agent failed; `detail` holds its own words
 * - `agent_missing`: the agent is not installed
 * - `credentials`: a sign-in or key is needed
 * - `disk_full`, `read_only`: the disk refused
 * - `offline`: the network is needed and not there
 * - `tls`: somebody between here and the server shows a certificate this machine does not trust
 * - `rate_limited`: a limit of GitHub is reached; it says itself when it is over
 * - `forbidden`: GitHub does not allow it to this account: a scope, single sign-on or a policy is in the way
 * - `github`: GitHub failed or answered something unreadable
 * - `cancelled`: a person stopped it
 * - `unsupported`: known, but not possible in this situation
 * - `internal`: a defect of ours; logged with its stack
 */
export const errorKinds = [
  'invalid_input',
  'not_found',
  'conflict',
  'git',
  'git_missing',
  'git_identity',
  'sandbox',
  'script',
  'agent',
  'agent_missing',
  'credentials',
  'disk_full',
  'read_only',
  'offline',
  'tls',
  'rate_limited',
  'forbidden',
  'github',
  'cancelled',
  'unsupported',
  'internal',
] as const

export type ErrorKind = (typeof errorKinds)[number]

/** An error as a value: safe to show, to copy and to send across IPC. Its schema is in `error-schema.ts`. */
export interface ErrorValue {
  kind: ErrorKind
  /** What happened, to what, in a sentence a person can read. */
  message: string
  /** What to do next, where we know it. */
  next?: string | undefined
  /** The machine's own words (output of git, of a server, of an agent), selectable and copyable. */
  detail?: string | undefined
  /** The task that is in the way, and can be opened instead. */
  taskId?: TaskId | undefined
}

export type Result<Value> = { ok: true; value: Value } | { ok: false; error: ErrorValue }

/** An expected failure. Thrown inside main, it reaches the renderer as the value it carries. */
export class FoundryError extends Error {
  readonly kind: ErrorKind
  readonly next: string | undefined
  readonly detail: string | undefined
  readonly taskId: TaskId | undefined

  constructor(
    kind: ErrorKind,
    message: string,
    more: { next?: string; detail?: string; taskId?: TaskId; cause?: unknown } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause })
    this.name = 'FoundryError'
    this.kind = kind
    this.next = more.next
    this.detail = more.detail
    this.taskId = more.taskId
  }

  toValue(): ErrorValue {
    return {
      kind: this.kind,
      message: this.message,
      ...(this.next === undefined ? {} : { next: this.next }),
      ...(this.detail === undefined ? {} : { detail: this.detail }),
      ...(this.taskId === undefined ? {} : { taskId: this.taskId }),
    }
  }
}

/** The value for anything thrown. Whoever calls this for something unexpected logs it too, once. */
export function toErrorValue(thrown: unknown): ErrorValue {
  if (thrown instanceof FoundryError) return thrown.toValue()
  return { kind: 'internal', message: 'Something went wrong inside Foundry.', detail: wordsOf(thrown) }
}

/** What `toErrorValue` made a value of on another thread. */
export function fromErrorValue({ kind, message, next, detail, taskId }: ErrorValue): FoundryError {
  return new FoundryError(kind, message, {
    ...(next === undefined ? {} : { next }),
    ...(detail === undefined ? {} : { detail }),
    ...(taskId === undefined ? {} : { taskId }),
  })
}

/** Anything can be thrown, also what cannot be turned into a string. */
export function wordsOf(thrown: unknown): string {
  if (typeof thrown !== 'object' || thrown === null) return String(thrown)
  if ('message' in thrown && typeof thrown.message === 'string') return thrown.message
  return Object.prototype.toString.call(thrown)
}

/** For switches that must stay exhaustive. */
export function assertNever(value: never, what: string): never {
  throw new Error(`Unexpected ${what}: ${JSON.stringify(value)}`)
}
