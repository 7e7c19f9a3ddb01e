import { z } from 'zod'
import type { Branch } from '@shared/github'

/** What GitHub tells of a branch; the rest is known here. */
export type RemoteBranch = Omit<Branch, 'pullRequest' | 'task'>

/** One page of the branches of a repository, and what is told with each page. */
export interface BranchPage {
  /** Its branch is told whichever page it is on. Null where nothing was pushed yet. */
  defaultBranch: RemoteBranch | null
  total: number
  branches: RemoteBranch[]
  /** Where the next page begins; null at the end. */
  next: string | null
}

/**
 * The branches of repository `$id`, those with the latest commits first, `$first` of them after `$after`. `$base` is what each is compared with:
 * GitHub takes the branch as the base and `$base` as the head, so what is ahead there is what the branch is behind.
 */
export const BRANCHES = `query RepositoryBranches($id: ID!, $first: Int!, $after: String, $base: String!, $compare: Boolean!) {
  node(id: $id) { ... on Repository {
    defaultBranchRef { ...branch }
    refs(refPrefix: "refs/heads/", first: $first, after: $after, orderBy: { field: TAG_COMMIT_DATE, direction: DESC }) {
      totalCount pageInfo { hasNextPage endCursor } nodes { ...branch }
    }
  } }
  rateLimit { cost remaining limit resetAt }
}
fragment branch on Ref {
  name
  target { oid ... on Commit {
    committedDate messageHeadline
    author { name user { login } }
    statusCheckRollup { state }
  } }
  compare(headRef: $base) @include(if: $compare) { aheadBy behindBy }
}`

const CHECKS = {
  SUCCESS: 'success',
  FAILURE: 'failure',
  ERROR: 'failure',
  PENDING: 'pending',
  EXPECTED: 'pending',
} as const

const refSchema = z.object({
  name: z.string(),
  target: z
    .object({
      oid: z.string(),
      committedDate: z.iso
        .datetime({ offset: true })
        .transform((text) => Date.parse(text))
        .optional(),
      messageHeadline: z.string().optional(),
      author: z
        .object({ name: z.string().nullable(), user: z.object({ login: z.string() }).nullable() })
        .nullish(),
      statusCheckRollup: z
        .object({ state: z.enum(['SUCCESS', 'FAILURE', 'ERROR', 'PENDING', 'EXPECTED']) })
        .nullish(),
    })
    .nullable(),
  compare: z.object({ aheadBy: z.number().int(), behindBy: z.number().int() }).nullish(),
})

const pageSchema = z.object({
  node: z
    .object({
      defaultBranchRef: refSchema.nullish(),
      refs: z
        .object({
          totalCount: z.number().int(),
          pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
          nodes: z.array(refSchema.nullable()).nullable(),
        })
        .nullish(),
    })
    .nullable(),
})

/** Null for a repository GitHub did not tell of. */
export function readBranches(data: unknown): BranchPage | null {
  const { node } = pageSchema.parse(data)
  if (node?.refs == null) return null
  const { totalCount, pageInfo, nodes } = node.refs
  return {
    defaultBranch: node.defaultBranchRef == null ? null : toBranch(node.defaultBranchRef),
    total: totalCount,
    branches: (nodes ?? []).flatMap((ref) => (ref === null ? [] : [toBranch(ref)])),
    next: pageInfo.hasNextPage ? pageInfo.endCursor : null,
  }
}

function toBranch({ name, target, compare }: z.infer<typeof refSchema>): RemoteBranch {
  const rollup = target?.statusCheckRollup ?? null
  return {
    name,
    commit: target?.oid ?? null,
    committedAt: target?.committedDate ?? null,
    headline: target?.messageHeadline ?? '',
    author: target?.author?.user?.login ?? target?.author?.name ?? null,
    checks: rollup === null ? 'none' : CHECKS[rollup.state],
    aheadBy: compare?.behindBy ?? null,
    behindBy: compare?.aheadBy ?? null,
  }
}
