/** `URL.parse`, which the Node of older Electrons does not have. */
export function parseUrl(text: string, base?: string): URL | null {
  return URL.canParse(text, base) ? new URL(text, base) : null
}

/** An address below a REST API: what was asked for, with its query. Caches and messages know requests by it. */
export function pathWithQuery(path: string, query: Record<string, string | number> = {}): string {
  if (!path.startsWith('/')) throw new TypeError(`${path} is not a path of the REST API.`)
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) parameters.append(name, String(value))
  if (parameters.size === 0) return path
  return `${path}${path.includes('?') ? '&' : '?'}${parameters.toString()}`
}

/** @throws TypeError for one that would leave the API, such as a name that is `..` */
export function urlIn(apiUrl: string, address: string): string {
  const { href } = new URL(`${apiUrl}${address}`)
  if (!href.startsWith(`${apiUrl}/`)) throw new TypeError(`${address} is not a path of the REST API.`)
  // Octokit takes `:name` for a variable and would leave it out.
  return `${apiUrl}${href.slice(apiUrl.length).replaceAll(':', '%3A')}`
}

/**
 * Where the next page is, by the `Link` header, as a path for the same client.
 *
 * @throws Error when it is not on the same host: the token is sent nowhere else
 */
export function nextPath(link: string | undefined, apiUrl: string): string | null {
  const address = linkTo(link, 'next')
  if (address === null) return null
  const base = new URL(apiUrl)
  const url = parseUrl(address, `${apiUrl}/`)
  const root = base.pathname.replace(/\/$/, '')
  // The scheme may differ: a server behind a proxy does not always know that it is reached over https.
  if (url === null || url.hostname !== base.hostname || !url.pathname.startsWith(`${root}/`))
    throw new Error(`The next page is said to be at ${address}, outside ${apiUrl}.`)
  return `${url.pathname.slice(root.length)}${url.search}`
}

/** The number of the page a `Link` header names, such as the last one. */
export function pageNumberOf(link: string | undefined, relation: string): number | null {
  const page = parseUrl(linkTo(link, relation) ?? '', 'https://host')?.searchParams.get('page')
  return page != null && /^\d{1,9}$/.test(page) ? Number(page) : null
}

function linkTo(link: string | undefined, relation: string): string | null {
  for (const [, address, parameters] of (link ?? '').matchAll(/<([^<>]{1,4000})>([^<>]{0,400})/g))
    if (address !== undefined && parameters?.includes(`rel="${relation}"`) === true) return address
  return null
}
