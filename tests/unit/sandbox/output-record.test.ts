import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EntryParser, readRecord } from '../../../src/main/sandbox/output-record'
import type { RecordEntry } from '../../../src/main/sandbox/sequenced-output'

const answer = (texts: readonly string[]): Buffer =>
  Buffer.from(
    JSON.stringify({
      processId: 'proc_1',
      stream: 'pty',
      entries: texts.map((text, index) => ({
        sequence: index + 1,
        stream: 'pty',
        timestampMs: 1_700_000_000_000,
        data: Buffer.from(text).toString('base64'),
        encoding: 'base64',
      })),
    }),
  )
const textsOf = (entries: readonly RecordEntry[]): string[] =>
  entries.map(({ bytes }) => Buffer.from(bytes).toString())

describe('the record of a terminal', () => {
  it('is read whole, wherever the answer was cut on its way', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), fc.integer({ min: 1, max: 400 }), (texts, size) => {
        const whole = answer(texts)
        const parser = new EntryParser()
        const found: RecordEntry[] = []
        for (let from = 0; from < whole.length; from += size)
          found.push(...parser.push(whole.subarray(from, from + size)))
        parser.end()
        expect(textsOf(found)).toEqual(texts)
        expect(found.map(({ sequence }) => sequence)).toEqual(texts.map((_, index) => index + 1))
      }),
    )
  })

  it('that breaks off, or is something else, is an error', () => {
    const cut = new EntryParser()
    cut.push(answer(['a', 'b']).subarray(0, -50))
    expect(() => cut.end()).toThrow('breaks off')
    expect(() => new EntryParser().push(Buffer.from('{"entries":[{"words":1}]}'))).toThrow('something else')
    expect(() => new EntryParser().push(Buffer.alloc(2 << 20, 97))).toThrow('no list')
  })

  it('is not read to its end by whoever has seen enough', async () => {
    let ended: AbortSignal | null = null
    const reading = readRecord(
      async (url, { signal, headers }) => {
        expect(url).toBe('http://server/v1/processes/proc_1/logs?since=41')
        expect(headers['authorization']).toBe('Bearer secret')
        ended = signal
        async function* body(): AsyncGenerator<Uint8Array> {
          yield answer(['a', 'b']).subarray(0, -2)
          await new Promise((_, reject) => {
            signal.addEventListener('abort', () => reject(new Error('read on')))
          })
        }
        return { status: 200, body: body() }
      },
      { baseUrl: 'http://server', token: 'secret', processId: 'proc_1' },
      41,
      new AbortController().signal,
    )
    for await (const entries of reading) {
      expect(textsOf(entries)).toEqual(['a', 'b'])
      break
    }
    expect((ended as AbortSignal | null)?.aborted).toBe(true)
  })
})
