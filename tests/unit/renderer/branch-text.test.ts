import { expect, test } from 'vitest'
import {
  branchCount,
  branchName,
  distanceText,
  filterBranches,
} from '../../../src/renderer/features/repositories/branch-text'
import type { Branch } from '../../../src/shared/github'

const branch = (fields: Partial<Branch>): Branch => ({
  name: 'main',
  commit: '8d3d6f483b00',
  committedAt: 0,
  headline: 'First commit',
  author: 'ada',
  checks: 'none',
  aheadBy: 0,
  behindBy: 0,
  pullRequest: null,
  task: null,
  ...fields,
})

test('a branch is told with what is known of it', () => {
  expect(branchName(branch({}), true)).toBe('main, default branch, First commit, by ada')
  const spike = branch({
    name: 'spike',
    aheadBy: 2,
    behindBy: 5,
    checks: 'failure',
    author: null,
    headline: '',
  })
  expect(branchName(spike, false)).toBe('spike, 2 ahead, 5 behind, Checks failing')
  expect(distanceText(branch({ aheadBy: null }), false)).toBe('')
  expect(distanceText(branch({ behindBy: 3 }), false)).toBe('3 behind')
  expect(distanceText(branch({}), false)).toBe('same as the default branch')
})

test('branches are found by what a row shows, and by their commit', () => {
  const all = [
    branch({}),
    branch({ name: 'Fix/Login', headline: 'Guard the form', commit: 'abc123', author: 'Grace' }),
  ]
  const found = (text: string) => filterBranches(all, text).map(({ name }) => name)
  expect(found('  ')).toEqual(['main', 'Fix/Login'])
  expect(found('login')).toEqual(['Fix/Login'])
  expect(found('THE FORM')).toEqual(['Fix/Login'])
  expect(found('grace')).toEqual(['Fix/Login'])
  expect(found('8d3d')).toEqual(['main'])
  expect(found('#')).toEqual([])
})

test('it is said when not all branches are here', () => {
  const overview = {
    repositoryId: 'repo_1' as const,
    defaultBranch: 'main',
    fetchedAt: 0,
    branches: [branch({})],
  }
  expect(branchCount({ ...overview, total: 1 })).toBe('1 branch')
  expect(branchCount({ ...overview, total: 1234 })).toBe('1 of 1,234, those with the latest commits')
})
