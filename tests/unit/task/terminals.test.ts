import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FoundryError } from '@shared/errors'
import type { TerminalMessage } from '@shared/terminals'
import { below } from '../../../src/main/task/terminals/inside'
import { isLive, nextLife, type Life, type LifeEvent } from '../../../src/main/task/terminals/life'
import { PortFinder } from '../../../src/main/task/terminals/ports'
import { Spool, type SpillFile } from '../../../src/main/task/terminals/spool'
import { parseUsage, percentOf } from '../../../src/main/task/terminals/usage'
import { TerminalStream, UNACKNOWLEDGED_BYTES } from '../../../src/main/task/terminals/terminal-stream'

/** A file of a machine whose disk does things when it is told to. */
class SlowFile implements SpillFile {
  readonly #cells: Uint8Array
  readonly #waiting: (() => void)[] = []
  fails = false
  constructor(readonly capacity: number) {
    this.#cells = new Uint8Array(capacity)
  }
  async write(offset: number, bytes: Uint8Array): Promise<void> {
    await this.#turn()
    if (this.fails) throw new Error('the disk is full')
    for (const [index, byte] of bytes.entries()) this.#cells[(offset + index) % this.capacity] = byte
  }
  async read(offset: number, length: number): Promise<Uint8Array> {
    await this.#turn()
    return Uint8Array.from({ length }, (_, index) => this.#cells[(offset + index) % this.capacity] ?? 0)
  }
  clear = async (): Promise<void> => undefined
  close = async (): Promise<void> => undefined
  #turn(): Promise<void> {
    return new Promise((resolve) => void this.#waiting.push(resolve))
  }
  /** Lets the oldest wait be over, and what follows from it happen. */
  async step(): Promise<void> {
    this.#waiting.shift()?.()
    for (let turn = 0; turn < 8; turn++) await Promise.resolve()
  }
  get busy(): boolean {
    return this.#waiting.length > 0
  }
}

/** The byte at an offset of the stream: anything missing, twice or out of order shows. */
const byteAt = (offset: number): number => (offset * 31 + (offset >> 7)) & 0xff
const piece = (start: number, length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, index) => byteAt(start + index))

class Window {
  next = 0
  begun = 0
  missing = 0
  unacknowledged: number[] = []
  most = 0
  post(message: TerminalMessage): void {
    if (message.type === 'start') {
      this.next = message.offset
      this.missing += message.missing
      this.begun += 1
      this.unacknowledged = []
      return
    }
    if (message.offset !== this.next) throw new Error(`${message.offset} comes where ${this.next} should`)
    for (const [index, byte] of message.bytes.entries())
      if (byte !== byteAt(message.offset + index))
        throw new Error(`another byte at ${message.offset + index}`)
    this.next += message.bytes.length
    this.unacknowledged.push(this.next)
    const [first = this.next] = this.unacknowledged
    this.most = Math.max(this.most, this.next - first + message.bytes.length)
  }
}

type Action =
  | { type: 'output'; length: number }
  | { type: 'ack' }
  | { type: 'show'; visible: boolean }
  | { type: 'disk' }
  | { type: 'reload' }

const actions = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        type: fc.constant('output' as const),
        length: fc.integer({ min: 1, max: 9000 }),
      }),
    },
    { weight: 4, arbitrary: fc.constant<Action>({ type: 'ack' }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('show' as const), visible: fc.boolean() }) },
    { weight: 3, arbitrary: fc.constant<Action>({ type: 'disk' }) },
    { weight: 1, arbitrary: fc.constant<Action>({ type: 'reload' }) },
  ),
  { maxLength: 200 },
)

function setup(capacity: number, limits = { replay: 8000, memory: 16_000, hardMemory: 1 << 30 }) {
  const file = new SlowFile(capacity)
  const errors: unknown[] = []
  let stream: TerminalStream | null = null
  const spool = new Spool(file, {
    limits,
    wanted: () => stream?.position ?? null,
    reportError: (error) => errors.push(error),
  })
  const look = (): Window => {
    stream?.detach()
    stream = null
    const window = new Window()
    stream = new TerminalStream(spool, window, (error) => errors.push(error))
    return window
  }
  const output = (length: number): void => {
    spool.append(piece(spool.end, length))
    stream?.pump()
  }
  const ack = (window: Window): void => {
    const offset = window.unacknowledged.shift()
    if (offset !== undefined) stream?.ack(offset)
  }
  const show = (visible: boolean): void => stream?.show(visible)
  const settle = async (window: Window): Promise<void> => {
    show(true)
    while (file.busy || window.unacknowledged.length > 0) {
      ack(window)
      await file.step()
    }
  }
  return { file, spool, errors, look, output, ack, show, settle }
}

