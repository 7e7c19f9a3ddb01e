import { FoundryError } from '@shared/errors'
import type { AccountId, OrganizationId, RepositoryId } from '@shared/ids'
import type { Author } from '@shared/tasks'
import type { AuditLog } from '../audit-log/audit-log'
import type { Database } from '../database'
import { createAccounts, type Accounts } from '../github/accounts/accounts'
import { parseClientIds } from '../github/accounts/device-sign-in'
import { createGh } from '../github/accounts/gh'
import { createAvatars, type Avatars } from '../github/avatars/avatars'
import type { OrganizationData } from '../github/organization-data'
import { createPace } from '../github/pace'
import { createIssues, type Issues } from '../github/issues/issues'
import { createPullRequestFiles, type PullRequestFiles } from '../github/overlaps/changed-files'
import { createOverviews, type Overviews } from '../github/overview/overviews'
import { createPullRequests, type PullRequests } from '../github/pull-requests/pull-requests'
import type { ProjectPullRequests } from '../github/pull-requests/writer'
import { createReviews, type Reviews } from '../github/reviews/reviews'
import { createSync, type SyncEngine } from '../github/sync/sync'
import type { GitHubClient } from '../github/types'
import type { TopicHub } from '../ipc/topic-hub'
import { createLookup, type Lookup } from '../organization/lookup'
import { createMembership, type Membership } from '../organization/membership'
import type { Organizations } from '../organization/organizations'
import type { Publisher } from '../repository/publish-context'
import type { Repositories } from '../repository/repositories'
import { scheduleTimer } from '../sandbox/schedule'
import type { AppServices } from './services'

/** Accounts, what they bring local, and what keeps it current. */
export interface GitHub {
  readonly accounts: Accounts
  readonly avatars: Avatars
  readonly membership: Membership
  readonly sync: SyncEngine
  readonly pullRequests: PullRequests
  readonly overviews: Overviews
  readonly lookup: Lookup
  readonly issues: Issues
  readonly files: PullRequestFiles
  readonly reviews: Reviews
  /** Goes on with what the last run left: syncs and deletions. */
  start(): void
  /** Another organization is on screen. */
  activated(): void
  /** A person looks at this pull request: its checks are kept more current than those of others. */
  looked(repositoryId: RepositoryId, number: number): void
  /** As whom something can be changed there; null while no account of it is connected. */
  publisher(id: OrganizationId): Publisher | null
  /** What signs in to the organization's host for one git process; null while no account of it is connected. */
  gitAccess(id: OrganizationId): (() => Promise<Record<string, string>>) | null
  /** Who the organization's account is to git, with the address GitHub gives it; null without an account. */
  author(id: OrganizationId): Author | null
  shutdown(): Promise<void>
}

export interface GitHubOptions {
  services: AppServices
  database: Database
  hub: TopicHub
  audit: AuditLog
  actor: string
  now: () => number
  organizations: Organizations
  repositories: Repositories
  data: OrganizationData
  /** Tasks follow their pull requests. */
  projectPullRequests: ProjectPullRequests
  /** The environment of the person's terminal, in which `gh` is found. */
  environment(): Promise<Record<string, string>>
  /** A sync of it came to its end: GitHub can be reached. */
  synced(id: OrganizationId): void
  /** Titles of the tasks of an organization in which something runs now. */
  running(id: OrganizationId): string[]
  reportError(error: unknown, what: string): void
}

/** How often what a sync does is told to the window at most. */
const PROGRESS_MS = 200
/** How often it is looked whether there is a network again. */
const ONLINE_CHECK_MS = 5000

