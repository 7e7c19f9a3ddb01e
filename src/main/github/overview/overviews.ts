import { eq } from 'drizzle-orm'
import { FoundryError, toErrorValue, type ErrorValue } from '@shared/errors'
import type { Branch, PullRequestSummary, RepositoryOverview } from '@shared/github'
import type { OrganizationId, RepositoryId } from '@shared/ids'
import type { Database } from '../../database'
import { repositoryOverviews } from '../tables'
import type { GitHubClient } from '../types'
import { BRANCHES, readBranches, type RemoteBranch } from './query'
import { readOverview, type RemoteOverview } from './read-overview'

/** A repository as the overview has to know it. */
export interface OverviewSubject {
  organizationId: OrganizationId
  githubId: string
  nodeId: string
  fullName: string
  defaultBranch: string | null
}

/** What GitHub says of a repository, kept for the time without it. */
export interface Overviews {
  /**
   * What is kept, at once; with `refresh`, what GitHub says now. Two who ask for the same wait for the same answer. A
   * failure stands beside what is kept and never in its place.
   *
   * @throws FoundryError `not_found` and `unsupported` for what is no repository of GitHub
   */
  read(repositoryId: RepositoryId, refresh: boolean): Promise<OverviewAnswer>
  /** What is kept of its branches alone; null where GitHub was never asked. */
  branches(repositoryId: RepositoryId): { branches: readonly RemoteBranch[]; fetchedAt: number } | null
  shutdown(): Promise<void>
}

export interface OverviewAnswer {
  overview: RepositoryOverview | null
  error: ErrorValue | null
}

export interface OverviewsOptions {
  database: Database
  /** @throws FoundryError */
  subject(repositoryId: RepositoryId): OverviewSubject
  /** Tasks that are not archived, by their branch. */
  tasks(repositoryId: RepositoryId): ReadonlyMap<string, Branch['task']>
  /** Pull requests from branches of the repository itself, by the branch. */
  pullRequests(
    repositoryId: RepositoryId,
    githubId: string,
    branches: readonly string[],
  ): ReadonlyMap<string, PullRequestSummary>
  /** @throws FoundryError where nobody is signed in who could read it */
  client(organizationId: OrganizationId): GitHubClient
  now(): number
}

export function createOverviews(options: OverviewsOptions): Overviews {
  const { database, now } = options
  const db = database.commands
  const stopped = new AbortController()
  const reading = new Map<RepositoryId, Promise<ErrorValue | null>>()

  async function ask(repositoryId: RepositoryId): Promise<void> {
    const { organizationId, nodeId, fullName, defaultBranch } = options.subject(repositoryId)
    const client = options.client(organizationId)
    const overview = await readOverview(async ({ base, first, after }) => {
      const { value } = await client.graphql(
        BRANCHES,
        { id: nodeId, first, after, base: base ?? '', compare: base !== null },
        { purpose: 'interactive', signal: stopped.signal, read: readBranches },
      )
      if (value !== null) return value
      throw new FoundryError('not_found', `GitHub does not show ${fullName} to this account any more.`, {
        next: 'Check on GitHub whether it still exists and who may see it.',
      })
    }, defaultBranch)
    if (!stopped.signal.aborted) store(repositoryId, overview)
  }

  function store(repositoryId: RepositoryId, overview: RemoteOverview): void {
    database.transaction(() => {
      // It may have been deleted with its organization while GitHub was asked.
      const { organizationId } = options.subject(repositoryId)
      const row = { organizationId, json: overview, fetchedAt: now() }
      db.insert(repositoryOverviews)
        .values({ repositoryId, ...row })
        .onConflictDoUpdate({ target: repositoryOverviews.repositoryId, set: row })
        .run()
    })
  }

  function join(repositoryId: RepositoryId): Promise<ErrorValue | null> {
    const underWay = reading.get(repositoryId)
    if (underWay !== undefined) return underWay
    const started = ask(repositoryId)
      .then(() => null, toErrorValue)
      .finally(() => reading.delete(repositoryId))
    reading.set(repositoryId, started)
    return started
  }

  const rowOf = (repositoryId: RepositoryId) =>
    db.select().from(repositoryOverviews).where(eq(repositoryOverviews.repositoryId, repositoryId)).get()

  function kept(repositoryId: RepositoryId, githubId: string): RepositoryOverview | null {
    const row = rowOf(repositoryId)
    if (row === undefined) return null
    const { defaultBranch, branches, total } = row.json
    const tasks = options.tasks(repositoryId)
    const names = branches.map(({ name }) => name)
    const pulls = options.pullRequests(repositoryId, githubId, names)
    return {
      repositoryId,
      defaultBranch,
      branches: branches.map((branch) => ({
        ...branch,
        pullRequest: pulls.get(branch.name) ?? null,
        task: tasks.get(branch.name) ?? null,
      })),
      total,
      fetchedAt: row.fetchedAt,
    }
  }

  return {
    async read(repositoryId, refresh) {
      const { githubId } = options.subject(repositoryId)
      const error = refresh ? await join(repositoryId) : null
      return { overview: kept(repositoryId, githubId), error }
    },
    branches(repositoryId) {
      const row = rowOf(repositoryId)
      return row === undefined ? null : { branches: row.json.branches, fetchedAt: row.fetchedAt }
    },
    async shutdown() {
      stopped.abort()
      await Promise.all(reading.values())
    },
  }
}
