import { and, eq, isNotNull, isNull, sql } from 'drizzle-orm'
import type { Repository, RepositoryState } from '@shared/domain'
import { FoundryError } from '@shared/errors'
import type { OrganizationId, RepositoryId, TaskId } from '@shared/ids'
import type { AuditLog } from '../audit-log/audit-log'
import { newId, type Database } from '../database'
import type { OrganizationData } from '../github/organization-data'
import type { SyncOwners } from '../github/types'
import type { LocalGit } from '../sandbox/git/local-git'
import { createGitHubRepositories } from './github-repositories'
import { createIdentity, NOT_ON_GITHUB, type RepositoryRow } from './identity'
import { inspectFolder, readRepositoryState, type InspectedFolder } from './inspect'
import { createOpenCounts } from './open-counts'
import { createRepositoryPages } from './repository-pages'
import { repositories } from './tables'
import type { TaskProjection } from './task-projection'

export interface Repositories {
  /**
   * The same folder again is the same repository, also after it was taken off the list. A folder whose origin is
   * a known repository of GitHub is that repository; any other belongs to this computer.
   */
  openLocal(path: string): Promise<Repository>
  state(repositoryId: RepositoryId): Promise<RepositoryState>
  /**
   * Takes a folder off the list. A repository of GitHub stays, without its folder.
   *
   * @throws FoundryError `conflict` while it has tasks that are not archived
   */
  remove(repositoryId: RepositoryId): void
  /** @throws FoundryError `unsupported` for one that is not of GitHub */
  setHidden(repositoryId: RepositoryId, hidden: boolean): Repository
  /** @throws FoundryError `not_found` */
  get(repositoryId: RepositoryId): Repository
  /**
   * How GitHub knows it.
   *
   * @throws FoundryError `unsupported` for one that is not of GitHub
   */
  remote(repositoryId: RepositoryId): {
    organizationId: OrganizationId
    githubId: string
    nodeId: string
    fullName: string
    defaultBranch: string | null
  }
  /** Those that GitHub calls so, or called so when they were last read, on whatever host. Cases do not matter. */
  named(fullName: string): { id: RepositoryId; organizationId: OrganizationId; isGone: boolean }[]
  /** Tasks that are not archived, by the branch of the repository they work on. */
  tasksByBranch(repositoryId: RepositoryId): Map<string, { id: TaskId; title: string }>
  /** Null for one whose branch no task is on, such as one that was closed before it was first read. */
  taskOfPullRequest(repositoryId: RepositoryId, number: number): TaskId | null
  isRemoved(repositoryId: RepositoryId): boolean
  /** Null for one that is not known any more. */
  nameOf(repositoryId: RepositoryId): string | null
  /** All there are, on or off the list. */
  known(): Set<RepositoryId>
  /** Most recently used first, then most recently pushed to, 100 at a time. */
  page(
    organizationId: OrganizationId,
    cursor: string | null,
  ): { entities: Repository[]; cursor: string | null }
  /** Those of the organization; what moved to another one is missing. */
  read(organizationId: OrganizationId, ids: string[]): Repository[]
  /** Moves it up in the list. */
  used(repositoryId: RepositoryId): void
  /** How many tasks of an organization are more than a row. */
  workedOnTasks(organizationId: OrganizationId): number
  /**
   * Removes at most `limit` repositories with their virtual tasks, for an organization nobody worked in. Opened
   * folders go back to this computer. False once nothing is left.
   */
  removeSome(organizationId: OrganizationId, limit: number): boolean
  readonly syncOwner: SyncOwners['repositories']
}

export interface RepositoriesOptions {
  database: Database
  git: LocalGit
  projection: TaskProjection
  audit: AuditLog
  actor: string
  now: () => number
  parent: {
    /** The organization of folders that are of no organization of GitHub. */
    local(): OrganizationId
    /** Null for an organization that is not of GitHub, or was left. */
    hostOf(id: OrganizationId): string | null
  }
  data: Pick<OrganizationData, 'openPullRequests' | 'move' | 'rehome'>
  changed(organizationId: OrganizationId, repositoryId: RepositoryId): void
  /** A folder turned out to be a repository of another organization; its tasks went with it. */
  tasksMoved(from: OrganizationId, to: OrganizationId, taskIds: readonly TaskId[]): void
}

