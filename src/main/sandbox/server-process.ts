import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { access, constants, stat } from 'node:fs/promises'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { FoundryError } from '@shared/errors'
import type { TaskId } from '@shared/ids'
import { errorCode, readText, sendHttp } from './http'
import type { ProcessRecords } from './process-records'
import { endProcessTree, processStartedAt, SANDBOX_MARKER } from './process-tree'
import type { SandboxEndpoint } from './types'

export interface ServerStart {
  /** The sandbox-agent executable. */
  binary: string
  cwd: string
  environment: Readonly<Record<string, string>>
  /** API keys: in the environment of this server alone, and kept out of its log. */
  keys: Readonly<Record<string, string>>
  taskId: TaskId | null
  role: 'server' | 'catalogue'
  records: ProcessRecords
  log: LogSink
  /** Gives up the start. */
  signal: AbortSignal
}

/** Where the servers' output goes, line by line. */
export interface LogSink {
  write(line: string): void
}

const HEALTHY_WITHIN_MS = 15_000
const LOOK_MS = 10
/** Another program may take the port between our look and the server's. */
const PORT_ATTEMPTS = 3
const TAIL_CHARACTERS = 8000

/**
 * How the server is told to behave. Its request timeout is short on purpose: after it, the server waits for
 * the agent's end as well as for its answer and so can tell an agent's last words at once (`acp-fetch.ts`
 * takes late answers from the stream). A session never installs an agent by the way: that is asked for.
 */
const SERVER_SETTINGS = {
  SANDBOX_AGENT_ACP_REQUEST_TIMEOUT_MS: '1000',
  SANDBOX_AGENT_REQUIRE_PREINSTALL: '1',
  SANDBOX_AGENT_LOG_STDOUT: '1',
}

/** One running sandbox-agent server, ours from its start to the end of everything it started. */
export class ServerProcess {
  readonly endpoint: SandboxEndpoint
  readonly #gone = new AbortController()
  readonly #child: ChildProcess
  readonly #id: string
  readonly #pid: number
  readonly #startedAt: string | null
  readonly #records: ProcessRecords
  readonly #output: Output
  #ending: Promise<void> | null = null

  private constructor(
    child: ChildProcess,
    pid: number,
    startedAt: string | null,
    start: {
      id: string
      endpoint: SandboxEndpoint
      records: ProcessRecords
      output: Output
      exit: Promise<string>
    },
  ) {
    this.#child = child
    this.#pid = pid
    this.#startedAt = startedAt
    this.#id = start.id
    this.#records = start.records
    this.#output = start.output
    this.endpoint = start.endpoint
    void this.#watch(start.exit)
  }

  /**
   * Starts a server and waits until it answers.
   *
   * @throws FoundryError of kind `sandbox` or `disk_full`, with the server's own words as detail
   */
  static async start(start: ServerStart): Promise<ServerProcess> {
    await requireFolder(start.cwd)
    await requireExecutable(start.binary)
    for (let attempt = 1; ; attempt++) {
      const server = await ServerProcess.#spawn(start)
      try {
        await server.#healthy(start.signal)
        return server
      } catch (error) {
        await server.stop(new FoundryError('sandbox', 'The sandbox server did not start.'))
        if (!server.#output.portTaken || attempt === PORT_ATTEMPTS) throw error
      }
    }
  }

  static async #spawn(start: ServerStart): Promise<ServerProcess> {
    const port = await freePort().catch((error: unknown) => {
      throw spawnError(start.binary, error)
    })
    const token = randomBytes(32).toString('hex')
    const id = randomUUID()
    const output = new Output(start.log, start.taskId ?? start.role, [token, ...Object.values(start.keys)])
    const child = spawn(
      start.binary,
      ['server', '--host', '127.0.0.1', '--port', String(port), '--token', token, '--no-telemetry'],
      {
        cwd: start.cwd,
        env: { ...start.environment, ...start.keys, ...SERVER_SETTINGS, [SANDBOX_MARKER]: id },
        stdio: ['ignore', 'pipe', 'pipe'],
        // A process group of its own, so that it and its agents can be ended together.
        detached: process.platform !== 'win32',
        windowsHide: true,
      },
    )
    // From the first moment: a server that dies at once must not do so unseen.
    const exit = new Promise<string>((resolve) => {
      child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`))
    })
    child.on('error', (error) => start.log.write(`[${start.taskId ?? start.role}] ${String(error)}`))
    try {
      await once(child, 'spawn')
    } catch (error) {
      throw spawnError(start.binary, error)
    }
    const { pid, stdout, stderr } = child
    if (pid === undefined || stdout === null || stderr === null)
      throw new FoundryError('internal', 'A process started without a pid or output.')
    output.read(stdout)
    output.read(stderr)
    const startedAt = await processStartedAt(pid)
    const server = new ServerProcess(child, pid, startedAt, {
      id,
      endpoint: { baseUrl: `http://127.0.0.1:${port}`, token },
      records: start.records,
      output,
      exit,
    })
    try {
      start.records.add({ id, taskId: start.taskId, role: start.role, pid, pidStartedAt: startedAt })
    } catch (error) {
      // A server nobody would find after a crash must not run.
      await server.stop(new FoundryError('sandbox', 'The sandbox server could not be recorded.'))
      throw error
    }
    return server
  }

  /** Aborted when the server is gone; the reason is a `FoundryError` with its last words. */
  get gone(): AbortSignal {
    return this.#gone.signal
  }

  /** Ends the server and everything it started. Resolves when no process of it is left. */
  stop(reason: FoundryError): Promise<void> {
    this.#gone.abort(reason)
    this.#ending ??= this.#end()
    return this.#ending
  }

