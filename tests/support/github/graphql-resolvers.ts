import { barrier, canSee, isMember } from './access'
import { assertReachable, notFound, type QueryContext, type Resolvers } from './graphql-context'
import { connection, ordering, sortedConnection, strings } from './graphql-lists'
import { mutation } from './graphql-mutations'
import { branchProtectionRule } from './graphql-protection'
import { checkRun, commit, pullRequest, ref, statusCheckRollup, type Commit } from './graphql-pull-request'
import { issue, repository } from './graphql-repository'
import { review, reviewComment, reviewThread } from './graphql-reviews'
import { avatarUrl, isoTime } from './rest-values'
import { SEARCH_CAP, searchIssues, SearchRefused } from './search'
import type { Issue, Label, Organization, PullRequest, Repository, Team, User } from './types'

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
  checkRun: 'CheckRun',
  review: 'PullRequestReview',
  reviewThread: 'PullRequestReviewThread',
  reviewComment: 'PullRequestReviewComment',
}

/** The name of an object's type, for unions and interfaces. */
export function typenameOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return 'Unknown'
  if ('bot' in value && value.bot === true) return 'Bot'
  const kind = 'kind' in value ? value.kind : undefined
  return (typeof kind === 'string' ? typenames[kind] : undefined) ?? 'Unknown'
}

// ---- types -----------------------------------------------------------------------------------------

function node(id: string, context: QueryContext): unknown {
  const found = context.model.nodes.get(id)
  const missing = notFound(`Could not resolve to a node with the global id of '${id}'`)
  if (found === undefined) return missing
  const repository =
    found.kind === 'repository'
      ? found
      : found.kind === 'pullRequest' || found.kind === 'issue'
        ? found.repository
        : found.kind === 'reviewThread'
          ? found.pull.repository
          : null
  if (repository === null) return found
  if (!canSee(context.token, repository)) return missing
  assertReachable(context, repository.owner)
  return found
}

function visible(context: QueryContext): (repository: Repository) => boolean {
  return (repository) =>
    canSee(context.token, repository) && barrier(context.token, repository.owner) === null
}

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
  Mutation: mutation as Resolvers<never>,
  User: user as Resolvers<never>,
  Bot: owner as Resolvers<never>,
  Organization: organization as Resolvers<never>,
  Team: team as Resolvers<never>,
  Repository: repository as Resolvers<never>,
  PullRequest: pullRequest as Resolvers<never>,
  Issue: issue as Resolvers<never>,
  BranchProtectionRule: branchProtectionRule as Resolvers<never>,
  Commit: commit as Resolvers<never>,
  Ref: ref as Resolvers<never>,
  StatusCheckRollup: statusCheckRollup as Resolvers<never>,
  CheckRun: checkRun as Resolvers<never>,
  Label: label as Resolvers<never>,
  PullRequestReview: review as Resolvers<never>,
  PullRequestReviewThread: reviewThread as Resolvers<never>,
  PullRequestReviewComment: reviewComment as Resolvers<never>,
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