/** The repositories of the organizations and the folders they were opened from. */
export function createRepositories(options: RepositoriesOptions): Repositories {
  const { database, now, audit, actor, projection, parent, changed } = options
  const db = database.commands
  const counts = createOpenCounts(options.data)
  const identity = createIdentity({ ...options, hostOf: parent.hostOf })
  const pages = createRepositoryPages(database)

  // Read once a frame while a sync brings what is new about them.
  const byIds = db
    .select()
    .from(repositories)
    .where(
      and(
        sql`${repositories.id} IN (SELECT value FROM json_each(${sql.placeholder('ids')}))`,
        eq(repositories.organizationId, sql.placeholder('organizationId')),
        isNull(repositories.removedAt),
      ),
    )
    .prepare()

  function toRepository(row: RepositoryRow): Repository {
    const id = row.id as RepositoryId
    const organizationId = row.organizationId as OrganizationId
    return {
      id,
      organizationId,
      name: row.name,
      localPath: row.localPath,
      originUrl: row.originUrl,
      defaultBranch: row.defaultBranch,
      lastUsedAt: row.lastUsedAt,
      github:
        row.githubId === null
          ? null
          : {
              fullName: row.fullName ?? row.name,
              url: row.url ?? '',
              isPrivate: row.isPrivate ?? true,
              isArchived: row.isArchived ?? false,
              isFork: row.isFork ?? false,
              pushedAt: row.pushedAt,
              openPullRequests: counts.of(organizationId, id),
              hidden: row.hiddenAt !== null,
              gone: row.goneAt !== null,
            },
    }
  }

  function find(repositoryId: RepositoryId): RepositoryRow {
    const row = db.select().from(repositories).where(eq(repositories.id, repositoryId)).get()
    if (row === undefined) throw new FoundryError('not_found', 'This repository does not exist any more.')
    return row
  }

  const atPath = (organizationId: OrganizationId | null, path: string): RepositoryRow | undefined =>
    db
      .select()
      .from(repositories)
      .where(
        and(
          eq(repositories.localPath, path),
          organizationId === null
            ? isNotNull(repositories.githubId)
            : eq(repositories.organizationId, organizationId),
        ),
      )
      .all()
      .find((row) => organizationId !== null || parent.hostOf(row.organizationId as OrganizationId) !== null)

  /** The repository of GitHub that a folder is. One that was renamed there is still the one it was opened as. */
  function remoteOf(folder: InspectedFolder): RepositoryRow | null {
    const named = identity.byOrigin(folder.originUrl)
    const before = atPath(null, folder.root)
    if (named !== null || before === undefined) {
      if (before !== undefined && before.id !== named?.id) release(before)
      return named
    }
    if (before.originUrl === folder.originUrl) return before
    release(before)
    return null
  }

  function release(row: RepositoryRow): void {
    db.update(repositories).set({ localPath: null }).where(eq(repositories.id, row.id)).run()
    changed(row.organizationId as OrganizationId, row.id as RepositoryId)
  }

  function open(folder: InspectedFolder): Repository {
    const mine = atPath(parent.local(), folder.root) ?? null
    const remote = remoteOf(folder)
    const united = remote === null || mine === null ? remote : identity.unite(mine, remote)
    const facts = { originUrl: folder.originUrl, lastUsedAt: now(), removedAt: null }
    if (united !== null)
      return toRepository(
        db
          .update(repositories)
          .set({ ...facts, localPath: folder.root })
          .where(eq(repositories.id, united.id))
          .returning()
          .get(),
      )
    const all = { ...facts, name: folder.name, defaultBranch: folder.defaultBranch }
    return toRepository(
      db
        .insert(repositories)
        .values({
          id: newId('repo'),
          organizationId: parent.local(),
          localPath: folder.root,
          createdAt: now(),
          ...all,
        })
        .onConflictDoUpdate({ target: [repositories.organizationId, repositories.localPath], set: all })
        .returning()
        .get(),
    )
  }

  /** What is left of a repository when its organization goes: the folder a person opened, or nothing. */
  function removeRow(row: RepositoryRow): void {
    const local = parent.local()
    if (row.localPath === null || atPath(local, row.localPath) !== undefined)
      db.delete(repositories).where(eq(repositories.id, row.id)).run()
    else
      db.update(repositories)
        .set({ ...NOT_ON_GITHUB, organizationId: local })
        .where(eq(repositories.id, row.id))
        .run()
    changed(row.organizationId as OrganizationId, row.id as RepositoryId)
    changed(local, row.id as RepositoryId)
  }

  return {
    async openLocal(path) {
      const folder = await inspectFolder(options.git, path)
      const repository = database.transaction(() => {
        const opened = open(folder)
        audit.append({
          kind: 'repository.opened',
          actor,
          organizationId: opened.organizationId,
          repositoryId: opened.id,
          payload: { path: folder.root },
        })
        return opened
      })
      changed(repository.organizationId, repository.id)
      return repository
    },
    async state(repositoryId) {
      return readRepositoryState(options.git, localPathOf(toRepository(find(repositoryId))))
    },
    remove(repositoryId) {
      const row = find(repositoryId)
      if (projection.hasOpenTasks(repositoryId))
        throw new FoundryError('conflict', `${row.name} still has tasks that are not archived.`, {
          next: 'Archive its tasks first. Your folder and the archived tasks stay as they are.',
        })
      const organizationId = row.organizationId as OrganizationId
      database.transaction(() => {
        db.update(repositories)
          .set(row.githubId === null ? { removedAt: now() } : { localPath: null, originUrl: row.url })
          .where(eq(repositories.id, repositoryId))
          .run()
        audit.append({ kind: 'repository.removed', actor, organizationId, repositoryId })
      })
      changed(organizationId, repositoryId)
    },
    setHidden(repositoryId, hidden) {
      const row = find(repositoryId)
      if (row.githubId === null)
        throw new FoundryError('unsupported', `${row.name} is a folder of this computer.`, {
          next: 'Remove it from the list instead.',
        })
      if ((row.hiddenAt !== null) === hidden) return toRepository(row)
      const organizationId = row.organizationId as OrganizationId
      const updated = database.transaction(() => {
        audit.append({
          kind: hidden ? 'repository.hidden' : 'repository.shown',
          actor,
          organizationId,
          repositoryId,
        })
        return db
          .update(repositories)
          .set({ hiddenAt: hidden ? now() : null })
          .where(eq(repositories.id, repositoryId))
          .returning()
          .get()
      })
      changed(organizationId, repositoryId)
      return toRepository(updated)
    },
    get: (repositoryId) => toRepository(find(repositoryId)),
    remote(repositoryId) {
      const { organizationId, githubId, nodeId, fullName, defaultBranch, name } = find(repositoryId)
      if (githubId === null || nodeId === null)
        throw new FoundryError('unsupported', `${name} is a folder of this computer, not of GitHub.`)
      return {
        organizationId: organizationId as OrganizationId,
        githubId,
        nodeId,
        fullName: fullName ?? name,
        defaultBranch,
      }
    },
    named(fullName) {
      return db
        .select({
          id: repositories.id,
          organizationId: repositories.organizationId,
          goneAt: repositories.goneAt,
        })
        .from(repositories)
        .where(
          and(
            isNotNull(repositories.githubId),
            sql`lower(${repositories.fullName}) = ${fullName.toLowerCase()}`,
          ),
        )
        .all()
        .map(({ id, organizationId, goneAt }) => ({
          id: id as RepositoryId,
          organizationId: organizationId as OrganizationId,
          isGone: goneAt !== null,
        }))
    },
    tasksByBranch: (repositoryId) => projection.openByBranch(repositoryId),
    nameOf: (repositoryId) =>
      db.select({ name: repositories.name }).from(repositories).where(eq(repositories.id, repositoryId)).get()
        ?.name ?? null,
    known() {
      const rows = db.select({ id: repositories.id }).from(repositories).all()
      return new Set(rows.map(({ id }) => id as RepositoryId))
    },
    taskOfPullRequest(repositoryId, number) {
      const { githubId } = find(repositoryId)
      return (projection.ofPullRequest({ id: repositoryId, githubId }, number)?.id ?? null) as TaskId | null
    },
    isRemoved(repositoryId) {
      const row = db
        .select({ removedAt: repositories.removedAt })
        .from(repositories)
        .where(eq(repositories.id, repositoryId))
        .get()
      return row?.removedAt != null
    },
    page(organizationId, cursor) {
      const { rows, cursor: next } = pages.read(organizationId, cursor)
      return { entities: rows.map(toRepository), cursor: next }
    },
    read(organizationId, ids) {
      return byIds.all({ organizationId, ids: JSON.stringify(ids) }).map(toRepository)
    },
    used(repositoryId) {
      db.update(repositories).set({ lastUsedAt: now() }).where(eq(repositories.id, repositoryId)).run()
    },
    workedOnTasks: (organizationId) => projection.workedOn(organizationId),
    removeSome(organizationId, limit) {
      counts.forget(organizationId)
      if (projection.removeVirtual(organizationId, limit)) return true
      const rows = db
        .select()
        .from(repositories)
        .where(eq(repositories.organizationId, organizationId))
        .orderBy(sql`rowid`)
        .limit(limit)
        .all()
      for (const row of rows) removeRow(row)
      return rows.length > 0
    },
    syncOwner: createGitHubRepositories({
      database,
      identity,
      counts,
      data: options.data,
      now,
      hostOf: parent.hostOf,
      changed,
    }),
  }
}

/** @throws FoundryError `unsupported` for a repository without a folder on this machine */
function localPathOf(repository: Repository): string {
  if (repository.localPath === null)
    throw new FoundryError('unsupported', `${repository.name} has no folder on this computer.`, {
      next: 'Open its folder first.',
    })
  return repository.localPath
}
