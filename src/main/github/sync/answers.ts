import { z } from 'zod'
import type { RemotePullRequest } from '../pull-requests/remote'
import type { RemoteRepository } from '../types'

/** GitHub's times have no fractions. */
const time = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text))
const login = z.object({ login: z.string() })

const REVIEW_DECISIONS = {
  APPROVED: 'approved',
  CHANGES_REQUESTED: 'changes_requested',
  REVIEW_REQUIRED: 'review_required',
} as const
const MERGEABLE = { MERGEABLE: 'mergeable', CONFLICTING: 'conflicting', UNKNOWN: 'unknown' } as const
const CHECKS = {
  SUCCESS: 'success',
  FAILURE: 'failure',
  ERROR: 'failure',
  PENDING: 'pending',
  EXPECTED: 'pending',
} as const
const STATES = { OPEN: 'open', CLOSED: 'closed', MERGED: 'merged' } as const

/** `nodes` of a list, without those this account may not see. */
const nodesOf = <Node extends z.ZodType>(node: Node) =>
  z.object({ nodes: z.array(node.nullable()).nullable() }).nullable()

const nodeSchema = z.object({
  id: z.string(),
  number: z.number().int(),
  title: z.string(),
  body: z.string(),
  state: z.enum(['OPEN', 'CLOSED', 'MERGED']),
  isDraft: z.boolean(),
  url: z.string(),
  createdAt: time,
  updatedAt: time,
  mergedAt: time.nullable(),
  closedAt: time.nullable(),
  author: login.nullable(),
  headRefName: z.string(),
  headRefOid: z.string().nullable(),
  baseRefName: z.string(),
  headRepository: z.object({ databaseId: z.number().nullable(), nameWithOwner: z.string() }).nullable(),
  reviewDecision: z.enum(['APPROVED', 'CHANGES_REQUESTED', 'REVIEW_REQUIRED']).nullable(),
  mergeable: z.enum(['MERGEABLE', 'CONFLICTING', 'UNKNOWN']),
  totalCommentsCount: z.number().int().nullable(),
  additions: z.number().int(),
  deletions: z.number().int(),
  changedFiles: z.number().int(),
  maintainerCanModify: z.boolean(),
  reviewRequests: nodesOf(
    z.object({
      requestedReviewer: z.object({ login: z.string().optional(), slug: z.string().optional() }).nullable(),
    }),
  ),
  labels: nodesOf(z.object({ name: z.string(), color: z.string() })),
  commits: nodesOf(
    z.object({
      commit: z.object({
        statusCheckRollup: z
          .object({ state: z.enum(['SUCCESS', 'FAILURE', 'ERROR', 'PENDING', 'EXPECTED']) })
          .nullable(),
      }),
    }),
  ),
})

function present<Node>(list: { nodes: (Node | null)[] | null } | null): Node[] {
  return (list?.nodes ?? []).filter((node) => node !== null)
}

type Reviewer = RemotePullRequest['requestedReviewers'][number]

function toPullRequest(node: z.infer<typeof nodeSchema>): RemotePullRequest {
  const rollup = present(node.commits)[0]?.commit.statusCheckRollup ?? null
  return {
    nodeId: node.id,
    number: node.number,
    title: node.title,
    body: node.body,
    state: STATES[node.state],
    isDraft: node.isDraft,
    url: node.url,
    author: node.author?.login ?? null,
    headRef: node.headRefName,
    headCommit: node.headRefOid,
    headRepositoryId: node.headRepository?.databaseId?.toString() ?? null,
    headRepository: node.headRepository?.nameWithOwner ?? null,
    baseRef: node.baseRefName,
    requestedReviewers: present(node.reviewRequests).flatMap(({ requestedReviewer: asked }): Reviewer[] => {
      if (asked?.slug !== undefined) return [{ kind: 'team', name: asked.slug }]
      return asked?.login === undefined ? [] : [{ kind: 'user', name: asked.login }]
    }),
    labels: present(node.labels).map(({ name, color }) => ({ name, color })),
    createdAt: node.createdAt,
    updatedAt: node.updatedAt,
    mergedAt: node.mergedAt,
    closedAt: node.closedAt,
    reviewDecision: node.reviewDecision === null ? null : REVIEW_DECISIONS[node.reviewDecision],
    comments: node.totalCommentsCount ?? 0,
    checks: rollup === null ? 'none' : CHECKS[rollup.state],
    mergeable: MERGEABLE[node.mergeable],
    additions: node.additions,
    deletions: node.deletions,
    changedFiles: node.changedFiles,
    maintainerCanModify: node.maintainerCanModify,
  }
}

