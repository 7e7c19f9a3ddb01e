import { createHash } from 'node:crypto'
import type { AgentId } from '@shared/domain'
import { FoundryError } from '@shared/errors'
import type { TaskId } from '@shared/ids'
import { allowedEnvironment, type Environment, inheritedKeys } from './environment'
import type { ProcessRecords } from './process-records'
import { type Schedule, scheduleTimer } from './schedule'
import { ServerClient } from './server-client'
import { runShell } from './shell-run'
import { type LogSink, ServerProcess } from './server-process'
import { openTerminal } from './terminal-process'
import type {
  AgentAccess,
  AgentKeys,
  OpenTerminalReader,
  ProcessRequest,
  Sandbox,
  SandboxEvents,
  SandboxLease,
  TerminalProcess,
  TerminalRequest,
} from './types'

export interface LocalProviderOptions {
  /** The sandbox-agent executable. */
  binary: string
  /** The environment of the person's terminal (see `ShellEnvironment`); only its allow-listed part is used. */
  environment: () => Promise<Environment>
  agentKeys: AgentKeys
  records: ProcessRecords
  log: LogSink
  events: Pick<SandboxEvents, 'serverChanged'>
  /** Minutes without a lease after which a task's servers are stopped. Read each time the wait begins. */
  idleMinutes: () => number
  /** How terminals are read. */
  openReader?: OpenTerminalReader
  /** A timer of this process when absent. */
  schedule?: Schedule
}

/** The server without any agent's key: everything but agents that have keys runs here. */
const WITHOUT_KEYS = ''

interface TaskServers {
  readonly taskId: TaskId
  leases: number
  /** The server without keys answers now. */
  running: boolean
  cancelIdle: (() => void) | null
  /** By the keys they carry; a start under way is in here too, so that callers join it. */
  readonly servers: Map<string, Promise<ServerProcess>>
  /** Aborts starts under way when the task's servers are stopped. */
  starts: AbortController
  stopping: Promise<void> | null
}

/**
 * The local provider: sandbox-agent servers on this machine, working in the task's own checkout.
 *
 * A task has one server, started when it is first needed, and one more for each agent that has API keys.
 * A server passes its whole environment on to every agent it starts, so a key given to a shared server would
 * be every agent's; a launcher that adds the key would have to lie in the agents' shared home, on disk. An
 * own server costs 70 ms and 10 MB and needs nothing on disk. Changed keys mean another server for sessions
 * that start from then on; the old one ends with the task's idle time. (Agents of one person can still look
 * at each other's processes: that is the operating system's boundary, not ours.)
 *
 * Nothing runs for a task nobody has open: no server, no timer.
 */
export class LocalProvider {
  readonly name = 'local'
  readonly #tasks = new Map<TaskId, TaskServers>()
  /** One object for one server, however many leases: users keep what they opened there by it. */
  readonly #sandboxes = new WeakMap<ServerProcess, Sandbox>()
  readonly #schedule: Schedule
  #quitting = false

  constructor(private readonly options: LocalProviderOptions) {
    this.#schedule = options.schedule ?? scheduleTimer
  }

  /**
   * The task's sandbox with its server running, kept from being stopped until the lease is released. Callers at
   * the same time share one start; after the server died, the next call starts another.
   *
   * @throws FoundryError of kind `sandbox` or `disk_full`
   */
  async acquire(taskId: TaskId, cwd: string): Promise<SandboxLease> {
    const task = this.#task(taskId)
    task.leases++
    task.cancelIdle?.()
    task.cancelIdle = null
    let released = false
    const release = (): void => {
      if (released) return
      released = true
      task.leases--
      this.#waitForIdle(task)
    }
    try {
      const server = await this.#server(taskId, WITHOUT_KEYS, cwd, {})
      return { sandbox: this.#sandbox(taskId, server, cwd), release }
    } catch (error) {
      release()
      throw error
    }
  }

  /** Whether the task's server runs now. */
  isRunning(taskId: TaskId): boolean {
    return this.#tasks.get(taskId)?.running === true
  }

  /** Ends the task's servers and all they started, leased or not. */
  async stop(taskId: TaskId): Promise<void> {
    const task = this.#tasks.get(taskId)
    if (task !== undefined) await this.#stop(task, new FoundryError('sandbox', 'The sandbox was stopped.'))
  }

  /** Ends everything, for quitting: no process of any sandbox is left, and none is started any more. */
  async stopAll(): Promise<void> {
    this.#quitting = true
    const reason = new FoundryError('sandbox', 'The sandbox was stopped because Foundry quits.')
    await Promise.all(Array.from(this.#tasks.values(), (task) => this.#stop(task, reason)))
  }

  #task(taskId: TaskId): TaskServers {
    let task = this.#tasks.get(taskId)
    if (task === undefined) {
      task = {
        taskId,
        leases: 0,
        running: false,
        cancelIdle: null,
        servers: new Map(),
        starts: new AbortController(),
        stopping: null,
      }
      this.#tasks.set(taskId, task)
    }
    return task
  }

  async #server(
    taskId: TaskId,
    name: string,
    cwd: string,
    keys: Record<string, string>,
  ): Promise<ServerProcess> {
    let task = this.#task(taskId)
    while (task.stopping !== null) {
      await task.stopping
      // What was stopped may be forgotten by now.
      task = this.#task(taskId)
    }
    if (this.#quitting) throw new FoundryError('sandbox', 'No sandbox is started while Foundry quits.')
    const running = task.servers.get(name)
    if (running !== undefined) return running
    const start = this.#start(task, cwd, keys)
    task.servers.set(name, start)
    const forget = (): void => {
      if (task.servers.get(name) === start) task.servers.delete(name)
    }
    try {
      const server = await start
      server.gone.addEventListener('abort', () => {
        forget()
        if (name !== WITHOUT_KEYS) return
        task.running = false
        const reason: unknown = server.gone.reason
        const died = task.stopping === null
        this.options.events.serverChanged(task.taskId, 'stopped', died ? problemOf(reason) : null)
      })
      // It may have died between its first answer and here.
      server.gone.throwIfAborted()
      if (name === WITHOUT_KEYS) {
        task.running = true
        this.options.events.serverChanged(task.taskId, 'running', null)
      }
      this.#waitForIdle(task)
      return server
    } catch (error) {
      forget()
      throw error
    }
  }

  async #start(task: TaskServers, cwd: string, keys: Record<string, string>): Promise<ServerProcess> {
    const { signal } = task.starts
    const environment = allowedEnvironment(await this.options.environment())
    signal.throwIfAborted()
    return ServerProcess.start({
      binary: this.options.binary,
      cwd,
      environment,
      keys,
      taskId: task.taskId,
      role: 'server',
      records: this.options.records,
      log: this.options.log,
      signal,
    })
  }

  async #forAgent(taskId: TaskId, cwd: string, agentId: AgentId): Promise<ServerProcess> {
    const inherited = inheritedKeys(agentId, await this.options.environment())
    const keys = { ...inherited, ...(await this.options.agentKeys(agentId)) }
    const name = Object.keys(keys).length === 0 ? WITHOUT_KEYS : `${agentId} ${fingerprint(keys)}`
    return this.#server(taskId, name, cwd, keys)
  }

