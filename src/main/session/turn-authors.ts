import { asc, eq, sql } from 'drizzle-orm'
import type { AgentId } from '@shared/domain'
import type { TaskId, TurnId } from '@shared/ids'
import type { Database } from '../database'
import { asLine } from './hostile'
import type { SessionRow, SessionStore, TurnRow } from './session-store'
import { sessions, turns } from './tables'

/** When a turn ran. */
export interface TurnSpan extends TurnRow {
  endedAt: number | null
}

/** Who worked in a turn, and on what. */
export interface TurnAuthor {
  sessionName: string
  agentId: AgentId
  modelId: string | null
  /** The first line. */
  prompt: string
}

const PROMPT_LENGTH = 200

/** When the turns of a task ran, the first ones first. */
export function turnSpans(database: Database, taskId: TaskId): TurnSpan[] {
  return database.commands
    .select({
      id: turns.id,
      sessionId: turns.sessionId,
      startedAt: turns.startedAt,
      endedAt: turns.endedAt,
    })
    .from(turns)
    .innerJoin(sessions, eq(sessions.id, turns.sessionId))
    .where(eq(sessions.taskId, taskId))
    .orderBy(asc(turns.startedAt), asc(turns.id))
    .all() as TurnSpan[]
}

/** Null for a turn that is gone. */
export function turnAuthor(
  database: Database,
  store: Pick<SessionStore, 'session' | 'displayName'>,
  turnId: TurnId,
): TurnAuthor | null {
  const turn = database.commands
    .select({
      sessionId: turns.sessionId,
      modelId: turns.modelId,
      prompt: sql<string>`substr(${turns.prompt}, 1, 4000)`,
    })
    .from(turns)
    .where(eq(turns.id, turnId))
    .get()
  const session = turn === undefined ? null : store.session(turn.sessionId as SessionRow['id'])
  if (turn === undefined || session === null) return null
  return {
    sessionName: store.displayName(session),
    agentId: session.agentId,
    modelId: turn.modelId,
    prompt: asLine(turn.prompt.trim().split('\n', 1)[0], PROMPT_LENGTH) ?? '',
  }
}
