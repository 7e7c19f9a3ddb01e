import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildASTSchema, parse, validate, type GraphQLSchema } from 'graphql'
import { beforeAll, expect, test } from 'vitest'
import { BRANCHES, readBranches } from '../../../../src/main/github/overview/query'

let schema: GraphQLSchema

beforeAll(() => {
  const file = join(import.meta.dirname, '../../../../node_modules/@octokit/graphql-schema/schema.graphql')
  schema = buildASTSchema(parse(readFileSync(file, 'utf8'), { noLocation: true }), { assumeValid: true })
}, 30_000)

const ref = {
  name: 'faster',
  target: {
    oid: 'abc',
    committedDate: '2026-01-01T00:00:00Z',
    messageHeadline: 'Start faster',
    author: { name: 'Ada', user: { login: 'ada' } },
    statusCheckRollup: { state: 'ERROR' },
  },
  compare: { aheadBy: 5, behindBy: 2 },
}
const page = (nodes: unknown[]) => ({
  node: {
    defaultBranchRef: ref,
    refs: { totalCount: 7, pageInfo: { hasNextPage: true, endCursor: 'c1' }, nodes },
  },
})

test('the query for branches is one GitHub understands, and asks for the budget', () => {
  expect(validate(schema, parse(BRANCHES)).map(({ message }) => message)).toEqual([])
  expect(BRANCHES).toContain('rateLimit { cost remaining limit resetAt }')
})

test('GitHub compares from the branch: what is ahead there is what the branch is behind', () => {
  expect(readBranches(page([ref, null]))).toMatchObject({
    total: 7,
    next: 'c1',
    branches: [
      {
        name: 'faster',
        commit: 'abc',
        committedAt: Date.parse('2026-01-01T00:00:00Z'),
        headline: 'Start faster',
        author: 'ada',
        checks: 'failure',
        aheadBy: 2,
        behindBy: 5,
      },
    ],
  })
})

test('a branch of which GitHub says little is a branch', () => {
  const bare = { name: 'bare', target: { oid: 'def' }, compare: null }
  expect(readBranches(page([bare, { name: 'lost', target: null }]))?.branches).toMatchObject([
    {
      name: 'bare',
      commit: 'def',
      committedAt: null,
      headline: '',
      author: null,
      checks: 'none',
      aheadBy: null,
    },
    { name: 'lost', commit: null, behindBy: null },
  ])
})

test('a repository that does not come is none', () => {
  expect(readBranches({ node: null })).toBeNull()
  expect(readBranches({ node: {} })).toBeNull()
  expect(() => readBranches({ node: { refs: 'many' } })).toThrow(/refs/)
})
