import { eq } from 'drizzle-orm'
import { FoundryError } from '@shared/errors'
import type { OrganizationId, RepositoryId } from '@shared/ids'
import { parseScripts, scriptsSchema, type RepositoryScripts, type Scripts } from '@shared/scripts-schema'
import type { AuditLog } from '../audit-log/audit-log'
import type { Database } from '../database'
import type { ScriptSettings } from '../task/scripts'
import { repositories } from './tables'

const MOST_ALLOWED = 20

export interface RepositoryScriptsOptions {
  database: Database
  audit: AuditLog
  actor: string
}

/** What a person set and allowed for the scripts of a repository. */
export interface RepositoryScriptSettings extends ScriptSettings {
  read(repositoryId: RepositoryId): RepositoryScripts
  /** @throws FoundryError `invalid_input`, with the place */
  override(repositoryId: RepositoryId, text: string | null): RepositoryScripts
  forbid(repositoryId: RepositoryId): RepositoryScripts
}

export function createRepositoryScripts(options: RepositoryScriptsOptions): RepositoryScriptSettings {
  const { database, audit, actor } = options
  const db = database.commands

  function rowOf(repositoryId: RepositoryId) {
    const row = db
      .select({
        organizationId: repositories.organizationId,
        scripts: repositories.scripts,
        trusted: repositories.scriptsTrusted,
        folder: repositories.localPath,
      })
      .from(repositories)
      .where(eq(repositories.id, repositoryId))
      .get()
    if (row === undefined) throw new FoundryError('not_found', 'This repository does not exist any more.')
    return row
  }

  function get(repositoryId: RepositoryId) {
    const { scripts, trusted, folder } = rowOf(repositoryId)
    const hashes = trusted === null ? [] : trusted.split(' ')
    return { override: scriptsSchema.nullable().parse(scripts), trusted: hashes, folder }
  }

  function read(repositoryId: RepositoryId): RepositoryScripts {
    const { override, trusted } = get(repositoryId)
    return { override, allowed: trusted.length > 0 }
  }

  function set(
    repositoryId: RepositoryId,
    kind: 'repository.scripts.changed' | 'repository.scripts.allowed' | 'repository.scripts.forbidden',
    values: { scripts?: Scripts | null; scriptsTrusted?: string | null },
  ): void {
    const organizationId = rowOf(repositoryId).organizationId as OrganizationId
    db.update(repositories).set(values).where(eq(repositories.id, repositoryId)).run()
    audit.append({ kind, actor, organizationId, repositoryId, payload: { ...values } })
  }

  return {
    get,
    read,
    override(repositoryId, text) {
      const scripts = text === null ? null : parsed(text)
      database.transaction(() => set(repositoryId, 'repository.scripts.changed', { scripts }))
      return read(repositoryId)
    },
    allow(repositoryId, hash) {
      // Branches may have scripts of their own: those that were allowed before stay so.
      const hashes = [hash, ...get(repositoryId).trusted].slice(0, MOST_ALLOWED)
      set(repositoryId, 'repository.scripts.allowed', { scriptsTrusted: hashes.join(' ') })
    },
    forbid(repositoryId) {
      database.transaction(() => set(repositoryId, 'repository.scripts.forbidden', { scriptsTrusted: null }))
      return read(repositoryId)
    },
  }
}

function parsed(text: string): Scripts {
  const read = parseScripts(text)
  if ('scripts' in read) return read.scripts
  throw new FoundryError('invalid_input', 'These scripts cannot be used.', {
    next: 'Nothing was changed. Write them as the file of a repository is written.',
    detail: read.problem,
  })
}
