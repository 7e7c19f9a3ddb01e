import { hasPermission, mayUpdate, permissionOf } from './access'
import { fullName } from './derived'
import { listTree, readBlob, type TreeEntry } from './git-operations'
import { notFound, type QueryContext, type Resolvers } from './graphql-context'
import { rulesOf } from './graphql-protection'
import { connection, ordering, sortedConnection, strings } from './graphql-lists'
import { refsOf } from './graphql-pull-request'
import { isoTime } from './rest-values'
import { peopleOf } from './rest-issues'
import { textOf } from './routes'
import type { Issue, Repository } from './types'

export const repository: Resolvers<Repository> = {
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
    const { field, direction } = (orderBy ?? {}) as { field?: unknown; direction?: unknown }
    const latestFirst = field === 'TAG_COMMIT_DATE' && direction === 'DESC'
    if (refPrefix !== 'refs/heads/' || (orderBy !== undefined && !latestFirst))
      throw new Error('This server lists branches by name, or latest commit first.')
    const wanted = refsOf(model, one).filter(({ name }) => typeof text !== 'string' || name.includes(text))
    return sortedConnection(
      wanted,
      args,
      latestFirst
        ? { of: ({ name, committedAt }) => `${String(committedAt).padStart(16, '0')} ${name}`, sign: -1 }
        : { of: ({ name }) => name, sign: 1 },
    )
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
  ref(one, { qualifiedName }, { model }) {
    const wanted = String(qualifiedName).replace(/^(?:refs\/)?heads\//, '')
    return refsOf(model, one).find(({ name }) => name === wanted) ?? null
  },
  isLocked: () => false,
  isTemplate: () => false,
  hasIssuesEnabled: () => true,
  mergeCommitAllowed: ({ settings }) => settings.allowMerge,
  squashMergeAllowed: ({ settings }) => settings.allowSquash,
  rebaseMergeAllowed: ({ settings }) => settings.allowRebase,
  deleteBranchOnMerge: ({ settings }) => settings.deleteBranchOnMerge,
  autoMergeAllowed: () => false,
  allowUpdateBranch: () => true,
  viewerPermission: (one, _, { token }) => permissionOf(token.user, one),
  viewerCanAdminister: (one, _, { token }) => hasPermission(token.user, one, 'ADMIN'),
  viewerDefaultMergeMethod: ({ settings }) =>
    settings.allowMerge ? 'MERGE' : settings.allowSquash ? 'SQUASH' : 'REBASE',
  pullRequestTemplates: templatesOf,
  labels(one, args) {
    const { query: text, orderBy } = args
    const wanted = [...one.labels.values()].filter(
      ({ name }) => typeof text !== 'string' || name.toLowerCase().includes(text.toLowerCase()),
    )
    return sortedConnection(
      wanted,
      args,
      ordering(orderBy, { NAME: ({ name }) => name, CREATED_AT: ({ id }) => id }),
    )
  },
  label: (one, { name }) => one.labels.get(String(name).toLowerCase()) ?? null,
  assignableUsers(one, args) {
    const text = (textOf(args['query']) ?? '').toLowerCase()
    const wanted = peopleOf(one).filter((user) =>
      `${user.login} ${user.name ?? ''}`.toLowerCase().includes(text),
    )
    return connection(wanted, args)
  },
  issues(one, args) {
    const { states, labels, orderBy, filterBy } = args
    const filter = (typeof filterBy === 'object' ? filterBy : null) as Record<string, unknown> | null
    const wantedStates = strings(states) ?? strings(filter?.['states'])
    const wantedLabels = strings(labels) ?? strings(filter?.['labels'])
    const assignee = filter?.['assignee']
    const wanted = [...one.issues.values()].filter(
      (issue) =>
        (wantedStates === null || wantedStates.includes(issue.state)) &&
        (wantedLabels === null || [...issue.labels].some(({ name }) => wantedLabels.includes(name))) &&
        (typeof assignee !== 'string' || [...issue.assignees].some(({ login }) => login === assignee)),
    )
    return sortedConnection(
      wanted,
      args,
      ordering(orderBy, {
        CREATED_AT: (issue) => issue.createdAt,
        UPDATED_AT: (issue) => issue.updatedAt,
        COMMENTS: (issue) => issue.comments,
      }),
    )
  },
  issue(one, { number }) {
    const found = one.issues.get(Number(number))
    if (found === undefined)
      throw notFound(`Could not resolve to an Issue with the number of ${String(number)}.`)
    return found
  },
  issueOrPullRequest(one, { number }) {
    const found = one.issues.get(Number(number)) ?? one.pulls.get(Number(number))
    if (found === undefined)
      throw notFound(`Could not resolve to an issue or pull request with the number of ${String(number)}.`)
    return found
  },
  branchProtectionRules: (one, args, { token }) =>
    connection(hasPermission(token.user, one, 'WRITE') ? rulesOf(one) : [], args),
}

/** Where GitHub looks for the text a pull request begins with. */
const places = ['', 'docs', '.github']

async function templatesOf(repository: Repository, _: unknown, { store }: QueryContext) {
  const { defaultBranch } = repository
  const found = defaultBranch === null ? null : await store.resolve(repository, defaultBranch)
  if (found === null) return []
  const { folder, commit } = found
  const templates: TreeEntry[] = []
  for (const place of places)
    for (const entry of (await listTree(folder, commit, place)) ?? []) {
      const name = entry.path.slice(place === '' ? 0 : place.length + 1).toLowerCase()
      if (entry.type === 'blob' && /^pull_request_template\.(?:md|txt)$/.test(name)) templates.push(entry)
      if (entry.type === 'tree' && name === 'pull_request_template')
        templates.push(
          ...((await listTree(folder, commit, entry.path)) ?? []).filter(({ type }) => type === 'blob'),
        )
    }
  return Promise.all(
    templates.map(async ({ path, oid }) => ({
      filename: path.split('/').at(-1),
      body: (await readBlob(folder, oid)).toString(),
      repository,
    })),
  )
}

export const issue: Resolvers<Issue> = {
  id: (one) => one.nodeId,
  databaseId: (one) => one.id,
  bodyText: (one) => one.body,
  closed: (one) => one.state === 'CLOSED',
  stateReason: (one) => (one.state === 'CLOSED' ? 'COMPLETED' : null),
  locked: () => false,
  url: (one, _, { addresses }) => `${addresses.web}/${fullName(one.repository)}/issues/${one.number}`,
  createdAt: (one) => isoTime(one.createdAt),
  updatedAt: (one) => isoTime(one.updatedAt),
  closedAt: (one) => (one.closedAt === null ? null : isoTime(one.closedAt)),
  comments: (one) => ({ totalCount: one.comments }),
  labels: (one, args) => connection([...one.labels], args),
  assignees: (one, args) => connection([...one.assignees], args),
  viewerCanUpdate: (one, _, { token }) => mayUpdate(token.user, one),
  viewerDidAuthor: (one, _, { token }) => one.author === token.user,
}
