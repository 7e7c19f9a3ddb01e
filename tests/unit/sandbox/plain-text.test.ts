import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { plainText } from '../../../src/main/sandbox/plain-text'

const base64 = (text: string | Uint8Array): string => Buffer.from(text).toString('base64')

describe('plain text of an output', () => {
  it.each([
    ['\u001b[31mred\u001b[0m', 'red'],
    ['10 %\r20 %\rdone\r\n', '10 %\n20 %\ndone\n'],
    ['a\u0007b\u0000c\td\n', 'abc\td\n'],
    ['\u001b]8;;http://x\u0007link\u001b]8;;\u0007', 'link'],
    ['safe\u202Etxt.exe', 'safetxt.exe'],
  ])('of %j is %j', (from, to) => {
    expect(plainText()(base64(from))).toBe(to)
  })

  it('replaces what is not UTF-8', () => {
    expect(plainText()(base64(Uint8Array.of(97, 255, 98)))).toBe('a\ufffdb')
  })

  it('is the same however the bytes are cut', () => {
    const piece = fc.constantFrom(
      'a',
      'ä',
      '🙂',
      '\r',
      '\n',
      '\u001b[31m',
      '\u001b[0m',
      ' ',
      '\u001b]0;t\u0007',
      '\u001b(B',
    )
    fc.assert(
      fc.property(fc.array(piece), fc.array(fc.nat(8)), (pieces, cuts) => {
        const bytes = Buffer.from(`${pieces.join('')}\n`)
        const whole = plainText()(bytes.toString('base64'))
        const cut = plainText()
        let text = ''
        let from = 0
        for (const length of [...cuts, bytes.length]) {
          text += cut(bytes.subarray(from, from + length).toString('base64'))
          from += length
        }
        expect(text).toBe(whole)
      }),
    )
  })
})
