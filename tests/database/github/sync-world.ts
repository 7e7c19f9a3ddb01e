/** An organization on the test server and the sync engine over a real database file, with a clock that is set by hand. */
import { createHash } from 'node:crypto'
import type { AccountId, OrganizationId } from '../../../src/shared/ids'
import { createGitHubClient } from '../../../src/main/github/client/client'
import { createHttpCache } from '../../../src/main/github/client/http-cache'
import type { GitHubClient, SyncOwners } from '../../../src/main/github/types'
import { createOrganizationData } from '../../../src/main/github/organization-data'
import { createPullRequests } from '../../../src/main/github/pull-requests/pull-requests'
import { createOpenPullRequests } from '../../../src/main/github/pull-requests/task-pull-requests'
import { createAuditLog } from '../../../src/main/audit-log/audit-log'
import { createPullRequestProjection } from '../../../src/main/repository/pull-request-projection'
import { createSync, type SyncOptions } from '../../../src/main/github/sync/sync'
import { createOrganizations } from '../../../src/main/organization/organizations'
import { createGitHubRepositories } from '../../../src/main/repository/github-repositories'
import { createOpenCounts } from '../../../src/main/repository/open-counts'
import { openTestDatabase, type TestDatabase } from '../../support/database'
import type { GitHubServer } from '../../support/github/server'
import type { Organization, Token, User } from '../../support/github/types'

export const START = Date.UTC(2026, 10, 24, 8)
export const ORGANIZATION_ID: OrganizationId = 'org_00000000-0000-4000-8000-000000000001'
export const ACCOUNT_ID: AccountId = 'account_00000000-0000-4000-8000-000000000001'

/** What everything in a test goes by; only the test moves it. */
export class Clock {
  time = START
  readonly #timers = new Set<{ at: number; run: () => void }>()
  readonly now = (): number => this.time
  readonly schedule = (run: () => void, milliseconds: number): (() => void) => {
    const timer = { at: this.time + milliseconds, run }
    this.#timers.add(timer)
    return () => void this.#timers.delete(timer)
  }

