import { GraphQLError } from 'graphql'
import { barrier, canSee, isMember } from './access'
import { branchesOf, fullName, reviewDecision, type GitHubModel } from './model'
import { nodeId } from './node-ids'
import { avatarUrl, isoTime, type Addresses } from './rest-values'
import { SEARCH_CAP, searchIssues, SearchRefused } from './search'
import type {
  Branch,
  CheckState,
  Issue,
  Label,
  Organization,
  PullRequest,
  Repository,
  Team,
  Token,
  User,
} from './types'

/** What every resolver knows of the request. */
export interface QueryContext {
  model: GitHubModel
  token: Token
  addresses: Addresses
  rateLimit: {
    cost: number
    limit: number
    remaining: number
    resetAt: string
    nodeCount: number
    used: number
  }
}

type Arguments = Record<string, unknown>
type Resolver<Source> = (source: Source, args: Arguments, context: QueryContext) => unknown
type Resolvers<Source> = Record<string, Resolver<Source>>

/** A commit is what a pull request's head or a branch is at; it has no life of its own here. */
interface Commit {
  kind: 'commit'
  id: string
  oid: string
  headline: string
  author: User | null
  committedAt: number
  checks: CheckState | null
}

/** A branch with the id lists are sorted by between equals; no two have the same name. */
interface Ref extends Branch {
  kind: 'ref'
  id: 0
  repository: Repository
}

const typenames: Record<string, string> = {
  user: 'User',
  organization: 'Organization',
  team: 'Team',
  repository: 'Repository',
  pullRequest: 'PullRequest',
  label: 'Label',
  issue: 'Issue',
  commit: 'Commit',
  ref: 'Ref',
}

/** The name of an object's type, for unions and interfaces. */
export function typenameOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return 'Unknown'
  if ('bot' in value && value.bot === true) return 'Bot'
  const kind = 'kind' in value ? value.kind : undefined
  return (typeof kind === 'string' ? typenames[kind] : undefined) ?? 'Unknown'
}

// ---- lists -----------------------------------------------------------------------------------------

/** How a list is sorted; the id decides between equals. */
interface Order<One> {
  of(one: One): number | string
  sign: 1 | -1
}

type Place = [key: number | string, id: number]

const placeOf = <One extends { id: number }>({ of }: Order<One>, one: One): Place => [of(one), one.id]

function compare([key, id]: Place, [otherKey, otherId]: Place): number {
  if (key !== otherKey) return key < otherKey ? -1 : 1
  return id - otherId
}

const encode = (place: unknown): string =>
  Buffer.from(`cursor:v2:${JSON.stringify(place)}`).toString('base64')

function decode(cursor: string): unknown {
  const text = /^cursor:v2:(.+)$/.exec(Buffer.from(cursor, 'base64').toString())?.[1]
  if (text !== undefined) return JSON.parse(text)
  throw new GraphQLError(`\`${cursor}\` does not appear to be a valid cursor.`, {
    extensions: { type: 'INVALID_CURSOR_ARGUMENTS' },
  })
}

interface ConnectionOptions<One> {
  /** What an edge has beside its node. */
  edge?: (one: One) => object
}

/**
 * A page of a list whose cursors name a place in its order: what comes and goes elsewhere moves nothing, as with
 * GitHub's lists.
 */
function sortedConnection<One extends { id: number }>(
  all: One[],
  args: Arguments,
  order: Order<One>,
  options: ConnectionOptions<One> = {},
) {
  all.sort((a, b) => order.sign * compare(placeOf(order, a), placeOf(order, b)))
  const beyond = (cursor: string): ((one: One) => boolean) => {
    const place = decode(cursor) as Place
    return (one) => order.sign * compare(placeOf(order, one), place) > 0
  }
  const indexAfter = (cursor: string): number => {
    const found = all.findIndex(beyond(cursor))
    return found < 0 ? all.length : found
  }
  return connection(all, args, {
    ...options,
    indexAfter,
    cursor: (one) => encode(placeOf(order, one)),
  })
}

