import type { Token } from './types'

/** What goes wrong with an answer. Times are epoch milliseconds, durations milliseconds. */
export type Effect =
  /** The real answer, later. */
  | { kind: 'delay'; ms: number }
  /** The real answer, once the promise resolved. */
  | { kind: 'hold'; until: Promise<void> }
  /** The answer as it is now, once the promise resolved. */
  | { kind: 'late'; until: Promise<void> }
  | { kind: 'answer'; status: number; body?: unknown; headers?: Record<string, string> }
  /** 401, as for a revoked token. */
  | { kind: 'unauthorized' }
  | { kind: 'scope'; accepted: string[] }
  | { kind: 'saml'; organization: string }
  | { kind: 'suspended' }
  /** The budget is used up until `resetAt`: 403 for REST, 200 with `RATE_LIMITED` for GraphQL. */
  | { kind: 'rate'; resetAt: number }
  /** The other limit, with `Retry-After` unless `retryAfter` is null. */
  | { kind: 'secondary'; retryAfter: number | null; status?: 403 | 429 }
  | { kind: 'abuse'; retryAfter: number }
  | { kind: 'forbidden' }
  | { kind: 'not_found' }
  | { kind: 'gone' }
  | { kind: 'legal' }
  | { kind: 'server'; status?: 500 | 502 | 503 | 504; html?: boolean }
  /** Half of the real body, then the connection closes. */
  | { kind: 'truncated' }
  /** Half of the real body, then nothing for as long as the client waits. */
  | { kind: 'stalled' }
  /** The real headers, and a body that is not JSON. */
  | { kind: 'malformed' }
  /** A page of a proxy instead of an answer: 200 and HTML. */
  | { kind: 'wrong_type' }
  | { kind: 'reset' }
  /** No answer for as long as the client waits. */
  | { kind: 'silent' }

export interface FaultOptions {
  /** How many requests that match are let through before; none if not said. */
  after?: number
  /** How many requests are hit; one if not said, `Infinity` for all until it is removed. */
  times?: number
}

/** `GET /orgs/acme/repos`, a pattern for such a text, or what decides. A `*` in a text stands for anything. */
export type Match = string | RegExp | ((request: MatchedRequest) => boolean)

export interface MatchedRequest {
  method: string
  /** Without the base path of an Enterprise server. */
  path: string
  query: URLSearchParams
  body: string
  token: Token | null
}

interface Waiting {
  matches(request: MatchedRequest): boolean
  skip: number
  left: number
}

export const matcher = (match: Match): ((request: MatchedRequest) => boolean) => {
  if (typeof match === 'function') return match
  const pattern =
    typeof match === 'string'
      ? new RegExp(`^${match.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`)
      : match
  return ({ method, path }) => pattern.test(`${method} ${path}`)
}

/** What the next requests meet, in the order it was set up. */
export class Faults {
  readonly #faults: (Waiting & { effect: Effect })[] = []
  readonly #hooks: (Waiting & { run(): void | Promise<void> })[] = []

  /** Returns what removes it again. */
  add(match: Match, effect: Effect, { after = 0, times = 1 }: FaultOptions = {}): () => void {
    return put(this.#faults, { matches: matcher(match), skip: after, left: times, effect })
  }

  /** Runs before the request after the `nth` that matches is answered: what changes between two pages. */
  between(match: Match, nth: number, run: () => void | Promise<void>): () => void {
    return put(this.#hooks, { matches: matcher(match), skip: nth, left: 1, run })
  }

  clear(): void {
    this.#faults.length = 0
    this.#hooks.length = 0
  }

  /** The fault this request meets, which is used up by that. */
  take(request: MatchedRequest): Effect | undefined {
    return due(this.#faults, request)[0]?.effect
  }

  async runHooks(request: MatchedRequest): Promise<void> {
    for (const hook of due(this.#hooks, request, Infinity)) await hook.run()
  }
}

function put<One>(list: One[], one: One): () => void {
  list.push(one)
  return () => {
    const index = list.indexOf(one)
    if (index >= 0) list.splice(index, 1)
  }
}

/** Counts the request for every entry that matches; the first `most` whose turn it is come back. */
function due<One extends Waiting>(list: One[], request: MatchedRequest, most = 1): One[] {
  const found: One[] = []
  for (const one of list.filter((entry) => entry.matches(request))) {
    if (found.length >= most) break
    if (one.skip > 0) {
      one.skip--
      continue
    }
    found.push(one)
    one.left--
    if (one.left <= 0) list.splice(list.indexOf(one), 1)
  }
  return found
}
