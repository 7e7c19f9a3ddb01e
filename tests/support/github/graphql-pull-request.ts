import { canSee, hasPermission, lentTo, mayUpdate } from './access'
import { baseCommit, branchesOf, closingIssues, fullName, reviewDecision } from './derived'
import { changedFiles } from './git-operations'
import { notFound, type Resolvers } from './graphql-context'
import { connection, ordering, sortedConnection, strings } from './graphql-lists'
import { ruleOf } from './graphql-protection'
import { mergeState } from './merging'
import type { GitHubModel } from './model'
import { nodeId } from './node-ids'
import { checkNames } from './rest-repositories'
import { isoTime } from './rest-values'
import type { Branch, CheckRunInfo, CheckState, PullRequest, Repository, Review, User } from './types'

/** A commit is what a pull request's head or a branch is at; it has no life of its own here. */
export interface Commit {
  kind: 'commit'
  id: string
  oid: string
  headline: string
  author: User | null
  committedAt: number
  checks: CheckState | null
  /** Whose head it is. */
  pull?: PullRequest | null
}

/** A branch with the id lists are sorted by between equals; no two have the same name. */
export interface Ref extends Branch {
  kind: 'ref'
  id: 0
  repository: Repository
}

export const pullRequest: Resolvers<PullRequest> = {
  id: (one) => one.nodeId,
  databaseId: (one) => one.id,
  fullDatabaseId: (one) => String(one.id),
  number: (one) => one.number,
  title: (one) => one.title,
  body: (one) => one.body,
  bodyText: (one) => one.body,
  state: (one) => one.state,
  isDraft: (one) => one.isDraft,
  closed: (one) => one.state !== 'OPEN',
  merged: (one) => one.state === 'MERGED',
  locked: () => false,
  url: (one, _, { addresses }) => `${addresses.web}/${fullName(one.repository)}/pull/${one.number}`,
  author: (one) => one.author,
  repository: (one) => one.repository,
  baseRepository: (one) => one.repository,
  baseRefName: (one) => one.baseRef,
  headRefName: (one) => one.headRef,
  headRefOid: (one) => one.headCommit,
  headRepository: (one, _, context) =>
    one.headRepository !== null && canSee(context.token, one.headRepository) ? one.headRepository : null,
  headRepositoryOwner: (one) => one.headRepository?.owner ?? null,
  isCrossRepository: (one) => one.headRepository !== one.repository,
  reviewDecision,
  mergeable: (one) => one.mergeable,
  statusCheckRollup: (one) => rollup({ checks: one.checks, pull: one }),
  createdAt: (one) => isoTime(one.createdAt),
  updatedAt: (one) => isoTime(one.updatedAt),
  closedAt: (one) => (one.closedAt === null ? null : isoTime(one.closedAt)),
  mergedAt: (one) => (one.mergedAt === null ? null : isoTime(one.mergedAt)),
  totalCommentsCount: (one) => one.comments,
  comments: (one) => ({ totalCount: one.comments }),
  labels: (one, args) => (one.labels.size === 0 ? connection([], args) : connection([...one.labels], args)),
  reviewRequests: (one, args) => connection([...one.requestedReviewers], args),
  reviews: (one, args, { token }) => connection(reviewsFor(token.user, one), args),
  latestReviews: (one, args, { token }) =>
    connection([...new Map(reviewsFor(token.user, one).map((each) => [each.author, each])).values()], args),
  reviewThreads: (one, args) => connection(one.threads, args),
  commits: (one, args) => ({ ...connection([headOf(one)], args), totalCount: one.commits }),
  additions: (one) => one.additions,
  deletions: (one) => one.deletions,
  changedFiles: (one) => one.changedFiles,
  maintainerCanModify: (one) => one.maintainerCanModify,
  mergeStateStatus: mergeState,
  async files(one, args, { store }) {
    const ends = await store.ends(one)
    const files = ends === null ? [] : await changedFiles(ends.folder, ends.base, ends.head)
    return connection(
      files.map(({ filename, status, additions, deletions }) => ({
        path: filename,
        additions,
        deletions,
        changeType: changeTypes[status],
        viewerViewedState: 'UNVIEWED',
      })),
      args,
    )
  },
  baseRefOid: baseCommit,
  baseRef: (one, _, { model }) =>
    refsOf(model, one.repository).find(({ name }) => name === one.baseRef) ?? null,
  headRef: (one, _, { model }) =>
    (one.headRepository === null ? [] : refsOf(model, one.headRepository)).find(
      ({ name }) => name === one.headRef,
    ) ?? null,
  mergeCommit: (one): Commit | null =>
    one.mergeCommit === null ? null : { ...headOf(one), oid: one.mergeCommit, checks: null },
  mergedBy: (one) => one.mergedBy,
  closingIssuesReferences: (one, args, { model }) => connection(closingIssues(model, one), args),
  viewerCanUpdate: (one, _, { token }) => mayUpdate(token.user, one),
  viewerDidAuthor: (one, _, { token }) => one.author === token.user,
  viewerCanUpdateBranch: (one, _, { token }) =>
    one.state === 'OPEN' &&
    one.behindBy > 0 &&
    one.headRepository !== null &&
    (hasPermission(token.user, one.headRepository, 'WRITE') || lentTo(token.user, [one])),
  viewerCanDeleteHeadRef: (one, _, { token }) =>
    one.state !== 'OPEN' &&
    one.headRepository !== null &&
    hasPermission(token.user, one.headRepository, 'WRITE'),
}

