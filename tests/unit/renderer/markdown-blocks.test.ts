import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  emptyMarkdown,
  readBlock,
  splitMarkdown,
} from '../../../src/renderer/features/transcript/markdown-blocks'

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

describe('hostile markdown', () => {
  const cases: Record<string, string> = {
    'nested quotes': `${'>'.repeat(100_000)} deep`,
    'quotes that nest line by line': Array.from(
      { length: 1000 },
      (_, depth) => `${'> '.repeat(depth)}x`,
    ).join('\n'),
    'nested lists in a line': `${'- '.repeat(100_000)}deep`,
    'nested lists': Array.from({ length: 600 }, (_, depth) => `${'  '.repeat(depth)}- x`).join('\n'),
    'numbered lists in a line': `${'1. '.repeat(50_000)}deep`,
    'many items': '- an item\n'.repeat(100_000),
    'a line of a megabyte': 'x'.repeat(1_000_000),
    brackets: '['.repeat(200_000),
    emphasis: '*a_'.repeat(100_000),
    underscores: '_a_'.repeat(100_000),
    images: '![a]('.repeat(50_000),
    backticks: '`a``'.repeat(50_000),
    'a table': `| a |\n|---|\n${'| b |\n'.repeat(50_000)}`,
    'a wide table': `|${'a|'.repeat(5000)}\n|${'-|'.repeat(5000)}\n|${'b|'.repeat(5000)}\n`,
    tags: '<a '.repeat(100_000),
    definitions: '[a]: http://x\n'.repeat(20_000),
    'an open fence': `\`\`\`\n${'code\n'.repeat(200_000)}`,
    junk: Array.from({ length: 300_000 }, (_, at) => String.fromCharCode((at * 7919) % 0x3000)).join(''),
  }
  for (const [name, text] of Object.entries(cases)) {
    it(`is read within bounds: ${name}`, () => {
      const startedAt = performance.now()
      const { blocks } = whole(text)
      // What is drawn at a time is some blocks, not all of them.
      for (const block of blocks.slice(0, 20)) {
        expect(block.source.length <= 24_000 || block.code !== null).toBe(true)
        if (!block.plain && block.code === null) readBlock(block.source)
      }
      expect(blocks.map((block) => block.source).join('')).toBe(text.replaceAll(/\r\n?/g, '\n'))
      // Generous, because machines are shared: without bounds it takes minutes, or the stack.
      expect(performance.now() - startedAt).toBeLessThan(4000)
    })
  }

  it('gives the same blocks however a long text arrives', () => {
    const pieces = [
      '- an item of a list that is long\n'.repeat(300),
      '\n\nA paragraph. ',
      'words '.repeat(2000),
      '\n\n| a | b |\n|---|---|\n',
      '| 1 | 2 |\n'.repeat(700),
      '\n> quoted\n'.repeat(200),
      '\n\n```ts\n',
      'const a = 1\n'.repeat(1500),
      '```\n\nend\n',
    ]
    const text = pieces.join('')
    const at = (length: number): string[] => {
      const chunks: string[] = []
      for (let start = 0; start < text.length; start += length) chunks.push(text.slice(start, start + length))
      return chunks
    }
    for (const length of [97, 1009, 5003, 20_011])
      expect(streamed(at(length)).blocks).toEqual(whole(text).blocks)
  })
})
