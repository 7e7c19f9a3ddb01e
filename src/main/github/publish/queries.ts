import { runState, statusState } from '../check-states'
import { z } from 'zod'
import { mergeMethods, type MergeMethod, type PublishChoices } from '@shared/publish'
import type { PullRequestStanding } from '@shared/publish'

const RATE_LIMIT = 'rateLimit { cost remaining limit resetAt }'

/** What can be chosen for a pull request of repository `$id`. */
export const CHOICES = `query PublishChoices($id: ID!) {
  node(id: $id) { ... on Repository {
    viewerPermission isArchived
    pullRequestTemplates { filename body }
    labels(first: 100, orderBy: { field: NAME, direction: ASC }) { nodes { name color } }
    assignableUsers(first: 100) { nodes { login name } }
  } }
  ${RATE_LIMIT}
}`

const nodesOf = <Node extends z.ZodType>(node: Node) =>
  z.object({ nodes: z.array(node.nullable()).nullable() }).nullish()

const present = <Node>(list: { nodes: (Node | null)[] | null } | null | undefined): Node[] =>
  (list?.nodes ?? []).filter((node) => node !== null)

const WRITERS = new Set(['ADMIN', 'MAINTAIN', 'WRITE'])

const choicesSchema = z.object({
  node: z
    .object({
      viewerPermission: z.string().nullish(),
      isArchived: z.boolean().optional(),
      pullRequestTemplates: z
        .array(z.object({ filename: z.string().nullish(), body: z.string().nullish() }))
        .nullish(),
      labels: nodesOf(z.object({ name: z.string(), color: z.string() })),
      assignableUsers: nodesOf(z.object({ login: z.string(), name: z.string().nullish() })),
    })
    .nullable(),
})

/** Null for a repository GitHub did not tell of. */
export function readChoices(data: unknown): PublishChoices | null {
  const { node } = choicesSchema.parse(data)
  if (node === null) return null
  return {
    people: present(node.assignableUsers).map(({ login, name }) => ({ login, name: name ?? null })),
    labels: present(node.labels),
    templates: (node.pullRequestTemplates ?? []).flatMap(({ filename, body }) =>
      body == null || body.trim() === '' ? [] : [{ name: filename ?? 'Template', body }],
    ),
    mayPush: WRITERS.has(node.viewerPermission ?? ''),
    archived: node.isArchived ?? false,
  }
}

/** How pull request `$id` stands. */
export const STANDING = `query PullRequestStanding($id: ID!, $number: Int!) {
  node(id: $id) { ... on PullRequest {
    number title body state isDraft baseRefName headRefOid mergeStateStatus reviewDecision viewerCanUpdate
    isCrossRepository
    repository {
      viewerPermission viewerDefaultMergeMethod mergeCommitAllowed squashMergeAllowed rebaseMergeAllowed
      deleteBranchOnMerge isArchived
    }
    headRepository { viewerPermission defaultBranchRef { name } }
    headRefName
    baseRef { branchProtectionRule {
      requiresApprovingReviews requiredApprovingReviewCount requiresStatusChecks requiredStatusCheckContexts
    } }
    latestReviews(first: 50) { nodes { state author { login } } }
    commits(last: 1) { nodes { commit { statusCheckRollup {
      state
      contexts(first: 100) { totalCount nodes {
        __typename
        ... on CheckRun { databaseId permalink name status conclusion detailsUrl isRequired(pullRequestNumber: $number) }
        ... on StatusContext { context state description targetUrl isRequired(pullRequestNumber: $number) }
      } }
    } } } }
  } }
  ${RATE_LIMIT}
}`

const contextSchema = z.union([
  z.object({
    __typename: z.literal('CheckRun'),
    databaseId: z.number().int().nullish(),
    permalink: z.string().nullish(),
    name: z.string(),
    status: z.string(),
    conclusion: z.string().nullish(),
    detailsUrl: z.string().nullish(),
    isRequired: z.boolean(),
  }),
  z.object({
    __typename: z.literal('StatusContext'),
    context: z.string(),
    state: z.string(),
    description: z.string().nullish(),
    targetUrl: z.string().nullish(),
    isRequired: z.boolean(),
  }),
])

const standingSchema = z.object({
  node: z
    .object({
      number: z.number().int(),
      title: z.string(),
      body: z.string(),
      state: z.enum(['OPEN', 'CLOSED', 'MERGED']),
      isDraft: z.boolean(),
      baseRefName: z.string(),
      headRefName: z.string(),
      headRefOid: z.string(),
      mergeStateStatus: z.string(),
      reviewDecision: z.enum(['APPROVED', 'CHANGES_REQUESTED', 'REVIEW_REQUIRED']).nullish(),
      viewerCanUpdate: z.boolean(),
      isCrossRepository: z.boolean(),
      repository: z.object({
        viewerPermission: z.string().nullish(),
        viewerDefaultMergeMethod: z.string().nullish(),
        mergeCommitAllowed: z.boolean(),
        squashMergeAllowed: z.boolean(),
        rebaseMergeAllowed: z.boolean(),
        deleteBranchOnMerge: z.boolean(),
        isArchived: z.boolean(),
      }),
      headRepository: z
        .object({
          viewerPermission: z.string().nullish(),
          defaultBranchRef: z.object({ name: z.string() }).nullish(),
        })
        .nullish(),
      baseRef: z
        .object({
          branchProtectionRule: z
            .object({
              requiresApprovingReviews: z.boolean(),
              requiredApprovingReviewCount: z.number().int().nullish(),
              requiresStatusChecks: z.boolean(),
              requiredStatusCheckContexts: z.array(z.string().nullable()).nullish(),
            })
            .nullish(),
        })
        .nullish(),
      latestReviews: nodesOf(
        z.object({ state: z.string(), author: z.object({ login: z.string() }).nullish() }),
      ),
      commits: nodesOf(
        z.object({
          commit: z.object({
            statusCheckRollup: z
              .object({
                state: z.string(),
                contexts: z.object({
                  totalCount: z.number().int(),
                  nodes: z.array(contextSchema.nullable()).nullable(),
                }),
              })
              .nullish(),
          }),
        }),
      ),
    })
    .nullable(),
})

