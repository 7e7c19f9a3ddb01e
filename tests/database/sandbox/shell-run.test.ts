import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { TaskId } from '@shared/ids'
import { LocalProvider } from '../../../src/main/sandbox/local-provider'
import { ProcessRecords } from '../../../src/main/sandbox/process-records'
import { ServerClient } from '../../../src/main/sandbox/server-client'
import { runShell } from '../../../src/main/sandbox/shell-run'
import type { SandboxLease } from '../../../src/main/sandbox/types'
import { openTestDatabase, type TestDatabase } from '../../support/database'
import { createAgentHome, eventually, isAlive, serverBinary, type AgentHome } from './support'

const task: TaskId = 'task_00000000-0000-4000-8000-000000000001'

let home: AgentHome
let data: TestDatabase
let checkout: string
let provider: LocalProvider
let lease: SandboxLease

beforeEach(async () => {
  home = await createAgentHome()
  data = await openTestDatabase()
  checkout = await mkdtemp(join(tmpdir(), "foundry check'out $ä-"))
  provider = new LocalProvider({
    binary: serverBinary(),
    environment: async () => home.environment,
    agentKeys: async () => ({}),
    records: new ProcessRecords(data.database),
    log: { write: () => undefined },
    events: { serverChanged: () => undefined },
    idleMinutes: () => 15,
  })
  lease = await provider.acquire(task, checkout)
})
afterEach(async () => {
  await provider.stopAll()
  await data.close()
  await home.remove()
  await rm(checkout, { recursive: true, force: true })
})

function run(command: string, signal = new AbortController().signal) {
  let output = ''
  const ended = lease.sandbox.runShell({
    command,
    env: { GREETING: 'good day' },
    signal,
    onOutput: (text) => void (output += text),
  })
  return { ended, output: () => output }
}

describe('a command line in the sandbox', () => {
  it('says all it prints on both streams, and how it ended', async () => {
    const { ended, output } = run('echo "$GREETING"; pwd; echo wrong >&2; printf "no end"; exit 7')
    expect(await ended).toEqual({ exitCode: 7 })
    for (const line of ['good day\n', `${checkout}\n`, 'wrong\n', 'no end']) expect(output()).toContain(line)
    expect(output()).toHaveLength(`good day${checkout}wrongno end`.length + 3)
  })

  it('shows output while it runs, keeps none of a large one back, and reads nothing', async () => {
    const { ended, output } = run(
      'echo first; until [ -e go ]; do sleep 0.05; done; cat; seq 1 200000; echo last',
    )
    await eventually(() => output() === 'first\n')
    await lease.sandbox.writeFile('go', '')
    expect(await ended).toEqual({ exitCode: 0 })
    expect(output().endsWith('199999\n200000\nlast\n')).toBe(true)
    expect(output().split('\n')).toHaveLength(200_003)
  })

  it('ends with all it started, also what does not listen', async () => {
    const stop = new AbortController()
    const { ended, output } = run(
      'trap "" TERM; sleep 1000 & echo "$$ $!"; (trap "" TERM; sleep 1000) & sleep 1000',
      stop.signal,
    )
    await eventually(() => output().includes('\n'))
    const pids = output().trim().split(' ').map(Number)
    stop.abort(new Error('Stopped by a person'))
    await expect(ended).rejects.toThrow('Stopped by a person')
    for (const pid of pids) expect(await isAlive(pid)).toBe(false)
  })

  it('leaves nothing of what it put in the background', async () => {
    const { ended } = run('sleep 1000 & echo $! > pid')
    expect(await ended).toEqual({ exitCode: 0 })
    const pid = Number(await readFile(join(checkout, 'pid'), 'utf8'))
    await eventually(async () => !(await isAlive(pid)))
  })

  it('fails with its sandbox', async () => {
    const { ended, output } = run('echo up; sleep 1000')
    await eventually(() => output() === 'up\n')
    await Promise.all([expect(ended).rejects.toMatchObject({ kind: 'sandbox' }), provider.stop(task)])
  })
})

describe('the log of a command', () => {
  type Entry = readonly [sequence: number, stream: 'stdout' | 'stderr', text: string]

  /** A server that sends the record of each connection in the order it is given; MARK is the mark of the end. */
  async function played(connections: readonly (readonly Entry[])[]) {
    let mark = ''
    const asked: string[] = []
    const left = [...connections]
    const fetch = (async (input: RequestInfo | URL, init?: RequestInit) => {
      const request = new Request(input, init)
      const url = new URL(request.url)
      if (!url.pathname.endsWith('/logs')) {
        const { args } = (await request.json()) as { args: string[] }
        mark = args[4] ?? ''
        return Response.json({ id: 'p' })
      }
      asked.push(url.searchParams.get('since') ?? '')
      const entries = (left.shift() ?? []).map(
        ([sequence, stream, text]) =>
          `data: ${JSON.stringify({ sequence, stream, data: Buffer.from(text.replace('MARK', mark)).toString('base64') })}\n\n`,
      )
      return new Response(
        new ReadableStream({
          start(controller) {
            controller.enqueue(new TextEncoder().encode(entries.join('')))
            init?.signal?.addEventListener('abort', () => controller.error(init.signal?.reason))
          },
        }),
      )
    }) as typeof globalThis.fetch
    const endpoint = { baseUrl: 'http://sandbox.test', token: 't', fetch }
    const { signal } = new AbortController()
    let output = ''
    const { exitCode } = await runShell(
      new ServerClient(endpoint, signal, '/'),
      { endpoint, gone: signal },
      '/',
      { command: 'x', env: {}, signal, onOutput: (text) => void (output += text) },
    )
    return { exitCode, output, asked }
  }

  it('is put in order where the later of two entries comes first', async () => {
    const { exitCode, output } = await played([
      [
        [1, 'stdout', 'one\n'],
        [3, 'stdout', 'three\n'],
        [2, 'stderr', 'two\n'],
        [5, 'stderr', 'MARK 4\n'],
        [4, 'stdout', 'MARK 4\n'],
      ],
    ])
    expect({ exitCode, output }).toEqual({ exitCode: 4, output: 'one\ntwo\nthree\n' })
  })

  it('is asked again for what did not come, and says what is not there any more', async () => {
    const end: readonly Entry[] = [
      [7, 'stdout', 'MARK 0\n'],
      [8, 'stderr', 'MARK 0\n'],
    ]
    const { output, asked } = await played([
      [
        [1, 'stdout', 'one\n'],
        [3, 'stdout', 'three\n'],
      ],
      [
        [2, 'stdout', 'two\n'],
        [3, 'stdout', 'three\n'],
        [5, 'stdout', 'five\n'],
      ],
      [[6, 'stdout', 'six\n'], ...end],
    ])
    expect(asked).toEqual(['0', '1', '3'])
    expect(output).toBe('one\ntwo\nthree\n\n[The sandbox does not have some of the output any more.]\nsix\n')
  })
})
