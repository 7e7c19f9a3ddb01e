import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lineDiff } from '../../../src/renderer/features/transcript/line-diff'

describe('line diff', () => {
  it('shows the changed lines between three lines of context', () => {
    const diff = lineDiff('1\n2\n3\n4\nold\n5\n6\n7\n8\n', '1\n2\n3\n4\nnew\nmore\n5\n6\n7\n8\n')
    expect(diff).toMatchObject({ added: 2, removed: 1 })
    expect(diff.lines.map((line) => line.text)).toEqual(['2', '3', '4', 'old', 'new', 'more', '5', '6', '7'])
  })

  it('counts a new file as added and a deleted one as removed', () => {
    expect(lineDiff(null, 'a\nb\n')).toMatchObject({ added: 2, removed: 0 })
    expect(lineDiff('a\nb', '')).toMatchObject({ added: 0, removed: 2 })
  })

  it('always leads from the old text to the new one', () => {
    const text = fc
      .array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 12 })
      .map((lines) => lines.join('\n'))
    fc.assert(
      fc.property(text, text, (before, after) => {
        const diff = lineDiff(before, after)
        const count = (value: string) =>
          value === '' ? 0 : value.split('\n').length - (value.endsWith('\n') ? 1 : 0)
        expect(count(before) - diff.removed + diff.added).toBe(count(after))
      }),
    )
  })
})