  async #end(): Promise<void> {
    await endProcessTree({
      pid: this.#pid,
      startedAt: this.#startedAt,
      marker: this.#id,
      startedByUs: true,
    })
    this.#child.stdout?.destroy()
    this.#child.stderr?.destroy()
    this.#records.remove(this.#id)
  }

  async #watch(exit: Promise<string>): Promise<void> {
    const how = await exit
    if (this.gone.aborted) return
    // Its last words are still in the pipe when the exit is told.
    await this.#output.ended
    const reason = new FoundryError('sandbox', `The sandbox server ended unexpectedly (${how}).`, {
      next: 'Try again: it is started anew.',
      detail: this.#output.tail,
    })
    try {
      await this.stop(reason)
    } catch (error) {
      this.#output.note(`what the server left behind could not be ended: ${String(error)}`)
    }
  }

  async #healthy(signal: AbortSignal): Promise<void> {
    const limit = AbortSignal.timeout(HEALTHY_WITHIN_MS)
    const over = AbortSignal.any([this.gone, signal, limit])
    const { baseUrl, token } = this.endpoint
    let last = ''
    while (!over.aborted) {
      try {
        const headers = { authorization: `Bearer ${token}` }
        const answer = await sendHttp(`${baseUrl}/v1/health`, { method: 'GET', headers, signal: over })
        await readText(answer.body)
        // Another program on this port could answer too, but not for our token while our server lives.
        if (answer.status === 200) return
      } catch (error) {
        // It does not listen yet. Whatever else it may be is told when the wait is over.
        last = String(error)
      }
      await sleep(LOOK_MS)
    }
    this.gone.throwIfAborted()
    signal.throwIfAborted()
    throw new FoundryError('sandbox', 'The sandbox server did not answer within 15 s of its start.', {
      next: 'Try again. If it fails again, look for what slows this computer down.',
      detail: `${this.#output.tail}\n${last}`.trim(),
    })
  }
}

/** What a server prints: into the log without secrets, and its end kept for error messages. */
class Output {
  #tail = ''
  #open = 0
  #markEnded: () => void = () => undefined
  readonly #ended = new Promise<void>((resolve) => {
    this.#markEnded = resolve
  })

  constructor(
    private readonly log: LogSink,
    private readonly name: string,
    private readonly secrets: string[],
  ) {}

  read(stream: NodeJS.ReadableStream): void {
    this.#open++
    let rest = ''
    stream.setEncoding('utf8')
    stream.on('data', (text: string) => {
      const lines = (rest + text).split('\n')
      rest = (lines.pop() ?? '').slice(0, TAIL_CHARACTERS)
      for (const line of lines) this.#line(line)
    })
    // A pipe that breaks has nothing more to tell than one that ends; 'close' follows either way.
    stream.on('error', () => undefined)
    stream.on('close', () => {
      if (rest !== '') this.#line(rest)
      if (--this.#open === 0) this.#markEnded()
    })
  }

  /** Resolves when nothing more will come, or when an orphan keeps the pipe open for longer than a moment. */
  get ended(): Promise<unknown> {
    return Promise.race([this.#ended, sleep(500, undefined, { ref: false })])
  }

  get tail(): string {
    return this.#tail.trim()
  }

  get portTaken(): boolean {
    return /address (already )?in use/i.test(this.#tail)
  }

  note(line: string): void {
    this.log.write(`[${this.name}] ${line}`)
  }

  #line(line: string): void {
    let clean = line
    for (const secret of this.secrets) clean = clean.replaceAll(secret, '[secret]')
    this.#tail = `${this.#tail}${clean}\n`.slice(-TAIL_CHARACTERS)
    this.note(clean)
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string')
    throw new FoundryError('internal', 'A listening socket told no port.')
  return address.port
}

async function requireFolder(cwd: string): Promise<void> {
  try {
    if ((await stat(cwd)).isDirectory()) return
  } catch (error) {
    if (errorCode(error) !== 'ENOENT' && errorCode(error) !== 'ENOTDIR')
      throw new FoundryError('sandbox', `The folder ${cwd} cannot be entered.`, {
        next: 'Check its permissions, then try again.',
        detail: String(error),
        cause: error,
      })
  }
  throw new FoundryError('sandbox', `The folder ${cwd} is not there.`, {
    next: 'Put it back, or start a new task.',
  })
}

async function requireExecutable(binary: string): Promise<void> {
  try {
    await access(binary, constants.X_OK)
  } catch (error) {
    throw spawnError(binary, error)
  }
}

function spawnError(binary: string, error: unknown): FoundryError {
  const more = { detail: String(error), cause: error }
  switch (errorCode(error) ?? '') {
    case 'ENOENT':
      return new FoundryError('sandbox', `The sandbox server is missing: ${binary}`, {
        ...more,
        next: 'Install Foundry again.',
      })
    case 'EACCES':
    case 'EPERM':
      return new FoundryError('sandbox', `The sandbox server may not be run: ${binary}`, {
        ...more,
        next: 'Check its permissions and whether security software blocks it, or install Foundry again.',
      })
    case 'ENOSPC':
      return new FoundryError('disk_full', 'The disk is full: the sandbox server could not be started.', {
        ...more,
        next: 'Free some space, then try again.',
      })
    case 'EMFILE':
    case 'ENFILE':
    case 'EAGAIN':
    case 'ENOMEM':
      return new FoundryError('sandbox', 'This computer has no room for another process now.', {
        ...more,
        next: 'Close some programs or tasks, then try again.',
      })
    default:
      return new FoundryError('sandbox', `The sandbox server could not be started: ${binary}`, more)
  }
}
