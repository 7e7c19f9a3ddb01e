import type { Organization, Repository, Token, User } from './types'

/** What stands between a token and an organization. */
export type Barrier = 'saml' | 'suspended' | null

export function barrier(token: Token, owner: User | Organization): Barrier {
  if (owner.kind === 'user') return null
  if (owner.suspended) return 'suspended'
  return owner.saml && !token.authorized.has(owner) ? 'saml' : null
}

export const hasScope = (token: Token, ...scopes: string[]): boolean =>
  token.scopes === null || scopes.some((scope) => token.scopes?.includes(scope) === true)

/** Whether the token's user may see it at all; what bars an organization is another question. */
export function canSee(token: Token, repository: Repository): boolean {
  if (repository.deleted) return false
  if (!repository.private) return true
  if (!hasScope(token, 'repo')) return false
  const { owner } = repository
  if (token.resourceOwner !== null && token.resourceOwner !== owner) return false
  if (owner === token.user || repository.collaborators.has(token.user)) return true
  return owner.kind === 'organization' && owner.members.has(token.user)
}

/** Private members and private repositories are for members. */
export const isMember = (token: Token, organization: Organization): boolean =>
  organization.members.has(token.user)
