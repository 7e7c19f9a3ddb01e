import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { reviewDecision } from '../../support/github/model'
import { startGitHub, type GitHubServer } from '../../support/github/server'
import type { Organization, Token, User } from '../../support/github/types'

interface SearchAnswer {
  data: {
    search: {
      issueCount: number
      pageInfo: { hasNextPage: boolean; endCursor: string }
      nodes: { number: number }[]
    }
  }
}

let github: GitHubServer
let now: number
let viewer: User
let acme: Organization
let token: Token

beforeEach(async () => {
  now = Date.parse('2026-03-01T12:00:00Z')
  github = await startGitHub({ now: () => now })
  viewer = github.model.addUser('octavia')
  acme = github.model.addOrganization('acme')
  github.model.addMember(acme, viewer, 'admin')
  token = github.model.addToken(viewer)
})
afterEach(() => github.close())

const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(path.startsWith('http') ? path : github.apiUrl + path, {
    redirect: 'manual',
    headers: { authorization: `token ${token.value}`, ...headers },
  })

async function graphql(query: string, variables: Record<string, unknown> = {}): Promise<unknown> {
  const answer = await fetch(`${github.url}/api/graphql`, {
    method: 'POST',
    headers: { authorization: `bearer ${token.value}` },
    body: JSON.stringify({ query, variables }),
  })
  expect(answer.status).toBe(200)
  return answer.json()
}

describe('REST', () => {
  it('pages a list with links that lead from one page to the next', async () => {
    for (let index = 0; index < 5; index++) github.model.addRepository(acme, `repository-${index}`)
    const names: string[] = []
    let next: string | undefined = `${github.apiUrl}/orgs/acme/repos?per_page=2&sort=full_name`
    let pages = 0
    while (next !== undefined) {
      const answer = await get(next)
      for (const one of (await answer.json()) as { name: string }[]) names.push(one.name)
      const link = answer.headers.get('link') ?? ''
      next = /<([^>]+)>; rel="next"/.exec(link)?.[1]
      expect(link).toContain(pages++ === 0 ? 'page=3>; rel="last"' : 'rel="prev"')
    }
    expect(pages).toBe(3)
    expect(names).toEqual([0, 1, 2, 3, 4].map((index) => `repository-${index}`))
  })

  it('confirms what did not change, free of charge', async () => {
    const repository = github.model.addRepository(acme, 'engine')
    const first = await get('/orgs/acme/repos')
    const etag = first.headers.get('etag') ?? ''
    const confirmed = await get('/orgs/acme/repos', { 'if-none-match': etag })
    expect(confirmed.status).toBe(304)
    expect(confirmed.headers.get('x-ratelimit-remaining')).toBe(first.headers.get('x-ratelimit-remaining'))
    github.model.renameRepository(repository, 'motor')
    const changed = await get('/orgs/acme/repos', { 'if-none-match': etag })
    expect(changed.status).toBe(200)
    expect(changed.headers.get('x-ratelimit-remaining')).toBe('4998')
  })

  it('leads from the old name of a repository to its id', async () => {
    const repository = github.model.addRepository(acme, 'engine')
    github.model.renameRepository(repository, 'motor')
    const answer = await get('/repos/acme/engine')
    expect(answer.status).toBe(301)
    const location = answer.headers.get('location') ?? ''
    expect(location).toBe(`${github.apiUrl}/repositories/${repository.id}`)
    expect(await (await get(location)).json()).toMatchObject({ full_name: 'acme/motor' })
  })

  it('says what a token may do, and refuses one that was revoked or ended', async () => {
    const answer = await get('/user')
    expect(answer.headers.get('x-oauth-scopes')).toBe('repo, read:org, workflow')
    token = github.model.addToken(viewer, { kind: 'fine-grained', expiresAt: now + 1000 })
    const limited = await get('/user')
    expect(limited.headers.has('x-oauth-scopes')).toBe(false)
    expect(limited.headers.get('github-authentication-token-expiration')).toBe('2026-03-01 12:00:01 UTC')
    now += 1000
    expect((await get('/user')).status).toBe(401)
  })

  it('keeps a SAML organization from tokens that are not authorized for it', async () => {
    acme.saml = true
    const refused = await get('/orgs/acme/repos')
    expect(refused.status).toBe(403)
    expect(refused.headers.get('x-github-sso')).toMatch(/^required; url=http/)
    github.model.authorize(token, acme)
    expect((await get('/orgs/acme/repos')).status).toBe(200)
  })

  it('filters members by role', async () => {
    github.model.addMember(acme, github.model.addUser('ben'))
    const logins = async (role: string): Promise<string[]> =>
      ((await (await get(`/orgs/acme/members?role=${role}`)).json()) as { login: string }[]).map(
        (one) => one.login,
      )
    expect(await logins('admin')).toEqual(['octavia'])
    expect(await logins('member')).toEqual(['ben'])
  })
})

