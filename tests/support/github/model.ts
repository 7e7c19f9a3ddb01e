import { createHash } from 'node:crypto'
import { nodeId } from './node-ids'
import type {
  Branch,
  CheckState,
  Label,
  MemberRole,
  Mergeable,
  Organization,
  PullRequest,
  Repository,
  ReviewState,
  Team,
  Token,
  User,
} from './types'

export interface RepositorySeed {
  private?: boolean
  archived?: boolean
  description?: string | null
  /** Null: nothing was pushed to it yet. */
  defaultBranch?: string | null
  parent?: Repository
  createdAt?: number
  pushedAt?: number | null
}

export interface PullRequestSeed {
  title?: string
  body?: string
  author?: User | null
  headRef?: string
  baseRef?: string
  headRepository?: Repository | null
  isDraft?: boolean
  labels?: readonly (string | { name: string; color: string })[]
  requestedReviewers?: readonly (User | Team)[]
  /** Makes the review decision `REVIEW_REQUIRED` until somebody approves. */
  reviewsRequired?: boolean
  checks?: CheckState | null
  mergeable?: Mergeable
  comments?: number
  createdAt?: number
  updatedAt?: number
}

const commitAfter = (...parts: (string | number)[]): string =>
  createHash('sha1').update(parts.join('\0')).digest('hex')

/**
 * What GitHub knows, and what can happen to it. Every method does what GitHub does to times: what a person does moves
 * `updatedAt` of a pull request, checks and mergeability do not.
 */
