import { FoundryError, wordsOf } from '@shared/errors'
import type { AccountId } from '@shared/ids'
import { countHeader, dateOf, type Answer } from './answer'
import { createBudgetKeeper, observationOf, resourceOf, type Resource } from './budget'
import {
  failure,
  failureOfAnswer,
  failureOfProblems,
  GitHubError,
  plainWords,
  type JudgeContext,
  type Subject,
} from './errors'
import { ExchangeError, readEnd, REDIRECTS, type ExchangeLimits, type Fetch } from './exchange'
import { queryName, readGraphql } from './graphql'
import { graphqlUrlOf } from './hosts'
import { createOctokit } from './octokit'
import { nextPath, pageNumberOf, parseUrl, pathWithQuery, urlIn } from './paths'
import { createRequestQueue } from './queue'
import { nextTurn } from '../turns'
import type { HttpCache } from './http-cache'
import type { GitHubClient, Purpose, RequestOptions, RestPage, WriteMethod } from '../types'

const IN_FLIGHT = 8
/** Of these, kept for what a person waits for. */
const KEPT = 2
/** An answer of more characters is parsed in a turn of its own. */
const LARGE = 50_000
/** A longer text is not read to its end. */
const MOST_TAIL_BYTES = 100 * 1024 * 1024
const API_VERSION = '2022-11-28'
const LIMITS: ExchangeLimits = { silenceMs: 30_000, totalMs: 120_000, maxBytes: 20 * 1024 * 1024 }

export interface GitHubClientOptions {
  account: { id: AccountId; host: string; apiUrl: string }
  /** Foundry's own; it goes into the user agent, and answers kept by another version are not used. */
  version: string
  /** Asked for before every request, so that a renewed one is used at once. Null where there is none. */
  token(): Promise<string | null>
  fetch: Fetch
  cache: HttpCache
  now(): number
  /** GitHub refuses the token, or there is none: the account has to be connected again. */
  refused(error: GitHubError): void
  limits?: Partial<ExchangeLimits>
}

interface Asked {
  method: 'GET' | WriteMethod
  url: string
  subject: Subject
  resource: Resource
  purpose: Purpose
  headers?: Record<string, string>
  body?: string
  /** A redirect is an answer, for whoever asked to follow. */
  handsOutRedirects?: boolean
}

/** An answer that is neither an error nor incomplete, with the clocks it was judged by. */
interface Received {
  answer: Answer
  date: number
  context: JudgeContext
}

/**
 * GitHub as one account reaches it: nothing is tried twice and nothing waits for a limit in here. Both are the business
 * of whoever asks, who can show it (docs/adr/0006).
 */
