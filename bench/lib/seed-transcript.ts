import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import { deflateSync } from 'node:zlib'
import { newId } from '../../src/main/database'
import { cutValue } from '../../src/main/session/cutting'
import type { BenchEvent } from './transcript-events'

/** Writes events into a session of a data folder whose app is not running, as the app itself stores them. */
export function storeEvents(directory: string, sessionId: string, events: readonly BenchEvent[]): void {
  const database = new DatabaseSync(join(directory, 'foundry.db'))
  try {
    const session = database.prepare('SELECT task_id FROM sessions WHERE id = ?').get(sessionId)
    const newest = database
      .prepare('SELECT max(last_index) AS last FROM session_events WHERE session_id = ?')
      .get(sessionId)
    const start = Number(newest?.['last'] ?? -1) + 1
    const addTurn = database.prepare(
      `INSERT INTO turns (id, session_id, task_id, prompt, started_at, ended_at, stop_reason) VALUES (?, ?, ?, '', ?, ?, 'end_turn')`,
    )
    const addEvent = database.prepare(
      `INSERT INTO session_events (session_id, first_index, last_index, turn_id, at, payload, full_bytes, full)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    const now = Date.now() - events.length * 1000
    let turn = -1
    let turnId = ''
    database.exec('BEGIN')
    for (const [nth, entry] of events.entries()) {
      const at = now + nth * 1000
      if (entry.turn !== turn) {
        turn = entry.turn
        turnId = newId('turn')
        addTurn.run(turnId, sessionId, String(session?.['task_id']), at, at)
      }
      const { value, cut } = cutValue(entry.event)
      const full = cut ? deflateSync(JSON.stringify(entry.event)) : null
      const index = start + nth
      addEvent.run(
        sessionId,
        index,
        index,
        turnId,
        at,
        JSON.stringify(value),
        cut ? JSON.stringify(entry.event).length : null,
        full,
      )
    }
    database.exec('COMMIT')
  } finally {
    database.close()
  }
}

/** More sessions of the same task, with a few words in each; returns their ids. */
export function addSessions(directory: string, like: string, count: number): string[] {
  const database = new DatabaseSync(join(directory, 'foundry.db'))
  try {
    return Array.from({ length: count }, (_, nth) => {
      const id = newId('session')
      database
        .prepare(
          `INSERT INTO sessions (id, task_id, name, agent_id, options, created_at)
           SELECT ?, task_id, ?, agent_id, '{}', created_at + ? FROM sessions WHERE id = ?`,
        )
        .run(id, `Session ${nth + 2}`, nth + 1, like)
      return id
    })
  } finally {
    database.close()
  }
}

/** Of all sessions, oldest first. */
export function readSessionIds(directory: string): string[] {
  const database = new DatabaseSync(join(directory, 'foundry.db'))
  try {
    const rows = database.prepare('SELECT id FROM sessions ORDER BY created_at').all()
    return rows.map((row) => String(row['id']))
  } finally {
    database.close()
  }
}
