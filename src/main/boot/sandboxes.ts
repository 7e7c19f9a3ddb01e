import { join } from 'node:path'
import type { AgentId } from '@shared/domain'
import type { TaskId } from '@shared/ids'
import { createLogFile } from '../app/log-file'
import { redact } from '../app/redaction'
import type { Database } from '../database'
import { Catalogue } from '../sandbox/agents/catalogue'
import { LocalProvider } from '../sandbox/local-provider'
import { ProcessRecords } from '../sandbox/process-records'
import { ShellEnvironment } from '../sandbox/shell-path'
import type { OpenTerminalReader } from '../sandbox/types'
import { createAgentSecrets, type AgentSecrets } from './agent-secrets'
import type { AppServices } from './services'

export interface Sandboxes {
  readonly provider: LocalProvider
  readonly agents: Catalogue
  readonly agentSecrets: AgentSecrets
  /** The environment of the person's terminal, asked for once. */
  readonly shell: ShellEnvironment
  /** Ends what a run before this one left behind. Before anything is started. */
  endOrphans(): Promise<void>
  /** Ends every server and agent. */
  stop(): Promise<void>
}

export interface SandboxesOptions {
  services: AppServices
  database: Database
  openReader: OpenTerminalReader
  serverChanged(taskId: TaskId): void
  agentsChanged(agentIds: AgentId[]): void
  reportError(error: unknown, what: string): void
}

/** The local provider and the agent catalogue, joined to keychain, settings and logs. Starts no process. */
export function createSandboxes(options: SandboxesOptions): Sandboxes {
  const { services, database, reportError } = options
  const { paths, settings } = services
  const log = services.log.scope('sandbox')

  const shell = new ShellEnvironment({ log: (text) => log.warn(text) })
  const records = new ProcessRecords(database)
  const serverLog = createLogFile(join(paths.logs, 'sandbox.log'), (error) =>
    reportError(error, 'writing the log of the sandboxes'),
  )
  const sink = {
    write: (line: string) => serverLog.write(`${new Date().toISOString()} ${redact(line)}\n`),
  }
  const environment = () => shell.get()

  const agentSecrets = createAgentSecrets(services.secrets, () => {
    agents.refresh().catch((error: unknown) => reportError(error, 'refreshing the agents'))
  })
  const provider = new LocalProvider({
    binary: paths.sandboxAgent,
    environment,
    agentKeys: (agentId) => agentSecrets.keysFor(agentId),
    records,
    log: sink,
    events: { serverChanged: (taskId) => options.serverChanged(taskId) },
    idleMinutes: () => settings.get().sandboxIdleMinutes,
    openReader: options.openReader,
  })
  const agents = new Catalogue({
    database,
    binary: paths.sandboxAgent,
    directory: paths.agents,
    environment,
    storedKeyNames: (agentId) => agentSecrets.namesFor(agentId),
    records,
    log: sink,
    events: { agentsChanged: (agentIds) => options.agentsChanged(agentIds) },
  })

  return {
    provider,
    agents,
    agentSecrets,
    shell,
    async endOrphans() {
      const ended = await records.endOrphans()
      if (ended > 0) log.info(`ended ${ended} servers of an earlier run`)
    },
    async stop() {
      await Promise.all([provider.stopAll(), agents.close()])
      await serverLog.flush()
    },
  }
}
