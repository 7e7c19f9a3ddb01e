import { z } from 'zod'
import type { RemotePullRequest } from '../pull-requests/remote'
import type { RemoteMember, RemoteRepository } from '../types'
import type { OwnedRepository } from './answers'

/** How many rows REST sends at most. */
export const PAGE_SIZE = 100

const time = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text))
const owner = z.object({ id: z.number(), login: z.string() })

// ---- the organization ----------------------------------------------------------------------------

const profileSchema = z.object({
  id: z.number(),
  login: z.string(),
  name: z.string().nullish(),
  avatar_url: z.string().nullish(),
})

export interface Profile {
  githubId: string
  login: string
  name: string
  avatarUrl: string | null
}

export function readProfile(body: unknown): Profile {
  const { id, login, name, avatar_url } = profileSchema.parse(body)
  return { githubId: String(id), login, name: name?.trim() || login, avatarUrl: avatar_url ?? null }
}

// ---- repositories --------------------------------------------------------------------------------

const repositorySchema = z.object({
  id: z.number(),
  node_id: z.string(),
  full_name: z.string(),
  html_url: z.string(),
  clone_url: z.string().optional(),
  default_branch: z.string().nullish(),
  private: z.boolean(),
  archived: z.boolean().optional(),
  fork: z.boolean(),
  pushed_at: time.nullish(),
  owner,
})

function toRepository(row: z.infer<typeof repositorySchema>): RemoteRepository {
  return {
    githubId: String(row.id),
    nodeId: row.node_id,
    fullName: row.full_name,
    url: row.html_url,
    cloneUrl: row.clone_url ?? `${row.html_url}.git`,
    // GitHub names one also where nothing was pushed yet, and then it does not exist.
    defaultBranch: row.pushed_at == null ? null : (row.default_branch ?? null),
    isPrivate: row.private,
    isArchived: row.archived ?? false,
    isFork: row.fork,
    pushedAt: row.pushed_at ?? null,
  }
}

const repositoryPageSchema = z.array(repositorySchema)

export function readRepositoryPage(body: unknown): RemoteRepository[] {
  return repositoryPageSchema.parse(body).map(toRepository)
}

export function readRepository(body: unknown): OwnedRepository {
  const row = repositorySchema.parse(body)
  return { ownerId: String(row.owner.id), repository: toRepository(row) }
}

// ---- members -------------------------------------------------------------------------------------

const memberPageSchema = z.array(
  z.object({ id: z.number(), login: z.string(), avatar_url: z.string().nullish() }),
)

export function readMemberPage(body: unknown, role: RemoteMember['role']): RemoteMember[] {
  return memberPageSchema.parse(body).map(({ id, login, avatar_url }) => ({
    githubId: String(id),
    login,
    // Lists do not tell names.
    name: null,
    avatarUrl: avatar_url ?? null,
    role,
  }))
}

// ---- pull requests -------------------------------------------------------------------------------

const pullRequestSchema = z.object({
  node_id: z.string(),
  number: z.number().int(),
  title: z.string(),
  body: z.string().nullish(),
  state: z.enum(['open', 'closed']),
  draft: z.boolean().optional(),
  html_url: z.string(),
  user: z.object({ login: z.string() }).nullish(),
  head: z.object({
    ref: z.string(),
    sha: z.string(),
    repo: z.object({ id: z.number(), full_name: z.string() }).nullish(),
  }),
  base: z.object({ ref: z.string() }),
  labels: z.array(z.object({ name: z.string(), color: z.string() })),
  requested_reviewers: z.array(z.object({ login: z.string() })).nullish(),
  requested_teams: z.array(z.object({ slug: z.string() })).nullish(),
  created_at: time,
  updated_at: time,
  closed_at: time.nullish(),
  merged_at: time.nullish(),
  // Only where one pull request was asked for.
  comments: z.number().int().optional(),
  review_comments: z.number().int().optional(),
  mergeable: z.boolean().nullish(),
})

function toPullRequest(row: z.infer<typeof pullRequestSchema>): RemotePullRequest {
  return {
    nodeId: row.node_id,
    number: row.number,
    title: row.title,
    body: row.body ?? '',
    state: row.merged_at != null ? 'merged' : row.state,
    isDraft: row.draft ?? false,
    url: row.html_url,
    author: row.user?.login ?? null,
    headRef: row.head.ref,
    headCommit: row.head.sha,
    headRepositoryId: row.head.repo?.id.toString() ?? null,
    headRepository: row.head.repo?.full_name ?? null,
    baseRef: row.base.ref,
    requestedReviewers: [
      ...(row.requested_reviewers ?? []).map(({ login }) => ({ kind: 'user' as const, name: login })),
      ...(row.requested_teams ?? []).map(({ slug }) => ({ kind: 'team' as const, name: slug })),
    ],
    labels: row.labels.map(({ name, color }) => ({ name, color })),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    mergedAt: row.merged_at ?? null,
    closedAt: row.closed_at ?? null,
    ...(row.comments === undefined ? {} : { comments: row.comments + (row.review_comments ?? 0) }),
    ...(typeof row.mergeable === 'boolean'
      ? { mergeable: row.mergeable ? ('mergeable' as const) : ('conflicting' as const) }
      : {}),
  }
}

const pullRequestPageSchema = z.array(pullRequestSchema)

export function readPullRequestPage(body: unknown): RemotePullRequest[] {
  return pullRequestPageSchema.parse(body).map(toPullRequest)
}

export function readPullRequest(body: unknown): RemotePullRequest {
  return toPullRequest(pullRequestSchema.parse(body))
}

const searchSchema = z.object({
  total_count: z.number().int(),
  items: z.array(z.object({ number: z.number().int(), repository_url: z.string(), updated_at: time })),
})

export interface IssueHit {
  number: number
  /** `owner/name`, in lower case */
  repository: string
  updatedAt: number
}

export function readIssueSearch(body: unknown): { total: number; hits: IssueHit[] } {
  const { total_count, items } = searchSchema.parse(body)
  return {
    total: total_count,
    hits: items.map(({ number, repository_url, updated_at }) => ({
      number,
      repository: repository_url.split('/').slice(-2).join('/').toLowerCase(),
      updatedAt: updated_at,
    })),
  }
}
