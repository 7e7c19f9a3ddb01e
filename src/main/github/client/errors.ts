import { FoundryError, type ErrorKind } from '@shared/errors'
import { countHeader, retryAfter, type Answer } from './answer'
import { webUrlOf } from './hosts'
import { parseUrl } from './paths'
import { safeWords } from './redact'
import type { GraphqlProblem } from '../types'

/**
 * Why a request failed, as precisely as GitHub or the network says.
 *
 * - `rate`: the budget of the hour (for searches: of the minute) is spent, or what is left of it is not for this purpose
 * - `secondary`: too much at once; GitHub names no budget for that
 * - `not_found`: also what this account may not know of
 * - `refused`: a change that what is there does not allow; GitHub's own words say what is in the way
 * - `malformed`: an answer that is cut off, no JSON or not what was asked for, or a request GitHub does not understand
 */
export type GitHubReason =
  | 'unauthorized'
  | 'scope'
  | 'saml'
  | 'suspended'
  | 'rate'
  | 'secondary'
  | 'forbidden'
  | 'not_found'
  | 'legal'
  | 'refused'
  | 'server'
  | 'malformed'
  | 'offline'
  | 'dns'
  | 'tls'
  | 'timeout'
  | 'aborted'

const KINDS: Record<GitHubReason, ErrorKind> = {
  unauthorized: 'credentials',
  scope: 'forbidden',
  saml: 'forbidden',
  suspended: 'forbidden',
  rate: 'rate_limited',
  secondary: 'rate_limited',
  forbidden: 'forbidden',
  not_found: 'not_found',
  legal: 'forbidden',
  refused: 'conflict',
  server: 'github',
  malformed: 'github',
  offline: 'offline',
  dns: 'offline',
  tls: 'tls',
  timeout: 'offline',
  aborted: 'cancelled',
}

/** What was asked, of whom: every failure names it. */
export interface Subject {
  host: string
  /** `/orgs/acme/repos`, `the query Members`, or of a change "opening the pull request" */
  what: string
  /** It changes something. */
  writes?: boolean
}

/** A request to GitHub that failed. Neither its texts nor its cause contain the token. */
export class GitHubError extends FoundryError {
  readonly reason: GitHubReason
  /** When to go on, in this machine's time, where GitHub said so. */
  readonly until: number | null
  /** Where single sign-on is authorized, on the host itself. */
  readonly url?: string

  constructor(
    reason: GitHubReason,
    message: string,
    more: {
      next?: string
      detail?: string
      cause?: unknown
      until?: number | null
      url?: string | null
    } = {},
  ) {
    const { until, url, ...rest } = more
    super(KINDS[reason], message, rest)
    this.name = 'GitHubError'
    this.reason = reason
    this.until = until ?? null
    if (url != null) this.url = url
  }
}

/** A failure by its reason alone. `words` are the machine's own, made safe by the caller or here with the token. */
export function failure(
  reason: GitHubReason,
  subject: Subject,
  more: {
    words?: string
    token?: string | null
    until?: number | null
    url?: string | null
    scopes?: readonly string[]
    /** For `rate`: what is left is kept for a person. */
    reserved?: boolean
  } = {},
): GitHubError {
  const token = more.token ?? null
  const { message, next } = say(reason, subject, more.scopes ?? [], more.reserved ?? false)
  const detail = more.words === undefined ? '' : safeWords(more.words, token)
  return new GitHubError(reason, safeWords(message, token), {
    next: safeWords(next, token),
    ...(detail === '' ? {} : { detail }),
    until: more.until ?? null,
    url: more.url ?? null,
  })
}

