import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createGitHubClient, type GitHubClientOptions } from '../../../src/main/github/client/client'
import { GitHubError } from '../../../src/main/github/client/errors'
import { createHttpCache } from '../../../src/main/github/client/http-cache'
import { accounts } from '../../../src/main/github/tables'
import { openTestDatabase, type TestDatabase } from '../../support/database'
import { json, startAnsweringServer, type AnsweringServer } from './answering-server'
import type { GitHubClient, Purpose } from '../../../src/main/github/types'
import type { AccountId } from '@shared/ids'

const ACCOUNT = 'account_00000001' as AccountId
const TOKEN = 'ghp_abcdefghijklmnopqrstuvwxyz0123456789'
const HOUR = 3_600_000

let server: AnsweringServer
let opened: TestDatabase

beforeEach(async () => {
  opened = await openTestDatabase()
  server = await startAnsweringServer()
  addAccount(ACCOUNT)
})

afterEach(async () => {
  await server.close()
  await opened.close()
})

function addAccount(id: AccountId): void {
  const person = { host: server.host, apiUrl: `${server.url}/api/v3`, githubId: id, login: 'ada' }
  opened.database.commands
    .insert(accounts)
    .values({ id, ...person, source: 'pasted', createdAt: 1, checkedAt: 1 })
    .run()
}

function connect(more: Partial<GitHubClientOptions> = {}): GitHubClient & { refusals: GitHubError[] } {
  const refusals: GitHubError[] = []
  const client = createGitHubClient({
    account: { id: ACCOUNT, host: server.host, apiUrl: `${server.url}/api/v3` },
    version: '1.2.3',
    token: async () => TOKEN,
    fetch,
    cache: createHttpCache(opened.database),
    now: Date.now,
    refused: (error) => refusals.push(error),
    ...more,
  })
  return { ...client, refusals }
}

const asIs = (body: unknown): unknown => body

function ask(client: GitHubClient, path = '/user', purpose: Purpose = 'sync'): Promise<unknown> {
  return client.get(path, { purpose, read: asIs })
}

function query(client: GitHubClient, purpose: Purpose = 'sync'): Promise<unknown> {
  const text = 'query Members { rateLimit { cost remaining limit resetAt } }'
  return client.graphql(text, {}, { purpose, read: (data, problems) => ({ data, problems }) })
}

async function failureOf(work: Promise<unknown>): Promise<GitHubError> {
  const thrown: unknown = await work.then(
    () => new Error('It did not fail.'),
    (error: unknown) => error,
  )
  if (!(thrown instanceof GitHubError)) throw thrown
  const everything = JSON.stringify([thrown.toValue(), thrown.url, String(thrown.cause), thrown.stack])
  expect(everything).not.toContain(TOKEN.slice(0, 20))
  expect(thrown.message).toContain(server.host)
  return thrown
}

function limits(remaining: number, more: Record<string, string> = {}): Record<string, string> {
  const reset = Math.floor((Date.now() + HOUR / 2) / 1000)
  return {
    'x-ratelimit-limit': '5000',
    'x-ratelimit-remaining': String(remaining),
    'x-ratelimit-reset': String(reset),
    'x-ratelimit-resource': 'core',
    ...more,
  }
}