/** A page of a list whose cursors are plain numbers, as those of a search are. */
function connection<One>(
  all: readonly One[],
  { first, after, last, before }: Arguments,
  {
    edge = () => ({}),
    indexAfter = (cursor) => Number(decode(cursor)),
    cursor = (_, index) => encode(index + 1),
  }: ConnectionOptions<One> & {
    indexAfter?: (cursor: string) => number
    cursor?: (one: One, index: number) => string
  } = {},
) {
  let start = typeof after === 'string' ? indexAfter(after) : 0
  let end = typeof before === 'string' ? indexAfter(before) - 1 : all.length
  if (typeof first === 'number') end = Math.min(end, start + first)
  else if (typeof last === 'number') start = Math.max(start, end - last)
  const nodes = all.slice(start, end)
  const cursorAt = (index: number): string | null => {
    const one = nodes[index]
    return one === undefined ? null : cursor(one, start + index)
  }
  return {
    totalCount: all.length,
    nodes,
    edges: () => nodes.map((node, index) => ({ ...edge(node), node, cursor: cursorAt(index) })),
    pageInfo: {
      hasNextPage: end < all.length,
      hasPreviousPage: start > 0,
      startCursor: cursorAt(0),
      endCursor: cursorAt(nodes.length - 1),
    },
  }
}

const strings = (value: unknown): string[] | null => (Array.isArray(value) ? value.map(String) : null)

/** The order a client asked for; that of creation if it did not. */
function ordering<One extends { id: number }>(
  orderBy: unknown,
  keys: Record<string, (one: One) => number | string>,
): Order<One> {
  if (typeof orderBy !== 'object' || orderBy === null) return { of: (one) => one.id, sign: 1 }
  const { field, direction } = orderBy as { field?: string; direction?: string }
  const of = field === undefined ? undefined : keys[field]
  if (of === undefined) throw new Error(`This server does not sort by ${String(field)} yet.`)
  return { of, sign: direction === 'DESC' ? -1 : 1 }
}

// ---- what may be seen ------------------------------------------------------------------------------

const notFound = (message: string): GraphQLError =>
  new GraphQLError(message, { extensions: { type: 'NOT_FOUND' } })

function assertReachable({ token }: QueryContext, owner: User | Organization): void {
  const barred = barrier(token, owner)
  if (barred === 'saml')
    throw new GraphQLError(
      'Resource protected by organization SAML enforcement. You must grant your Personal Access token access to this organization.',
      { extensions: { type: 'FORBIDDEN', extensions: { saml_failure: true } } },
    )
  if (barred === 'suspended')
    throw new GraphQLError('Sorry. Your account was suspended. Please contact support for help.', {
      extensions: { type: 'FORBIDDEN' },
    })
}

function node(id: string, context: QueryContext): unknown {
  const found = context.model.nodes.get(id)
  const missing = notFound(`Could not resolve to a node with the global id of '${id}'`)
  if (found === undefined) return missing
  const repository =
    found.kind === 'repository' ? found : found.kind === 'pullRequest' ? found.repository : null
  if (repository === null) return found
  if (!canSee(context.token, repository)) return missing
  assertReachable(context, repository.owner)
  return found
}

function visible(context: QueryContext): (repository: Repository) => boolean {
  return (repository) =>
    canSee(context.token, repository) && barrier(context.token, repository.owner) === null
}

// ---- types -----------------------------------------------------------------------------------------

const query: Resolvers<unknown> = {
  viewer: (_, __, { token }) => token.user,
  rateLimit: (_, __, { rateLimit }) => rateLimit,
  node: (_, { id }, context) => node(String(id), context),
  nodes: (_, { ids }, context) =>
    (strings(ids) ?? []).map((id) => {
      try {
        return node(id, context)
      } catch (error) {
        return error
      }
    }),
  organization(_, { login }, context) {
    const found = context.model.owner(String(login))
    if (found?.kind !== 'organization')
      throw notFound(`Could not resolve to an Organization with the login of '${String(login)}'.`)
    assertReachable(context, found)
    return found
  },
  user(_, { login }, context) {
    const found = context.model.owner(String(login))
    if (found?.kind !== 'user')
      throw notFound(`Could not resolve to a User with the login of '${String(login)}'.`)
    return found
  },
  repositoryOwner(_, { login }, context) {
    const found = context.model.owner(String(login))
    if (found !== undefined) assertReachable(context, found)
    return found ?? null
  },
  repository(_, { owner, name, followRenames }, context) {
    const full = `${String(owner)}/${String(name)}`
    const found = context.model.repository(full)
    if (
      found === undefined ||
      (found.redirected && followRenames === false) ||
      !canSee(context.token, found.repository)
    )
      throw notFound(`Could not resolve to a Repository with the name '${full}'.`)
    assertReachable(context, found.repository.owner)
    return found.repository
  },
  search(_, args, context) {
    if (args['type'] !== 'ISSUE') throw new Error('This server searches issues and pull requests only.')
    let found: (PullRequest | Issue)[]
    try {
      found = searchIssues(context.model, String(args['query']), visible(context))
    } catch (error) {
      if (!(error instanceof SearchRefused)) throw error
      // Unlike REST, GraphQL finds nothing where it may not look.
      found = []
    }
    return { ...connection(found.slice(0, SEARCH_CAP), args), issueCount: found.length }
  },
}

