import { isDeepStrictEqual } from 'node:util'
import { notInArray } from 'drizzle-orm'
import { agentSchema, type Agent, type AgentId } from '@shared/domain'
import { FoundryError } from '@shared/errors'
import type { Database } from '../../database/connection'
import { allowedEnvironment, type Environment, inheritedKeys } from '../environment'
import type { Schedule } from '../schedule'
import { agentWords, parseProblem, problemName } from '../problem'
import type { ProcessRecords } from '../process-records'
import { ServerClient } from '../server-client'
import { type LogSink, ServerProcess } from '../server-process'
import { findOnPath } from '../shell-path'
import { agentCatalogue } from '../tables'
import type { AgentCatalogue, Progress, SandboxEvents } from '../types'
import { agentFacts, compareAgents } from './facts'
import { OnDemandServer } from './on-demand-server'
import { type ListedAgent, parseAgentList } from './parse'

export interface CatalogueOptions {
  database: Database
  /** The sandbox-agent executable. */
  binary: string
  /** A folder of ours for servers that belong to no task. */
  directory: string
  environment: () => Promise<Environment>
  /** Names of the variables whose keys are in the OS keychain for an agent. */
  storedKeyNames: (agentId: AgentId) => Promise<string[]>
  records: ProcessRecords
  log: LogSink
  events: Pick<SandboxEvents, 'agentsChanged'>
  now?: () => number
  schedule?: Schedule
}

/**
 * Which agents this machine has and what they offer. The last answer is in the database and served at once; a
 * server is asked for news when somebody wants them.
 *
 * Installed is what the server can start: a launcher in the agents' shared home, or the agent with the
 * program that speaks ACP for it on the person's PATH (OpenCode speaks it itself). Agents are never put
 * anywhere by us except on a person's request to install one.
 */
export class Catalogue implements AgentCatalogue {
  readonly #server: OnDemandServer
  readonly #now: () => number
  #refreshing: Promise<Agent[]> | null = null
  #refreshNext: Promise<Agent[]> | null = null

