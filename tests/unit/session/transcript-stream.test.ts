import * as fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import type { TranscriptMessage, TranscriptRow } from '@shared/domain'
import type { SessionId } from '@shared/ids'
import type { LogChange } from '../../../src/main/session/event-log'
import { TranscriptStream } from '../../../src/main/session/transcript-stream'
import { ManualClock } from './clock'

const session: SessionId = 'session_00000000-0000-4000-8000-000000000001'
const textOf = (row: TranscriptRow): string => (row.event.type === 'prompt' ? row.event.text : '')

/** A record of text rows, read the way the event log is. */
class Record {
  rows: { first: number; text: string }[] = []
  #listeners = new Set<(change: LogChange) => void>()

  show(row: { first: number; text: string }): TranscriptRow {
    return {
      first: row.first,
      last: row.first,
      turnId: null,
      at: 0,
      event: { type: 'prompt', text: row.text },
      cut: null,
    }
  }
  tail(_session: SessionId, limit: number): { rows: TranscriptRow[]; hasEarlier: boolean } {
    return {
      rows: this.rows.slice(-limit).map((row) => this.show(row)),
      hasEarlier: this.rows.length > limit,
    }
  }
  subscribe(_session: SessionId, listener: (change: LogChange) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
  get listeners(): number {
    return this.#listeners.size
  }
  add(text: string): void {
    const row = { first: this.rows.length, text }
    this.rows.push(row)
    for (const listener of this.#listeners)
      listener({ type: 'row', first: row.first, row: () => this.show(row) })
  }
  grow(text: string): void {
    const row = this.rows.at(-1)
    if (row === undefined) return this.add(text)
    row.text += text
    for (const listener of this.#listeners)
      listener({ type: 'append', first: row.first, last: row.first, text })
  }
}

/** The window's end of the port. */
class Mirror {
  messages: TranscriptMessage[] = []
  rows = new Map<number, string>()
  post(message: TranscriptMessage): void {
    this.messages.push(message)
    if (message.type === 'tail') {
      this.rows = new Map(message.rows.map((row) => [row.first, textOf(row)]))
      return
    }
    for (const change of message.changes) {
      if (change.type === 'row') this.rows.set(change.row.first, textOf(change.row))
      else {
        const before = this.rows.get(change.first)
        if (before === undefined) throw new Error('appended to a row that is not there')
        this.rows.set(change.first, before + change.text)
      }
    }
  }
  get batches(): number[] {
    return this.messages.flatMap((message) => (message.type === 'batch' ? [message.sequence] : []))
  }
}

let clock: ManualClock
let record: Record
let mirror: Mirror
const attach = (): TranscriptStream => new TranscriptStream(record, session, mirror, clock)

beforeEach(() => {
  clock = new ManualClock()
  record = new Record()
  mirror = new Mirror()
})

describe('a transcript stream', () => {
  it('begins with the tail, sends the first change at once and the next ones a frame later, joined', () => {
    record.add('before')
    const stream = attach()
    expect(mirror.messages[0]).toMatchObject({ type: 'tail', hasEarlier: false })
    record.add('a')
    expect(mirror.batches).toEqual([1])
    record.grow('b')
    record.grow('c')
    expect(mirror.batches).toEqual([1])
    clock.pass(16)
    expect(mirror.messages[2]).toEqual({
      type: 'batch',
      sequence: 2,
      changes: [{ type: 'append', first: 1, last: 1, text: 'bc' }],
    })
    stream.detach()
    expect(record.listeners).toBe(0)
    record.add('late')
    clock.pass(100)
    expect(mirror.messages).toHaveLength(3)
  })

  it('stops at four batches that were not acknowledged, and goes on with an acknowledgement', () => {
    const stream = attach()
    for (let index = 0; index < 10; index++) {
      record.add(String(index))
      clock.pass(20)
    }
    expect(mirror.batches).toEqual([1, 2, 3, 4])
    stream.ack(1)
    expect(mirror.batches).toEqual([1, 2, 3, 4, 5])
    expect(mirror.rows.size).toBe(10)
    for (const nonsense of [Number.NaN, -1, 0.5, 1]) stream.ack(nonsense)
    record.add('x')
    clock.pass(20)
    expect(mirror.batches).toHaveLength(5)
    stream.ack(99)
    expect(mirror.batches).toHaveLength(6)
  })

  it('gives a window that fell far behind a fresh tail', () => {
    const stream = attach()
    for (let index = 0; index < 5000; index++) {
      record.add(String(index))
      clock.pass(1)
    }
    const before = mirror.messages.length
    stream.ack(4)
    expect(mirror.messages[before]).toMatchObject({ type: 'tail', hasEarlier: true })
    expect([...mirror.rows.keys()].at(-1)).toBe(4999)
  })

  it('shows the record, whatever is split, delayed or acknowledged late', () => {
    const action = fc.oneof(
      fc.record({ do: fc.constant('add' as const), text: fc.string({ maxLength: 5 }) }),
      fc.record({ do: fc.constant('grow' as const), text: fc.string({ maxLength: 5 }) }),
      fc.record({ do: fc.constant('pass' as const), text: fc.constant('') }),
      fc.record({ do: fc.constant('ack' as const), text: fc.constant('') }),
    )
    fc.assert(
      fc.property(fc.array(action, { maxLength: 200 }), (actions) => {
        clock = new ManualClock()
        record = new Record()
        mirror = new Mirror()
        record.add('first')
        const stream = attach()
        for (const { do: what, text } of actions) {
          if (what === 'add') record.add(text)
          else if (what === 'grow') record.grow(text)
          else if (what === 'pass') clock.pass(10)
          else stream.ack(mirror.batches.at(-1) ?? 0)
        }
        for (let round = 0; round < 3; round++) {
          stream.ack(mirror.batches.at(-1) ?? 0)
          clock.pass(20)
        }
        const shown = [...mirror.rows].toSorted((a, b) => a[0] - b[0]).map(([, text]) => text)
        expect(shown).toEqual(record.rows.slice(-shown.length).map((row) => row.text))
        expect(shown.length).toBeGreaterThanOrEqual(Math.min(100, record.rows.length))
      }),
    )
  })
})
