import { parseUrl } from './paths'
import { networkReason, networkWords, type NetworkReason } from './network-reason'
import type { Answer } from './answer'

/**
 * The network a client uses: Chromium's in the app (system proxy and certificates), Node's in tests. It has to hand
 * out redirects as they are when asked with `redirect: 'manual'`, or fail then.
 */
export type Fetch = (
  url: string,
  init: {
    method: string
    headers: Record<string, string>
    body?: string
    signal: AbortSignal
    redirect: 'manual'
    cache: 'no-store'
    credentials: 'omit'
  },
) => Promise<Response>

export interface Outgoing {
  method: string
  url: string
  headers: Record<string, string>
  body?: string
}

export interface ExchangeLimits {
  /** How long nothing may be heard. */
  silenceMs: number
  /** How long the whole may take, also when it trickles. */
  totalMs: number
  maxBytes: number
}

/** There is no complete answer. */
export class ExchangeError extends Error {
  constructor(
    readonly reason: NetworkReason,
    /** The network's own words; they may contain the token. */
    readonly words: string,
  ) {
    super(reason)
    this.name = 'ExchangeError'
  }
}

/**
 * One request and its answer to the last byte; a redirect on the same host is followed once. Whatever the status, the
 * answer is handed out: only an incomplete one throws.
 *
 * @throws ExchangeError
 */
export async function exchange(
  fetcher: Fetch,
  outgoing: Outgoing,
  limits: ExchangeLimits,
  signal: AbortSignal | undefined,
): Promise<Answer> {
  const clock = startClock(limits, signal)
  try {
    const first = await attempt(fetcher, outgoing, limits, clock)
    if (!REDIRECTS.has(first.status)) return first
    const second = await attempt(fetcher, redirected(outgoing, first), limits, clock)
    if (REDIRECTS.has(second.status))
      throw new ExchangeError('malformed', `Redirected again, by HTTP ${second.status}.`)
    return second
  } finally {
    clock.stop()
  }
}

/**
 * One request and its answer, a redirect included.
 *
 * @throws ExchangeError
 */
export async function exchangeOnce(
  fetcher: Fetch,
  outgoing: Outgoing,
  limits: ExchangeLimits,
  signal: AbortSignal | undefined,
): Promise<Answer> {
  const clock = startClock(limits, signal)
  try {
    return await attempt(fetcher, outgoing, limits, clock)
  } finally {
    clock.stop()
  }
}

/**
 * The end of what is at an address, which gets neither a token nor a second redirect. All of it is read, and no more of
 * it kept than was asked for.
 *
 * @throws ExchangeError
 */
export async function readEnd(
  fetcher: Fetch,
  url: string,
  { keepBytes, ...limits }: ExchangeLimits & { keepBytes: number },
  signal: AbortSignal | undefined,
): Promise<{ status: number; bytes: Buffer; cut: boolean }> {
  const clock = startClock(limits, signal)
  try {
    const response = await respond(fetcher, { method: 'GET', url, headers: {} }, clock)
    let kept: Uint8Array[] = []
    let bytes = 0
    let cut = false
    await readParts(response, limits, clock, (part) => {
      kept.push(part)
      bytes += part.byteLength
      if (bytes <= 2 * keepBytes) return
      const end = Buffer.concat(kept).subarray(-keepBytes)
      kept = [end]
      bytes = end.byteLength
      cut = true
    })
    const all = Buffer.concat(kept)
    return {
      status: response.status,
      bytes: all.subarray(-keepBytes),
      cut: cut || all.byteLength > keepBytes,
    }
  } finally {
    clock.stop()
  }
}

/** The clock of one exchange: aborts what is under way when it stays silent, takes too long or is not wanted. */
interface Clock {
  readonly signal: AbortSignal
  heard(): void
  /** What a failure was caused by, if it was by this clock. */
  cause(): 'aborted' | 'timeout' | null
  /** Ends what is under way: nobody reads on. */
  abandon(): void
  stop(): void
}

