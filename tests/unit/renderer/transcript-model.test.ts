import type { TranscriptChange, TranscriptEvent, TranscriptRow } from '@shared/domain'
import type { PolicyGrounds } from '@shared/permission-policy-schema'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TranscriptModel } from '../../../src/renderer/features/transcript/transcript-model'
import type { ViewItem } from '@shared/transcript/view-items'

const turn = (n: number) => `turn_${String(n).padStart(8, '0')}` as const
const row = (
  first: number,
  event: TranscriptEvent,
  turnId: `turn_${string}` | null = turn(1),
  last = first,
): TranscriptRow => ({
  first,
  last,
  turnId,
  at: first,
  event,
  cut: null,
})
const update = (fields: Record<string, unknown>): TranscriptEvent => ({ type: 'update', update: fields })
const chunk = (text: string, kind = 'agent_message_chunk'): TranscriptEvent =>
  update({ sessionUpdate: kind, content: { type: 'text', text } })
const tool = (id: string, fields: Record<string, unknown> = {}): TranscriptEvent =>
  update({
    sessionUpdate: 'tool_call',
    toolCallId: id,
    title: id,
    kind: 'execute',
    status: 'pending',
    ...fields,
  })
const toolUpdate = (id: string, fields: Record<string, unknown>): TranscriptEvent =>
  update({ sessionUpdate: 'tool_call_update', toolCallId: id, ...fields })
const ended = (): TranscriptEvent => ({
  type: 'turn_ended',
  stopReason: 'end_turn',
  durationMs: 1,
  usage: null,
  checkpoint: null,
})
const view = (model: TranscriptModel) => model.items.map(({ key: _key, at: _at, ...item }) => item)
const of = (rows: TranscriptRow[]) => {
  const model = new TranscriptModel()
  model.reset(rows, false)
  return model
}
const find = <Type extends ViewItem['type']>(model: TranscriptModel, type: Type) =>
  model.items.filter((item): item is Extract<ViewItem, { type: Type }> => item.type === type)

const decided = (id: string, policy: PolicyGrounds | null): TranscriptEvent => ({
  type: 'permission',
  permission: {
    id: `permission_${id}`,
    sessionId: 'session_1',
    turnId: turn(1),
    title: id,
    toolCall: { toolCallId: id, kind: 'execute' },
    options: [],
    state: policy === null ? 'pending' : 'answered',
    answer: null,
    policy,
    proposal: null,
    createdAt: 1,
    resolvedAt: null,
  },
})
const grounds: PolicyGrounds = { decision: 'allow', kind: 'execute', mode: null, command: 'npm test' }

