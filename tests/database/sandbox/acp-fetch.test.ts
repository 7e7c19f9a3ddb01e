import { randomUUID } from 'node:crypto'
import { AcpHttpClient, type SessionNotification } from 'acp-http-client'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { FoundryError } from '@shared/errors'
import { acpError, createAcpFetch, type AcpFetchOptions } from '../../../src/main/sandbox/acp-fetch'
import {
  createAgentHome,
  eventually,
  isAlive,
  startProxy,
  startServer,
  type AgentHome,
  type TestServer,
} from './support'

let home: AgentHome
let server: TestServer
const unhandled: unknown[] = []
const onUnhandled = (reason: unknown): void => void unhandled.push(reason)
const clients: AcpHttpClient[] = []

beforeAll(async () => {
  process.on('unhandledRejection', onUnhandled)
  home = await createAgentHome()
  server = await startServer(home, { SANDBOX_AGENT_ACP_REQUEST_TIMEOUT_MS: '300' })
})

beforeEach(() => {
  vi.spyOn(console, 'error').mockImplementation((...words) => {
    throw new Error(`The client complained: ${words.join(' ')}`)
  })
})

afterEach(async () => {
  for (const client of clients.splice(0)) await client.disconnect()
  vi.restoreAllMocks()
  const missed = unhandled.splice(0)
  if (missed.length > 0) throw new AggregateError(missed, 'Unhandled rejections')
})

afterAll(async () => {
  await server.stop()
  await home.remove()
  process.off('unhandledRejection', onUnhandled)
})

interface Connection {
  client: AcpHttpClient
  texts: string[]
  notifications: [string, unknown][]
}

interface ConnectOptions extends AcpFetchOptions {
  baseUrl?: string
  signal?: AbortSignal
  agent?: string
}

function connect(options: ConnectOptions = {}): Connection {
  const endpoint = { baseUrl: options.baseUrl ?? server.baseUrl, token: server.token }
  const connection: Omit<Connection, 'client'> = { texts: [], notifications: [] }
  const client = new AcpHttpClient({
    ...endpoint,
    fetch: createAcpFetch(endpoint, options.signal ?? new AbortController().signal, options),
    transport: { path: `/v1/acp/${randomUUID()}`, bootstrapQuery: { agent: options.agent ?? 'opencode' } },
    client: {
      sessionUpdate: async ({ update }: SessionNotification) => {
        if (update.sessionUpdate === 'agent_message_chunk' && update.content.type === 'text')
          connection.texts.push(update.content.text)
      },
      requestPermission: async (request) => ({
        outcome: { outcome: 'selected', optionId: request.options[0]?.optionId ?? '' },
      }),
      extNotification: async (method, params) => void connection.notifications.push([method, params]),
    },
  })
  clients.push(client)
  return { client, ...connection }
}

async function openSession(connection: Connection): Promise<void> {
  await connection.client.initialize()
  await connection.client.newSession({ cwd: home.data, mcpServers: [] })
}

const prompt = ({ client }: Connection, text: string) =>
  client.prompt({ sessionId: 's', prompt: [{ type: 'text', text }] })

const numbers = (count: number): string[] => Array.from({ length: count }, (_, index) => String(index))

