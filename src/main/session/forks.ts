import { z } from 'zod'
import type { ModelChoice } from '@shared/domain'
import { FoundryError, toErrorValue } from '@shared/errors'
import { turnIdSchema, type SessionId, type TurnId } from '@shared/ids'
import type { AgentConnection, AgentSessionHandlers } from './agent-connection'
import type { AgentOptions } from './agent-options'
import { asLine } from './hostile'
import type { RuntimeContext } from './runtime-context'
import type { StoredTurn } from './brief'
import type { SessionRow, SessionStore, TurnFacts } from './session-store'
import { storedTurns } from './stored-turns'
import type { TranscriptPage } from './event-log'

/** What a session knows of another one: all that was said up to the end of a turn. */
export const forkSchema = z.object({
  turnId: turnIdSchema,
  /** The agent's session that knows it because the agent itself made it of the other one. */
  knownTo: z.string().nullable(),
})
export type Fork = z.infer<typeof forkSchema>

/** Forks of forks are followed no deeper than this. */
const DEEPEST = 20
const NAME_LENGTH = 60
const QUOTE_LENGTH = 200

/** What is forked where, as the command asks for it. */
export interface ForkRequest extends ModelChoice {
  turnId: TurnId
  /** The session knows what was said before the turn, and is asked the turn's prompt itself. */
  again: boolean
}

/** What a fork begins with, all of it looked up before anything is written. */
export function planFork(
  store: SessionStore,
  { turnId, again }: ForkRequest,
): { turn: TurnFacts; source: SessionRow; upTo: TurnFacts | null; name: string; quote: string } {
  const turn = store.turn(turnId)
  const source = turn === null ? null : store.session(turn.sessionId)
  if (turn === null || source === null)
    throw new FoundryError('not_found', 'This turn does not exist any more.')
  if (!again && turn.endedAt === null)
    throw new FoundryError('conflict', 'This turn has not ended yet.', {
      next: 'Wait for its end, or stop it; then fork it.',
    })
  const upTo = again ? store.turnBefore(turn) : turn
  const name = asLine(`${again ? 'Retry' : 'Fork'} of ${store.displayName(source)}`, NAME_LENGTH) ?? 'Fork'
  const quote = asLine(upTo?.prompt.trim().split('\n', 1)[0], QUOTE_LENGTH) ?? ''
  return { turn, source, upTo, name, quote }
}

/** How many turns of other sessions a session knows of. */
export function inheritedTurns(store: SessionStore, row: Pick<SessionRow, 'forkedFrom'>): number {
  let count = 0
  let fork = row.forkedFrom
  for (let depth = 0; fork !== null && depth < DEEPEST; depth++) {
    const turn = store.turn(fork.turnId)
    if (turn === null) break
    count += store.turnsUpTo(turn)
    fork = store.session(turn.sessionId)?.forkedFrom ?? null
  }
  return count
}

/**
 * The agent's own session that a new one can be made of: only while nothing was said in either since, as agents fork
 * what they remember now.
 */
function forkableSession(store: SessionStore, row: SessionRow): string | null {
  if (row.forkedFrom === null || row.forkedFrom.knownTo !== null || store.turnCounts(row.id, null).own > 0)
    return null
  const turn = store.turn(row.forkedFrom.turnId)
  const source = turn === null ? null : store.session(turn.sessionId)
  if (turn === null || source === null || source.agentId !== row.agentId) return null
  const isLast = store.turnAfter(turn) === null
  return isLast && turn.agentSessionId !== null && turn.agentSessionId === source.agentSessionId
    ? turn.agentSessionId
    : null
}

/** Lets the agent itself make the session of the one it was forked from, where it can; null where it cannot. */
export async function forkWithAgent(
  { store, database, log }: Pick<RuntimeContext, 'store' | 'database' | 'log'>,
  connection: AgentConnection,
  row: SessionRow,
  handlers: AgentSessionHandlers,
): Promise<{ agentSessionId: string; options: AgentOptions } | null> {
  const source = connection.canFork ? forkableSession(store, row) : null
  if (source === null || row.forkedFrom === null) return null
  const { turnId } = row.forkedFrom
  try {
    const forked = await connection.forkSession(source, handlers)
    database.transaction(() =>
      store.update(row.id, {
        agentSessionId: connection.restore === null ? null : forked.agentSessionId,
        forkedFrom: { turnId, knownTo: forked.agentSessionId },
      }),
    )
    return forked
  } catch (error) {
    if (connection.lost.aborted) throw error
    // It is told instead, as any other agent is.
    log.warn(`an agent could not fork its session: ${toErrorValue(error).message}`)
    return null
  }
}

/** The turns of a session's record, newest first, and then those that it knows from where it was forked. */
export async function* knownTurns(
  store: SessionStore,
  log: { before(sessionId: SessionId, before: number, limit: number): TranscriptPage },
  sessionId: SessionId,
): AsyncGenerator<StoredTurn> {
  let at: { sessionId: SessionId; upTo: TurnId | null } | null = { sessionId, upTo: null }
  for (let depth = 0; at !== null && depth < DEEPEST; depth++) {
    yield* storedTurns(log, at.sessionId, at.upTo)
    const fork: Fork | null = store.session(at.sessionId)?.forkedFrom ?? null
    const turn: TurnFacts | null = fork === null ? null : store.turn(fork.turnId)
    at = turn === null ? null : { sessionId: turn.sessionId, upTo: turn.id }
  }
}

/** Why the agent of a fork is told what was said before; null for any other session, or one that went on since. */
export function forkReason(row: SessionRow, store: SessionStore): string | null {
  if (row.forkedFrom === null || store.turnCounts(row.id, null).own > 0) return null
  return 'This session was forked from another one, which its agent does not remember itself.'
}
