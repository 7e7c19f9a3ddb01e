import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  createListReading,
  isListWanted,
  nextPage,
  takePage,
} from '../../../../src/main/github/sync/list-reading'
import type { RemotePullRequest } from '../../../../src/main/github/pull-requests/remote'

const repository = {
  id: 'repo_00000000-0000-4000-8000-000000000001' as const,
  githubId: '1',
  nodeId: 'R_1',
  fullName: 'acme/project',
}

const item = (number: number, index: number) => ({
  cursor: String(index + 1),
  // Only what a reading looks at.
  pull: { nodeId: `PR_${number}`, number } as RemotePullRequest,
})

test('lists are wanted that were never read to their end, and all others once in a full run', () => {
  const run = { full: false, generation: 7 }
  expect(isListWanted(undefined, run)).toBe(true)
  expect(isListWanted({ generation: 0, readAt: 1 }, run)).toBe(true)
  expect(isListWanted({ generation: 3, readAt: 1 }, run)).toBe(false)
  expect(isListWanted({ generation: 3, readAt: 1 }, { ...run, full: true })).toBe(true)
  expect(isListWanted({ generation: 7, readAt: 1 }, { ...run, full: true })).toBe(false)
})

test('whatever moves between two pages, a list read to its end has shown all that stayed open', () => {
  const step = fc.record({ close: fc.array(fc.nat({ max: 60 }), { maxLength: 4 }), open: fc.nat({ max: 2 }) })
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 40 }),
      fc.integer({ min: 2, max: 12 }),
      fc.array(step, { maxLength: 12 }),
      (count, room, steps) => {
        let newest = count
        // Newest first, with cursors that are places: what moves the list moves them.
        let open = Array.from({ length: count }, (_, index) => count - index)
        const stayed = new Set(open)
        const list = createListReading(repository, undefined, count)
        const shown = new Set<number>()
        for (let turn = 0; ; turn++) {
          expect(turn).toBeLessThan(200)
          const { size, after } = nextPage(list, room)
          const start = after === null ? 0 : Number(after)
          const items = open.slice(start, start + size).map((number, index) => item(number, start + index))
          const hasNext = start + size < open.length
          const endCursor = items.at(-1)?.cursor ?? null
          const page = { kind: 'page' as const, total: open.length, hasNext, endCursor, items }
          const { progress, pulls } = takePage(list, page, turn, true)
          for (const { number } of pulls) shown.add(number)
          if (progress === 'unsteady') return
          if (progress === 'end') break
          const happened = steps[turn]
          for (const index of happened?.close ?? []) {
            const [closed] = open.splice(index, 1)
            if (closed !== undefined) stayed.delete(closed)
          }
          for (let n = 0; n < (happened?.open ?? 0); n++) open = [++newest, ...open]
        }
        expect([...stayed].filter((number) => !shown.has(number))).toEqual([])
      },
    ),
  )
})