  /** When the next timer is due; null without any. */
  get next(): number | null {
    const times = [...this.#timers].map(({ at }) => at)
    return times.length === 0 ? null : Math.min(...times)
  }

  /** Moves on, and runs what is due then. */
  advance(milliseconds: number): void {
    this.time += milliseconds
    for (const timer of [...this.#timers].filter(({ at }) => at <= this.time)) {
      if (this.#timers.delete(timer)) timer.run()
    }
  }

  /** The timers of a process that was killed are gone. */
  clear(): void {
    this.#timers.clear()
  }
}

export interface Remote {
  server: GitHubServer
  organization: Organization | User
  user: User
  token: Token
}

export interface Local {
  sync: ReturnType<typeof createSync>
  pullRequests: ReturnType<typeof createPullRequests>
  owners: SyncOwners
  /** Unexpected errors, which no test expects unless it kills something. */
  errors: unknown[]
  database: TestDatabase
}

/** The account and the organization as the person added them. */
export function seed(opened: TestDatabase, { server, organization, user }: Remote): void {
  const { $client } = opened.database.commands
  $client
    .prepare(
      `INSERT INTO accounts (id, host, api_url, github_id, login, source, created_at, checked_at)
       VALUES (?, ?, ?, ?, ?, 'pasted', 0, 0)`,
    )
    .run(ACCOUNT_ID, server.host, server.apiUrl, String(user.id), user.login)
  $client
    .prepare(
      `INSERT INTO organizations (id, kind, name, created_at, host, github_id, login, account_id)
       VALUES (?, ?, ?, 0, ?, ?, ?, ?)`,
    )
    .run(
      ORGANIZATION_ID,
      organization.kind === 'user' ? 'personal' : 'organization',
      organization.login,
      server.host,
      String(organization.id),
      organization.login,
      ACCOUNT_ID,
    )
}

/** What the app is made of, over a database that may have been used before. */
export function startEngine(
  opened: TestDatabase,
  { server, token }: Remote,
  clock: Clock,
  more: Partial<SyncOptions> & { connected?: () => boolean; fetch?: typeof fetch } = {},
): Local {
  const { database } = opened
  const errors: unknown[] = []
  const organizations = createOrganizations(database, clock.now)
  const repositories = createGitHubRepositories({
    database,
    identity: {
      byOrigin: () => null,
      folders: () => () => null,
      elsewhere: () => null,
      become: () => {
        throw new Error('No folder was opened here')
      },
      unite: () => null,
    },
    counts: createOpenCounts(createOrganizationData(database)),
    data: createOrganizationData(database),
    now: clock.now,
    hostOf: () => server.host,
    changed: () => undefined,
  })
  const owners: SyncOwners = { organization: organizations.syncOwner, repositories }
  const client: GitHubClient = createGitHubClient({
    account: { id: ACCOUNT_ID, host: server.host, apiUrl: server.apiUrl },
    version: '0.0.0',
    token: () => Promise.resolve(token.value),
    fetch: more.fetch ?? fetch,
    cache: createHttpCache(database),
    now: clock.now,
    refused: () => undefined,
    limits: { silenceMs: 2000 },
  })
  const project = createPullRequestProjection({
    database,
    audit: createAuditLog(database, clock.now),
    openPullRequests: createOpenPullRequests(database.events),
    archives: () => true,
    now: clock.now,
    changed: () => undefined,
    archived: () => undefined,
  })
  const sync = createSync({
    database,
    owners,
    project,
    client: () => (more.connected?.() === false ? null : client),
    organizations: () => organizations.synced().map(({ id }) => id as OrganizationId),
    now: clock.now,
    schedule: clock.schedule,
    changed: () => undefined,
    reportError: (error) => void errors.push(error),
    ...more,
  })
  return { sync, pullRequests: createPullRequests(database), owners, errors, database: opened }
}

/** A first sync of everything into a database of its own: what there is to know now. */
export async function readFresh(remote: Remote, clock: Clock): Promise<Rows> {
  const opened = await openTestDatabase()
  try {
    seed(opened, remote)
    const local = startEngine(opened, remote, clock)
    local.sync.start(ORGANIZATION_ID)
    await local.sync.finished(ORGANIZATION_ID)
    const { state, problem } = local.sync.read(ORGANIZATION_ID)
    if (state !== 'synced') throw new Error(`A fresh sync ended as ${state}: ${JSON.stringify(problem)}`)
    await local.sync.shutdown()
    return rowsOf(opened)
  } finally {
    await opened.close()
  }
}

export interface Rows {
  repositories: Record<string, unknown>[]
  members: Record<string, unknown>[]
  open: Record<string, unknown>[]
  /** `owner/name#number` -> state, of all that are stored for repositories that are there. */
  states: Record<string, string>
}

/** All that was read, without ids and times of ours. Repositories that are gone do not count. */
export function rowsOf(opened: TestDatabase): Rows {
  const { $client } = opened.database.commands
  const all = (text: string) => $client.prepare<[], Record<string, unknown>>(text).all()
  const pulls = all(
    `SELECT r.full_name AS repository, p.* FROM pull_requests p JOIN repositories r ON r.id = p.repository_id
     WHERE r.gone_at IS NULL ORDER BY r.github_id, p.number`,
  )
  const open = pulls
    .filter(({ state }) => state === 'open')
    .map(({ repository_id: _id, checked_at: _checked, generation: _generation, ...row }) => row)
  return {
    repositories: all(
      `SELECT github_id, node_id, full_name, name, url, default_branch, is_private, is_archived, is_fork, pushed_at
       FROM repositories WHERE gone_at IS NULL ORDER BY github_id`,
    ),
    members: all('SELECT github_id, login, role FROM members ORDER BY github_id'),
    open,
    states: Object.fromEntries(
      pulls.map(({ repository, number, state }) => [
        `${String(repository)}#${String(number)}`,
        String(state),
      ]),
    ),
  }
}

export const digest = (value: unknown): string =>
  createHash('sha256').update(JSON.stringify(value)).digest('hex')
