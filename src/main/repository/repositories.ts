import { and, desc, eq, inArray, isNull } from 'drizzle-orm'
import type { Repository, RepositoryState } from '@shared/domain'
import { FoundryError } from '@shared/errors'
import type { OrganizationId, RepositoryId } from '@shared/ids'
import type { AuditLog } from '../audit-log/audit-log'
import { newId, type Database } from '../database'
import type { LocalGit } from '../sandbox/git/local-git'
import { inspectFolder, readRepositoryState } from './inspect'
import { repositories } from './tables'
import type { TaskProjection } from './task-projection'

export interface Repositories {
  /** The same folder again is the same repository, also after it was taken off the list. */
  openLocal(organizationId: OrganizationId, path: string): Promise<Repository>
  state(repositoryId: RepositoryId): Promise<RepositoryState>
  /** @throws FoundryError `conflict` while it has tasks that are not archived */
  remove(repositoryId: RepositoryId): void
  /** @throws FoundryError `not_found` */
  get(repositoryId: RepositoryId): Repository
  isRemoved(repositoryId: RepositoryId): boolean
  list(organizationId: OrganizationId): Repository[]
  read(ids: string[]): Repository[]
  /** Moves it up in the list. */
  used(repositoryId: RepositoryId): void
}

export interface RepositoriesOptions {
  database: Database
  git: LocalGit
  projection: TaskProjection
  audit: AuditLog
  actor: string
  now: () => number
  changed(organizationId: OrganizationId, repositoryId: RepositoryId): void
}

/** The repositories of an organization and the folders they were opened from. */
export function createRepositories(options: RepositoriesOptions): Repositories {
  const { database, now } = options
  const db = database.commands

  function get(repositoryId: RepositoryId): Repository {
    const row = db.select().from(repositories).where(eq(repositories.id, repositoryId)).get()
    if (row === undefined) throw new FoundryError('not_found', 'This repository does not exist any more.')
    return toRepository(row)
  }

  return {
    async openLocal(organizationId, path) {
      const folder = await inspectFolder(options.git, path)
      const repository = database.transaction(() => {
        const facts = {
          name: folder.name,
          originUrl: folder.originUrl,
          defaultBranch: folder.defaultBranch,
          lastUsedAt: now(),
          removedAt: null,
        }
        const row = db
          .insert(repositories)
          .values({ id: newId('repo'), organizationId, localPath: folder.root, createdAt: now(), ...facts })
          .onConflictDoUpdate({ target: [repositories.organizationId, repositories.localPath], set: facts })
          .returning()
          .get()
        const opened = toRepository(row)
        options.audit.append({
          kind: 'repository.opened',
          actor: options.actor,
          organizationId,
          repositoryId: opened.id,
          payload: { path: folder.root },
        })
        return opened
      })
      options.changed(organizationId, repository.id)
      return repository
    },
    async state(repositoryId) {
      return readRepositoryState(options.git, localPathOf(get(repositoryId)))
    },
    remove(repositoryId) {
      const repository = get(repositoryId)
      if (options.projection.hasOpenTasks(repositoryId))
        throw new FoundryError('conflict', `${repository.name} still has tasks that are not archived.`, {
          next: 'Archive its tasks first. Your folder and the archived tasks stay as they are.',
        })
      database.transaction(() => {
        db.update(repositories).set({ removedAt: now() }).where(eq(repositories.id, repositoryId)).run()
        options.audit.append({
          kind: 'repository.removed',
          actor: options.actor,
          organizationId: repository.organizationId,
          repositoryId,
        })
      })
      options.changed(repository.organizationId, repositoryId)
    },
    get,
    isRemoved(repositoryId) {
      const row = db
        .select({ removedAt: repositories.removedAt })
        .from(repositories)
        .where(eq(repositories.id, repositoryId))
        .get()
      return row?.removedAt != null
    },
    list(organizationId) {
      return db
        .select()
        .from(repositories)
        .where(and(eq(repositories.organizationId, organizationId), isNull(repositories.removedAt)))
        .orderBy(desc(repositories.lastUsedAt))
        .all()
        .map(toRepository)
    },
    read(ids) {
      return db
        .select()
        .from(repositories)
        .where(and(inArray(repositories.id, ids), isNull(repositories.removedAt)))
        .all()
        .map(toRepository)
    },
    used(repositoryId) {
      db.update(repositories).set({ lastUsedAt: now() }).where(eq(repositories.id, repositoryId)).run()
    },
  }
}

/** @throws FoundryError `unsupported` for a repository without a folder on this machine */
export function localPathOf(repository: Repository): string {
  if (repository.localPath === null)
    throw new FoundryError('unsupported', `${repository.name} has no folder on this computer.`, {
      next: 'Open its folder first.',
    })
  return repository.localPath
}

function toRepository(row: typeof repositories.$inferSelect): Repository {
  return {
    id: row.id as RepositoryId,
    organizationId: row.organizationId as OrganizationId,
    name: row.name,
    localPath: row.localPath,
    originUrl: row.originUrl,
    defaultBranch: row.defaultBranch,
    lastUsedAt: row.lastUsedAt,
  }
}
