import type { Repository } from '@shared/domain'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  compareRepositories,
  filterRepositories,
  noRepositories,
  orderRepositories,
  repositoryMarks,
} from '../../../src/renderer/features/repositories/repository-order'

const github = {
  fullName: 'acme/one',
  url: 'https://github.com/acme/one',
  isPrivate: false,
  isArchived: false,
  isFork: false,
  pushedAt: null,
  openPullRequests: 0,
  hidden: false,
  gone: false,
}
const repository = (
  n: number,
  more: Partial<NonNullable<Repository['github']>> = {},
  lastUsedAt = 0,
): Repository => ({
  id: `repo_${String(n).padStart(8, '0')}`,
  organizationId: 'org_00000001',
  name: `repo${n}`,
  localPath: null,
  originUrl: null,
  defaultBranch: 'main',
  lastUsedAt,
  github: { ...github, fullName: `acme/repo${n}`, ...more },
})
const byId = (...list: Repository[]) => new Map(list.map((one) => [one.id as string, one]))
const namesOf = (list: readonly Repository[]) => list.map((one) => one.name)

describe('the order of repositories', () => {
  it('puts the most recently pushed or used first, then by name, and what is gone last', () => {
    const order = orderRepositories(
      noRepositories,
      byId(
        repository(10),
        repository(2),
        repository(3, { pushedAt: 5 }),
        repository(4, {}, 9),
        repository(5, { pushedAt: 99, gone: true }),
      ),
    )
    expect(namesOf(order.ordered)).toEqual(['repo4', 'repo3', 'repo2', 'repo10', 'repo5'])
  })

  it('is the same whether it grew or was made at once', () => {
    const one = fc.record({
      n: fc.integer({ min: 1, max: 30 }),
      pushedAt: fc.option(fc.integer({ min: 0, max: 5 })),
      gone: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(fc.array(one, { maxLength: 12 }), { maxLength: 8 }), (steps) => {
        let order = noRepositories
        let known = new Map<string, Repository>()
        for (const step of steps) {
          const next = new Map(known)
          for (const { n, pushedAt, gone } of step) {
            const made = repository(n, { pushedAt, gone })
            // Some go away, as they do when an organization is left.
            if (gone && pushedAt === null) next.delete(made.id)
            else next.set(made.id, made)
          }
          known = next
          order = orderRepositories(order, known)
          expect(order.ordered).toEqual([...known.values()].toSorted(compareRepositories))
        }
      }),
      { seed: 11, numRuns: 200 },
    )
  })

  it('returns what it was given when nothing changed', () => {
    const known = byId(repository(1))
    const order = orderRepositories(noRepositories, known)
    expect(orderRepositories(order, known)).toBe(order)
  })
})

describe('the filter of repositories', () => {
  const list = [
    repository(1),
    repository(2, { hidden: true }),
    { ...repository(3), localPath: '/home/Ada/Work' },
  ]

  it('leaves hidden ones out unless they are asked for', () => {
    expect(namesOf(filterRepositories(list, { text: '', showHidden: false }))).toEqual(['repo1', 'repo3'])
    expect(filterRepositories(list, { text: '', showHidden: true })).toHaveLength(3)
  })

  it('finds every word in name or folder, in any case', () => {
    expect(namesOf(filterRepositories(list, { text: ' WORK acme ', showHidden: false }))).toEqual(['repo3'])
    expect(filterRepositories(list, { text: 'work nothing', showHidden: true })).toEqual([])
  })
})

it('says what a repository is', () => {
  expect(repositoryMarks(repository(1, { isPrivate: true, isFork: true, gone: true }))).toEqual([
    'Gone from GitHub',
    'Private',
    'Fork',
  ])
  expect(repositoryMarks({ ...repository(1), github: null })).toEqual(['Not on GitHub'])
})