describe('a request', () => {
  it('says who asks, in which version, and reads the answer', async () => {
    server.answer = (response) => json(response, 200, { login: 'ada' }, limits(4999))
    const page = await connect().get('/search/issues', {
      purpose: 'interactive',
      query: { q: 'org:acme is:pr', per_page: 100 },
      read: (body) => (body as { login: string }).login,
    })
    expect(page).toMatchObject({ value: 'ada', notModified: false, next: null, lastPage: null })
    const [asked] = server.asked
    expect(asked?.path).toBe('/api/v3/search/issues?q=org%3Aacme+is%3Apr&per_page=100')
    expect(asked?.headers).toMatchObject({
      authorization: `Bearer ${TOKEN}`,
      'x-github-api-version': '2022-11-28',
      accept: 'application/vnd.github.v3+json',
    })
    expect(asked?.headers['user-agent']).toMatch(/^Foundry\/1\.2\.3 /)
  })

  it('follows pages by their links, whose colons are no variables', async () => {
    server.answer = (response, { path }) => {
      const next = `<${server.url}/api/v3/orgs/a/repos?q=org:acme&page=2>; rel="next"`
      const last = `<${server.url}/api/v3/orgs/a/repos?page=7>; rel="last"`
      json(response, 200, [path], path.includes('page=2') ? {} : { link: `${next}, ${last}` })
    }
    const client = connect()
    const first = await client.get('/orgs/a/repos', { purpose: 'sync', read: asIs })
    expect(first).toMatchObject({ next: '/orgs/a/repos?q=org:acme&page=2', lastPage: 7 })
    const second = await client.get(first.next ?? '', { purpose: 'sync', read: asIs })
    expect(second.next).toBe(null)
    expect(server.asked[1]?.path).toBe('/api/v3/orgs/a/repos?q=org%3Aacme&page=2')
  })

  it('does not go to a next page on another host', async () => {
    server.answer = (response) => json(response, 200, [], { link: '<https://evil.example/x>; rel="next"' })
    const error = await failureOf(ask(connect()))
    expect(error.reason).toBe('malformed')
    expect(error.detail).toContain('https://evil.example/x')
  })

  it('leaves the API under no name', async () => {
    await expect(ask(connect(), '/../../secret')).rejects.toThrow('not a path of the REST API')
    await expect(ask(connect(), 'https://evil.example/')).rejects.toThrow('not a path of the REST API')
    expect(server.asked).toEqual([])
  })

  it('tells the time of GitHub and how often to ask', async () => {
    const date = new Date(Date.now() - 5000).toUTCString()
    server.answer = (response) => json(response, 200, {}, { date, 'x-poll-interval': '60' })
    const page = await connect().get('/x', { purpose: 'sync', read: asIs })
    expect(page).toMatchObject({ date: Date.parse(date), pollIntervalMs: 60_000 })
  })

  it('is one of six at a time, and a person never waits for them', async () => {
    const held: (() => void)[] = []
    let arrived: () => void = () => undefined
    server.answer = (response) => {
      held.push(() => json(response, 200, {}))
      arrived()
    }
    const until = (count: number): Promise<void> =>
      new Promise((resolve) => {
        arrived = () => (held.length >= count ? resolve() : undefined)
        arrived()
      })
    const client = connect()
    const work = [1, 2, 3, 4, 5, 6, 7, 8].map((each) => ask(client, `/sync/${each}`))
    await until(6)
    work.push(ask(client, '/checks', 'checks'), ask(client, '/person', 'interactive'))
    await until(7)
    for (let answered = 0; answered < 3; answered++) {
      held[answered]?.()
      await until(8 + answered)
    }
    for (const each of held.slice(3)) each()
    await Promise.all(work)
    expect(server.asked.map(({ path }) => path.replace('/api/v3', '')).slice(6)).toEqual([
      '/person',
      '/checks',
      '/sync/7',
      '/sync/8',
    ])
  })
})

