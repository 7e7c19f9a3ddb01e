import { and, eq, isNotNull, isNull, ne, sql } from 'drizzle-orm'
import type { OrganizationId, RepositoryId, TaskId } from '@shared/ids'
import type { AuditLog } from '../audit-log/audit-log'
import type { Database } from '../database'
import { isOriginOf, parseOrigin } from '../github/origin'
import type { OrganizationData } from '../github/organization-data'
import { repositories } from './tables'
import type { TaskProjection } from './task-projection'

export type RepositoryRow = typeof repositories.$inferSelect
/** The columns that say what GitHub knows of a repository. */
export type GitHubColumns = Pick<RepositoryRow, (typeof GITHUB_COLUMNS)[number]>

const GITHUB_COLUMNS = [
  'githubId',
  'nodeId',
  'fullName',
  'url',
  'isPrivate',
  'isArchived',
  'isFork',
  'pushedAt',
  'hiddenAt',
  'goneAt',
  'generation',
] as const

export const NOT_ON_GITHUB: GitHubColumns = {
  githubId: null,
  nodeId: null,
  fullName: null,
  url: null,
  isPrivate: null,
  isArchived: null,
  isFork: null,
  pushedAt: null,
  hiddenAt: null,
  goneAt: null,
  generation: null,
}

/** Which repository of GitHub a folder is, whichever of the two was here first. All of it in the caller's transaction. */
export interface Identity {
  /** The repository of GitHub that an origin names, among those of organizations that are kept current. */
  byOrigin(originUrl: string | null): RepositoryRow | null
  /**
   * Folders not yet known to be of GitHub, read once: the function finds the row of the one whose origin is a
   * repository of the host.
   */
  folders(host: string): (fullName: string) => RepositoryRow | null
  /** The row of the same repository in another organization here, from which it was transferred. */
  elsewhere(host: string, githubId: string, organizationId: OrganizationId): RepositoryRow | null
  /** A row becomes this repository of an organization of GitHub; its tasks come along, its id stays. */
  become(row: RepositoryRow, organizationId: OrganizationId, columns: GitHubColumns): RepositoryRow
  /**
   * A folder and a repository of GitHub that each have a row become one: the one with tasks stays. Null where both
   * have tasks: then both stay.
   */
  unite(folder: RepositoryRow, remote: RepositoryRow): RepositoryRow | null
}

export interface IdentityOptions {
  database: Database
  projection: TaskProjection
  data: Pick<OrganizationData, 'move'>
  audit: AuditLog
  actor: string
  /** Null for an organization that is not of GitHub, or was left. */
  hostOf(id: OrganizationId): string | null
  changed(organizationId: OrganizationId, repositoryId: RepositoryId): void
  tasksMoved(from: OrganizationId, to: OrganizationId, taskIds: readonly TaskId[]): void
}

export function createIdentity(options: IdentityOptions): Identity {
  const { projection } = options
  const db = options.database.commands

  function become(row: RepositoryRow, organizationId: OrganizationId, columns: GitHubColumns): RepositoryRow {
    const id = row.id as RepositoryId
    const from = row.organizationId as OrganizationId
    if (row.localPath !== null) releasePath(organizationId, row.localPath, id)
    const became = db
      .update(repositories)
      .set({ ...columns, organizationId, name: nameOf(columns.fullName) ?? row.name })
      .where(eq(repositories.id, id))
      .returning()
      .get()
    const taskIds = projection.moveTo(id, organizationId)
    options.audit.append({
      kind: 'repository.identified',
      actor: options.actor,
      organizationId,
      repositoryId: id,
      payload: { from, fullName: columns.fullName, tasks: taskIds.length },
    })
    options.changed(from, id)
    options.changed(organizationId, id)
    options.tasksMoved(from, organizationId, taskIds)
    return became
  }

  /** A folder is one repository: another row that had it lets go of it. */
  function releasePath(organizationId: OrganizationId, path: string, keeper: RepositoryId): void {
    const released = db
      .update(repositories)
      .set({ localPath: null })
      .where(
        and(
          eq(repositories.organizationId, organizationId),
          eq(repositories.localPath, path),
          ne(repositories.id, keeper),
        ),
      )
      .returning({ id: repositories.id })
      .all()
    for (const { id } of released) options.changed(organizationId, id as RepositoryId)
  }

  function remove(row: RepositoryRow): void {
    db.delete(repositories).where(eq(repositories.id, row.id)).run()
    options.changed(row.organizationId as OrganizationId, row.id as RepositoryId)
  }

  return {
    byOrigin(originUrl) {
      const origin = originUrl === null ? null : parseOrigin(originUrl)
      if (origin === null) return null
      const named = db
        .select()
        .from(repositories)
        .where(
          and(
            isNotNull(repositories.githubId),
            isNull(repositories.goneAt),
            sql`lower(${repositories.fullName}) = ${origin.fullName}`,
          ),
        )
        .all()
      return (
        named.find((row) => {
          const host = options.hostOf(row.organizationId as OrganizationId)
          return host !== null && row.fullName !== null && isOriginOf(origin, host, row.fullName)
        }) ?? null
      )
    },
    folders(host) {
      const folders = db
        .select()
        .from(repositories)
        .where(
          and(
            isNull(repositories.githubId),
            isNotNull(repositories.originUrl),
            isNull(repositories.removedAt),
          ),
        )
        .all()
        .flatMap((row) => {
          const origin = row.originUrl === null ? null : parseOrigin(row.originUrl)
          return origin === null ? [] : [{ row, origin }]
        })
        .sort((one, other) => other.row.lastUsedAt - one.row.lastUsedAt)
      return (fullName) => {
        const same = folders.filter(({ origin }) => isOriginOf(origin, host, fullName))
        // Of several folders with the same origin, the one with tasks, else the one used last.
        const busy = same.find(({ row }) => projection.hasTasks(row.id as RepositoryId))
        return (busy ?? same[0])?.row ?? null
      }
    },
    elsewhere(host, githubId, organizationId) {
      const rows = db
        .select()
        .from(repositories)
        .where(and(eq(repositories.githubId, githubId), ne(repositories.organizationId, organizationId)))
        .all()
      return rows.find((row) => options.hostOf(row.organizationId as OrganizationId) === host) ?? null
    },
    become,
    unite(folder, remote) {
      const [folderId, remoteId] = [folder.id as RepositoryId, remote.id as RepositoryId]
      const organizationId = remote.organizationId as OrganizationId
      if (!projection.hasTasks(folderId)) {
        remove(folder)
        return remote
      }
      if (projection.hasTasks(remoteId)) return null
      // Stores and checkouts go by the id of the row: the one that has them stays.
      projection.unite(remoteId, folderId)
      options.data.move(remoteId, folderId)
      remove(remote)
      const columns = Object.fromEntries(GITHUB_COLUMNS.map((name) => [name, remote[name]]))
      return become(folder, organizationId, { ...NOT_ON_GITHUB, ...columns })
    },
  }
}

/** A repository is called what stands after its owner. */
export function nameOf(fullName: string | null): string | null {
  const name = fullName?.slice(fullName.lastIndexOf('/') + 1) ?? ''
  return name === '' ? null : name
}
