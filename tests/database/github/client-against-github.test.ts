import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createGitHubClient, type GitHubClientOptions } from '../../../src/main/github/client/client'
import { GitHubError, type GitHubReason } from '../../../src/main/github/client/errors'
import { apiUrlOf, hostOf } from '../../../src/main/github/client/hosts'
import { createHttpCache } from '../../../src/main/github/client/http-cache'
import { accounts } from '../../../src/main/github/tables'
import { openTestDatabase, type TestDatabase } from '../../support/database'
import type { Effect } from '../../support/github/faults'
import { startGitHub, type GitHubServer } from '../../support/github/server'
import type { Organization, Token, User } from '../../support/github/types'
import type { GitHubClient } from '../../../src/main/github/types'
import type { AccountId } from '@shared/ids'

const ACCOUNT = 'account_00000001' as AccountId
const HOUR = 3_600_000

let github: GitHubServer
let opened: TestDatabase
let octavia: User
let acme: Organization
let token: Token

beforeEach(async () => {
  opened = await openTestDatabase()
  github = await startGitHub()
  octavia = github.model.addUser('octavia')
  acme = github.model.addOrganization('acme')
  github.model.addMember(acme, octavia, 'admin')
  token = github.model.addToken(octavia)
  const person = { host: github.host, apiUrl: github.apiUrl, githubId: '1', login: 'octavia' }
  opened.database.commands
    .insert(accounts)
    .values({ id: ACCOUNT, ...person, source: 'pasted', createdAt: 1, checkedAt: 1 })
    .run()
})

afterEach(async () => {
  await github.close()
  await opened.close()
})

function connect(more: Partial<GitHubClientOptions> = {}): GitHubClient {
  const host = hostOf(github.host)
  return createGitHubClient({
    account: { id: ACCOUNT, host, apiUrl: apiUrlOf(host) },
    version: '1.2.3',
    token: async () => token.value,
    fetch,
    cache: createHttpCache(opened.database),
    now: Date.now,
    refused: () => undefined,
    ...more,
  })
}

const names = (body: unknown): string[] =>
  z
    .array(z.object({ full_name: z.string() }))
    .parse(body)
    .map((each) => each.full_name)

const repositories = (client: GitHubClient, path = '/orgs/acme/repos?per_page=2&sort=full_name') =>
  client.get(path, { purpose: 'sync', conditional: true, read: names })

const VIEWER = 'query Viewer { viewer { login } rateLimit { cost remaining limit resetAt } }'
const viewer = (client: GitHubClient) =>
  client.graphql(VIEWER, {}, { purpose: 'sync', read: (data, problems) => ({ data, problems }) })

async function failureOf(work: Promise<unknown>): Promise<GitHubError> {
  const thrown: unknown = await work.then(
    () => new Error('It did not fail.'),
    (error: unknown) => error,
  )
  if (!(thrown instanceof GitHubError)) throw thrown
  expect(JSON.stringify([thrown.toValue(), thrown.url, thrown.stack])).not.toContain(token.value)
  return thrown
}

describe('GitHub', () => {
  it('is read page by page, and confirms what did not change', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) github.model.addRepository(acme, name)
    const read = async (client: GitHubClient) => {
      const found: { names: string[]; notModified: boolean }[] = []
      let path: string | null = '/orgs/acme/repos?per_page=2&sort=full_name'
      while (path !== null) {
        const page: Awaited<ReturnType<typeof repositories>> = await repositories(client, path)
        expect(page.lastPage).toBe(page.next === null ? null : 3)
        found.push({ names: page.value, notModified: page.notModified })
        path = page.next
      }
      return found
    }
    const client = connect()
    const all = [['acme/a', 'acme/b'], ['acme/c', 'acme/d'], ['acme/e']]
    expect(await read(client)).toEqual(all.map((each) => ({ names: each, notModified: false })))
    expect(await read(client)).toEqual(all.map((each) => ({ names: each, notModified: true })))
    github.model.addRepository(acme, 'f')
    const [first, , last] = await read(client)
    expect(first).toMatchObject({ notModified: true })
    expect(last).toEqual({ names: ['acme/e', 'acme/f'], notModified: false })
    const spent = github.budgets.state(octavia.id, 'core').used
    expect(client.budgets()).toMatchObject([
      { resource: 'core', remaining: 5000 - spent, spent: [{ purpose: 'sync', amount: spent }] },
    ])
  })

  it('is asked where a renamed repository is now', async () => {
    const engine = github.model.addRepository(acme, 'engine')
    github.model.renameRepository(engine, 'motor')
    const page = await connect().get('/repos/acme/engine', {
      purpose: 'interactive',
      read: (body) => z.object({ full_name: z.string() }).parse(body).full_name,
    })
    expect(page.value).toBe('acme/motor')
  })

  it('answers queries, and counts their cost', async () => {
    const client = connect()
    expect(await viewer(client)).toMatchObject({
      value: { data: { viewer: { login: 'octavia' } }, problems: [] },
    })
    expect(client.budgets()).toMatchObject([
      { resource: 'graphql', remaining: github.budgets.state(octavia.id, 'graphql').remaining },
    ])
  })

  it('has told part of a query what it may not see', async () => {
    github.model.addRepository(acme, 'engine')
    const text = `query Two {
      rateLimit { cost remaining limit resetAt }
      a: repository(owner: "acme", name: "engine") { name }
      b: repository(owner: "acme", name: "nothing") { name }
    }`
    const { value } = await connect().graphql(
      text,
      {},
      {
        purpose: 'sync',
        read: (data, problems) => ({ data, problems }),
      },
    )
    expect(value).toMatchObject({
      data: { a: { name: 'engine' }, b: null },
      problems: [{ type: 'NOT_FOUND', path: ['b'] }],
    })
  })

  it('keeps sync from the reserve until the reset', async () => {
    let time = Date.now()
    const client = connect({ now: () => time })
    github.budgets.leave(octavia.id, 'core', 1002, time + HOUR / 2)
    await repositories(client)
    await repositories(client, '/orgs/acme/repos?page=2')
    const error = await failureOf(repositories(client, '/orgs/acme/repos?page=3'))
    expect(error).toMatchObject({ reason: 'rate', kind: 'rate_limited' })
    expect(error.until).toBeGreaterThan(time + HOUR / 2 - 2000)
    expect(github.requested('GET /orgs/acme/repos')).toHaveLength(2)
    time = error.until ?? 0
    await repositories(client, '/orgs/acme/repos?page=3')
  })

  it('has a clock of its own', async () => {
    github.skew(10 * 60_000)
    const page = await repositories(connect())
    expect(Math.abs(page.date - Date.now() - 10 * 60_000)).toBeLessThan(2000)
  })
})

