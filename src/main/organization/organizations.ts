import { eq } from 'drizzle-orm'
import type { Organization } from '@shared/domain'
import type { OrganizationId } from '@shared/ids'
import { newId, type Database } from '../database'
import { appState, organizations } from './tables'

export interface Organizations {
  /** The one whose repositories and tasks the window shows. */
  active(): OrganizationId
  list(): Organization[]
}

/** Makes sure that there is an organization for what is opened from this computer without any account. */
export function createOrganizations(database: Database, now: () => number): Organizations {
  const db = database.commands
  const active = database.transaction(() => {
    const state = db.select().from(appState).get()
    if (state?.activeOrganizationId != null) return state.activeOrganizationId as OrganizationId
    const id: OrganizationId = newId('org')
    db.insert(organizations).values({ id, kind: 'local', name: 'This computer', createdAt: now() }).run()
    db.insert(appState)
      .values({ id: 1, activeOrganizationId: id })
      .onConflictDoUpdate({ target: appState.id, set: { activeOrganizationId: id } })
      .run()
    return id
  })

  return {
    active: () => active,
    list() {
      return db
        .select()
        .from(organizations)
        .where(eq(organizations.id, active))
        .all()
        .map((row) => ({ id: row.id as OrganizationId, kind: row.kind, name: row.name }))
    },
  }
}