describe('pull requests', () => {
  it('are moved by what people do, not by checks', async () => {
    const pull = github.model.openPullRequest(github.model.addRepository(acme, 'engine'))
    const opened = now
    now += 5000
    github.model.setChecks(pull, 'FAILURE')
    github.model.setMergeable(pull, 'CONFLICTING')
    expect(pull.updatedAt).toBe(opened)
    github.model.comment(pull)
    expect(pull.updatedAt).toBe(now)
    github.model.requestReview(pull, viewer)
    expect(reviewDecision(pull)).toBe('REVIEW_REQUIRED')
    github.model.approve(pull, viewer)
    expect(reviewDecision(pull)).toBe('APPROVED')
    const answer = await get('/repos/acme/engine/pulls/1')
    expect(await answer.json()).toMatchObject({
      number: 1,
      state: 'open',
      mergeable: false,
      mergeable_state: 'dirty',
      requested_reviewers: [],
      updated_at: '2026-03-01T12:00:05Z',
    })
  })

  it('outlive the fork they come from', async () => {
    const repository = github.model.addRepository(acme, 'engine')
    const fork = github.model.fork(repository, github.model.addUser('ben'))
    const pull = github.model.openPullRequest(repository, { headRepository: fork })
    github.model.deleteRepository(fork)
    expect(pull).toMatchObject({ headRepository: null, state: 'CLOSED' })
    const list = await get('/repos/acme/engine/pulls?state=closed')
    expect(await list.json()).toMatchObject([{ head: { repo: null, user: null } }])
  })
})

describe('GraphQL', () => {
  it('answers what a list of pull requests needs, and what it cost', async () => {
    const repository = github.model.addRepository(acme, 'engine')
    const pull = github.model.openPullRequest(repository, {
      title: 'Faster',
      labels: ['bug'],
      requestedReviewers: [viewer, github.model.addTeam(acme, 'Core team')],
      checks: 'SUCCESS',
    })
    const answer = await graphql(
      `
        query ($owner: String!, $name: String!) {
          rateLimit {
            cost
            limit
            remaining
            resetAt
            nodeCount
          }
          repository(owner: $owner, name: $name) {
            pullRequests(first: 50, states: [OPEN], orderBy: { field: UPDATED_AT, direction: DESC }) {
              totalCount
              pageInfo {
                hasNextPage
                endCursor
              }
              nodes {
                id
                number
                title
                state
                isDraft
                url
                author {
                  login
                }
                headRefName
                baseRefName
                headRefOid
                headRepository {
                  nameWithOwner
                }
                reviewDecision
                mergeable
                comments {
                  totalCount
                }
                labels(first: 10) {
                  nodes {
                    name
                    color
                  }
                }
                reviewRequests(first: 10) {
                  nodes {
                    requestedReviewer {
                      __typename
                      ... on User {
                        login
                      }
                      ... on Team {
                        slug
                      }
                    }
                  }
                }
                commits(last: 1) {
                  nodes {
                    commit {
                      oid
                      statusCheckRollup {
                        state
                      }
                    }
                  }
                }
              }
            }
          }
        }
      `,
      { owner: 'acme', name: 'engine' },
    )
    expect(answer).toMatchObject({
      data: {
        // 1 list, and 50 times 3 lists in it: 151 requests, 2 points.
        rateLimit: { cost: 2, limit: 5000, remaining: 4998, nodeCount: 50 + 50 * 21 },
        repository: {
          pullRequests: {
            totalCount: 1,
            nodes: [
              {
                id: pull.nodeId,
                title: 'Faster',
                reviewDecision: 'REVIEW_REQUIRED',
                labels: { nodes: [{ name: 'bug' }] },
                reviewRequests: {
                  nodes: [
                    { requestedReviewer: { __typename: 'User', login: 'octavia' } },
                    { requestedReviewer: { __typename: 'Team', slug: 'core-team' } },
                  ],
                },
                commits: { nodes: [{ commit: { statusCheckRollup: { state: 'SUCCESS' } } }] },
              },
            ],
          },
        },
      },
    })
  })

  it('says which ids are gone beside those that are not', async () => {
    const repository = github.model.addRepository(acme, 'engine')
    const gone = github.model.addRepository(acme, 'gone')
    github.model.deleteRepository(gone)
    const answer = await graphql(
      'query ($ids: [ID!]!) { rateLimit { cost } nodes(ids: $ids) { id ... on Repository { nameWithOwner } } }',
      { ids: [repository.nodeId, gone.nodeId] },
    )
    expect(answer).toMatchObject({
      data: { nodes: [{ nameWithOwner: 'acme/engine' }, null] },
      errors: [{ type: 'NOT_FOUND', path: ['nodes', 1] }],
    })
  })

  it('searches by time, in order, and gives a thousand at most', async () => {
    const repository = github.model.addRepository(acme, 'engine')
    const start = now
    for (let index = 0; index < 1005; index++) {
      now += 1000
      github.model.openPullRequest(repository)
    }
    const search = (since: number, after: string | null): Promise<SearchAnswer> =>
      graphql(
        `
          query ($query: String!, $after: String) {
            rateLimit {
              cost
            }
            search(type: ISSUE, query: $query, first: 100, after: $after) {
              issueCount
              pageInfo {
                hasNextPage
                endCursor
              }
              nodes {
                ... on PullRequest {
                  number
                }
              }
            }
          }
        `,
        { query: `org:acme is:pr updated:>=${new Date(since).toISOString()} sort:updated-asc`, after },
      ) as Promise<SearchAnswer>
    const few = await search(now - 2000, null)
    expect(few.data.search.nodes.map((one) => one.number)).toEqual([1003, 1004, 1005])
    let after: string | null = null
    let found = 0
    do {
      const page: SearchAnswer['data']['search'] = (await search(start, after)).data.search
      expect(page.issueCount).toBe(1005)
      found += page.nodes.length
      after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null
    } while (after !== null)
    expect(found).toBe(1000)
  })

  it('goes on after a cursor where it was, whatever came and went before it', async () => {
    const repository = github.model.addRepository(acme, 'engine')
    const pulls = [1, 2, 3, 4, 5, 6].map(() => {
      now += 1000
      return github.model.openPullRequest(repository)
    })
    const list = async (after: string | null): Promise<{ cursor: string; node: { number: number } }[]> => {
      const answer = (await graphql(
        `
          query ($id: ID!, $after: String) {
            node(id: $id) {
              ... on Repository {
                pullRequests(
                  states: OPEN
                  first: 2
                  after: $after
                  orderBy: { field: CREATED_AT, direction: DESC }
                ) {
                  edges {
                    cursor
                    node {
                      number
                    }
                  }
                }
              }
            }
          }
        `,
        { id: repository.nodeId, after },
      )) as { data: { node: { pullRequests: { edges: { cursor: string; node: { number: number } }[] } } } }
      return answer.data.node.pullRequests.edges
    }
    const first = await list(null)
    expect(first.map((one) => one.node.number)).toEqual([6, 5])
    const [, , , , fifth] = pulls
    if (fifth !== undefined) github.model.close(fifth)
    now += 1000
    github.model.openPullRequest(repository)
    expect((await list(first[1]?.cursor ?? null)).map((one) => one.node.number)).toEqual([4, 3])
  })

  it('refuses lists without a size and queries that are too large', async () => {
    expect(await graphql('{ organization(login: "acme") { repositories { nodes { id } } } }')).toMatchObject({
      errors: [{ type: 'MISSING_PAGINATION_BOUNDARIES' }],
    })
    expect(
      await graphql(
        '{ organization(login: "acme") { repositories(first: 100) { nodes { pullRequests(first: 100) { nodes { labels(first: 100) { nodes { name } } } } } } } }',
      ),
    ).toMatchObject({ errors: [{ type: 'MAX_NODE_LIMIT_EXCEEDED' }] })
  })
})

