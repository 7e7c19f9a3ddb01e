import { isPictureHost, pictureAddress } from './address'

export interface PictureRequest {
  fetch(url: string, init: RequestInit): Promise<Response>
  /** GitHub hosts whose pictures may be asked for. */
  hosts: readonly string[]
  signal: AbortSignal
  timeoutMs: number
}

/** Larger ones are no pictures of 64 pixels. */
export const MAX_PICTURE_BYTES = 100_000
const REDIRECTS = new Set([301, 302, 303, 307, 308])
const TYPES: readonly { type: string; at: readonly [offset: number, bytes: string][] }[] = [
  { type: 'image/png', at: [[0, '\x89PNG\r\n\x1a\n']] },
  { type: 'image/jpeg', at: [[0, '\xff\xd8\xff']] },
  { type: 'image/gif', at: [[0, 'GIF87a']] },
  { type: 'image/gif', at: [[0, 'GIF89a']] },
  {
    type: 'image/webp',
    at: [
      [0, 'RIFF'],
      [8, 'WEBP'],
    ],
  },
]

/**
 * What a picture is, by its first bytes: what a server calls it counts for nothing. Null for everything that is no
 * raster image, an SVG among it, which is a document.
 */
export function pictureType(bytes: Buffer): string | null {
  const starts = ([offset, wanted]: readonly [number, string]): boolean =>
    bytes.toString('latin1', offset, offset + wanted.length) === wanted
  return TYPES.find(({ at }) => at.every(starts))?.type ?? null
}

/** As the window may show it. Null for what is no picture. */
export function dataUrl(bytes: Buffer): string | null {
  const type = pictureType(bytes)
  return type === null ? null : `data:${type};base64,${bytes.toString('base64')}`
}

/**
 * Reads a picture, without any token. One redirect is followed, to where a picture of the same hosts may be.
 *
 * @throws Error with the reason when there is no picture, or none may be asked for there
 */
export async function fetchPicture(address: URL, request: PictureRequest): Promise<Buffer> {
  const controller = new AbortController()
  const abort = (): void => controller.abort()
  const timer = setTimeout(abort, request.timeoutMs)
  request.signal.addEventListener('abort', abort, { once: true })
  if (request.signal.aborted) abort()
  try {
    const first = await ask(address, request, controller.signal)
    if (!REDIRECTS.has(first.status)) return await pictureOf(first, controller.signal)
    const next = pictureAddress(first.headers.get('location') ?? '', address.href)
    if (next === null) throw new Error('The picture is redirected to no usable address.')
    return await pictureOf(await ask(next, request, controller.signal), controller.signal)
  } finally {
    clearTimeout(timer)
    request.signal.removeEventListener('abort', abort)
    // What was not read to its end is not wanted.
    abort()
  }
}

function ask(address: URL, { fetch, hosts }: PictureRequest, signal: AbortSignal): Promise<Response> {
  if (!isPictureHost(address, hosts))
    return Promise.reject(new Error(`${address.host} is not where a known GitHub host keeps pictures.`))
  const asked = fetch(address.href, {
    method: 'GET',
    headers: { accept: 'image/png,image/jpeg,image/webp,image/gif' },
    signal,
    redirect: 'manual',
    cache: 'no-store',
    credentials: 'omit',
  })
  return orAborted(asked, signal)
}

async function pictureOf(response: Response, signal: AbortSignal): Promise<Buffer> {
  if (response.status !== 200 || response.body === null)
    throw new Error(`The picture was answered with HTTP ${response.status}.`)
  const reader: ReadableStreamDefaultReader<Uint8Array> = response.body.getReader()
  const parts: Uint8Array[] = []
  let length = 0
  for (;;) {
    const { done, value } = await orAborted(reader.read(), signal)
    if (done) break
    length += value.byteLength
    if (length > MAX_PICTURE_BYTES) throw new Error(`The picture is larger than ${MAX_PICTURE_BYTES} bytes.`)
    parts.push(value)
  }
  const bytes = Buffer.concat(parts, length)
  if (pictureType(bytes) === null) throw new Error('What was answered is no picture.')
  return bytes
}

/** A network that does not heed the signal is not waited for. */
function orAborted<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(new DOMException('The picture took too long.', 'AbortError'))
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
