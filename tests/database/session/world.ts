import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import type { Checkpoint, SessionSummary, TranscriptRow } from '@shared/domain'
import type { SessionId, TaskId } from '@shared/ids'
import { noPolicy, withProposal } from '@shared/permission-policy'
import type { PermissionPolicy } from '@shared/permission-policy-schema'
import type { AuditEntry } from '../../../src/main/audit-log/audit-log'
import { ensureOpenCode } from '../../../scripts/bootstrap/runtime.mjs'
import type { Database } from '../../../src/main/database'
import { createDatabase, openConnection } from '../../../src/main/database/connection'
import { LocalProvider } from '../../../src/main/sandbox/local-provider'
import { ProcessRecords } from '../../../src/main/sandbox/process-records'
import { recoverSessions } from '../../../src/main/session/recovery'
import { createSessions, type SessionNotice, type Sessions } from '../../../src/main/session/sessions'
import { openTestDatabase } from '../../support/database'
import { startScriptedModel, type ScriptedModel } from '../../support/scripted-model'
import { createAgentHome, eventually, serverBinary, type AgentHome } from '../sandbox/support'

export const task: TaskId = 'task_00000000-0000-4000-8000-000000000001'

export interface World {
  readonly database: Database
  readonly sessions: Sessions
  readonly home: AgentHome
  readonly provider: LocalProvider
  readonly checkout: string
  readonly notices: SessionNotice[]
  readonly problems: string[]
  readonly audited: (Omit<AuditEntry, 'actor'> & { actor?: 'system' })[]
  /** Of the repository. */
  policy: PermissionPolicy
  /** The task's checkout is being made. */
  preparing: boolean
  /** What the next checkpoints give. */
  checkpoint: (() => Promise<Checkpoint | null>) | null
  readonly model: ScriptedModel
  rows(sessionId: SessionId): TranscriptRow[]
  /** The text of all agent messages of a session. */
  said(sessionId: SessionId): string
  summary(sessionId: SessionId): SessionSummary
  idle(sessionId: SessionId): Promise<void>
  status(sessionId: SessionId, status: SessionSummary['status']): Promise<void>
  /** Waits for so many ended turns. */
  turns(sessionId: SessionId, count: number): Promise<void>
  create(agentId?: string, more?: { modelId?: string | null; modeId?: string | null }): SessionId
  send(sessionId: SessionId, text: string): void
  /** Ends everything as a quit does and starts again on the same data. */
  restart(): Promise<void>
  /** The coordinator is gone from one moment to the next; servers and agents go with it. */
  crash(): Promise<void>
  close(): Promise<void>
}