  constructor(private readonly options: CatalogueOptions) {
    this.#now = options.now ?? Date.now
    this.#server = new OnDemandServer(
      (signal) => this.#start(signal, options.log),
      options.directory,
      (error) => options.log.write(`stopping the unused server failed: ${String(error)}`),
      options.schedule,
    )
  }

  list(): Agent[] {
    const rows = this.options.database.commands.select().from(agentCatalogue).all()
    // A row an older version wrote in another shape is no loss: the next refresh writes it again.
    return rows
      .map(({ agent }) => agentSchema.safeParse(agent))
      .flatMap((parsed) => (parsed.success ? [parsed.data] : []))
      .sort(compareAgents)
  }

  /**
   * Asks a server, after everything that happened before the call: while one is asked already, all callers
   * share the one that follows it.
   */
  refresh(): Promise<Agent[]> {
    if (this.#refreshing !== null) {
      const again = (): Promise<Agent[]> => {
        this.#refreshNext = null
        return this.refresh()
      }
      this.#refreshNext ??= this.#refreshing.then(again, again)
      return this.#refreshNext
    }
    this.#refreshing = this.#refresh().finally(() => {
      this.#refreshing = null
    })
    return this.#refreshing
  }

  /**
   * Installs an agent through the server, or installs it again when it is there. Has a server of its own, so
   * that giving up ends the download and disturbs nobody.
   *
   * @throws FoundryError `agent` with the vendor's own words, `disk_full`, `cancelled`
   */
  async install(agentId: AgentId, progress: Progress): Promise<void> {
    const { name } = agentFacts(agentId)
    progress.stage('Looking for what is installed')
    const before = (await this.refresh()).find(({ id }) => id === agentId)
    if (before === undefined)
      throw new FoundryError('not_found', `The sandbox server knows no agent named ${agentId}.`)
    const cancelled = new FoundryError('cancelled', `Installing ${name} was stopped.`)
    const log = tee(this.options.log, (line) => progress.log(line))
    let server: ServerProcess | null = null
    try {
      server = await this.#start(progress.signal, log)
      const running = server
      const stop = (): void => {
        running.stop(cancelled).catch((error: unknown) => this.options.log.write(String(error)))
      }
      progress.signal.addEventListener('abort', stop, { once: true })
      progress.signal.throwIfAborted()
      progress.stage(before.installed ? `Downloading ${name} again` : `Downloading ${name}`)
      const client = new ServerClient(server.endpoint, server.gone, this.options.directory)
      await client.ask(
        (sdk) => sdk.installAgent(agentId, { reinstall: before.installed }),
        (detail, { problem }) => installError(name, detail, problem),
      )
      progress.signal.removeEventListener('abort', stop)
    } catch (error) {
      throw progress.signal.aborted ? cancelled : error
    } finally {
      await server?.stop(new FoundryError('sandbox', 'The installation has ended.'))
    }
    progress.stage(`Checking ${name}`)
    const after = (await this.refresh()).find(({ id }) => id === agentId)
    if (after?.installed !== true)
      throw new FoundryError('agent', `${name} was installed but cannot be used yet.`, {
        ...(after?.problem == null ? {} : { detail: after.problem }),
        next: 'Open the log of the installation to see what it did.',
      })
  }

  observe(agentId: AgentId, options: Agent['options']): void {
    const known = this.list().find(({ id }) => id === agentId)
    const agent: Agent = {
      ...(known ?? this.#unlisted(agentId)),
      options,
      optionsSource: 'session',
    }
    if (known === undefined || !sameAgent(known, agent)) this.#store([agent])
  }

  /** Ends its server, for quitting. */
  close(): Promise<void> {
    return this.#server.close()
  }

  async #refresh(): Promise<Agent[]> {
    const environment = await this.options.environment()
    const answer = await this.#server.use((client) =>
      client.ask(
        (sdk) => sdk.listAgents({ config: true, noCache: true }),
        (detail) => new FoundryError('sandbox', 'The list of agents could not be read.', { detail }),
      ),
    )
    const listed = parseAgentList(answer)
    if (listed === null)
      throw new FoundryError('sandbox', 'The sandbox server gave no list of agents.', {
        next: 'Install Foundry again.',
        detail: JSON.stringify(answer)?.slice(0, 1000) ?? '',
      })
    const visible = listed.filter(({ id }) => agentFacts(id).hidden !== true)
    const agents = await Promise.all(visible.map((agent) => this.#describe(agent, environment)))
    // Read late: a session may have told of its own options meanwhile.
    const known = new Map(this.list().map((agent) => [agent.id, agent]))
    const merged = agents.map((agent) => withSessionOptions(agent, known.get(agent.id)))
    this.#replaceAll(merged, known)
    return this.list()
  }

  async #describe(listed: ListedAgent, environment: Environment): Promise<Agent> {
    const facts = agentFacts(listed.id)
    const storedKeys = await this.options.storedKeyNames(listed.id)
    const hasKey = storedKeys.length > 0 || Object.keys(inheritedKeys(listed.id, environment)).length > 0
    const credentials = listed.credentials || hasKey
    const found =
      listed.path ?? (facts.program === null ? null : await findOnPath(facts.program, environment))
    return {
      id: listed.id,
      name: facts.name,
      installed: listed.installed,
      version: listed.version,
      path: found,
      credentials,
      storedKeys,
      loginCommand: facts.loginCommand,
      keyVariable: facts.keyVariable,
      options: listed.options,
      optionsSource: 'static',
      problem: problemOf({ ...listed, credentials }, found),
      refreshedAt: this.#now(),
    }
  }

  #unlisted(agentId: AgentId): Agent {
    const { name, loginCommand, keyVariable } = agentFacts(agentId)
    return {
      id: agentId,
      name,
      // It has a session.
      installed: true,
      version: null,
      path: null,
      credentials: true,
      storedKeys: [],
      loginCommand,
      keyVariable,
      options: [],
      optionsSource: 'session',
      problem: null,
      refreshedAt: this.#now(),
    }
  }

  #replaceAll(agents: Agent[], known: ReadonlyMap<AgentId, Agent>): void {
    const ids = agents.map(({ id }) => id)
    const gone = [...known.keys()].filter((id) => !ids.includes(id))
    const changed = agents.filter((agent) => {
      const before = known.get(agent.id)
      return before === undefined || !sameAgent(before, agent)
    })
    this.options.database.transaction(() => {
      this.options.database.commands
        .delete(agentCatalogue)
        .where(notInArray(agentCatalogue.agentId, ids))
        .run()
      this.#write(agents)
    })
    const told = [...changed.map(({ id }) => id), ...gone]
    if (told.length > 0) this.options.events.agentsChanged(told)
  }

  #store(agents: Agent[]): void {
    this.options.database.transaction(() => this.#write(agents))
    this.options.events.agentsChanged(agents.map(({ id }) => id))
  }

  #write(agents: Agent[]): void {
    for (const agent of agents) {
      const { id: agentId, refreshedAt } = agent
      this.options.database.commands
        .insert(agentCatalogue)
        .values({ agentId, agent, refreshedAt })
        .onConflictDoUpdate({ target: agentCatalogue.agentId, set: { agent, refreshedAt } })
        .run()
    }
  }

  async #start(signal: AbortSignal, log: LogSink): Promise<ServerProcess> {
    const { binary, directory, records } = this.options
    const environment = allowedEnvironment(await this.options.environment())
    const role = 'catalogue'
    return ServerProcess.start({
      binary,
      cwd: directory,
      environment,
      keys: {},
      taskId: null,
      role,
      records,
      log,
      signal,
    })
  }
}

/** Why an agent cannot be used as it is, in a sentence; null when nothing stands in the way. */
function problemOf(agent: ListedAgent, found: string | null): string | null {
  const { name, adapter, program, worksWithoutSignIn } = agentFacts(agent.id)
  if (agent.configError !== null) return agent.configError
  if (!agent.installed) {
    if (found === null || adapter === null || adapter === program) return null
    return `${name} was found at ${found}, but ${adapter}, the program through which it is used here, was not. Install ${name} here to add it.`
  }
  if (!agent.credentials && worksWithoutSignIn !== true) return `No sign-in or API key of ${name} was found.`
  return null
}

/** The list from before an install says less than what a session of the same version reported. */
function withSessionOptions(agent: Agent, known: Agent | undefined): Agent {
  const keeps =
    known?.optionsSource === 'session' &&
    agent.installed &&
    (known.version === null || known.version === agent.version)
  return keeps ? { ...agent, options: known.options, optionsSource: 'session' } : agent
}

function sameAgent(a: Agent, b: Agent): boolean {
  return isDeepStrictEqual({ ...a, refreshedAt: 0 }, { ...b, refreshedAt: 0 })
}

function installError(name: string, detail: string, problem: unknown): FoundryError {
  const parsed = parseProblem(JSON.stringify(problem ?? {}))
  const vendor = problemName(parsed) === 'install_failed' ? agentWords(parsed) : null
  return new FoundryError('agent', `${name} could not be installed.`, {
    next: 'Check the network connection and try again, or install it as its vendor describes.',
    detail: vendor ?? detail,
  })
}

function tee(log: LogSink, also: (line: string) => void): LogSink {
  return {
    write(line) {
      log.write(line)
      also(line)
    },
  }
}
