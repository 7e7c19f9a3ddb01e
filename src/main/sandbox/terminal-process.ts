import { FoundryError } from '@shared/errors'
import type { ServerClient } from './server-client'
import { SequencedOutput, type RecordEntry } from './sequenced-output'
import { isServersWord } from './servers-word'
import type {
  OpenTerminalSocket,
  SandboxEndpoint,
  TerminalProcess,
  TerminalRequest,
  TerminalSocket,
} from './types'

/**
 * The program waits for this before it begins, so that nothing it prints comes before we listen, and its screen has the
 * size of the window from the first line on. It is the end of a file, which a terminal does not echo.
 */
const GATE = 'read -r _; exec "$@"'
const GO = '\u0004'
/** A shell of the person's choice, as a terminal of theirs would start it. */
const SHELL =
  'read -r _; for shell in "$SHELL" zsh bash sh; do command -v "$shell" >/dev/null 2>&1 && exec "$shell" -l; done'
/**
 * Started by us, as a terminal: also one that we have asked for and not been told of yet, and what a terminal that was
 * started again was before.
 */
export function isTerminal({ args }: { args: readonly string[] }): boolean {
  return args.includes(GATE) || args.includes(SHELL)
}

/** Input goes in pieces that the server takes. */
const INPUT_BYTES = 8 * 1024
/** Two that are the same by chance are not so many times in a row. */
const COMPARED_ENTRIES = 4
/** A frame that the record has is on its way no longer than this. */
const ON_THE_WAY_MS = 500
/** How long a connection that broke off is tried to be had again. */
const RECONNECT_MS = 10_000
const RETRY_MS = 250

const MISSING = '\u001b[0m\r\n\u001b[2mSome output before this is missing.\u001b[0m\r\n'

/** What a record keeps: in a flood it has what was lost until that is read from it. */
const RECORD_BYTES = 64 << 20
/** Servers that were told. */
const told = new WeakSet<AbortSignal>()

interface Server {
  readonly endpoint: SandboxEndpoint
  readonly gone: AbortSignal
}

/** Starts a program in a terminal of the sandbox and connects to it. */
export async function openTerminal(
  client: ServerClient,
  server: Server,
  cwd: string,
  request: TerminalRequest,
  openSocket: OpenTerminalSocket,
): Promise<TerminalProcess> {
  const { command } = request
  if (!told.has(server.gone)) {
    told.add(server.gone)
    const refused = (detail: string): FoundryError =>
      new FoundryError('sandbox', 'The sandbox could not be prepared for terminals.', {
        next: 'Try again.',
        detail,
      })
    await client.ask(async (sdk) => {
      const config = await sdk.getProcessConfig()
      return sdk.setProcessConfig({ ...config, maxLogBytesPerProcess: RECORD_BYTES })
    }, refused)
  }
  const { id, pid } = await client.ask(
    (sdk) =>
      sdk.createProcess({
        command: '/bin/sh',
        args:
          command === null ? ['-c', SHELL, 'shell'] : ['-c', GATE, 'run', command.command, ...command.args],
        cwd: request.cwd ?? cwd,
        env: request.env,
        tty: true,
        interactive: true,
      }),
    (detail) =>
      new FoundryError('sandbox', 'The terminal could not be started.', {
        next: `Check that the folder ${request.cwd ?? cwd} is there.`,
        detail,
      }),
  )
  const terminal = new ServerTerminal(client, server, id, pid ?? null, request, openSocket)
  await terminal.open()
  return terminal
}

/**
 * A terminal of a sandbox-agent server, over a WebSocket. The server gives up output that a client does not take at once,
 * and says nothing of it: so the socket is never paused, and what came is compared with the server's record.
 */
class ServerTerminal implements TerminalProcess {
  #socket: TerminalSocket | null = null
  #ready = false
  /** The program has ended; its last words are still looked for. */
  #exiting = false
  #ended = false
  #size: { columns: number; rows: number }
  readonly #output: SequencedOutput

  constructor(
    private readonly client: ServerClient,
    private readonly server: Server,
    readonly id: string,
    readonly pid: number | null,
    private readonly request: TerminalRequest,
    private readonly openSocket: OpenTerminalSocket,
  ) {
    this.#size = { columns: request.columns, rows: request.rows }
    server.gone.addEventListener('abort', this.#gone)
    this.#output = new SequencedOutput(
      { newest: () => this.#newestEntries(), read: (since, until) => this.#record(since, until) },
      {
        deliver: (frames) => this.#deliver(frames),
        missing: () => request.onData(Buffer.from(MISSING)),
        failed: (error) => this.#failed(error),
        pause: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
        patience: () => new Promise((resolve) => setTimeout(resolve, ON_THE_WAY_MS)),
      },
    )
  }

  /** @throws FoundryError `sandbox` */
  async open(): Promise<void> {
    try {
      await this.#connect()
    } catch (error) {
      await this.dispose()
      throw new FoundryError('sandbox', 'The terminal could not be connected to.', {
        next: 'Try again.',
        detail: error instanceof Error ? error.message : String(error),
        cause: error,
      })
    }
    this.#ready = true
    this.resize(this.#size.columns, this.#size.rows)
    this.write(GO)
  }

  write(data: string | Uint8Array): void {
    const bytes = typeof data === 'string' ? Buffer.from(data) : Buffer.from(data)
    for (let from = 0; from < bytes.length; from += INPUT_BYTES)
      this.#send({
        type: 'input',
        data: bytes.subarray(from, from + INPUT_BYTES).toString('base64'),
        encoding: 'base64',
      })
  }

  resize(columns: number, rows: number): void {
    this.#size = { columns, rows }
    this.#send({ type: 'resize', cols: columns, rows })
  }

