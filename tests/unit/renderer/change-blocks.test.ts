import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { changeBlocks } from '../../../src/renderer/features/changes/change-blocks'
import { linesBetween } from '../../../src/shared/diff-places'

const patch = [
  'diff --git a/x b/x',
  '--- a/x',
  '+++ b/x',
  '@@ -1,4 +1,5 @@ heading',
  ' one',
  '-two',
  '+zwei',
  '+zweieinhalb',
  ' three',
  '-four',
  '+four',
  '\\ No newline at end of file',
  '@@ -20,0 +22,2 @@',
  '+@@ -1 +1 @@',
  '+--- a/y',
  '',
].join('\n')

it('tells the blocks of a patch by the true numbers of their lines, whatever the lines look like', () => {
  expect(changeBlocks(patch)).toEqual([
    { hunk: 0, from: { side: 'old', line: 2 }, to: { side: 'new', line: 3 } },
    { hunk: 0, from: { side: 'old', line: 4 }, to: { side: 'new', line: 5 } },
    { hunk: 1, from: { side: 'new', line: 22 }, to: { side: 'new', line: 23 } },
  ])
  expect(changeBlocks('')).toEqual([])
})

it('gives lines as they are now, or as they were where none is left', () => {
  expect(linesBetween(patch, { side: 'old', line: 2 }, { side: 'new', line: 3 })).toBe('zwei\nzweieinhalb')
  expect(linesBetween(patch, { side: 'old', line: 2 }, { side: 'old', line: 2 })).toBe('two')
  expect(linesBetween(patch, { side: 'new', line: 4 }, { side: 'old', line: 1 })).toBe(
    'one\nzwei\nzweieinhalb\nthree',
  )
  expect(linesBetween(patch, { side: 'new', line: 99 }, { side: 'new', line: 99 })).toBe('')
})

/** Invariant: the blocks of a patch hold each changed row once, in order, and never a row of context. */
it('holds each changed row of any patch in one block', () => {
  const rows = fc.array(
    fc.tuple(fc.constantFrom(' ', '+', '-'), fc.constantFrom('a', '', '@@ -1 +1 @@', '+', '-')),
    {
      minLength: 1,
      maxLength: 30,
    },
  )
  fc.assert(
    fc.property(rows, (lines) => {
      const olds = lines.filter(([mark]) => mark !== '+').length
      const news = lines.filter(([mark]) => mark !== '-').length
      const text = `@@ -1,${olds} +1,${news} @@\n${lines.map(([mark, line]) => `${mark}${line}\n`).join('')}`
      let found = 0
      for (const { from, to } of changeBlocks(text)) {
        const at = (place: typeof from) => {
          let [old, next] = [1, 1]
          for (const [index, [mark]] of lines.entries()) {
            const here =
              place.side === 'old' ? mark === '-' && old === place.line : mark === '+' && next === place.line
            if (here) return index
            if (mark !== '+') old += 1
            if (mark !== '-') next += 1
          }
          return -1
        }
        const block = lines.slice(at(from), at(to) + 1)
        expect(at(from)).toBeGreaterThanOrEqual(0)
        expect(block.every(([mark]) => mark !== ' ')).toBe(true)
        found += block.length
      }
      expect(found).toBe(lines.filter(([mark]) => mark !== ' ').length)
    }),
  )
})
