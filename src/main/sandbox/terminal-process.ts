import { FoundryError } from '@shared/errors'
import type { ServerClient } from './server-client'
import { marksEnvironment, PREPARE_MARKS } from './shell-marks'
import type {
  OpenTerminalReader,
  SandboxEndpoint,
  TerminalProcess,
  TerminalReader,
  TerminalRequest,
} from './types'

/**
 * The program waits for this before it begins, so that nothing it prints comes before we listen, and its screen has the
 * size of the window from the first line on. It is the end of a file, which a terminal does not echo.
 */
const GATE = 'read -r _; exec "$@"'
const GO = '\u0004'
/** A shell of the person's choice, as a terminal of theirs would start it. */
const SHELL = `read -r _; for shell in "$SHELL" zsh bash sh; do command -v "$shell" >/dev/null 2>&1 && break; done; ${PREPARE_MARKS}; exec "$shell" -l "$@"`
/**
 * Started by us, as a terminal: also one that we have asked for and not been told of yet, and what a terminal that was
 * started again was before.
 */
export function isTerminal({ args }: { args: readonly string[] }): boolean {
  return args.includes(GATE) || args.includes(SHELL)
}

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
  openReader: OpenTerminalReader,
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
        env: command === null ? { ...request.env, ...marksEnvironment } : request.env,
        tty: true,
        interactive: true,
      }),
    (detail) =>
      new FoundryError('sandbox', 'The terminal could not be started.', {
        next: `Check that the folder ${request.cwd ?? cwd} is there.`,
        detail,
      }),
  )
  const terminal = new ServerTerminal(client, server, id, pid ?? null, request, openReader)
  await terminal.open()
  return terminal
}

/** A terminal of a sandbox-agent server. */
class ServerTerminal implements TerminalProcess {
  #reader: TerminalReader | null = null
  #ready = false
  #ended = false

  constructor(
    private readonly client: ServerClient,
    private readonly server: Server,
    readonly id: string,
    readonly pid: number | null,
    private readonly request: TerminalRequest,
    private readonly openReader: OpenTerminalReader,
  ) {
    server.gone.addEventListener('abort', this.#gone)
  }

  /** @throws FoundryError `sandbox` */
  async open(): Promise<void> {
    const { columns, rows } = this.request
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
    this.resize(columns, rows)
    this.write(GO)
  }

  write(data: string | Uint8Array): void {
    this.#reader?.write(Buffer.from(data))
  }

  resize(columns: number, rows: number): void {
    this.#reader?.resize(columns, rows)
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
    return new Promise((resolve, reject) => {
      this.#reader = this.openReader(
        { baseUrl, token, processId: this.id },
        {
          ready: resolve,
          data: (bytes) => this.request.onData(bytes),
          exit: (exitCode) => {
            if (this.#ended) return
            this.#end()
            this.request.onExit(exitCode)
          },
          failed: (reason) => {
            if (this.#ready) this.#failed(new Error(reason))
            else reject(new Error(reason))
          },
        },
      )
    })
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
    const reader = this.#reader
    this.#reader = null
    reader?.close()
  }
}

function problemOf(error: unknown): FoundryError {
  if (error instanceof FoundryError) return error
  return new FoundryError('sandbox', 'The connection to the terminal was lost.', {
    next: 'Start it again.',
    detail: error instanceof Error ? error.message : String(error),
    cause: error,
  })
}