function startClock(limits: ExchangeLimits, wanted: AbortSignal | undefined): Clock {
  const controller = new AbortController()
  let late = false
  const expire = (): void => {
    late = true
    controller.abort()
  }
  const silence = setTimeout(expire, limits.silenceMs)
  const total = setTimeout(expire, limits.totalMs)
  const unwanted = (): void => controller.abort()
  wanted?.addEventListener('abort', unwanted, { once: true })
  if (wanted?.aborted === true) controller.abort()
  return {
    signal: controller.signal,
    heard: () => void silence.refresh(),
    cause() {
      if (wanted?.aborted === true) return 'aborted'
      return late ? 'timeout' : null
    },
    abandon: () => controller.abort(),
    stop() {
      clearTimeout(silence)
      clearTimeout(total)
      wanted?.removeEventListener('abort', unwanted)
    },
  }
}

async function attempt(
  fetcher: Fetch,
  outgoing: Outgoing,
  limits: ExchangeLimits,
  clock: Clock,
): Promise<Answer> {
  const response = await respond(fetcher, outgoing, clock)
  const headers: Record<string, string> = {}
  response.headers.forEach((value, name) => (headers[name.toLowerCase()] = value))
  const parts: Uint8Array[] = []
  await readParts(response, limits, clock, (part) => void parts.push(part))
  return { status: response.status, headers, text: Buffer.concat(parts).toString('utf8') }
}

/** The head of an answer. */
async function respond(fetcher: Fetch, outgoing: Outgoing, clock: Clock): Promise<Response> {
  try {
    const response = await orAborted(
      fetcher(outgoing.url, {
        ...outgoing,
        signal: clock.signal,
        redirect: 'manual',
        // Conditions and what they confirm are ours: a cache below would answer 200 where GitHub said 304.
        cache: 'no-store',
        credentials: 'omit',
      }),
      clock.signal,
    )
    clock.heard()
    return response
  } catch (error) {
    throw failed(error, clock, 'offline')
  }
}

async function readParts(
  response: Response,
  limits: ExchangeLimits,
  clock: Clock,
  take: (part: Uint8Array) => void,
): Promise<void> {
  if (response.body === null) return
  const reader: ReadableStreamDefaultReader<Uint8Array> = response.body.getReader()
  let bytes = 0
  try {
    for (;;) {
      const { done, value } = await orAborted(reader.read(), clock.signal)
      if (done) return
      clock.heard()
      bytes += value.byteLength
      if (bytes > limits.maxBytes)
        throw new ExchangeError('malformed', `The answer is larger than ${limits.maxBytes} bytes.`)
      take(value)
    }
  } catch (error) {
    // The head was there: a connection that ends now has cut the answer off.
    const failure = failed(error, clock, 'malformed')
    clock.abandon()
    // That it fails says nothing that the first failure did not.
    reader.cancel().catch(() => undefined)
    throw failure
  }
}

/** A network that does not heed the signal is not waited for. */
function orAborted<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(new DOMException('Aborted', 'AbortError'))
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}

function failed(error: unknown, clock: Clock, otherwise: 'offline' | 'malformed'): ExchangeError {
  const cause = clock.cause()
  if (cause !== null) return new ExchangeError(cause, '')
  if (error instanceof ExchangeError) return error
  const reason = networkReason(error)
  const cut =
    otherwise === 'malformed' && (reason === 'offline' || reason === 'aborted') && !saysOffline(error)
  return new ExchangeError(cut ? 'malformed' : (reason ?? otherwise), networkWords(error))
}

/** Whether it is this machine that lost its network, and not the server that hung up. */
function saysOffline(error: unknown): boolean {
  return /ENET|EHOST|INTERNET_DISCONNECTED|NETWORK_CHANGED|NETWORK_IO_SUSPENDED/.test(networkWords(error))
}

// ---- redirects -----------------------------------------------------------------------------------

export const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

/** GitHub redirects when a repository was renamed. The token goes nowhere else. */
function redirected(outgoing: Outgoing, { status, headers }: Answer): Outgoing {
  const from = new URL(outgoing.url)
  const to = parseUrl(headers['location'] ?? '', outgoing.url)
  if (to === null) throw new ExchangeError('malformed', `HTTP ${status} without a usable address.`)
  if (to.origin !== from.origin || to.username !== '' || to.password !== '')
    throw new ExchangeError('malformed', `HTTP ${status} to ${to.origin}, which is another host.`)
  // These three may turn a POST into a GET, which would ask something else.
  if (outgoing.method !== 'GET' && status !== 307 && status !== 308)
    throw new ExchangeError('malformed', `HTTP ${status} in answer to a ${outgoing.method}.`)
  return { ...outgoing, url: to.href }
}
