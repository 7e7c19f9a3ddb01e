import { branchesOf, changeText, closingIssues, fullName, lines, someone } from './derived'
import { commitAfter, Owners } from './owners'
import { nodeId } from './node-ids'
import type {
  Branch,
  CheckState,
  Issue,
  Label,
  Mergeable,
  Organization,
  Protection,
  PullRequest,
  Repository,
  RepositorySettings,
  Review,
  ReviewState,
  Team,
  User,
} from './types'

export { branchesOf, fullName, reviewDecision } from './derived'

export interface RepositorySeed {
  private?: boolean
  archived?: boolean
  description?: string | null
  /** Null: nothing was pushed to it yet. */
  defaultBranch?: string | null
  parent?: Repository
  settings?: Partial<RepositorySettings>
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
  additions?: number
  deletions?: number
  changedFiles?: number
  behindBy?: number
  maintainerCanModify?: boolean
  createdAt?: number
  updatedAt?: number
}

export interface IssueSeed {
  title?: string
  body?: string
  author?: User | null
  labels?: readonly string[]
  assignees?: readonly User[]
  createdAt?: number
}

/**
 * What GitHub knows, and what can happen to it. Every method does what GitHub does to times: what a person does moves
 * `updatedAt` of a pull request, checks and mergeability do not.
 */
export class GitHubModel extends Owners {
  readonly repositories = new Map<number, Repository>()
  /** `owner/name` in lower case; names given up by a rename stay here until somebody takes them. */
  readonly #names = new Map<string, Repository>()
  readonly #oldNames = new Map<string, Repository>()

  /** GitHub frees the old login at once: unlike a repository's, it leads nowhere. */
  renameOwner(owner: User | Organization, login: string): void {
    this.version++
    this.owners.delete(owner.login.toLowerCase())
    const before = [...owner.repositories].map((one) => [one, fullName(one)] as const)
    owner.login = login
    owner.updatedAt = this.now()
    this.owners.set(login.toLowerCase(), owner)
    for (const [repository, name] of before) this.#moved(repository, name)
  }

  deleteOwner(owner: User | Organization): void {
    this.version++
    owner.deleted = true
    this.owners.delete(owner.login.toLowerCase())
    this.nodes.delete(owner.nodeId)
    for (const repository of owner.repositories) this.deleteRepository(repository)
    if (owner.kind === 'organization') {
      this.organizations.delete(owner.id)
      return
    }
    this.users.delete(owner.id)
    for (const organization of this.organizations.values()) organization.members.delete(owner)
    for (const repository of this.repositories.values()) {
      for (const one of [...repository.pulls.values(), ...repository.issues.values()])
        if (one.author === owner) one.author = null
    }
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
      collaborators: new Map(),
      labels: new Map(),
      pulls: new Map(),
      issues: new Map(),
      branches: new Map(),
      hosted: false,
      settings: {
        allowMerge: true,
        allowSquash: true,
        allowRebase: true,
        deleteBranchOnMerge: false,
        allowDrafts: true,
        ...seed.settings,
      },
      protections: new Map(),
      pushRules: { maxFileBytes: 100 * 1024 * 1024, secretScanning: false, preReceive: null },
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
    for (const one of [...repository.pulls.values(), ...repository.issues.values()])
      this.nodes.delete(one.nodeId)
    for (const other of this.repositories.values()) {
      if (other.parent === repository) other.parent = null
      for (const pull of other.pulls.values()) {
        if (pull.headRepository !== repository) continue
        pull.headRepository = null
        if (pull.state === 'OPEN') this.close(pull)
      }
    }
  }

  protect(repository: Repository, branch: string, fields: Partial<Protection> = {}): Protection {
    this.version++
    const protection: Protection = {
      requiresPullRequest: true,
      requiredApprovals: 0,
      requiredChecks: [],
      strict: false,
      allowsForcePushes: false,
      allowsDeletions: false,
      ...fields,
    }
    repository.protections.set(branch, protection)
    return protection
  }

  // ---- branches -----------------------------------------------------------------------------------

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

