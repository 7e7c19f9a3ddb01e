import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { differencesOf, firstSight } from '../../../../src/main/github/pull-requests/differences'
import { settle, type KnownPullRequest } from '../../../../src/main/github/pull-requests/remote'
import {
  changeKinds,
  checkStates,
  mergeableStates,
  pullRequestStates,
  reviewDecisions,
} from '../../../../src/shared/github'

const pull: KnownPullRequest = {
  nodeId: 'PR_1',
  number: 1,
  title: 'Title',
  body: '',
  state: 'open',
  isDraft: false,
  url: 'https://github.com/acme/project/pull/1',
  author: 'ada',
  headRef: 'change',
  headCommit: 'a'.repeat(40),
  headRepositoryId: '1',
  headRepository: 'acme/project',
  baseRef: 'main',
  requestedReviewers: [],
  labels: [],
  createdAt: 1000,
  updatedAt: 2000,
  mergedAt: null,
  closedAt: null,
  reviewDecision: null,
  comments: 0,
  checks: 'none',
  mergeable: 'mergeable',
  additions: null,
  deletions: null,
  changedFiles: null,
  maintainerCanModify: null,
}

const kindsOf = (after: Partial<KnownPullRequest>, before: Partial<KnownPullRequest> = {}): string[] =>
  differencesOf({ ...pull, ...before }, { ...pull, ...after }).map(({ kind }) => kind)

describe('differences', () => {
  test.each<[Partial<KnownPullRequest>, Partial<KnownPullRequest>, string[]]>([
    [{ title: 'Other' }, {}, ['title_changed']],
    [{ baseRef: 'next' }, {}, ['retargeted']],
    [{ isDraft: true }, {}, ['drafted']],
    [{ isDraft: false }, { isDraft: true }, ['ready_for_review']],
    [{ requestedReviewers: [{ kind: 'team', name: 'core' }] }, {}, ['review_requested']],
    [{ requestedReviewers: [] }, { requestedReviewers: [{ kind: 'team', name: 'core' }] }, []],
    [{ reviewDecision: 'approved' }, {}, ['approved']],
    [{ reviewDecision: 'changes_requested' }, { reviewDecision: 'approved' }, ['changes_requested']],
    [{ reviewDecision: 'review_required' }, { reviewDecision: 'approved' }, []],
    [{ checks: 'success' }, { checks: 'pending' }, ['checks_passed']],
    [{ checks: 'failure' }, {}, ['checks_failed']],
    [{ checks: 'pending' }, { checks: 'success' }, []],
    [{ mergeable: 'conflicting' }, {}, ['conflicts']],
    [{ mergeable: 'mergeable' }, { mergeable: 'conflicting' }, []],
    [{ comments: 3 }, { comments: 1 }, ['commented']],
    [{ comments: 1 }, { comments: 3 }, []],
    [{ state: 'merged' }, {}, ['merged']],
    [{ state: 'closed' }, {}, ['closed']],
    [{ state: 'open' }, { state: 'closed' }, ['reopened']],
    [{ state: 'merged' }, { state: 'closed' }, ['merged']],
    [{ body: 'Other', labels: [{ name: 'bug', color: 'f00' }], updatedAt: 9 }, {}, []],
  ])('%j after %j tells %j', (after, before, kinds) => {
    expect(kindsOf(after, before)).toEqual(kinds)
  })

  const state: fc.Arbitrary<KnownPullRequest> = fc
    .record({
      title: fc.constantFrom('a', 'b'),
      state: fc.constantFrom(...pullRequestStates),
      isDraft: fc.boolean(),
      baseRef: fc.constantFrom('main', 'next'),
      reviewDecision: fc.option(fc.constantFrom(...reviewDecisions)),
      checks: fc.constantFrom(...checkStates),
      mergeable: fc.constantFrom(...mergeableStates),
      comments: fc.nat({ max: 2 }),
    })
    .map((some) => ({ ...pull, ...some }))

  test('a state differs from itself in nothing, and each kind is told once at most', () => {
    fc.assert(
      fc.property(state, state, (before, after) => {
        expect(differencesOf(before, before)).toEqual([])
        const kinds = differencesOf(before, after).map(({ kind }) => kind)
        expect(new Set(kinds).size).toBe(kinds.length)
        expect(changeKinds).toEqual(expect.arrayContaining(kinds))
        expect(kinds.includes('conflicts')).toBe(
          before.mergeable !== 'conflicting' && after.mergeable === 'conflicting',
        )
        expect(kinds.includes('checks_passed')).toBe(
          before.checks !== 'success' && after.checks === 'success',
        )
      }),
    )
  })
})

test('a verdict stands while GitHub works it out anew for the same commit and base', () => {
  const before = { ...pull, mergeable: 'conflicting' as const }
  const again = { ...pull, mergeable: 'unknown' as const }
  expect(settle(before, again).mergeable).toBe('conflicting')
  expect(settle(before, { ...again, headCommit: 'b'.repeat(40) }).mergeable).toBe('unknown')
  expect(settle(before, { ...again, baseRef: 'next' }).mergeable).toBe('unknown')
  expect(settle(null, again).mergeable).toBe('unknown')
})

test('what an answer of REST does not tell stays as it was', () => {
  const { reviewDecision: _r, comments: _c, checks: _k, mergeable: _m, ...told } = pull
  const before: KnownPullRequest = { ...pull, reviewDecision: 'approved', comments: 4, checks: 'success' }
  expect(settle(before, told)).toEqual(before)
  expect(settle(null, told)).toMatchObject({ reviewDecision: null, comments: 0, checks: 'none' })
  expect(settle(before, { ...told, headCommit: 'b'.repeat(40) }).checks).toBe('none')
})

describe('what is seen for the first time', () => {
  const seen = (
    some: Partial<KnownPullRequest>,
    knownUntil: number | null,
    listReadAt: number | null,
  ): string[] | null =>
    firstSight({ ...pull, ...some }, { knownUntil, listReadAt })?.map(({ kind }) => kind) ?? null

  test.each<[string, Partial<KnownPullRequest>, number | null, number | null, string[] | null]>([
    ['in the first sync', { createdAt: 5000 }, null, null, []],
    ['in the first sync, after its list', { createdAt: 5000 }, null, 4000, []],
    ['in the first sync and closed', { createdAt: 5000, state: 'closed' }, null, 4000, null],
    ['old, in a new list', { createdAt: 1000 }, 4000, null, []],
    ['new, in a new list', { createdAt: 4000 }, 4000, null, ['opened']],
    ['old and closed, of a new list', { createdAt: 1000, state: 'merged' }, 4000, null, null],
    ['new, in a known list', { createdAt: 3000 }, 9000, 3000, ['opened']],
    ['open again, in a known list', { createdAt: 2999 }, 9000, 3000, ['reopened']],
    ['new and merged already', { createdAt: 3000, state: 'merged' }, 9000, 3000, ['opened', 'merged']],
    ['closed before', { createdAt: 1000, state: 'closed', closedAt: 2000 }, 9000, 3000, null],
    [
      'open again and closed',
      { createdAt: 1000, state: 'closed', closedAt: 4000 },
      9000,
      3000,
      ['reopened', 'closed'],
    ],
  ])('%s', (_name, some, knownUntil, listReadAt, kinds) => {
    expect(seen(some, knownUntil, listReadAt)).toEqual(kinds)
  })
})
