import { FoundryError } from '@shared/errors'
import { parseUrl } from './paths'

const PUBLIC_HOST = 'github.com'
/** GitHub Enterprise Cloud with data residency: every enterprise has a host of its own below this one. */
const RESIDENCY = '.ghe.com'
/** Paths people copy along with the host of a server's API. */
const API_PATHS = new Set(['', '/api', '/api/v3', '/api/graphql', '/graphql'])
const HOST_NAME = /^[a-z0-9](?:[a-z0-9.-]{0,250}[a-z0-9])?$/
const MAX_INPUT = 300

/**
 * The host in what a person typed: `github.com`, `https://ghe.example.com/api/v3`, `127.0.0.1:8080`.
 *
 * @throws FoundryError `invalid_input`
 */
export function hostOf(input: string): string {
  const typed = input.trim()
  const url = typed === '' || typed.length > MAX_INPUT ? null : parse(typed)
  if (url === null || !isHostName(url)) throw notAHost(typed)
  if (url.username !== '' || url.password !== '')
    throw new FoundryError(
      'invalid_input',
      'The address of a GitHub host must not contain a name or password.',
      {
        next: `Type the host alone, such as ${PUBLIC_HOST}.`,
      },
    )
  const path = url.pathname.replace(/\/+$/, '')
  if (!API_PATHS.has(path) || url.search !== '' || url.hash !== '')
    throw new FoundryError('invalid_input', `${url.host} is a host, but ${typed} names a page on it.`, {
      next: `Type the host alone: ${url.host}.`,
    })
  return checked(url)
}

function parse(typed: string): URL | null {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(typed)?.[1]?.toLowerCase()
  if (scheme !== undefined) return scheme === 'https' || scheme === 'http' ? parseUrl(typed) : null
  const url = parseUrl(`https://${typed}`)
  return url !== null && isLoopback(url.host) ? parseUrl(`http://${typed}`) : url
}

function isHostName(url: URL): boolean {
  return HOST_NAME.test(url.hostname) || url.hostname === '[::1]'
}

function checked(url: URL): string {
  const host = known(url.host)
  const loopback = isLoopback(host)
  if (url.protocol === 'http:' && !loopback)
    throw new FoundryError(
      'invalid_input',
      `${host} has to be reached over https: a token would be readable.`,
      {
        next: `Type https://${host}.`,
      },
    )
  if (url.protocol === 'https:' && loopback)
    throw new FoundryError('invalid_input', `${host} is this machine, which is reached over http.`, {
      next: `Type ${host}.`,
    })
  if (host === RESIDENCY.slice(1))
    throw new FoundryError('invalid_input', 'ghe.com is not a GitHub host itself.', {
      next: 'Type the address of your enterprise, such as acme.ghe.com.',
    })
  return host
}

/** Other names of the same host are this one, so that one person on it is one account. */
function known(host: string): string {
  if (host === `www.${PUBLIC_HOST}` || host === `api.${PUBLIC_HOST}`) return PUBLIC_HOST
  if (host.startsWith('api.') && host.endsWith(RESIDENCY)) return host.slice('api.'.length)
  return host
}

function notAHost(typed: string): FoundryError {
  const shown = typed.length > MAX_INPUT ? `${typed.slice(0, 40)}…` : typed
  return new FoundryError(
    'invalid_input',
    shown === ''
      ? 'The address of the GitHub host is empty.'
      : `${shown} is not the address of a GitHub host.`,
    { next: `Type ${PUBLIC_HOST}, or the host of your GitHub Enterprise server, such as ghe.example.com.` },
  )
}

/** Whether a host (with or without a port) is this machine, where http tells nobody anything. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/:\d+$/, '')
  return name === 'localhost' || name === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(name)
}

/** Where the REST API of a host is, without a slash at the end. */
export function apiUrlOf(host: string): string {
  if (host === PUBLIC_HOST) return `https://api.${PUBLIC_HOST}`
  if (host.endsWith(RESIDENCY)) return `https://api.${host}`
  return `${webUrlOf(host)}/api/v3`
}

/** Where the pages of a host are, without a slash at the end. */
export function webUrlOf(host: string): string {
  return `${isLoopback(host) ? 'http' : 'https'}://${host}`
}

/** Where the GraphQL API belonging to a REST API is. */
export function graphqlUrlOf(apiUrl: string): string {
  return apiUrl.endsWith('/api/v3') ? `${apiUrl.slice(0, -'/v3'.length)}/graphql` : `${apiUrl}/graphql`
}
