import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fileMention, readMentions, sessionMention } from '../../../src/shared/mentions'

const kinds = (text: string) => readMentions(text).map(({ start: _start, end: _end, ...mention }) => mention)

describe('what a prompt points at', () => {
  it('is files, with or without lines, numbers and sessions', () => {
    expect(kinds('See @src/a.ts, @"my notes.md":3-5 and (@b.c:7) for #12, as in @[Fix it].')).toEqual([
      { kind: 'file', path: 'src/a.ts', lines: null },
      { kind: 'file', path: 'my notes.md', lines: { from: 3, to: 5 } },
      { kind: 'file', path: 'b.c', lines: { from: 7, to: 7 } },
      { kind: 'number', number: 12 },
      { kind: 'session', name: 'Fix it' },
    ])
  })

  it('begins where a word does', () => {
    expect(kinds('mail me@example.org, C#7, #3rd, @ and #0 or @@x')).toEqual([])
  })

  it('has no lines where they make no sense', () => {
    expect(kinds('@a.ts:9-3 @"b":0')).toEqual([
      { kind: 'file', path: 'a.ts', lines: null },
      { kind: 'file', path: 'b', lines: null },
    ])
  })

  it('reads back every path and range that can be written down', () => {
    const range = fc.option(
      fc
        .tuple(fc.integer({ min: 1, max: 9_999_999 }), fc.integer({ min: 1, max: 9_999_999 }))
        .map(([a, b]) => ({ from: Math.min(a, b), to: Math.max(a, b) })),
    )
    const path = fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' })
    fc.assert(
      fc.property(path, range, (file, lines) => {
        const text = fileMention(file, lines)
        expect(text !== null || /["\n]/.test(file)).toBe(true)
        const wanted = text === null ? [] : [{ kind: 'file', path: file, lines }]
        expect(kinds(`look at ${text ?? 'nothing'} please`)).toEqual(wanted)
      }),
    )
  })

  it('reads back the name of a session', () => {
    expect(kinds(sessionMention('New [draft]\nsession'))).toEqual([
      { kind: 'session', name: 'New [draft session' },
    ])
  })

  it('never takes long, and never overlaps', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('@', '"', '[', ']', ':', '#', '1', ' ', 'a', '-', '(') }),
        (text) => {
          let end = 0
          for (const mention of readMentions(text)) {
            expect(mention.start).toBeGreaterThanOrEqual(end)
            expect(mention.end).toBeGreaterThan(mention.start)
            end = mention.end
          }
        },
      ),
    )
  })
})
