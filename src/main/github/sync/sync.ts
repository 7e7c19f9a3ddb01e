import type { SyncEngine, SyncOptions } from './types'

export type { SyncEngine, SyncOptions } from './types'

/** Keeps what is known of organizations as GitHub has it. */
export function createSync(_options: SyncOptions): SyncEngine {
  throw new Error('Not written yet')
}
