import type { AuditActor, AuditEvent, AuditKind } from '@shared/audit'
import type { Result } from '@shared/errors'
import type { OrganizationId, RepositoryId } from '@shared/ids'
import { call } from '../../client/call'
import { type Page, PagedList } from '../pull-requests/paged-list'
import { type Paged, usePaged } from './paged'

export interface ActivityQuery {
  organizationId: OrganizationId
  kinds?: AuditKind[] | undefined
  actor?: AuditActor | undefined
  repositoryId?: RepositoryId | undefined
}

/** What was done in an organization, newest first. */
export function useActivity(query: ActivityQuery, mark: unknown): Paged<AuditEvent, ActivityQuery> {
  return usePaged(() => new PagedList<AuditEvent, ActivityQuery>(read, ({ id }) => String(id)), query, mark)
}

/** Main looks at so many at a time; where none of them match, the next ones are looked at. */
async function read(query: ActivityQuery, cursor: string | null): Promise<Result<Page<AuditEvent>>> {
  let from = cursor === null ? null : Number(cursor)
  for (;;) {
    const result = await call('audit.ofOrganization', { ...query, cursor: from })
    if (!result.ok) return result
    const { events, cursor: next } = result.value
    if (events.length > 0 || next === null)
      return { ok: true, value: { rows: events, cursor: next === null ? null : String(next) } }
    from = next
  }
}
