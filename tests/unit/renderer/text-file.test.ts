import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readText, writeText } from '../../../src/renderer/features/files/text-file'

const bytesOf = (text: string) => new TextEncoder().encode(text)
/** What there would be after opening and saving; for what is no text, the bytes themselves, as nobody can save that. */
const afterSaving = (bytes: Uint8Array) => {
  const read = readText(bytes)
  return read.kind === 'text' ? writeText(read.text, read.format) : bytes
}
const textOf = (bytes: Uint8Array) => {
  const read = readText(bytes)
  if (read.kind !== 'text') throw new Error(`It is ${read.kind}, and no text`)
  return read
}

describe('a text file', () => {
  it('comes back byte for byte, whatever is in it', () => {
    const line = fc.string({ unit: 'binary', maxLength: 8 })
    const ending = fc.constantFrom('\n', '\r\n', '\r', '\n\n', '\r\r\n', '')
    const content = fc.array(fc.tuple(line, ending), { maxLength: 12 }).map((lines) => lines.flat().join(''))
    let texts = 0
    fc.assert(
      fc.property(fc.boolean(), content, (bom, text) => {
        const bytes = bytesOf((bom ? '\uFEFF' : '') + text)
        texts += readText(bytes).kind === 'text' ? 1 : 0
        expect(afterSaving(bytes)).toEqual(bytes)
      }),
    )
    expect(texts).toBeGreaterThan(50)
  })

  it('comes back byte for byte, where the bytes are any', () => {
    let texts = 0
    fc.assert(
      fc.property(fc.uint8Array({ min: 1, max: 160, maxLength: 12 }), (bytes) => {
        texts += readText(bytes).kind === 'text' ? 1 : 0
        expect(afterSaving(bytes)).toEqual(Uint8Array.from(bytes))
      }),
      { numRuns: 2000 },
    )
    expect(texts).toBeGreaterThan(300)
  })

  it('has lines that end with a line feed alone, and get back what they ended with when they are edited', () => {
    const windows = textOf(bytesOf('one\r\ntwo'))
    expect(windows).toMatchObject({ text: 'one\ntwo', format: { ending: 'crlf', bom: false } })
    expect(writeText(`zero\n${windows.text}\n`, windows.format)).toEqual(bytesOf('zero\r\none\r\ntwo\r\n'))
    const old = textOf(bytesOf('\uFEFFone\rtwo\r'))
    expect(old).toMatchObject({ text: 'one\ntwo\n', format: { ending: 'cr', bom: true } })
    expect(writeText(old.text.replace('two', '2'), old.format)).toEqual(bytesOf('\uFEFFone\r2\r'))
    const mixed = textOf(bytesOf('one\r\ntwo\nthree\r'))
    expect(mixed).toMatchObject({ text: 'one\r\ntwo\nthree\r', format: { ending: 'mixed' } })
    expect(textOf(bytesOf('')).format).toEqual({ ending: 'lf', bom: false })
  })

  it('is told from what is none', () => {
    expect(readText(Uint8Array.of(0x61, 0, 0x62))).toEqual({ kind: 'binary' })
    expect(readText(Uint8Array.of(0x61, 0xe4))).toEqual({
      kind: 'foreign',
      text: 'a\uFFFD',
      encoding: 'not UTF-8',
    })
    expect(readText(Uint8Array.of(0xff, 0xfe, 0x61, 0))).toEqual({
      kind: 'foreign',
      text: 'a',
      encoding: 'UTF-16LE',
    })
    expect(readText(Uint8Array.of(0xfe, 0xff, 0, 0x61))).toMatchObject({ kind: 'foreign', text: 'a' })
  })
})
