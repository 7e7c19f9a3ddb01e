import { z } from 'zod'
import type { GitHubClient } from '../types'

/** The person a token belongs to, and what the token may do. */
export interface TokenOwner {
  githubId: string
  login: string
  name: string | null
  avatarUrl: string | null
  /** Null where the token does not say. */
  scopes: string[] | null
  expiresAt: number | null
}

const userSchema = z.object({
  id: z.number().int().positive(),
  login: z.string().min(1).max(200),
  name: z.string().max(1000).nullish(),
  avatar_url: z.string().max(2000).nullish(),
})

/**
 * Asks GitHub whose token it is.
 *
 * @throws GitHubError, `unauthorized` when the token is not good
 */
export async function checkToken(client: GitHubClient, signal?: AbortSignal): Promise<TokenOwner> {
  const { value } = await client.get('/user', {
    purpose: 'sign-in',
    ...(signal === undefined ? {} : { signal }),
    read: readOwner,
  })
  return value
}

/** @throws ZodError for what is not a user */
export function readOwner(body: unknown, headers: Record<string, string>): TokenOwner {
  const user = userSchema.parse(body)
  return {
    githubId: String(user.id),
    login: user.login,
    name: user.name === undefined || user.name === '' ? null : user.name,
    avatarUrl: user.avatar_url ?? null,
    scopes: readScopes(headers['x-oauth-scopes']),
    expiresAt: readExpiry(headers['github-authentication-token-expiration']),
  }
}

/** An empty header is a token that may do nothing but read what is public; no header is one that does not say. */
function readScopes(header: string | undefined): string[] | null {
  if (header === undefined) return null
  return header
    .split(',')
    .map((scope) => scope.trim())
    .filter((scope) => scope !== '')
}

/** `2026-12-01 09:30:00 UTC` or with an offset such as `+0200`. */
function readExpiry(header: string | undefined): number | null {
  const match = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2}) (UTC|[+-]\d{4})$/.exec(header?.trim() ?? '')
  if (match === null) return null
  const [, day = '', time = '', zone = ''] = match
  const offset = zone === 'UTC' ? 'Z' : `${zone.slice(0, 3)}:${zone.slice(3)}`
  const at = Date.parse(`${day}T${time}${offset}`)
  return Number.isNaN(at) ? null : at
}