  #sandbox(taskId: TaskId, server: ServerProcess, cwd: string): Sandbox {
    const existing = this.#sandboxes.get(server)
    if (existing !== undefined) return existing
    const client = new ServerClient(server.endpoint, server.gone, cwd)
    const sandbox: Sandbox = {
      taskId,
      provider: this.name,
      cwd,
      endpoint: server.endpoint,
      gone: server.gone,
      forAgent: async (agentId): Promise<AgentAccess> => {
        const { endpoint, gone } = await this.#forAgent(taskId, cwd, agentId)
        return { endpoint, gone }
      },
      run: (request: ProcessRequest) => client.run(request),
      runShell: (request) => runShell(client, server, cwd, request),
      openTerminal: (request) => this.#openTerminal(client, server, cwd, request),
      processes: () => client.processes(),
      endProcess: (id, force) => client.endProcess(id, force),
      processOutput: (id, pieces) => client.processOutput(id, pieces),
      readFile: (path) => client.readFile(path),
      kindOf: (path) => client.kindOf(path),
      writeFile: (path, content) => client.writeFile(path, content),
      touch: () => {
        const task = this.#tasks.get(taskId)
        if (task !== undefined) this.#waitForIdle(task)
      },
    }
    this.#sandboxes.set(server, sandbox)
    return sandbox
  }

  #openTerminal(
    client: ServerClient,
    server: ServerProcess,
    cwd: string,
    request: TerminalRequest,
  ): Promise<TerminalProcess> {
    const { openReader } = this.options
    if (openReader === undefined) throw new FoundryError('unsupported', 'There are no terminals here.')
    return openTerminal(client, server, cwd, request, openReader)
  }

  /** Begins the wait anew, if nobody holds a lease and there is something to stop. */
  #waitForIdle(task: TaskServers): void {
    task.cancelIdle?.()
    task.cancelIdle = null
    if (task.leases > 0) return
    if (task.servers.size === 0) return this.#forgetIdle(task)
    task.cancelIdle = this.#schedule(this.options.idleMinutes() * 60_000, () => {
      task.cancelIdle = null
      if (task.leases > 0) return
      const reason = new FoundryError('sandbox', 'The sandbox was stopped because nobody used it.')
      this.#stop(task, reason).catch((error: unknown) => {
        this.options.log.write(`[${task.taskId}] stopping an idle server failed: ${String(error)}`)
      })
    })
  }

  #stop(task: TaskServers, reason: FoundryError): Promise<void> {
    task.stopping ??= this.#end(task, reason).finally(() => {
      task.stopping = null
      task.starts = new AbortController()
      this.#forgetIdle(task)
    })
    return task.stopping
  }

  #forgetIdle(task: TaskServers): void {
    const idle = task.leases === 0 && task.servers.size === 0 && task.stopping === null
    if (idle && this.#tasks.get(task.taskId) === task) this.#tasks.delete(task.taskId)
  }

  async #end(task: TaskServers, reason: FoundryError): Promise<void> {
    task.cancelIdle?.()
    task.cancelIdle = null
    task.starts.abort(reason)
    const servers = await Promise.allSettled(task.servers.values())
    // A start that failed has cleaned up behind itself and told whoever waited for it.
    await Promise.all(
      servers.map(async (server) => {
        if (server.status === 'fulfilled') await server.value.stop(reason)
      }),
    )
  }
}

function problemOf(reason: unknown): string {
  if (!(reason instanceof FoundryError)) return String(reason)
  return reason.detail === undefined || reason.detail === ''
    ? reason.message
    : `${reason.message}\n${reason.detail}`
}

function fingerprint(keys: Record<string, string>): string {
  const sorted = Object.entries(keys).sort(([a], [b]) => (a < b ? -1 : 1))
  return createHash('sha256').update(JSON.stringify(sorted)).digest('hex')
}