function say(
  reason: GitHubReason,
  { host, what, writes = false }: Subject,
  scopes: readonly string[],
  reserved: boolean,
): { message: string; next: string } {
  const may = writes ? `be used for ${what}` : `read ${what}`
  switch (reason) {
    case 'unauthorized':
      return {
        message: `${host} does not accept the token of this account (asked for ${what}).`,
        next: 'Connect the account again.',
      }
    case 'scope':
      return scopes.length === 0
        ? {
            message: `The token lacks a permission that ${host} wants for ${what}.`,
            next: 'Connect the account again with a token that has it.',
          }
        : {
            message: `The token may not ${may} on ${host}: it needs ${scopes.join(' or ')}.`,
            next: `Connect the account again with a token that has ${scopes.join(' or ')}.`,
          }
    case 'saml':
      return {
        message: writes
          ? `${host} allows ${what} only to a token that is authorized for single sign-on.`
          : `${host} shows ${what} only to a token that is authorized for single sign-on.`,
        next: 'Authorize the token for the organization, then try again.',
      }
    case 'suspended':
      return {
        message: `${host} has suspended or blocked the account or what belongs to ${what}.`,
        next: `Ask the support of ${host}, or the owners of the organization.`,
      }
    case 'rate':
      return {
        message: reserved
          ? `What is left of the limit of ${host} is kept for what you do yourself (asked for ${what}).`
          : `The limit of ${host} for this account is reached (asked for ${what}).`,
        next: 'It goes on when the limit is reset.',
      }
    case 'secondary':
      return {
        message: `${host} wants fewer requests at a time (asked for ${what}).`,
        next: 'It goes on after a pause.',
      }
    case 'forbidden':
      return {
        message: writes
          ? `${host} does not allow ${what} to this account.`
          : `${host} does not allow this account to read ${what}.`,
        next: writes
          ? 'Ask the owners of the repository for write access, or sign in with an account that has it.'
          : 'Ask the owners of the organization for access.',
      }
    case 'not_found':
      return {
        message: writes
          ? `${host} did not find what ${what} is about, or this account may not change it.`
          : `${host} has no ${what}, or this account may not see it.`,
        next: writes
          ? 'Check that the repository still exists, and that the account and its token may write to it.'
          : 'Check that it still exists, and that the account has access to it.',
      }
    case 'legal':
      return {
        message: `${host} does not show ${what} for legal reasons.`,
        next: `Ask the support of ${host}.`,
      }
    case 'refused':
      return {
        message: `${host} refused ${what}.`,
        next: 'Read what it says below.',
      }
    case 'server':
      return {
        message: `${host} failed while answering ${what}.`,
        next: 'Try again later. What was read before stays.',
      }
    case 'malformed':
      return {
        message: `The answer of ${host} to ${what} could not be used.`,
        next: 'Try again. If it stays so, check whether a proxy or a login page of the network answers instead.',
      }
    case 'offline':
      return {
        message: `${host} could not be reached (asked for ${what}).`,
        next: 'Check the network connection and the proxy.',
      }
    case 'dns':
      return {
        message: `The name ${host} could not be found (asked for ${what}).`,
        next: 'Check the network connection, the VPN and the name of the host.',
      }
    case 'tls':
      return {
        message: `The connection to ${host} is not trusted (asked for ${what}).`,
        next: 'Check the clock of this machine, and whether its certificates include that of your proxy or server.',
      }
    case 'timeout':
      return {
        message: `${host} did not answer in time (asked for ${what}).`,
        next: 'Check the network connection, then try again.',
      }
    case 'aborted':
      return { message: `Asking ${host} for ${what} was stopped.`, next: 'Start it again when it is wanted.' }
  }
}

// ---- answers -------------------------------------------------------------------------------------

export interface JudgeContext extends Subject {
  token: string | null
  now: number
  /** In this machine's time, from the headers of the answer; see budget.ts. */
  resetAt: number | null
}

/** The failure an answer with a status other than 2xx and 304 stands for. */
export function failureOfAnswer(answer: Answer, context: JudgeContext): GitHubError {
  const said = messageOf(answer.text, context.token)
  const reason = reasonOfAnswer(answer, said, context.writes === true)
  return failure(reason, context, {
    words: [`HTTP ${answer.status}`, said, requestId(answer.headers)].filter(Boolean).join('\n'),
    token: context.token,
    until: untilOf(reason, answer, context),
    url: reason === 'saml' ? ssoUrl(answer.headers, context) : null,
    scopes: reason === 'scope' ? acceptedScopes(answer.headers) : [],
  })
}

function reasonOfAnswer({ status, headers }: Answer, said: string, writes: boolean): GitHubReason {
  if (status === 403 && /archived so is read-only/i.test(said)) return 'refused'
  if (status === 403 || status === 429) return reasonOfRefusal(status, headers, said)
  if (status === 401) return 'unauthorized'
  // To a token without the scope GitHub says of what it may not change that it is not there, and what it wants.
  if (status === 404 && writes && lacksScope(headers)) return 'scope'
  if (status === 404 || status === 410) return 'not_found'
  if (writes && (status === 405 || status === 409 || status === 422)) return 'refused'
  // A search that names an owner or repository which is not there (for this account) is not "not found" but invalid.
  if (status === 422 && /cannot be searched|do not exist/i.test(said)) return 'not_found'
  if (status === 451) return 'legal'
  if (status === 407) return 'offline'
  if (status === 408) return 'timeout'
  return status >= 500 ? 'server' : 'malformed'
}

