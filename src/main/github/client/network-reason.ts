import { wordsOf } from '@shared/errors'

export type NetworkReason = 'offline' | 'dns' | 'tls' | 'timeout' | 'aborted' | 'malformed'

/** Codes of Node (its sockets, its TLS, undici), and names of Chromium's errors without `net::ERR_`. First match. */
const RULES: readonly (readonly [reason: NetworkReason, node: RegExp, chromium: RegExp])[] = [
  ['dns', /^(?:ENOTFOUND|EAI_\w+|EDNS|ENODATA)$/, /^(?:NAME_|DNS_|ICANN_NAME)/],
  [
    'tls',
    /CERT|^(?:ERR_TLS|ERR_SSL|EPROTO$|UNABLE_TO_|INVALID_CA|PATH_LENGTH|HOSTNAME_MISMATCH|CRL_)/,
    /^(?:CERT|SSL_|BAD_SSL|TLS|ECH_|NO_SSL|CLIENT_AUTH_CERT)|CERTIFICATE/,
  ],
  ['timeout', /TIMEOUT$|^ETIMEDOUT$/, /TIMED_OUT$/],
  ['aborted', /^(?:ABORT_ERR|UND_ERR_ABORTED)$/, /^ABORTED$/],
  [
    'malformed',
    /^(?:HPE_|Z_|ERR_HTTP|ERR__ERROR_FORMAT|UND_ERR_(?:RES_CONTENT|HEADERS_OVERFLOW|RESPONSE))/,
    /^(?:CONTENT_|INCOMPLETE_CHUNKED|INVALID_(?:CHUNKED|RESPONSE|HTTP)|RESPONSE_HEADERS|HTTP2_|QUIC_|HTTP_1_1|TOO_MANY_REDIRECTS|UNSAFE_REDIRECT|INVALID_REDIRECT)/,
  ],
]

const OFFLINE_NODE =
  /^(?:ECONN\w+|EHOST\w+|ENET\w+|EPIPE|EADDRNOTAVAIL|EACCES|EPERM|UND_ERR_(?:SOCKET|CLOSED|DESTROYED))$/

/**
 * Why a request of Node's or Chromium's network failed. Both hide it: Node in a chain of causes with codes, Chromium
 * in the text `net::ERR_…`. Null when nothing known is said.
 */
export function networkReason(error: unknown): NetworkReason | null {
  for (const each of chain(error)) {
    const chromium = /net::ERR_([A-Z0-9_]+)/.exec(wordsOf(each))?.[1]
    const code = codeOf(each)
    for (const [reason, node, names] of RULES) {
      if (chromium !== undefined && names.test(chromium)) return reason
      if (code !== null && node.test(code)) return reason
    }
    if (chromium !== undefined || (code !== null && OFFLINE_NODE.test(code))) return 'offline'
    if (each instanceof Error && each.name === 'AbortError') return 'aborted'
    if (each instanceof Error && each.name === 'TimeoutError') return 'timeout'
  }
  return null
}

/** The network's own words, from the outermost to the innermost cause. */
export function networkWords(error: unknown): string {
  const words = chain(error).map((each) => {
    const code = codeOf(each)
    const said = wordsOf(each)
    return code === null || said.includes(code) ? said : `${said} (${code})`
  })
  return [...new Set(words.filter((each) => each !== ''))].join('\n')
}

function chain(error: unknown): unknown[] {
  const found: unknown[] = []
  let current = error
  while (current != null && found.length < 6) {
    found.push(current)
    // Where several addresses were tried, the first failure stands for all.
    if (current instanceof AggregateError && codeOf(current) === null) current = current.errors[0]
    else current = current instanceof Error ? current.cause : null
  }
  return found
}

function codeOf(error: unknown): string | null {
  if (typeof error !== 'object' || error === null || !('code' in error)) return null
  return typeof error.code === 'string' ? error.code : null
}
