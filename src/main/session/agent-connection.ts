import { randomUUID } from 'node:crypto'
import {
  AcpHttpClient,
  type AnyMessage,
  type InitializeResponse,
  type RequestPermissionRequest,
} from 'acp-http-client'
import type { AgentId, Usage } from '@shared/domain'
import { FoundryError } from '@shared/errors'
import { acpError, createAcpFetch } from '../sandbox/acp-fetch'
import { endedUnheard } from '../sandbox/problem'
import type { AgentAccess } from '../sandbox/types'
import { readAgentOptions, readConfigOptions, type AgentOptions, type OptionSetter } from './agent-options'
import { asLine, asList, asText, isRecord } from './hostile'
import type { PromptAbilities, PromptBlock } from './prompt-context'
import { usageOf } from './usage'

/** What an agent says to one of its sessions. Called in the order of the agent's stream. */
export interface AgentSessionHandlers {
  /** An ACP `SessionUpdate`, of any shape. */
  update(update: Record<string, unknown>): void
  /** Resolves with the id of the option a person chose, or null when the request was cancelled. */
  permission(request: RequestPermissionRequest): Promise<string | null>
  /** So many messages of the agent were lost on the way. */
  eventsLost(count: number): void
}

export interface AgentConnectionOptions {
  /** Where this agent is reached, with the keys it has. */
  access: AgentAccess
  /** The checkout the agent works in. */
  cwd: string
  agentId: AgentId
  /** As people know the agent. */
  agentName: string
  version: string
  log: Log
}

export interface Log {
  debug(message: string): void
  warn(message: string): void
  error(message: string, error: unknown): void
}

export interface PromptOutcome {
  stopReason: string
  usage: Usage | null
}

/** What a session's updates mean now: while it is loaded the agent repeats what we have. */
type Phase = 'loading' | 'loaded' | 'live'

/** Updates that describe the session as it is, rather than something that happened in it. */
const STATE_UPDATES = new Set([
  'available_commands_update',
  'current_mode_update',
  'config_option_update',
  'session_info_update',
  'usage_update',
])
/**
 * How often an agent that cannot be heard is started before that is what a person is told. One that ends at once is not
 * heard in every start; each takes some 50 to 80 ms.
 */
const STARTS_TO_HEAR = 8
/** Updates of a session whose `session/new` was not answered yet, kept until it is. */
const EARLY_UPDATES = 1000

/**
 * One connection to one agent in one sandbox; it carries all sessions that the agent has there. Rejections are
 * `FoundryError`s with the agent's own words.
 */
export class AgentConnection {
  readonly #options: AgentConnectionOptions
  readonly #client: AcpHttpClient
  readonly #lost = new AbortController()
  readonly #sessions = new Map<string, { handlers: AgentSessionHandlers; phase: Phase }>()
  /** Requests of ours that wait for their answer, as far as the order of updates depends on them. */
  readonly #loads = new Map<string | number, string>()
  #early: { sessionId: string; update: Record<string, unknown> }[] = []
  #starting = 0
  #capabilities: InitializeResponse = { protocolVersion: 1 }

