import type { OrganizationId, RepositoryId } from '@shared/ids'
import { newId, type Database } from '../database'
import type { OrganizationData } from '../github/organization-data'
import type { KnownRepository, RemoteRepository, SyncOwners } from '../github/types'
import { withoutCredentials } from './inspect'
import { nameOf, type Identity } from './identity'
import type { OpenCounts } from './open-counts'

export interface GitHubRepositoriesOptions {
  database: Database
  identity: Identity
  counts: OpenCounts
  data: Pick<OrganizationData, 'rehome'>
  now: () => number
  hostOf(id: OrganizationId): string | null
  changed(organizationId: OrganizationId, repositoryId: RepositoryId): void
}

interface StoredRow {
  id: string
  nodeId: string | null
  fullName: string | null
  url: string | null
  originUrl: string | null
  localPath: string | null
  defaultBranch: string | null
  isPrivate: number | null
  isArchived: number | null
  isFork: number | null
  pushedAt: number | null
  goneAt: number | null
  removedAt: number | null
}

/** What a sync reads and writes of repositories. Its statements are prepared once: it may bring thousands. */
export function createGitHubRepositories(options: GitHubRepositoriesOptions): SyncOwners['repositories'] {
  const { database, identity } = options
  const { $client } = database.events
  const find = $client.prepare<[string, string], StoredRow>(
    `SELECT id, node_id AS nodeId, full_name AS fullName, url, origin_url AS originUrl, local_path AS localPath,
       default_branch AS defaultBranch, is_private AS isPrivate, is_archived AS isArchived, is_fork AS isFork,
       pushed_at AS pushedAt, gone_at AS goneAt, removed_at AS removedAt
     FROM repositories WHERE organization_id = ? AND github_id = ?`,
  )
  const insert = $client.prepare(
    `INSERT INTO repositories (id, organization_id, name, origin_url, default_branch, created_at, last_used_at,
       github_id, node_id, full_name, url, is_private, is_archived, is_fork, pushed_at, generation)
     VALUES (@id, @organizationId, @name, @originUrl, @defaultBranch, @createdAt, 0,
       @githubId, @nodeId, @fullName, @url, @isPrivate, @isArchived, @isFork, @pushedAt, @generation)`,
  )
  const update = $client.prepare(
    `UPDATE repositories SET name = @name, origin_url = @originUrl, default_branch = @defaultBranch,
       node_id = @nodeId, full_name = @fullName, url = @url, is_private = @isPrivate, is_archived = @isArchived,
       is_fork = @isFork, pushed_at = @pushedAt, generation = @generation, gone_at = NULL, removed_at = NULL
     WHERE id = @id`,
  )
  const stamp = $client.prepare<[number, string, string]>(
    `UPDATE repositories SET generation = ?, gone_at = NULL WHERE organization_id = ? AND github_id = ?`,
  )
  const isGone = $client
    .prepare<[string, string], number>(
      `SELECT 1 FROM repositories WHERE organization_id = ? AND github_id = ? AND gone_at IS NOT NULL`,
    )
    .pluck()
  const unconfirmed = $client.prepare<[string, number], KnownRepository>(
    `SELECT id, github_id AS githubId, node_id AS nodeId, full_name AS fullName FROM repositories
     WHERE organization_id = ? AND github_id IS NOT NULL AND gone_at IS NULL AND coalesce(generation, -1) < ?`,
  )
  const markGone = $client
    .prepare<[number, string], string>(
      `UPDATE repositories SET gone_at = ? WHERE id = ? AND gone_at IS NULL RETURNING organization_id`,
    )
    .pluck()
  const known = $client.prepare<[string], KnownRepository>(
    `SELECT id, github_id AS githubId, node_id AS nodeId, full_name AS fullName FROM repositories
     WHERE organization_id = ? AND github_id IS NOT NULL AND gone_at IS NULL ORDER BY pushed_at DESC, id`,
  )
  const countKnown = $client
    .prepare<[string], number>(
      `SELECT count(*) FROM repositories
       WHERE organization_id = ? AND github_id IS NOT NULL AND gone_at IS NULL`,
    )
    .pluck()

  /**
   * A folder that turns out to be of GitHub, and a repository that was transferred from another organization here, take
   * a person's tasks along: that is no part of a batch.
   */
  function identify(
    organizationId: OrganizationId,
    generation: number,
    remotes: readonly RemoteRepository[],
  ): void {
    const host = options.hostOf(organizationId)
    const unknown = remotes.filter(({ githubId }) => find.get(organizationId, githubId) === undefined)
    if (host === null || unknown.length === 0) return
    const folderOf = identity.folders(host)
    for (const remote of unknown) {
      const transferred = identity.elsewhere(host, remote.githubId, organizationId)
      const row = transferred ?? folderOf(remote.fullName)
      if (row === null) continue
      database.transaction(() => {
        const id = row.id as RepositoryId
        if (transferred !== null) options.data.rehome(id, organizationId)
        identity.become(row, organizationId, columnsOf(remote, generation))
        options.counts.changed(row.organizationId as OrganizationId, [id])
        options.counts.changed(organizationId, [id])
      })
    }
  }

  function upsert(organizationId: OrganizationId, generation: number, remote: RemoteRepository): void {
    const row = find.get(organizationId, remote.githubId)
    const values = valuesOf(remote, generation, row)
    if (row === undefined) {
      const id = newId('repo')
      insert.run({ ...values, id, organizationId, createdAt: options.now() })
      options.changed(organizationId, id)
    } else if (isSame(row, values)) {
      stamp.run(generation, organizationId, remote.githubId)
    } else {
      update.run({ ...values, id: row.id })
      options.changed(organizationId, row.id as RepositoryId)
    }
  }

  return {
    upsert(id, generation, repositories) {
      identify(id, generation, repositories)
      database.batch(() => {
        for (const remote of repositories) upsert(id, generation, remote)
      })
    },
    confirm(id, generation, githubIds) {
      database.batch(() => {
        for (const githubId of githubIds) {
          const row = isGone.get(id, githubId) === undefined ? undefined : find.get(id, githubId)
          stamp.run(generation, id, githubId)
          if (row !== undefined) options.changed(id, row.id as RepositoryId)
        }
      })
    },
    unconfirmed: (id, generation) => unconfirmed.all(id, generation),
    markGone(ids) {
      database.batch(() => {
        for (const id of ids) {
          const organizationId = markGone.get(options.now(), id)
          if (organizationId !== undefined) options.changed(organizationId as OrganizationId, id)
        }
      })
    },
    known: (id) => known.all(id),
    count: (id) => countKnown.get(id) ?? 0,
    changed(id, repositoryIds) {
      options.counts.changed(id, repositoryIds)
      for (const repositoryId of repositoryIds) options.changed(id, repositoryId)
    },
  }
}

