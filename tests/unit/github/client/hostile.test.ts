import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { createGitHubClient } from '../../../../src/main/github/client/client'
import { GitHubError } from '../../../../src/main/github/client/errors'
import type { AccountId } from '@shared/ids'

const TOKEN = 'ghp_abcdefghijklmnopqrstuvwxyz0123456789'
const NOW = Date.parse('2026-11-24T10:00:00Z')

const word = fc.oneof(
  fc.string({ maxLength: 30 }).map((text) => text.replace(/[^\x20-\x7e]/g, '')),
  fc.constantFrom(TOKEN, `x${TOKEN}y`, '0', '1', '-1', '99999999999999999999', 'NaN', '5000'),
  fc.constantFrom(
    'required; url=https://github.com/x',
    new Date(NOW).toUTCString(),
    'application/json',
    '/a',
  ),
  fc.constantFrom(`<https://api.github.com/a?x=${TOKEN}>; rel="next"`, '<::>; rel="next"', '<;rel="last"'),
)
const names =
  'content-type date etag link location retry-after x-github-request-id x-github-sso x-ratelimit-limit ' +
  'x-ratelimit-remaining x-ratelimit-reset x-ratelimit-resource x-oauth-scopes x-accepted-oauth-scopes ' +
  'x-accepted-github-permissions x-poll-interval'
const body = fc.oneof(
  fc.string(),
  fc.json(),
  fc
    .record(
      {
        message: word,
        documentation_url: word,
        errors: fc.array(fc.oneof(word, fc.record({ message: word, type: word }))),
      },
      { requiredKeys: [] },
    )
    .map((value) => JSON.stringify(value)),
  fc.record({ data: fc.jsonValue(), errors: fc.jsonValue() }).map((value) => JSON.stringify(value)),
)
const answer = fc.record({
  status: fc.oneof(
    fc.constantFrom(200, 304, 301, 401, 403, 404, 429, 502),
    fc.integer({ min: 200, max: 599 }),
  ),
  headers: fc.dictionary(fc.constantFrom(...names.split(' ')), word, { maxKeys: 8 }),
  body,
})

it('whatever answers, it is a value or a failure that can be shown, and the token is nowhere in it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(answer, { minLength: 1, maxLength: 4 }), async (answers) => {
      let turn = 0
      const client = createGitHubClient({
        account: { id: 'account_1' as AccountId, host: 'github.com', apiUrl: 'https://api.github.com' },
        version: '1',
        token: async () => TOKEN,
        fetch: async () => {
          const { status, headers, body } = answers[turn++ % answers.length] ?? {
            status: 500,
            headers: {},
            body: '',
          }
          return new Response([204, 205, 304].includes(status) ? null : body, {
            status,
            headers: { 'content-type': 'application/json', ...headers },
          })
        },
        cache: {
          get: () => null,
          put: () => undefined,
          confirm: () => undefined,
          forget: () => undefined,
          prune: () => false,
        },
        now: () => NOW,
        refused: () => undefined,
      })
      const asked = [
        client.get('/user', { purpose: 'interactive', read: () => null, conditional: true }),
        client.graphql('query A { x }', {}, { purpose: 'interactive', read: () => null }),
      ]
      for (const settled of await Promise.allSettled(asked)) {
        const error: unknown = settled.status === 'rejected' ? settled.reason : null
        const shown = error instanceof GitHubError ? error.toValue() : null
        expect(error === null || error instanceof GitHubError).toBe(true)
        expect(JSON.stringify([shown, error instanceof GitHubError ? error.url : ''])).not.toContain(TOKEN)
        expect(Number.isNaN(error instanceof GitHubError ? error.until : 0)).toBe(false)
      }
      for (const { remaining, limit, resetAt } of client.budgets()) {
        expect(remaining).toBeLessThanOrEqual(limit)
        expect(resetAt - NOW).toBeLessThanOrEqual(2 * 3_600_000)
      }
    }),
    { numRuns: 1000 },
  )
})
