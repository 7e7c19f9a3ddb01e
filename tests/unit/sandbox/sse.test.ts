import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ServerSentEventParser, type ServerSentEvent } from '../../../src/main/sandbox/sse'

function parse(pieces: Uint8Array[]): ServerSentEvent[] {
  const parser = new ServerSentEventParser()
  return pieces.flatMap((piece) => parser.push(piece))
}

function cut(bytes: Uint8Array, places: number[]): Uint8Array[] {
  const ends = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b)
  const pieces: Uint8Array[] = []
  let start = 0
  for (const end of [...ends, bytes.length]) {
    pieces.push(bytes.subarray(start, end))
    start = end
  }
  return pieces
}

const line = fc.string({ unit: 'grapheme' }).filter((text) => !/[\r\n]/.test(text))

describe('ServerSentEventParser', () => {
  it('gives the same events for any split of the bytes and any line end', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ id: fc.nat(), data: fc.array(line, { minLength: 1, maxLength: 3 }) }), {
          maxLength: 5,
        }),
        fc.constantFrom('\n', '\r\n', '\r'),
        fc.array(fc.nat(), { maxLength: 30 }),
        (events, end, places) => {
          const text = events
            .map(({ id, data }) =>
              [
                ':heartbeat',
                'event: message',
                `id: ${id}`,
                ...data.map((part) => `data: ${part}`),
                '',
                '',
              ].join(end),
            )
            .join('')
          expect(parse(cut(new TextEncoder().encode(text), places))).toEqual(
            events.map(({ id, data }) => ({ id: String(id), event: 'message', data: data.join('\n') })),
          )
        },
      ),
    )
  })

  it('drops comments, unknown fields and an event the stream breaks off', () => {
    const text = ': heartbeat\n\nretry: 5\nnonsense\ndata:a\n\ndata: b'
    expect(parse([new TextEncoder().encode(text)])).toEqual([{ id: null, event: 'message', data: 'a' }])
  })
})
