import { describe, expect, it } from 'vitest'
import { parseClientIds } from '../../../../src/main/github/accounts/device-sign-in'
import { readHosts } from '../../../../src/main/github/accounts/gh'
import { missingScopes } from '../../../../src/main/github/accounts/scopes'
import { readOwner } from '../../../../src/main/github/accounts/token-check'

const body = { id: 7, login: 'ada', name: 'Ada', avatar_url: 'https://avatars.example/7' }

describe('what a token says of itself', () => {
  it('is its owner, its scopes and its end', () => {
    expect(
      readOwner(body, {
        'x-oauth-scopes': 'repo, read:org',
        'github-authentication-token-expiration': '2026-12-01 09:30:00 UTC',
      }),
    ).toEqual({
      githubId: '7',
      login: 'ada',
      name: 'Ada',
      avatarUrl: 'https://avatars.example/7',
      scopes: ['repo', 'read:org'],
      expiresAt: Date.UTC(2026, 11, 1, 9, 30),
    })
  })

  it('is nothing about scopes for a fine-grained one, and no scope at all for an empty list', () => {
    expect(readOwner(body, {}).scopes).toBeNull()
    expect(readOwner(body, { 'x-oauth-scopes': '' }).scopes).toEqual([])
  })

  it.each([
    ['2026-12-01 09:30:00 +0200', Date.UTC(2026, 11, 1, 7, 30)],
    ['2026-12-01 09:30:00 -0530', Date.UTC(2026, 11, 1, 15, 0)],
    ['tomorrow', null],
    ['2026-13-41 09:30:00 UTC', null],
    ['', null],
  ])('ends at %s', (header, at) => {
    expect(readOwner(body, { 'github-authentication-token-expiration': header }).expiresAt).toBe(at)
  })

  it.each([null, 'ada', [], {}, { id: -1, login: 'ada' }, { id: 1, login: '' }, { id: '1', login: 'a' }])(
    'is refused as %j',
    (hostile) => {
      expect(() => readOwner(hostile, {})).toThrow(/./)
    },
  )
})

describe('missing scopes', () => {
  it.each([
    [['repo', 'read:org', 'workflow'], []],
    [['repo', 'admin:org', 'workflow'], []],
    [['repo', 'write:org'], ['workflow']],
    [
      ['public_repo', 'workflow'],
      ['repo', 'read:org'],
    ],
    [[], ['repo', 'read:org', 'workflow']],
    [null, []],
  ])('of %j are %j', (scopes, missing) => {
    expect(missingScopes(scopes).map(({ scope }) => scope)).toEqual(missing)
  })

  it('each say what they cost', () => {
    for (const { cost } of missingScopes([])) expect(cost).toMatch(/^[A-Z].{30,}\.$/)
  })
})

describe('the hosts of the gh command', () => {
  it('come with the login that is active, and without their tokens', () => {
    const text = `github.com:
    git_protocol: https
    users:
        grace:
            oauth_token: gho_secretsecret
        ada:
    oauth_token: gho_secretsecret
    user: ada
# a comment
"127.0.0.1:8080":
  users:
    user: nobody
  user: 'eve'
ghe.Example.com:
    oauth_token: gho_old
    user: old
`
    expect(readHosts(text)).toEqual([
      { host: 'github.com', login: 'ada' },
      { host: '127.0.0.1:8080', login: 'eve' },
      { host: 'ghe.example.com', login: 'old' },
    ])
  })

  it.each([
    '',
    '\n\n',
    'not yaml at all',
    '- a\n- b',
    'github.com:\n',
    'github.com: {}',
    '{}',
    '  user: ada',
  ])('are none in %j', (text) => {
    expect(readHosts(text)).toEqual([])
  })
})

describe('client ids', () => {
  it('are for github.com unless they name a host', () => {
    expect([...parseClientIds('Iv1.abc, ghe.Example.com=Ov23x,127.0.0.1:8080=local')]).toEqual([
      ['github.com', 'Iv1.abc'],
      ['ghe.example.com', 'Ov23x'],
      ['127.0.0.1:8080', 'local'],
    ])
  })

  it.each([undefined, '', ',', 'two words', '=x', 'host='])('are none in %j', (text) => {
    expect(parseClientIds(text).size).toBe(0)
  })
})
