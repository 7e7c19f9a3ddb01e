import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomUUID } from 'node:crypto'
import { AcpHttpClient } from 'acp-http-client'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FoundryError } from '@shared/errors'
import type { TaskId } from '@shared/ids'
import { createAcpFetch } from '../../../src/main/sandbox/acp-fetch'
import { LocalProvider, type LocalProviderOptions } from '../../../src/main/sandbox/local-provider'
import { ProcessRecords } from '../../../src/main/sandbox/process-records'
import { listProcesses, processStartedAt } from '../../../src/main/sandbox/process-tree'
import { processes } from '../../../src/main/sandbox/tables'
import type { AgentAccess, SandboxLease } from '../../../src/main/sandbox/types'
import { openTestDatabase, type TestDatabase } from '../../support/database'
import { createAgentHome, eventually, isAlive, serverBinary, type AgentHome } from './support'

const task: TaskId = 'task_00000000-0000-4000-8000-000000000001'

let home: AgentHome
let data: TestDatabase
let records: ProcessRecords
let checkout: string
let provider: LocalProvider
let changes: [TaskId, string, string | null][]
let lines: string[]
let due: { milliseconds: number; run: () => void; cancelled: boolean }[]

function createProvider(options: Partial<LocalProviderOptions> = {}): LocalProvider {
  return new LocalProvider({
    binary: serverBinary(),
    environment: async () => home.environment,
    agentKeys: async () => ({}),
    records,
    log: { write: (line) => void lines.push(line) },
    events: { serverChanged: (...change) => void changes.push(change) },
    idleMinutes: () => 15,
    schedule(milliseconds, run) {
      const timer = { milliseconds, run, cancelled: false }
      due.push(timer)
      return () => {
        timer.cancelled = true
      }
    },
    ...options,
  })
}

beforeEach(async () => {
  home = await createAgentHome()
  data = await openTestDatabase()
  records = new ProcessRecords(data.database)
  checkout = await mkdtemp(join(tmpdir(), "foundry check'out $ä-"))
  changes = []
  lines = []
  due = []
  provider = createProvider()
})

afterEach(async () => {
  await provider.stopAll()
  await data.close()
  await rm(checkout, { recursive: true, force: true })
  await home.remove()
})

const rows = () => data.database.commands.select().from(processes).all()
const serverPid = (): number => {
  const pid = rows()[0]?.pid
  if (pid === undefined) throw new Error('No server is recorded')
  return pid
}

async function failure(promise: Promise<unknown>): Promise<FoundryError> {
  try {
    await promise
  } catch (error) {
    if (error instanceof FoundryError) return error
    throw error
  }
  throw new Error('It succeeded')
}

/** Starts the scripted agent in a sandbox and returns what it said about `prompt`. */
async function askAgent({ endpoint, gone }: AgentAccess, prompt: string): Promise<string> {
  let said = ''
  const client = new AcpHttpClient({
    ...endpoint,
    fetch: createAcpFetch(endpoint, gone),
    transport: { path: `/v1/acp/${randomUUID()}`, bootstrapQuery: { agent: 'opencode' } },
    client: {
      sessionUpdate: async ({ update }) => {
        if (update.sessionUpdate === 'agent_message_chunk' && update.content.type === 'text')
          said += update.content.text
      },
    },
  })
  await client.initialize()
  await client.newSession({ cwd: checkout, mcpServers: [] })
  await client.prompt({ sessionId: 's', prompt: [{ type: 'text', text: prompt }] })
  return said
}

