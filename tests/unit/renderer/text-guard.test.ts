import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  flattened,
  withCharacters,
  withoutTurns,
  withUnseen,
} from '../../../src/renderer/features/transcript/text-guard'

describe('text of strangers', () => {
  it('shows what turns text around, and leaves text that reads from the right alone', () => {
    expect(withoutTurns('\u202Egnp.exe')).toBe('[U+202E]gnp.exe')
    expect(withoutTurns('שלום 👨‍👩‍👧')).toBe('שלום 👨‍👩‍👧')
    expect(withUnseen('a\u200Bb\tc\n')).toBe('a[U+200B]b\tc\n')
  })

  it('reads character references, and none that is no character', () => {
    expect(withCharacters('AT&amp;T &#169; &#x2192; &nothing; &#xD800; &#0;')).toBe(
      'AT&T © → &nothing; \uFFFD \uFFFD',
    )
  })

  it('keeps length and lines when it takes nesting away', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('> ', '- ', '1. ', ' ', 'a', '\n', '>'.repeat(20))), (parts) => {
        const source = parts.join('')
        const flat = flattened(source)
        expect(flat.length).toBe(source.length)
        expect(flat.split('\n').map((line) => line.length)).toEqual(
          source.split('\n').map((line) => line.length),
        )
      }),
    )
  })
})
