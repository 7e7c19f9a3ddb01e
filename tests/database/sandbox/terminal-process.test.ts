import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { FoundryError } from '@shared/errors'
import type { TaskId } from '@shared/ids'
import { LocalProvider } from '../../../src/main/sandbox/local-provider'
import { ProcessRecords } from '../../../src/main/sandbox/process-records'
import { openReaderHere } from '../../../src/main/sandbox/terminal-reader'
import type { SandboxLease, TerminalProcess } from '../../../src/main/sandbox/types'
import { openTestDatabase, type TestDatabase } from '../../support/database'
import { createAgentHome, eventually, serverBinary, type AgentHome } from './support'

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
    environment: async () => ({ ...home.environment, SHELL: '/bin/bash' }),
    agentKeys: async () => ({}),
    records: new ProcessRecords(data.database),
    log: { write: () => undefined },
    events: { serverChanged: () => undefined },
    idleMinutes: () => 15,
    openReader: openReaderHere,
  })
  lease = await provider.acquire(task, checkout)
})
afterEach(async () => {
  await provider.stopAll()
  await data.close()
  await home.remove()
  await rm(checkout, { recursive: true, force: true })
})

class Screen {
  chunks: Uint8Array[] = []
  exit: number | null | undefined = undefined
  problem: FoundryError | null = null
  terminal: TerminalProcess | null = null
  get bytes(): Buffer {
    return Buffer.concat(this.chunks)
  }
  get text(): string {
    return this.bytes.toString('utf8')
  }
  async open(
    command: { command: string; args: string[] } | null,
    env: Record<string, string> = {},
  ): Promise<this> {
    this.terminal = await lease.sandbox.openTerminal({
      command,
      env: { TERM: 'xterm-256color', ...env },
      columns: 77,
      rows: 19,
      onData: (bytes) => void this.chunks.push(Uint8Array.from(bytes)),
      onExit: (code) => void (this.exit = code),
      onFailed: (problem) => void (this.problem = problem),
    })
    return this
  }
  type(text: string): void {
    this.terminal?.write(text)
  }
}

