import { Readable } from 'node:stream'
import { net, type IncomingMessage, type Session } from 'electron'

/** Answers that have no body by definition; a `Response` must not be given one then. */
const WITHOUT_BODY = new Set([204, 205, 304])

/**
 * A request over Chromium's network that hands out redirects as they are: `session.fetch` can only follow them,
 * wherever they lead, or fail without saying where that would have been. Neither cookies nor caches take part.
 *
 * @param init a body has to be text
 */
export async function chromiumFetch(
  session: Session,
  url: string,
  init: RequestInit = {},
): Promise<Response> {
  const { method = 'GET', body, signal } = init
  if (body != null && typeof body !== 'string') throw new TypeError('Only text is sent.')
  const headers = Object.fromEntries(new Headers(init.headers).entries())
  return new Promise((resolve, reject) => {
    const request = net.request({
      url,
      method,
      headers,
      session,
      redirect: 'manual',
      credentials: 'omit',
      cache: 'no-store',
    })
    const abort = (): void => {
      reject(new DOMException('The request was aborted.', 'AbortError'))
      request.abort()
    }
    const settled = (): void => signal?.removeEventListener('abort', abort)
    request.on('redirect', (status, _method, location) => {
      settled()
      resolve(new Response(null, { status, headers: { location } }))
      request.abort()
    })
    request.on('response', (response) => {
      // Until the last byte: what is wanted no longer is not read to its end.
      response.on('end', settled)
      response.on('error', settled)
      try {
        resolve(toResponse(response))
      } catch (error) {
        // A status no answer may have.
        reject(error)
        request.abort()
      }
    })
    request.on('error', (error) => {
      settled()
      reject(error)
    })
    if (signal?.aborted === true) return abort()
    signal?.addEventListener('abort', abort, { once: true })
    request.end(body ?? undefined)
  })
}

function toResponse(response: IncomingMessage): Response {
  const headers = new Headers()
  for (const [name, value] of Object.entries(response.headers))
    for (const each of Array.isArray(value) ? value : [value]) headers.append(name, each)
  const status = response.statusCode
  if (WITHOUT_BODY.has(status)) return new Response(null, { status, headers })
  // Electron's message is a stream of Node; its type does not say so.
  return new Response(Readable.toWeb(response as unknown as Readable) as ReadableStream<Uint8Array>, {
    status,
    headers,
  })
}