describe('faults', () => {
  it('hit the requests they were set up for, and no others', async () => {
    github.faults.add('GET /user', { kind: 'server', status: 503 }, { after: 1, times: 2 })
    const statuses: number[] = []
    for (let index = 0; index < 4; index++) statuses.push((await get('/user')).status)
    expect(statuses).toEqual([200, 503, 503, 200])
    expect((await get('/user/orgs')).status).toBe(200)
    expect(github.requested('GET /user')).toHaveLength(4)
  })

  it('use up a budget for as long as its window lasts', async () => {
    github.faults.add('GET /user', { kind: 'rate', resetAt: now + 60_000 })
    const refused = await get('/user')
    expect(refused.status).toBe(403)
    expect(refused.headers.get('x-ratelimit-remaining')).toBe('0')
    expect((await get('/user')).status).toBe(403)
    now += 60_000
    expect((await get('/user')).status).toBe(200)
  })

  it('spoil an answer on its way', async () => {
    github.faults.add('GET /user', { kind: 'reset' })
    await expect(get('/user')).rejects.toThrow('fetch failed')
    github.faults.add('GET /user', { kind: 'truncated' })
    await expect((await get('/user')).text()).rejects.toThrow('terminated')
    github.faults.add('GET /user', { kind: 'malformed' })
    await expect((await get('/user')).json()).rejects.toThrow('JSON')
  })

  it('change the model between two pages', async () => {
    for (let index = 0; index < 4; index++) github.model.addRepository(acme, `repository-${index}`)
    github.faults.between('GET /orgs/acme/repos', 1, () => void github.model.addRepository(acme, 'a-new-one'))
    const count = async (page: number): Promise<string[]> =>
      (
        (await (await get(`/orgs/acme/repos?per_page=2&sort=full_name&page=${page}`)).json()) as {
          name: string
        }[]
      ).map((one) => one.name)
    expect(await count(1)).toEqual(['repository-0', 'repository-1'])
    expect(await count(2)).toEqual(['repository-1', 'repository-2'])
  })
})