function valuesOf(remote: RemoteRepository, generation: number, row: StoredRow | undefined) {
  return {
    name: nameOf(remote.fullName) ?? remote.fullName,
    // A folder's own way to reach it is kept: it may be the one that works on this machine.
    originUrl: row?.localPath == null ? withoutCredentials(remote.cloneUrl) : row.originUrl,
    defaultBranch: remote.defaultBranch ?? row?.defaultBranch ?? null,
    githubId: remote.githubId,
    nodeId: remote.nodeId,
    fullName: remote.fullName,
    url: remote.url,
    isPrivate: Number(remote.isPrivate),
    isArchived: Number(remote.isArchived),
    isFork: Number(remote.isFork),
    pushedAt: remote.pushedAt,
    generation,
  }
}

function isSame(row: StoredRow, values: ReturnType<typeof valuesOf>): boolean {
  return (
    row.goneAt === null &&
    row.removedAt === null &&
    row.nodeId === values.nodeId &&
    row.fullName === values.fullName &&
    row.url === values.url &&
    row.originUrl === values.originUrl &&
    row.defaultBranch === values.defaultBranch &&
    row.isPrivate === values.isPrivate &&
    row.isArchived === values.isArchived &&
    row.isFork === values.isFork &&
    row.pushedAt === values.pushedAt
  )
}

function columnsOf(remote: RemoteRepository, generation: number) {
  const { githubId, nodeId, fullName, url, isPrivate, isArchived, isFork, pushedAt } = remote
  return {
    githubId,
    nodeId,
    fullName,
    url,
    isPrivate,
    isArchived,
    isFork,
    pushedAt,
    hiddenAt: null,
    goneAt: null,
    generation,
  }
}
