import { createHash, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { badCredentials, suspendedAnswer, type Answer, type Call, type Resource } from './answer'
import { Budgets } from './budgets'
import { selfSigned } from './certificate'
import { DeviceFlow } from './device-flow'
import { effectAnswer } from './effects'
import { Faults, matcher, type Effect, type Match, type MatchedRequest } from './faults'
import { GitHosting } from './git-hosting'
import { GitStore } from './git-store'
import { createGraphql } from './graphql'
import { GitHubModel } from './model'
import { createRest } from './rest'
import type { GitHub } from './routes'
import { webPage } from './web'
import type { Addresses } from './rest-values'
import type { Token } from './types'

/** One request that arrived, with what it was answered. */
export interface LoggedRequest extends MatchedRequest {
  url: string
  headers: Record<string, string>
  at: number
  /** Null until it was answered, and for ever when it was not. */
  status: number | null
  resource: Resource | null
  cost: number
}

/** What a client wrote, in the order it did. */
export interface WritingCall {
  method: string
  path: string
  /** JSON as it was sent; of a mutation its name and variables, of a push the refs it wanted to move. */
  body: unknown
}

export interface GitHubOptions {
  /** The clock of everything: times of the model, budgets, `Date`. The real one if not given. */
  now?: () => number
  /** HTTPS, with a certificate nobody vouches for. */
  tls?: boolean
  /** Keeps answers to GraphQL queries, by the body of the request; whoever gives it empties it when something happens. */
  keepAnswers?: Map<string, Answer> | null
}

export interface GitHubServer {
  readonly model: GitHubModel
  readonly faults: Faults
  readonly budgets: Budgets
  readonly devices: DeviceFlow
  /** Its repositories as git sees them, at `URL/owner/name.git`. */
  readonly git: GitHosting
  /** `http://127.0.0.1:PORT` */
  readonly url: string
  /** `127.0.0.1:PORT`: what a person types as the host of an Enterprise server. */
  readonly host: string
  /** What its base paths are at: `URL/api/v3` and `URL/api/graphql`, as an Enterprise server has them. */
  readonly apiUrl: string
  readonly requests: readonly LoggedRequest[]
  /** Those that match, in the order they came. */
  requested(match: Match): LoggedRequest[]
  /** Requests that write, refused ones too: REST, mutations and pushes. */
  calls(): WritingCall[]
  /** Resolves once that is so, which is looked at whenever something was answered. */
  until(condition: () => boolean): Promise<void>
  /** Resolves once `count` requests that match have come since the server began, answered or not. */
  arrived(match: Match, count?: number): Promise<void>
  /** Resolves once `count` requests that match were answered since the server began. */
  answered(match: Match, count?: number): Promise<void>
  /** Requests with a token of the model where none belongs: in the address, or in another header. */
  leaks(): LoggedRequest[]
  /** Sets `Date` apart from the server's clock. */
  skew(milliseconds: number): void
  /** Ends every connection, also those that wait for an answer. */
  disconnect(): void
  close(): Promise<void>
}

/** Starts GitHub on a free port of the loopback interface. */
export async function startGitHub({
  now = Date.now,
  tls = false,
  keepAnswers = null,
}: GitHubOptions = {}): Promise<GitHubServer> {
  const model = new GitHubModel(now)
  const faults = new Faults()
  const budgets = new Budgets(now)
  const devices = new DeviceFlow(model, now)
  const store = new GitStore(model)
  const git = new GitHosting(model, store)
  const github: GitHub = { model, budgets, store }
  const rest = createRest(github)
  const graphql = await createGraphql(github, keepAnswers)
  const requests: LoggedRequest[] = []
  const waiting = new Set<() => void>()
  const sockets = new Set<Socket>()
  const scheme = tls ? 'https' : 'http'
  let skew = 0

  const handle = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(incoming.url ?? '/', 'http://host')
    const isGit = GitHosting.is(url.pathname)
    const base = /^\/api(\/v3)?(?=\/|$)/.exec(url.pathname)?.[0] ?? ''
    const headers = plainHeaders(incoming)
    const web = `${scheme}://${headers['host'] ?? 'localhost'}`
    const logged: LoggedRequest = {
      method: incoming.method ?? 'GET',
      path: url.pathname.slice(base.length) || '/',
      query: url.searchParams,
      body: isGit ? '' : await readBody(incoming),
      token: tokenOf(headers, model, now),
      url: incoming.url ?? '/',
      headers,
      at: now(),
      status: null,
      resource: null,
      cost: 0,
    }
    requests.push(logged)
    tell()
    await faults.runHooks(logged)
    const addresses: Addresses = { web, api: base === '' ? web : `${web}/api/v3` }
    const page = webPage(logged, model)
    if (page !== undefined) {
      logged.status = 200
      response.writeHead(200, { 'Content-Type': page.type }).end(page.body)
      return
    }
    const spoiled = await meet(faults.take(logged), logged, addresses, response)
    if (spoiled !== 'done') {
      if (isGit) await answerGit(logged, incoming, response, url, web)
      else {
        const answer = await answerOf({ ...logged, addresses })
        if (spoiled?.kind === 'late') await spoiled.until
        send(logged, answer, response, spoiled)
      }
    }
    tell()
  }

  const answerGit = async (
    logged: LoggedRequest,
    ...request: Parameters<GitHosting['answer']>
  ): Promise<void> => {
    const { status, updates } = await git.answer(...request)
    logged.status = status
    if (updates !== undefined) logged.body = JSON.stringify(updates.map(({ ref }) => ref))
  }

  const tell = (): void => {
    for (const one of waiting) one()
  }

  const until = (condition: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const check = (): void => {
        if (!condition()) return
        waiting.delete(check)
        resolve()
      }
      waiting.add(check)
      check()
    })

  const whenCount = (matches: (request: LoggedRequest) => boolean, count: number): Promise<void> =>
    until(() => requests.filter(matches).length >= count)

  /** Does what a fault does to the request; what is left of it spoils the real answer. */
  const meet = async (
    effect: Effect | undefined,
    logged: LoggedRequest,
    addresses: Addresses,
    response: ServerResponse,
  ): Promise<Effect | 'done' | undefined> => {
    if (effect === undefined) return undefined
    if (effect.kind === 'silent') return 'done'
    if (effect.kind === 'reset') {
      response.socket?.resetAndDestroy()
      return 'done'
    }
    if (effect.kind === 'hold') await effect.until
    if (effect.kind === 'delay') await new Promise((resolve) => setTimeout(resolve, effect.ms))
    const answer = effectAnswer(effect, logged, addresses, budgets)
    if (answer === undefined) return effect
    send(logged, answer, response, undefined)
    return 'done'
  }

  const answerOf = async (call: Omit<Call, 'token'> & { token: Token | null }): Promise<Answer> => {
    const { token, method, path, body, addresses } = call
    const signIn = devices.answer(method, path, body, addresses.web)
    if (signIn !== undefined) return signIn
    if (token === null) return badCredentials()
    return token.user.suspended ? suspendedAnswer() : route({ ...call, token })
  }

  const route = async (call: Call): Promise<Answer> => {
    if (call.path === '/graphql' && call.method === 'POST') return graphql(call)
    const resource = call.path.startsWith('/search/') ? 'search' : 'core'
    const { remaining, resetAt } = budgets.state(call.token.user.id, resource)
    if (remaining === 0 && call.path !== '/rate_limit')
      return effectAnswer({ kind: 'rate', resetAt }, call, call.addresses, budgets) ?? badCredentials()
    return { resource, ...(await rest(call)) }
  }

  const send = (
    logged: LoggedRequest,
    answer: Answer,
    response: ServerResponse,
    effect: Effect | undefined,
  ): void => {
    const { token } = logged
    const resource = answer.resource ?? (logged.path === '/graphql' ? 'graphql' : 'core')
    const text = answer.text ?? (answer.body === undefined ? '' : JSON.stringify(answer.body))
    const etag =
      answer.status === 200 && logged.method === 'GET'
        ? `"${createHash('sha256')
            .update(text)
            .update(token?.value ?? '')
            .digest('hex')}"`
        : null
    const confirmed = etag !== null && logged.headers['if-none-match']?.replace(/^W\//, '') === etag
    const cost = confirmed ? 0 : (answer.cost ?? 1)
    if (token !== null) budgets.spend(token.user.id, resource, cost)
    Object.assign(logged, { status: confirmed ? 304 : answer.status, resource, cost })
    response.writeHead(confirmed ? 304 : answer.status, {
      Date: new Date(now() + skew).toUTCString(),
      Server: 'github.com',
      'X-GitHub-Request-Id': randomUUID(),
      'X-GitHub-Media-Type': 'github.v3; format=json',
      ...(etag === null
        ? {}
        : { ETag: etag, 'Cache-Control': 'private, max-age=60, s-maxage=60', Vary: 'Accept, Authorization' }),
      ...(confirmed ? {} : { 'Content-Type': 'application/json; charset=utf-8' }),
      ...(token === null ? {} : { ...budgets.headers(token.user.id, resource), ...tokenHeaders(token) }),
      ...answer.headers,
      ...(effect?.kind === 'wrong_type' ? { 'Content-Type': 'text/html' } : {}),
    })
    if (confirmed) response.end()
    else write(response, text, effect)
  }

  const listener = (incoming: IncomingMessage, response: ServerResponse): void => {
    handle(incoming, response).catch((error: unknown) => {
      // A gap of this server must not look like one of GitHub's own failures.
      if (!response.headersSent) response.writeHead(501, { 'Content-Type': 'text/plain' })
      response.end(error instanceof Error ? (error.stack ?? error.message) : String(error))
    })
  }
  const server: Server = tls ? createTlsServer(selfSigned(), listener) : createServer(listener)
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  const address = await listen(server)
  const disconnect = (): void => {
    for (const socket of sockets) socket.destroy()
  }

  return {
    model,
    faults,
    budgets,
    devices,
    git,
    requests,
    url: `${scheme}://${address}`,
    host: address,
    apiUrl: `${scheme}://${address}/api/v3`,
    until,
    calls: () => requests.flatMap((request) => writingCall(request) ?? []),
    requested: (match) => requests.filter(matcher(match)),
    arrived: (match, count = 1) => whenCount(matcher(match), count),
    answered(match, count = 1) {
      const matches = matcher(match)
      return whenCount((request) => request.status !== null && matches(request), count)
    },
    leaks: () =>
      requests.filter(({ url, headers }) => {
        const { authorization: _, ...others } = headers
        const text = url + JSON.stringify(others)
        return [...model.tokens.keys()].some((token) => text.includes(token))
      }),
    skew: (milliseconds) => void (skew = milliseconds),
    disconnect,
    async close() {
      disconnect()
      server.close()
      await once(server, 'close')
      await store.remove()
    },
  }
}

