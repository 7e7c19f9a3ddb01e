import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'

export interface HttpRequest {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  headers: Record<string, string>
  body?: string | Uint8Array
  signal: AbortSignal
}

export interface HttpAnswer {
  status: number
  body: AsyncIterable<Uint8Array>
}

export type HttpSend = (url: string, request: HttpRequest) => Promise<HttpAnswer>

/**
 * One request without any time limit of ours: an agent may think for an hour, and the global `fetch` gives
 * up after 300 s of silence. Each request has its own connection, so none can be lost to a kept-alive
 * socket that the other side has just closed.
 */
export const sendHttp: HttpSend = (url, { method, headers, body, signal }) =>
  new Promise((resolve, reject) => {
    const start = url.startsWith('https:') ? requestHttps : requestHttp
    const sent = start(url, { method, headers, signal, agent: false }, (response) => {
      // An answer always carries a status; 0 can only be a broken server, which callers treat as a failure.
      resolve({ status: response.statusCode ?? 0, body: response })
    })
    // Stays for the life of the request: a late error (the abort of a half-read answer) reaches the reader
    // of the body as well and must not become an uncaught exception here.
    sent.on('error', reject)
    sent.end(body)
  })

/** Wraps the `fetch` a remote provider brings with its endpoint. */
export function sendWith(fetcher: typeof fetch): HttpSend {
  return async (url, { method, headers, body, signal }) => {
    const response = await fetcher(url, { method, headers, signal, ...(body === undefined ? {} : { body }) })
    return { status: response.status, body: response.body ?? emptyBody() }
  }
}

async function* emptyBody(): AsyncGenerator<Uint8Array> {
  // An answer without a body has nothing to yield.
}

export async function readBytes(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const part of body) parts.push(part)
  return Buffer.concat(parts)
}

export async function readText(body: AsyncIterable<Uint8Array>): Promise<string> {
  return (await readBytes(body)).toString('utf8')
}

const NEVER_DELIVERED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
])

/** Whether the request cannot have reached the server: no connection was ever made. */
export function neverDelivered(error: unknown): boolean {
  const code = errorCode(error) ?? (error instanceof Error ? errorCode(error.cause) : null)
  return code !== null && NEVER_DELIVERED.has(code)
}

export function errorCode(error: unknown): string | null {
  if (typeof error !== 'object' || error === null || !('code' in error)) return null
  return typeof error.code === 'string' ? error.code : null
}
