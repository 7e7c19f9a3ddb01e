import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { findLines, linesBetween } from '../../../src/shared/diff-places'
import { patchRows } from '../../../src/shared/patch-rows'

const patch = [
  '@@ -1,4 +1,5 @@ heading',
  ' one',
  '-two',
  '+zwei',
  '+zweieinhalb',
  ' three',
  ' same',
  '@@ -20,2 +21,3 @@',
  ' same',
  '+added',
  ' end',
  '',
].join('\n')

const at = (side: 'old' | 'new', line: number) => ({ side, line })
const find = (from: ReturnType<typeof at>, to: ReturnType<typeof at>, text: string) =>
  findLines([...patchRows(patch)], { from, to, text })

it('finds lines where they were said to be, and names context by the new side', () => {
  expect(find(at('new', 2), at('new', 3), 'zwei\nzweieinhalb')).toEqual({
    from: at('new', 2),
    to: at('new', 3),
    moved: false,
  })
  expect(find(at('old', 2), at('old', 2), 'two')).toEqual({
    from: at('old', 2),
    to: at('old', 2),
    moved: false,
  })
  expect(find(at('old', 2), at('new', 2), 'zwei')).toEqual({
    from: at('old', 2),
    to: at('new', 2),
    moved: false,
  })
  expect(find(at('old', 3), at('old', 3), 'three')).toEqual({
    from: at('new', 4),
    to: at('new', 4),
    moved: false,
  })
})

it('finds lines that have other numbers by their text, unless that is there twice or not at all', () => {
  expect(find(at('new', 90), at('new', 90), 'added')).toEqual({
    from: at('new', 22),
    to: at('new', 22),
    moved: true,
  })
  expect(find(at('new', 90), at('new', 91), 'zweieinhalb\nthree')).toEqual({
    from: at('new', 3),
    to: at('new', 4),
    moved: true,
  })
  expect(find(at('new', 90), at('new', 90), 'same')).toBeNull()
  expect(find(at('new', 2), at('new', 2), 'something else')).toBeNull()
  // Over two hunks.
  expect(find(at('new', 90), at('new', 91), 'same\nsame')).toBeNull()
  expect(findLines([], { from: at('new', 1), to: at('new', 1), text: '' })).toBeNull()
})

it('speaks of the lines of one hunk where a range spans two', () => {
  expect(find(at('new', 5), at('new', 22), linesBetween(patch, at('new', 5), at('new', 22)))).toEqual({
    from: at('new', 21),
    to: at('new', 22),
    moved: false,
  })
})

/** Invariant: what is found reads as what was looked for, ends in the diff, and stays within one hunk. */
it('finds any range of any patch by its numbers', () => {
  const row = fc.tuple(fc.constantFrom(' ', '+', '-'), fc.constantFrom('a', 'b', '', '@@ -1 +1 @@'))
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 20 }), fc.nat(), fc.nat(), (rows, one, other) => {
      const olds = rows.filter(([mark]) => mark !== '+').length
      const news = rows.filter(([mark]) => mark !== '-').length
      const text = `@@ -1,${olds} +1,${news} @@\n${rows.map(([mark, line]) => `${mark}${line}\n`).join('')}`
      const placeOf = (index: number) => {
        const before = rows.slice(0, index)
        return rows[index]?.[0] === '-'
          ? at('old', 1 + before.filter(([mark]) => mark !== '+').length)
          : at('new', 1 + before.filter(([mark]) => mark !== '-').length)
      }
      const [first = 0, last = 0] = [one % rows.length, other % rows.length].toSorted((a, b) => a - b)
      const [from, to] = [placeOf(first), placeOf(last)]
      const rowsOf = [...patchRows(text)]
      expect(findLines(rowsOf, { from, to, text: linesBetween(text, from, to) })).toEqual({
        from,
        to,
        moved: false,
      })
      expect(findLines(rowsOf, { from: to, to: from, text: linesBetween(text, from, to) })?.to).toEqual(to)
    }),
  )
})
