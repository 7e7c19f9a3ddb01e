import { createHash, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { badCredentials, type Answer, type Call, type Resource } from './answer'
import { Budgets } from './budgets'
import { effectAnswer } from './effects'
import { Faults, matcher, type Effect, type Match, type MatchedRequest } from './faults'
import { createGraphql } from './graphql'
import { GitHubModel } from './model'
import { createRest } from './rest'
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

export interface GitHubOptions {
  /** The clock of everything: times of the model, budgets, `Date`. The real one if not given. */
  now?: () => number
}

export interface GitHubServer {
  readonly model: GitHubModel
  readonly faults: Faults
  readonly budgets: Budgets
  /** `http://127.0.0.1:PORT` */
  readonly url: string
  /** `127.0.0.1:PORT`: what a person types as the host of an Enterprise server. */
  readonly host: string
  /** What its base paths are at: `URL/api/v3` and `URL/api/graphql`, as an Enterprise server has them. */
  readonly apiUrl: string
  readonly requests: readonly LoggedRequest[]
  /** Those that match, in the order they came. */
  requested(match: Match): LoggedRequest[]
  /** Resolves once `count` requests that match were answered since the server began. */
  answered(match: Match, count?: number): Promise<void>
  /** Sets `Date` apart from the server's clock. */
  skew(milliseconds: number): void
  /** Ends every connection, also those that wait for an answer. */
  disconnect(): void
  close(): Promise<void>
}

/** Starts GitHub on a free port of the loopback interface. */
export async function startGitHub({ now = Date.now }: GitHubOptions = {}): Promise<GitHubServer> {
  const model = new GitHubModel(now)
  const faults = new Faults()
  const budgets = new Budgets(now)
  const rest = createRest(model, budgets)
  const graphql = await createGraphql(model, budgets)
  const requests: LoggedRequest[] = []
  const waiting = new Set<{ matches(request: MatchedRequest): boolean; left: number; resolve(): void }>()
  const sockets = new Set<Socket>()
  let skew = 0

  const handle = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(incoming.url ?? '/', 'http://host')
    const base = /^\/api(\/v3)?(?=\/|$)/.exec(url.pathname)?.[0] ?? ''
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk as Buffer)
    const headers = plainHeaders(incoming)
    const web = `http://${headers['host'] ?? 'localhost'}`
    const logged: LoggedRequest = {
      method: incoming.method ?? 'GET',
      path: url.pathname.slice(base.length) || '/',
      query: url.searchParams,
      body: Buffer.concat(chunks).toString(),
      token: tokenOf(headers, model, now),
      url: incoming.url ?? '/',
      headers,
      at: now(),
      status: null,
      resource: null,
      cost: 0,
    }
    requests.push(logged)
    await faults.runHooks(logged)
    const addresses: Addresses = { web, api: base === '' ? web : `${web}/api/v3` }
    await reply(logged, addresses, response)
    for (const one of waiting) if (one.matches(logged) && --one.left <= 0) one.resolve()
  }

  const reply = async (
    logged: LoggedRequest,
    addresses: Addresses,
    response: ServerResponse,
  ): Promise<void> => {
    const effect = faults.take(logged)
    if (effect?.kind === 'silent') return
    if (effect?.kind === 'reset') return void response.socket?.resetAndDestroy()
    if (effect?.kind === 'hold') await effect.until
    if (effect?.kind === 'delay') await new Promise((resolve) => setTimeout(resolve, effect.ms))
    const { token } = logged
    const answer =
      (effect && effectAnswer(effect, logged, addresses, budgets)) ??
      (token === null ? badCredentials() : await route({ ...logged, token, addresses }))
    send(logged, answer, response, effect)
  }

  const route = async (call: Call): Promise<Answer> => {
    if (call.path === '/graphql' && call.method === 'POST') return graphql(call)
    const resource = call.path.startsWith('/search/') ? 'search' : 'core'
    const { remaining, resetAt } = budgets.state(call.token.user.id, resource)
    if (remaining === 0 && call.path !== '/rate_limit')
      return effectAnswer({ kind: 'rate', resetAt }, call, call.addresses, budgets) ?? badCredentials()
    return { resource, ...rest(call) }
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
    const confirmed = etag !== null && logged.headers['if-none-match'] === etag
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

  const server = createServer((incoming, response) => {
    handle(incoming, response).catch((error: unknown) => {
      // A gap of this server must not look like one of GitHub's own failures.
      if (!response.headersSent) response.writeHead(501, { 'Content-Type': 'text/plain' })
      response.end(error instanceof Error ? (error.stack ?? error.message) : String(error))
    })
  })
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
    requests,
    url: `http://${address}`,
    host: address,
    apiUrl: `http://${address}/api/v3`,
    requested: (match) => requests.filter(matcher(match)),
    answered(match, count = 1) {
      const matches = matcher(match)
      const left = count - requests.filter((one) => one.status !== null && matches(one)).length
      if (left <= 0) return Promise.resolve()
      return new Promise((resolve) => {
        const entry = { matches, left, resolve: () => (waiting.delete(entry), resolve()) }
        waiting.add(entry)
      })
    },
    skew: (milliseconds) => void (skew = milliseconds),
    disconnect,
    async close() {
      disconnect()
      server.close()
      await once(server, 'close')
    },
  }
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
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
  else if (effect?.kind === 'malformed') response.end(`${text.slice(0, -1)},,`)
  else if (effect?.kind === 'wrong_type') response.end('<!doctype html><title>Sign in to the network</title>')
  else response.end(text)
}