function writingCall({ method, path, body }: LoggedRequest): WritingCall | null {
  if (method === 'GET' || method === 'HEAD' || path.startsWith('/login/')) return null
  if (path.endsWith('/git-upload-pack')) return null
  const sent: unknown = body === '' ? null : readJson(body)
  if (path !== '/graphql') return { method, path, body: sent }
  const { query, variables } = (sent ?? {}) as { query?: unknown; variables?: unknown }
  const name = /^\s*mutation\b[^{]*\{\s*(?:\w+\s*:\s*)?(\w+)/.exec(String(query))?.[1]
  return name === undefined ? null : { method, path, body: { mutation: name, variables } }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function readBody(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

function plainHeaders(incoming: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(incoming.headers))
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value
  return headers
}

function tokenOf(headers: Record<string, string>, model: GitHubModel, now: () => number): Token | null {
  const value = /^(?:token|bearer) (.+)$/i.exec(headers['authorization'] ?? '')?.[1]
  const token = value === undefined ? undefined : model.tokens.get(value)
  if (token === undefined || token.revoked || token.user.deleted) return null
  return token.expiresAt !== null && token.expiresAt <= now() ? null : token
}

/** Fine-grained tokens do not say what they may do, and only those that end say when. */
function tokenHeaders({ scopes, expiresAt }: Token): Record<string, string> {
  return {
    ...(scopes === null ? {} : { 'X-OAuth-Scopes': scopes.join(', '), 'X-Accepted-OAuth-Scopes': '' }),
    ...(expiresAt === null
      ? {}
      : {
          'github-authentication-token-expiration': `${new Date(expiresAt).toISOString().slice(0, 19).replace('T', ' ')} UTC`,
        }),
  }
}

function write(response: ServerResponse, text: string, effect: Effect | undefined): void {
  if (effect?.kind === 'truncated')
    response.write(text.slice(0, Math.floor(text.length / 2)), () => response.socket?.destroy())
  else if (effect?.kind === 'stalled') response.write(text.slice(0, Math.floor(text.length / 2)))
  else if (effect?.kind === 'malformed') response.end(`${text.slice(0, -1)},,`)
  else if (effect?.kind === 'wrong_type') response.end('<!doctype html><title>Sign in to the network</title>')
  else response.end(text)
}
