import type { CheckpointId, PermissionId, SessionId, TurnId } from '@shared/ids'

// Ids as they stand in rows of others' tables: each was written by its owner as what it is called.
export const sessionId = (id: string): SessionId => id as SessionId
export const turnId = (id: string): TurnId => id as TurnId
export const checkpointId = (id: string): CheckpointId => id as CheckpointId
export const permissionId = (id: string): PermissionId => id as PermissionId
