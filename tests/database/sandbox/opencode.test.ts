import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, readlink, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { AcpHttpClient } from 'acp-http-client'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { TaskId } from '@shared/ids'
import { ensureOpenCode } from '../../../scripts/bootstrap/runtime.mjs'
import { createAcpFetch } from '../../../src/main/sandbox/acp-fetch'
import { LocalProvider } from '../../../src/main/sandbox/local-provider'
import { ProcessRecords } from '../../../src/main/sandbox/process-records'
import { listProcesses } from '../../../src/main/sandbox/process-tree'
import { openTestDatabase, type TestDatabase } from '../../support/database'
import { startScriptedModel, type ScriptedModel } from '../../support/scripted-model'
import { createAgentHome, eventually, serverBinary, startProxy, type AgentHome } from './support'

const task: TaskId = 'task_00000000-0000-4000-8000-000000000002'

let home: AgentHome
let data: TestDatabase
let checkout: string
let model: ScriptedModel
let provider: LocalProvider

beforeAll(async () => {
  home = await createAgentHome()
  data = await openTestDatabase()
  model = await startScriptedModel()
  checkout = await mkdtemp(join(tmpdir(), 'foundry-opencode-'))
  await promisify(execFile)('git', ['init', '-q', checkout])
  // Nothing in the agents' home: OpenCode is found on the PATH alone, as a person has it installed.
  await rm(join(home.data, 'sandbox-agent'), { recursive: true })
  const bin = join(home.data, '..', 'bin')
  await mkdir(bin)
  await symlink(process.env['FOUNDRY_E2E_OPENCODE'] ?? (await ensureOpenCode()), join(bin, 'opencode'))
  const config = join(home.data, '..', 'opencode.json')
  const options = { baseURL: `${model.baseUrl}/v1`, apiKey: 'none' }
  await writeFile(
    config,
    JSON.stringify({
      autoupdate: false,
      model: 'scripted/one',
      small_model: 'scripted/one',
      provider: { scripted: { npm: '@ai-sdk/openai-compatible', options, models: { one: { name: 'One' } } } },
    }),
  )
  Object.assign(home.environment, {
    PATH: `${bin}:${process.env['PATH'] ?? ''}`,
    OPENCODE_CONFIG: config,
    XDG_CONFIG_HOME: join(home.data, '..', 'config'),
    XDG_CACHE_HOME: join(home.data, '..', 'cache'),
    XDG_STATE_HOME: join(home.data, '..', 'state'),
  })
  provider = new LocalProvider({
    binary: serverBinary(),
    environment: async () => home.environment,
    agentKeys: async () => ({}),
    records: new ProcessRecords(data.database),
    log: { write: () => undefined },
    events: { serverChanged: () => undefined },
    idleMinutes: () => 15,
  })
}, 300_000)

afterAll(async () => {
  await provider.stopAll()
  await model.close()
  await data.close()
  await rm(checkout, { recursive: true, force: true })
  await home.remove()
})

it('OpenCode from the PATH keeps its turn and its memory over a connection that drops, and ends with its server', async () => {
  const { sandbox } = await provider.acquire(task, checkout)
  const access = await sandbox.forAgent('opencode')
  const proxy = await startProxy(Number(new URL(access.endpoint.baseUrl).port))
  const endpoint = { ...access.endpoint, baseUrl: proxy.url }
  let said = ''
  const lost: string[] = []
  const client = new AcpHttpClient({
    ...endpoint,
    fetch: createAcpFetch(endpoint, access.gone),
    transport: { path: `/v1/acp/${randomUUID()}`, bootstrapQuery: { agent: 'opencode' } },
    client: {
      sessionUpdate: async ({ update }) => {
        if (update.sessionUpdate === 'agent_message_chunk' && update.content.type === 'text')
          said += update.content.text
      },
      extNotification: async (method) => void lost.push(method),
    },
  })
  let goOn: () => void = () => undefined
  const dropped = new Promise<void>((resolve) => {
    goOn = resolve
  })
  model.answer('first', async (answer) => {
    answer.text('before the drop, ')
    await dropped
    answer.text('after the drop')
  })
  model.answer('second', (answer) => answer.text(' and again'))

  await client.initialize()
  const { sessionId } = await client.newSession({ cwd: checkout, mcpServers: [] })
  const ask = (text: string) => client.prompt({ sessionId, prompt: [{ type: 'text', text }] })
  const turn = ask('first')
  await eventually(() => said.includes('before'))
  const connections = proxy.connections
  proxy.dropAll()
  await eventually(() => proxy.connections > connections)
  goOn()
  expect(await turn).toMatchObject({ stopReason: 'end_turn' })
  expect(said).toBe('before the drop, after the drop')

  expect(await ask('second')).toMatchObject({ stopReason: 'end_turn' })
  expect(said).toBe('before the drop, after the drop and again')
  expect(model.requests.at(-1)?.conversation).toContain('before the drop, after the drop')
  expect(lost).toEqual([])

  const agents = async (): Promise<number> => {
    const found = await Promise.all(
      (await listProcesses()).map(
        async ({ pid }) => (await readlink(`/proc/${pid}/cwd`).catch(() => '')) === checkout,
      ),
    )
    return found.filter(Boolean).length
  }
  // The server and OpenCode.
  expect(await agents()).toBeGreaterThanOrEqual(2)
  await provider.stopAll()
  expect(await agents()).toBe(0)
  await client.disconnect()
  await proxy.close()
}, 120_000)
