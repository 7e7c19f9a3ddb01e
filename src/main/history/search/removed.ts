import type Sqlite from 'better-sqlite3'
import { isRecord } from '../../session/hostile'
import { type ActivityRow, eventDocument, jsonIn, wholeEvent } from './documents'
import type { IndexWriter } from './index-writer'
import { scopeTypes } from './schema'

interface Removed {
  sessionId: string
  first: number
  at: number
  payload: string
}

/**
 * Indexes rows again whose whole was removed by the person's policy: what is not there any more is not found. The entry of
 * the activity says which run it was; within the transaction in which that entry counts as read, so that a kill loses none.
 */
export function indexWithoutRemoved(
  index: Sqlite.Database,
  source: Sqlite.Database,
  writer: IndexWriter,
  { payload }: Pick<ActivityRow, 'payload'>,
): void {
  const told = jsonIn(payload)
  const run = isRecord(told) ? told['at'] : null
  if (typeof run !== 'number') return
  const scopeOf = index
    .prepare<[number, string], number>('SELECT id FROM search_scopes WHERE type = ? AND ref = ?')
    .pluck()
  const wanted = new Map<number, Set<number>>()
  const removed = source.prepare<[number], Removed>(
    `SELECT session_id AS sessionId, first_index AS first, at, payload FROM session_events WHERE full_removed_at = ?`,
  )
  for (const { sessionId, first } of removed.iterate(run)) {
    const scope = scopeOf.get(scopeTypes.session, sessionId)
    // One that is not indexed yet is read as it is now.
    if (scope === undefined) continue
    const keys = wanted.get(scope) ?? new Set()
    wanted.set(scope, keys.add(first))
  }
  if (wanted.size === 0) return
  const known = index
    .prepare<[string], { id: number; scope: number; key: number }>(
      'SELECT id, scope, key FROM search_rows WHERE scope IN (SELECT value FROM json_each(?))',
    )
    .all(JSON.stringify([...wanted.keys()]))
  const rows = known.filter(({ scope, key }) => wanted.get(scope)?.has(key) === true)
  const indexed = new Map(rows.map(({ id, scope, key }) => [`${scope} ${key}`, id]))
  for (const { sessionId, first, at, payload: event } of removed.iterate(run)) {
    const scope = scopeOf.get(scopeTypes.session, sessionId)
    const row = scope === undefined ? undefined : indexed.get(`${scope} ${first}`)
    if (scope === undefined || row === undefined) continue
    // What may still change is looked at again by itself.
    if (writer.item(scope, first) !== undefined) continue
    writer.drop(row)
    writer.add(scope, first, at, eventDocument(wholeEvent({ payload: event, full: null })))
  }
}