describe('transcript model', () => {
  it('shows on the card of a call what the policy decided, whenever that is told', () => {
    const rows = [
      row(0, tool('c1')),
      row(1, decided('c1', grounds)),
      row(2, toolUpdate('c1', { status: 'completed' })),
    ]
    for (const order of [rows, [row(0, decided('c1', grounds)), row(1, tool('c1'))]]) {
      const model = of(order)
      expect(model.items).toMatchObject([{ type: 'tool', tool: { title: 'c1' }, policy: grounds }])
    }
    expect(of(rows).items).toMatchObject([{ tool: { status: 'completed' } }])
    // Asked first, decided later; and a decision on a call that is not told.
    const asked = of([row(0, tool('c1')), row(1, decided('c1', null))])
    expect(asked.items.map(({ type }) => type)).toEqual(['tool', 'permission'])
    asked.apply([{ type: 'row', row: row(1, decided('c1', grounds)) }])
    expect(asked.items).toMatchObject([{ type: 'tool', policy: grounds }])
    expect(of([row(0, decided('c9', grounds))]).items).toMatchObject([{ type: 'permission' }])
    const older = of([row(1, decided('c1', grounds)), row(2, toolUpdate('c1', { status: 'completed' }))])
    older.prepend([row(0, tool('c1'))], false)
    expect(older.items).toMatchObject([
      { type: 'tool', tool: { title: 'c1', status: 'completed' }, policy: grounds },
    ])
  })

  it('joins chunks of one message and keeps what stands between them apart', () => {
    const model = of([
      row(0, { type: 'prompt', text: 'go' }),
      row(1, chunk('a')),
      row(2, update({ sessionUpdate: 'usage_update', used: 1 })),
      row(3, chunk('b')),
      row(4, tool('c1')),
      row(5, chunk('c')),
      row(6, chunk('d', 'agent_thought_chunk')),
    ])
    expect(model.items.map((item) => [item.type, 'text' in item ? item.text : ''])).toEqual([
      ['prompt', 'go'],
      ['message', 'ab'],
      ['tool', ''],
      ['message', 'c'],
      ['thought', 'd'],
    ])
  })

  it('begins a new message where the agent names another one', () => {
    const named = (text: string, messageId: string): TranscriptEvent =>
      update({ sessionUpdate: 'agent_message_chunk', messageId, content: { type: 'text', text } })
    expect(
      of([row(0, named('a', 'm1')), row(1, named('b', 'm1')), row(2, named('c', 'm2'))]).items,
    ).toHaveLength(2)
  })

  it('merges updates of a tool call into its one card, wherever they arrive', () => {
    const model = of([
      row(0, tool('c1', { rawInput: { command: 'ls' } })),
      row(1, chunk('meanwhile')),
      row(2, toolUpdate('c1', { status: 'in_progress' })),
    ])
    model.apply([
      {
        type: 'row',
        row: row(
          3,
          toolUpdate('c1', {
            status: 'completed',
            content: [{ type: 'content', content: { type: 'text', text: 'out' } }],
          }),
        ),
      },
    ])
    expect(model.items).toHaveLength(2)
    expect(find(model, 'tool')[0]?.tool).toMatchObject({
      status: 'completed',
      output: 'out',
      rawInput: { command: 'ls' },
      title: 'c1',
    })
  })

  it('keeps calls of different turns apart when an agent uses an id again', () => {
    const model = of([row(0, tool('c1'), turn(1)), row(1, tool('c1', { title: 'second' }), turn(2))])
    model.apply([{ type: 'row', row: row(2, toolUpdate('c1', { status: 'failed' }), turn(2)) }])
    expect(find(model, 'tool').map((item) => item.tool.status)).toEqual(['pending', 'failed'])
  })

  it('shows a tool as not finished once its turn has ended', () => {
    const model = of([row(0, tool('c1')), row(1, tool('c2', { status: 'completed' }))])
    expect(find(model, 'tool').map((item) => item.abandoned)).toEqual([false, false])
    model.apply([{ type: 'row', row: row(2, ended()) }])
    expect(find(model, 'tool').map((item) => item.abandoned)).toEqual([true, false])
  })

  it('replaces a plan in place and shows one for each turn', () => {
    const plan = (status: string): TranscriptEvent =>
      update({ sessionUpdate: 'plan', entries: [{ content: 'x', status }] })
    const model = of([
      row(0, plan('pending')),
      row(1, chunk('a')),
      row(2, plan('completed')),
      row(3, plan('pending'), turn(2)),
    ])
    expect(model.items.map((item) => item.type)).toEqual(['plan', 'message', 'plan'])
    expect(find(model, 'plan')[0]?.entries).toEqual([{ content: 'x', status: 'completed' }])
  })

  it('puts a full row in the place of a cut one', () => {
    const cut: TranscriptRow = { ...row(0, chunk('short')), cut: 4000 }
    const model = of([cut, row(1, chunk(' end'))])
    expect(model.items[0]?.cuts).toEqual([{ first: 0, bytes: 4000, removedAt: null }])
    model.apply([{ type: 'row', row: row(0, chunk('long')) }])
    expect(model.items[0]).toMatchObject({ type: 'message', text: 'long end', cuts: [] })
  })

  it('survives updates without shape', () => {
    const model = of([
      row(0, update({})),
      row(1, update({ sessionUpdate: 'tool_call' })),
      row(2, update({ sessionUpdate: 'plan', entries: 'no' })),
      row(3, update({ sessionUpdate: 'agent_message_chunk', content: 7 })),
      row(4, update({ sessionUpdate: 'something_new', x: 1 })),
      row(
        5,
        update({
          sessionUpdate: 'tool_call_update',
          toolCallId: 'lost',
          content: [null, 1, { type: 'diff' }],
        }),
      ),
    ])
    expect(model.items.map((item) => item.type)).toEqual(['note', 'plan', 'message', 'note', 'tool'])
  })

  it('gives the same view however the stream of a message is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.string({ maxLength: 6 }), { minLength: 1, maxLength: 6 }), {
          minLength: 1,
          maxLength: 5,
        }),
        fc.infiniteStream(fc.boolean()),
        (messages, asRow) => {
          const whole: TranscriptRow[] = []
          const changes: TranscriptChange[] = []
          let index = 0
          for (const pieces of messages) {
            const first = index
            let open = -1
            for (const piece of pieces) {
              if (open >= 0 && asRow.next().value)
                changes.push({ type: 'append', first: open, last: index, text: piece })
              else {
                changes.push({ type: 'row', row: row(index, chunk(piece)) })
                open = index
              }
              index += 1
            }
            whole.push(row(first, chunk(pieces.join('')), turn(1), index - 1))
            changes.push({ type: 'row', row: row(index, tool(`c${index}`)) })
            whole.push(row(index, tool(`c${index}`)))
            index += 1
          }
          const streamed = of([])
          for (const change of changes) streamed.apply([change])
          expect(view(streamed)).toEqual(view(of(whole)))
        },
      ),
    )
  })

  const anyEvent = fc.oneof(
    fc.string({ maxLength: 4 }).map((text) => chunk(text)),
    fc.string({ maxLength: 4 }).map((text) => chunk(text, 'agent_thought_chunk')),
    fc.constantFrom('a', 'b').map((id) => tool(id)),
    fc
      .tuple(fc.constantFrom('a', 'b'), fc.constantFrom('in_progress', 'completed'))
      .map(([id, status]) => toolUpdate(id, { status })),
    fc.constant(update({ sessionUpdate: 'plan', entries: [] })),
    fc.constant(update({ sessionUpdate: 'usage_update' })),
  )
  const anyRows = fc.array(fc.tuple(anyEvent, fc.boolean()), { maxLength: 40 }).map((events) => {
    let number = 1
    const rows: TranscriptRow[] = []
    for (const [event, next] of events) {
      rows.push(row(rows.length, event, turn(number)))
      if (!next) continue
      rows.push(row(rows.length, ended(), turn(number)))
      number += 1
    }
    return rows
  })

  it('gives the same view whether rows are read in pages or at once', () => {
    fc.assert(
      fc.property(anyRows, fc.integer({ min: 1, max: 7 }), (rows, size) => {
        const paged = new TranscriptModel()
        const tail = Math.max(0, rows.length - size)
        paged.reset(rows.slice(tail), tail > 0)
        for (let end = tail; end > 0; end -= size) {
          paged.prepend(rows.slice(Math.max(0, end - size), end), end - size > 0)
        }
        expect(view(paged)).toEqual(view(of(rows)))
        expect(paged.hasEarlier).toBe(false)
      }),
      { numRuns: 1000 },
    )
  })

  it('gives the same view whether rows stream in or stand there', () => {
    fc.assert(
      fc.property(anyRows, (rows) => {
        const streamed = of([])
        for (const one of rows) streamed.apply([{ type: 'row', row: one }])
        expect(view(streamed)).toEqual(view(of(rows)))
        const keys = streamed.items.map((item) => item.key)
        expect(new Set(keys).size).toBe(keys.length)
      }),
    )
  })

  it('costs the same for a chunk at the end of a long transcript as at its start', () => {
    const model = of([])
    const rows = Array.from({ length: 60_000 }, (_, index) =>
      row(index, index % 3 === 0 ? tool(`c${index}`) : chunk('words '), turn(Math.floor(index / 100))),
    )
    const lastTenth = rows.length * 0.9
    let early = 0
    let late = 0
    rows.forEach((one, index) => {
      const start = performance.now()
      model.apply([{ type: 'row', row: one }])
      const took = performance.now() - start
      if (index < rows.length * 0.1) early += took
      else if (index >= lastTenth) late += took
    })
    // Generous, because machines are shared: growth with the length would show as a factor of ten and more.
    expect(late).toBeLessThan(early * 4 + 20)
  })
})
