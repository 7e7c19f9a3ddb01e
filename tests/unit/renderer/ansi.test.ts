import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readAnsi } from '../../../src/renderer/features/transcript/ansi'

const ESC = '\u001B'
const text = (output: string): string =>
  readAnsi(output)
    .map((span) => span.text)
    .join('')

describe('terminal output', () => {
  it('keeps colours as looks and nothing else of the escapes', () => {
    expect(readAnsi(`a${ESC}[31;1mb${ESC}[0mc`)).toEqual([
      { text: 'a', look: '' },
      { text: 'b', look: 'text-danger font-semibold' },
      { text: 'c', look: '' },
    ])
    expect(text(`${ESC}[2J${ESC}]0;title\u0007x${ESC}]8;;http://a${ESC}\\y${ESC}(B${ESC}[?25l`)).toBe('xy')
  })

  it('shows what is left of lines that were written over', () => {
    expect(text('10%\r50%\r100%\ndone\r\n')).toBe('100%\ndone\n')
    expect(text('abc\b\bX')).toBe('aX')
  })

  it('reads extended colours without taking their parts for others', () => {
    expect(readAnsi(`${ESC}[38;5;1ma${ESC}[48;2;1;31;4mb`).map((span) => span.look)).toEqual(['text-danger'])
  })

  it('shows control characters, and lets none through', () => {
    expect(text('a\u0000b\u007Fc\u202Ed')).toBe('a·b·c[U+202E]d')
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (output) => {
        const acts = (character: string): boolean =>
          (character < ' ' && character !== '\n' && character !== '\t') ||
          /[\u007F-\u009F\u202A-\u202E]/.test(character)
        expect(Array.from(text(output)).filter(acts)).toEqual([])
      }),
    )
  })

  it('stays small whatever is in it', () => {
    expect(readAnsi(`${ESC}[31ma${ESC}[32mb`.repeat(20_000)).length).toBeLessThan(2100)
    expect(text(`${ESC}]52;c;${'x'.repeat(100_000)}`)).toBe('')
  })
})