/** Sessions with a real database, real sandbox-agent servers, the scripted ACP agent and, on demand, OpenCode. */
export async function createWorld(options: { openCode?: boolean; ask?: boolean } = {}): Promise<World> {
  const data = await openTestDatabase()
  const home = await createAgentHome()
  const model = await startScriptedModel()
  const checkout = await mkdtemp(join(tmpdir(), 'foundry-session-'))
  await run('git', ['init', '-q', checkout])
  const agent = resolve(import.meta.dirname, 'scripted-agent.mjs')
  await home.installAgent('claude', `#!/bin/sh\nexec '${process.execPath}' '${agent}'\n`)
  const environment: Record<string, string> = { ...home.environment }
  if (options.openCode === true) {
    const binary = process.env['FOUNDRY_E2E_OPENCODE'] ?? (await ensureOpenCode())
    const config = join(home.data, 'opencode.json')
    environment['OPENCODE_CONFIG'] = config
    environment['XDG_CONFIG_HOME'] = join(home.data, 'config')
    await home.installAgent('opencode', `#!/bin/sh\nexec '${binary}' acp "$@"\n`)
    await writeFile(config, JSON.stringify(openCodeConfig(model.baseUrl, options.ask ?? false)))
  }
  const notices: SessionNotice[] = []
  const problems: string[] = []
  const audited: World['audited'] = []

  let database = data.database
  let currentFile = join(data.directory, 'foundry.db')

  const start = (): { sessions: Sessions; provider: LocalProvider } => {
    recoverSessions(database, Date.now)
    const provider = new LocalProvider({
      binary: serverBinary(),
      environment: async () => environment,
      agentKeys: async () => ({}),
      records: new ProcessRecords(database),
      log: { write: () => {} },
      events: { serverChanged: () => {} },
      idleMinutes: () => 60,
    })
    const sessions = createSessions({
      database,
      version: '0.0.0-test',
      acquireSandbox: (taskId) => provider.acquire(taskId, checkout),
      isPreparing: () => world.preparing,
      turnEnded: async () => (await world.checkpoint?.()) ?? null,
      agentObserved: () => {},
      knownOptions: () => [],
      numbered: () => Promise.resolve(null),
      briefCharacters: () => 12_000,
      policies: {
        of: () => world.policy,
        add: (_taskId, proposal) => {
          world.policy = withProposal(world.policy, proposal)
          sessions.policyChanged()
        },
      },
      audit: (entry) => void audited.push(entry),
      agentName: (agentId) => agentId,
      userSession: () => ({ unread: false, draft: '' }),
      notice: (notice) => void notices.push(notice),
      writeFailed: (error) => void problems.push(`write: ${String(error)}`),
      log: {
        debug: () => {},
        warn: () => {},
        error: (what, error) => void problems.push(`${what}: ${String(error)}`),
      },
    })
    return { sessions, provider }
  }

  let running: ReturnType<typeof start>
  const world: World = {
    preparing: false,
    policy: noPolicy,
    audited,
    get database() {
      return database
    },
    get sessions() {
      return running.sessions
    },
    get provider() {
      return running.provider
    },
    home,
    checkout,
    notices,
    problems,
    model,
    checkpoint: null,
    rows: (sessionId) => pageRows(running.sessions, sessionId),
    said(sessionId) {
      return world
        .rows(sessionId)
        .map(({ event }) => (event.type === 'update' ? event.update : {}))
        .filter((update) => update['sessionUpdate'] === 'agent_message_chunk')
        .map((update) => (update['content'] as { text?: string } | null)?.text ?? '')
        .join('')
    },
    summary(sessionId) {
      const found = running.sessions.ofTask(task).find((session) => session.id === sessionId)
      if (found === undefined) throw new Error('no such session')
      return found
    },
    idle: (sessionId) => world.status(sessionId, 'idle'),
    status: (sessionId, status) => eventually(() => world.summary(sessionId).status === status),
    turns: (sessionId, count) =>
      eventually(
        () => world.rows(sessionId).filter((row) => row.event.type === 'turn_ended').length >= count,
      ),
    create(agentId = 'claude', more = {}) {
      const created = running.sessions.handlers.create({
        taskId: task,
        agentId,
        modelId: more.modelId ?? null,
        modeId: more.modeId ?? null,
      }) as SessionSummary
      return created.id
    },
    send(sessionId, text) {
      void running.sessions.handlers.send({ sessionId, text })
    },
    async restart() {
      await running.sessions.shutDown()
      await running.provider.stopAll()
      if (database === data.database) database = data.reopen()
      running = start()
    },
    async crash() {
      // What a killed process leaves is what it has handed to the system until then: a copy of its files. The
      // old coordinator goes on with its own and is then thrown away.
      const { provider } = running
      const before = database
      const folder = await mkdtemp(join(data.directory, 'crash-'))
      const file = join(folder, 'foundry.db')
      for (const suffix of ['', '-wal'])
        copyFileSync(join(dirname(currentFile), `foundry.db${suffix}`), file + suffix)
      currentFile = file
      await provider.stopAll()
      before.events.$client.close()
      before.commands.$client.close()
      database = createDatabase(
        openConnection(file, { synchronous: 'FULL' }),
        openConnection(file, { synchronous: 'NORMAL' }),
      )
      running = start()
    },
    async close() {
      await running.sessions.shutDown()
      await running.provider.stopAll()
      await model.close()
      if (database !== data.database) {
        database.events.$client.close()
        database.commands.$client.close()
        data.reopen()
      }
      await data.close()
      await home.remove()
      await rm(checkout, { recursive: true, force: true })
    },
  }
  running = start()
  return world
}

function pageRows(sessions: Sessions, sessionId: SessionId): TranscriptRow[] {
  const rows: TranscriptRow[] = []
  let before = Number.MAX_SAFE_INTEGER
  for (;;) {
    const page = sessions.handlers.eventsBefore({ sessionId, before }) as {
      rows: TranscriptRow[]
      hasEarlier: boolean
    }
    rows.unshift(...page.rows)
    if (!page.hasEarlier) return rows
    before = page.rows[0]?.first ?? 0
  }
}

function openCodeConfig(baseUrl: string, ask: boolean): object {
  return {
    $schema: 'https://opencode.ai/config.json',
    autoupdate: false,
    model: 'scripted/one',
    small_model: 'scripted/one',
    provider: {
      scripted: {
        npm: '@ai-sdk/openai-compatible',
        name: 'Scripted',
        options: { baseURL: `${baseUrl}/v1`, apiKey: 'none' },
        models: { one: { name: 'One' }, two: { name: 'Two' } },
      },
    },
    permission: ask ? { edit: 'ask', bash: 'ask' } : {},
  }
}

export async function run(command: string, args: string[]): Promise<void> {
  const child = spawn(command, args, { stdio: 'ignore' })
  const [code] = (await once(child, 'exit')) as [number | null]
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}`)
}
