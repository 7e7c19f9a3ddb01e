import type { Organization, Permission, PullRequest, Repository, Token, User } from './types'

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

const ranks: Record<Permission, number> = { READ: 1, TRIAGE: 2, WRITE: 3, MAINTAIN: 4, ADMIN: 5 }

/** The most any of its roles lets the user do there; null for a stranger to a private repository. */
export function permissionOf(user: User, repository: Repository): Permission | null {
  const { owner } = repository
  if (owner === user) return 'ADMIN'
  const roles: (Permission | undefined)[] = [
    repository.collaborators.get(user),
    repository.private ? undefined : 'READ',
  ]
  if (owner.kind === 'organization' && owner.members.has(user))
    roles.push(owner.members.get(user) === 'admin' ? 'ADMIN' : owner.basePermission)
  const given = roles.filter((one) => one !== undefined)
  return given.sort((a, b) => ranks[b] - ranks[a])[0] ?? null
}

export function hasPermission(user: User, repository: Repository, least: Permission): boolean {
  const permission = permissionOf(user, repository)
  return permission !== null && ranks[permission] >= ranks[least]
}

/** Whether the token was given for writing there, whatever its user may do. */
export const writes = (token: Token, repository: Repository): boolean =>
  !token.readOnly &&
  (token.resourceOwner === null || token.resourceOwner === repository.owner) &&
  hasScope(token, 'repo', ...(repository.private ? [] : ['public_repo']))

/** Whether the branch belongs to a pull request whose author lets those who maintain the base push to it. */
export const lentTo = (user: User, pulls: readonly PullRequest[]): boolean =>
  pulls.some((pull) => pull.maintainerCanModify && hasPermission(user, pull.repository, 'WRITE'))

/** Authors change what they wrote, and whoever may push changes everything. */
export const mayUpdate = (user: User, one: { author: User | null; repository: Repository }): boolean =>
  one.author === user || hasPermission(user, one.repository, 'WRITE')