describe('conditional requests', () => {
  const members = (client: GitHubClient) =>
    client.get('/orgs/a/members', {
      purpose: 'sync',
      query: { page: 1 },
      conditional: true,
      read: (body) => (body as { id: number }[]).map(({ id }) => id),
    })

  function answerWithTag(): void {
    server.answer = (response, { headers }) => {
      if (headers['if-none-match'] !== 'W/"a"')
        return json(response, 200, [{ id: 1 }, { id: 2 }], { etag: 'W/"a"', ...limits(4000) })
      response.writeHead(304, { etag: 'W/"a"', ...limits(4000) }).end()
    }
  }

  it('bring back what was kept, also after a restart, and cost nothing then', async () => {
    answerWithTag()
    const client = connect()
    expect(await members(client)).toMatchObject({ value: [1, 2], notModified: false })
    expect(await members(client)).toMatchObject({ value: [1, 2], notModified: true })
    expect(client.budgets()[0]?.spent).toEqual([{ purpose: 'sync', amount: 1 }])
    opened.reopen()
    expect(await members(connect())).toMatchObject({ value: [1, 2], notModified: true })
  })

  it('do not use what another version or account kept', async () => {
    answerWithTag()
    await members(connect())
    const other = 'account_00000002' as AccountId
    addAccount(other)
    const apiUrl = `${server.url}/api/v3`
    expect((await members(connect({ account: { id: other, host: server.host, apiUrl } }))).notModified).toBe(
      false,
    )
    expect((await members(connect({ version: '1.3.0' }))).notModified).toBe(false)
  })

  it('are forgotten with the account', async () => {
    answerWithTag()
    await members(connect())
    const count = () =>
      opened.database.commands.$client.prepare('SELECT count(*) FROM http_cache').pluck().get()
    expect(count()).toBe(1)
    opened.database.commands.delete(accounts).run()
    expect(count()).toBe(0)
    // Nor does an answer that comes late bring it back.
    await members(connect())
    expect(count()).toBe(0)
  })

  it('are pruned by when they were last confirmed', async () => {
    answerWithTag()
    const cache = createHttpCache(opened.database)
    await members(connect({ now: () => 1000 }))
    expect(cache.prune(1000)).toBe(false)
    expect(cache.get(ACCOUNT, '/orgs/a/members?page=1')).not.toBe(null)
    cache.prune(1001)
    expect(cache.get(ACCOUNT, '/orgs/a/members?page=1')).toBe(null)
  })

  it('fail when 304 answers no condition', async () => {
    server.answer = (response) => response.writeHead(304).end()
    expect((await failureOf(ask(connect()))).reason).toBe('malformed')
  })
})

describe('redirects', () => {
  const redirect = (status: number, location: string): void => {
    server.answer = (response, { path }) =>
      path.endsWith('/new') ? json(response, 200, 'here') : response.writeHead(status, { location }).end()
  }

  it.each([301, 302, 307, 308])('of %d are followed once on the same host', async (status) => {
    redirect(status, `${server.url}/api/v3/new`)
    expect(await ask(connect(), '/old')).toMatchObject({ value: 'here' })
    expect(server.asked.map(({ headers }) => headers.authorization)).toEqual(
      Array<string>(2).fill(`Bearer ${TOKEN}`),
    )
  })

  it('are followed when relative', async () => {
    redirect(301, '/api/v3/new')
    expect(await ask(connect(), '/old')).toMatchObject({ value: 'here' })
  })

  it('never take the token to another host', async () => {
    const other = await startAnsweringServer()
    redirect(301, `${other.url}/new`)
    const error = await failureOf(ask(connect(), '/old'))
    expect(error.reason).toBe('malformed')
    expect(error.detail).toContain(other.host)
    expect(other.asked).toEqual([])
    await other.close()
  })

  it('are not followed in a circle, nor without an address', async () => {
    redirect(302, '/api/v3/old')
    expect((await failureOf(ask(connect(), '/old'))).reason).toBe('malformed')
    expect(server.asked).toHaveLength(2)
    server.answer = (response) => response.writeHead(302).end()
    expect((await failureOf(ask(connect(), '/old'))).reason).toBe('malformed')
  })

  it('repeat a query where they keep the method', async () => {
    server.answer = (response, { path }) =>
      path.endsWith('/new')
        ? json(response, 200, { data: { viewer: 1 } })
        : response.writeHead(308, { location: '/new' }).end()
    expect(await query(connect())).toMatchObject({ value: { data: { viewer: 1 } } })
    expect(server.asked[1]).toMatchObject({ method: 'POST', body: server.asked[0]?.body })
    redirect(301, '/new')
    expect((await failureOf(query(connect()))).reason).toBe('malformed')
  })
})

