import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SequencedOutput, type RecordEntry } from '../../../src/main/sandbox/sequenced-output'

/** What the server keeps for a client that is slow. */
const KEPT = 40

/** A server whose frames can be lost on the way. */
class Server {
  readonly entries: RecordEntry[] = []
  readonly onTheWay: Uint8Array[] = []
  late = false
  forgotten = 0
  reads = 0
  print(text: string): void {
    const bytes = Buffer.from(text)
    this.entries.push({ sequence: this.entries.length + 1, bytes })
    this.onTheWay.push(bytes)
    if (this.onTheWay.length <= KEPT * 4) return
    // As it does: the oldest that is still to be sent goes.
    this.onTheWay.splice(0, this.onTheWay.length - KEPT)
    this.late = true
  }
  /** What arrives next: all that waits, where the client was slow. */
  arrive(count: number): Uint8Array[] {
    const frames = this.onTheWay.splice(0, this.late ? this.onTheWay.length : count)
    this.late = false
    return frames
  }
  after = async function* (this: Server, sequence: number): AsyncGenerator<RecordEntry[]> {
    this.reads += 1
    const found = this.entries.slice(Math.max(sequence, this.forgotten))
    for (let from = 0; from < found.length; from += 7) {
      await Promise.resolve()
      yield found.slice(from, from + 7)
    }
  }
}

function connect(server: Server) {
  const told: string[] = []
  let missing = 0
  const output: SequencedOutput = new SequencedOutput(server, {
    deliver: (frames) => void told.push(...frames.map((frame) => Buffer.from(frame).toString())),
    missing: (entries) => void (missing += entries),
    failed(error) {
      throw error
    },
    pause: () => Promise.resolve(),
    // Whatever is on the way arrives meanwhile.
    async patience() {
      await Promise.resolve()
      output.push(server.arrive(Infinity))
    },
  })
  return { output, told, missing: () => missing }
}

const turns = async (count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn++) await Promise.resolve()
}
const textsOf = (server: Server): string[] => server.entries.map(({ bytes }) => Buffer.from(bytes).toString())

describe('output in the order of the record', () => {
  it('is whole, whatever was given up on the way and however alike its pieces are', async () => {
    const step = fc.oneof(
      fc.record({ type: fc.constant('print' as const), count: fc.integer({ min: 1, max: 120 }) }),
      fc.record({ type: fc.constant('arrive' as const), count: fc.integer({ min: 1, max: 200 }) }),
      fc.record({ type: fc.constant('wait' as const), count: fc.integer({ min: 1, max: 30 }) }),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 60 }),
        fc.integer({ min: 1, max: 200 }),
        async (steps, kinds) => {
          const server = new Server()
          const { output, told, missing } = connect(server)
          for (const { type, count } of steps) {
            if (type === 'print')
              for (let nth = 0; nth < count; nth++) server.print(`${server.entries.length % kinds};`)
            else if (type === 'arrive') output.push(server.arrive(count))
            else await turns(count)
          }
          await output.end()
          expect(told).toEqual(textsOf(server))
          expect(missing()).toBe(0)
        },
      ),
      { numRuns: 500 },
    )
  })

  it('comes at once when it is little, and asks for nothing', async () => {
    const server = new Server()
    const { output, told } = connect(server)
    server.print('a')
    output.push(server.arrive(1))
    expect(told).toEqual(['a'])
    await turns(20)
    expect(server.reads).toBe(0)
  })

  it('says what the record itself has forgotten', async () => {
    const server = new Server()
    const { output, told, missing } = connect(server)
    for (let nth = 0; nth < 1000; nth++) server.print(`${nth};`)
    server.forgotten = 300
    output.push(server.arrive(1))
    await turns(50)
    await output.end()
    expect(missing()).toBe(300)
    expect(told).toEqual(textsOf(server).slice(300))
  })

  it('has the last words of a program that was in a hurry', async () => {
    const server = new Server()
    const { output, told } = connect(server)
    for (let nth = 0; nth < 30; nth++) server.print(`${nth};`)
    output.push(server.arrive(10))
    await output.end()
    expect(told).toEqual(textsOf(server))
  })
})
