import { isNotNull } from 'drizzle-orm'
import type { Database } from '../database'
import { sessions } from './tables'

/**
 * The checkouts are elsewhere. Agents find a session of theirs by the folder it worked in, and fail on one whose folder
 * is gone: each begins a new one with its next prompt, is told what was said, and the transcript draws the line.
 */
export function forgetAgentSessions(database: Database): void {
  database.transaction(() =>
    database.commands
      .update(sessions)
      .set({ agentSessionId: null })
      .where(isNotNull(sessions.agentSessionId))
      .run(),
  )
}