describe('answers that cannot be used', () => {
  it.each([
    ['cut off', '{"login": "a'],
    ['empty', ''],
  ])('such as %s JSON', async (_name, text) => {
    server.answer = (response) => response.writeHead(200, { 'content-type': 'application/json' }).end(text)
    const error = await failureOf(ask(connect()))
    expect([error.reason, error.kind]).toEqual(['malformed', 'github'])
    expect(error.detail).toContain('cut off')
  })

  it('such as one whose connection ends in the middle', async () => {
    server.answer = (response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' })
      response.write('{"login": ', () => response.destroy())
    }
    expect((await failureOf(ask(connect()))).reason).toBe('malformed')
  })

  it('such as the login page of a network', async () => {
    server.answer = (response) =>
      response
        .writeHead(200, { 'content-type': 'text/html' })
        .end('<html><script>x</script><h1>Pay for wifi</h1></html>')
    const error = await failureOf(ask(connect()))
    expect(error.reason).toBe('malformed')
    expect(error.detail).toContain('Pay for wifi')
    expect(error.next).toContain('login page')
  })

  it('such as one without end', async () => {
    const part = 'x'.repeat(64 * 1024)
    server.answer = (response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      const more = (): void => {
        while (!response.destroyed && response.write(part));
        response.once('drain', more)
      }
      more()
    }
    const error = await failureOf(ask(connect({ limits: { maxBytes: 1024 * 1024 } })))
    expect(error.reason).toBe('malformed')
    expect(error.detail).toContain('larger than')
  })

  it('such as one that is not what was asked for', async () => {
    server.answer = (response) => json(response, 200, { login: 5 })
    const read = (): never => {
      throw new Error('login: expected a text')
    }
    const error = await failureOf(connect().get('/user', { purpose: 'sync', read }))
    expect(error.reason).toBe('malformed')
    expect(error.detail).toContain('expected a text')
  })
})

describe('a network that fails', () => {
  it('by refusing the connection', async () => {
    const gone = await startAnsweringServer()
    await gone.close()
    const account = { id: ACCOUNT, host: server.host, apiUrl: `${gone.url}/api/v3` }
    const error = await failureOf(ask(connect({ account })))
    expect([error.reason, error.kind]).toEqual(['offline', 'offline'])
    expect(error.detail).toContain('ECONNREFUSED')
  })

  it('by not knowing the name', async () => {
    const account = { id: ACCOUNT, host: server.host, apiUrl: 'http://nowhere.invalid/api/v3' }
    const error = await failureOf(ask(connect({ account })))
    expect([error.reason, error.kind]).toEqual(['dns', 'offline'])
  })

  it('by showing a certificate nobody trusts', async () => {
    const secure = await startAnsweringServer({ secure: true })
    const account = { id: ACCOUNT, host: server.host, apiUrl: `${secure.url}/api/v3` }
    const error = await failureOf(ask(connect({ account })))
    expect([error.reason, error.kind]).toEqual(['tls', 'tls'])
    expect(secure.asked).toEqual([])
    await secure.close()
  })

  it('by hanging up', async () => {
    server.answer = (response) => response.destroy()
    expect((await failureOf(ask(connect()))).reason).toBe('offline')
  })

  it('by never answering', async () => {
    server.answer = () => undefined
    const error = await failureOf(ask(connect({ limits: { silenceMs: 50 } })))
    expect([error.reason, error.kind]).toEqual(['timeout', 'offline'])
  })

  it('by falling silent in the middle', async () => {
    server.answer = (response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.write('{')
    }
    expect((await failureOf(ask(connect({ limits: { silenceMs: 50 } })))).reason).toBe('timeout')
  })

  it('by a network that does not heed the signal', async () => {
    const deaf = () => new Promise<Response>(() => undefined)
    expect((await failureOf(ask(connect({ fetch: deaf, limits: { silenceMs: 20 } })))).reason).toBe('timeout')
  })
})