const owner: Resolvers<User | Organization> = {
  id: (one) => one.nodeId,
  databaseId: (one) => one.id,
  login: (one) => one.login,
  name: (one) => one.name,
  avatarUrl: (one, _, { addresses }) => avatarUrl(addresses, one),
  url: (one, _, { addresses }) => `${addresses.web}/${one.login}`,
  createdAt: (one) => isoTime(one.createdAt),
  updatedAt: (one) => isoTime(one.updatedAt),
  repositories(one, args, context) {
    const { privacy, isFork, isArchived, affiliations, ownerAffiliations, orderBy } = args
    // By default a user's list has more than what is its own, as GitHub's does.
    const which = strings(ownerAffiliations) ?? strings(affiliations) ?? ['OWNER', 'COLLABORATOR']
    const all =
      one.kind === 'user' && (which.includes('COLLABORATOR') || which.includes('ORGANIZATION_MEMBER'))
        ? [...context.model.repositories.values()].filter((repository) => affiliated(one, repository, which))
        : [...one.repositories]
    const wanted = all.filter(
      (repository) =>
        visible(context)(repository) &&
        (typeof privacy !== 'string' || repository.private === (privacy === 'PRIVATE')) &&
        (typeof isFork !== 'boolean' || repository.fork === isFork) &&
        (typeof isArchived !== 'boolean' || repository.archived === isArchived),
    )
    return sortedConnection(
      wanted,
      args,
      ordering(orderBy, {
        CREATED_AT: (repository) => repository.createdAt,
        UPDATED_AT: (repository) => repository.updatedAt,
        PUSHED_AT: (repository) => repository.pushedAt ?? 0,
        NAME: (repository) => repository.name,
      }),
    )
  },
}

function affiliated(user: User, repository: Repository, which: string[]): boolean {
  if (repository.owner === user) return which.includes('OWNER')
  if (repository.collaborators.has(user)) return which.includes('COLLABORATOR')
  return (
    which.includes('ORGANIZATION_MEMBER') &&
    repository.owner.kind === 'organization' &&
    repository.owner.members.has(user)
  )
}

const user: Resolvers<User> = {
  ...(owner as Resolvers<User>),
  email: (one) => one.email ?? '',
  organizations: (one, args, { model }) =>
    connection(
      [...model.organizations.values()].filter((organization) => organization.members.has(one)),
      args,
    ),
}

const organization: Resolvers<Organization> = {
  ...(owner as Resolvers<Organization>),
  description: (one) => one.description,
  viewerIsAMember: (one, _, { token }) => isMember(token, one),
  membersWithRole(one, args, { token }) {
    const members = isMember(token, one) ? [...one.members] : []
    const all = members.map(([member]) => member)
    return sortedConnection(all, args, ordering(null, {}), {
      edge: (member) => ({ role: one.members.get(member)?.toUpperCase() }),
    })
  },
}

const repository: Resolvers<Repository> = {
  id: (one) => one.nodeId,
  databaseId: (one) => one.id,
  name: (one) => one.name,
  nameWithOwner: fullName,
  owner: (one) => one.owner,
  url: (one, _, { addresses }) => `${addresses.web}/${fullName(one)}`,
  description: (one) => one.description,
  isPrivate: (one) => one.private,
  visibility: (one) => (one.private ? 'PRIVATE' : 'PUBLIC'),
  isArchived: (one) => one.archived,
  isDisabled: (one) => one.disabled,
  isEmpty: (one) => one.defaultBranch === null,
  isFork: (one) => one.fork,
  parent: (one) => one.parent,
  defaultBranchRef: (one, _, { model }) =>
    refsOf(model, one).find(({ name }) => name === one.defaultBranch) ?? null,
  refs(one, args, { model }) {
    const { refPrefix, orderBy, query: text } = args
    if (refPrefix !== 'refs/heads/' || orderBy !== undefined || text !== undefined)
      throw new Error('This server lists all branches by name only.')
    return sortedConnection(refsOf(model, one), args, { of: ({ name }) => name, sign: 1 })
  },
  createdAt: (one) => isoTime(one.createdAt),
  updatedAt: (one) => isoTime(one.updatedAt),
  pushedAt: (one) => (one.pushedAt === null ? null : isoTime(one.pushedAt)),
  pullRequest(one, { number }) {
    const found = one.pulls.get(Number(number))
    if (found === undefined)
      throw notFound(`Could not resolve to a PullRequest with the number of ${String(number)}.`)
    return found
  },
  pullRequests(one, args) {
    const { states, baseRefName, headRefName, labels, orderBy } = args
    const wantedStates = strings(states)
    const wantedLabels = strings(labels)
    const wanted = [...one.pulls.values()].filter(
      (pull) =>
        (wantedStates === null || wantedStates.includes(pull.state)) &&
        (typeof baseRefName !== 'string' || pull.baseRef === baseRefName) &&
        (typeof headRefName !== 'string' || pull.headRef === headRefName) &&
        (wantedLabels === null || [...pull.labels].some((label) => wantedLabels.includes(label.name))),
    )
    return sortedConnection(
      wanted,
      args,
      ordering(orderBy, {
        CREATED_AT: (pull) => pull.createdAt,
        UPDATED_AT: (pull) => pull.updatedAt,
        COMMENTS: (pull) => pull.comments,
      }),
    )
  },
}