export class GitHubModel {
  readonly users = new Map<number, User>()
  readonly organizations = new Map<number, Organization>()
  readonly repositories = new Map<number, Repository>()
  readonly tokens = new Map<string, Token>()
  /** Everything with a node id. */
  readonly nodes = new Map<string, User | Organization | Team | Repository | PullRequest | Label>()
  /** Logins, `owner/name`, in lower case; names given up by a rename stay here until somebody takes them. */
  readonly #owners = new Map<string, User | Organization>()
  readonly #names = new Map<string, Repository>()
  readonly #oldNames = new Map<string, Repository>()
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
      ...this.#owner('user', id, login, fields),
      email: fields.email ?? null,
      bot: fields.bot ?? false,
    }
    this.users.set(id, user)
    this.nodes.set(user.nodeId, user)
    this.#owners.set(login.toLowerCase(), user)
    return user
  }

  addOrganization(
    login: string,
    fields: { name?: string | null; description?: string | null; saml?: boolean; createdAt?: number } = {},
  ): Organization {
    const id = this.nextId()
    const organization: Organization = {
      kind: 'organization',
      ...this.#owner('organization', id, login, fields),
      description: fields.description ?? null,
      members: new Map(),
      teams: new Set(),
      saml: fields.saml ?? false,
    }
    this.organizations.set(id, organization)
    this.nodes.set(organization.nodeId, organization)
    this.#owners.set(login.toLowerCase(), organization)
    return organization
  }

  #owner(
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
    return this.#owners.get(login.toLowerCase())
  }

  /** GitHub frees the old login at once: unlike a repository's, it leads nowhere. */
  renameOwner(owner: User | Organization, login: string): void {
    this.version++
    this.#owners.delete(owner.login.toLowerCase())
    const before = [...owner.repositories].map((one) => [one, fullName(one)] as const)
    owner.login = login
    owner.updatedAt = this.now()
    this.#owners.set(login.toLowerCase(), owner)
    for (const [repository, name] of before) this.#moved(repository, name)
  }

  /** Suspends, or with `false` lifts it. */
  suspend(owner: User | Organization, suspended = true): void {
    this.version++
    owner.suspended = suspended
  }

  deleteOwner(owner: User | Organization): void {
    this.version++
    owner.deleted = true
    this.#owners.delete(owner.login.toLowerCase())
    this.nodes.delete(owner.nodeId)
    for (const repository of owner.repositories) this.deleteRepository(repository)
    if (owner.kind === 'organization') {
      this.organizations.delete(owner.id)
      return
    }
    this.users.delete(owner.id)
    for (const organization of this.organizations.values()) organization.members.delete(owner)
    for (const repository of this.repositories.values()) {
      for (const pull of repository.pulls.values()) if (pull.author === owner) pull.author = null
    }
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

  // ---- repositories -------------------------------------------------------------------------------

  addRepository(owner: User | Organization, name: string, seed: RepositorySeed = {}): Repository {
    this.version++
    const id = this.nextId()
    const createdAt = seed.createdAt ?? this.now()
    const repository: Repository = {
      kind: 'repository',
      id,
      nodeId: nodeId('repository', id),
      owner,
      name,
      description: seed.description ?? null,
      private: seed.private ?? false,
      archived: seed.archived ?? false,
      disabled: false,
      parent: seed.parent ?? null,
      fork: seed.parent !== undefined,
      defaultBranch: seed.defaultBranch === undefined ? 'main' : seed.defaultBranch,
      createdAt,
      updatedAt: createdAt,
      pushedAt: seed.pushedAt === undefined ? createdAt : seed.pushedAt,
      deleted: false,
      collaborators: new Set(),
      labels: new Map(),
      pulls: new Map(),
      branches: new Map(),
      nextNumber: 1,
    }
    this.repositories.set(id, repository)
    this.nodes.set(repository.nodeId, repository)
    owner.repositories.add(repository)
    this.#names.set(fullName(repository).toLowerCase(), repository)
    return repository
  }

  fork(repository: Repository, owner: User | Organization, name = repository.name): Repository {
    return this.addRepository(owner, name, {
      parent: repository,
      private: repository.private,
      defaultBranch: repository.defaultBranch,
    })
  }

  /** By its name of today, or with `redirected` by one it had. */
  repository(fullName: string): { repository: Repository; redirected: boolean } | undefined {
    const key = fullName.toLowerCase()
    const repository = this.#names.get(key)
    if (repository !== undefined) return { repository, redirected: false }
    const moved = this.#oldNames.get(key)
    return moved === undefined || moved.deleted ? undefined : { repository: moved, redirected: true }
  }

  renameRepository(repository: Repository, name: string): void {
    const before = fullName(repository)
    repository.name = name
    this.#moved(repository, before)
  }

  transfer(repository: Repository, owner: User | Organization): void {
    const before = fullName(repository)
    repository.owner.repositories.delete(repository)
    repository.owner = owner
    owner.repositories.add(repository)
    this.#moved(repository, before)
  }

  #moved(repository: Repository, before: string): void {
    this.version++
    this.#names.delete(before.toLowerCase())
    this.#oldNames.set(before.toLowerCase(), repository)
    this.#names.set(fullName(repository).toLowerCase(), repository)
    this.#oldNames.delete(fullName(repository).toLowerCase())
    repository.updatedAt = this.now()
  }

  archive(repository: Repository, archived = true): void {
    this.#touch(repository)
    repository.archived = archived
  }

  setPrivate(repository: Repository, isPrivate: boolean): void {
    this.#touch(repository)
    repository.private = isPrivate
  }

  /** Pull requests from a deleted fork stay, without a head repository; open ones are closed. */
  deleteRepository(repository: Repository): void {
    this.version++
    repository.deleted = true
    repository.owner.repositories.delete(repository)
    this.repositories.delete(repository.id)
    this.nodes.delete(repository.nodeId)
    this.#names.delete(fullName(repository).toLowerCase())
    for (const pull of repository.pulls.values()) this.nodes.delete(pull.nodeId)
    for (const other of this.repositories.values()) {
      if (other.parent === repository) other.parent = null
      for (const pull of other.pulls.values()) {
        if (pull.headRepository !== repository) continue
        pull.headRepository = null
        if (pull.state === 'OPEN') this.close(pull)
      }
    }
  }

  /** A push to a branch without a pull request. */
  pushTo(repository: Repository): void {
    this.#touch(repository)
    repository.pushedAt = this.now()
    repository.defaultBranch ??= 'main'
  }

  /** A branch as it is now, whether or not it was there. */
  setBranch(repository: Repository, name: string, seed: Partial<Omit<Branch, 'name'>> = {}): Branch {
    this.version++
    const committedAt = seed.committedAt ?? this.now()
    const branch: Branch = {
      name,
      commit: commitAfter('branch', repository.id, name, committedAt),
      headline: `Work on ${name}`,
      author: someone(repository),
      checks: null,
      aheadBy: 0,
      behindBy: 0,
      ...seed,
      committedAt,
    }
    repository.branches.set(name, branch)
    return branch
  }

  removeBranch(repository: Repository, name: string): void {
    this.version++
    repository.branches.delete(name)
  }

  #touch(repository: Repository): void {
    this.version++
    repository.updatedAt = this.now()
  }

  // ---- pull requests ------------------------------------------------------------------------------

  openPullRequest(repository: Repository, seed: PullRequestSeed = {}): PullRequest {
    this.version++
    const id = this.nextId()
    const number = repository.nextNumber++
    const createdAt = seed.createdAt ?? this.now()
    const headRef = seed.headRef ?? `change-${number}`
    const pull: PullRequest = {
      kind: 'pullRequest',
      id,
      nodeId: nodeId('pullRequest', repository.id, id),
      repository,
      number,
      title: seed.title ?? `Pull request ${number}`,
      body: seed.body ?? '',
      state: 'OPEN',
      isDraft: seed.isDraft ?? false,
      author: seed.author === undefined ? someone(repository) : seed.author,
      baseRef: seed.baseRef ?? repository.defaultBranch ?? 'main',
      headRef,
      headRepository: seed.headRepository === undefined ? repository : seed.headRepository,
      headCommit: commitAfter(id, headRef, 0),
      commits: 1,
      labels: new Set(
        (seed.labels ?? []).map((label) =>
          typeof label === 'string'
            ? this.label(repository, label)
            : this.label(repository, label.name, label.color),
        ),
      ),
      reviews: [],
      reviewsRequired: seed.reviewsRequired ?? false,
      requestedReviewers: new Set(seed.requestedReviewers),
      comments: seed.comments ?? 0,
      checks: seed.checks ?? null,
      mergeable: seed.mergeable ?? 'MERGEABLE',
      createdAt,
      updatedAt: seed.updatedAt ?? createdAt,
      closedAt: null,
      mergedAt: null,
    }
    repository.pulls.set(number, pull)
    this.nodes.set(pull.nodeId, pull)
    return pull
  }

  /** The label of that name, created where the repository has none. */
  label(repository: Repository, name: string, color = 'ededed'): Label {
    const existing = repository.labels.get(name.toLowerCase())
    if (existing !== undefined) return existing
    const id = this.nextId()
    const label: Label = { kind: 'label', id, nodeId: nodeId('label', repository.id, id), name, color }
    repository.labels.set(name.toLowerCase(), label)
    this.nodes.set(label.nodeId, label)
    return label
  }

  /** New commits on its head branch: checks start over. */
  push(pull: PullRequest, commit?: string): void {
    pull.commits++
    pull.headCommit = commit ?? commitAfter(pull.id, pull.headRef, pull.commits)
    pull.checks = null
    if (pull.headRepository !== null) this.pushTo(pull.headRepository)
    this.#updated(pull)
  }

  comment(pull: PullRequest): void {
    pull.comments++
    this.#updated(pull)
  }

  edit(pull: PullRequest, fields: { title?: string; body?: string }): void {
    Object.assign(pull, fields)
    this.#updated(pull)
  }

  retarget(pull: PullRequest, baseRef: string): void {
    pull.baseRef = baseRef
    this.#updated(pull)
  }

  setDraft(pull: PullRequest, isDraft: boolean): void {
    pull.isDraft = isDraft
    this.#updated(pull)
  }

  setLabels(pull: PullRequest, names: readonly string[]): void {
    pull.labels = new Set(names.map((name) => this.label(pull.repository, name)))
    this.#updated(pull)
  }

  requestReview(pull: PullRequest, ...reviewers: (User | Team)[]): void {
    for (const one of reviewers) pull.requestedReviewers.add(one)
    this.#updated(pull)
  }

  review(pull: PullRequest, author: User, state: ReviewState): void {
    pull.reviews.push({ kind: 'review', id: this.nextId(), author, state, submittedAt: this.now() })
    pull.requestedReviewers.delete(author)
    this.#updated(pull)
  }

  approve(pull: PullRequest, author: User): void {
    this.review(pull, author, 'APPROVED')
  }

  requestChanges(pull: PullRequest, author: User): void {
    this.review(pull, author, 'CHANGES_REQUESTED')
  }

  merge(pull: PullRequest): void {
    pull.state = 'MERGED'
    pull.mergedAt = pull.closedAt = this.now()
    this.pushTo(pull.repository)
    this.#updated(pull)
  }

  close(pull: PullRequest): void {
    pull.state = 'CLOSED'
    pull.closedAt = this.now()
    this.#updated(pull)
  }

  reopen(pull: PullRequest): void {
    pull.state = 'OPEN'
    pull.closedAt = null
    this.#updated(pull)
  }

  /** What GitHub does for spam: the number stays taken, the pull request is nowhere. */
  deletePullRequest(pull: PullRequest): void {
    this.version++
    pull.repository.pulls.delete(pull.number)
    this.nodes.delete(pull.nodeId)
  }

  /** Leaves `updatedAt` as it is, as GitHub does. */
  setChecks(pull: PullRequest, checks: CheckState | null): void {
    this.version++
    pull.checks = checks
  }

  /** Leaves `updatedAt` as it is, as GitHub does. */
  setMergeable(pull: PullRequest, mergeable: Mergeable): void {
    this.version++
    pull.mergeable = mergeable
  }

  #updated(pull: PullRequest): void {
    this.version++
    pull.updatedAt = this.now()
  }
}

