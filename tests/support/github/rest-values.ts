import type { components } from '@octokit/openapi-types'
import { hasPermission } from './access'
import { baseCommit, fullName } from './derived'
import { mergeState } from './merging'
import type { Issue, Label, MemberRole, Organization, PullRequest, Repository, Team, User } from './types'

type Schemas = components['schemas']

/** Where the answer's addresses lead. */
export interface Addresses {
  /** What a person opens. */
  web: string
  /** The REST base the request used. */
  api: string
}

export const isoTime = (time: number): string => new Date(time).toISOString().replace(/\.\d+Z$/, 'Z')
const isoTimeOr = (time: number | null): string | null => (time === null ? null : isoTime(time))

/** Most of what a repository says about itself is where to ask for more. */
const repositoryPaths = {
  archive_url: '/{archive_format}{/ref}',
  assignees_url: '/assignees{/user}',
  blobs_url: '/git/blobs{/sha}',
  branches_url: '/branches{/branch}',
  collaborators_url: '/collaborators{/collaborator}',
  comments_url: '/comments{/number}',
  commits_url: '/commits{/sha}',
  compare_url: '/compare/{base}...{head}',
  contents_url: '/contents/{+path}',
  contributors_url: '/contributors',
  deployments_url: '/deployments',
  downloads_url: '/downloads',
  events_url: '/events',
  forks_url: '/forks',
  git_commits_url: '/git/commits{/sha}',
  git_refs_url: '/git/refs{/sha}',
  git_tags_url: '/git/tags{/sha}',
  hooks_url: '/hooks',
  issue_comment_url: '/issues/comments{/number}',
  issue_events_url: '/issues/events{/number}',
  issues_url: '/issues{/number}',
  keys_url: '/keys{/key_id}',
  labels_url: '/labels{/name}',
  languages_url: '/languages',
  merges_url: '/merges',
  milestones_url: '/milestones{/number}',
  notifications_url: '/notifications{?since,all,participating}',
  pulls_url: '/pulls{/number}',
  releases_url: '/releases{/id}',
  stargazers_url: '/stargazers',
  statuses_url: '/statuses/{sha}',
  subscribers_url: '/subscribers',
  subscription_url: '/subscription',
  tags_url: '/tags',
  teams_url: '/teams',
  trees_url: '/git/trees{/sha}',
} as const

function repositoryUrls(url: string): Record<keyof typeof repositoryPaths, string> {
  const urls: Partial<Record<string, string>> = {}
  for (const [key, path] of Object.entries(repositoryPaths)) urls[key] = url + path
  return urls as Record<keyof typeof repositoryPaths, string>
}

export const avatarUrl = ({ web }: Addresses, owner: User | Organization): string => web + owner.avatarUrl

