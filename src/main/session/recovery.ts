import type { Database } from '../database'
import { prepareEventRows } from './event-rows'
import { PermissionStore } from './permissions'
import { SessionStore } from './session-store'

/**
 * Puts right what the last run left open, before anything is shown: turns without an end were interrupted,
 * requests nobody waits for expired. Nothing is sent: a prompt that was on its way is not repeated.
 */
export function recoverSessions(
  database: Database,
  now: () => number,
): { turns: number; permissions: number } {
  const store = new SessionStore(database, now)
  const events = prepareEventRows(database.commands)
  return database.transaction(() => {
    const turns = store.openTurns()
    for (const turn of turns) {
      const newest = events.newest(turn.sessionId)
      // The last sign of life, not the time of this start: the app may have been closed for days.
      const endedAt = Math.max(turn.startedAt, newest?.at ?? 0)
      const index = newest === null ? 0 : newest.last + 1
      store.endTurn(database.commands, turn.id, { endedAt, stopReason: 'interrupted', usage: null })
      const event = {
        type: 'turn_ended',
        stopReason: 'interrupted',
        durationMs: endedAt - turn.startedAt,
        usage: null,
        checkpoint: null,
      }
      events.write(turn.sessionId, {
        first: index,
        last: index,
        turnId: turn.id,
        at: endedAt,
        payload: JSON.stringify(event),
        fullBytes: null,
      })
    }
    return { turns: turns.length, permissions: new PermissionStore(database, now).expirePending() }
  })
}
