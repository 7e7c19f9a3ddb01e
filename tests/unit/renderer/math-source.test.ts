import * as fc from 'fast-check'
import type { Token } from 'marked'
import { describe, expect, it } from 'vitest'
import { readBlock } from '../../../src/renderer/features/transcript/markdown-blocks'

/** The formulas of a text, those on lines of their own in brackets. */
function formulas(text: string): string[] {
  const found: string[] = []
  const walk = (tokens: readonly Token[]): void => {
    for (const token of tokens) {
      if (token.type === 'math')
        found.push(token['display'] === true ? `[${token['tex']}]` : String(token['tex']))
      if ('tokens' in token && token.tokens !== undefined) walk(token.tokens)
      if (token.type === 'list') for (const item of token['items'] as Token[]) walk([item])
    }
  }
  walk(readBlock(text))
  return found
}

describe('formulas of a message', () => {
  it.each([
    ['The area is $\\pi r^2$.', ['\\pi r^2']],
    ['With $x$ and $y_1$, **$z^2$**', ['x', 'y_1', 'z^2']],
    ['$$E = mc^2$$', ['[E = mc^2]']],
    ['$$\na_1 * b_2 * c\n$$', ['[a_1 * b_2 * c]']],
    ['\\(a_b\\) and \\[c_d\\]', ['a_b', '[c_d]']],
    ['- one $a^2$\n- two', ['a^2']],
    ['$a_b$ and $c_d$', ['a_b', 'c_d']],
  ])('%j has %j', (text, expected) => {
    expect(formulas(text)).toEqual(expected)
  })

  it.each([
    'It costs $5 and then $10.',
    'From $5_000 to $10_000',
    'Set $HOME/$PATH or $A=$B',
    '`$x^2$` is code',
    '```\n$x^2$\n```',
    '    $x^2$',
    'US$5^2$',
    '\\$x^2\\$',
    '$ x^2 $',
    '$x^2\n\nnext$',
    '$$',
    '$$$$',
    '\\(\\)',
    'plain $word$ here',
  ])('%j has none', (text) => {
    expect(formulas(text)).toEqual([])
  })

  it('change nothing else of a text: what is read is what was there', () => {
    const part = fc.constantFrom(
      '$',
      '$$',
      '\\(',
      '\\)',
      '\\[',
      '\\]',
      'x',
      '^',
      '_',
      '*',
      ' ',
      '\n',
      '`',
      '5',
      '\\',
    )
    fc.assert(
      fc.property(fc.array(part, { maxLength: 30 }), (parts) => {
        const text = parts.join('')
        const raw = readBlock(text)
          .map((token) => token.raw)
          .join('')
        expect(raw.trim()).toBe(text.trim())
        for (const tex of formulas(text)) expect(text).toContain(tex.replace(/^\[(.*)\]$/s, '$1'))
      }),
    )
  })
})
