import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  chunkOf,
  continues,
  mergeToolCallUpdates,
  piecesOf,
  ROW_CHARACTERS,
  updateOf,
  type Chunk,
} from '../../../src/main/session/coalescing'

/** A surrogate without its other half. */
const LONE = /\p{Surrogate}/u

const update = (text: string, more: Record<string, unknown> = {}): Record<string, unknown> => ({
  sessionUpdate: 'agent_message_chunk',
  content: { type: 'text', text },
  ...more,
})

/** What the event log does with the chunks of one turn, on rows in memory. */
function rowsOf(updates: Record<string, unknown>[]): Chunk[] {
  const rows: Chunk[] = []
  for (const one of updates) {
    const chunk = chunkOf(one)
    if (chunk === null) throw new Error('no chunk')
    for (const piece of piecesOf(chunk)) {
      const last = rows.at(-1)
      if (last !== undefined && continues(last, piece)) last.text += piece.text
      else rows.push({ ...piece })
    }
  }
  return rows
}

const units = fc.string({ unit: 'binary', maxLength: 3000 })

describe('chunks of a message', () => {
  it('give the same text however the stream is split, in few rows', () => {
    fc.assert(
      fc.property(fc.array(units, { minLength: 1, maxLength: 30 }), (parts) => {
        const rows = rowsOf(parts.map((text) => update(text)))
        const text = parts.join('')
        expect(rows.map((row) => row.text).join('')).toBe(text)
        expect(rows.length).toBeLessThanOrEqual(Math.ceil(text.length / (ROW_CHARACTERS - 3000)) + 1)
        for (const row of rows) expect(row.text.length).toBeLessThanOrEqual(ROW_CHARACTERS)
      }),
    )
  })

  it('are split between characters when one is longer than a row', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 5000, maxLength: 12_000 }), (text) => {
        const pieces = piecesOf({ kind: 'agent_message_chunk', messageId: null, meta: null, text })
        expect(pieces.map((piece) => piece.text).join('')).toBe(text)
        for (const piece of pieces) expect(piece.text.length).toBeLessThanOrEqual(ROW_CHARACTERS)
        expect(pieces.some((piece) => LONE.test(piece.text))).toBe(LONE.test(text))
      }),
      { numRuns: 30 },
    )
  })

  it('keep messages, kinds and what else they carry apart', () => {
    const chunk = (more: Record<string, unknown>): Chunk => {
      const read = chunkOf(update('a', more))
      if (read === null) throw new Error('no chunk')
      return read
    }
    const plain = chunk({ messageId: 'm1' })
    expect(continues(plain, chunk({ messageId: 'm1' }))).toBe(true)
    expect(continues(plain, chunk({ messageId: 'm2' }))).toBe(false)
    expect(continues(plain, chunk({}))).toBe(false)
    expect(continues(plain, chunk({ messageId: 'm1', sessionUpdate: 'agent_thought_chunk' }))).toBe(false)
    expect(continues(plain, chunk({ messageId: 'm1', _meta: { origin: 'sub-agent' } }))).toBe(false)
    expect(updateOf(chunk({ messageId: 'm1', _meta: { origin: 1 } }))).toEqual(
      update('a', { messageId: 'm1', _meta: { origin: 1 } }),
    )
  })

  it.each([
    update('a', { extra: 1 }),
    update('a', { content: { type: 'image', data: 'x' } }),
    update('a', { content: { type: 'text', text: 'a', annotations: { priority: 1 } } }),
    update('a', { content: null }),
    update('a', { messageId: 7 }),
    update('a', { messageId: 'm'.repeat(1000) }),
    update('a', { _meta: { big: 'x'.repeat(2000) } }),
    { sessionUpdate: 'plan', entries: [] },
    {},
  ])('are none when there is more to them: %#', (value) => {
    expect(chunkOf(value)).toBeNull()
  })
})

describe('updates of a tool call', () => {
  it('replace what they give and keep what they do not', () => {
    const first = { toolCallId: 'a', status: 'in_progress', content: [1], title: 'run', rawInput: { x: 1 } }
    expect(mergeToolCallUpdates(first, { toolCallId: 'a', content: [1, 2], title: null })).toEqual({
      ...first,
      content: [1, 2],
    })
  })

  it('stay apart when the status changes', () => {
    expect(mergeToolCallUpdates({ status: 'in_progress' }, { status: 'completed' })).toBeNull()
    expect(mergeToolCallUpdates({}, { status: 'pending' })).toBeNull()
  })
})