const SECONDARY = /secondary rate limit|abuse detection|abuse-rate-limits|maximum number of login attempts/i
const PRIMARY = /rate limit exceeded|rate limit already exceeded/i
const SAML = /\bSAML\b|single sign-on/i
const SUSPENDED =
  /\b(?:account|installation|user) (?:was|is|has been) (?:suspended|blocked|flagged)|access blocked|has been (?:suspended|flagged)/i
const SCOPE =
  /resource not accessible by|has not been granted the required scopes|requires (?:one of )?the following scopes?|insufficient[ _]scopes?/i
const LEGAL = /\bDMCA\b|legal reasons/i

function reasonOfRefusal(status: number, headers: Record<string, string>, said: string): GitHubReason {
  if (SECONDARY.test(said)) return 'secondary'
  if (countHeader(headers, 'x-ratelimit-remaining') === 0 || PRIMARY.test(said)) return 'rate'
  if (status === 429 || headers['retry-after'] !== undefined) return 'secondary'
  if (/^required\b/i.test(headers['x-github-sso'] ?? '')) return 'saml'
  return reasonOfWords(said) ?? (lacksScope(headers) ? 'scope' : 'forbidden')
}

/** What GitHub's sentence means, where there is nothing but a sentence. */
function reasonOfWords(said: string): GitHubReason | null {
  if (SAML.test(said)) return 'saml'
  if (LEGAL.test(said)) return 'legal'
  if (SUSPENDED.test(said)) return 'suspended'
  if (SCOPE.test(said)) return 'scope'
  return null
}

function untilOf(reason: GitHubReason, { headers }: Answer, context: JudgeContext): number | null {
  const retry = retryAfter(headers, context.now)
  if (reason === 'rate') return Math.max(retry ?? 0, context.resetAt ?? 0) || context.now + PAUSE_MS
  if (reason === 'secondary') return retry ?? context.now + PAUSE_MS
  return reason === 'server' ? retry : null
}

/** GitHub asks for a minute at least where it does not say how long. */
export const PAUSE_MS = 60_000

/** The sentence in an error body, or the beginning of a body that is none of GitHub's. */
function messageOf(text: string, token: string | null): string {
  try {
    const body: unknown = JSON.parse(text)
    if (typeof body !== 'object' || body === null) return plainWords(text, token)
    const parts = [textOf(body, 'message'), textOf(body, 'documentation_url')]
    if ('errors' in body && Array.isArray(body.errors))
      for (const each of body.errors.slice(0, 10))
        parts.push(typeof each === 'string' ? each : textOf(each, 'message') || fieldOf(each))
    if ('block' in body) parts.push(`blocked: ${textOf(body.block, 'reason')}`)
    return parts.filter(Boolean).join('\n')
  } catch (error) {
    // A page of a proxy or load balancer; its own words are all there is.
    if (error instanceof SyntaxError) return plainWords(text, token)
    throw error
  }
}

