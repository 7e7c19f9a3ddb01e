import { eq } from 'drizzle-orm'
import { FoundryError } from '@shared/errors'
import type { OrganizationId, RepositoryId } from '@shared/ids'
import { noPolicy, withProposal } from '@shared/permission-policy'
import {
  permissionPolicySchema,
  type PermissionPolicy,
  type PolicyProposal,
} from '@shared/permission-policy-schema'
import type { AuditLog } from '../audit-log/audit-log'
import type { Database } from '../database'
import { repositories } from './tables'

export interface PermissionPoliciesOptions {
  database: Database
  audit: AuditLog
  actor: string
  /** What agents ask in tasks of it is answered by another policy from now on. */
  changed(repositoryId: RepositoryId): void
}

/** What a person has decided about the questions of agents, repository by repository. */
export interface PermissionPolicies {
  get(repositoryId: RepositoryId): PermissionPolicy
  set(repositoryId: RepositoryId, policy: PermissionPolicy): PermissionPolicy
  add(repositoryId: RepositoryId, proposal: PolicyProposal): void
}

export function createPermissionPolicies(options: PermissionPoliciesOptions): PermissionPolicies {
  const { database, audit, actor, changed } = options
  const db = database.commands

  function rowOf(repositoryId: RepositoryId) {
    const row = db
      .select({ organizationId: repositories.organizationId, policy: repositories.permissionPolicy })
      .from(repositories)
      .where(eq(repositories.id, repositoryId))
      .get()
    if (row === undefined) throw new FoundryError('not_found', 'This repository does not exist any more.')
    return row
  }

  function get(repositoryId: RepositoryId): PermissionPolicy {
    // What cannot be read allows nothing.
    const read = permissionPolicySchema.safeParse(rowOf(repositoryId).policy)
    return read.success ? read.data : noPolicy
  }

  function set(repositoryId: RepositoryId, policy: PermissionPolicy): PermissionPolicy {
    const before = get(repositoryId)
    database.transaction(() => {
      const organizationId = rowOf(repositoryId).organizationId as OrganizationId
      db.update(repositories).set({ permissionPolicy: policy }).where(eq(repositories.id, repositoryId)).run()
      const payload = { before, policy }
      audit.append({ kind: 'repository.policy.changed', actor, organizationId, repositoryId, payload })
    })
    changed(repositoryId)
    return get(repositoryId)
  }

  return {
    get,
    set,
    add: (repositoryId, proposal) => void set(repositoryId, withProposal(get(repositoryId), proposal)),
  }
}