describe('stopping', () => {
  it('a request under way, waiting, or not begun', async () => {
    let arrived: () => void = () => undefined
    const under = new Promise<void>((resolve) => (arrived = resolve))
    server.answer = () => (server.asked.length === 4 ? arrived() : undefined)
    const client = connect()
    const stop = new AbortController()
    const options = { purpose: 'sync' as const, read: asIs, signal: stop.signal }
    const work = [1, 2, 3, 4, 5].map(() => failureOf(client.get('/x', options)))
    await under
    stop.abort()
    const reasons = (await Promise.all(work)).map(({ reason, kind }) => `${reason} ${kind}`)
    expect(reasons).toEqual(Array<string>(5).fill('aborted cancelled'))
    expect((await failureOf(client.get('/x', options))).reason).toBe('aborted')
    expect(server.asked).toHaveLength(4)
    server.answer = (response) => json(response, 200, 'fine')
    expect(await ask(client)).toMatchObject({ value: 'fine' })
  })
})

describe('the token', () => {
  it('that GitHub refuses makes the account known as such', async () => {
    server.answer = (response) => json(response, 401, { message: 'Bad credentials' })
    const client = connect()
    const error = await failureOf(ask(client))
    expect([error.reason, error.kind]).toEqual(['unauthorized', 'credentials'])
    expect(error.detail).toContain('Bad credentials')
    expect(client.refusals).toEqual([error])
  })

  it('that was renewed while GitHub refused the old one is not refused', async () => {
    const tokens = ['ghp_oldoldoldold', 'ghp_newnewnewnew']
    server.answer = (response) => json(response, 401, { message: 'Bad credentials' })
    const client = connect({ token: async () => tokens.shift() ?? null })
    expect((await failureOf(ask(client))).reason).toBe('unauthorized')
    expect(client.refusals).toEqual([])
  })

  it.each([null, '', `${TOKEN}\n`])('is not sent as %j', async (token) => {
    const client = connect({ token: async () => token })
    expect((await failureOf(ask(client))).reason).toBe('unauthorized')
    expect([client.refusals.length, server.asked.length]).toEqual([1, 0])
  })

  it('is in no error, whatever sends it back', async () => {
    const url = `url=${server.url}/orgs/acme/sso?authorization_request=${TOKEN}`
    const echoes = [
      () => json403({ message: `Bad ${TOKEN}`, documentation_url: TOKEN, errors: [{ message: TOKEN }] }),
      () => json403({ message: `Basic ${Buffer.from(`x-access-token:${TOKEN}`).toString('base64')}` }),
      () =>
        json403({ message: 'SAML' }, { 'x-github-sso': `required; ${url}`, 'x-github-request-id': TOKEN }),
      () => json403({ message: 'x' }, { 'x-oauth-scopes': 'a', 'x-accepted-oauth-scopes': TOKEN }),
      () => page(`<p>${'x'.repeat(1990)}${TOKEN}</p>`, 502),
      () => page(`<p>${'x'.repeat(7990)}${TOKEN}</p>`, 200),
      () => page(`${`${TOKEN} `.repeat(180)}${'y'.repeat(620)}${TOKEN}`, 200),
      () => page(`{"a": ${TOKEN}`, 200, 'application/json'),
      () => page('', 301, 'text/plain', { location: `https://${TOKEN}.example/${TOKEN}` }),
      () => page('{}', 200, 'application/json', { link: `<https://evil.example/${TOKEN}>; rel="next"` }),
    ]
    type Echo = { status: number; type: string; text: string; headers: Record<string, string> }
    function json403(body: unknown, headers: Record<string, string> = {}): Echo {
      return { status: 403, type: 'application/json', text: JSON.stringify(body), headers }
    }
    function page(
      text: string,
      status: number,
      type = 'text/html',
      headers: Record<string, string> = {},
    ): Echo {
      return { status, type, text, headers }
    }
    for (const echo of echoes) {
      const { status, type, text, headers } = echo()
      server.answer = (response) => response.writeHead(status, { 'content-type': type, ...headers }).end(text)
      // Which also looks for the token in every text of the error.
      expect((await failureOf(ask(connect()))).until).toBe(null)
    }
    await failureOf(
      ask(connect({ fetch: () => Promise.reject(new TypeError(`Bearer ${TOKEN} is invalid`)) })),
    )
    await failureOf(ask(connect(), `/user?access_token=${TOKEN}`))
  })
})

