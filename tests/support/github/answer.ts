import type { Token } from './types'
import type { Addresses } from './rest-values'

/** One request, as the routes see it. */
export interface Call {
  method: string
  /** Without the base path. */
  path: string
  query: URLSearchParams
  headers: Record<string, string>
  body: string
  token: Token
  addresses: Addresses
}

export type Resource = 'core' | 'graphql' | 'search'

export interface Answer {
  status: number
  body?: unknown
  /** The body as it goes out, where that was made before. */
  text?: string
  headers?: Record<string, string>
  resource?: Resource
  /** What it takes from the budget; one if not said. */
  cost?: number
}

export const problem = (status: number, message: string, headers: Record<string, string> = {}): Answer => ({
  status,
  body: { message, documentation_url: 'https://docs.github.com/rest', status: String(status) },
  headers,
})

export const notFound = (): Answer => problem(404, 'Not Found')
export const badCredentials = (): Answer => problem(401, 'Bad credentials')

export function samlAnswer(addresses: Addresses, login: string): Answer {
  return problem(
    403,
    'Resource protected by organization SAML enforcement. You must grant your Personal Access token access to this organization.',
    { 'X-GitHub-SSO': `required; url=${addresses.web}/orgs/${login}/sso?authorization_request=A5Q2YIHV` },
  )
}

export const suspendedAnswer = (): Answer =>
  problem(403, 'Sorry. Your account was suspended. Please contact support for help.')

export const scopeAnswer = (accepted: readonly string[]): Answer =>
  problem(403, `You must have admin access or one of the following scopes: ${accepted.join(', ')}`, {
    'X-Accepted-OAuth-Scopes': accepted.join(', '),
  })

export const rateAnswer = (userId: number): Answer =>
  problem(
    403,
    `API rate limit exceeded for user ID ${userId}. If you reach out to GitHub Support for help, please include the request ID.`,
  )

export const secondaryAnswer = (retryAfter: number | null, status: 403 | 429): Answer =>
  problem(
    status,
    'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.',
    retryAfter === null ? {} : { 'Retry-After': String(retryAfter) },
  )

export const abuseAnswer = (retryAfter: number): Answer =>
  problem(
    403,
    'You have triggered an abuse detection mechanism. Please wait a few minutes before you try again.',
    { 'Retry-After': String(retryAfter) },
  )
