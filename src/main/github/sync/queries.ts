/** The texts of all GraphQL queries of a sync. Texts depend on numbers only, so GitHub and we can keep them prepared. */

const RATE_LIMIT = 'rateLimit { cost remaining limit resetAt }'

/**
 * Everything we keep of a pull request. The roll-up of checks is asked of its last commit: the shorter way is missing
 * on older Enterprise servers.
 */
const PULL_REQUEST = `fragment pullRequest on PullRequest {
  id number title body state isDraft url createdAt updatedAt mergedAt closedAt
  author { login }
  headRefName headRefOid baseRefName
  headRepository { databaseId nameWithOwner }
  reviewDecision mergeable totalCommentsCount additions deletions changedFiles maintainerCanModify
  reviewRequests(first: 30) { nodes { requestedReviewer {
    ... on User { login }
    ... on Bot { login }
    ... on Mannequin { login }
    ... on Team { slug }
  } } }
  labels(first: 30) { nodes { name color } }
  commits(last: 1) { nodes { commit { statusCheckRollup { state } } } }
}`

/** How many pull requests are open: `$ids` are repositories. */
export const OPEN_COUNTS = `query OpenPullRequestCounts($ids: [ID!]!) {
  nodes(ids: $ids) { ... on Repository { id pullRequests(states: OPEN) { totalCount } } }
  ${RATE_LIMIT}
}`

const listQueries = new Map<number, string>()

/**
 * A page each of the open pull requests of several repositories: `r0` to `r<n-1>`, of repository `$i<k>`, `$f<k>` of
 * them after cursor `$c<k>`. Newest first, an order in which nothing moves when it is worked on.
 */
export function listsQuery(count: number): string {
  const known = listQueries.get(count)
  if (known !== undefined) return known
  const places = Array.from({ length: count }, (_, index) => index)
  const variables = places.map((k) => `$i${k}: ID!, $f${k}: Int!, $c${k}: String`).join(', ')
  const parts = places.map(
    (k) => `  r${k}: node(id: $i${k}) { ... on Repository {
    pullRequests(states: OPEN, first: $f${k}, after: $c${k}, orderBy: { field: CREATED_AT, direction: DESC }) {
      totalCount pageInfo { hasNextPage endCursor } edges { cursor node { ...pullRequest } }
    }
  } }`,
  )
  // `viewer` is always there: an answer without a single list is told from one that was refused as a whole.
  const text = `query OpenPullRequests(${variables}) {
  viewer { login }
${parts.join('\n')}
  ${RATE_LIMIT}
}
${PULL_REQUEST}`
  listQueries.set(count, text)
  return text
}

/** Pull requests by node id, whatever became of them. */
export const PULL_REQUESTS = `query PullRequestsById($ids: [ID!]!) {
  nodes(ids: $ids) { ...pullRequest }
  ${RATE_LIMIT}
}
${PULL_REQUEST}`

/** A page of a search for pull requests. */
export const UPDATED_PULL_REQUESTS = `query UpdatedPullRequests($query: String!, $first: Int!, $after: String) {
  search(type: ISSUE, query: $query, first: $first, after: $after) {
    issueCount
    pageInfo { hasNextPage endCursor }
    nodes { ... on PullRequest { repository { id } ...pullRequest } }
  }
  ${RATE_LIMIT}
}
${PULL_REQUEST}`

/** Repositories by node id, for those a list did not show. */
export const REPOSITORIES = `query RepositoriesById($ids: [ID!]!) {
  nodes(ids: $ids) {
    ... on Repository {
      id databaseId nameWithOwner url isPrivate isArchived isFork pushedAt
      defaultBranchRef { name }
      owner { ... on Organization { databaseId } ... on User { databaseId } }
    }
  }
  ${RATE_LIMIT}
}`

/** Whether GraphQL is there for this account at all. */
export const VIEWER = `query Viewer { viewer { login } ${RATE_LIMIT} }`