  /** What a push does, after it: open pull requests of the branch have new commits, and checks start over. */
  branchMoved(repository: Repository, branch: Branch): PullRequest[] {
    repository.defaultBranch ??= branch.name
    this.pushTo(repository)
    repository.branches.set(branch.name, branch)
    const pulls = this.openFrom(repository, branch.name)
    for (const pull of pulls) {
      pull.headCommit = branch.commit
      pull.checks = null
      pull.checkRuns.clear()
      this.#updated(pull)
    }
    return pulls
  }

  /**
   * Closes open pull requests from it. Those into it follow a pull request that was merged from it into the base of
   * that one, and are closed if there is none.
   */
  removeBranch(repository: Repository, name: string): void {
    this.#touch(repository)
    repository.branches.delete(name)
    for (const pull of this.openFrom(repository, name)) this.close(pull)
    const pulls = [...repository.pulls.values()]
    const merged = pulls.find(
      (pull) => pull.state === 'MERGED' && pull.headRepository === repository && pull.headRef === name,
    )
    for (const pull of pulls) {
      if (pull.state !== 'OPEN' || pull.baseRef !== name) continue
      if (merged === undefined) this.close(pull)
      else this.retarget(pull, merged.baseRef)
    }
  }

  /** Open pull requests from and into the branch go on under its new name, as does its protection. */
  renameBranch(repository: Repository, from: string, to: string): void {
    const branch = branchesOf(this, repository).find(({ name }) => name === from)
    if (branch === undefined) throw new Error(`${fullName(repository)} has no branch ${from}.`)
    this.#touch(repository)
    repository.branches.delete(from)
    repository.branches.set(to, { ...branch, name: to })
    if (repository.defaultBranch === from) repository.defaultBranch = to
    for (const pull of this.openFrom(repository, from)) {
      pull.headRef = to
      this.#updated(pull)
    }
    for (const pull of repository.pulls.values())
      if (pull.state === 'OPEN' && pull.baseRef === from) this.retarget(pull, to)
    const protection = repository.protections.get(from)
    if (protection === undefined) return
    repository.protections.delete(from)
    repository.protections.set(to, protection)
  }

