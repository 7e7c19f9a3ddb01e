import type { SessionDetail } from '@shared/domain'
import type { SessionId } from '@shared/ids'
import { buildBrief } from './brief'
import type { RuntimeContext } from './runtime-context'
import { knownTurns } from './forks'

/** What the agent of one session remembers, and what it has to be told. */
export class MemoryKeeper {
  readonly #context: Pick<RuntimeContext, 'store' | 'events' | 'briefCharacters'>
  readonly #sessionId: SessionId
  /** What goes to the agent in front of the next prompt. The boundary that shows it is drawn. */
  #brief: string | null = null
  /** A person asked for a fresh agent that is told this much. */
  #afresh: number | null = null

  constructor(context: Pick<RuntimeContext, 'store' | 'events' | 'briefCharacters'>, sessionId: SessionId) {
    this.#context = context
    this.#sessionId = sessionId
  }

  state(liveAgentSessionId: string | null): SessionDetail['memory'] {
    const { store } = this.#context
    const stored = store.session(this.#sessionId)?.agentSessionId ?? null
    const { total, remembered } = store.turnCounts(this.#sessionId, liveAgentSessionId ?? stored)
    if (total === 0) return 'fresh'
    if (liveAgentSessionId !== null) return remembered > 0 ? 'live' : 'brief'
    return stored !== null && remembered > 0 ? 'loadable' : 'brief'
  }

  startAfresh(characters: number): void {
    this.#afresh = characters
    this.#brief = null
  }

  /** The agent has a new session. Draws the boundary if there was anything to remember. */
  async contextLost(reason: string): Promise<void> {
    const afresh = this.#afresh
    this.#afresh = null
    const { total } = this.#context.store.turnCounts(this.#sessionId, null)
    if (total === 0) return
    if (afresh === null) await this.#draw(reason, total, this.#context.briefCharacters())
    else await this.#draw('The agent was started afresh to be told more of the conversation.', total, afresh)
  }

  /** What to tell the agent before its next prompt; empty when it remembers, or is to be told nothing. */
  async briefFor(agentSessionId: string): Promise<string> {
    if (this.#brief !== null) return this.#brief
    const { total, remembered } = this.#context.store.turnCounts(this.#sessionId, agentSessionId)
    if (total === 0 || remembered > 0) return ''
    // The app ended between the start of this agent session and its first prompt: it was told nothing yet.
    await this.#draw(
      'The agent started a new session before it was told anything.',
      total,
      this.#context.briefCharacters(),
    )
    return this.#brief ?? ''
  }

  /** The brief is on its way. */
  told(): void {
    this.#brief = null
  }

  async #draw(reason: string, turnsTotal: number, characters: number): Promise<void> {
    const { events, store } = this.#context
    const { text, turnsTold } = await buildBrief(
      knownTurns(store, events, this.#sessionId),
      turnsTotal,
      characters,
    )
    this.#brief = text
    events.append(this.#sessionId, null, {
      type: 'memory_boundary',
      reason,
      brief: text,
      turnsTold,
      turnsTotal,
    })
  }
}