const MERGE_STATES: Record<string, PullRequestStanding['mergeState']> = {
  CLEAN: 'clean',
  HAS_HOOKS: 'clean',
  UNSTABLE: 'unstable',
  BLOCKED: 'blocked',
  BEHIND: 'behind',
  DIRTY: 'dirty',
  DRAFT: 'draft',
}
const STATES = { OPEN: 'open', CLOSED: 'closed', MERGED: 'merged' } as const
const DECISIONS = {
  APPROVED: 'approved',
  CHANGES_REQUESTED: 'changes_requested',
  REVIEW_REQUIRED: 'review_required',
} as const
const REVIEWS: Record<string, PullRequestStanding['reviews'][number]['state']> = {
  APPROVED: 'approved',
  CHANGES_REQUESTED: 'changes_requested',
  COMMENTED: 'commented',
}

/** What GitHub tells; what follows from it for merging is said by `mergeObstacles`. */
export type ToldStanding = Omit<PullRequestStanding, 'obstacles' | 'warnings' | 'readAt'> & {
  archived: boolean
  /** Null where this account is not told. */
  requiredApprovals: number | null
}

/** Null for a pull request GitHub did not tell of. */
export function readStanding(data: unknown): ToldStanding | null {
  const { node } = standingSchema.parse(data)
  if (node === null) return null
  const { repository } = node
  const rule = node.baseRef?.branchProtectionRule
  const required = new Set(rule?.requiresStatusChecks === true ? rule.requiredStatusCheckContexts : [])
  const rollup = present(node.commits)[0]?.commit.statusCheckRollup
  const told = (rollup?.contexts.nodes ?? []).filter((one) => one !== null).map(toCheck)
  const missing = [...required].filter((name) => name !== null && !told.some((check) => check.name === name))
  const allowed: Record<MergeMethod, boolean> = {
    merge: repository.mergeCommitAllowed,
    squash: repository.squashMergeAllowed,
    rebase: repository.rebaseMergeAllowed,
  }
  const methods = mergeMethods.filter((method) => allowed[method])
  const usual = mergeMethods.find(
    (method) => method === repository.viewerDefaultMergeMethod?.toLowerCase() && allowed[method],
  )
  return {
    number: node.number,
    title: node.title,
    body: node.body,
    base: node.baseRefName,
    state: STATES[node.state],
    isDraft: node.isDraft,
    head: node.headRefOid,
    mergeState: MERGE_STATES[node.mergeStateStatus] ?? 'unknown',
    reviewDecision: node.reviewDecision == null ? null : DECISIONS[node.reviewDecision],
    reviews: present(node.latestReviews).flatMap(({ state, author }) => {
      const known = REVIEWS[state]
      return known === undefined ? [] : [{ author: author?.login ?? 'ghost', state: known }]
    }),
    checks: [
      ...told.map((check) => ({ ...check, required: check.required || required.has(check.name) })),
      // What is required and was not begun yet is not in the list.
      ...missing.map((name) => ({
        id: null,
        name: name ?? '',
        state: 'pending' as const,
        description: null,
        url: null,
        required: true,
      })),
    ],
    checksTotal: (rollup?.contexts.totalCount ?? 0) + missing.length,
    methods,
    defaultMethod: usual ?? methods[0] ?? null,
    mayUpdate: node.viewerCanUpdate,
    mayMerge: WRITERS.has(repository.viewerPermission ?? ''),
    deletesBranch: repository.deleteBranchOnMerge,
    mayDeleteBranch:
      !node.isCrossRepository &&
      WRITERS.has(node.headRepository?.viewerPermission ?? '') &&
      node.headRepository?.defaultBranchRef?.name !== node.headRefName,
    archived: repository.isArchived,
    requiredApprovals:
      rule?.requiresApprovingReviews === true ? (rule.requiredApprovingReviewCount ?? 1) : null,
  }
}

function toCheck(context: z.infer<typeof contextSchema>): PullRequestStanding['checks'][number] {
  if (context.__typename === 'StatusContext')
    return {
      id: null,
      name: context.context,
      state: statusState(context.state),
      description: context.description ?? null,
      url: context.targetUrl ?? null,
      required: context.isRequired,
    }
  return {
    id: context.databaseId ?? idIn(context.permalink),
    name: context.name,
    state: runState(context),
    description: null,
    url: context.detailsUrl ?? null,
    required: context.isRequired,
  }
}

/** The ids of checks have outgrown the numbers of GraphQL: their addresses have them, too. */
function idIn(permalink: string | null | undefined): number | null {
  const id = Number(/\/(?:runs|job)\/(\d{1,15})(?:$|[?#])/.exec(permalink ?? '')?.[1] ?? NaN)
  return Number.isSafeInteger(id) ? id : null
}

/** Draft or not. */
export function draftMutation(draft: boolean): string {
  const name = draft ? 'convertPullRequestToDraft' : 'markPullRequestReadyForReview'
  return `mutation ${draft ? 'ConvertToDraft' : 'MarkReady'}($id: ID!) {
  ${name}(input: { pullRequestId: $id }) { pullRequest { isDraft } }
}`
}