export function createGitHubClient(options: GitHubClientOptions): GitHubClient {
  const { account, cache, now } = options
  const limits = { ...LIMITS, ...options.limits }
  const queue = createRequestQueue(IN_FLIGHT, KEPT)
  const budget = createBudgetKeeper(now)
  let made: ReturnType<typeof createOctokit> | null = null

  async function tokenFor(subject: Subject): Promise<string> {
    const token = await options.token().catch((error: unknown) => {
      if (!(error instanceof FoundryError)) throw error
      const more = error.next === undefined ? {} : { next: error.next }
      throw new GitHubError('unauthorized', error.message, {
        ...more,
        detail: error.detail ?? '',
        cause: error,
      })
    })
    // A header cannot hold anything else, and the error about it would quote the token.
    if (token !== null && /^[\x21-\x7e]+$/.test(token)) return token
    const missing = failure('unauthorized', subject, {
      words:
        token === null
          ? 'There is no token for this account.'
          : 'The token contains characters no token has.',
    })
    options.refused(missing)
    throw missing
  }

  /** Asks the budget, then GitHub; `judge` makes of a 2xx or 304 what is wanted and says what it cost. */
  async function send<Value>(
    asked: Asked,
    signal: AbortSignal | undefined,
    judge: (received: Received) => { value: Value; cost: number },
  ): Promise<Value> {
    const { subject, resource, purpose } = asked
    const token = await tokenFor(subject)
    if (signal?.aborted === true) throw failure('aborted', subject)
    const begun = budget.begin(resource, purpose)
    if ('refusal' in begun) {
      const { reason, ...why } = begun.refusal
      throw failure(reason, subject, why)
    }
    let cost = 0
    try {
      const answer = await transmit(asked, token, signal)
      if (answer.text.length > LARGE) await nextTurn()
      const { headers, status } = answer
      cost = status === 304 ? 0 : 1
      const date = dateOf(headers, now())
      const kept = resourceOf(headers, resource)
      const observation = observationOf(headers)
      if (kept !== null && observation !== null) budget.observe(kept, observation, date)
      const resetAt = kept === null || observation === null ? null : budget.resetAt(kept)
      const context = { ...subject, token, now: now(), resetAt }
      const leads = asked.handsOutRedirects === true && REDIRECTS.has(status)
      if (status !== 304 && !leads && (status < 200 || status > 299)) return await refusedBy(answer, context)
      const judged = judge({ answer, date, context })
      cost = judged.cost
      return judged.value
    } finally {
      begun.permit.end(cost)
    }
  }

  async function transmit(asked: Asked, token: string, signal: AbortSignal | undefined): Promise<Answer> {
    try {
      const octokit = await (made ??= createOctokit(options, limits))
      const { data } = await octokit.request({
        method: asked.method,
        url: asked.url,
        headers: {
          ...asked.headers,
          authorization: `Bearer ${token}`,
          'x-github-api-version': API_VERSION,
        },
        ...(asked.body === undefined ? {} : { data: asked.body }),
        request: {
          ...(signal === undefined ? {} : { signal }),
          ...(asked.handsOutRedirects === true ? { handsOutRedirects: true } : {}),
        },
      })
      return data as Answer
    } catch (error) {
      if (!(error instanceof ExchangeError)) throw error
      throw failure(error.reason, asked.subject, { words: error.words, token })
    }
  }

  async function refusedBy(answer: Answer, context: JudgeContext): Promise<never> {
    const error = failureOfAnswer(answer, context)
    note(error, answer)
    if (error.reason === 'unauthorized') {
      // A token that was renewed meanwhile is not the one GitHub speaks of. One that cannot be read now neither, and
      // the next request says why.
      const current = await options.token().catch(() => null)
      if (current === context.token) options.refused(error)
    }
    throw error
  }

  function note(error: GitHubError, answer: Pick<Answer, 'headers'>): void {
    const unexplained = error.reason === 'rate' && countHeader(answer.headers, 'x-ratelimit-remaining') !== 0
    if (error.reason === 'secondary' || unexplained) budget.paused(answer)
  }

  /** What the answer says must be made of it, or it is not what was asked for. */
  function understood<Value>(context: JudgeContext, read: () => Value): Value {
    try {
      return read()
    } catch (error) {
      if (error instanceof GitHubError) throw error
      throw failure('malformed', context, { words: wordsOf(error), token: context.token })
    }
  }

  /** Runs in its turn; every way a request can fail leaves here as a `GitHubError`. */
  async function inTurn<Value>(
    subject: Subject,
    { purpose, signal }: RequestOptions,
    work: () => Promise<Value>,
  ): Promise<Value> {
    try {
      return await queue.run(purpose, signal, work)
    } catch (error) {
      if (signal?.aborted === true && error === signal.reason) throw failure('aborted', subject)
      throw error
    }
  }

  async function get<Value>(
    path: string,
    asked: RequestOptions & {
      query?: Record<string, string | number>
      read(body: unknown, headers: Record<string, string>): Value
      conditional?: boolean
    },
  ): Promise<RestPage<Value>> {
    const address = pathWithQuery(path, asked.query)
    const subject = { host: account.host, what: address }
    const kept = asked.conditional === true ? keptAnswer(address) : null
    return inTurn(subject, asked, async () => {
      const request: Asked = {
        method: 'GET',
        url: urlIn(account.apiUrl, address),
        subject,
        resource: address.startsWith('/search/') ? 'search' : 'core',
        purpose: asked.purpose,
        ...(kept === null ? {} : { headers: { 'if-none-match': kept.etag } }),
      }
      return send<RestPage<Value>>(request, asked.signal, ({ answer, date, context }) => {
        const { headers, status } = answer
        const page = understood(context, () => ({
          next: nextPath(headers['link'], account.apiUrl),
          lastPage: pageNumberOf(headers['link'], 'last'),
          date,
          pollIntervalMs: pollInterval(headers),
        }))
        budget.succeeded()
        if (status === 304) {
          if (kept === null) throw failure('malformed', subject, { words: 'HTTP 304 to no condition.' })
          cache.confirm(account.id, address, now())
          return { value: { value: kept.value as Value, notModified: true, ...page }, cost: 0 }
        }
        const value = understood(context, () => asked.read(jsonOf(answer, context.token), headers))
        if (asked.conditional === true && headers['etag'] !== undefined)
          cache.put(
            account.id,
            address,
            { etag: headers['etag'], value: { by: options.version, value } },
            now(),
          )
        return { value: { value, notModified: false, ...page }, cost: 1 }
      })
    })
  }

  /** What another version kept may have another shape. */
  function keptAnswer(address: string): { etag: string; value: unknown } | null {
    const found = cache.get(account.id, address)
    const value = found?.value
    if (found === null || typeof value !== 'object' || value === null) return null
    if (!('by' in value) || value.by !== options.version || !('value' in value)) return null
    return { etag: found.etag, value: value.value }
  }

  /** Read without the token: where it is, is for everybody who knows the address, and for nobody else. */
  async function endOf(
    location: string,
    subject: Subject,
    { keepBytes, signal }: { keepBytes: number; signal?: AbortSignal },
  ): Promise<{ text: string; cut: boolean }> {
    const url = parseUrl(location, `${account.apiUrl}/`)
    const plain = url !== null && url.origin === new URL(account.apiUrl).origin
    if (url === null || (url.protocol !== 'https:' && !plain) || url.username !== '')
      throw failure('malformed', subject, { words: 'It is said to be at an address that is none.' })
    try {
      const { status, bytes, cut } = await readEnd(
        options.fetch,
        url.href,
        { ...limits, maxBytes: MOST_TAIL_BYTES, keepBytes },
        signal,
      )
      if (status === 200) return { text: new TextDecoder().decode(bytes), cut }
      const gone = status === 403 || status === 404 || status === 410
      throw failure(gone ? 'not_found' : 'server', subject, { words: `HTTP ${status}` })
    } catch (error) {
      if (!(error instanceof ExchangeError)) throw error
      throw failure(error.reason, subject, { words: error.words })
    }
  }

  return {
    accountId: account.id,
    get,
    async tail(path, asked) {
      const subject = { host: account.host, what: asked.what }
      return inTurn(subject, asked, async () => {
        const request: Asked = {
          method: 'GET',
          url: urlIn(account.apiUrl, path),
          subject,
          resource: 'core',
          purpose: asked.purpose,
          handsOutRedirects: true,
        }
        const answer = await send(request, asked.signal, (received) => ({ value: received.answer, cost: 1 }))
        budget.succeeded()
        const location = answer.headers['location']
        if (REDIRECTS.has(answer.status) && location !== undefined) return endOf(location, subject, asked)
        const { text } = answer
        return { text: text.slice(-asked.keepBytes), cut: text.length > asked.keepBytes }
      })
    },
    async write(method, path, asked) {
      const subject = { host: account.host, what: asked.what, writes: true }
      return inTurn(subject, asked, async () => {
        const request: Asked = {
          method,
          url: urlIn(account.apiUrl, path),
          subject,
          resource: 'core',
          purpose: asked.purpose,
          ...(asked.body === undefined ? {} : { body: JSON.stringify(asked.body) }),
        }
        return send(request, asked.signal, ({ answer, date, context }) => {
          budget.succeeded()
          const value = understood(context, () => asked.read(jsonOf(answer, context.token), answer.headers))
          return { value: { value, date }, cost: 1 }
        })
      })
    },
    async graphql(query, variables, asked) {
      const writes = /^\s*mutation\b/.test(query)
      const subject = {
        host: account.host,
        what: asked.what ?? queryName(query),
        ...(writes ? { writes } : {}),
      }
      return inTurn(subject, asked, async () => {
        const request: Asked = {
          method: 'POST',
          url: graphqlUrlOf(account.apiUrl),
          subject,
          resource: 'graphql',
          purpose: asked.purpose,
          body: JSON.stringify({ query, variables }),
        }
        const received = await send(request, asked.signal, ({ answer, date, context }) => {
          const { data, problems, empty, rateLimit } = understood(context, () =>
            readGraphql(jsonOf(answer, context.token)),
          )
          if (rateLimit !== null) budget.observe('graphql', rateLimit, date)
          const judged = { ...context, resetAt: budget.resetAt('graphql') }
          const problem = failureOfProblems(problems, empty, answer.headers, judged)
          if (problem !== null) {
            note(problem, answer)
            throw problem
          }
          budget.succeeded()
          return { value: { data, problems, date, judged }, cost: rateLimit?.cost ?? 1 }
        })
        // A large answer was parsed just now, and is yet to be read and written: others have their turn in between.
        await nextTurn()
        const { data, problems, date, judged } = received
        return { value: understood(judged, () => asked.read(data, problems)), date }
      })
    },
    budgets: () => budget.budgets(),
  }
}

/** @throws Error for what is no complete JSON, such as the login page of a network */
function jsonOf({ status, headers, text }: Answer, token: string | null): unknown {
  if (status === 204 || status === 205) return null
  const type = headers['content-type'] ?? 'of no type'
  if (!/^application\/(?:[\w.+-]{1,80}\+)?json\b/i.test(type))
    throw new Error(`The answer is ${type}, not JSON: ${plainWords(text, token)}`)
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    // The parser's own words quote what is around the place, and that may be a part of a secret.
    throw new Error(`The JSON is damaged or cut off after ${text.length} characters.`, { cause: error })
  }
}

const MAX_POLL_S = 3600

function pollInterval(headers: Record<string, string>): number | null {
  const seconds = countHeader(headers, 'x-poll-interval')
  return seconds === null ? null : Math.min(seconds, MAX_POLL_S) * 1000
}
