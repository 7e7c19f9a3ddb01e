import { createHash } from 'node:crypto'
import { nodeId } from './node-ids'
import type {
  Issue,
  Label,
  MemberRole,
  Organization,
  Permission,
  PullRequest,
  Repository,
  ReviewThread,
  Team,
  Token,
  User,
} from './types'

/** The name of a commit nobody made. */
export const commitAfter = (...parts: (string | number)[]): string =>
  createHash('sha1').update(parts.join('\0')).digest('hex')

/** People, organizations and their tokens: what owns repositories. */
export class Owners {
  readonly users = new Map<number, User>()
  readonly organizations = new Map<number, Organization>()
  readonly tokens = new Map<string, Token>()
  /** Everything with a node id. */
  readonly nodes = new Map<
    string,
    User | Organization | Team | Repository | PullRequest | Issue | Label | ReviewThread
  >()
  /** Logins in lower case. */
  protected readonly owners = new Map<string, User | Organization>()
  #lastId = 1000
  /** Grows with everything that happens, so that answers can be kept until something did. */
  version = 0

  constructor(readonly now: () => number) {}

  /** An id above every other. */
  nextId(): number {
    return ++this.#lastId
  }

  // ---- people and organizations ---------------------------------------------------------------------

  addUser(
    login: string,
    fields: { name?: string | null; email?: string | null; bot?: boolean; createdAt?: number } = {},
  ): User {
    const id = this.nextId()
    const user: User = {
      kind: 'user',
      ...this.#named('user', id, login, fields),
      email: fields.email ?? null,
      bot: fields.bot ?? false,
    }
    this.users.set(id, user)
    this.nodes.set(user.nodeId, user)
    this.owners.set(login.toLowerCase(), user)
    return user
  }

  addOrganization(
    login: string,
    fields: {
      name?: string | null
      description?: string | null
      saml?: boolean
      basePermission?: Permission
      createdAt?: number
    } = {},
  ): Organization {
    const id = this.nextId()
    const organization: Organization = {
      kind: 'organization',
      ...this.#named('organization', id, login, fields),
      description: fields.description ?? null,
      members: new Map(),
      teams: new Set(),
      basePermission: fields.basePermission ?? 'WRITE',
      saml: fields.saml ?? false,
    }
    this.organizations.set(id, organization)
    this.nodes.set(organization.nodeId, organization)
    this.owners.set(login.toLowerCase(), organization)
    return organization
  }

  #named(
    kind: 'user' | 'organization',
    id: number,
    login: string,
    fields: { name?: string | null; createdAt?: number },
  ): Omit<User, 'kind' | 'email' | 'bot'> {
    this.version++
    const createdAt = fields.createdAt ?? this.now()
    return {
      id,
      nodeId: nodeId(kind, id),
      login,
      name: fields.name === undefined ? login : fields.name,
      avatarUrl: `/avatars/u/${id}?v=4`,
      createdAt,
      updatedAt: createdAt,
      deleted: false,
      suspended: false,
      repositories: new Set(),
    }
  }

  addMember(organization: Organization, user: User, role: MemberRole = 'member'): void {
    this.version++
    organization.members.set(user, role)
  }

  removeMember(organization: Organization, user: User): void {
    this.version++
    organization.members.delete(user)
  }

  addTeam(organization: Organization, name: string): Team {
    this.version++
    const id = this.nextId()
    const slug = name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')
    const team: Team = { kind: 'team', id, nodeId: nodeId('team', id), name, slug, organization }
    organization.teams.add(team)
    this.nodes.set(team.nodeId, team)
    return team
  }

  owner(login: string): User | Organization | undefined {
    return this.owners.get(login.toLowerCase())
  }

  /** Suspends, or with `false` lifts it. */
  suspend(owner: User | Organization, suspended = true): void {
    this.version++
    owner.suspended = suspended
  }

  // ---- tokens -------------------------------------------------------------------------------------

  addToken(user: User, fields: Partial<Omit<Token, 'user' | 'revoked' | 'authorized'>> = {}): Token {
    const kind = fields.kind ?? 'classic'
    const random = commitAfter('token', user.id, this.tokens.size).slice(0, 36)
    const prefix = { classic: 'ghp_', 'fine-grained': 'github_pat_', oauth: 'gho_' }[kind]
    const token: Token = {
      value: fields.value ?? prefix + random,
      user,
      kind,
      scopes: kind === 'fine-grained' ? null : (fields.scopes ?? ['repo', 'read:org', 'workflow']),
      expiresAt: fields.expiresAt ?? null,
      revoked: false,
      readOnly: fields.readOnly ?? false,
      authorized: new Set(),
      resourceOwner: fields.resourceOwner ?? null,
    }
    this.tokens.set(token.value, token)
    return token
  }

  revoke(token: Token): void {
    token.revoked = true
  }

  /** What a person does on the page of `X-GitHub-SSO`. */
  authorize(token: Token, organization: Organization): void {
    token.authorized.add(organization)
  }
}
