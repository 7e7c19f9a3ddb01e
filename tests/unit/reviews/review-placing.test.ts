import { expect, it } from 'vitest'
import { conflictOf, placeComments, reviewBody } from '../../../src/main/repository/review-placing'
import type { ReviewComment } from '../../../src/shared/changes'

const patch = '@@ -1,4 +1,4 @@\n one\n-two\n+zwei\n three\n-four\n+vier'

const comment = (
  number: number,
  line: number,
  excerpt: string,
  more: Partial<ReviewComment> = {},
): ReviewComment => ({
  id: `comment_0000000${number}`,
  path: 'a.ts',
  from: { side: 'new', line },
  to: { side: 'new', line },
  excerpt,
  text: `Text ${number}`,
  createdAt: number,
  ...more,
})

it('places comments as GitHub takes them, by side, line and range', () => {
  const gone = comment(2, 2, 'two', { from: { side: 'old', line: 2 }, to: { side: 'old', line: 2 } })
  const mixed = comment(3, 2, 'zwei', { from: { side: 'old', line: 2 } })
  const moved = comment(4, 40, 'vier')
  const elsewhere = comment(5, 1, 'one', { path: 'b.ts' })
  const {
    posted,
    outside,
    moved: shifted,
  } = placeComments(
    [comment(1, 2, 'zwei'), gone, mixed, moved, elsewhere],
    [
      { path: 'a.ts', patch },
      { path: 'c.ts', patch: '' },
    ],
  )
  expect(posted).toEqual([
    { path: 'a.ts', body: 'Text 1', line: 2, side: 'RIGHT' },
    { path: 'a.ts', body: 'Text 2', line: 2, side: 'LEFT' },
    { path: 'a.ts', body: 'Text 3', line: 2, side: 'RIGHT', start_line: 2, start_side: 'LEFT' },
    { path: 'a.ts', body: 'Text 4', line: 4, side: 'RIGHT' },
  ])
  expect(outside).toEqual([elsewhere])
  expect(shifted).toEqual([{ id: moved.id, line: 4 }])
})

it('writes what has no place in the diff into the text, and lets nothing of it end its quotation', () => {
  expect(reviewBody('  Fine. ', [])).toBe('Fine.')
  expect(reviewBody('', [comment(1, 3, 'a ``` b', { path: 'odd`name.ts' })])).toBe(
    '**``odd`name.ts``, line 3**\n\n````\na ``` b\n````\n\nText 1',
  )
})

it('asks where anything is another way than it was seen, and for nothing else', () => {
  const [one, two] = [comment(1, 1, 'x'), comment(2, 2, 'y')]
  const seen = { head: 'abc', state: 'open' as const, outside: [one.id] }
  const now = { head: 'abc', state: 'open' as const, isOwn: false }
  const placed = { posted: [], outside: [one], moved: [{ id: two.id, line: 9 }] }
  const asks = (what: Partial<typeof now>, verdict: 'approve' | 'comment' = 'approve') =>
    conflictOf({ seen, verdict }, { ...now, ...what }, placed)
  expect(asks({})).toBeNull()
  expect(asks({ head: 'def' })).toEqual({ ...now, head: 'def', outside: [one.id], moved: placed.moved })
  expect(asks({ isOwn: true })).toMatchObject({ isOwn: true })
  expect(asks({ isOwn: true }, 'comment')).toBeNull()
  expect(conflictOf({ seen, verdict: 'approve' }, now, { ...placed, outside: [one, two] })).toMatchObject({
    outside: [one.id, two.id],
  })
  // What has found its place since is no surprise.
  expect(conflictOf({ seen, verdict: 'approve' }, now, { ...placed, outside: [] })).toBeNull()
})