describe('an agent connection', () => {
  it('brings every update before the answer of its turn, in order', async () => {
    const connection = connect()
    await openSession(connection)
    await expect(prompt(connection, 'count 500')).resolves.toMatchObject({ stopReason: 'end_turn' })
    expect(connection.texts).toEqual(numbers(500))
  })

  it('loses nothing silently when an agent says more at once than the server keeps', async () => {
    const connection = connect()
    await openSession(connection)
    await expect(prompt(connection, 'count 8000')).resolves.toMatchObject({ stopReason: 'end_turn' })
    let lost = 0
    for (const [method, params] of connection.notifications) {
      expect(method).toBe('_foundry/events_lost')
      lost += (params as { count: number }).count
    }
    expect(connection.texts.length + lost).toBe(8000)
    expect(connection.texts.map(Number)).toEqual(connection.texts.map(Number).sort((a, b) => a - b))
  })

  it('keeps a turn that is silent for longer than the server waits', async () => {
    const connection = connect()
    await openSession(connection)
    await expect(prompt(connection, 'silent 1500')).resolves.toMatchObject({ stopReason: 'end_turn' })
  })

  it('passes requests of the agent and their answers', async () => {
    const connection = connect()
    await openSession(connection)
    await prompt(connection, 'ask')
    expect(connection.texts).toEqual(['answer {"optionId":"once","outcome":"selected"}'])
  })

  it('goes on where it was after the connection dropped', async () => {
    const proxy = await startProxy(server.port)
    const connection = connect({ baseUrl: proxy.url })
    await openSession(connection)
    const turn = prompt(connection, 'slowly 40')
    for (const at of [5, 15, 25]) {
      await eventually(() => connection.texts.length >= at)
      proxy.dropAll()
    }
    await expect(turn).resolves.toMatchObject({ stopReason: 'end_turn' })
    expect(connection.texts).toEqual(numbers(40))
    expect(connection.notifications).toEqual([])
    await connection.client.disconnect()
    await proxy.close()
  })

  it('fails what is open when the server cannot be reached again', async () => {
    const proxy = await startProxy(server.port)
    const ended = vi.fn()
    const connection = connect({ baseUrl: proxy.url, onEnded: ended })
    await openSession(connection)
    const turn = prompt(connection, 'silent 60000').catch((error: unknown) => acpError(error, 'OpenCode'))
    await proxy.close()
    const error = await turn
    expect(error).toBeInstanceOf(FoundryError)
    expect(error).toMatchObject({ kind: 'sandbox' })
    expect(ended).toHaveBeenCalledTimes(1)
    // And what is asked afterwards fails the same way instead of waiting for ever.
    await expect(prompt(connection, 'count 1')).rejects.toMatchObject({
      data: { foundry: { kind: 'sandbox' } },
    })
  })

  it('ends with the reason the sandbox is gone', async () => {
    const gone = new AbortController()
    const connection = connect({ signal: gone.signal })
    await openSession(connection)
    const turn = prompt(connection, 'silent 60000').catch((error: unknown) => acpError(error, 'OpenCode'))
    gone.abort(new FoundryError('sandbox', 'The server was killed.', { detail: 'out of memory' }))
    expect(await turn).toMatchObject({ message: 'The server was killed.', detail: 'out of memory' })
  })

  it('tells what an agent said that died in its turn', async () => {
    const ended = vi.fn()
    const connection = connect({ onEnded: ended })
    await openSession(connection)
    const error = await prompt(connection, 'die').catch((thrown: unknown) => acpError(thrown, 'OpenCode'))
    expect(error).toMatchObject({ kind: 'agent', detail: 'fatal: the model is gone' })
    expect(ended).toHaveBeenCalledWith(expect.objectContaining({ kind: 'agent' }))
    expect(connection.notifications[0]?.[0]).toBe('_adapter/agent_exited')
  })

  it('tells what an agent said that could not start', async () => {
    const failing = await startServer(home, {
      SANDBOX_AGENT_ACP_REQUEST_TIMEOUT_MS: '300',
      XDG_CONFIG_HOME: '/failing-agent',
    })
    const connection = connect({ baseUrl: failing.baseUrl })
    const error = await connection.client
      .initialize()
      .catch((thrown: unknown) => acpError(thrown, 'OpenCode'))
    expect(error).toMatchObject({ kind: 'agent', detail: 'no key configured' })
    await failing.stop()
  })

  it('tells that an agent is not installed', async () => {
    const strict = await startServer(home, { SANDBOX_AGENT_REQUIRE_PREINSTALL: '1' })
    const connection = connect({ baseUrl: strict.baseUrl, agent: 'amp' })
    const error = await connection.client.initialize().catch((thrown: unknown) => acpError(thrown, 'Amp'))
    expect(error).toMatchObject({ kind: 'agent_missing' })
    await strict.stop()
  })

  it('passes on an error of the agent itself', async () => {
    const connection = connect()
    await openSession(connection)
    const error = await prompt(connection, 'nonsense').catch((thrown: unknown) =>
      acpError(thrown, 'OpenCode'),
    )
    expect(error).toMatchObject({
      kind: 'credentials',
      detail: expect.stringContaining('run login') as unknown,
    })
  })

  it('lets go of the agent when it disconnects, in the middle of a turn too', async () => {
    const before = await home.agentPids()
    const connection = connect()
    await openSession(connection)
    const agents = (await home.agentPids()).filter((pid) => !before.includes(pid))
    expect(agents).toHaveLength(1)
    void prompt(connection, 'silent 2000').catch(() => undefined)
    await prompt(connection, 'count 1')
    await connection.client.disconnect()
    await eventually(async () => (await Promise.all(agents.map(isAlive))).every((alive) => !alive))
  })
})