export function simpleUser(at: Addresses, owner: User | Organization): Schemas['simple-user'] {
  const url = `${at.api}/users/${owner.login}`
  return {
    login: owner.kind === 'user' && owner.bot ? `${owner.login}[bot]` : owner.login,
    id: owner.id,
    node_id: owner.nodeId,
    avatar_url: avatarUrl(at, owner),
    gravatar_id: '',
    url,
    html_url: `${at.web}/${owner.login}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type: owner.kind === 'organization' ? 'Organization' : owner.bot ? 'Bot' : 'User',
    site_admin: false,
  }
}

export function privateUser(at: Addresses, user: User): Schemas['private-user'] {
  const repositories = [...user.repositories]
  const ownPrivate = repositories.filter((one) => one.private).length
  return {
    ...simpleUser(at, user),
    name: user.name,
    company: null,
    blog: '',
    location: null,
    email: user.email,
    hireable: null,
    bio: null,
    public_repos: repositories.length - ownPrivate,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: isoTime(user.createdAt),
    updated_at: isoTime(user.updatedAt),
    private_gists: 0,
    total_private_repos: ownPrivate,
    owned_private_repos: ownPrivate,
    disk_usage: 0,
    collaborators: 0,
    two_factor_authentication: true,
  }
}

export function simpleOrganization(
  at: Addresses,
  organization: Organization,
): Schemas['organization-simple'] {
  const url = `${at.api}/orgs/${organization.login}`
  return {
    login: organization.login,
    id: organization.id,
    node_id: organization.nodeId,
    url,
    repos_url: `${url}/repos`,
    events_url: `${url}/events`,
    hooks_url: `${url}/hooks`,
    issues_url: `${url}/issues`,
    members_url: `${url}/members{/member}`,
    public_members_url: `${url}/public_members{/member}`,
    avatar_url: avatarUrl(at, organization),
    description: organization.description,
  }
}

export function fullOrganization(at: Addresses, organization: Organization): Schemas['organization-full'] {
  return {
    ...simpleOrganization(at, organization),
    ...(organization.name === null ? {} : { name: organization.name }),
    has_organization_projects: true,
    has_repository_projects: true,
    public_repos: [...organization.repositories].filter((one) => !one.private).length,
    public_gists: 0,
    followers: 0,
    following: 0,
    html_url: `${at.web}/${organization.login}`,
    type: 'Organization',
    created_at: isoTime(organization.createdAt),
    updated_at: isoTime(organization.updatedAt),
    archived_at: null,
  }
}

export function membership(
  at: Addresses,
  organization: Organization,
  user: User,
  role: MemberRole,
): Schemas['org-membership'] {
  return {
    url: `${at.api}/orgs/${organization.login}/memberships/${user.login}`,
    state: 'active',
    role,
    organization_url: `${at.api}/orgs/${organization.login}`,
    organization: simpleOrganization(at, organization),
    user: simpleUser(at, user),
  }
}

/**
 * An entry of a list. GitHub says `null` for times of a repository nothing was pushed to, although its description
 * leaves `pushed_at` out instead.
 */
export function minimalRepository(
  at: Addresses,
  repository: Repository,
  viewer: User | null = null,
): Schemas['minimal-repository'] {
  const name = fullName(repository)
  const url = `${at.api}/repos/${name}`
  const git = at.web.replace(/^https?/, 'git')
  const openIssues = openCount(repository)
  return {
    id: repository.id,
    node_id: repository.nodeId,
    name: repository.name,
    full_name: name,
    owner: simpleUser(at, repository.owner),
    private: repository.private,
    html_url: `${at.web}/${name}`,
    description: repository.description,
    fork: repository.fork,
    url,
    ...repositoryUrls(url),
    git_url: `${git}/${name}.git`,
    ssh_url: `git@${new URL(at.web).hostname}:${name}.git`,
    clone_url: `${at.web}/${name}.git`,
    svn_url: `${at.web}/${name}`,
    mirror_url: null,
    homepage: null,
    language: null,
    forks_count: 0,
    stargazers_count: 0,
    watchers_count: 0,
    size: repository.pushedAt === null ? 0 : 100,
    default_branch: repository.defaultBranch ?? 'main',
    open_issues_count: openIssues,
    is_template: false,
    topics: [],
    has_issues: true,
    has_projects: true,
    has_wiki: true,
    has_pages: false,
    has_downloads: true,
    has_discussions: false,
    archived: repository.archived,
    disabled: repository.disabled,
    visibility: repository.private ? 'private' : 'public',
    pushed_at: isoTimeOr(repository.pushedAt),
    created_at: isoTime(repository.createdAt),
    updated_at: isoTime(repository.updatedAt),
    forks: 0,
    open_issues: openIssues,
    watchers: 0,
    ...(viewer === null ? {} : { permissions: permissions(viewer, repository) }),
  }
}

const permissions = (viewer: User, repository: Repository) => ({
  admin: hasPermission(viewer, repository, 'ADMIN'),
  maintain: hasPermission(viewer, repository, 'MAINTAIN'),
  push: hasPermission(viewer, repository, 'WRITE'),
  triage: hasPermission(viewer, repository, 'TRIAGE'),
  pull: true,
})

export function fullRepository(
  at: Addresses,
  repository: Repository,
  viewer: User,
): Schemas['full-repository'] {
  const list = minimalRepository(at, repository)
  const { settings, parent } = repository
  return {
    ...repositoryUrls(list.url),
    id: list.id,
    node_id: list.node_id,
    name: list.name,
    full_name: list.full_name,
    owner: list.owner,
    private: list.private,
    html_url: list.html_url,
    description: list.description,
    fork: list.fork,
    url: list.url,
    git_url: list.git_url ?? '',
    ssh_url: list.ssh_url ?? '',
    clone_url: list.clone_url ?? '',
    svn_url: list.html_url,
    mirror_url: null,
    homepage: null,
    language: null,
    forks_count: 0,
    stargazers_count: 0,
    watchers_count: 0,
    size: list.size ?? 0,
    default_branch: list.default_branch ?? 'main',
    open_issues_count: list.open_issues_count ?? 0,
    has_issues: true,
    has_projects: true,
    has_wiki: true,
    has_pages: false,
    has_discussions: false,
    archived: repository.archived,
    disabled: repository.disabled,
    visibility: repository.private ? 'private' : 'public',
    // The real one says null here too for a repository nothing was pushed to.
    pushed_at: isoTimeOr(repository.pushedAt) as string,
    created_at: isoTime(repository.createdAt),
    updated_at: isoTime(repository.updatedAt),
    subscribers_count: 0,
    network_count: 0,
    license: null,
    forks: 0,
    open_issues: list.open_issues ?? 0,
    watchers: 0,
    permissions: permissions(viewer, repository),
    ...(parent === null ? {} : { parent: minimalRepository(at, parent) as Schemas['repository'] }),
    // How to merge is told to those who may.
    ...(hasPermission(viewer, repository, 'WRITE')
      ? {
          allow_merge_commit: settings.allowMerge,
          allow_squash_merge: settings.allowSquash,
          allow_rebase_merge: settings.allowRebase,
          delete_branch_on_merge: settings.deleteBranchOnMerge,
          allow_auto_merge: false,
          allow_update_branch: true,
        }
      : {}),
  }
}

function openCount({ pulls, issues }: Repository): number {
  let count = 0
  for (const pull of pulls.values()) if (pull.state === 'OPEN') count++
  for (const issue of issues.values()) if (issue.state === 'OPEN') count++
  return count
}

export const labelValue = (at: Addresses, repository: Repository, label: Label) => ({
  id: label.id,
  node_id: label.nodeId,
  url: `${at.api}/repos/${fullName(repository)}/labels/${encodeURIComponent(label.name)}`,
  name: label.name,
  description: '',
  color: label.color,
  default: false,
})

function teamValue(at: Addresses, team: Team): Schemas['team'] {
  const url = `${at.api}/organizations/${team.organization.id}/team/${team.id}`
  return {
    id: team.id,
    node_id: team.nodeId,
    url,
    members_url: `${url}/members{/member}`,
    name: team.name,
    description: null,
    permission: 'pull',
    privacy: 'closed',
    notification_setting: 'notifications_enabled',
    html_url: `${at.web}/orgs/${team.organization.login}/teams/${team.slug}`,
    repositories_url: `${url}/repos`,
    slug: team.slug,
    parent: null,
    type: 'organization',
    organization_id: team.organization.id,
  }
}

/** One pull request asked for by its number, which tells more than a list does. */
export function fullPullRequest(at: Addresses, pull: PullRequest): Schemas['pull-request'] {
  const { labels, user, head, base, ...simple } = simplePullRequest(at, pull)
  return {
    ...simple,
    // What is gone is null here too, which the description knows of lists only.
    user: user as Schemas['simple-user'],
    head: head as Schemas['pull-request']['head'],
    base: base as Schemas['pull-request']['base'],
    labels: labels.map((label) => ({
      id: label.id,
      node_id: label.node_id,
      url: label.url,
      name: label.name,
      description: label.description,
      color: label.color,
      default: label.default,
    })),
    state: pull.state === 'OPEN' ? 'open' : 'closed',
    requested_teams: [...pull.requestedReviewers]
      .filter((one) => one.kind === 'team')
      .map((one) => ({ ...teamValue(at, one), parent: null })),
    merged: pull.state === 'MERGED',
    mergeable: pull.mergeable === 'UNKNOWN' ? null : pull.mergeable === 'MERGEABLE',
    mergeable_state: mergeState(pull).toLowerCase(),
    merged_by: pull.mergedBy === null ? null : simpleUser(at, pull.mergedBy),
    comments: pull.comments,
    review_comments: 0,
    maintainer_can_modify: pull.maintainerCanModify,
    commits: pull.commits,
    additions: pull.additions,
    deletions: pull.deletions,
    changed_files: pull.changedFiles,
  }
}

export function simplePullRequest(at: Addresses, pull: PullRequest): Schemas['pull-request-simple'] {
  const { repository } = pull
  const repo = `${at.api}/repos/${fullName(repository)}`
  const url = `${repo}/pulls/${pull.number}`
  const html = `${at.web}/${fullName(repository)}/pull/${pull.number}`
  const links = {
    comments: `${repo}/issues/${pull.number}/comments`,
    commits: `${url}/commits`,
    statuses: `${repo}/statuses/${pull.headCommit}`,
    html,
    issue: `${repo}/issues/${pull.number}`,
    review_comments: `${url}/comments`,
    review_comment: `${repo}/pulls/comments{/number}`,
    self: url,
  }
  const side = (of: Repository | null, ref: string, sha: string) => ({
    label: `${of?.owner.login ?? 'unknown repository'}:${ref}`,
    ref,
    // Null for a deleted fork, which the description does not know.
    repo: (of === null ? null : minimalRepository(at, of)) as unknown as Schemas['repository'],
    sha,
    user: of === null ? null : simpleUser(at, of.owner),
  })
  return {
    url,
    id: pull.id,
    node_id: pull.nodeId,
    html_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    issue_url: links.issue,
    commits_url: links.commits,
    review_comments_url: links.review_comments,
    review_comment_url: links.review_comment,
    comments_url: links.comments,
    statuses_url: links.statuses,
    number: pull.number,
    state: pull.state === 'OPEN' ? 'open' : 'closed',
    locked: false,
    title: pull.title,
    user: pull.author === null ? null : simpleUser(at, pull.author),
    body: pull.body,
    labels: [...pull.labels].map((label) => labelValue(at, repository, label)),
    milestone: null,
    created_at: isoTime(pull.createdAt),
    updated_at: isoTime(pull.updatedAt),
    closed_at: isoTimeOr(pull.closedAt),
    merged_at: isoTimeOr(pull.mergedAt),
    merge_commit_sha: pull.mergeCommit,
    assignee: null,
    assignees: [],
    requested_reviewers: [...pull.requestedReviewers]
      .filter((one) => one.kind === 'user')
      .map((one) => simpleUser(at, one)),
    requested_teams: [...pull.requestedReviewers]
      .filter((one) => one.kind === 'team')
      .map((one) => teamValue(at, one)),
    head: side(pull.headRepository, pull.headRef, pull.headCommit),
    base: side(repository, pull.baseRef, baseCommit(pull)),
    _links: {
      comments: { href: links.comments },
      commits: { href: links.commits },
      statuses: { href: links.statuses },
      html: { href: links.html },
      issue: { href: links.issue },
      review_comments: { href: links.review_comments },
      review_comment: { href: links.review_comment },
      self: { href: links.self },
    },
    author_association: 'MEMBER',
    auto_merge: null,
    draft: pull.isDraft,
  }
}

/** An entry of the issues, of which pull requests are some. */
export function issueValue(at: Addresses, one: PullRequest | Issue) {
  const repo = `${at.api}/repos/${fullName(one.repository)}`
  const url = `${repo}/issues/${one.number}`
  const isPull = one.kind === 'pullRequest'
  const html = `${at.web}/${fullName(one.repository)}/${isPull ? 'pull' : 'issues'}/${one.number}`
  return {
    url,
    repository_url: repo,
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    html_url: html,
    id: one.id,
    node_id: one.nodeId,
    number: one.number,
    title: one.title,
    locked: false,
    user: one.author === null ? null : simpleUser(at, one.author),
    labels: [...one.labels].map((label) => labelValue(at, one.repository, label)),
    state: one.state === 'OPEN' ? ('open' as const) : ('closed' as const),
    state_reason: !isPull && one.state === 'CLOSED' ? ('completed' as const) : null,
    assignee: null,
    assignees: isPull ? [] : [...one.assignees].map((user) => simpleUser(at, user)),
    milestone: null,
    comments: one.comments,
    created_at: isoTime(one.createdAt),
    updated_at: isoTime(one.updatedAt),
    closed_at: isoTimeOr(one.closedAt),
    author_association: 'MEMBER' as const,
    body: one.body,
    ...(isPull
      ? {
          draft: one.isDraft,
          pull_request: {
            url: `${repo}/pulls/${one.number}`,
            html_url: html,
            diff_url: `${html}.diff`,
            patch_url: `${html}.patch`,
            merged_at: isoTimeOr(one.mergedAt),
          },
        }
      : {}),
  } satisfies Schemas['issue']
}

export const searchItem = (at: Addresses, one: PullRequest | Issue): Schemas['issue-search-result-item'] => ({
  ...issueValue(at, one),
  labels: [...one.labels].map((label) => labelValue(at, one.repository, label)),
  score: 1,
})
