import type { TokenSource } from '@shared/github'

/** What Foundry asks of a token; GitHub's page for new tokens can be opened with them ticked. */
export const wantedScopes = ['repo', 'read:org', 'workflow'] as const

export const sourceWords: Record<TokenSource, string> = {
  pasted: 'A pasted token',
  gh: 'The token of the gh command',
  device: 'Signed in through the browser',
}

/** The host in what a person typed: a name, or an address with or without a scheme. `github.com` when empty. */
export function typedHost(typed: string): string {
  const bare = typed
    .trim()
    .toLowerCase()
    .replace(/^https?:\/\//, '')
    .replace(/[/?#].*$/, '')
  if (bare === '' || bare === 'www.github.com' || bare === 'api.github.com') return 'github.com'
  return bare
}

/** The address of a page on a host. Only a host on this machine is reached without TLS. */
export function hostPage(host: string, path: string): string {
  const local = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(host)
  return `${local ? 'http' : 'https'}://${host}${path}`
}

/** Where a person makes a token with everything Foundry needs. */
export function newTokenPage(typed: string): string {
  const query = new URLSearchParams({ scopes: wantedScopes.join(','), description: 'Foundry' })
  return hostPage(typedHost(typed), `/settings/tokens/new?${query.toString()}`)
}

const day = 24 * 60 * 60_000

/** How long a token is good for; null when GitHub does not say. */
export function expiryText(expiresAt: number | null, now: number): { text: string; soon: boolean } | null {
  if (expiresAt === null) return null
  const left = expiresAt - now
  if (left <= 0) return { text: 'The token has expired', soon: true }
  const days = Math.floor(left / day)
  if (days === 0) return { text: 'The token expires within a day', soon: true }
  return { text: `The token expires in ${days} ${days === 1 ? 'day' : 'days'}`, soon: days < 14 }
}
