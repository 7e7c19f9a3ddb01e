/** Where a remote says a repository is, as far as it could be one of GitHub's. */
export interface Origin {
  /** In lower case, with the port where an http address has one. */
  host: string
  /** Over SSH a port says nothing about which server it is. */
  ssh: boolean
  /** `owner/name` in lower case: GitHub does not tell cases apart. */
  fullName: string
}

const ADDRESS = /^([a-z][a-z0-9+.-]*):\/\/(?:[^@/?#]*@)?(\[[^\]/]+\]|[^:/?#]+)(?::(\d+))?\/([^?#]*)/i
/** What git takes for `ssh://` without saying so: `git@github.com:owner/name`. */
const SHORT_SSH = /^(?:[^@/:\s]+@)?([^@/:\s]+):(?!\/\/)([^?#]+)$/
const SSH_SCHEMES = new Set(['ssh', 'git+ssh', 'ssh+git'])
const HTTP_SCHEMES = new Set(['http', 'https', 'git'])
/** Other names of the same server: over SSH on the port of https, and in the address bar. */
const ALIASES = new Map([
  ['ssh.github.com', 'github.com'],
  ['www.github.com', 'github.com'],
])

/** Null for anything that does not name an owner and a repository on a host: a path, a file, another service's group. */
export function parseOrigin(url: string): Origin | null {
  const trimmed = url.trim()
  const address = ADDRESS.exec(trimmed)
  if (address !== null) {
    const [, scheme = '', host = '', port, path = ''] = address
    const kind = scheme.toLowerCase()
    if (SSH_SCHEMES.has(kind)) return origin(host, true, path)
    if (!HTTP_SCHEMES.has(kind)) return null
    return origin(port === undefined || isUsual(kind, port) ? host : `${host}:${port}`, false, path)
  }
  const short = SHORT_SSH.exec(trimmed)
  // `C:\folder` and `C:/folder` are paths.
  if (short === null || /^[a-z]:[\\/]/i.test(trimmed)) return null
  return origin(short[1] ?? '', true, short[2] ?? '')
}

/** Whether a remote is this repository of this host, whatever way it is reached. */
export function isOriginOf(found: Origin, host: string, fullName: string): boolean {
  const wanted = host.toLowerCase()
  const sameHost = found.ssh ? found.host === wanted.replace(/:\d+$/, '') : found.host === wanted
  return sameHost && found.fullName === fullName.toLowerCase()
}

function origin(host: string, ssh: boolean, path: string): Origin | null {
  const parts = path
    .replace(/^\/+|\/+$/g, '')
    .replace(/\.git$/i, '')
    .split('/')
  const [owner = '', name = ''] = parts
  if (parts.length !== 2 || owner === '' || name === '' || host === '') return null
  const lower = host.toLowerCase()
  return { host: ALIASES.get(lower) ?? lower, ssh, fullName: `${owner}/${name}`.toLowerCase() }
}

const isUsual = (scheme: string, port: string): boolean =>
  (scheme === 'https' && port === '443') || (scheme === 'http' && port === '80')
