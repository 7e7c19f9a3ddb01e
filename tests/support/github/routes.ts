import { barrier, canSee, hasPermission, hasScope } from './access'
import { notFound, problem, samlAnswer, suspendedAnswer, type Answer, type Call } from './answer'
import type { Budgets } from './budgets'
import type { GitStore } from './git-store'
import type { GitHubModel } from './model'
import type { Permission, Repository } from './types'

/** What the routes work on. */
export interface GitHub {
  model: GitHubModel
  budgets: Budgets
  store: GitStore
}

export type Handler = (call: Call, ...parts: string[]) => Answer | Promise<Answer>
export type Route = [method: string, pattern: RegExp, handler: Handler]

export type RepositoryHandler = (
  call: Call,
  repository: Repository,
  ...parts: string[]
) => Answer | Promise<Answer>
/** Its pattern fits what comes after the repository's own path. */
export type RepositoryRoute = [method: string, pattern: RegExp, handler: RepositoryHandler]

/** An answer that ends whatever was going on. */
export class Refusal extends Error {
  constructor(readonly answer: Answer) {
    super(JSON.stringify(answer.body))
  }
}

export const ok = (body: unknown): Answer => ({ status: 200, body })

export const refusal = (status: number, message: string, headers?: Record<string, string>): Refusal =>
  new Refusal(problem(status, message, headers))

export interface FieldError {
  resource: string
  code: 'custom' | 'invalid' | 'missing' | 'missing_field' | 'already_exists' | 'unprocessable'
  field?: string
  value?: unknown
  message?: string
}

export const invalid = (page: string, ...errors: FieldError[]): Refusal =>
  new Refusal({
    status: 422,
    body: {
      message: 'Validation Failed',
      errors,
      documentation_url: `https://docs.github.com/rest/${page}`,
      status: '422',
    },
  })

/** The fields of a body; null for anything but an object is GitHub's 400. */
export function fieldsOf(call: Call): Record<string, unknown> {
  if (call.body === '') return {}
  let fields: unknown
  try {
    fields = JSON.parse(call.body)
  } catch {
    throw refusal(400, 'Problems parsing JSON')
  }
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields))
    throw refusal(400, 'Body should be a JSON object')
  return { ...fields }
}

export const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

export const textsOf = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []

/** Whether the token's user may see it, and nothing is in between. */
export function reachable({ token }: Call, one: Repository): boolean {
  return canSee(token, one) && barrier(token, one.owner) === null
}

/** The repository a path begins with. @throws Refusal for one the token does not see, or that is elsewhere now. */
export function repositoryAt(
  model: GitHubModel,
  call: Call,
  [owner, name]: [string, string] | [string],
): Repository {
  const found =
    name === undefined
      ? { repository: model.repositories.get(Number(owner)), redirected: false }
      : model.repository(`${owner}/${name}`)
  const repository = found?.repository
  if (repository === undefined || !canSee(call.token, repository)) throw new Refusal(notFound())
  if (found?.redirected === true) throw new Refusal(moved(call, repository))
  const barred = barrier(call.token, repository.owner)
  if (barred === 'saml') throw new Refusal(samlAnswer(call.addresses, repository.owner.login))
  if (barred === 'suspended') throw new Refusal(suspendedAnswer())
  return repository
}

/** By id, which no rename changes; what writes is sent there with its body. */
function moved(call: Call, { id }: Repository): Answer {
  const rest = call.path.split('/').slice(4).join('/')
  const query = call.query.size === 0 ? '' : `?${call.query.toString()}`
  const url = `${call.addresses.api}/repositories/${id}${rest && `/${rest}`}${query}`
  return {
    status: call.method === 'GET' ? 301 : 307,
    body: {
      message: 'Moved Permanently',
      url,
      documentation_url: 'https://docs.github.com/rest/guides/best-practices-for-using-the-rest-api',
    },
    headers: { Location: url },
  }
}

/** @throws Refusal unless the token is for writing there; GitHub does not say which scope is missing but in a header. */
export function assertWrites({ token }: Call, repository: Repository): void {
  if (!hasScope(token, 'repo', ...(repository.private ? [] : ['public_repo'])))
    throw new Refusal({ ...notFound(), headers: { 'X-Accepted-OAuth-Scopes': 'public_repo, repo' } })
  if (token.readOnly || (token.resourceOwner !== null && token.resourceOwner !== repository.owner))
    throw refusal(403, 'Resource not accessible by personal access token', {
      'X-Accepted-GitHub-Permissions': 'pull_requests=write',
    })
  if (repository.archived) throw refusal(403, 'Repository was archived so is read-only.')
}

/** @throws Refusal unless token and user may do that much */
export function assertMay(call: Call, repository: Repository, least: Permission): void {
  assertWrites(call, repository)
  if (!hasPermission(call.token.user, repository, least))
    throw refusal(403, `Must have ${least === 'ADMIN' ? 'admin rights' : 'push access'} to repository.`)
}

export function paging({ query }: Call): { number: number; size: number } {
  const given = (name: string, otherwise: number): number => {
    const value = Number(query.get(name) ?? otherwise)
    return Number.isInteger(value) && value > 0 ? value : otherwise
  }
  return { number: given('page', 1), size: Math.min(100, given('per_page', 30)) }
}

/** One page of a list, with the `Link` header that leads to the others; those go by id, and outlive a rename. */
export function page<One>(
  call: Call,
  all: readonly One[],
  value: (one: One) => unknown,
  path = call.path,
): Answer {
  const { number, size } = paging(call)
  const last = Math.max(1, Math.ceil(all.length / size))
  const link = (to: number, rel: string): string => {
    const query = new URLSearchParams(call.query)
    query.set('page', String(to))
    return `<${call.addresses.api}${path}?${query.toString()}>; rel="${rel}"`
  }
  const links: string[] = []
  if (number > 1) links.push(link(number - 1, 'prev'))
  if (number < last) links.push(link(number + 1, 'next'), link(last, 'last'))
  if (number > 1) links.push(link(1, 'first'))
  return {
    status: 200,
    body: all.slice((number - 1) * size, number * size).map(value),
    ...(links.length === 0 ? {} : { headers: { Link: links.join(', ') } }),
  }
}