describe('limits', () => {
  it('a sync stops at the reserve, checks before it, a person at nothing', async () => {
    const client = connect()
    const remain = (remaining: number): void => {
      server.answer = (response) => json(response, 200, {}, limits(remaining))
    }
    remain(2500)
    await ask(client, '/a', 'interactive')
    const refused = await failureOf(ask(client, '/b', 'checks'))
    expect([refused.reason, refused.kind, refused.detail]).toEqual([
      'rate',
      'rate_limited',
      '2500 of 5000 (core) are left until the reset.',
    ])
    expect(refused.message).toContain('is kept for what you do yourself')
    remain(1000)
    await ask(client, '/c', 'sync')
    const stopped = await failureOf(ask(client, '/d', 'sync'))
    expect(stopped.until).toBeGreaterThan(Date.now() + HOUR / 2 - 5000)
    expect(stopped.until).toBeLessThan(Date.now() + HOUR / 2 + 5000)
    await ask(client, '/e', 'interactive')
    remain(0)
    await ask(client, '/f', 'sign-in')
    const used = await failureOf(ask(client, '/g', 'interactive'))
    expect(used.reason).toBe('rate')
    expect(used.message).toContain('is reached')
    expect(server.asked.map(({ path }) => path.slice(-1)).join('')).toBe('acef')
    expect(client.budgets()).toMatchObject([
      {
        resource: 'core',
        limit: 5000,
        remaining: 0,
        reserve: 1000,
        spent: [
          { purpose: 'interactive', amount: 2 },
          { purpose: 'sync', amount: 1 },
          { purpose: 'sign-in', amount: 1 },
        ],
      },
    ])
  })

  it('that are used up say until when', async () => {
    const message = 'API rate limit exceeded for user ID 1.'
    server.answer = (response) => json(response, 403, { message }, limits(0))
    const error = await failureOf(ask(connect()))
    expect(error.reason).toBe('rate')
    expect(error.detail).toContain(message)
    expect(error.until).toBeGreaterThan(Date.now() + HOUR / 2 - 5000)
  })

  it.each([
    [403, { message: 'You have exceeded a secondary rate limit.' }, { 'retry-after': '30' }, 30_000],
    [429, { message: 'Too many requests' }, { 'retry-after': '2' }, 2000],
    [403, { message: 'You have triggered an abuse detection mechanism.' }, {}, 60_000],
  ])('of the secondary kind (%d) pause all but a person', async (status, body, headers, wait) => {
    let time = Date.now()
    const client = connect({ now: () => time })
    server.answer = (response) => json(response, status, body, headers)
    const error = await failureOf(ask(client))
    expect([error.reason, error.until]).toEqual(['secondary', time + wait])
    server.answer = (response) => json(response, 200, {})
    expect(await failureOf(ask(client))).toMatchObject({ reason: 'secondary', until: time + wait })
    expect((await failureOf(ask(client, '/x', 'checks'))).reason).toBe('secondary')
    expect((await failureOf(query(client))).reason).toBe('secondary')
    await ask(client, '/x', 'interactive')
    expect(server.asked).toHaveLength(2)
    time += wait
    await ask(client)
  })

  it('are kept for each resource', async () => {
    const client = connect()
    server.answer = (response) =>
      json(response, 200, {}, limits(3, { 'x-ratelimit-limit': '30', 'x-ratelimit-resource': 'search' }))
    await ask(client, '/search/issues?q=x', 'interactive')
    expect((await failureOf(ask(client, '/search/issues?q=y'))).reason).toBe('rate')
    server.answer = (response) => json(response, 200, {}, limits(4000))
    await ask(client, '/user')
    expect(client.budgets().map(({ resource }) => resource)).toEqual(['search', 'core'])
  })
})

