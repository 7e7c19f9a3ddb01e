import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { emptyMarkdown, splitMarkdown } from '../../../src/renderer/features/transcript/markdown-blocks'

const whole = (text: string) => splitMarkdown(emptyMarkdown, text)
const streamed = (pieces: readonly string[]) => {
  let state = emptyMarkdown
  let text = ''
  for (const piece of pieces) {
    text += piece
    state = splitMarkdown(state, text)
  }
  return state
}

const fragments = [
  '# Title\n',
  '\n',
  '\n\n',
  'A paragraph of words',
  ' **bold',
  '** and `code`',
  '\n- item',
  '\n  - nested',
  '\n\n  continued',
  '\n1. one',
  '\n> quote',
  '\n```ts\n',
  'const a = 1\n',
  '```\n',
  '\n| a | b |\n',
  '|---|---|\n',
  '| 1 | 2 |\n',
  '\n---\n',
  '\n===\n',
  '    indented\n',
  '[ref]: https://example.com\n',
  'see [ref]',
  '<div>\n',
  '</div>\n',
  'ends.\n\n',
  '\\*escaped\\*',
  '\t',
  '~~~\n',
]

describe('markdown blocks', () => {
  it('gives the blocks of the whole text however the text arrives', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.constantFrom(...fragments), fc.string({ maxLength: 5 })), { maxLength: 25 }),
        (pieces) => {
          expect(streamed(pieces).blocks).toEqual(whole(pieces.join('')).blocks)
        },
      ),
      { numRuns: 3000 },
    )
  })

  it('holds the whole text in its blocks', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...fragments), { maxLength: 25 }), (pieces) => {
        const text = pieces.join('')
        expect(
          whole(text)
            .blocks.map((block) => block.source)
            .join(''),
        ).toBe(text)
      }),
      { numRuns: 2000 },
    )
  })

  it('keeps finished blocks as they are, object for object', () => {
    const before = whole('one\n\ntwo\n\nthree\n\nfour')
    const after = splitMarkdown(before, 'one\n\ntwo\n\nthree\n\nfour and more\n\nfive')
    expect(after.blocks[0]).toBe(before.blocks[0])
    expect(after.blocks[1]).toBe(before.blocks[1])
    expect(after.blocks).toHaveLength(5)
  })

  it('draws code as code, with its language', () => {
    expect(whole('```ts title=x\nlet a\n```\n').blocks[0]?.code).toEqual({ text: 'let a', language: 'ts' })
    expect(whole('```\nstill open').blocks[0]?.code).toEqual({ text: 'still open', language: '' })
  })

  it('knows link definitions wherever they stand', () => {
    const state = streamed(['[docs]: https://example.com\n\n', 'text\n\n', 'more\n\n', 'see [docs]'])
    expect(state.definitions).toContain('https://example.com')
  })
})
