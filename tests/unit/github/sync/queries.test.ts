import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildASTSchema, parse, validate, type GraphQLSchema } from 'graphql'
import { beforeAll, expect, test } from 'vitest'
import {
  listsQuery,
  OPEN_COUNTS,
  PULL_REQUESTS,
  REPOSITORIES,
  UPDATED_PULL_REQUESTS,
  VIEWER,
} from '../../../../src/main/github/sync/queries'

let schema: GraphQLSchema

beforeAll(() => {
  const file = join(import.meta.dirname, '../../../../node_modules/@octokit/graphql-schema/schema.graphql')
  schema = buildASTSchema(parse(readFileSync(file, 'utf8'), { noLocation: true }), { assumeValid: true })
}, 30_000)

test.each([
  ['counts', OPEN_COUNTS],
  ['one list', listsQuery(1)],
  ['forty lists', listsQuery(40)],
  ['by id', PULL_REQUESTS],
  ['updated', UPDATED_PULL_REQUESTS],
  ['repositories', REPOSITORIES],
  ['viewer', VIEWER],
])('the query for %s is one GitHub understands, and asks for the budget', (_name, text) => {
  expect(validate(schema, parse(text)).map(({ message }) => message)).toEqual([])
  expect(text).toContain('rateLimit { cost remaining limit resetAt }')
})
