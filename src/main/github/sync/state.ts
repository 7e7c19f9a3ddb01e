import { eq, sql } from 'drizzle-orm'
import type { OrganizationId } from '@shared/ids'
import type { Database, Db } from '../../database'
import { githubSync } from '../tables'

export type SyncRow = typeof githubSync.$inferSelect
type Patch = Partial<Omit<SyncRow, 'organizationId'>>

/** The row of each organization's sync: what is shown of it, and where it goes on. */
export interface SyncStates {
  /** As it is for one that was never synced, where there is no row. */
  get(id: OrganizationId): SyncRow
  /** On disk when it returns. */
  set(id: OrganizationId, patch: Patch): void
  /** Progress, which a power cut may cost. */
  progress(id: OrganizationId, patch: Patch): void
}

export function createSyncStates(database: Database): SyncStates {
  const put = (db: Db, id: OrganizationId, patch: Patch): void => {
    db.insert(githubSync)
      .values({ organizationId: id, state: 'never', ...patch })
      .onConflictDoUpdate({ target: githubSync.organizationId, set: patch })
      .run()
  }
  const byId = database.commands
    .select()
    .from(githubSync)
    .where(eq(githubSync.organizationId, sql.placeholder('id')))
    .prepare()
  return {
    get: (id) => byId.get({ id }) ?? { ...NEVER, organizationId: id },
    set: (id, patch) => put(database.commands, id, patch),
    progress: (id, patch) => put(database.events, id, patch),
  }
}

const NEVER: Omit<SyncRow, 'organizationId'> = {
  state: 'never',
  phase: null,
  processed: 0,
  total: 0,
  label: '',
  startedAt: null,
  progressAt: null,
  syncedAt: null,
  waitingUntil: null,
  problem: null,
  generation: 0,
  full: true,
  resumePhase: null,
  changesSince: null,
  fullAt: null,
  membersAt: null,
}