describe('the output of a terminal', () => {
  it('reaches a window whole, once and in order, whatever its pace and that of the disk', async () => {
    await fc.assert(
      fc.asyncProperty(actions, async (steps) => {
        const { file, spool, errors, look, output, ack, show, settle } = setup(1 << 24)
        let window = look()
        for (const step of steps) {
          if (step.type === 'output') output(step.length)
          else if (step.type === 'ack') ack(window)
          else if (step.type === 'show') show(step.visible)
          else if (step.type === 'disk') await file.step()
          else window = look()
        }
        await settle(window)
        expect(window.next).toBe(spool.end)
        expect(window).toMatchObject({ begun: 1, missing: 0 })
        expect(window.most).toBeLessThanOrEqual(UNACKNOWLEDGED_BYTES)
        expect(errors).toEqual([])
      }),
      { numRuns: 200 },
    )
  })

  it('is bounded in memory, and on a disk that is as large as it may be: what is missing is said', async () => {
    await fc.assert(
      fc.asyncProperty(actions, async (steps) => {
        const { file, spool, look, output, ack, show, settle } = setup(40_000)
        const window = look()
        for (const step of steps) {
          if (step.type === 'output') output(step.length)
          else if (step.type === 'ack') ack(window)
          else if (step.type === 'show') show(step.visible)
          else await file.step()
        }
        await settle(window)
        expect(window.next).toBe(spool.end)
        expect(window.begun).toBe(window.missing > 0 ? window.begun : 1)
        expect(spool.memoryBytes).toBeLessThanOrEqual(16_000 + 9000)
      }),
      { numRuns: 200 },
    )
  })

  it('goes on without what a full disk did not take', async () => {
    const { file, spool, errors, look, output, show, settle } = setup(1 << 20)
    const window = look()
    show(false)
    file.fails = true
    for (let round = 0; round < 20; round++) output(5000)
    while (file.busy) await file.step()
    expect(errors.length).toBeGreaterThan(0)
    expect(spool.memoryBytes).toBeLessThanOrEqual(20_000)
    file.fails = false
    await settle(window)
    expect(window.next).toBe(spool.end)
    expect(window.missing).toBeGreaterThan(0)
  })

  it('waits in memory for a slow disk only so long', () => {
    const { spool, look, output, show } = setup(1 << 20, { replay: 1000, memory: 2000, hardMemory: 50_000 })
    look()
    show(false)
    for (let round = 0; round < 100; round++) output(1000)
    expect(spool.memoryBytes).toBeLessThanOrEqual(50_000)
    expect(spool.start).toBeGreaterThan(0)
  })

  it('keeps no more than a replay while nobody looks', () => {
    const { spool, output } = setup(1 << 20)
    for (let round = 0; round < 100; round++) output(1000)
    expect(spool.end - spool.start).toBeLessThanOrEqual(16_000)
    expect(spool.replayStart).toBe(spool.end - 8000)
  })

  it('comes at once when little comes, and in few messages when much does', () => {
    const { look, output, ack } = setup(1 << 20, { replay: 1 << 20, memory: 1 << 21, hardMemory: 1 << 22 })
    const window = look()
    output(1)
    expect(window.next).toBe(1)
    for (let round = 0; round < 1000; round++) output(10)
    expect(window.unacknowledged).toHaveLength(1)
    ack(window)
    expect(window.next).toBe(10_001)
    expect(window.unacknowledged).toHaveLength(1)
  })
})

