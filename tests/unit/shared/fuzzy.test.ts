import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fuzzyScore } from '../../../src/shared/fuzzy'

const best = (words: string, ...texts: string[]) =>
  texts
    .map((text) => ({ text, score: fuzzyScore(words, text) }))
    .filter(({ score }) => score !== null)
    .toSorted((a, b) => (b.score ?? 0) - (a.score ?? 0))
    .map(({ text }) => text)

describe('a fuzzy match', () => {
  it('prefers the name of a file over its folders, and beginnings over middles', () => {
    expect(best('task', 'src/task/other.ts', 'src/multitask.ts', 'src/task.ts')).toEqual([
      'src/task.ts',
      'src/multitask.ts',
      'src/task/other.ts',
    ])
  })

  it('finds initials of words', () => {
    expect(best('ssr', 'src/session-store.ts', 'src/main/session/session-runtime.ts')).toContain(
      'src/main/session/session-runtime.ts',
    )
    expect(fuzzyScore('xyz', 'src/task.ts')).toBeNull()
    expect(fuzzyScore('', 'anything')).toBe(0)
  })

  it('fits exactly where every character is there in order', () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 6, unit: fc.constantFrom('a', 'b', '/', 'c') }),
        fc.string({ unit: fc.constantFrom('a', 'b', '/', 'c', 'A') }),
        (words, text) => {
          let at = 0
          for (const character of text.toLowerCase()) if (character === words[at]) at += 1
          expect(fuzzyScore(words, text) !== null).toBe(at === words.length)
        },
      ),
    )
  })
})
