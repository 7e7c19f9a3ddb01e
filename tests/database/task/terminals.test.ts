import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { TaskId, TerminalId } from '@shared/ids'
import type { Terminal, TerminalMessage } from '@shared/terminals'
import { LocalProvider } from '../../../src/main/sandbox/local-provider'
import { ProcessRecords } from '../../../src/main/sandbox/process-records'
import { openReaderHere } from '../../../src/main/sandbox/terminal-reader'
import { createTerminals, type Terminals } from '../../../src/main/task/terminals/terminals'
import { openTestDatabase, type TestDatabase } from '../../support/database'
import { createAgentHome, eventually, isAlive, serverBinary, type AgentHome } from '../sandbox/support'

const task: TaskId = 'task_00000000-0000-4000-8000-000000000001'

let home: AgentHome
let data: TestDatabase
let folder: string
let checkout: string
let provider: LocalProvider
let terminals: Terminals

beforeEach(async () => {
  home = await createAgentHome()
  data = await openTestDatabase()
  folder = await realpath(await mkdtemp(join(tmpdir(), 'foundry-terminals-')))
  checkout = join(folder, 'checkout')
  await mkdir(join(checkout, 'sub'), { recursive: true })
  start()
})
afterEach(async () => {
  await terminals.shutDown()
  await provider.stopAll()
  await data.close()
  await home.remove()
  await rm(folder, { recursive: true, force: true })
})

/** A run of the app. */
function start(): void {
  provider = new LocalProvider({
    binary: serverBinary(),
    environment: async () => ({ ...home.environment, SHELL: '/bin/sh', ENV: '' }),
    agentKeys: async () => ({}),
    records: new ProcessRecords(data.database),
    log: { write: () => undefined },
    events: { serverChanged: () => undefined },
    idleMinutes: () => 15,
    openReader: openReaderHere,
  })
  terminals = createTerminals({
    database: data.database,
    now: Date.now,
    acquire: (taskId) => provider.acquire(taskId, checkout),
    isRunning: (taskId) => provider.isRunning(taskId),
    checkoutPath: () => checkout,
    spillDirectory: join(folder, 'spill'),
    changed: () => undefined,
    reportError: (error) => {
      throw error
    },
  })
}

async function startAgain(): Promise<void> {
  await terminals.shutDown()
  await provider.stopAll()
  start()
}

class Screen {
  text = ''
  #feed: Awaited<ReturnType<Terminals['attach']>> | null = null
  async attach(id: TerminalId): Promise<this> {
    this.#feed = await terminals.attach(id, {
      post: (message: TerminalMessage) => {
        if (message.type === 'start') this.text = ''
        else {
          this.text += Buffer.from(message.bytes).toString('utf8')
          setImmediate(() =>
            this.#feed?.request({ type: 'ack', offset: message.offset + message.bytes.length }),
          )
        }
      },
    })
    this.#feed.request({ type: 'resize', columns: 90, rows: 20 })
    return this
  }
  type(text: string): void {
    this.#feed?.request({ type: 'input', text })
  }
}

const only = (): Terminal => {
  const [terminal] = terminals.ofTask(task)
  if (terminal === undefined) throw new Error('The task has no terminal')
  return terminal
}
const stateOf = (id: TerminalId) => terminals.ofTask(task).find((terminal) => terminal.id === id)?.state

