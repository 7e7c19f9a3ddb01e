import { eq, sql } from 'drizzle-orm'
import type { OrganizationId, RepositoryId } from '@shared/ids'
import type { Database } from '../database'
import {
  githubSync,
  pullRequestChanges,
  pullRequestLists,
  pullRequestReviews,
  pullRequests,
  repositoryOverviews,
} from './tables'

const TABLES = [pullRequests, pullRequestLists, pullRequestChanges, repositoryOverviews, pullRequestReviews]

/** What GitHub's folder keeps for an organization, as those who own organizations and repositories need it. */
export interface OrganizationData {
  /** Open pull requests by repository; those without any are left out. Null asks for all of them. */
  openPullRequests(
    id: OrganizationId,
    repositoryIds: readonly RepositoryId[] | null,
  ): Map<RepositoryId, number>
  /** A repository belongs to another organization now. In the caller's transaction. */
  rehome(id: RepositoryId, to: OrganizationId): void
  /** A repository's row took the place of another's. In the caller's transaction. */
  move(from: RepositoryId, to: RepositoryId): void
  /** Removes at most `limit` rows of a kind; false once nothing is left. */
  removeSome(id: OrganizationId, limit: number): boolean
}

export function createOrganizationData(database: Database): OrganizationData {
  const db = database.commands
  // The first page of repositories waits for it: without the cost of a query and of an object for each row.
  const allOpen = db.$client
    .prepare<[string], [repositoryId: RepositoryId, open: number]>(
      `SELECT repository_id, count(*) FROM pull_requests
       WHERE organization_id = ? AND state = 'open' GROUP BY repository_id`,
    )
    .raw()
  const openOf = db.$client
    .prepare<[string, string], [repositoryId: RepositoryId, open: number]>(
      `SELECT repository_id, count(*) FROM pull_requests
       WHERE organization_id = ? AND state = 'open' AND repository_id IN (SELECT value FROM json_each(?))
       GROUP BY repository_id`,
    )
    .raw()
  return {
    openPullRequests(id, repositoryIds) {
      if (repositoryIds === null) return new Map(allOpen.all(id))
      return new Map(openOf.all(id, JSON.stringify(repositoryIds)))
    },
    rehome(id, to) {
      for (const table of TABLES)
        db.update(table).set({ organizationId: to }).where(eq(table.repositoryId, id)).run()
    },
    move(from, to) {
      for (const table of [pullRequests, pullRequestLists, pullRequestChanges])
        db.update(table).set({ repositoryId: to }).where(eq(table.repositoryId, from)).run()
      // GitHub is asked again once somebody looks.
      for (const table of [repositoryOverviews, pullRequestReviews])
        db.delete(table).where(eq(table.repositoryId, from)).run()
    },
    removeSome(id, limit) {
      const bounded = TABLES.map(
        (table) =>
          db
            .delete(table)
            .where(
              sql`rowid IN (SELECT rowid FROM ${table} WHERE ${table.organizationId} = ${id} LIMIT ${limit})`,
            )
            .run().changes,
      )
      if (bounded.some((removed) => removed > 0)) return true
      db.delete(githubSync).where(eq(githubSync.organizationId, id)).run()
      return false
    },
  }
}
