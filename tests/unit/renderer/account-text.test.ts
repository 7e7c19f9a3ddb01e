import type { Organization } from '@shared/domain'
import type { Account } from '@shared/github'
import { describe, expect, it } from 'vitest'
import {
  expiryText,
  hostPage,
  newTokenPage,
  typedHost,
} from '../../../src/renderer/features/accounts/account-text'
import {
  bannerText,
  blockedReason,
  orderOrganizations,
  ssoPage,
} from '../../../src/renderer/features/organizations/organization-text'
import { initialsOf } from '../../../src/renderer/ui/initials'

describe('a typed host', () => {
  it.each([
    ['', 'github.com'],
    ['  GitHub.com ', 'github.com'],
    ['https://github.com/acme', 'github.com'],
    ['api.github.com', 'github.com'],
    ['https://ghe.acme.example:8443/', 'ghe.acme.example:8443'],
    ['http://127.0.0.1:4000/api/v3', '127.0.0.1:4000'],
  ])('%j is %s', (typed, host) => expect(typedHost(typed)).toBe(host))

  it('has a page for new tokens with the scopes ticked', () => {
    expect(newTokenPage('')).toBe(
      'https://github.com/settings/tokens/new?scopes=repo%2Cread%3Aorg%2Cworkflow&description=Foundry',
    )
    expect(hostPage('127.0.0.1:4000', '/x')).toBe('http://127.0.0.1:4000/x')
    expect(hostPage('localhost.evil.example', '/x')).toBe('https://localhost.evil.example/x')
  })
})

it('says how long a token lasts', () => {
  const day = 24 * 60 * 60_000
  expect(expiryText(null, 0)).toBeNull()
  expect(expiryText(10, 10)).toEqual({ text: 'The token has expired', soon: true })
  expect(expiryText(day / 2, 0)?.text).toBe('The token expires within a day')
  expect(expiryText(day, 0)?.text).toBe('The token expires in 1 day')
  expect(expiryText(60 * day, 0)).toEqual({ text: 'The token expires in 60 days', soon: false })
})

it('stands for a name with its initials, whatever the name is', () => {
  expect(initialsOf('Ada Lovelace')).toBe('AL')
  expect(initialsOf('foundry-hq')).toBe('FH')
  expect(initialsOf('مثال')).toBe('م')
  expect(initialsOf('🦀 𝒻un')).toBe('𝒻')
  expect(initialsOf('---')).toBe('?')
})

describe('what an organization needs', () => {
  const account: Account = {
    id: 'account_00000001',
    host: 'github.com',
    login: 'ada',
    name: null,
    avatarUrl: null,
    source: 'pasted',
    scopes: [],
    missing: [],
    expiresAt: null,
    state: 'connected',
    problem: null,
    stored: true,
    checkedAt: 0,
    budgets: [],
  }
  const github = {
    accountId: account.id,
    host: 'github.com',
    login: 'acme',
    avatarUrl: null,
    state: 'ok',
    problem: null,
    leftAt: null,
  } as const
  const organization = (
    n: number,
    more: Partial<NonNullable<Organization['github']>> = {},
    name = 'Acme',
  ): Organization => ({ id: `org_0000000${n}`, kind: 'organization', name, github: { ...github, ...more } })
  const local: Organization = { id: 'org_00000009', kind: 'local', name: 'Local', github: null }

  it('is nothing while all is well, and for the local one', () => {
    expect(bannerText(organization(1), account)).toBeNull()
    expect(bannerText(local, undefined)).toBeNull()
  })

  it('is a sign-in before anything else', () => {
    expect(bannerText(organization(1, { accountId: null }), undefined)?.kind).toBe('reconnect')
    expect(bannerText(organization(1, { state: 'saml' }), { ...account, state: 'reconnect' })?.kind).toBe(
      'reconnect',
    )
  })

  it('is said in words, and blocks a sync', () => {
    expect(bannerText(organization(1, { state: 'saml' }), account)?.title).toBe(
      'Acme asks for single sign-on.',
    )
    expect(blockedReason(organization(1, { state: 'gone' }), account)).toContain('not on GitHub any more')
    expect(bannerText(organization(1, { leftAt: 5 }), account)?.kind).toBe('left')
  })

  it('has a page for single sign-on, and follows another only on the same host', () => {
    const said = (next: string) => ssoPage('github.com', 'acme', { kind: 'forbidden', message: 'No', next })
    expect(ssoPage('github.com', 'a/../b', null)).toBe('https://github.com/orgs/a%2F..%2Fb/sso')
    expect(
      said('Authorize it at https://github.com/orgs/acme/sso?authorization_request=A1, then go on.'),
    ).toBe('https://github.com/orgs/acme/sso?authorization_request=A1')
    for (const next of [
      'Ask an owner.',
      'See https://github.com.evil.example/x',
      'See http://github.com/x',
      'https://',
    ])
      expect(said(next)).toBe('https://github.com/orgs/acme/sso')
  })

  it('has its place: synced, then this computer, then left', () => {
    const order = orderOrganizations([
      organization(3, { leftAt: 1 }, 'Aardvark'),
      local,
      organization(2, {}, 'Zebra'),
      organization(1, {}, 'Acme'),
    ])
    expect(order.map((one) => one.name)).toEqual(['Acme', 'Zebra', 'Local', 'Aardvark'])
  })
})