const pageInfo = z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() })

// ---- pull requests -------------------------------------------------------------------------------

export interface ListPage {
  total: number
  hasNext: boolean
  endCursor: string | null
  /** In the order of the list. `cursor` leads to what comes after it. */
  items: { cursor: string; pull: RemotePullRequest }[]
}

const listPartSchema = z
  .object({
    pullRequests: z.object({
      totalCount: z.number().int(),
      pageInfo,
      edges: z.array(z.object({ cursor: z.string(), node: nodeSchema.nullable() }).nullable()).nullable(),
    }),
  })
  .nullable()

/** The parts of `listsQuery`, in their order; null for a repository that did not come. */
export function readLists(data: unknown, count: number): (ListPage | null)[] {
  const parts = z.record(z.string(), z.unknown()).parse(data)
  return Array.from({ length: count }, (_, index) => {
    const part = listPartSchema.parse(parts[`r${index}`] ?? null)
    if (part === null) return null
    const { totalCount, pageInfo: info, edges } = part.pullRequests
    const items = (edges ?? []).flatMap((edge) =>
      edge === null || edge.node === null ? [] : [{ cursor: edge.cursor, pull: toPullRequest(edge.node) }],
    )
    return { total: totalCount, hasNext: info.hasNextPage, endCursor: info.endCursor, items }
  })
}

/** An object of another type than was asked for comes as an empty one. */
const orOther = <Schema extends z.ZodType>(schema: Schema) =>
  z.union([
    schema,
    z
      .object({})
      .strict()
      .transform(() => null),
    z.null(),
  ])

const countsSchema = z.object({
  nodes: z.array(
    orOther(z.object({ id: z.string(), pullRequests: z.object({ totalCount: z.number().int() }) })),
  ),
})

/** In the order of the ids; null for a repository that did not come. */
export function readCounts(data: unknown): (number | null)[] {
  return countsSchema.parse(data).nodes.map((node) => node?.pullRequests.totalCount ?? null)
}

const pullRequestsSchema = z.object({ nodes: z.array(orOther(nodeSchema)) })

/** In the order of the ids; null for one that did not come. */
export function readPullRequests(data: unknown): (RemotePullRequest | null)[] {
  return pullRequestsSchema.parse(data).nodes.map((node) => (node === null ? null : toPullRequest(node)))
}

export interface SearchPage {
  total: number
  /** Where the next page begins; null at the end. */
  next: string | null
  hits: { repository: string; pull: RemotePullRequest }[]
}

const searchSchema = z.object({
  search: z.object({
    issueCount: z.number().int(),
    pageInfo,
    nodes: z.array(orOther(nodeSchema.extend({ repository: z.object({ id: z.string() }) }))).nullable(),
  }),
})

/** `repository` of a hit is a node id. */
export function readSearch(data: unknown): SearchPage {
  const { issueCount, pageInfo: info, nodes } = searchSchema.parse(data).search
  const hits = (nodes ?? []).flatMap((node) =>
    node === null ? [] : [{ repository: node.repository.id, pull: toPullRequest(node) }],
  )
  return { total: issueCount, next: info.hasNextPage ? info.endCursor : null, hits }
}

// ---- repositories --------------------------------------------------------------------------------

const repositoriesSchema = z.object({
  nodes: z.array(
    orOther(
      z.object({
        id: z.string(),
        databaseId: z.number(),
        nameWithOwner: z.string(),
        url: z.string(),
        isPrivate: z.boolean(),
        isArchived: z.boolean(),
        isFork: z.boolean(),
        pushedAt: time.nullable(),
        defaultBranchRef: z.object({ name: z.string() }).nullable(),
        owner: z.object({ databaseId: z.number().nullish() }),
      }),
    ),
  ),
})

/** A repository and GitHub's id of who owns it now. */
export interface OwnedRepository {
  ownerId: string | null
  repository: RemoteRepository
}

/** In the order of the ids; null for one that did not come. */
export function readRepositories(data: unknown): (OwnedRepository | null)[] {
  return repositoriesSchema.parse(data).nodes.map((node) =>
    node === null
      ? null
      : {
          ownerId: node.owner.databaseId?.toString() ?? null,
          repository: {
            githubId: String(node.databaseId),
            nodeId: node.id,
            fullName: node.nameWithOwner,
            url: node.url,
            cloneUrl: `${node.url}.git`,
            defaultBranch: node.defaultBranchRef?.name ?? null,
            isPrivate: node.isPrivate,
            isArchived: node.isArchived,
            isFork: node.isFork,
            pushedAt: node.pushedAt,
          },
        },
  )
}
