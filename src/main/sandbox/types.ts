import type { Agent, AgentId } from '@shared/domain'
import type { FoundryError } from '@shared/errors'
import type { TaskId } from '@shared/ids'

/** What `run` gives back. Output is UTF-8 and was cut when a `truncated` flag says so. */
export interface ProcessResult {
  exitCode: number | null
  stdout: string
  stderr: string
  stdoutTruncated: boolean
  stderrTruncated: boolean
  timedOut: boolean
}

export interface ProcessRequest {
  command: string
  /** Never a shell string: each element reaches the program as it is. */
  args: string[]
  /** Absolute; the sandbox's checkout when absent. */
  cwd?: string
  env?: Record<string, string>
  timeoutMs?: number
  maxOutputBytes?: number
}

/** A command line of a person, run by a shell in the checkout until it ends. */
export interface ShellRequest {
  command: string
  env: Record<string, string>
  /** What it prints on either stream, as it comes. Escape sequences and other control characters are taken out. */
  onOutput(text: string): void
  /** Ends it and all that it started. */
  signal: AbortSignal
}

/** A process as the server lists it. */
export interface ServerProcessInfo {
  id: string
  command: string
  args: string[]
  cwd: string | null
  pid: number | null
  running: boolean
  exitCode: number | null
  startedAt: number
}

/** A program in a terminal of the sandbox. Output comes as bytes: a character may be split between two pieces. */
export interface TerminalRequest {
  /** Null for a shell. */
  command: { command: string; args: readonly string[] } | null
  /** Absolute; the sandbox's checkout when absent. */
  cwd?: string
  env: Record<string, string>
  columns: number
  rows: number
  /**
   * What the program prints, as it comes. Whoever takes it must take it at once. It is whole and in order; what
   * the server itself has forgotten is said to be missing in it.
   */
  onData(bytes: Uint8Array): void
  /** The program ended. The last call. */
  onExit(exitCode: number | null): void
  /** The sandbox is gone, or the terminal cannot be reached any more. The last call. */
  onFailed(problem: FoundryError): void
}

/** A terminal that runs. */
export interface TerminalProcess {
  readonly id: string
  readonly pid: number | null
  write(data: string | Uint8Array): void
  resize(columns: number, rows: number): void
  /** Asks the program to end. */
  stop(): Promise<void>
  /** Ends the program. */
  kill(): Promise<void>
  /** Ends it where it still runs, and lets the server forget it. No call follows. */
  dispose(): Promise<void>
}

/** Where a terminal is read. */
export interface TerminalAddress {
  readonly baseUrl: string
  readonly token: string
  readonly processId: string
}

export interface TerminalReader {
  write(bytes: Uint8Array): void
  resize(columns: number, rows: number): void
  /** Nothing is told any more. */
  close(): void
}

export interface TerminalReaderEvents {
  /** What is written from now on reaches the terminal. */
  ready(): void
  /** What the program printed, in a buffer of its own. It is whole and in order, or says in it that something is missing. */
  data(bytes: Uint8Array): void
  /** The program ended, and all that it printed was told. The last call. */
  exit(exitCode: number | null): void
  /** It cannot be read, or not any more. The last call. */
  failed(reason: string): void
}

/** Connects at once; whether that worked is told by the events. */
export type OpenTerminalReader = (address: TerminalAddress, events: TerminalReaderEvents) => TerminalReader

/** How to reach a sandbox's ACP endpoint. Never leaves main. */
export interface SandboxEndpoint {
  baseUrl: string
  token: string
  fetch?: typeof fetch
}

/**
 * A place where agents work on one task: a running sandbox-agent server and the checkout it works in.
 * Everything rejects with a `FoundryError` of kind `sandbox` when the server is gone.
 */
export interface Sandbox {
  readonly taskId: TaskId
  readonly provider: string
  /** The checkout, as a path inside the sandbox. */
  readonly cwd: string
  readonly endpoint: SandboxEndpoint
  /** Aborted when the server is gone, however that came. `reason` says how, with its last words. */
  readonly gone: AbortSignal
  run(request: ProcessRequest): Promise<ProcessResult>
  /** @throws what `signal` was aborted with, once everything it started has ended */
  runShell(request: ShellRequest): Promise<{ exitCode: number }>
  /** @throws FoundryError `sandbox` when it cannot be started */
  openTerminal(request: TerminalRequest): Promise<TerminalProcess>
  /** Everything that was started in it and is not cleared away, terminals too. */
  processes(): Promise<ServerProcessInfo[]>
  /** Ends one of them, at once where `force` says so. */
  endProcess(id: string, force: boolean): Promise<void>
  /** The last so many pieces of what one of them printed, in base64. */
  processOutput(id: string, pieces: number): Promise<string[]>
  readFile(path: string): Promise<Uint8Array>
  /** What is at a path, links followed; null when nothing is. */
  kindOf(path: string): Promise<'file' | 'directory' | null>
  writeFile(path: string, content: string | Uint8Array): Promise<void>
  /**
   * Where this agent is reached, with the keys it has: `endpoint` itself for an agent without keys, a server
   * of its own otherwise. Ask again after its `gone` was aborted.
   */
  forAgent(agentId: AgentId): Promise<AgentAccess>
  /** Marks the sandbox as used. */
  touch(): void
}

export interface AgentAccess {
  readonly endpoint: SandboxEndpoint
  readonly gone: AbortSignal
}

/** Keeps a sandbox from being stopped as idle while held. */
export interface SandboxLease {
  readonly sandbox: Sandbox
  release(): void
}

/** What the sandbox layer tells the rest, as it happens. */
export interface SandboxEvents {
  /** The server of a task came up, was stopped, or died (then with its last words). */
  serverChanged(taskId: TaskId, state: 'running' | 'stopped', problem: string | null): void
  /** The agent catalogue, or one agent in it, changed. */
  agentsChanged(agentIds: AgentId[]): void
}

/** Progress of long work, kept in the job's row. */
export interface Progress {
  stage(text: string, progress?: number): void
  log(text: string): void
  readonly signal: AbortSignal
}

/** Secrets an agent gets in its environment: read at each start, never stored in the database. */
export type AgentKeys = (agentId: AgentId) => Promise<Record<string, string>>

export interface AgentCatalogue {
  /** Last known, from the database: instant, also offline. */
  list(): Agent[]
  /** Asks a server. Joined when one is already under way. */
  refresh(): Promise<Agent[]>
  install(agentId: AgentId, progress: Progress): Promise<void>
  /** What a live session reported; replaces the static list. */
  observe(agentId: AgentId, options: Agent['options']): void
}
