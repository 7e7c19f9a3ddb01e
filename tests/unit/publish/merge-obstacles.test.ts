import { describe, expect, it } from 'vitest'
import { mergeObstacles } from '../../../src/main/github/publish/merge-obstacles'
import type { ToldStanding } from '../../../src/main/github/publish/queries'

const told = (more: Partial<ToldStanding> = {}): ToldStanding => ({
  number: 1,
  title: 'Faster',
  body: '',
  base: 'main',
  state: 'open',
  isDraft: false,
  head: 'a'.repeat(40),
  mergeState: 'clean',
  reviewDecision: null,
  reviews: [],
  checks: [],
  checksTotal: 0,
  methods: ['merge'],
  defaultMethod: 'merge',
  mayUpdate: true,
  mayMerge: true,
  deletesBranch: false,
  mayDeleteBranch: true,
  archived: false,
  requiredApprovals: null,
  ...more,
})

const check = (name: string, state: 'pending' | 'success' | 'failure', required = true) => ({
  id: 1,
  name,
  state,
  description: null,
  url: null,
  required,
})

describe('whether a pull request can be merged', () => {
  it('can, when nothing is in the way', () => {
    expect(mergeObstacles(told())).toEqual({ obstacles: [], warnings: [] })
  })

  it.each<[Partial<ToldStanding>, string]>([
    [{ state: 'merged' }, 'It is merged already.'],
    [{ state: 'closed' }, 'It is closed. Reopen it first.'],
    [{ archived: true, mayMerge: false }, 'The repository is archived and can only be read.'],
    [{ mayMerge: false }, 'This account may not merge here: it needs write access to the repository.'],
    [{ methods: [] }, 'The repository allows no way of merging.'],
    [{ isDraft: true, mergeState: 'draft' }, 'It is a draft. Mark it ready first.'],
    [{ mergeState: 'dirty' }, 'It conflicts with main. Update the branch and resolve the conflicts.'],
    [{ mergeState: 'behind' }, 'It has to be up to date with main. Update the branch first.'],
    [{ mergeState: 'blocked', checks: [check('build', 'failure')] }, 'Required checks fail: build.'],
    [
      { mergeState: 'blocked', checks: ['a', 'b', 'c', 'd', 'e'].map((name) => check(name, 'pending')) },
      'Required checks are not done: a, b, c and 2 more.',
    ],
    [{ mergeState: 'blocked', reviewDecision: 'changes_requested' }, 'A reviewer has requested changes.'],
    [
      { mergeState: 'blocked', reviewDecision: 'review_required', requiredApprovals: 2 },
      '2 approving reviews are required.',
    ],
    [{ mergeState: 'blocked', reviewDecision: 'review_required' }, 'An approving review is required.'],
    [
      { mergeState: 'blocked' },
      'A rule of the repository stands in the way. GitHub shows which one on the page of the pull request.',
    ],
  ])('says why not: %j', (more, obstacle) => {
    expect(mergeObstacles(told(more)).obstacles).toEqual([obstacle])
  })

  it('tells what does not stand in the way', () => {
    const checks = [
      check('lint', 'failure', false),
      check('docs', 'pending', false),
      check('build', 'success'),
    ]
    expect(
      mergeObstacles(told({ mergeState: 'unstable', checks, reviewDecision: 'changes_requested' })),
    ).toEqual({
      obstacles: [],
      warnings: [
        'A reviewer has requested changes.',
        'Checks fail that are not required: lint.',
        '1 check still runs.',
      ],
    })
  })
})

it('a review that nobody requires stands in nobody’s way', () => {
  expect(mergeObstacles(told({ reviewDecision: 'review_required' }))).toEqual({
    obstacles: [],
    warnings: ['Nobody has approved it yet.'],
  })
})
