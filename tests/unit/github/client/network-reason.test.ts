import { expect, it } from 'vitest'
import { networkReason, networkWords } from '../../../../src/main/github/client/network-reason'

function node(code: string, message = 'x'): Error {
  return new TypeError('fetch failed', { cause: Object.assign(new Error(message), { code }) })
}

it.each([
  ['ENOTFOUND', 'dns'],
  ['EAI_AGAIN', 'dns'],
  ['ECONNREFUSED', 'offline'],
  ['ECONNRESET', 'offline'],
  ['ENETUNREACH', 'offline'],
  ['EHOSTUNREACH', 'offline'],
  ['UND_ERR_SOCKET', 'offline'],
  ['ETIMEDOUT', 'timeout'],
  ['UND_ERR_CONNECT_TIMEOUT', 'timeout'],
  ['UND_ERR_HEADERS_TIMEOUT', 'timeout'],
  ['UND_ERR_BODY_TIMEOUT', 'timeout'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'tls'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'tls'],
  ['CERT_HAS_EXPIRED', 'tls'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'tls'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'tls'],
  ['EPROTO', 'tls'],
  ['HPE_INVALID_CONSTANT', 'malformed'],
  ['Z_DATA_ERROR', 'malformed'],
  ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'malformed'],
])('Node: %s is %s', (code, reason) => {
  expect(networkReason(node(code))).toBe(reason)
  expect(networkWords(node(code))).toBe(`fetch failed\nx (${code})`)
})

it.each([
  ['NAME_NOT_RESOLVED', 'dns'],
  ['DNS_TIMED_OUT', 'dns'],
  ['INTERNET_DISCONNECTED', 'offline'],
  ['NETWORK_CHANGED', 'offline'],
  ['CONNECTION_REFUSED', 'offline'],
  ['CONNECTION_RESET', 'offline'],
  ['EMPTY_RESPONSE', 'offline'],
  ['PROXY_CONNECTION_FAILED', 'offline'],
  ['TUNNEL_CONNECTION_FAILED', 'offline'],
  ['CONNECTION_TIMED_OUT', 'timeout'],
  ['TIMED_OUT', 'timeout'],
  ['CERT_AUTHORITY_INVALID', 'tls'],
  ['CERT_DATE_INVALID', 'tls'],
  ['SSL_PROTOCOL_ERROR', 'tls'],
  ['SSL_VERSION_OR_CIPHER_MISMATCH', 'tls'],
  ['BAD_SSL_CLIENT_AUTH_CERT', 'tls'],
  ['CONTENT_LENGTH_MISMATCH', 'malformed'],
  ['INCOMPLETE_CHUNKED_ENCODING', 'malformed'],
  ['CONTENT_DECODING_FAILED', 'malformed'],
  ['INVALID_HTTP_RESPONSE', 'malformed'],
  ['ABORTED', 'aborted'],
])('Chromium: net::ERR_%s is %s', (name, reason) => {
  expect(networkReason(new Error(`net::ERR_${name}`))).toBe(reason)
})

it('takes the first address that was tried for all of them', () => {
  const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })
  expect(networkReason(new TypeError('fetch failed', { cause: new AggregateError([refused]) }))).toBe(
    'offline',
  )
})

it('says nothing of what it does not know, whatever was thrown', () => {
  const circle = new Error('round')
  circle.cause = circle
  for (const thrown of [circle, null, undefined, 'x', 5, {}, new Error('y')])
    expect(networkReason(thrown)).toBe(null)
})
