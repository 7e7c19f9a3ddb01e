import {
  abuseAnswer,
  badCredentials,
  notFound,
  problem,
  rateAnswer,
  samlAnswer,
  scopeAnswer,
  secondaryAnswer,
  suspendedAnswer,
  type Answer,
} from './answer'
import type { Budgets } from './budgets'
import type { Effect, MatchedRequest } from './faults'
import { rateLimited } from './graphql'
import type { Addresses } from './rest-values'

const serverTexts = {
  500: 'Server Error',
  502: 'Bad Gateway',
  503: 'Service unavailable',
  504: "We couldn't respond to your request in time. Sorry about that. Please try resubmitting your request and contact us if the problem persists.",
} as const

/** What a fault answers instead of the model; nothing for those that only spoil the real answer. */
export function effectAnswer(
  effect: Effect,
  request: MatchedRequest,
  addresses: Addresses,
  budgets: Budgets,
): Answer | undefined {
  switch (effect.kind) {
    case 'answer':
      return {
        status: effect.status,
        body: effect.body,
        ...(effect.headers === undefined ? {} : { headers: effect.headers }),
      }
    case 'unauthorized':
      return badCredentials()
    case 'scope':
      return scopeAnswer(effect.accepted)
    case 'saml':
      return samlAnswer(addresses, effect.organization)
    case 'suspended':
      return suspendedAnswer()
    case 'rate':
      return rate(effect.resetAt, request, budgets)
    case 'secondary':
      return { ...secondaryAnswer(effect.retryAfter, effect.status ?? 403), cost: 0 }
    case 'abuse':
      return { ...abuseAnswer(effect.retryAfter), cost: 0 }
    case 'forbidden':
      return problem(403, 'Resource not accessible by personal access token')
    case 'not_found':
      return notFound()
    case 'gone':
      return problem(410, 'Gone')
    case 'legal':
      return {
        status: 451,
        body: {
          message: 'Repository access blocked',
          block: { reason: 'dmca', created_at: '2026-01-01T00:00:00Z', html_url: `${addresses.web}/dmca` },
        },
      }
    case 'server': {
      const status = effect.status ?? 502
      return effect.html === true
        ? {
            status,
            text: '<html><title>Unicorn!</title></html>',
            headers: { 'Content-Type': 'text/html; charset=utf-8' },
          }
        : problem(status, serverTexts[status])
    }
    case 'delay':
    case 'hold':
    case 'late':
    case 'truncated':
    case 'stalled':
    case 'malformed':
    case 'wrong_type':
    case 'reset':
    case 'silent':
      return undefined
  }
}

function rate(resetAt: number, request: MatchedRequest, budgets: Budgets): Answer {
  const userId = request.token?.user.id ?? 0
  if (request.path === '/graphql') {
    budgets.leave(userId, 'graphql', 0, resetAt)
    return rateLimited(userId)
  }
  const resource = request.path.startsWith('/search/') ? 'search' : 'core'
  budgets.leave(userId, resource, 0, resetAt)
  return { ...rateAnswer(userId), resource, cost: 0 }
}