  stop(): Promise<void> {
    return this.#signal('stopped', (sdk) => sdk.stopProcess(this.id))
  }

  kill(): Promise<void> {
    return this.#signal('killed', (sdk) => sdk.killProcess(this.id))
  }

  async dispose(): Promise<void> {
    this.#end()
    if (this.server.gone.aborted) return
    const refused = (detail: string): FoundryError =>
      new FoundryError('sandbox', 'A terminal that ended could not be cleared away.', { detail })
    const { status } = await this.client.ask((sdk) => sdk.getProcess(this.id), refused)
    if (status === 'running')
      await this.client.ask((sdk) => sdk.killProcess(this.id, { waitMs: 2000 }), refused)
    await this.client.ask((sdk) => sdk.deleteProcess(this.id), refused)
  }

  async #signal(what: string, call: Parameters<ServerClient['ask']>[0]): Promise<void> {
    if (this.#ended) return
    await this.client.ask(
      call,
      (detail) =>
        new FoundryError('sandbox', `The process could not be ${what}.`, { next: 'Try again.', detail }),
    )
  }

  #connect(): Promise<void> {
    const { baseUrl, token } = this.server.endpoint
    const url = `${baseUrl.replace(/^http/, 'ws')}/v1/processes/${encodeURIComponent(this.id)}/terminal/ws`
    return new Promise((resolve, reject) => {
      const socket = this.openSocket(url, token, {
        data: (bytes, ends) => {
          if (socket === this.#socket)
            this.#output.push(ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end)))
        },
        word: (text) => {
          if (socket !== this.#socket) return
          const word = parseWord(text)
          if (word.type === 'ready') resolve()
          else if (word.type === 'exit' && !this.#exiting) void this.#exited(word.exitCode)
          else if (word.type === 'error') reject(new Error(word.message))
        },
        closed: (reason) => {
          reject(new Error(reason))
          if (socket === this.#socket && this.#ready && !this.#exiting) void this.#reconnect()
        },
      })
      this.#socket = socket
    })
  }

  #deliver(frames: readonly Uint8Array[]): void {
    const bytes = Buffer.concat(frames.filter((frame) => !isServersWord(frame)))
    if (bytes.length > 0) this.request.onData(bytes)
  }

  async #exited(exitCode: number | null): Promise<void> {
    this.#exiting = true
    try {
      // The end overtakes the last words of a program in a hurry.
      await this.#output.end()
    } catch (error) {
      if (!this.#ended) this.request.onFailed(problemOf(error))
    }
    if (this.#ended) return
    this.#end()
    this.request.onExit(exitCode)
  }

  async #reconnect(): Promise<void> {
    const until = Date.now() + RECONNECT_MS
    for (;;) {
      try {
        await this.#connect()
        this.resize(this.#size.columns, this.#size.rows)
        // What was printed in between came to nobody.
        return this.#output.check()
      } catch (error) {
        if (this.#ended) return
        if (Date.now() > until) return this.#failed(error)
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
      }
    }
  }

  readonly #gone = (): void => {
    if (!this.#ended) this.#failed(this.server.gone.reason)
  }

  #failed(error: unknown): void {
    if (this.#ended) return
    this.#end()
    this.request.onFailed(problemOf(error))
  }

  #end(): void {
    this.#ended = true
    this.server.gone.removeEventListener('abort', this.#gone)
    const socket = this.#socket
    this.#socket = null
    socket?.close()
  }

  #send(frame: object): void {
    this.#socket?.send(JSON.stringify(frame))
  }

  async #newestEntries(): Promise<RecordEntry[]> {
    const { entries } = await this.client.ask(
      (sdk) => sdk.getProcessLogs(this.id, { tail: COMPARED_ENTRIES }),
      unreadable,
    )
    return entries.map(({ sequence, data }) => ({ sequence, bytes: Buffer.from(data, 'base64') }))
  }

  /**
   * Entries of the server's record after one and up to another. In one piece, also where that is megabytes: it is asked for
   * after a loss alone, and while it is read one by one, which takes seconds, the record forgets what comes next.
   */
  async #record(since: number, until: number): Promise<RecordEntry[]> {
    const { entries } = await this.client.ask((sdk) => sdk.getProcessLogs(this.id, { since }), unreadable)
    return entries.flatMap(({ sequence, data }) =>
      sequence <= until ? [{ sequence, bytes: Buffer.from(data, 'base64') }] : [],
    )
  }
}

function unreadable(detail: string): FoundryError {
  return new FoundryError('sandbox', 'The record of the terminal cannot be read.', { detail })
}

function problemOf(error: unknown): FoundryError {
  if (error instanceof FoundryError) return error
  return new FoundryError('sandbox', 'The connection to the terminal was lost.', {
    next: 'Start it again.',
    detail: error instanceof Error ? error.message : String(error),
    cause: error,
  })
}

type Word =
  | { type: 'ready' }
  | { type: 'exit'; exitCode: number | null }
  | { type: 'error'; message: string }
  | { type: 'other' }

function parseWord(text: string): Word {
  const frame: unknown = JSON.parse(text)
  if (typeof frame !== 'object' || frame === null || !('type' in frame)) return { type: 'other' }
  if (frame.type === 'ready') return { type: 'ready' }
  if (frame.type === 'exit')
    return {
      type: 'exit',
      exitCode: 'exitCode' in frame && typeof frame.exitCode === 'number' ? frame.exitCode : null,
    }
  if (frame.type === 'error')
    return { type: 'error', message: 'message' in frame ? String(frame.message) : 'The terminal failed.' }
  return { type: 'other' }
}