  /** Open pull requests whose head is that branch; a fork's may be in what it was forked from. */
  openFrom(repository: Repository | null, branch: string): PullRequest[] {
    const found: PullRequest[] = []
    if (repository === null) return found
    for (const { pulls } of repository.fork ? this.repositories.values() : [repository])
      for (const pull of pulls.values())
        if (pull.headRef === branch && pull.state === 'OPEN' && pull.headRepository === repository)
          found.push(pull)
    return found
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
    const headRepository = seed.headRepository === undefined ? repository : seed.headRepository
    const sibling = this.openFrom(headRepository, headRef)[0]?.headCommit
    const title = seed.title ?? `Pull request ${number}`
    const body = seed.body ?? ''
    const pull: PullRequest = {
      kind: 'pullRequest',
      id,
      nodeId: nodeId('pullRequest', repository.id, id),
      repository,
      number,
      title,
      body,
      state: 'OPEN',
      isDraft: seed.isDraft ?? false,
      author: seed.author === undefined ? someone(repository) : seed.author,
      baseRef: seed.baseRef ?? repository.defaultBranch ?? 'main',
      headRef,
      headRepository,
      headCommit: sibling ?? headRepository?.branches.get(headRef)?.commit ?? commitAfter(id, headRef, 0),
      commits: 1,
      behindBy: seed.behindBy ?? 0,
      additions: seed.additions ?? lines(changeText(title, body)),
      deletions: seed.deletions ?? 0,
      changedFiles: seed.changedFiles ?? 1,
      maintainerCanModify: seed.maintainerCanModify ?? headRepository !== repository,
      labels: new Set(
        (seed.labels ?? []).map((label) =>
          typeof label === 'string'
            ? this.label(repository, label)
            : this.label(repository, label.name, label.color),
        ),
      ),
      reviews: [],
      threads: [],
      checkRuns: new Map(),
      reviewsRequired: seed.reviewsRequired ?? false,
      requestedReviewers: new Set(seed.requestedReviewers),
      comments: seed.comments ?? 0,
      checks: seed.checks ?? null,
      mergeable: seed.mergeable ?? 'MERGEABLE',
      createdAt,
      updatedAt: seed.updatedAt ?? createdAt,
      closedAt: null,
      mergedAt: null,
      mergedBy: null,
      mergeCommit: null,
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

  /** New commits on its head branch: checks start over, and other pull requests of the branch have them too. */
  push(pull: PullRequest): void {
    const commit = commitAfter(pull.id, pull.headRef, pull.commits + 1)
    for (const one of new Set([pull, ...this.openFrom(pull.headRepository, pull.headRef)])) {
      one.commits++
      one.changedFiles++
      one.additions += lines(changeText(pull.title, pull.body))
      one.headCommit = commit
      one.checks = null
      one.checkRuns.clear()
      this.#updated(one)
    }
    if (pull.headRepository !== null) this.pushTo(pull.headRepository)
  }

  comment(pull: PullRequest | Issue): void {
    pull.comments++
    this.#updated(pull)
  }

  edit(pull: PullRequest | Issue, fields: { title?: string; body?: string }): void {
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

  setLabels(pull: PullRequest | Issue, names: readonly string[]): void {
    pull.labels = new Set(names.map((name) => this.label(pull.repository, name)))
    this.#updated(pull)
  }

  requestReview(pull: PullRequest, ...reviewers: (User | Team)[]): void {
    for (const one of reviewers) pull.requestedReviewers.add(one)
    this.#updated(pull)
  }

  withdrawReviewRequests(pull: PullRequest, reviewers: readonly (User | Team)[]): void {
    for (const one of reviewers) pull.requestedReviewers.delete(one)
    this.#updated(pull)
  }

  /** One that is pending is begun, and nobody else knows of it. */
  review(
    pull: PullRequest,
    author: User,
    state: ReviewState,
    { body = '', commit = pull.headCommit }: { body?: string; commit?: string } = {},
  ): Review {
    const id = this.nextId()
    const review: Review = {
      kind: 'review',
      id,
      nodeId: nodeId('review', pull.repository.id, id),
      author,
      state,
      body,
      commit,
      comments: [],
      submittedAt: this.now(),
    }
    pull.reviews.push(review)
    if (state === 'PENDING') return review
    pull.requestedReviewers.delete(author)
    this.#updated(pull)
    return review
  }

  approve(pull: PullRequest, author: User): void {
    this.review(pull, author, 'APPROVED')
  }

  requestChanges(pull: PullRequest, author: User): void {
    this.review(pull, author, 'CHANGES_REQUESTED')
  }

  /** Closes the issues its description says it closes. */
  merge(pull: PullRequest, { by, commit }: { by?: User | null; commit?: string } = {}): void {
    pull.state = 'MERGED'
    pull.mergedAt = pull.closedAt = this.now()
    pull.mergedBy = by ?? someone(pull.repository)
    pull.mergeCommit = commit ?? null
    this.pushTo(pull.repository)
    this.#updated(pull)
    for (const issue of closingIssues(this, pull)) if (issue.state === 'OPEN') this.close(issue)
    if (pull.repository.settings.deleteBranchOnMerge && pull.headRepository === pull.repository)
      this.removeBranch(pull.repository, pull.headRef)
  }

  close(pull: PullRequest | Issue): void {
    pull.state = 'CLOSED'
    pull.closedAt = this.now()
    this.#updated(pull)
  }

  reopen(pull: PullRequest | Issue): void {
    pull.state = 'OPEN'
    pull.closedAt = null
    this.#updated(pull)
  }

  addIssue(repository: Repository, seed: IssueSeed = {}): Issue {
    this.version++
    const id = this.nextId()
    const number = repository.nextNumber++
    const createdAt = seed.createdAt ?? this.now()
    const issue: Issue = {
      kind: 'issue',
      id,
      nodeId: nodeId('issue', repository.id, id),
      repository,
      number,
      title: seed.title ?? `Issue ${number}`,
      body: seed.body ?? '',
      state: 'OPEN',
      author: seed.author === undefined ? someone(repository) : seed.author,
      labels: new Set((seed.labels ?? []).map((name) => this.label(repository, name))),
      assignees: new Set(seed.assignees),
      comments: 0,
      createdAt,
      updatedAt: createdAt,
      closedAt: null,
    }
    repository.issues.set(number, issue)
    this.nodes.set(issue.nodeId, issue)
    return issue
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

  #updated(pull: PullRequest | Issue): void {
    this.version++
    pull.updatedAt = this.now()
  }
}
