import { setTimeout as sleep } from 'node:timers/promises'
import { errorValueSchema } from '@shared/error-schema'
import { FoundryError, type ErrorValue, wordsOf } from '@shared/errors'
import { z } from 'zod'
import { type HttpSend, neverDelivered, readText, sendHttp, sendWith } from './http'
import { agentExited, problemError } from './problem'
import { type ServerSentEvent, ServerSentEventParser } from './sse'
import type { SandboxEndpoint } from './types'

export interface AcpFetchOptions {
  /**
   * The connection is lost for good: the agent ended, the server is gone, or it no longer knows the
   * connection. Called once, after the answers to all open requests; not called when the client disconnects.
   */
  onEnded?(error: FoundryError): void
}

/** How long a dropped stream is reached for again before the server counts as gone: about 3 s in all. */
const RECONNECT_DELAYS_MS = [0, 50, 100, 200, 400, 800, 1500]
/** The server sends a heartbeat every 15 s; a stream this silent has lost its other end. */
const SILENCE_MS = 60_000
/** After an agent's end the server answers its open requests with the agent's stderr, within this. */
const LAST_WORDS_MS = 3000
/** The server may never answer a DELETE (it waits for the agent), but lets go of the agent when we hang up. */
const DELETE_MS = 500
/** A stream that lost events and brought none for so long has brought what it had. */
const QUIET_MS = 1000
const FIRST_STREAM_RETRY_MS = 25

/**
 * A `fetch` for one `AcpHttpClient`, that is for one connection to one agent. It makes the transport
 * reliable, because the client itself neither reconnects after an error, nor rejects what it waits for when
 * the connection ends, nor catches the errors of its own streams:
 *
 * - Everything the client receives comes through one stream of ours, in the order of the server's stream.
 *   Every POST is answered 202 at once; the answer of the agent is the stream's, however long the turn is
 *   silent (the server's own 504 means "still running").
 * - The server's stream is opened as soon as the first POST made the connection there, and opened again from
 *   the last event received when it drops or leaves out events (the server drops for slow readers and keeps
 *   the last 1024). What cannot be had again is announced as a notification `_foundry/events_lost` with
 *   `{ count }`.
 * - A failure is the answer to every open request: a JSON-RPC error whose `data.foundry` is an `ErrorValue`
 *   (see `acpError`) with the agent's stderr as detail. Nothing is thrown into the client's streams, where it
 *   would be an unhandled rejection.
 * - Disconnecting ends the stream quietly and lets go of the agent process, which then sees its stdin close.
 *
 * `signal` is the sandbox's `gone`: when it aborts, the connection ends with its reason.
 */
export function createAcpFetch(
  endpoint: SandboxEndpoint,
  signal: AbortSignal,
  options: AcpFetchOptions = {},
): typeof fetch {
  const send = endpoint.fetch === undefined ? sendHttp : sendWith(endpoint.fetch)
  const connection = new AcpConnection(send, signal, options)
  return async (input, init) => connection.fetch(urlOf(input), init ?? {})
}

const rpcErrorSchema = z.object({
  code: z.number().optional(),
  message: z.string(),
  data: z.unknown().optional(),
})
const failureDataSchema = z.object({ foundry: errorValueSchema })
const AUTHENTICATION_REQUIRED = -32000

/**
 * The error value behind what a call of the client rejected with: ours when the connection failed, the
 * agent's own words otherwise.
 */
export function acpError(thrown: unknown, agentName: string): FoundryError {
  if (thrown instanceof FoundryError) return thrown
  const error = rpcErrorSchema.safeParse(thrown)
  if (!error.success) return new FoundryError('agent', `${agentName} failed.`, { detail: wordsOf(thrown) })
  const ours = failureDataSchema.safeParse(error.data.data)
  if (ours.success) return fromValue(ours.data.foundry, thrown)
  const data = error.data.data
  const detail = data == null ? error.data.message : `${error.data.message}\n${describe(data)}`
  if (error.data.code === AUTHENTICATION_REQUIRED)
    return new FoundryError('credentials', `${agentName} needs a sign-in or an API key.`, {
      next: 'Sign in or add a key in the agent settings, then try again.',
      detail,
      cause: thrown,
    })
  return new FoundryError('agent', `${agentName} refused.`, { detail, cause: thrown })
}