  private constructor(options: AgentConnectionOptions) {
    this.#options = options
    const { access, agentId } = options
    const fetcher = createAcpFetch(access.endpoint, access.gone, { onEnded: (error) => this.#end(error) })
    this.#client = new AcpHttpClient({
      baseUrl: access.endpoint.baseUrl,
      token: access.endpoint.token,
      fetch: fetcher,
      transport: { path: `/v1/acp/${randomUUID()}`, bootstrapQuery: { agent: agentId } },
      client: { requestPermission: (request) => this.#permission(request) },
      // Updates are taken here rather than from the client's handler, which refuses shapes it does not know
      // and comes later than the answers around it.
      onEnvelope: (envelope, direction) => this.#observe(envelope, direction),
    })
  }

  /** Starts the agent and agrees on the protocol. */
  static async open(options: AgentConnectionOptions): Promise<AgentConnection> {
    for (let start = 1; ; start++) {
      try {
        return await AgentConnection.#start(options)
      } catch (error) {
        // It is started again only to hear what it says: one that ends at once may be gone before the server
        // listens, and its own words are all a person has to go by.
        if (start === STARTS_TO_HEAR || !endedUnheard(error)) throw error
        options.log.debug(`${options.agentName} ended before it was heard, in start ${start}`)
      }
    }
  }

  static async #start(options: AgentConnectionOptions): Promise<AgentConnection> {
    const connection = new AgentConnection(options)
    try {
      connection.#capabilities = await connection.#call(
        connection.#client.initialize({
          clientInfo: { name: 'foundry', title: 'Foundry', version: options.version },
          clientCapabilities: { fs: { readTextFile: false, writeTextFile: false }, terminal: false },
        }),
      )
      return connection
    } catch (error) {
      await connection.end()
      throw error
    }
  }

  /** Aborted with a `FoundryError` when the connection is lost or was ended. */
  get lost(): AbortSignal {
    return this.#lost.signal
  }

  get agentId(): AgentId {
    return this.#options.agentId
  }

  /** How this agent gets back to an earlier session, if at all. */
  get restore(): 'load' | 'resume' | null {
    const { agentCapabilities } = this.#capabilities
    if (agentCapabilities?.loadSession === true) return 'load'
    return agentCapabilities?.sessionCapabilities?.resume == null ? null : 'resume'
  }

  get sessionCount(): number {
    return this.#sessions.size + this.#starting
  }

  async newSession(
    handlers: AgentSessionHandlers,
  ): Promise<{ agentSessionId: string; options: AgentOptions }> {
    this.#starting += 1
    try {
      const response = await this.#call(this.#client.newSession({ cwd: this.#options.cwd, mcpServers: [] }))
      const agentSessionId = asText(response.sessionId)
      if (agentSessionId === null || agentSessionId === '')
        throw new FoundryError('agent', `${this.#options.agentName} started a session without an id.`)
      this.#attach(agentSessionId, handlers)
      return { agentSessionId, options: readAgentOptions(response) }
    } finally {
      this.#starting -= 1
      if (this.#starting === 0) this.#early = []
    }
  }

  /** Gets an earlier session back, as `restore` says. What the agent repeats of it is swallowed. */
  async restoreSession(agentSessionId: string, handlers: AgentSessionHandlers): Promise<AgentOptions> {
    this.#sessions.set(agentSessionId, { handlers, phase: 'loading' })
    const request = { sessionId: agentSessionId, cwd: this.#options.cwd, mcpServers: [] }
    try {
      const call =
        this.restore === 'load'
          ? this.#client.loadSession(request)
          : this.#client.unstableResumeSession(request)
      const options = readAgentOptions(await this.#call<unknown>(call))
      const session = this.#sessions.get(agentSessionId)
      if (session?.phase === 'loading') session.phase = 'loaded'
      return options
    } catch (error) {
      this.#sessions.delete(agentSessionId)
      throw error
    }
  }

  /** Whether the agent can make a session of another one that it remembers. */
  get canFork(): boolean {
    return this.#capabilities.agentCapabilities?.sessionCapabilities?.fork != null
  }

  /** A new session that knows what the other one does. What the agent repeats of it is swallowed. */
  async forkSession(
    agentSessionId: string,
    handlers: AgentSessionHandlers,
  ): Promise<{ agentSessionId: string; options: AgentOptions }> {
    const request = { sessionId: agentSessionId, cwd: this.#options.cwd, mcpServers: [] }
    const response = await this.#call<unknown>(this.#client.unstableForkSession(request))
    const forked = isRecord(response) ? asText(response['sessionId']) : null
    if (forked === null || forked === '' || forked === agentSessionId)
      throw new FoundryError('agent', `${this.#options.agentName} forked a session without a new id.`)
    this.#sessions.set(forked, { handlers, phase: 'loaded' })
    return { agentSessionId: forked, options: readAgentOptions(response) }
  }

  get abilities(): PromptAbilities {
    const { promptCapabilities } = this.#capabilities.agentCapabilities ?? {}
    return {
      image: promptCapabilities?.image === true,
      embeddedContext: promptCapabilities?.embeddedContext === true,
    }
  }

  /** One turn. Takes as long as it takes. */
  async prompt(agentSessionId: string, prompt: PromptBlock[]): Promise<PromptOutcome> {
    const session = this.#sessions.get(agentSessionId)
    if (session !== undefined) session.phase = 'live'
    const response = await this.#call<unknown>(this.#client.prompt({ sessionId: agentSessionId, prompt }))
    const fields = isRecord(response) ? response : {}
    return { stopReason: asLine(fields['stopReason'], 100) ?? 'end_turn', usage: usageOf(fields['usage']) }
  }

  /** Asks for the end of the running turn; `prompt` then resolves. */
  async cancel(agentSessionId: string): Promise<void> {
    await this.#call(this.#client.cancel({ sessionId: agentSessionId }))
  }

  /** Returns the options as they are afterwards, where the agent says so. */
  async setOption(
    agentSessionId: string,
    setter: OptionSetter,
    optionId: string,
    value: string,
  ): Promise<AgentOptions | null> {
    const sessionId = agentSessionId
    switch (setter) {
      case 'mode':
        await this.#call(this.#client.setSessionMode({ sessionId, modeId: value }))
        return null
      case 'model':
        await this.#call(this.#client.unstableSetSessionModel({ sessionId, modelId: value }))
        return null
      case 'config':
      case 'config_boolean': {
        const request = { sessionId, configId: optionId }
        const response = await this.#call<unknown>(
          this.#client.setSessionConfigOption(
            setter === 'config'
              ? { ...request, value }
              : { ...request, type: 'boolean', value: value === 'true' },
          ),
        )
        const answered = isRecord(response) ? readConfigOptions(response['configOptions']) : null
        return answered === null || answered.options.length === 0 ? null : answered
      }
    }
  }

  /** Ends a session here; the agent forgets it where it can. Others on this connection go on. */
  async closeSession(agentSessionId: string): Promise<void> {
    if (!this.#sessions.delete(agentSessionId)) return
    if (this.#capabilities.agentCapabilities?.sessionCapabilities?.close == null || this.lost.aborted) return
    await this.#call(this.#client.clientSideConnection.unstable_closeSession({ sessionId: agentSessionId }))
  }

  /** Lets go of the agent, which ends it. */
  async end(reason?: FoundryError): Promise<void> {
    this.#end(
      reason ?? new FoundryError('cancelled', `The connection to ${this.#options.agentName} was ended.`),
    )
    await this.#client.disconnect()
  }

  #end(error: FoundryError): void {
    if (this.#lost.signal.aborted) return
    this.#lost.abort(error)
    void this.#disconnect()
  }

  /** Without this the client's stream stays open and waits for ever. */
  async #disconnect(): Promise<void> {
    try {
      await this.#client.disconnect()
    } catch (failure) {
      this.#options.log.error('disconnecting from an agent', failure)
    }
  }

  #attach(agentSessionId: string, handlers: AgentSessionHandlers): void {
    this.#sessions.set(agentSessionId, { handlers, phase: 'live' })
    const early = this.#early
    this.#early = early.filter((entry) => entry.sessionId !== agentSessionId)
    for (const entry of early)
      if (entry.sessionId === agentSessionId) this.#deliver(agentSessionId, entry.update)
  }

  /** Never throws: that would end the stream for all sessions of the connection. */
  #observe(envelope: AnyMessage, direction: 'inbound' | 'outbound'): void {
    try {
      const message: unknown = envelope
      if (!isRecord(message)) return
      if (direction === 'outbound') this.#observeOutbound(message)
      else this.#observeInbound(message)
    } catch (error) {
      this.#options.log.error(`a message of ${this.#options.agentName} could not be handled`, error)
    }
  }

  #observeOutbound(message: Record<string, unknown>): void {
    const { id, method, params } = message
    if (method !== 'session/load' && method !== 'session/resume') return
    const sessionId = isRecord(params) ? asText(params['sessionId']) : null
    if (sessionId !== null && (typeof id === 'number' || typeof id === 'string'))
      this.#loads.set(id, sessionId)
  }

  #observeInbound(message: Record<string, unknown>): void {
    const { id, method } = message
    const params = isRecord(message['params']) ? message['params'] : {}
    if (method === undefined && (typeof id === 'number' || typeof id === 'string')) {
      const loaded = this.#loads.get(id)
      if (loaded === undefined) return
      this.#loads.delete(id)
      const session = this.#sessions.get(loaded)
      if (session !== undefined) session.phase = 'loaded'
    } else if (method === 'session/update') {
      this.#takeUpdate(params)
    } else if (method === '_adapter/invalid_stdout') {
      // The server refuses JSON with half a surrogate pair, which agents that cut text by length do send.
      const refused = parseJson(asText(params['raw']) ?? '')
      if (isRecord(refused) && refused['method'] === 'session/update' && isRecord(refused['params']))
        this.#takeUpdate(refused['params'])
      else this.#options.log.debug(`${this.#options.agentName} printed a line that is no message`)
    } else if (method === '_foundry/events_lost') {
      const count = typeof params['count'] === 'number' ? params['count'] : 1
      for (const session of this.#sessions.values()) session.handlers.eventsLost(count)
    }
  }

  #takeUpdate(params: Record<string, unknown>): void {
    const sessionId = asText(params['sessionId'])
    if (sessionId !== null && isRecord(params['update'])) this.#deliver(sessionId, params['update'])
    else this.#options.log.warn(`${this.#options.agentName} sent an update of an unknown shape`)
  }

  #deliver(sessionId: string, update: Record<string, unknown>): void {
    const session = this.#sessions.get(sessionId)
    if (session === undefined) {
      if (this.#starting > 0 && this.#early.length < EARLY_UPDATES) this.#early.push({ sessionId, update })
      else this.#options.log.debug(`${this.#options.agentName} sent an update for a session that is not open`)
      return
    }
    // Some agents go on repeating after their answer: nothing new happens in a session before its next prompt.
    if (session.phase !== 'live' && !STATE_UPDATES.has(String(update['sessionUpdate']))) return
    session.handlers.update(update)
  }

  async #permission(
    request: RequestPermissionRequest,
  ): Promise<{ outcome: { outcome: 'cancelled' } } | { outcome: { outcome: 'selected'; optionId: string } }> {
    const session = this.#sessions.get(request.sessionId)
    const optionId = session === undefined ? null : await session.handlers.permission(request)
    return optionId === null
      ? { outcome: { outcome: 'cancelled' } }
      : { outcome: { outcome: 'selected', optionId } }
  }

  /** Rejects with what a person can read, and also when the connection ends meanwhile. */
  async #call<Value>(call: Promise<Value>): Promise<Value> {
    const { signal } = this.#lost
    try {
      return await new Promise<Value>((resolve, reject) => {
        const onLost = (): void => reject(signal.reason)
        if (signal.aborted) onLost()
        signal.addEventListener('abort', onLost, { once: true })
        call.then(resolve, reject).finally(() => signal.removeEventListener('abort', onLost))
      })
    } catch (error) {
      throw this.#describe(acpError(error, this.#options.agentName))
    }
  }

  /** Adds how the agent itself says one signs in. */
  #describe(error: FoundryError): FoundryError {
    if (error.kind !== 'credentials') return error
    const methods = asList(this.#capabilities.authMethods).flatMap((method) => {
      if (!isRecord(method)) return []
      const name = asLine(method['name'], 200)
      const description = asLine(method['description'], 1000)
      if (name === null) return []
      return [description === null ? name : `${name}: ${description}`]
    })
    if (methods.length === 0) return error
    return new FoundryError('credentials', error.message, {
      ...(error.next === undefined ? {} : { next: error.next }),
      detail: [error.detail, ...methods].filter((part) => part !== undefined).join('\n'),
      cause: error,
    })
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // What an agent prints beside its messages may be anything.
    return null
  }
}
