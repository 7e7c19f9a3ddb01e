import type { Sync } from '@shared/github'
import { useEntity } from '../../client/topics'
import { useNow } from '../../ui/time'
import { syncLine, type SyncLine } from './sync-text'

/** The sync of an organization; undefined for the local one, and until it is known. */
export function useSync(organizationId: string): Sync | undefined {
  return useEntity('organization', organizationId, 'sync', 'sync')
}

export function useSyncLine(sync: Sync | undefined): SyncLine | null {
  const now = useNow()
  return sync === undefined ? null : syncLine(sync, now)
}