describe('the life of a terminal', () => {
  const problem = new FoundryError('sandbox', 'Gone')
  const events: LifeEvent[] = [
    { type: 'start', at: 1 },
    { type: 'started', pid: 5 },
    { type: 'refused', at: 2, problem },
    { type: 'ended', at: 3, exitCode: 0, problem: null },
  ]

  it('never runs twice at once, and ends once', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...events)), (told) => {
        let life: Life = { state: 'stopped' }
        let balance = 0
        for (const event of told) {
          const next = nextLife(life, event)
          if (next === null) continue
          if (event.type === 'start') balance += 1
          if (event.type === 'ended' || event.type === 'refused') balance -= 1
          life = next
          expect(balance).toBe(isLive(life) ? 1 : 0)
        }
      }),
    )
  })

  it('may end before it is known to run', () => {
    const starting = nextLife({ state: 'stopped' }, { type: 'start', at: 1 })
    expect(
      nextLife(starting ?? { state: 'stopped' }, { type: 'ended', at: 2, exitCode: 1, problem: null }),
    ).toEqual({
      state: 'exited',
      startedAt: 1,
      endedAt: 2,
      exitCode: 1,
      problem: null,
    })
  })
})

describe('what runs in a shell', () => {
  it('is everything below it, by name', () => {
    const list =
      '  1 0 init\n 10 1 /bin/bash\n 30 20 node\n 20 10 /usr/bin/npm run dev\n 40 1 other\nnonsense\n'
    expect(below(10, list)).toEqual([
      { pid: 20, name: 'npm run dev' },
      { pid: 30, name: 'node' },
    ])
    expect(below(40, list)).toEqual([])
  })

  it('does not hang on a circle', () => {
    expect(below(1, '2 1 a\n1 2 b\n')).toEqual([{ pid: 2, name: 'a' }])
  })
})

describe('addresses in output', () => {
  const find = (text: string, cut: number): string[] => {
    const finder = new PortFinder()
    const bytes = Buffer.from(text)
    return [...finder.push(bytes.subarray(0, cut)), ...finder.push(bytes.subarray(cut))].map(({ url }) => url)
  }

  it('are found however they are coloured, and wherever output is cut', () => {
    const text =
      '  \u001b[32m➜\u001b[39m  Local: \u001b[36mhttp://localhost:\u001b[1m5173\u001b[22m/\u001b[39m\r\n' +
      ' '.repeat(300)
    for (let cut = 0; cut <= 90; cut++) {
      const found = find(text, cut)
      expect(found).toHaveLength(1)
      expect(found[0]).toMatch(/^http:\/\/localhost:5173\/?$/)
    }
  })

  it('are those of this computer', () => {
    const text =
      'on http://0.0.0.0:8000 and https://example.org:99/ and http://127.0.0.1:3000/docs?x http://localhost:99999/\n'
    expect(find(text, 0)).toEqual(['http://localhost:8000', 'http://127.0.0.1:3000/docs'])
  })
})

describe('how busy processes are', () => {
  const stat = (pid: number, name: string, parent: number, user: number, system: number): string =>
    `${pid} (${name}) S ${parent} 1 1 0 -1 4194560 9 0 0 0 ${user} ${system} 0 0 20 0 1 0 55 1000 10`
  const linux = (at: number, ...lines: string[]) => ({
    at,
    processes: parseUsage(`100\n${lines.join('\n')}\n`),
  })

  it('is what they and all below them used between two looks', () => {
    const before = linux(
      1000,
      stat(1, 'init', 0, 900, 0),
      stat(7, 'sh', 1, 10, 0),
      stat(8, 'a) b (c', 7, 100, 50),
    )
    const now = linux(
      3000,
      stat(1, 'init', 0, 900, 0),
      stat(7, 'sh', 1, 10, 0),
      stat(8, 'a) b (c', 7, 200, 60),
      stat(9, 'node', 8, 40, 10),
    )
    expect(percentOf(7, before, now)).toBeCloseTo(80)
    expect(percentOf(9, before, now)).toBeCloseTo(25)
    expect(percentOf(7, null, now)).toBeNull()
    expect(percentOf(77, before, now)).toBeNull()
  })

  it('is what the system reckons where it tells nothing else', () => {
    const now = { at: 1, processes: parseUsage('    1     0   0.0\n   7     1  12.5\n   8     7   3,5\n') }
    expect(percentOf(7, null, now)).toBeCloseTo(16)
  })
})
