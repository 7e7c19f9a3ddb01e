import { array, assert, asyncProperty, boolean, integer, nat } from 'fast-check'
import { expect, test } from 'vitest'
import type { BranchPage, RemoteBranch } from '../../../../src/main/github/overview/query'
import { MOST_BRANCHES, readOverview, type AskPage } from '../../../../src/main/github/overview/read-overview'

const branch = (name: string, committedAt: number | null = 0): RemoteBranch => ({
  name,
  commit: name,
  committedAt,
  headline: '',
  author: null,
  checks: 'none',
  aheadBy: null,
  behindBy: null,
})

interface Asked {
  base: string | null
  first: number
  after: string | null
}

/** Lists branches by name; cursors are places. */
function gitHub(all: readonly RemoteBranch[], defaultBranch: string | null) {
  const asked: Asked[] = []
  const ask: AskPage = (wanted) => {
    asked.push(wanted)
    const start = Number(wanted.after ?? 0)
    const end = start + wanted.first
    const page: BranchPage = {
      defaultBranch: all.find(({ name }) => name === defaultBranch) ?? null,
      total: all.length,
      branches: all.slice(start, end).map((one) => ({ ...one, aheadBy: wanted.base === null ? null : 1 })),
      next: end < all.length ? String(end) : null,
    }
    return Promise.resolve(page)
  }
  return { asked, ask }
}

test('what was compared with a branch that is not the default one any more is asked for again', async () => {
  const { asked, ask } = gitHub([branch('main'), branch('old')], 'main')
  const overview = await readOverview(ask, 'old')
  expect(asked.map(({ base }) => base)).toEqual(['old', 'main'])
  expect(overview.defaultBranch).toBe('main')
})

test('a repository nothing was pushed to has no branches', async () => {
  const { asked, ask } = gitHub([], null)
  expect(await readOverview(ask, 'main')).toEqual({ defaultBranch: null, branches: [], total: 0 })
  expect(asked).toHaveLength(1)
})

test('a cursor that leads to itself ends the reading', async () => {
  let pages = 0
  const page: BranchPage = { defaultBranch: null, total: 9, branches: [branch('a')], next: 'again' }
  const overview = await readOverview(() => {
    pages += 1
    return Promise.resolve(page)
  }, null)
  expect(pages).toBe(2)
  expect(overview.branches).toHaveLength(1)
})

test('however many there are: the first of them and the default one, each once, and how many there are', async () => {
  await assert(
    asyncProperty(
      integer({ min: 1, max: 650 }),
      nat(),
      boolean(),
      array(nat({ max: 1000 }), { minLength: 1, maxLength: 20 }),
      async (count, seed, known, times) => {
        const all = Array.from({ length: count }, (_, index) =>
          branch(`b${String(index).padStart(4, '0')}`, times[index % times.length] ?? null),
        )
        const main = all[seed % count]?.name ?? null
        const { asked, ask } = gitHub(all, main)
        const { branches, total, defaultBranch } = await readOverview(ask, known ? main : null)
        const names = branches.map(({ name }) => name)
        expect(total).toBe(count)
        expect(defaultBranch).toBe(main)
        expect(names[0]).toBe(main)
        expect(new Set(names).size).toBe(names.length)
        const wanted = new Set(all.slice(0, MOST_BRANCHES).map(({ name }) => name))
        if (main !== null) wanted.add(main)
        expect(new Set(names)).toEqual(wanted)
        const dates = branches.slice(1).map(({ committedAt }) => committedAt ?? 0)
        expect(dates).toEqual(dates.toSorted((a, b) => b - a))
        expect(asked.every(({ first }) => first >= 1 && first <= 100)).toBe(true)
        expect(asked.length).toBeLessThanOrEqual(known ? 2 : 3)
      },
    ),
    { numRuns: 100 },
  )
})