/** Joins the owners of what is known of GitHub to the app around them. */
export async function createGitHub(options: GitHubOptions): Promise<GitHub> {
  const { services, database, hub, audit, actor, now, organizations, repositories, reportError } = options
  const { network, desktop, power } = services
  const fetch = (url: string, init?: RequestInit): Promise<Response> => network.fetch(url, init)

  const accounts = await createAccounts({
    database,
    version: services.appVersion,
    secrets: services.secrets,
    gh: createGh({ environment: options.environment, platform: services.platform }),
    clientIds: parseClientIds(process.env['FOUNDRY_GITHUB_CLIENT_ID']),
    fetch,
    audit,
    actor,
    now,
    changed: accountChanged,
    deviceSignInChanged: () => hub.touch('app', 'deviceSignIn', 'device'),
    connected(id) {
      // Whoever connects an account waits for what it reads.
      for (const row of organizations.synced()) if (row.accountId === id) sync.start(row.id as OrganizationId)
    },
  })

  /** An organization is shown as nobody's once its account is signed out. */
  function accountChanged(id: AccountId): void {
    hub.touch('app', 'account', id)
    for (const row of organizations.synced())
      if (row.accountId === id) hub.touch('app', 'organization', row.id)
  }

  let open: { organizationId: OrganizationId; repositoryId: RepositoryId; number: number } | null = null

  /** Its progress is shown some times a second: what it says is counted anew each time. */
  const syncTold = createPace(PROGRESS_MS, (id: OrganizationId) => {
    hub.touch(`organization:${id}`, 'sync', 'sync')
    const row = organizations.find(id)
    // What it spent is shown with the account.
    if (row?.accountId != null) hub.touch('app', 'account', row.accountId)
  })

  const sync = createSync({
    database,
    owners: { organization: organizations.syncOwner, repositories: repositories.syncOwner },
    project: options.projectPullRequests,
    client: (accountId) => (accounts.isConnected(accountId) ? accounts.client(accountId) : null),
    organizations: () => organizations.synced().map(({ id }) => id as OrganizationId),
    attended: (id) => (open !== null && open.organizationId === id ? [open] : []),
    now,
    schedule: (run, milliseconds) => scheduleTimer(milliseconds, run),
    changed: (id) => syncTold.tell(id),
    synced: options.synced,
    reportError,
  })

  const pullRequests = createPullRequests(database)

  const log = services.log.scope('avatars')
  const avatars = createAvatars({
    directory: services.paths.avatars,
    fetch,
    hosts: () => [...new Set(accounts.list().map(({ host }) => host))],
    now,
    missing: (url, error) => log.debug(`there is no picture at ${url}`, error),
    reportError,
  })

  function clientOf(organizationId: OrganizationId): GitHubClient {
    const { name, github } = organizations.get(organizationId)
    if (github?.leftAt == null && github?.accountId != null && accounts.isConnected(github.accountId))
      return accounts.client(github.accountId)
    throw new FoundryError('credentials', `Nobody is signed in who could read ${name}.`, {
      next: `Connect an account of ${github?.host ?? 'GitHub'} that belongs to it.`,
    })
  }

  const overviews = createOverviews({
    database,
    subject: (id) => repositories.remote(id),
    tasks: (id) => repositories.tasksByBranch(id),
    pullRequests: (id, githubId, branches) => pullRequests.ofBranches(id, githubId, branches),
    client: clientOf,
    now,
  })

  const issues = createIssues({ subject: (id) => repositories.remote(id), client: clientOf, now })

  const files = createPullRequestFiles({
    database,
    subject: (id) => repositories.remote(id),
    client: clientOf,
    now,
  })

  const reviews = createReviews({
    database,
    client: clientOf,
    isKnown: ({ organizationId, repositoryId, number }) =>
      pullRequests.find(repositoryId, number) !== null &&
      repositories.get(repositoryId).organizationId === organizationId,
    now,
  })

  const membership = createMembership({
    database,
    accounts,
    organizations,
    repositories,
    data: options.data,
    audit,
    actor,
    now,
    running: options.running,
    startSync: (id) => sync.start(id),
    stopSync: (id) => sync.forget(id),
    changed(id) {
      watchNetwork()
      hub.touch('app', 'organization', id)
    },
  })

  const lookup = createLookup({
    organizations,
    repositories,
    pullRequests,
    accounts,
  })

  function showActive(): void {
    const id = organizations.active()
    sync.shown(id === organizations.local() ? null : id)
  }

  let online = network.isOnline()
  let onlineCheck: NodeJS.Timeout | null = null

  /** While something is kept current, and only then, it is looked whether there is a network. */
  function watchNetwork(): void {
    const wanted = organizations.synced().length > 0
    if (wanted === (onlineCheck !== null)) return
    if (onlineCheck !== null) clearInterval(onlineCheck)
    online = network.isOnline()
    onlineCheck = wanted ? setInterval(lookForNetwork, ONLINE_CHECK_MS) : null
  }

  function lookForNetwork(): void {
    const before = online
    online = network.isOnline()
    if (online && !before) sync.online()
  }

  const endings = [
    () => {
      if (onlineCheck !== null) clearInterval(onlineCheck)
    },
    desktop.onFocus(() => sync.focused()),
    power.onResume(() => sync.resumed()),
  ]

  return {
    accounts,
    avatars,
    membership,
    sync,
    pullRequests,
    overviews,
    lookup,
    issues,
    files,
    reviews,
    start() {
      showActive()
      watchNetwork()
      sync.recover()
      accounts.prune().catch((error: unknown) => reportError(error, 'forgetting old answers of GitHub'))
      membership
        .finishDeleting()
        .catch((error: unknown) => reportError(error, 'deleting what was kept of an organization'))
    },
    activated: showActive,
    looked(repositoryId, number) {
      open = { organizationId: repositories.get(repositoryId).organizationId, repositoryId, number }
    },
    publisher(id) {
      const account = organizations.find(id)?.accountId as AccountId | null | undefined
      if (account == null || !accounts.isConnected(account)) return null
      const { login, host, missing } = accounts.get(account)
      return { client: accounts.client(account), login, host, missing }
    },
    gitAccess(id) {
      const account = organizations.find(id)?.accountId as AccountId | null | undefined
      return account != null && accounts.isConnected(account) ? () => accounts.gitEnvironment(account) : null
    },
    author(id) {
      const account = organizations.find(id)?.accountId as AccountId | null | undefined
      if (account == null || !accounts.isSignedIn(account)) return null
      const { login, name, host } = accounts.get(account)
      const email = `${accounts.githubIdOf(account)}+${login}@users.noreply.${host.replace(/:\d+$/, '')}`
      return { name: name?.trim() || login, email }
    },
    async shutdown() {
      issues.close()
      files.close()
      reviews.close()
      for (const end of endings) end()
      accounts.close()
      await avatars.close()
      await overviews.shutdown()
      await sync.shutdown()
      syncTold.close()
    },
  }
}