function someone(repository: Repository): User | null {
  if (repository.owner.kind === 'user') return repository.owner
  return repository.owner.members.keys().next().value ?? null
}

/** The default branch, heads of open pull requests, and those something was said about. */
export function branchesOf(model: GitHubModel, repository: Repository): Branch[] {
  const found = new Map<string, Branch>()
  const { defaultBranch, pushedAt, createdAt } = repository
  if (defaultBranch !== null)
    found.set(defaultBranch, {
      name: defaultBranch,
      commit: commitAfter('branch', repository.id, defaultBranch, pushedAt ?? createdAt),
      headline: 'First commit',
      author: someone(repository),
      committedAt: pushedAt ?? createdAt,
      checks: null,
      aheadBy: 0,
      behindBy: 0,
    })
  const targets = repository.fork ? model.repositories.values() : [repository]
  for (const { pulls } of targets)
    for (const pull of pulls.values())
      if (pull.state === 'OPEN' && pull.headRepository === repository)
        found.set(pull.headRef, {
          name: pull.headRef,
          commit: pull.headCommit,
          headline: pull.title,
          author: pull.author,
          committedAt: pull.updatedAt,
          checks: pull.checks,
          aheadBy: pull.commits,
          behindBy: 0,
        })
  for (const [name, branch] of repository.branches) found.set(name, branch)
  return [...found.values()]
}

export const fullName = (repository: Repository): string => `${repository.owner.login}/${repository.name}`

/** GitHub's verdict over the last review of each reviewer. */
export function reviewDecision(
  pull: PullRequest,
): 'APPROVED' | 'CHANGES_REQUESTED' | 'REVIEW_REQUIRED' | null {
  const last = new Map<User, ReviewState>()
  for (const { author, state } of pull.reviews) if (state !== 'COMMENTED') last.set(author, state)
  const states = [...last.values()]
  if (states.includes('CHANGES_REQUESTED')) return 'CHANGES_REQUESTED'
  if (states.includes('APPROVED')) return 'APPROVED'
  return pull.reviewsRequired || pull.requestedReviewers.size > 0 ? 'REVIEW_REQUIRED' : null
}
