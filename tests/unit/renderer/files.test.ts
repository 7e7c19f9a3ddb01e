import { describe, expect, it } from 'vitest'
import { newLineOf } from '../../../src/renderer/features/changes/change-blocks'
import { textOfParts } from '../../../src/renderer/features/files/known-parts'
import { patternsOf } from '../../../src/renderer/features/files/search-patterns'
import { readWanted } from '../../../src/renderer/features/files/wanted'

describe('what is typed to open a file', () => {
  it.each([
    ['src/a', { words: 'src/a', line: null }],
    ['a.ts:12', { words: 'a.ts', line: 12 }],
    ['a.ts:12:4', { words: 'a.ts', line: 12 }],
    ['a.ts:', { words: 'a.ts', line: null }],
    [' a b :3', { words: 'a b', line: 3 }],
    ['a.ts:0', { words: 'a.ts', line: null }],
    ['', { words: '', line: null }],
  ])('%j', (text, wanted) => {
    expect(readWanted(text)).toEqual(wanted)
  })
})

describe('patterns of paths', () => {
  it.each([
    ['', []],
    ['src', ['src']],
    [' src/** , *.ts,', ['src/**', '*.ts']],
    ['*.{ts,tsx}, dist', ['*.ts', '*.tsx', 'dist']],
    ['{a,b}/{c,d}', ['a/c', 'a/d', 'b/c', 'b/d']],
    ['a{b', ['a{b']],
  ])('%j', (text, patterns) => {
    expect(patternsOf(text)).toEqual(patterns)
  })

  it('are no more than anybody means, however many braces there are', () => {
    expect(patternsOf('{a,b}'.repeat(40)).length).toBeLessThanOrEqual(50)
  })
})

describe('what a diff holds of a file', () => {
  it('is shown with its own numbers, and with what is missing', () => {
    const { text, numbers } = textOfParts(
      [
        { first: 3, lines: ['c', 'd'] },
        { first: 6, lines: ['f'] },
      ],
      false,
    )
    expect(text.split('\n')).toEqual([
      '2 lines were not recorded',
      'c',
      'd',
      '1 line was not recorded',
      'f',
      'What follows was not recorded',
    ])
    expect(numbers).toEqual([null, 3, 4, null, 6, null])
    expect(textOfParts([{ first: 1, lines: ['a'] }], true)).toEqual({ text: 'a', numbers: [1] })
  })
})

it('a line that was removed is looked for where it was', () => {
  const patch = '@@ -1,4 +1,3 @@\n a\n-b\n-c\n+B\n d\n@@ -10,2 +9,2 @@\n j\n-k\n+K\n'
  expect(newLineOf(patch, { side: 'new', line: 2 })).toBe(2)
  expect(newLineOf(patch, { side: 'old', line: 3 })).toBe(2)
  expect(newLineOf(patch, { side: 'old', line: 11 })).toBe(10)
})