const envelopeSchema = z.object({
  id: z.union([z.string(), z.number()]).nullish().catch(undefined),
  method: z.string().optional().catch(undefined),
})
const exitSchema = z.object({ params: z.object({ code: z.number().nullish().catch(undefined) }) })

interface OpenRequest {
  readonly abort: AbortController
  /** The agent's answer as the POST brought it, until the stream brings it in its place. */
  answer: string | null
}

class AcpConnection {
  /** Requests the agent has not answered on the stream, by JSON of their id. */
  readonly #open = new Map<string, OpenRequest>()
  readonly #upstream = new AbortController()
  readonly #client: ReadableStream<Uint8Array>
  readonly #encoder = new TextEncoder()
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null
  #headers: Record<string, string> = {}
  #reading = false
  /** The server knows this connection: the first POST was answered, or a stream was opened. */
  #established = false
  #lastEventId = 0
  /** Something, if only a heartbeat, came on the stream since it was last opened. */
  #streamed = false
  /** The stream was opened again because events were missing; what is missing now is lost. */
  #refilling = false
  #eventsLost = false
  #recovery: NodeJS.Timeout | undefined
  #ended: FoundryError | null = null
  #disconnected = false

  constructor(
    private readonly send: HttpSend,
    private readonly sandboxGone: AbortSignal,
    private readonly options: AcpFetchOptions,
  ) {
    this.#client = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#controller = controller
      },
      cancel: () => this.#disconnect(),
    })
    if (sandboxGone.aborted) this.#end(goneError(sandboxGone))
    else sandboxGone.addEventListener('abort', this.#onSandboxGone, { once: true })
  }

  async fetch(url: string, init: RequestInit): Promise<Response> {
    const headers = Object.fromEntries(new Headers(init.headers).entries())
    if (init.method === 'GET') return this.#openClientStream(init.signal ?? null)
    if (init.method === 'POST') {
      this.#post(url, headers, typeof init.body === 'string' ? init.body : '')
      return new Response(null, { status: 202 })
    }
    if (init.method === 'DELETE') {
      await this.#delete(url, headers)
      return new Response(null, { status: 204 })
    }
    throw new FoundryError('internal', `An agent connection knows no ${String(init.method)} request.`)
  }

  readonly #onSandboxGone = (): void => this.#end(goneError(this.sandboxGone))

  #openClientStream(signal: AbortSignal | null): Response {
    if (this.#client.locked) return new Response(null, { status: 410 })
    if (signal?.aborted === true) this.#disconnect()
    else signal?.addEventListener('abort', () => this.#disconnect(), { once: true })
    return new Response(this.#client, { status: 200, headers: { 'content-type': 'text/event-stream' } })
  }

  // ---- to the server -------------------------------------------------------------------------------

  #post(url: string, headers: Record<string, string>, body: string): void {
    const key = requestKey(body)
    if (this.#disconnected) return
    if (this.#ended !== null) {
      if (key !== null) this.#fail(key, this.#ended)
      return
    }
    const request: OpenRequest = { abort: new AbortController(), answer: null }
    if (key !== null) this.#open.set(key, request)
    if (!this.#reading) {
      this.#reading = true
      this.#headers = headers
      void this.#readStream(url)
    }
    void this.#deliver(url, headers, body, key, request)
  }

  async #deliver(
    url: string,
    headers: Record<string, string>,
    body: string,
    key: string | null,
    request: OpenRequest,
  ): Promise<void> {
    const first = !this.#established
    try {
      const sent = await this.send(url, { method: 'POST', headers, body, signal: request.abort.signal })
      const text = await readText(sent.body)
      if (request.abort.signal.aborted) return
      if (sent.status >= 200 && sent.status < 300) {
        this.#established = true
        this.#keepAnswer(key, request, text)
        return
      }
      if (sent.status === 504) {
        // The server waited as long as it does; the agent works on and its answer will be on the stream.
        this.#established = true
        return
      }
      this.#refused(problemError(sent.status, text), sent.status, key, first)
    } catch (error) {
      if (request.abort.signal.aborted || this.#over) return
      // Broken while we waited for the answer: the agent has the message, and the stream, which breaks with
      // the server, finds out whether the answer can still come.
      if (this.#established && !neverDelivered(error)) return
      this.#end(unreachable(error))
    }
  }

  #keepAnswer(key: string | null, request: OpenRequest, text: string): void {
    if (key === null || text.trim() === '' || !this.#open.has(key)) return
    request.answer = text
    if (this.#eventsLost) this.#recoverAnswers()
  }

  #refused(error: FoundryError, status: number, key: string | null, first: boolean): void {
    // A refused notification answers nobody: the connection is not what its user believes it to be.
    const fatal = first || key === null || error.kind === 'agent' || status === 401 || status === 404
    if (fatal) this.#end(error)
    else this.#fail(key, error)
  }

  async #delete(url: string, headers: Record<string, string>): Promise<void> {
    this.#disconnect()
    if (!this.#established) return
    try {
      const signal = AbortSignal.timeout(DELETE_MS)
      const sent = await this.send(url, { method: 'DELETE', headers, signal })
      await readText(sent.body)
    } catch {
      // No answer in time is this server's usual answer; a server that is gone has nothing left to delete.
    }
  }

  // ---- from the server -----------------------------------------------------------------------------

  async #readStream(postUrl: string): Promise<void> {
    const url = new URL(postUrl)
    url.search = ''
    let failures = 0
    let waitForFirst = FIRST_STREAM_RETRY_MS
    while (!this.#over) {
      const established = this.#established
      this.#streamed = false
      let broken: unknown = null
      try {
        const status = await this.#readOnce(url.toString())
        if (status === 404 && !established) {
          // The server has not yet handled the first POST (it may take an agent seconds to start).
          await this.#pause(waitForFirst)
          waitForFirst = Math.min(waitForFirst * 2, 250)
          continue
        }
        if (status === 404) return this.#end(connectionUnknown())
      } catch (error) {
        if (this.#over) return
        if (error instanceof StreamRefusedError) return this.#end(error.error)
        broken = error
      }
      if (this.#streamed) failures = 0
      const delay = RECONNECT_DELAYS_MS[failures++]
      if (delay === undefined) return this.#end(unreachable(broken))
      await this.#pause(delay)
    }
  }

  /** Reads the server's stream until it ends. Returns its status; throws when it broke or was refused. */
  async #readOnce(url: string): Promise<number> {
    const silence = new AbortController()
    const signal = AbortSignal.any([this.#upstream.signal, silence.signal])
    const timer = setTimeout(() => silence.abort(), SILENCE_MS)
    timer.unref()
    try {
      const headers: Record<string, string> = { ...this.#headers, accept: 'text/event-stream' }
      delete headers['content-type']
      if (this.#lastEventId > 0) headers['last-event-id'] = String(this.#lastEventId)
      const answer = await this.send(url, { method: 'GET', headers, signal })
      if (answer.status !== 200) {
        const text = await readText(answer.body)
        if (answer.status !== 404) throw new StreamRefusedError(problemError(answer.status, text))
        return answer.status
      }
      this.#established = true
      const parser = new ServerSentEventParser()
      for await (const bytes of answer.body) {
        timer.refresh()
        this.#streamed = true
        for (const event of parser.push(bytes)) if (!this.#take(event)) return answer.status
      }
      return answer.status
    } finally {
      clearTimeout(timer)
    }
  }

  /** Passes one event on. False when events before it are missing and the stream should be opened again. */
  #take(event: ServerSentEvent): boolean {
    const id = Number(event.id)
    if (event.event !== 'message' || !Number.isSafeInteger(id) || id <= this.#lastEventId) return true
    const missing = id - this.#lastEventId - 1
    if (missing > 0 && !this.#refilling) {
      this.#refilling = true
      return false
    }
    this.#refilling = false
    this.#lastEventId = id
    if (missing > 0) this.#announceLoss(missing)
    this.#recovery?.refresh()
    this.#passOn(event.data)
    return true
  }

  #passOn(data: string): void {
    let value: unknown
    try {
      value = JSON.parse(data)
    } catch (error) {
      throw new StreamRefusedError(
        new FoundryError('sandbox', 'The sandbox sent a message that cannot be read.', {
          next: 'Start the session again.',
          detail: data.slice(0, 1000),
          cause: error,
        }),
      )
    }
    const envelope = envelopeSchema.safeParse(value)
    // Not an object: nothing the client knows what to do with.
    if (!envelope.success) return
    this.#enqueue(data)
    const { id, method } = envelope.data
    if (method === '_adapter/agent_exited') void this.#agentExited(value)
    if (method !== undefined || id == null) return
    const key = JSON.stringify(id)
    // The server may hold a request open after its answer is on the stream.
    this.#open.get(key)?.abort.abort()
    this.#open.delete(key)
  }

  #announceLoss(count: number): void {
    this.#eventsLost = true
    this.#enqueue(JSON.stringify({ jsonrpc: '2.0', method: '_foundry/events_lost', params: { count } }))
    this.#recoverAnswers()
  }

  /** An answer may be among the lost events: once the stream is quiet, what the POST brought stands in for it. */
  #recoverAnswers(): void {
    clearTimeout(this.#recovery)
    this.#recovery = setTimeout(() => {
      for (const [key, request] of this.#open) {
        if (request.answer === null) continue
        this.#open.delete(key)
        this.#enqueue(request.answer)
      }
    }, QUIET_MS)
  }

  async #agentExited(value: unknown): Promise<void> {
    const exit = exitSchema.safeParse(value)
    // Its stderr comes as the answer to the requests it left open, if there are any, and ends the connection.
    if (this.#open.size > 0) await this.#pause(LAST_WORDS_MS)
    this.#end(agentExited('The agent', exit.success ? (exit.data.params.code ?? null) : null, null))
  }

  // ---- the end -------------------------------------------------------------------------------------

  get #over(): boolean {
    return this.#ended !== null || this.#disconnected
  }

  #end(error: FoundryError): void {
    if (this.#over) return
    this.#ended = error
    const open = [...this.#open]
    this.#letGo()
    for (const [key] of open) this.#fail(key, error)
    this.options.onEnded?.(error)
  }

  #disconnect(): void {
    if (this.#disconnected) return
    this.#disconnected = true
    this.#letGo()
    try {
      this.#controller?.close()
    } catch {
      // The client has cancelled the stream itself, which closed it.
    }
    this.#controller = null
  }

  #letGo(): void {
    this.sandboxGone.removeEventListener('abort', this.#onSandboxGone)
    this.#upstream.abort()
    clearTimeout(this.#recovery)
    for (const request of this.#open.values()) request.abort.abort()
    this.#open.clear()
  }

  #fail(key: string, error: FoundryError): void {
    this.#open.delete(key)
    const failure = { code: -32603, message: error.message, data: { foundry: error.toValue() } }
    this.#enqueue(`{"jsonrpc":"2.0","id":${key},"error":${JSON.stringify(failure)}}`)
  }

  /** `data` is JSON, so a line break in it can only be white space. */
  #enqueue(data: string): void {
    this.#controller?.enqueue(this.#encoder.encode(`data: ${data.replaceAll(/[\r\n]+/g, ' ')}\n\n`))
  }

  async #pause(milliseconds: number): Promise<void> {
    try {
      await sleep(milliseconds, undefined, { signal: this.#upstream.signal })
    } catch {
      // The end of the connection ends the wait; whoever waited looks at it next.
    }
  }
}

/** The server's refusal of a stream, or a stream that makes no sense: asking again would not help. */
class StreamRefusedError extends Error {
  constructor(readonly error: FoundryError) {
    super(error.message)
  }
}

/** JSON of the id when `body` is a request, null for notifications and answers. */
function requestKey(body: string): string | null {
  const { id, method } = envelopeSchema.parse(JSON.parse(body))
  return method === undefined || id == null ? null : JSON.stringify(id)
}

function urlOf(input: string | URL | Request): string {
  if (typeof input === 'string') return input
  return input instanceof URL ? input.toString() : input.url
}

function goneError(signal: AbortSignal): FoundryError {
  return signal.reason instanceof FoundryError
    ? signal.reason
    : new FoundryError('sandbox', 'The sandbox is gone.', { cause: signal.reason })
}

function unreachable(error: unknown): FoundryError {
  return new FoundryError('sandbox', 'The connection to the sandbox broke and could not be made again.', {
    next: 'Start the session again.',
    detail: error instanceof Error ? error.message : 'Its event stream ended again and again.',
    cause: error,
  })
}

function connectionUnknown(): FoundryError {
  return new FoundryError('sandbox', 'The sandbox no longer knows this session.', {
    next: 'Start the session again.',
  })
}

function fromValue(value: ErrorValue, cause: unknown): FoundryError {
  return new FoundryError(value.kind, value.message, {
    ...(value.next === undefined ? {} : { next: value.next }),
    ...(value.detail === undefined ? {} : { detail: value.detail }),
    cause,
  })
}

function describe(data: unknown): string {
  return typeof data === 'string' ? data : JSON.stringify(data, null, 2)
}