describe('GitHub that fails', () => {
  it.each<[GitHubReason, Effect]>([
    ['unauthorized', { kind: 'unauthorized' }],
    ['scope', { kind: 'scope', accepted: ['admin:org'] }],
    ['saml', { kind: 'saml', organization: 'acme' }],
    ['suspended', { kind: 'suspended' }],
    ['rate', { kind: 'rate', resetAt: Date.now() + HOUR }],
    ['secondary', { kind: 'secondary', retryAfter: 30 }],
    ['secondary', { kind: 'secondary', retryAfter: null, status: 429 }],
    ['secondary', { kind: 'abuse', retryAfter: 30 }],
    ['not_found', { kind: 'not_found' }],
    ['not_found', { kind: 'gone' }],
    ['legal', { kind: 'legal' }],
    ['server', { kind: 'server', status: 500 }],
    ['server', { kind: 'server', status: 503, html: true }],
    ['malformed', { kind: 'truncated' }],
    ['malformed', { kind: 'malformed' }],
    ['malformed', { kind: 'wrong_type' }],
    ['offline', { kind: 'reset' }],
    ['timeout', { kind: 'silent' }],
  ])('is understood: %s', async (reason, effect) => {
    github.model.addRepository(acme, 'engine')
    github.faults.add('GET /orgs/acme/repos', effect)
    const silenceMs = reason === 'timeout' ? 100 : 10_000
    const error = await failureOf(repositories(connect({ limits: { silenceMs } })))
    expect(error.reason).toBe(reason)
    expect(error.until === null).toBe(reason !== 'rate' && reason !== 'secondary')
    expect(error.url !== undefined).toBe(reason === 'saml')
    github.budgets.leave(octavia.id, 'core', 5000)
    expect(await repositories(connect())).toMatchObject({ value: ['acme/engine'] })
  })

  it.each<[GitHubReason, Effect]>([
    ['unauthorized', { kind: 'unauthorized' }],
    ['rate', { kind: 'rate', resetAt: Date.now() + HOUR }],
    ['secondary', { kind: 'secondary', retryAfter: 30 }],
    ['server', { kind: 'server', status: 502 }],
    ['server', { kind: 'server', status: 504, html: true }],
    ['malformed', { kind: 'truncated' }],
  ])('is understood in answer to a query: %s', async (reason, effect) => {
    github.faults.add('POST /graphql', effect)
    expect((await failureOf(viewer(connect()))).reason).toBe(reason)
  })

  it('by ending every connection', async () => {
    github.faults.add('GET /orgs/acme/repos', { kind: 'silent' })
    const arrived = new Promise<void>((resolve) => {
      github.faults.between('GET /orgs/acme/repos', 0, resolve)
    })
    const asked = failureOf(repositories(connect()))
    await arrived
    github.disconnect()
    expect((await asked).reason).toBe('offline')
  })

  it('because the token was revoked', async () => {
    const refused: GitHubError[] = []
    const client = connect({ refused: (error) => refused.push(error) })
    await repositories(client)
    github.model.revoke(token)
    expect((await failureOf(repositories(client))).kind).toBe('credentials')
    expect(refused).toHaveLength(1)
  })
})
