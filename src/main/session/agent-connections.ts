import type { AgentId } from '@shared/domain'
import type { AgentAccess, Sandbox, SandboxEndpoint } from '../sandbox/types'
import type { AgentConnection, Log } from './agent-connection'
import type { Clock } from './clock'

/** A session's hold on a connection it shares with the others of its agent and sandbox. */
export interface ConnectionHold {
  readonly connection: AgentConnection
  /** The last one to let go ends the agent. */
  release(): void
}

interface Entry {
  readonly opening: Promise<AgentConnection>
  holds: number
}

/**
 * One connection per server and agent, opened when the first session needs it. A lease brings a new `Sandbox`
 * each time; the endpoint is the same for as long as its server runs.
 */
export class AgentConnections {
  readonly #byServer = new Map<SandboxEndpoint, Map<AgentId, Entry>>()
  readonly #options: { version: string; log: Log; agentName(agentId: AgentId): string }

  constructor(options: { version: string; log: Log; agentName(agentId: AgentId): string }) {
    this.#options = options
  }

  /** @throws FoundryError with the agent's own words when it cannot be started */
  async hold(sandbox: Sandbox, agentId: AgentId): Promise<ConnectionHold> {
    const access = await sandbox.forAgent(agentId)
    const server = access.endpoint
    const entry = this.#entry(access, sandbox.cwd, agentId)
    entry.holds += 1
    let connection: AgentConnection
    try {
      connection = await entry.opening
    } catch (error) {
      this.#forget(server, agentId, entry)
      throw error
    }
    let held = true
    return {
      connection,
      release: () => {
        if (!held) return
        held = false
        entry.holds -= 1
        if (entry.holds > 0) return
        this.#forget(server, agentId, entry)
        connection
          .end()
          .catch((error: unknown) => this.#options.log.error('ending an agent connection', error))
      },
    }
  }

  /** Ends all agents, those too that are still starting; whoever does not go in time goes with its server. */
  async endAll(limitMs: number, clock: Clock): Promise<void> {
    const entries = [...this.#byServer.values()].flatMap((agents) => [...agents.values()])
    this.#byServer.clear()
    let cancel = (): void => {}
    const overdue = new Promise<void>((resolve) => {
      cancel = clock.after(limitMs, resolve)
    })
    await Promise.race([overdue, Promise.all(entries.map((entry) => this.#end(entry)))])
    cancel()
  }

  async #end(entry: Entry): Promise<void> {
    try {
      await (await entry.opening).end()
    } catch (error) {
      // An agent that never started has nothing to end; its session was told why.
      this.#options.log.debug(`ending an agent: ${String(error)}`)
    }
  }

  #entry(access: AgentAccess, cwd: string, agentId: AgentId): Entry {
    const server = access.endpoint
    const agents = this.#byServer.get(server) ?? new Map<AgentId, Entry>()
    this.#byServer.set(server, agents)
    const existing = agents.get(agentId)
    if (existing !== undefined) return existing
    const { version, log, agentName } = this.#options
    // What speaks with agents is read with the first of them.
    const opening = import('./agent-connection').then((module) =>
      module.AgentConnection.open({
        access,
        cwd,
        agentId,
        agentName: agentName(agentId),
        version,
        log,
      }),
    )
    const entry: Entry = { opening, holds: 0 }
    agents.set(agentId, entry)
    opening.then(
      (connection) => {
        const forget = (): void => this.#forget(server, agentId, entry)
        if (connection.lost.aborted) forget()
        else connection.lost.addEventListener('abort', forget, { once: true })
      },
      // Whoever waits for it hears of the failure.
      () => this.#forget(server, agentId, entry),
    )
    return entry
  }

  /** The next session that needs this agent opens a new connection. */
  #forget(server: SandboxEndpoint, agentId: AgentId, entry: Entry): void {
    const agents = this.#byServer.get(server)
    if (agents?.get(agentId) !== entry) return
    agents.delete(agentId)
    if (agents.size === 0) this.#byServer.delete(server)
  }
}
