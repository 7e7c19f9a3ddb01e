import type { components } from '@octokit/openapi-types'
import { barrier, canSee, hasScope, isMember } from './access'
import { notFound, problem, samlAnswer, scopeAnswer, suspendedAnswer, type Answer, type Call } from './answer'
import {
  fullOrganization,
  fullRepository,
  membership,
  minimalRepository,
  privateUser,
  searchItem,
  simpleOrganization,
  simpleUser,
} from './rest-values'
import { SEARCH_CAP, searchIssues, SearchRefused } from './search'
import { repositoryRoutes } from './rest-repositories'
import { issueRoutes } from './rest-issues'
import { pullRoutes } from './rest-pulls'
import { reviewRoutes } from './rest-reviews'
import {
  ok,
  page,
  paging,
  reachable,
  Refusal,
  repositoryAt,
  type GitHub,
  type RepositoryRoute,
  type Route,
} from './routes'
import type { Issue, Organization, PullRequest, Repository } from './types'

type Schemas = components['schemas']
/** Answers what the REST interface is asked. */
export function createRest(github: GitHub): (call: Call) => Promise<Answer> {
  const { model, budgets } = github
  const routes: Route[] = [
    ['GET', /^\/user$/, (call) => ok(privateUser(call.addresses, call.token.user))],
    ['GET', /^\/user\/emails$/, emails],
    ['GET', /^\/user\/orgs$/, userOrganizations],
    ['GET', /^\/user\/memberships\/orgs$/, memberships],
    ['GET', /^\/user\/repos$/, userRepositories],
    ['GET', /^\/users\/([^/]+)$/, userByLogin],
    ['GET', /^\/users\/([^/]+)\/repos$/, repositoriesOfUser],
    ['GET', /^\/orgs\/([^/]+)$/, organization],
    ['GET', /^\/organizations\/(\d+)$/, organization],
    ['GET', /^\/orgs\/([^/]+)\/repos$/, organizationRepositories],
    ['GET', /^\/organizations\/(\d+)\/repos$/, organizationRepositories],
    ['GET', /^\/orgs\/([^/]+)\/members$/, members],
    ['GET', /^\/organizations\/(\d+)\/members$/, members],
    ['GET', /^\/rate_limit$/, rateLimit],
    // Nothing ever happens here, but this is where GitHub says how often it may be asked.
    ['GET', /^\/notifications$/, (call) => polled(page(call, [], String))],
    ['GET', /^\/search\/issues$/, search],
  ]
  const ofRepository: RepositoryRoute[] = [
    ['GET', /^$/, (call, one) => ok(fullRepository(call.addresses, one, call.token.user))],
    ...pullRoutes(github),
    ...reviewRoutes(github),
    ...issueRoutes(github),
    ...repositoryRoutes(github),
  ]

  return async (call) => {
    try {
      const [, owner, name, rest] = /^\/repos\/([^/]+)\/([^/]+)(?:\/(.*))?$/.exec(call.path) ?? []
      if (owner !== undefined && name !== undefined)
        return await inRepository(call, [owner, name], rest ?? '')
      const [, id, after] = /^\/repositories\/(\d+)(?:\/(.*))?$/.exec(call.path) ?? []
      if (id !== undefined) return await inRepository(call, [id], after ?? '')
      for (const [method, pattern, handler] of routes) {
        const found = method === call.method ? pattern.exec(call.path) : null
        if (found !== null) return await handler(call, ...found.slice(1).map(decodeURIComponent))
      }
      return notFound()
    } catch (error) {
      if (error instanceof Refusal) return error.answer
      throw error
    }
  }

  function inRepository(
    call: Call,
    name: [string, string] | [string],
    rest: string,
  ): Answer | Promise<Answer> {
    for (const [method, pattern, handler] of ofRepository) {
      const found = method === call.method ? pattern.exec(rest) : null
      if (found === null) continue
      return handler(call, repositoryAt(model, call, name), ...found.slice(1).map(decodeURIComponent))
    }
    return notFound()
  }

  // ---- users and organizations --------------------------------------------------------------------

  function emails(call: Call): Answer {
    const { token, query } = call
    if (!hasScope(token, 'user', 'user:email'))
      return { ...notFound(), headers: { 'X-Accepted-OAuth-Scopes': 'user, user:email' } }
    const { user } = token
    const all: Schemas['email'][] = [
      ...(user.email === null
        ? []
        : [{ email: user.email, primary: true, verified: true, visibility: 'public' }]),
      {
        email: `${user.id}+${user.login}@users.noreply.github.com`,
        primary: user.email === null,
        verified: true,
        visibility: null,
      },
    ]
    return query.size === 0 ? ok(all) : page(call, all, (one) => one)
  }

  function userOrganizations(call: Call): Answer {
    if (!hasScope(call.token, 'read:org', 'write:org', 'admin:org', 'user'))
      return problem(403, 'You need at least read:org scope or user scope to list your organizations.', {
        'X-Accepted-OAuth-Scopes': 'admin:org, read:org, repo, user, write:org',
      })
    return page(call, organizationsOf(call), (one) => simpleOrganization(call.addresses, one))
  }

  function memberships(call: Call): Answer {
    if (!hasScope(call.token, 'read:org', 'write:org', 'admin:org')) return scopeAnswer(['read:org'])
    const { user } = call.token
    return page(call, organizationsOf(call), (one) =>
      membership(call.addresses, one, user, one.members.get(user) ?? 'member'),
    )
  }

  function organizationsOf({ token }: Call): Organization[] {
    return [...model.organizations.values()].filter(
      (one) => one.members.has(token.user) && (token.resourceOwner === null || token.resourceOwner === one),
    )
  }

  function userByLogin(call: Call, login: string): Answer {
    const owner = model.owner(login)
    return owner === undefined ? notFound() : ok(simpleUser(call.addresses, owner))
  }

  function findOrganization(name: string): Organization | undefined {
    const found = /^\d+$/.test(name) ? model.organizations.get(Number(name)) : model.owner(name)
    return found?.kind === 'organization' ? found : undefined
  }

  /** Runs for an organization the token may ask about. */
  function withOrganization(call: Call, name: string, run: (one: Organization) => Answer): Answer {
    const found = findOrganization(name)
    if (found === undefined) return notFound()
    const barred = barrier(call.token, found)
    if (barred === 'saml') return samlAnswer(call.addresses, found.login)
    if (barred === 'suspended') return suspendedAnswer()
    return run(found)
  }

  function organization(call: Call, name: string): Answer {
    return withOrganization(call, name, (one) => ok(fullOrganization(call.addresses, one)))
  }

  function members(call: Call, name: string): Answer {
    return withOrganization(call, name, (one) => {
      // Strangers and tokens without read:org see public members only, and here nobody is one.
      if (!isMember(call.token, one) || !hasScope(call.token, 'read:org', 'write:org', 'admin:org'))
        return page(call, [], String)
      const role = call.query.get('role') ?? 'all'
      const wanted = [...one.members]
        .filter(([, its]) => role === 'all' || its === role)
        .map(([user]) => user)
      return page(
        call,
        wanted,
        (user) => simpleUser(call.addresses, user),
        `/organizations/${one.id}/members`,
      )
    })
  }

  // ---- repositories -------------------------------------------------------------------------------

  function userRepositories(call: Call): Answer {
    const { token, query } = call
    const affiliation = (query.get('affiliation') ?? 'owner,collaborator,organization_member').split(',')
    const type = query.get('type')
    const barred = new Set<number>()
    const found = [...model.repositories.values()].filter((one) => {
      if (!canSee(token, one)) return false
      const mine =
        one.owner === token.user
          ? 'owner'
          : one.collaborators.has(token.user)
            ? 'collaborator'
            : one.owner.kind === 'organization' && one.owner.members.has(token.user)
              ? 'organization_member'
              : null
      if (mine === null) return false
      if (type === 'owner' ? mine !== 'owner' : !affiliation.includes(mine)) return false
      if (barrier(token, one.owner) === null) return true
      barred.add(one.owner.id)
      return false
    })
    const answer = repositoryPage(call, found)
    if (barred.size > 0)
      answer.headers = {
        ...answer.headers,
        'X-GitHub-SSO': `partial-results; organizations=${[...barred].join(',')}`,
      }
    return answer
  }

  function repositoriesOfUser(call: Call, login: string): Answer {
    const owner = model.owner(login)
    if (owner === undefined) return notFound()
    return repositoryPage(
      call,
      [...owner.repositories].filter((one) => !one.private),
    )
  }

  function organizationRepositories(call: Call, name: string): Answer {
    return withOrganization(call, name, (one) => {
      const type = call.query.get('type') ?? 'all'
      const wanted = [...one.repositories].filter(
        (repository) =>
          canSee(call.token, repository) &&
          (type === 'all' ||
            (type === 'private' && repository.private) ||
            (type === 'public' && !repository.private) ||
            (type === 'forks' && repository.fork) ||
            (type === 'sources' && !repository.fork)),
      )
      return repositoryPage(call, wanted, 'created', `/organizations/${one.id}/repos`)
    })
  }

  function repositoryPage(call: Call, all: Repository[], usual = 'full_name', path = call.path): Answer {
    const sort = call.query.get('sort') ?? usual
    const direction = call.query.get('direction') ?? (sort === 'full_name' ? 'asc' : 'desc')
    const sign = direction === 'asc' ? 1 : -1
    if (sort === 'full_name') {
      all.sort((a, b) => sign * compare(`${a.owner.login}/${a.name}`, `${b.owner.login}/${b.name}`))
    } else {
      const of = (one: Repository): number =>
        sort === 'pushed' ? (one.pushedAt ?? 0) : sort === 'updated' ? one.updatedAt : one.createdAt
      all.sort((a, b) => sign * (of(a) - of(b)) || a.id - b.id)
    }
    return page(call, all, (one) => minimalRepository(call.addresses, one, call.token.user), path)
  }

  function search(call: Call): Answer {
    const query = call.query.get('q') ?? ''
    const sort = call.query.get('sort')
    const order = sort === null ? '' : ` sort:${sort}-${call.query.get('order') ?? 'desc'}`
    let found: (PullRequest | Issue)[]
    try {
      found = searchIssues(model, query + order, (one) => reachable(call, one))
    } catch (error) {
      if (!(error instanceof SearchRefused)) throw error
      return {
        status: 422,
        resource: 'search',
        body: {
          message: 'Validation Failed',
          errors: [{ message: error.message, resource: 'Search', field: 'q', code: 'invalid' }],
          documentation_url: 'https://docs.github.com/v3/search/',
          status: '422',
        },
      }
    }
    const { number, size } = paging(call)
    if (number * size > SEARCH_CAP + size - 1 && (number - 1) * size >= SEARCH_CAP)
      return { ...problem(422, 'Only the first 1000 search results are available'), resource: 'search' }
    const capped = page(call, found.slice(0, SEARCH_CAP), (pull) => searchItem(call.addresses, pull))
    const body: {
      total_count: number
      incomplete_results: boolean
      items: Schemas['issue-search-result-item'][]
    } = {
      total_count: found.length,
      incomplete_results: false,
      items: capped.body as Schemas['issue-search-result-item'][],
    }
    return { ...capped, body, resource: 'search' }
  }

  function rateLimit(call: Call): Answer {
    const of = (resource: 'core' | 'graphql' | 'search'): Schemas['rate-limit'] => {
      const { limit, remaining, reset, used } = budgets.state(call.token.user.id, resource)
      return { limit, remaining, reset, used }
    }
    const body: Schemas['rate-limit-overview'] = {
      resources: { core: of('core'), graphql: of('graphql'), search: of('search') },
      rate: of('core'),
    }
    return { status: 200, body, cost: 0 }
  }
}

const polled = (answer: Answer): Answer => ({ ...answer, headers: { 'X-Poll-Interval': '60' } })

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