/** The words of a page without its tags. The token goes first: it could not be found any more in what was cut. */
export function plainWords(text: string, token: string | null): string {
  return safeWords(text, token)
    .replace(/<(?:script|style)\b[^<]*/gi, ' ')
    .replace(/<[^<>]{0,500}>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
}

/** What is wrong with a part of what was sent, where GitHub has no sentence about it: `base: invalid`. */
function fieldOf(problem: unknown): string {
  return [textOf(problem, 'field'), textOf(problem, 'code')].filter(Boolean).join(': ')
}

function textOf(value: unknown, key: string): string {
  if (typeof value !== 'object' || value === null) return ''
  const found: unknown = Reflect.get(value, key)
  return typeof found === 'string' ? found : ''
}

function requestId(headers: Record<string, string>): string {
  const id = headers['x-github-request-id']
  return id === undefined ? '' : `Request ${id}`
}

function list(header: string | undefined): string[] {
  return (header ?? '')
    .split(/[,;]/)
    .map((each) => each.trim())
    .filter((each) => /^[a-z_:.=-]{1,60}$/i.test(each))
    .slice(0, 10)
}

/** Scopes of a classic token, or permissions of a fine-grained one, any of which would do. */
function acceptedScopes(headers: Record<string, string>): string[] {
  const scopes = list(headers['x-accepted-oauth-scopes'])
  return scopes.length > 0 ? scopes : list(headers['x-accepted-github-permissions'])
}

/** A scope is held by itself, or with the one it is a part of: `read:org` in `admin:org`, `public_repo` in `repo`. */
function lacksScope(headers: Record<string, string>): boolean {
  const held = headers['x-oauth-scopes']
  const accepted = list(headers['x-accepted-oauth-scopes'])
  if (held === undefined || accepted.length === 0) return false
  const scopes = list(held)
  return !accepted.some((wanted) => scopes.some((scope) => includesScope(scope, wanted)))
}

const PARTS_OF_REPO = new Set([
  'repo:status',
  'repo_deployment',
  'public_repo',
  'repo:invite',
  'security_events',
])

function includesScope(scope: string, wanted: string): boolean {
  if (scope === wanted || (scope === 'repo' && PARTS_OF_REPO.has(wanted))) return true
  if (scope === 'user' && ['read:user', 'user:email', 'user:follow'].includes(wanted)) return true
  const [level, area] = scope.split(':')
  const [wantedLevel, wantedArea] = wanted.split(':')
  if (area === undefined || area !== wantedArea) return false
  return level === 'admin' || (level === 'write' && wantedLevel === 'read')
}

function ssoUrl(headers: Record<string, string>, { host, token }: JudgeContext): string | null {
  const found = /\burl=(\S{1,2000})/i.exec(headers['x-github-sso'] ?? '')?.[1]
  const url = found === undefined ? null : parseUrl(found)
  if (url === null || url.origin !== new URL(webUrlOf(host)).origin || url.username !== '') return null
  return safeWords(url.href, token) === url.href ? url.href : null
}

// ---- GraphQL -------------------------------------------------------------------------------------

const BROKE_OFF = /something went wrong while executing your query|timed? ?out|timeout/i

/** What a part of a GraphQL answer lacks, and why; for parts that are null because of a problem. */
export function reasonOfProblem(problem: GraphqlProblem): GitHubReason {
  const { type, message } = problem
  if (SECONDARY.test(message)) return 'secondary'
  if (type === 'RATE_LIMITED' || type === 'RATE_LIMIT' || PRIMARY.test(message)) return 'rate'
  if (type === 'INSUFFICIENT_SCOPES') return 'scope'
  if (type === 'NOT_FOUND') return 'not_found'
  const reason = reasonOfWords(message)
  if (reason !== null) return reason
  if (type === 'FORBIDDEN') return /archived so is read-only/i.test(message) ? 'refused' : 'forbidden'
  if (type === 'UNPROCESSABLE') return 'refused'
  const tooMuch = type === 'RESOURCE_LIMITS_EXCEEDED' || type === 'SERVICE_UNAVAILABLE' || type === 'INTERNAL'
  return tooMuch || BROKE_OFF.test(message) ? 'server' : 'malformed'
}

/** Which of several problems decides what has to be done about an answer that brought nothing. */
const GRAVEST: readonly GitHubReason[] = [
  'rate',
  'secondary',
  'saml',
  'suspended',
  'legal',
  'scope',
  'forbidden',
  'refused',
  'server',
  'malformed',
  'not_found',
]

/** The failure of a GraphQL answer that brought nothing. Null: its problems concern parts, or things that are gone. */
export function failureOfProblems(
  problems: readonly GraphqlProblem[],
  empty: boolean,
  headers: Record<string, string>,
  context: JudgeContext,
): GitHubError | null {
  const reasons = new Set(problems.map(reasonOfProblem))
  const reason = GRAVEST.find((each) => reasons.has(each))
  if (reason === undefined) return null
  const limited = reason === 'rate' || reason === 'secondary'
  if (!limited && (!empty || reason === 'not_found')) return null
  const words = problems
    .slice(0, 10)
    .map(({ type, message }) => (type === null ? message : `${type}: ${message}`))
  return failure(reason, context, {
    words: [...words, requestId(headers)].filter(Boolean).join('\n'),
    token: context.token,
    until: untilOf(reason, { status: 200, headers, text: '' }, context),
    url: reason === 'saml' ? ssoUrl(headers, context) : null,
  })
}