describe('the local provider', () => {
  it('shares one server among those who ask at once', async () => {
    const leases = await Promise.all([provider.acquire(task, checkout), provider.acquire(task, checkout)])
    const [first, second] = leases as [SandboxLease, SandboxLease]
    expect(first.sandbox).toBe(second.sandbox)
    expect(rows()).toHaveLength(1)
    expect(rows()[0]).toMatchObject({
      taskId: task,
      role: 'server',
      pidStartedAt: await processStartedAt(serverPid()),
    })
    expect(changes).toEqual([[task, 'running', null]])
    expect(provider.isRunning(task)).toBe(true)
  })

  it('runs programs without a shell, in the checkout, and reads and writes files there', async () => {
    const { sandbox } = await provider.acquire(task, checkout)
    const name = `a b'"$(touch x)ä`
    await sandbox.writeFile(name, Uint8Array.of(0, 255, 10))
    expect(Array.from(await sandbox.readFile(name))).toEqual([0, 255, 10])
    const listed = await sandbox.run({ command: 'ls', args: ['-N', '--', name] })
    expect(listed).toMatchObject({ exitCode: 0, stdout: `${name}\n`, timedOut: false })
    expect(await sandbox.run({ command: 'pwd', args: [] })).toMatchObject({ stdout: `${checkout}\n` })
    expect(
      await sandbox.run({
        command: 'sh',
        args: ['-c', 'printf "%s" "$SPECIAL"; exit 3'],
        env: { SPECIAL: '$x' },
      }),
    ).toMatchObject({
      exitCode: 3,
      stdout: '$x',
    })
  })

  it('says what could not be done', async () => {
    const { sandbox } = await provider.acquire(task, checkout)
    expect(await failure(sandbox.run({ command: 'no-such-program', args: [] }))).toMatchObject({
      kind: 'sandbox',
      message: expect.stringContaining('no-such-program') as unknown,
      detail: expect.stringContaining('No such file') as unknown,
    })
    expect(await failure(sandbox.readFile('absent'))).toMatchObject({ kind: 'not_found' })
    expect(await failure(sandbox.writeFile('/dev/full', 'x'))).toMatchObject({ kind: 'disk_full' })
  })

  it('tells of a server that died, and starts another for the next caller', async () => {
    const first = await provider.acquire(task, checkout)
    const gone = once(first.sandbox.gone, 'abort')
    process.kill(serverPid(), 'SIGKILL')
    await gone
    const reason = first.sandbox.gone.reason as FoundryError
    expect(reason).toMatchObject({ kind: 'sandbox', message: expect.stringContaining('SIGKILL') as unknown })
    expect(reason.detail).toContain('server listening')
    expect(await failure(first.sandbox.run({ command: 'pwd', args: [] }))).toBe(reason)
    const second = await provider.acquire(task, checkout)
    expect(await second.sandbox.run({ command: 'pwd', args: [] })).toMatchObject({ exitCode: 0 })
    await eventually(() => rows().length === 1)
    expect(changes.map(([, state, problem]) => [state, problem === null])).toEqual([
      ['running', true],
      ['stopped', false],
      ['running', true],
    ])
  })

  it('stops a server nobody holds after the idle time, and no other', async () => {
    const lease = await provider.acquire(task, checkout)
    const pid = serverPid()
    expect(due.filter(({ cancelled }) => !cancelled)).toEqual([])
    lease.release()
    lease.release()
    lease.sandbox.touch()
    const [timer, ...others] = due.filter(({ cancelled }) => !cancelled)
    expect(others).toEqual([])
    expect(timer?.milliseconds).toBe(15 * 60_000)
    const held = await provider.acquire(task, checkout)
    expect(timer?.cancelled).toBe(true)
    held.release()
    due.at(-1)?.run()
    await eventually(() => rows().length === 0)
    expect(await isAlive(pid)).toBe(false)
    expect(changes.at(-1)).toEqual([task, 'stopped', null])
    expect(provider.isRunning(task)).toBe(false)
    expect(
      await (await provider.acquire(task, checkout)).sandbox.run({ command: 'pwd', args: [] }),
    ).toMatchObject({ exitCode: 0 })
  })

  it('leaves no process behind when it stops: agents, their children, and what these detached', async () => {
    const { sandbox } = await provider.acquire(task, checkout)
    await askAgent(sandbox, 'count 1')
    const script =
      'sleep 600 & setsid sh -c "trap \'\' TERM; while :; do sleep 600; done" & (setsid sleep 600 &) ; echo $$; sleep 600'
    const running = sandbox
      .run({ command: 'sh', args: ['-c', script], timeoutMs: 600_000 })
      .catch((error: unknown) => error)
    const parent = serverPid()
    const marker = `FOUNDRY_SANDBOX=${rows()[0]?.id ?? ''}`
    const ours = async (): Promise<number[]> => {
      const found: number[] = []
      for (const { pid } of await listProcesses()) {
        const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '')
        if (environment.split('\0').includes(marker)) found.push(pid)
      }
      return found
    }
    // The server, the agent, the shell and its four sleepers with the one that does not listen to SIGTERM.
    await eventually(async () => (await ours()).length >= 8)
    const before = await ours()
    expect(before).toContain(parent)
    await provider.stopAll()
    expect((await Promise.all(before.map(isAlive))).filter(Boolean)).toEqual([])
    expect(await ours()).toEqual([])
    expect(rows()).toEqual([])
    expect(await running).toBeInstanceOf(FoundryError)
    expect(await failure(provider.acquire(task, checkout))).toMatchObject({ kind: 'sandbox' })
  })

  it('ends a start under way', async () => {
    const acquiring = failure(provider.acquire(task, checkout))
    await provider.stop(task)
    expect(await acquiring).toMatchObject({ kind: 'sandbox' })
    expect(rows()).toEqual([])
  })

  it('gives an agent its own keys and no others', async () => {
    home.environment['OPENAI_API_KEY'] = 'inherited-key'
    home.environment['FOUNDRY_TOKEN'] = 'ours'
    home.environment['AWS_SECRET_ACCESS_KEY'] = 'theirs'
    provider = createProvider({
      agentKeys: async (agentId) => (agentId === 'opencode' ? { ANTHROPIC_API_KEY: 'stored-key' } : {}),
    })
    const { sandbox } = await provider.acquire(task, checkout)
    const environmentFor = async (access: AgentAccess): Promise<Record<string, string>> =>
      JSON.parse(await askAgent(access, 'environment')) as Record<string, string>
    const withKeys = await environmentFor(await sandbox.forAgent('opencode'))
    expect(withKeys).toMatchObject({ ANTHROPIC_API_KEY: 'stored-key', OPENAI_API_KEY: 'inherited-key' })
    const others = await environmentFor(await sandbox.forAgent('amp'))
    expect(others).not.toHaveProperty('ANTHROPIC_API_KEY')
    expect(others).not.toHaveProperty('OPENAI_API_KEY')
    expect(others).not.toHaveProperty('FOUNDRY_TOKEN')
    expect(others).not.toHaveProperty('AWS_SECRET_ACCESS_KEY')
    expect(others['HOME']).toBe(home.environment['HOME'])
    expect(rows()).toHaveLength(2)
    expect(lines.join('\n')).not.toContain('stored-key')
    await provider.stopAll()
    expect(rows()).toEqual([])
  })

  it('says why a server cannot start', async () => {
    const script = join(checkout, 'server')
    const cases: [Partial<LocalProviderOptions>, string, string | null][] = [
      [{ binary: join(checkout, 'absent') }, checkout, 'missing'],
      [{ binary: script }, checkout, 'may not be run'],
      [{}, join(checkout, 'absent'), 'is not there'],
    ]
    await writeFile(script, '#!/bin/sh\necho the disk is on fire >&2\nexit 4\n')
    await chmod(script, 0o644)
    for (const [options, cwd, text] of cases) {
      const error = await failure(createProvider(options).acquire(task, cwd))
      expect(error).toMatchObject({
        kind: 'sandbox',
        message: expect.stringContaining(text ?? '') as unknown,
      })
      expect(error.next).toBeTruthy()
    }
    await chmod(script, 0o755)
    expect(await failure(createProvider({ binary: script }).acquire(task, checkout))).toMatchObject({
      kind: 'sandbox',
      message: expect.stringContaining('exit code 4') as unknown,
      detail: 'the disk is on fire',
    })
    expect(rows()).toEqual([])
  })
})

