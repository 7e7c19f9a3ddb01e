import { describe, expect, it } from 'vitest'
import {
  failureOfAnswer,
  reasonOfProblem,
  type GitHubReason,
  type JudgeContext,
} from '../../../../src/main/github/client/errors'

const NOW = Date.parse('2026-11-24T10:00:00Z')
const TOKEN = 'ghp_abcdefghijklmnopqrstuvwxyz0123456789'
const context: JudgeContext = {
  host: 'github.com',
  what: '/orgs/acme',
  token: TOKEN,
  now: NOW,
  resetAt: null,
}

function judge(status: number, message: string, headers: Record<string, string> = {}, body: object = {}) {
  return failureOfAnswer({ status, headers, text: JSON.stringify({ message, ...body }) }, context)
}

describe('what an answer says', () => {
  it.each<[number, string, Record<string, string>, GitHubReason]>([
    [401, 'Bad credentials', {}, 'unauthorized'],
    [403, 'API rate limit exceeded for user ID 1.', { 'x-ratelimit-remaining': '0' }, 'rate'],
    [429, 'API rate limit exceeded for user ID 1.', { 'x-ratelimit-remaining': '0' }, 'rate'],
    [403, 'API rate limit exceeded for 1.2.3.4.', {}, 'rate'],
    [403, 'You have exceeded a secondary rate limit.', { 'x-ratelimit-remaining': '0' }, 'secondary'],
    [403, 'You have triggered an abuse detection mechanism.', {}, 'secondary'],
    [403, 'Something', { 'retry-after': '5' }, 'secondary'],
    [429, 'Something', {}, 'secondary'],
    [403, 'Maximum number of login attempts exceeded.', {}, 'secondary'],
    [403, 'Resource protected by organization SAML enforcement.', {}, 'saml'],
    [403, 'Something', { 'x-github-sso': 'required; url=https://github.com/x' }, 'saml'],
    [403, 'Something', { 'x-github-sso': 'partial-results; organizations=1' }, 'forbidden'],
    [403, 'Sorry. Your account was suspended.', {}, 'suspended'],
    [403, 'This installation has been suspended', {}, 'suspended'],
    [403, 'Repository access blocked', {}, 'suspended'],
    [403, 'Resource not accessible by personal access token', {}, 'scope'],
    [
      403,
      'Something',
      { 'x-oauth-scopes': 'repo', 'x-accepted-oauth-scopes': 'admin:org, read:org' },
      'scope',
    ],
    [403, 'Something', { 'x-oauth-scopes': '', 'x-accepted-oauth-scopes': 'repo' }, 'scope'],
    [403, 'Something', { 'x-oauth-scopes': 'admin:org', 'x-accepted-oauth-scopes': 'read:org' }, 'forbidden'],
    [403, 'Something', { 'x-oauth-scopes': 'repo', 'x-accepted-oauth-scopes': 'public_repo' }, 'forbidden'],
    [403, 'Something', { 'x-accepted-oauth-scopes': 'repo' }, 'forbidden'],
    [403, 'the `acme` organization has an IP allow list enabled', {}, 'forbidden'],
    [403, 'Must have admin rights to Repository.', {}, 'forbidden'],
    [404, 'Not Found', {}, 'not_found'],
    [410, 'Gone', {}, 'not_found'],
    [422, 'The listed users and repositories cannot be searched', {}, 'not_found'],
    [422, 'Validation Failed', {}, 'malformed'],
    [400, 'Problems parsing JSON', {}, 'malformed'],
    [407, 'Proxy Authentication Required', {}, 'offline'],
    [408, 'Request Timeout', {}, 'timeout'],
    [451, 'Repository access blocked', {}, 'legal'],
    [500, 'Server Error', {}, 'server'],
    [502, 'Server Error', {}, 'server'],
    [503, 'Service Unavailable', {}, 'server'],
    [599, '', {}, 'server'],
    [101, '', {}, 'malformed'],
  ])('%d %j with %j is %s', (status, message, headers, reason) => {
    const error = judge(status, message, headers)
    expect(error.reason).toBe(reason)
    expect(error.message).toContain('github.com')
    expect(error.message).toContain('/orgs/acme')
    expect(error.next?.length).toBeGreaterThan(10)
    expect(error.detail).toContain(message)
  })

  it('is quoted with the id of the request, and no longer than a person reads', () => {
    const error = judge(500, `Server Error ${'x'.repeat(100_000)}`, { 'x-github-request-id': 'A:1' })
    expect(error.detail?.length).toBeLessThan(2100)
    expect(judge(500, 'Oh', { 'x-github-request-id': 'A:1' }).detail).toBe('HTTP 500\nOh\nRequest A:1')
  })

  it('names the scopes that would do', () => {
    const headers = { 'x-oauth-scopes': 'repo', 'x-accepted-oauth-scopes': 'admin:org, read:org' }
    const error = judge(403, 'No', headers)
    expect(error.message).toBe(
      'The token may not read /orgs/acme on github.com: it needs admin:org or read:org.',
    )
    const fine = judge(403, 'Resource not accessible by personal access token', {
      'x-accepted-github-permissions': 'members=read',
    })
    expect(fine.message).toContain('it needs members=read')
  })

  it.each([
    ['https://github.com/orgs/acme/sso?authorization_request=A1', true],
    ['http://github.com/orgs/acme/sso', false],
    ['https://evil.example/orgs/acme/sso', false],
    ['https://github.com.evil.example/sso', false],
    ['https://x@github.com/sso', false],
    ['javascript:alert(1)', false],
    [`https://github.com/sso?x=${TOKEN}`, false],
    ['', false],
  ])('names %j for single sign-on: %s', (url, kept) => {
    const error = judge(403, 'SAML', { 'x-github-sso': `required; url=${url}` })
    expect(error.url).toBe(kept ? url : undefined)
  })

  it('says when to go on', () => {
    const date = new Date(NOW).toUTCString()
    expect(judge(403, 'secondary rate limit', { 'retry-after': '90' }).until).toBe(NOW + 90_000)
    const late = new Date(NOW + 45_000).toUTCString()
    expect(judge(403, 'secondary rate limit', { 'retry-after': late, date }).until).toBe(NOW + 45_000)
    expect(judge(403, 'secondary rate limit', { 'retry-after': 'soon' }).until).toBe(NOW + 60_000)
    expect(judge(403, 'secondary rate limit', { 'retry-after': '9'.repeat(12) }).until).toBe(NOW + 3_600_000)
    expect(judge(503, 'busy', { 'retry-after': '10' }).until).toBe(NOW + 10_000)
    expect(judge(503, 'busy').until).toBe(null)
    expect(judge(404, 'x', { 'retry-after': '10' }).until).toBe(null)
  })

  it('survives bodies of every kind', () => {
    for (const text of [
      '',
      'null',
      '[]',
      '"x"',
      '{',
      '<html>',
      '{"message":5,"errors":[null,5,{}],"block":3}',
    ])
      expect(failureOfAnswer({ status: 502, headers: {}, text }, context).reason).toBe('server')
  })
})

it.each([
  ['RATE_LIMITED', 'x', 'rate'],
  [null, 'API rate limit already exceeded for user ID 1.', 'rate'],
  [null, 'You have exceeded a secondary rate limit.', 'secondary'],
  ['FORBIDDEN', 'Resource protected by organization SAML enforcement.', 'saml'],
  ['FORBIDDEN', 'IP allow list', 'forbidden'],
  ['INSUFFICIENT_SCOPES', 'x', 'scope'],
  ['NOT_FOUND', 'x', 'not_found'],
  ['RESOURCE_LIMITS_EXCEEDED', 'x', 'server'],
  [null, 'Something went wrong while executing your query on 2026.', 'server'],
  [null, 'Timeout on validation of query', 'server'],
  ['undefinedField', 'x', 'malformed'],
] as const)('a problem of type %s, %j is %s', (type, message, reason) => {
  expect(reasonOfProblem({ type, path: [], message })).toBe(reason)
})
