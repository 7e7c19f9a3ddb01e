import { buildASTSchema, parse, validate } from 'graphql'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import {
  joinPages,
  readReviewsPage,
  REVIEWS_QUERY,
  type RemoteReviews,
} from '../../../../src/main/github/reviews/query'

const comment = (body: string, more: object = {}) => ({
  id: 'C',
  body,
  createdAt: '2026-03-01T12:00:00Z',
  url: 'https://host/1',
  diffHunk: '@@ -1,2 +1,2 @@\n one\n-two\n+zwei',
  state: 'SUBMITTED',
  author: { login: 'grace' },
  ...more,
})

const thread = (id: string, body = 'Hm.', more: object = {}) => ({
  id,
  path: 'a.ts',
  diffSide: 'RIGHT',
  line: 2,
  startLine: null,
  originalLine: 2,
  originalStartLine: null,
  subjectType: 'LINE',
  isOutdated: false,
  isResolved: false,
  resolvedBy: null,
  viewerCanReply: true,
  viewerCanResolve: true,
  viewerCanUnresolve: false,
  comments: { totalCount: 1, nodes: [comment(body)] },
  ...more,
})

const answer = (threads: object[], more: object = {}) => ({
  node: {
    number: 1,
    state: 'OPEN',
    headRefOid: 'abc',
    viewerDidAuthor: false,
    reviewThreads: {
      totalCount: threads.length,
      pageInfo: { hasNextPage: false, endCursor: null },
      nodes: threads,
    },
    ...more,
  },
})

const page = (threads: object[], more: object = {}): RemoteReviews => {
  const read = readReviewsPage(answer(threads, more))
  if (read === null) throw new Error('There is a page')
  return read.reviews
}

it('asks for what GitHub has by its own schema', async () => {
  const packages = join(import.meta.dirname, '../../../../node_modules')
  const text = await readFile(join(packages, '@octokit/graphql-schema/schema.graphql'), 'utf8')
  const schema = buildASTSchema(parse(text, { noLocation: true }), {
    assumeValid: true,
    assumeValidSDL: true,
  })
  expect(validate(schema, parse(REVIEWS_QUERY))).toEqual([])
})

it('reads what is told, and what is left out of it', () => {
  expect(readReviewsPage({ node: null })).toBeNull()
  const read = page(
    [
      thread('T1', 'Hm.', { comments: { totalCount: 31, nodes: [comment('x'.repeat(20_000)), null] } }),
      thread('T2', 'Gone.', { line: null, isOutdated: true, isResolved: true, resolvedBy: { login: 'ada' } }),
    ],
    {
      reviews: {
        totalCount: 60,
        nodes: [
          {
            id: 'R',
            state: 'APPROVED',
            body: '',
            submittedAt: '2026-03-01T12:00:00Z',
            url: '',
            author: null,
          },
          { id: 'S', state: 'UNHEARD_OF', body: '', submittedAt: null, url: '', author: null },
        ],
      },
      commits: {
        nodes: [
          {
            commit: {
              statusCheckRollup: {
                contexts: {
                  totalCount: 61,
                  nodes: [
                    null,
                    { __typename: 'SomethingElse' },
                    {
                      __typename: 'StatusContext',
                      context: 'ci',
                      state: 'PENDING',
                      description: 'Waits',
                      targetUrl: null,
                    },
                    {
                      __typename: 'CheckRun',
                      name: 'lint',
                      status: 'COMPLETED',
                      conclusion: 'TIMED_OUT',
                      detailsUrl: 'https://host/lint',
                      annotations: {
                        totalCount: 40,
                        nodes: [
                          {
                            path: 'a.ts',
                            annotationLevel: 'WARNING',
                            title: null,
                            message: 'No.',
                            location: { start: { line: 1 }, end: { line: 2 } },
                          },
                        ],
                      },
                    },
                  ],
                },
              },
            },
          },
        ],
      },
    },
  )
  expect(read.threads).toMatchObject([
    {
      hunk: ' one\n-two\n+zwei',
      mayResolve: true,
      commentsTotal: 31,
      comments: [{ author: 'grace', cut: true, pending: false }],
    },
    { outdated: true, resolved: true, resolvedBy: 'ada', mayResolve: false, line: null },
  ])
  expect(read.threads[0]?.comments[0]?.body).toHaveLength(16_000)
  expect(read.reviews).toMatchObject([{ state: 'approved', author: null }])
  expect(read).toMatchObject({
    reviewsTotal: 60,
    annotations: [{ check: 'lint', level: 'warning', startLine: 1, endLine: 2 }],
    annotationsTotal: 40,
    checks: [
      { name: 'ci', state: 'pending', description: 'Waits', url: null },
      { name: 'lint', state: 'failure', description: null, url: 'https://host/lint' },
    ],
    checksTotal: 61,
  })
})

it('keeps the end of a long piece of a diff, with all lines a thread is about', () => {
  const rows = Array.from({ length: 200 }, (_, number) => `+line ${number}`)
  const nodes = [comment('Hm.', { diffHunk: `@@ -1,0 +1,200 @@\n${rows.join('\n')}` })]
  const long = page([thread('T', '', { line: 200, startLine: 160, comments: { totalCount: 1, nodes } })])
  expect(long.threads[0]?.hunk.split('\n').slice(-41)).toEqual(rows.slice(-41))
  expect(long.threads[0]?.hunk.split('\n')).toHaveLength(45)
})

it('joins pages to what fits into one row, the open threads before those that are done with', () => {
  const body = 'x'.repeat(16_000)
  const done = Array.from({ length: 20 }, (_, number) => thread(`done ${number}`, body, { isResolved: true }))
  const open = Array.from({ length: 20 }, (_, number) => thread(`open ${number}`, body))
  const joined = joinPages([page(done), page(open)])
  const ids = joined?.threads.map(({ id }) => id) ?? []
  expect(ids.filter((one) => one.startsWith('open'))).toHaveLength(20)
  expect(ids.length).toBeLessThan(30)
  expect(ids).toEqual(ids.toSorted((a, b) => Number(a.startsWith('open')) - Number(b.startsWith('open'))))
  expect(JSON.stringify(joined).length).toBeLessThan(600_000)
  expect(joinPages([])).toBeNull()
})
