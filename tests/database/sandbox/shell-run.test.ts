import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { TaskId } from '@shared/ids'
import { LocalProvider } from '../../../src/main/sandbox/local-provider'
import { ProcessRecords } from '../../../src/main/sandbox/process-records'
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
