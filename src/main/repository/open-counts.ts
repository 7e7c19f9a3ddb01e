import type { OrganizationId, RepositoryId } from '@shared/ids'
import type { OrganizationData } from '../github/organization-data'

/** How many pull requests of each repository are open: read once for an organization, then where it changed. */
export interface OpenCounts {
  of(organizationId: OrganizationId, repositoryId: RepositoryId): number
  changed(organizationId: OrganizationId, repositoryIds: readonly RepositoryId[]): void
  forget(organizationId: OrganizationId): void
}

interface Counted {
  readonly counts: Map<RepositoryId, number>
  readonly stale: Set<RepositoryId>
}

/** SQLite takes so many parameters without a thought; a change of more than that reads everything again. */
const FEW = 200

export function createOpenCounts(data: Pick<OrganizationData, 'openPullRequests'>): OpenCounts {
  const known = new Map<OrganizationId, Counted>()

  function counted(organizationId: OrganizationId): Counted {
    const entry = known.get(organizationId)
    if (entry === undefined || entry.stale.size > FEW) {
      const fresh = { counts: data.openPullRequests(organizationId, null), stale: new Set<RepositoryId>() }
      known.set(organizationId, fresh)
      return fresh
    }
    if (entry.stale.size > 0) {
      const stale = [...entry.stale]
      const counts = data.openPullRequests(organizationId, stale)
      for (const id of stale) entry.counts.set(id, counts.get(id) ?? 0)
      entry.stale.clear()
    }
    return entry
  }

  return {
    of: (organizationId, repositoryId) => counted(organizationId).counts.get(repositoryId) ?? 0,
    changed(organizationId, repositoryIds) {
      const entry = known.get(organizationId)
      if (entry !== undefined) for (const id of repositoryIds) entry.stale.add(id)
    },
    forget: (organizationId) => void known.delete(organizationId),
  }
}