/** A review that was begun and not sent is its author's. */
const reviewsFor = (user: User, { reviews }: PullRequest): Review[] =>
  reviews.filter(({ state, author }) => state !== 'PENDING' || author === user)

const changeTypes = {
  added: 'ADDED',
  removed: 'DELETED',
  modified: 'MODIFIED',
  renamed: 'RENAMED',
  changed: 'CHANGED',
} as const

const headOf = (one: PullRequest): Commit => ({
  kind: 'commit',
  id: nodeId('commit', one.repository.id, one.id),
  oid: one.headCommit,
  headline: one.title,
  author: one.author,
  committedAt: one.updatedAt,
  checks: one.checks,
  pull: one,
})

const rollup = ({ checks, pull = null }: Rollup): (Rollup & { state: CheckState }) | null =>
  checks === null ? null : { state: checks, checks, pull }

/** Of a head of a pull request it says what runs as well; that of a branch alone does not know. */
interface Rollup {
  checks: CheckState | null
  pull?: PullRequest | null
}

export const statusCheckRollup: Resolvers<Rollup> = {
  contexts: ({ pull = null }, args) =>
    connection(
      pull === null ? [] : checkNames(pull).map((name): CheckRun => ({ kind: 'checkRun', name, pull })),
      args,
    ),
}

/** A check that runs for a pull request, as far as this server tells them apart. */
export interface CheckRun {
  kind: 'checkRun'
  name: string
  pull: PullRequest
}

const infoOf = ({ name, pull }: CheckRun): CheckRunInfo | undefined => pull.checkRuns.get(name)

/** Of one that said nothing about itself, what is known of all. */
function conclusionOf(run: CheckRun): 'SUCCESS' | 'FAILURE' | null {
  const info = infoOf(run)
  if (info !== undefined)
    return info.conclusion === null ? null : info.conclusion === 'success' ? 'SUCCESS' : 'FAILURE'
  const { checks } = run.pull
  return checks === 'SUCCESS' ? 'SUCCESS' : checks === 'FAILURE' || checks === 'ERROR' ? 'FAILURE' : null
}

export const checkRun: Resolvers<CheckRun> = {
  name: ({ name }) => name,
  databaseId: (one) => infoOf(one)?.id ?? null,
  permalink: (one, _, { addresses }) =>
    `${addresses.web}/${fullName(one.pull.repository)}/runs/${infoOf(one)?.id ?? one.name}`,
  status: (one) => (conclusionOf(one) === null ? 'IN_PROGRESS' : 'COMPLETED'),
  conclusion: conclusionOf,
  detailsUrl: ({ name, pull }, _, { addresses }) =>
    `${addresses.web}/${fullName(pull.repository)}/runs/${name}`,
  annotations: (one, args) =>
    connection(
      (infoOf(one)?.annotations ?? []).map(({ path, startLine, endLine, level, title, message }) => ({
        path,
        annotationLevel: level.toUpperCase(),
        title,
        message,
        location: { start: { line: startLine }, end: { line: endLine } },
      })),
      args,
    ),
  isRequired: ({ name, pull }) =>
    ruleOf(pull.repository, pull.baseRef)?.requiredChecks.includes(name) ?? false,
}

export const commit: Resolvers<Commit> = {
  messageHeadline: ({ headline }) => headline,
  committedDate: ({ committedAt }) => isoTime(committedAt),
  author: ({ author }) => (author === null ? null : { name: author.name, user: author }),
  statusCheckRollup: rollup,
}

export const refsOf = (model: GitHubModel, one: Repository): Ref[] =>
  branchesOf(model, one).map((branch) => ({ ...branch, kind: 'ref', id: 0, repository: one }))

export const ref: Resolvers<Ref> = {
  id: ({ repository, name }) => `REF_${repository.nodeId}_${name}`,
  prefix: () => 'refs/heads/',
  target: (one): Commit => ({
    kind: 'commit',
    id: `C_${one.repository.nodeId}_${one.commit}`,
    oid: one.commit,
    headline: one.headline,
    author: one.author,
    committedAt: one.committedAt,
    checks: one.checks,
  }),
  // The branch is the base and what it is compared with is the head, as at GitHub.
  async compare(one, { headRef }, { model, store }) {
    const { repository } = one
    const head = refsOf(model, repository).find(({ name }) => name === headRef)
    if (head === undefined) throw notFound(`Could not resolve to a ref with the name '${String(headRef)}'.`)
    const { defaultBranch, hosted } = repository
    if (hosted) {
      const { ahead, behind } = await store.aheadBehind(repository, one.name, head.name)
      return { aheadBy: ahead, behindBy: behind }
    }
    if (head.name === defaultBranch) return { aheadBy: one.behindBy, behindBy: one.aheadBy }
    if (one.name === defaultBranch) return { aheadBy: head.aheadBy, behindBy: head.behindBy }
    throw new Error(
      'Of a repository nobody asked for over git, this server compares with the default branch only.',
    )
  },
  associatedPullRequests(one, args, { model }) {
    const states = strings(args['states'])
    const targets = one.repository.fork ? [...model.repositories.values()] : [one.repository]
    const wanted = targets.flatMap(({ pulls }) =>
      [...pulls.values()].filter(
        (pull) =>
          pull.headRepository === one.repository &&
          pull.headRef === one.name &&
          (states === null || states.includes(pull.state)),
      ),
    )
    return sortedConnection(wanted, args, ordering(null, {}))
  },
  branchProtectionRule: ({ repository, name }) => ruleOf(repository, name),
}