describe('orphans', () => {
  const record = { taskId: task, role: 'server' } as const

  it('are ended with all they started when pid and start time match', async () => {
    const child = spawn('sh', ['-c', 'sleep 600 & sleep 600'], { detached: true, stdio: 'ignore' })
    await once(child, 'spawn')
    const pid = child.pid ?? 0
    records.add({ ...record, id: 'orphan', pid, pidStartedAt: await processStartedAt(pid) })
    expect(await records.endOrphans()).toBe(1)
    expect((await listProcesses()).filter(({ group }) => group === pid)).toEqual([])
    expect(rows()).toEqual([])
  })

  it('are ended with what they start while they end', async () => {
    const script = 'trap "sleep 600 & exit" TERM; echo ready; while :; do sleep 1; done'
    const child = spawn('sh', ['-c', script], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] })
    await once(child.stdout, 'data')
    const pid = child.pid ?? 0
    records.add({ ...record, id: 'orphan', pid, pidStartedAt: await processStartedAt(pid) })
    await records.endOrphans()
    expect((await listProcesses()).filter(({ group }) => group === pid)).toEqual([])
  })

  it('are left alone when the pid belongs to another process by now', async () => {
    const child = spawn('sleep', ['600'], { stdio: 'ignore' })
    await once(child, 'spawn')
    const pid = child.pid ?? 0
    records.add({ ...record, id: 'reused', pid, pidStartedAt: '1' })
    records.add({ ...record, id: 'unknown', pid, pidStartedAt: null })
    expect(await records.endOrphans()).toBe(2)
    expect(await isAlive(pid)).toBe(true)
    child.kill()
  })

  it('are found by their marker when the server itself is gone', async () => {
    const child = spawn('sh', ['-c', 'setsid sleep 600 & echo $!'], {
      env: { ...process.env, FOUNDRY_SANDBOX: 'marked' },
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    let text = ''
    child.stdout.on('data', (part: Buffer) => (text += part.toString()))
    await once(child, 'exit')
    await eventually(() => text !== '')
    expect(await isAlive(Number(text))).toBe(true)
    records.add({ ...record, id: 'marked', pid: child.pid ?? 0, pidStartedAt: '1' })
    await records.endOrphans()
    expect(await isAlive(Number(text))).toBe(false)
  })
})
