import { net, session, type ClientRequest, type IncomingMessage, type Session } from 'electron'
import type { Network } from '../boot/services'

/** Chromium's network, apart from that of the window: no page, no cache, no cookie jar shared with anything. */
const PARTITION = 'foundry-network'
/** Statuses whose answers have no body, which `Response` insists on. */
const NO_BODY = new Set([204, 205, 304])

/** The network as coordinators may use it. Only to be used after the app is ready. */
export function createNetwork(): Network {
  // A name without `persist:` lives in memory.
  const own = session.fromPartition(PARTITION, { cache: false })
  own.setPermissionRequestHandler((_contents, _permission, callback) => callback(false))
  return {
    fetch: (url, init) => exchange(own, url, init ?? {}),
    isOnline: () => net.isOnline(),
  }
}

/** Electron's own `fetch` fails at a redirect that is not to be followed; whoever asks us wants to see where it leads. */
function exchange(own: Session, url: string, init: RequestInit): Promise<Response> {
  return new Promise((resolve, reject) => {
    const signal = init.signal ?? null
    if (signal?.aborted === true) return reject(reasonOf(signal))
    const { body } = init
    if (body !== undefined && body !== null && typeof body !== 'string')
      return reject(new TypeError('Only text can be sent.'))
    const request = net.request({
      url,
      method: init.method ?? 'GET',
      session: own,
      redirect: 'manual',
      credentials: 'omit',
      useSessionCookies: false,
      cache: 'no-store',
    })
    new Headers(init.headers).forEach((value, name) => request.setHeader(name, value))
    const abort = (): void => {
      if (signal !== null) reject(reasonOf(signal))
      request.abort()
    }
    // Until the last byte of the answer: that the request itself is closed says only that it was sent.
    const over = (): void => signal?.removeEventListener('abort', abort)
    signal?.addEventListener('abort', abort, { once: true })
    request.on('error', (error) => {
      over()
      reject(error)
    })
    request.on('redirect', (status, _method, location) => {
      over()
      resolve(new Response(null, { status, headers: { location } }))
      request.abort()
    })
    request.on('response', (answer) => resolve(toResponse(answer, { request, signal, over })))
    request.end(body ?? undefined)
  })
}

interface Exchange {
  request: ClientRequest
  signal: AbortSignal | null
  over(): void
}

function toResponse(answer: IncomingMessage, { request, signal, over }: Exchange): Response {
  const headers = new Headers()
  for (const [name, value] of Object.entries(answer.headers))
    for (const one of Array.isArray(value) ? value : [value]) headers.append(name, one)
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      let ended = false
      const end = (how: () => void): void => {
        if (ended) return
        ended = true
        over()
        how()
      }
      answer.on('data', (chunk) => {
        if (!ended) controller.enqueue(new Uint8Array(chunk))
      })
      answer.on('end', () => end(() => controller.close()))
      answer.on('error', (error: unknown) => end(() => controller.error(error)))
      answer.on('aborted', () =>
        end(() =>
          controller.error(signal?.aborted === true ? reasonOf(signal) : new Error('net::ERR_ABORTED')),
        ),
      )
    },
    cancel() {
      over()
      request.abort()
    },
  })
  const { statusCode: status, statusMessage: statusText } = answer
  return new Response(NO_BODY.has(status) ? null : body, { status, statusText, headers })
}

function reasonOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new DOMException('Aborted', 'AbortError')
}
