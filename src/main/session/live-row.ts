import { permissionIdSchema, type PermissionId } from '@shared/ids'
import type { TranscriptEvent } from '@shared/domain'
import { updateOf, type Chunk } from './coalescing'
import { cutValue, jsonBytes } from './cutting'
import { isRecord } from './hostile'

/**
 * An event as the table holds it. A permission is stored by reference: its state lives in its own table, and
 * there alone.
 */
export type StoredEvent =
  | Exclude<TranscriptEvent, { type: 'permission' }>
  | { type: 'permission'; permissionId: PermissionId }

/** A row that is not on disk yet, or may still change. */
export interface LiveRow {
  readonly sessionId: string
  readonly first: number
  last: number
  readonly turnId: string | null
  readonly at: number
  body: { chunk: Chunk } | { event: StoredEvent }
  /** Counts changes, so that work done aside knows whether it is still about this row as it is. */
  version: number
  changedAt: number
  /** Not written since it last changed. */
  dirty: boolean
  /** Will not change any more. */
  closed: boolean
  /** Set when strings were cut: what became of the deflated whole. */
  whole: { state: 'needed' | 'packing' | 'written'; version: number; bytes: number } | null
}

export function toStored(event: TranscriptEvent): StoredEvent {
  return event.type === 'permission' ? { type: 'permission', permissionId: event.permission.id } : event
}

export function storedEvent(row: LiveRow): StoredEvent {
  return 'chunk' in row.body ? { type: 'update', update: updateOf(row.body.chunk) } : row.body.event
}

/** JSON for the table, and about how many bytes the whole takes when something was cut. */
export function serialize(row: LiveRow): { payload: string; wholeBytes: number | null } {
  const event = storedEvent(row)
  if ('chunk' in row.body) return { payload: JSON.stringify(event), wholeBytes: null }
  const { value, cut } = cutValue(event)
  return { payload: JSON.stringify(value), wholeBytes: cut ? jsonBytes(event) : null }
}

/** Reads a stored payload back. A row that cannot be read is shown as an unknown update, never dropped. */
export function parseStored(payload: string): StoredEvent {
  try {
    const value: unknown = JSON.parse(payload)
    if (isRecord(value) && typeof value['type'] === 'string') {
      if (value['type'] !== 'permission') return value as StoredEvent
      const id = permissionIdSchema.safeParse(value['permissionId'])
      if (id.success) return { type: 'permission', permissionId: id.data }
    }
  } catch (error) {
    return unreadable(error instanceof Error ? error.message : String(error))
  }
  return unreadable('unexpected shape')
}

function unreadable(detail: string): StoredEvent {
  return {
    type: 'error',
    error: { kind: 'internal', message: 'This part of the record could not be read.', detail },
  }
}

/** The whole JSON; null for a value so deep that it has none: what was cut is then all there is. */
export function wholeJson(event: StoredEvent | TranscriptEvent): string | null {
  try {
    return JSON.stringify(event)
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}