describe('GraphQL', () => {
  const rateLimit = (remaining: number, cost = 1) => ({
    cost,
    remaining,
    limit: 5000,
    resetAt: new Date(Math.ceil(Date.now() / 1000) * 1000 + HOUR / 2).toISOString(),
  })

  it('asks beside the REST API, and pays what a query costs', async () => {
    const client = connect()
    server.answer = (response) =>
      json(response, 200, { data: { rateLimit: rateLimit(4000, 7), viewer: { login: 'ada' } } })
    expect(await query(client)).toMatchObject({ value: { data: { viewer: { login: 'ada' } }, problems: [] } })
    expect(server.asked[0]).toMatchObject({ method: 'POST', path: '/api/graphql' })
    expect(JSON.parse(server.asked[0]?.body ?? '')).toMatchObject({ variables: {} })
    expect(client.budgets()).toMatchObject([
      { resource: 'graphql', remaining: 4000, spent: [{ purpose: 'sync', amount: 7 }] },
    ])
    server.answer = (response) => json(response, 200, { data: { rateLimit: rateLimit(1003, 7), viewer: {} } })
    await query(client)
    // The next may cost seven as well.
    expect((await failureOf(query(client))).reason).toBe('rate')
  })

  it('hands on the parts that came, with the problems of those that did not', async () => {
    const errors = [
      { type: 'FORBIDDEN', path: ['b', 0], message: 'Resource protected by organization SAML enforcement.' },
    ]
    server.answer = (response) => json(response, 200, { data: { a: { id: 1 }, b: null }, errors })
    expect(await query(connect())).toMatchObject({
      value: { data: { a: { id: 1 }, b: null }, problems: errors },
    })
    const gone = [{ type: 'NOT_FOUND', path: ['a'], message: 'Could not resolve to a Repository.' }]
    server.answer = (response) => json(response, 200, { data: { a: null }, errors: gone })
    expect(await query(connect())).toMatchObject({ value: { problems: gone } })
  })

  it.each([
    ['rate', { errors: [{ type: 'RATE_LIMITED', message: 'API rate limit exceeded for user ID 1.' }] }],
    ['secondary', { data: null, errors: [{ message: 'You have exceeded a secondary rate limit.' }] }],
    [
      'saml',
      {
        data: { organization: null },
        errors: [
          {
            type: 'FORBIDDEN',
            path: ['organization'],
            extensions: { saml_failure: true },
            message: 'Resource protected.',
          },
        ],
      },
    ],
    [
      'forbidden',
      {
        data: { organization: null },
        errors: [{ type: 'FORBIDDEN', path: ['organization'], message: 'IP allow list.' }],
      },
    ],
    [
      'scope',
      {
        data: null,
        errors: [
          { type: 'INSUFFICIENT_SCOPES', message: 'Your token has not been granted the required scopes.' },
        ],
      },
    ],
    [
      'server',
      {
        data: null,
        errors: [{ message: 'Something went wrong while executing your query. Please include `A:1`.' }],
      },
    ],
    [
      'malformed',
      { errors: [{ message: "Field 'x' doesn't exist", extensions: { code: 'undefinedField' } }] },
    ],
    ['malformed', { message: 'Problems parsing JSON' }],
    ['malformed', []],
  ])('fails as %s when nothing came', async (reason, body) => {
    server.answer = (response) => json(response, 200, body)
    const error = await failureOf(query(connect()))
    expect(error.reason).toBe(reason)
    expect(error.message).toContain('the query Members')
    expect(error.until !== null).toBe(['rate', 'secondary'].includes(reason))
  })

  it.each([502, 504])('fails as server when it takes too long (%d)', async (status) => {
    server.answer = (response) =>
      response.writeHead(status, { 'content-type': 'text/html' }).end('<h1>Unicorn!</h1>')
    const error = await failureOf(query(connect()))
    expect([error.reason, error.kind]).toEqual(['server', 'github'])
    expect(error.detail).toContain('Unicorn!')
  })
})
