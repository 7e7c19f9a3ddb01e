/** What the server holds. Ids are GitHub's: numbers for REST, node ids for GraphQL. Times are epoch milliseconds. */

export type MemberRole = 'admin' | 'member'
export type Permission = 'READ' | 'TRIAGE' | 'WRITE' | 'MAINTAIN' | 'ADMIN'
export type MergeMethod = 'merge' | 'squash' | 'rebase'
export type ReviewState = 'APPROVED' | 'CHANGES_REQUESTED' | 'COMMENTED' | 'PENDING'
export type CheckState = 'PENDING' | 'EXPECTED' | 'SUCCESS' | 'FAILURE' | 'ERROR'
export type Mergeable = 'MERGEABLE' | 'CONFLICTING' | 'UNKNOWN'

interface Owner {
  id: number
  nodeId: string
  login: string
  name: string | null
  avatarUrl: string
  createdAt: number
  updatedAt: number
  deleted: boolean
  suspended: boolean
  /** In the order they were created, gone ones included until they are deleted. */
  repositories: Set<Repository>
}

export interface User extends Owner {
  kind: 'user'
  email: string | null
  /** An application; REST writes `[bot]` after its login, GraphQL does not. */
  bot: boolean
}

export interface Team {
  kind: 'team'
  id: number
  nodeId: string
  name: string
  slug: string
  organization: Organization
}

export interface Organization extends Owner {
  kind: 'organization'
  description: string | null
  members: Map<User, MemberRole>
  teams: Set<Team>
  /** What every member may do in every repository, unless more is said there. */
  basePermission: Permission
  /** Tokens have to be authorized for it one by one. */
  saml: boolean
}

export interface Repository {
  kind: 'repository'
  id: number
  nodeId: string
  owner: User | Organization
  name: string
  description: string | null
  private: boolean
  archived: boolean
  disabled: boolean
  /** What it was forked from; null as well once that was deleted. */
  parent: Repository | null
  fork: boolean
  /** Null for one nothing was pushed to. */
  defaultBranch: string | null
  createdAt: number
  updatedAt: number
  pushedAt: number | null
  deleted: boolean
  collaborators: Map<User, Permission>
  labels: Map<string, Label>
  pulls: Map<number, PullRequest>
  issues: Map<number, Issue>
  /** Those something was said about; heads of pull requests are branches without. All of them once it is hosted. */
  branches: Map<string, Branch>
  /** Git knows it: a real repository is on disk, and branches are what it has. */
  hosted: boolean
  settings: RepositorySettings
  /** By the name of the branch. */
  protections: Map<string, Protection>
  pushRules: PushRules
  nextNumber: number
}

export interface RepositorySettings {
  allowMerge: boolean
  allowSquash: boolean
  allowRebase: boolean
  deleteBranchOnMerge: boolean
  /** Private repositories of small plans have none. */
  allowDrafts: boolean
}

/** What stands between people and a branch; administrators are people too. */
export interface Protection {
  /** Pushes are refused: changes come through a pull request. */
  requiresPullRequest: boolean
  requiredApprovals: number
  /** Names of checks that have to succeed. */
  requiredChecks: readonly string[]
  /** The head has to have everything of the base. */
  strict: boolean
  allowsForcePushes: boolean
  allowsDeletions: boolean
}

/** Why pushes to any branch are refused. */
export interface PushRules {
  maxFileBytes: number
  secretScanning: boolean
  /** What a hook of an Enterprise server says, whatever was pushed. */
  preReceive: string | null
}

export interface Branch {
  name: string
  commit: string
  headline: string
  author: User | null
  committedAt: number
  checks: CheckState | null
  /** Against the default branch. */
  aheadBy: number
  behindBy: number
}

export interface Label {
  kind: 'label'
  id: number
  nodeId: string
  name: string
  color: string
}

export interface Issue {
  kind: 'issue'
  id: number
  nodeId: string
  repository: Repository
  number: number
  title: string
  body: string
  state: 'OPEN' | 'CLOSED'
  /** Null once that user was deleted. */
  author: User | null
  labels: Set<Label>
  assignees: Set<User>
  comments: number
  createdAt: number
  updatedAt: number
  closedAt: number | null
}

export interface Review {
  kind: 'review'
  id: number
  nodeId: string
  author: User
  state: ReviewState
  body: string
  /** What was reviewed. */
  commit: string
  comments: ReviewComment[]
  submittedAt: number
}

/** What is said about lines of a pull request. */
export interface ReviewThread {
  kind: 'reviewThread'
  id: number
  nodeId: string
  pull: PullRequest
  path: string
  side: 'LEFT' | 'RIGHT'
  /** In the commit it was written for; null for one about the whole file. */
  line: number | null
  startLine: number | null
  commit: string
  /** The diff up to its line. */
  hunk: string
  resolvedBy: User | null
  comments: ReviewComment[]
}

export interface ReviewComment {
  kind: 'reviewComment'
  id: number
  nodeId: string
  thread: ReviewThread
  author: User
  body: string
  review: Review
  createdAt: number
}

/** A check of a head commit that says something about itself. */
export interface CheckRunInfo {
  kind: 'checkRun'
  /** That of its job, where Actions ran it. */
  id: number
  name: string
  pull: PullRequest
  /** Null while it runs. */
  conclusion: 'success' | 'failure' | null
  title: string | null
  summary: string | null
  text: string | null
  annotations: {
    path: string
    startLine: number
    endLine: number
    level: 'notice' | 'warning' | 'failure'
    title: string | null
    message: string
  }[]
  /** What Actions kept of it; null for a check of others. */
  log: string | null
}

export interface PullRequest {
  kind: 'pullRequest'
  id: number
  nodeId: string
  repository: Repository
  number: number
  title: string
  body: string
  state: 'OPEN' | 'CLOSED' | 'MERGED'
  isDraft: boolean
  /** Null once that user was deleted: GitHub shows a ghost. */
  author: User | null
  baseRef: string
  headRef: string
  /** Null once the fork was deleted. */
  headRepository: Repository | null
  headCommit: string
  commits: number
  /** Commits of the base that are not in the head. */
  behindBy: number
  additions: number
  deletions: number
  changedFiles: number
  /** Whoever may push to the base may push to the head branch of a fork. */
  maintainerCanModify: boolean
  labels: Set<Label>
  reviews: Review[]
  threads: ReviewThread[]
  /** Of the head commit, those that say something about themselves, by their names. */
  checkRuns: Map<string, CheckRunInfo>
  reviewsRequired: boolean
  requestedReviewers: Set<User | Team>
  comments: number
  /** Null where the head commit has none. */
  checks: CheckState | null
  mergeable: Mergeable
  createdAt: number
  updatedAt: number
  closedAt: number | null
  mergedAt: number | null
  mergedBy: User | null
  /** Null as well for one that was merged before anybody asked for the repository over git. */
  mergeCommit: string | null
}

export interface Token {
  value: string
  user: User
  kind: 'classic' | 'fine-grained' | 'oauth'
  /** Null for a fine-grained one, which GitHub does not tell the scopes of. */
  scopes: string[] | null
  expiresAt: number | null
  revoked: boolean
  /** A fine-grained one may be for reading only. */
  readOnly: boolean
  /** SAML organizations it is authorized for. */
  authorized: Set<Organization>
  /** A fine-grained token sees one owner's private repositories only; null: everything its user sees. */
  resourceOwner: User | Organization | null
}
