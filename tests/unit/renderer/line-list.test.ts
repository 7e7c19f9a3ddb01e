import type { TranscriptEvent, TranscriptRow } from '@shared/domain'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LineList, type Line } from '../../../src/renderer/features/transcript/line-list'
import { TranscriptModel } from '../../../src/renderer/features/transcript/transcript-model'

const update = (fields: Record<string, unknown>): TranscriptEvent => ({ type: 'update', update: fields })
const message = (text: string): TranscriptEvent =>
  update({ sessionUpdate: 'agent_message_chunk', content: { type: 'text', text } })
const tool = (id: string, fields: Record<string, unknown> = {}): TranscriptEvent =>
  update({ sessionUpdate: 'tool_call', toolCallId: id, kind: 'read', status: 'completed', ...fields })
const row = (first: number, event: TranscriptEvent, turn = 1): TranscriptRow => ({
  first,
  last: first,
  turnId: `turn_${String(turn).padStart(8, '0')}`,
  at: first,
  event,
  cut: null,
})
const everything = (list: LineList): Line[] =>
  list.window(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY).map(({ line }) => line)

class Transcript {
  readonly model = new TranscriptModel()
  readonly list = new LineList(() => 30)
  readonly unfolded = new Map<string, boolean>()
  running = false

  sync(): this {
    this.list.sync(this.model.takeChanges(), this.source())
    return this
  }

  refold(key: string, unfolded: boolean): void {
    this.unfolded.set(key, unfolded)
    this.list.refold(key, this.source())
  }

  source() {
    return {
      items: this.model.items,
      origin: this.model.origin,
      running: this.running,
      isUnfolded: (key: string) => this.unfolded.get(key),
    }
  }
}

const of = (rows: readonly TranscriptRow[]): Transcript => {
  const transcript = new Transcript()
  transcript.model.reset(rows, false)
  return transcript.sync()
}
const shape = (list: LineList) =>
  everything(list).map((line) =>
    line.type === 'item'
      ? [line.item.type, line.item.turnId, 'text' in line.item ? line.item.text : '', line.depth]
      : line.type === 'steps'
        ? ['steps', line.steps.length, line.open]
        : ['part', line.blocks.map((block) => block.source).join('')],
  )

describe('line list', () => {
  it('folds consecutive steps to one line and keeps those in sight that failed', () => {
    const { list } = of([
      row(0, { type: 'prompt', text: 'go' }),
      row(1, tool('a')),
      row(2, tool('b', { status: 'failed' })),
      row(3, tool('c')),
      row(4, message('done')),
      row(5, tool('d')),
      row(6, message('end')),
    ])
    expect(everything(list).map((line) => line.type)).toEqual([
      'item',
      'steps',
      'item',
      'item',
      'item',
      'item',
    ])
    expect(everything(list)[2]).toMatchObject({ depth: 1, item: { tool: { id: 'b' } } })
  })

  it('leaves steps in the open while they happen, and as a person wants them', () => {
    const transcript = new Transcript()
    transcript.running = true
    transcript.model.reset([row(0, tool('a')), row(1, tool('b', { status: 'pending' }))], false)
    transcript.sync()
    expect(everything(transcript.list)).toHaveLength(3)
    const key = everything(transcript.list)[0]?.key ?? ''
    transcript.refold(key, false)
    expect(everything(transcript.list)).toHaveLength(1)
    transcript.refold(key, true)
    transcript.model.apply([{ type: 'row', row: row(2, message('done')) }])
    transcript.sync()
    expect(everything(transcript.list)).toHaveLength(4)
  })

  it('sets calls of a sub-agent under the call that started it', () => {
    const { list } = of([
      row(0, tool('task', { status: 'failed' })),
      row(1, tool('inner', { status: 'failed', _meta: { claudeCode: { parentToolUseId: 'task' } } })),
      row(2, tool('own', { status: 'failed' })),
    ])
    const depths = everything(list).map((line) => (line.type === 'item' ? line.depth : 0))
    expect(depths).toEqual([0, 1, 2, 1])
  })

  it('draws a long message in parts, and of what grows only the last one anew', () => {
    const paragraph = `${'words '.repeat(100)}\n\n`
    const transcript = of([row(0, message(paragraph.repeat(20)))])
    const before = everything(transcript.list)
    expect(before.length).toBeGreaterThan(5)
    transcript.model.apply([{ type: 'append', first: 0, last: 1, text: 'and more' }])
    transcript.sync()
    const after = everything(transcript.list)
    expect(after.slice(0, -2)).toEqual(before.slice(0, -2))
    after.slice(0, before.length - 2).forEach((line, index) => expect(line).toBe(before[index]))
  })

  const anyEvent = fc.oneof(
    fc.string({ maxLength: 4 }).map((text) => message(`${text}.`)),
    fc.constantFrom('a', 'b', 'c').map((id) => tool(id)),
    fc.constantFrom('a', 'b').map((id) => tool(id, { sessionUpdate: 'tool_call_update', status: 'failed' })),
    fc.constant<TranscriptEvent>({ type: 'prompt', text: 'go' }),
    fc.constant(update({ sessionUpdate: 'current_mode_update', currentModeId: 'x' })),
  )
  const anyRows = fc
    .array(fc.tuple(anyEvent, fc.nat(3)), { maxLength: 150 })
    .map((events) => events.map(([event, turn], index) => row(index, event, Math.floor(index / 20) + turn)))

  it('shows the same whether rows are read in pages, stream in or stand there', () => {
    fc.assert(
      fc.property(anyRows, fc.integer({ min: 1, max: 30 }), (rows, size) => {
        const whole = shape(of(rows).list)
        const paged = new Transcript()
        const tail = Math.max(0, rows.length - size)
        paged.model.reset(rows.slice(tail), tail > 0)
        paged.sync()
        for (let end = tail; end > 0; end -= size) {
          paged.model.prepend(rows.slice(Math.max(0, end - size), end), end - size > 0)
          paged.sync()
        }
        expect(shape(paged.list)).toEqual(whole)
        const streamed = of([])
        for (const one of rows) {
          streamed.model.apply([{ type: 'row', row: one }])
          streamed.sync()
        }
        expect(shape(streamed.list)).toEqual(whole)
      }),
      { numRuns: 300 },
    )
  })

  it('knows where every line stands, whatever was measured', () => {
    fc.assert(
      fc.property(anyRows, fc.array(fc.integer({ min: 1, max: 500 }), { maxLength: 20 }), (rows, heights) => {
        const { list } = of(rows)
        const lines = everything(list)
        heights.forEach((height, index) => {
          const line = lines[(index * 7) % Math.max(1, lines.length)]
          if (line !== undefined) list.measure(line.key, height)
        })
        const placed = list.window(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY)
        for (const { line, top } of placed) expect(list.topOf(line.key)).toBe(top)
        const middle = list.total / 2
        const [at] = list.window(middle, middle + 1)
        const after = placed[placed.findIndex(({ line }) => line === at?.line) + 1]
        expect(at?.top ?? 0).toBeLessThanOrEqual(middle)
        expect(placed.length === 0 || (after?.top ?? list.total) > middle).toBe(true)
      }),
      { numRuns: 200 },
    )
  })
})