describe('a terminal of a real sandbox', () => {
  it('starts a shell in the checkout, in the size of the window, and shows the first line it prints', async () => {
    const screen = await new Screen().open(
      {
        command: 'sh',
        args: ['-c', 'printf "first "; pwd; stty size; echo "$GREETING"; exit 7'],
      },
      { GREETING: 'grüß dich' },
    )
    await eventually(() => screen.exit !== undefined)
    expect(screen.text).toBe(`first ${checkout}\r\n19 77\r\ngrüß dich\r\n`)
    expect(screen.exit).toBe(7)
    await screen.terminal?.dispose()
    expect(await lease.sandbox.processes()).toEqual([])
  })

  it('takes what is typed, and a size that changes, in the shell of the person', async () => {
    const screen = await new Screen().open(null)
    await eventually(() => screen.text.includes('$ ') || screen.text.includes('# '))
    screen.terminal?.resize(123, 45)
    screen.type('stty size; echo "[${0#-}]"\r')
    await eventually(() => screen.text.includes('45 123') && /\[.*bash\]/.test(screen.text))
    screen.type('exit 3\r')
    await eventually(() => screen.exit !== undefined)
    expect(screen.exit).toBe(3)
  })

  it.each(['/bin/bash', '/bin/zsh', '/usr/bin/fish'].filter((shell) => existsSync(shell)))(
    '%s says where its prompts are and how commands end, and finds the files of the person',
    async (shell) => {
      const rc = {
        '/bin/bash': '.bash_profile',
        '/bin/zsh': '.zshrc',
        '/usr/bin/fish': '.config/fish/config.fish',
      }[shell]
      const file = join(home.environment['HOME'] ?? '', rc ?? '')
      await mkdir(dirname(file), { recursive: true })
      await writeFile(file, 'echo mine was read\n')
      const screen = await new Screen().open(null, { SHELL: shell })
      await eventually(() => screen.text.includes('\u001b]133;A'))
      expect(screen.text).toContain('mine was read')
      screen.type('sh -c "exit 7"\r')
      await eventually(() => screen.text.includes('\u001b]133;D;7\u0007'))
      expect(screen.text).toContain('\u001b]133;C')
      screen.type('echo "[$ZDOTDIR$FOUNDRY_ZSHENV]"\r')
      await eventually(() => screen.text.includes('[]\r\n'))
    },
  )

  it('arguments reach the program as they are', async () => {
    const args = ['%s|', 'a b', '"$HOME"', "it's", '', '*']
    const screen = await new Screen().open({ command: '/usr/bin/printf', args })
    await eventually(() => screen.exit !== undefined)
    expect(screen.text).toBe(`a b|"$HOME"|it's||*|`)
  })

  it('takes a paste that is larger than what the server takes at once', async () => {
    const screen = await new Screen().open({
      command: 'sh',
      args: ['-c', 'stty -echo -icanon; echo ready; head -c 300000 | sha256sum; exit'],
    })
    await eventually(() => screen.text.includes('ready'))
    screen.type('äb3'.repeat(75_000))
    await eventually(() => screen.exit !== undefined)
    const { createHash } = await import('node:crypto')
    expect(screen.text).toContain(createHash('sha256').update('äb3'.repeat(75_000)).digest('hex'))
  })

  it('has every byte of a flood, in order', async () => {
    const screen = await new Screen().open({ command: 'seq', args: ['1', '3000000'] })
    await eventually(() => screen.exit !== undefined)
    const lines = screen.text.split('\r\n')
    expect(lines).toHaveLength(3_000_001)
    expect(lines.findIndex((line, index) => line !== String(index + 1) && index < 3_000_000)).toBe(-1)
  })

  it('finds what was lost while nobody could listen, and puts it where it belongs', async () => {
    const screen = await new Screen().open({
      command: 'sh',
      args: ['-c', 'read -r _; seq 1 1000000; echo over; read -r _'],
    })
    screen.type('\r')
    await eventually(() => screen.text.includes('100\r\n'))
    // The loop stands still for longer than the server waits.
    const until = Date.now() + 2500
    while (Date.now() < until) Math.sqrt(until)
    await eventually(() => screen.text.includes('over'))
    const lines = screen.text.slice(screen.text.indexOf('1\r\n2\r\n')).split('\r\n')
    expect(lines.slice(0, 1_000_000).findIndex((line, index) => line !== String(index + 1))).toBe(-1)
    expect(lines.slice(1_000_000)).toEqual(['over', ''])
  })

  it('says that its sandbox is gone', async () => {
    const screen = await new Screen().open(null)
    await provider.stop(task)
    await eventually(() => screen.problem !== null)
    expect(screen.problem).toMatchObject({ kind: 'sandbox', message: 'The sandbox was stopped.' })
  })

  it('stops and kills what runs in it', async () => {
    const gentle = await new Screen().open({ command: 'sleep', args: ['1000'] })
    await gentle.terminal?.stop()
    await eventually(() => gentle.exit !== undefined)
    expect(gentle.problem).toBeNull()
    const stubborn = await new Screen().open({
      command: 'sh',
      args: ['-c', 'trap "" TERM; echo on; sleep 1000'],
    })
    await eventually(() => stubborn.text.includes('on'))
    await stubborn.terminal?.stop()
    expect(stubborn.exit).toBeUndefined()
    await stubborn.terminal?.kill()
    await eventually(() => stubborn.exit !== undefined)
    expect(stubborn.problem).toBeNull()
  })

  it('refuses a folder that is not there', async () => {
    const opening = lease.sandbox.openTerminal({
      command: null,
      cwd: '/not/there',
      env: {},
      columns: 80,
      rows: 24,
      onData: () => undefined,
      onExit: () => undefined,
      onFailed: () => undefined,
    })
    await expect(opening).rejects.toMatchObject({
      kind: 'sandbox',
      message: 'The terminal could not be started.',
    })
  })
})