const pullRequest: Resolvers<PullRequest> = {
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
  statusCheckRollup: (one) => rollup(one),
  createdAt: (one) => isoTime(one.createdAt),
  updatedAt: (one) => isoTime(one.updatedAt),
  closedAt: (one) => (one.closedAt === null ? null : isoTime(one.closedAt)),
  mergedAt: (one) => (one.mergedAt === null ? null : isoTime(one.mergedAt)),
  totalCommentsCount: (one) => one.comments,
  comments: (one) => ({ totalCount: one.comments }),
  labels: (one, args) => (one.labels.size === 0 ? connection([], args) : connection([...one.labels], args)),
  reviewRequests: (one, args) => connection([...one.requestedReviewers], args),
  reviews: (one, args) => connection(one.reviews, args),
  latestReviews: (one, args) => connection(one.reviews, args),
  commits(one, args) {
    const commit: Commit = {
      kind: 'commit',
      id: nodeId('commit', one.repository.id, one.id),
      oid: one.headCommit,
      headline: one.title,
      author: one.author,
      committedAt: one.updatedAt,
      checks: one.checks,
    }
    return { ...connection([commit], args), totalCount: one.commits }
  },
}

const rollup = ({ checks }: { checks: CheckState | null }) => (checks === null ? null : { state: checks })

const commit: Resolvers<Commit> = {
  messageHeadline: ({ headline }) => headline,
  committedDate: ({ committedAt }) => isoTime(committedAt),
  author: ({ author }) => (author === null ? null : { name: author.name, user: author }),
  statusCheckRollup: rollup,
}

const refsOf = (model: GitHubModel, one: Repository): Ref[] =>
  branchesOf(model, one).map((branch) => ({ ...branch, kind: 'ref', id: 0, repository: one }))

const ref: Resolvers<Ref> = {
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
  compare(one, { headRef }, { model }) {
    const head = refsOf(model, one.repository).find(({ name }) => name === headRef)
    if (head === undefined) throw notFound(`Could not resolve to a ref with the name '${String(headRef)}'.`)
    const { defaultBranch } = one.repository
    if (head.name === defaultBranch) return { aheadBy: one.behindBy, behindBy: one.aheadBy }
    if (one.name === defaultBranch) return { aheadBy: head.aheadBy, behindBy: head.behindBy }
    throw new Error('This server compares with the default branch only.')
  },
}

const team: Resolvers<Team> = {
  id: (one) => one.nodeId,
  databaseId: (one) => one.id,
  name: (one) => one.name,
  slug: (one) => one.slug,
  combinedSlug: (one) => `${one.organization.login}/${one.slug}`,
  organization: (one) => one.organization,
}

const label: Resolvers<Label> = {
  id: (one) => one.nodeId,
  name: (one) => one.name,
  color: (one) => one.color,
}

/** The types that are more than their properties. */
export const resolvers: Record<string, Resolvers<never> | undefined> = {
  Query: query as Resolvers<never>,
  User: user as Resolvers<never>,
  Bot: owner as Resolvers<never>,
  Organization: organization as Resolvers<never>,
  Team: team as Resolvers<never>,
  Repository: repository as Resolvers<never>,
  PullRequest: pullRequest as Resolvers<never>,
  Commit: commit as Resolvers<never>,
  Ref: ref as Resolvers<never>,
  Label: label as Resolvers<never>,
  // What a connection has of these is the thing itself.
  PullRequestCommit: {
    id: ({ id }: Commit) => `PRC_${id}`,
    commit: (one: Commit) => one,
  } as Resolvers<never>,
  ReviewRequest: {
    id: (one: User | Team) => `RR_${one.nodeId}`,
    requestedReviewer: (one: User | Team) => one,
  } as Resolvers<never>,
}
