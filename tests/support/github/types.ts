/** What the server holds. Ids are GitHub's: numbers for REST, node ids for GraphQL. Times are epoch milliseconds. */

export type MemberRole = 'admin' | 'member'
export type ReviewState = 'APPROVED' | 'CHANGES_REQUESTED' | 'COMMENTED'
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
  collaborators: Set<User>
  labels: Map<string, Label>
  pulls: Map<number, PullRequest>
  /** Those something was said about; heads of pull requests are branches without. */
  branches: Map<string, Branch>
  nextNumber: number
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

export interface Review {
  kind: 'review'
  id: number
  author: User
  state: ReviewState
  submittedAt: number
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
  labels: Set<Label>
  reviews: Review[]
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
}

export interface Token {
  value: string
  user: User
  kind: 'classic' | 'fine-grained' | 'oauth'
  /** Null for a fine-grained one, which GitHub does not tell the scopes of. */
  scopes: string[] | null
  expiresAt: number | null
  revoked: boolean
  /** SAML organizations it is authorized for. */
  authorized: Set<Organization>
  /** A fine-grained token sees one owner's private repositories only; null: everything its user sees. */
  resourceOwner: User | Organization | null
}