describe('terminals of a task', () => {
  it('start nothing before somebody looks, and then a shell in the checkout', async () => {
    const { id, state, cwd } = terminals.open(task, null)
    expect({ state, cwd }).toEqual({ state: 'stopped', cwd: checkout })
    expect(provider.isRunning(task)).toBe(false)
    const screen = await new Screen().attach(id)
    await eventually(() => stateOf(id) === 'running')
    screen.type('pwd; stty size; exit 4\r')
    await eventually(() => stateOf(id) === 'exited')
    expect(screen.text).toContain(`${checkout}\r\n20 90\r\n`)
    expect(only()).toMatchObject({ exitCode: 4, problem: null, pid: null })
  })

  it('are as they were after a restart: order, names, the screen and the folder of a shell', async () => {
    const { id } = terminals.open(task, null)
    const second = terminals.open(task, null)
    terminals.rename(second.id, 'Second')
    terminals.move(second.id, id)
    const screen = await new Screen().attach(id)
    await eventually(() => stateOf(id) === 'running')
    screen.type('cd sub; printf "\\033[?1049h%s\\n" remember\r')
    await eventually(() => screen.text.includes('\u001b[?1049hremember'))
    await startAgain()
    expect(terminals.ofTask(task).toSorted((a, b) => a.position - b.position)).toMatchObject([
      { id: second.id, name: 'Second', state: 'stopped' },
      { id, name: null, state: 'stopped', cwd: join(checkout, 'sub') },
    ])
    expect(provider.isRunning(task)).toBe(false)
    const again = await new Screen().attach(id)
    expect(again.text).toContain('remember')
    // The program left its screen on: that is ended before the new shell.
    expect(again.text.lastIndexOf('\u001b[?1049l')).toBeGreaterThan(again.text.lastIndexOf('\u001b[?1049h'))
    expect(again.text).toContain('from before Foundry was started')
    await eventually(() => stateOf(id) === 'running')
    again.type('pwd\r')
    await eventually(() => again.text.includes(`${checkout}/sub\r\n`))
    expect(again.text).not.toContain('started again')
  })

  it('close at once where nothing runs, else only with a yes, and end all that was started', async () => {
    const { id } = terminals.open(task, null)
    const screen = await new Screen().attach(id)
    await eventually(() => stateOf(id) === 'running')
    screen.type('sleep 1000 & echo "pid $!"; (trap "" HUP; sleep 1001) & echo "pid $!"\r')
    await eventually(() => [...screen.text.matchAll(/pid (\d+)\r/g)].length === 2)
    const pids = [...screen.text.matchAll(/pid (\d+)\r/g)].map(([, pid]) => Number(pid))
    const asked = await terminals.close(id, false)
    expect(asked.closed).toBe(false)
    expect(asked.running).toContain('sleep')
    expect(stateOf(id)).toBe('running')
    expect(await terminals.busy()).toMatchObject([{ taskId: task }])
    expect(await terminals.close(id, true)).toEqual({ closed: true, running: [] })
    expect(terminals.ofTask(task)).toEqual([])
    await eventually(async () => !(await isAlive(pids[0] ?? 0)))
    await startAgain()
    expect(terminals.ofTask(task)).toEqual([])
    const idle = terminals.open(task, null)
    const prompt = await new Screen().attach(idle.id)
    await eventually(() => /[#$] $/.test(prompt.text))
    expect(await terminals.close(idle.id, false)).toEqual({ closed: true, running: [] })
  })

  it('beside one another share a tab, which goes on when its first closes', async () => {
    const first = terminals.open(task, null)
    const second = terminals.open(task, first.id)
    const third = terminals.open(task, second.id)
    expect(new Set(terminals.ofTask(task).map(({ groupId }) => groupId))).toEqual(new Set([first.id]))
    await terminals.close(first.id, false)
    expect(terminals.ofTask(task).map(({ groupId }) => groupId)).toEqual([second.id, second.id])
    await startAgain()
    expect(terminals.ofTask(task).map(({ groupId }) => groupId)).toEqual([second.id, second.id])
    expect(terminals.ofTask(task).map(({ id }) => id)).toEqual([second.id, third.id])
  })

  it('run programs with arguments, a folder, variables and a time, and run them again', async () => {
    const ran = await terminals.run({
      taskId: task,
      command: 'sh',
      args: ['-c', 'pwd; echo "$GREETING"; sleep 1000'],
      cwd: 'sub',
      env: { GREETING: 'good day' },
      timeoutSeconds: 1,
      name: null,
    })
    expect(ran).toMatchObject({ state: 'running', variables: ['GREETING'] })
    const screen = await new Screen().attach(ran.id)
    await eventually(() => stateOf(ran.id) === 'exited')
    expect(screen.text).toContain(`${checkout}/sub\r\ngood day\r\n`)
    expect(only().problem?.message).toBe('It was ended after 1 seconds, as was asked for.')
    await terminals.start(ran.id)
    await eventually(() => screen.text.includes('started again'))
    await eventually(() => screen.text.split('good day').length === 3)
    const { pid } = only()
    expect(await terminals.restart(ran.id)).toMatchObject({ state: 'running' })
    expect(only().pid).not.toBe(pid)
    await eventually(() => screen.text.split('good day').length === 4)
    await terminals.kill(ran.id)
    await eventually(() => stateOf(ran.id) === 'exited')
    // Values of variables are on no disk, so it cannot be offered again.
    await startAgain()
    expect(terminals.ofTask(task)).toEqual([])
  })

  it('say where a server listens once it answers', async () => {
    const script =
      "require('node:http').createServer((q,r)=>r.end('hi')).listen(0,'127.0.0.1',function(){console.log('http://0.0.0.0:'+this.address().port+'/x')})"
    await terminals.run({
      taskId: task,
      command: process.execPath,
      args: ['-e', script],
      cwd: '',
      env: {},
      timeoutSeconds: null,
      name: 'Server',
    })
    await eventually(() => only().ports.length === 1)
    expect(only().ports[0]?.url).toBe(`http://localhost:${only().ports[0]?.port}/x`)
    await terminals.stop(only().id)
    await eventually(() => only().state === 'exited')
    expect(only().ports).toEqual([])
  })

  it('list other processes of the sandbox, with their output, and end them', async () => {
    expect(await terminals.processes(task)).toEqual({ others: [], terminals: [] })
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const lease = await provider.acquire(task, checkout)
    const stop = new AbortController()
    const script = lease.sandbox.runShell({
      command: `echo from a script, see http://localhost:${port}/; while :; do :; done`,
      env: {},
      onOutput: () => undefined,
      signal: stop.signal,
    })
    const ended = script.catch((error: unknown) => error)
    const { id } = terminals.open(task, null)
    await new Screen().attach(id)
    await eventually(() => stateOf(id) === 'running')
    const [process, ...more] = (await terminals.processes(task)).others
    expect(more).toEqual([])
    expect(process).toMatchObject({ state: 'running' })
    // It never rests, and the shell does.
    await eventually(async () => ((await terminals.processes(task)).others[0]?.cpu ?? 0) > 10)
    const now = await terminals.processes(task)
    expect(now.terminals.map((terminal) => terminal.id)).toEqual([id])
    expect(now.terminals[0]?.cpu).toBeLessThan(10)
    expect(now.others[0]?.ports).toEqual([{ port, url: `http://localhost:${port}/` }])
    const processId = process?.id ?? ''
    await eventually(async () => (await terminals.processLog(task, processId)).includes('from a script, see'))
    await terminals.stopProcess(task, processId, false)
    await ended
    lease.release()
    server.close()
  })

  it('fail in words where the folder is gone, and are gone with their task', async () => {
    const { id } = terminals.open(task, null)
    const screen = await new Screen().attach(id)
    await eventually(() => stateOf(id) === 'running')
    screen.type('cd sub\r')
    await startAgain()
    await rm(checkout, { recursive: true })
    await new Screen().attach(id)
    await eventually(() => stateOf(id) === 'failed')
    expect(only().problem?.kind).toBe('sandbox')
    await terminals.erase(task)
    expect(terminals.ofTask(task)).toEqual([])
    await startAgain()
    expect(terminals.ofTask(task)).toEqual([])
  })

  it('keep a flood that nobody looks at out of memory, and leave no file', async () => {
    const { id } = await terminals.run({
      taskId: task,
      command: 'seq',
      args: ['1', '2000000'],
      cwd: '',
      env: {},
      timeoutSeconds: null,
      name: null,
    })
    let received = 0
    const feed = await terminals.attach(id, {
      post: (message) => void (received += message.type === 'data' ? message.bytes.length : 0),
    })
    await eventually(() => stateOf(id) === 'exited')
    // It acknowledged nothing: what is under way is bounded, and the rest waits.
    expect(received).toBeLessThanOrEqual(256 * 1024)
    expect(await readdir(join(folder, 'spill'))).toEqual([])
    feed.detach()
  })

  it('show a window all of a flood that is over long before it has drawn it, the last words too', async () => {
    const lines = Array.from(
      { length: 400_000 },
      (_, index) => `line ${index} of a program that is in a hurry`,
    )
    await writeFile(join(checkout, 'output'), `${lines.join('\n')}\n`)
    const { id } = await terminals.run({
      taskId: task,
      command: 'cat',
      args: ['output'],
      cwd: '',
      env: {},
      timeoutSeconds: null,
      name: null,
    })
    const parts: Uint8Array[] = []
    const starts: TerminalMessage[] = []
    const feed = await terminals.attach(id, {
      post(message) {
        if (message.type === 'start') return void starts.push(message)
        parts.push(message.bytes)
        setImmediate(() => feed.request({ type: 'ack', offset: message.offset + message.bytes.length }))
      },
    })
    await eventually(() => stateOf(id) === 'exited')
    const expected = `${lines.join('\r\n')}\r\n`
    await eventually(() => parts.reduce((sum, { length }) => sum + length, 0) >= expected.length)
    expect(Buffer.concat(parts).equals(Buffer.from(expected))).toBe(true)
    expect(starts).toHaveLength(1)
  })
})
