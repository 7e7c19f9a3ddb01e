import type { Attachment, Permission, SessionDetail, SessionStatus } from '@shared/domain'
import { FoundryError, toErrorValue, type ErrorValue } from '@shared/errors'
import type { SessionId, TaskId } from '@shared/ids'
import type { Sandbox, SandboxLease } from '../sandbox/types'
import type { AgentSessionHandlers, PromptOutcome } from './agent-connection'
import type { ConnectionHold } from './agent-connections'
import { chosenChanges, noOptions, ofCategory, withValue, type AgentOptions } from './agent-options'
import { isToolCallOver } from './coalescing'
import { forkReason, forkWithAgent } from './forks'
import { MemoryKeeper } from './memory'
import { PermissionDesk } from './permission-desk'
import { runningTurn, type RunningTurn } from './running-turn'
import type { RuntimeContext, SessionNews } from './runtime-context'
import {
  initialState,
  statusOf,
  step,
  type SessionEffect,
  type SessionInput,
  type SessionState,
} from './session-machine'
import type { SessionRow } from './session-store'
import { applyStateUpdate, type LiveFacts } from './state-updates'
import { checkpointOf } from './turn-checkpoint'
import { joinUsage } from './usage'

/** An agent that has not ended its turn this long after it was asked is let go: the last resort, and said so. */
const CANCEL_PATIENCE_MS = 5000
/** An agent that does not confirm the end of a session this long is not waited for. */
const CLOSE_PATIENCE_MS = 5000

interface LiveAgent {
  readonly hold: ConnectionHold
  readonly agentSessionId: string
}

/** One session while the app runs. Every decision is the state machine's; this carries them out. */
export class SessionRuntime {
  readonly #context: RuntimeContext
  readonly #id: SessionId
  readonly #taskId: TaskId
  readonly #memory: MemoryKeeper
  #state: SessionState
  #agent: LiveAgent | null = null
  #lease: SandboxLease | null = null
  #turn: RunningTurn | null = null
  #options: AgentOptions = noOptions
  #facts: LiveFacts = { commands: [], usage: null, agentTitle: null }
  readonly #permissions: PermissionDesk
  /** Changes with every start and loss of the agent: what an older one still brings is ignored. */
  #epoch = 0
  #cancelPatience: (() => void) | null = null

  constructor(context: RuntimeContext, row: SessionRow) {
    this.#context = context
    this.#id = row.id
    this.#taskId = row.taskId
    this.#memory = new MemoryKeeper(context, row.id)
    this.#permissions = new PermissionDesk(context, row, (type) => this.dispatch({ type }))
    this.#state = initialState({
      queued: context.store.queueLength(row.id),
      error: row.error,
      closed: row.closedAt !== null,
    })
  }

  get status(): SessionStatus {
    return statusOf(this.#state)
  }

  get runningSince(): number | null {
    return this.#turn?.row.startedAt ?? null
  }

  /** What only a live agent knows. */
  live(): Pick<SessionDetail, 'commands' | 'usage' | 'memory' | 'takesImages'> & {
    options: SessionDetail['options'] | null
  } {
    return {
      commands: this.#facts.commands,
      usage: this.#facts.usage ?? this.#context.store.lastUsage(this.#id),
      takesImages: this.#agent?.hold.connection.abilities.image ?? null,
      memory: this.#memory.state(this.#agent?.agentSessionId ?? null),
      options: this.#options.options.length === 0 ? null : this.#options.options,
    }
  }

  get taskId(): TaskId {
    return this.#taskId
  }

  /** A turn runs, or its prompt only waits for the agent to start. */
  get atWork(): boolean {
    const { turn, agent, queued } = this.#state
    return turn !== null || (agent === 'starting' && queued > 0)
  }

  /** Takes note of what a command has just committed. */
  dispatch(input: SessionInput): void {
    const before = this.#state
    const { state, effects } = step(before, input)
    this.#state = state
    if (state.error !== before.error) this.#storeError()
    for (const effect of effects) this.#run(effect)
    this.#releaseWhenIdle()
    this.#context.notify(this.#taskId, this.#id, 'state')
  }

  queueChanged(): void {
    this.dispatch({ type: 'queue_changed', queued: this.#context.store.queueLength(this.#id) })
    this.#context.notify(this.#taskId, this.#id, 'queue')
  }

  /**
   * Sets an option of the agent, now if it is there, otherwise when it starts.
   * @throws FoundryError what the agent says against it
   */
  async setOption(optionId: string, value: string): Promise<void> {
    const { store, database } = this.#context
    const options =
      this.#agent === null ? this.#context.knownOptions(this.#row().agentId) : this.#options.options
    const known = options.find((option) => option.id === optionId)
    if (
      known !== undefined &&
      known.values.length > 0 &&
      !known.values.some((other) => other.value === value)
    )
      throw new FoundryError('invalid_input', `The agent does not offer this value of ${known.name}.`)
    const category = known?.category ?? optionId
    if (this.#agent !== null) await this.#applyOption(this.#agent, optionId, value)
    database.transaction(() => {
      const row = this.#row()
      if (category === 'model') store.update(this.#id, { modelId: value })
      else if (category === 'mode') store.update(this.#id, { modeId: value })
      else store.update(this.#id, { options: { ...row.options, [optionId]: value } })
      this.#context.audit({
        kind: 'task.model.changed',
        taskId: this.#taskId,
        sessionId: this.#id,
        payload: { optionId, value },
      })
    })
    this.#context.notify(this.#taskId, this.#id, 'state')
  }

  /** @throws FoundryError `conflict` when the request is no longer open, `invalid_input` for another option */
  answerPermission(permission: Permission, optionId: string): void {
    this.#permissions.answer(permission, optionId)
  }

  /** The repository has another policy. */
  reconsiderPermissions(): void {
    this.#permissions.reconsider()
  }

  /** Starts the agent without its memory; it is then told up to so many characters of the record. */
  tellMore(characters: number): void {
    if (this.#state.turn !== null || this.#state.agent === 'starting')
      throw new FoundryError('conflict', 'The agent is at work.', {
        next: 'Stop it or wait until it has finished.',
      })
    if (this.#state.closed)
      throw new FoundryError('conflict', 'This session is closed.', { next: 'Reopen it first.' })
    this.#memory.startAfresh(characters)
    this.#context.database.transaction(() => {
      this.#context.store.update(this.#id, { agentSessionId: null, error: null })
      this.#context.audit({
        kind: 'task.session.restarted',
        taskId: this.#taskId,
        sessionId: this.#id,
        payload: { characters },
      })
    })
    this.dispatch({ type: 'restart' })
  }

  /** Ends the turn and lets the agent go. Resolves when what there was is on disk. */
  async shutDown(limitMs: number): Promise<void> {
    const turn = this.#turn
    this.dispatch({ type: 'stop' })
    if (turn !== null) {
      const overdue = new Promise<'overdue'>((resolve) => {
        const cancel = this.#context.clock.after(limitMs, () => resolve('overdue'))
        void turn.over.then(cancel)
      })
      if ((await Promise.race([turn.over, overdue])) === 'overdue' && this.#turn === turn) {
        this.#epoch += 1
        await this.#endTurn(turn, { stopReason: 'interrupted', error: null, checkpoint: false })
      }
    }
    // The server ends the agent: its session is to be loaded again, so it is not closed.
    const agent = this.#agent
    this.#forgetAgent()
    agent?.hold.release()
  }

  #row(): SessionRow {
    const row = this.#context.store.session(this.#id)
    if (row === null) throw new FoundryError('not_found', 'This session does not exist any more.')
    return row
  }

  #run(effect: SessionEffect): void {
    switch (effect) {
      case 'start_agent':
        return this.#aside(this.#startAgent(), 'starting an agent')
      case 'prepare_turn':
        return this.#aside(this.#prepareTurn(), 'starting a turn')
      case 'abandon_turn':
        this.#epoch += 1
        return
      case 'cancel_turn':
        return this.#aside(this.#cancelTurn(), 'stopping a turn')
      case 'leave_agent':
        return this.#aside(this.#leaveAgent(), 'leaving an agent')
    }
  }

  #aside(work: Promise<void>, what: string): void {
    work.catch((error: unknown) => this.#context.log.error(what, error))
  }

  // ---- the agent -----------------------------------------------------------------------------------

  async #startAgent(): Promise<void> {
    const epoch = ++this.#epoch
    const row = this.#row()
    let hold: ConnectionHold | null = null
    try {
      const sandbox = await this.#acquire()
      hold = await this.#context.connections.hold(sandbox, row.agentId)
      const agent = await this.#openSession(hold, row)
      await this.#applyChoices(agent)
      const { lost } = hold.connection
      lost.throwIfAborted()
      if (epoch !== this.#epoch) return hold.release()
      this.#agent = agent
      lost.addEventListener('abort', () => this.#onLost(agent, toErrorValue(lost.reason)), { once: true })
      this.#context.agentObserved(row.agentId, this.#options.options)
      this.dispatch({ type: 'agent_started' })
    } catch (error) {
      hold?.release()
      if (epoch !== this.#epoch) return
      const value = toErrorValue(error)
      if (value.kind === 'internal') this.#context.log.error('starting an agent', error)
      this.#context.events.append(this.#id, null, { type: 'error', error: value })
      this.dispatch({ type: 'agent_failed', error: value })
      this.#context.notify(this.#taskId, this.#id, 'failed')
    }
  }

  /** Gets the agent's session back, or a new one; says so when the agent does not remember. */
  async #openSession(hold: ConnectionHold, row: SessionRow): Promise<LiveAgent> {
    const { connection } = hold
    const { store } = this.#context
    let reason: string | null = null
    if (row.agentSessionId !== null && connection.restore !== null) {
      try {
        this.#options = await connection.restoreSession(row.agentSessionId, this.#handlers())
        return { hold, agentSessionId: row.agentSessionId }
      } catch (error) {
        if (connection.lost.aborted) throw error
        const { message, detail } = toErrorValue(error)
        reason = `The agent could not load the earlier conversation: ${detail ?? message}`
      }
    }
    const forked = await forkWithAgent(this.#context, connection, row, this.#handlers())
    if (forked !== null) {
      this.#options = forked.options
      return { hold, agentSessionId: forked.agentSessionId }
    }
    const { agentSessionId, options } = await connection.newSession(this.#handlers())
    this.#options = options
    // Only an id that the agent can load again is worth keeping.
    store.update(this.#id, { agentSessionId: connection.restore === null ? null : agentSessionId })
    reason ??= forkReason(row, store)
    reason ??=
      connection.restore === null
        ? 'The agent cannot load earlier conversations.'
        : 'The agent has no earlier session to load.'
    await this.#memory.contextLost(reason)
    return { hold, agentSessionId }
  }

  async #applyChoices(agent: LiveAgent): Promise<void> {
    const row = this.#row()
    const { options } = this.#options
    if (row.modelId !== null && options.length > 0 && ofCategory(options, 'model') === undefined)
      this.#say(new FoundryError('unsupported', 'The agent offers no choice of models and uses its own.'))
    for (const { optionId, value } of chosenChanges(options, row)) {
      try {
        await this.#applyOption(agent, optionId, value)
      } catch (error) {
        if (agent.hold.connection.lost.aborted) return
        const { detail, message } = toErrorValue(error)
        this.#say(
          new FoundryError('agent', `The agent did not accept ${optionId} = ${value}.`, {
            next: 'It goes on with its own setting. Choose another one.',
            detail: detail ?? message,
          }),
        )
      }
    }
  }

  async #applyOption(agent: LiveAgent, optionId: string, value: string): Promise<void> {
    const setter = this.#options.setters.get(optionId)
    if (setter === undefined) throw new FoundryError('invalid_input', 'The agent does not offer this option.')
    const answered = await agent.hold.connection.setOption(agent.agentSessionId, setter, optionId, value)
    this.#options = answered ?? withValue(this.#options, optionId, value)
  }

  #onLost(agent: LiveAgent, error: ErrorValue): void {
    if (this.#agent !== agent) return
    this.#agent = null
    this.#epoch += 1
    agent.hold.release()
    this.#permissions.cancelAll()
    this.#facts = { ...this.#facts, commands: [] }
    this.dispatch({ type: 'agent_lost', error })
  }

  #forgetAgent(): void {
    this.#agent = null
    this.#epoch += 1
    this.#permissions.cancelAll()
  }

  async #leaveAgent(): Promise<void> {
    const agent = this.#agent
    this.#forgetAgent()
    if (agent === null) return
    // Others may share the connection, which ends with its last session: an agent that does not answer must
    // not keep it.
    const cancel = this.#context.clock.after(CLOSE_PATIENCE_MS, () => agent.hold.release())
    try {
      await agent.hold.connection.closeSession(agent.agentSessionId)
    } catch (error) {
      // The agent keeps a session it could not close; nobody will use it.
      this.#context.log.warn(`closing a session of an agent: ${toErrorValue(error).message}`)
    } finally {
      cancel()
      agent.hold.release()
    }
  }

  #handlers(): AgentSessionHandlers {
    return {
      update: (update) => this.#onUpdate(update),
      permission: (request) => {
        // Nobody is asked on behalf of a turn that is being stopped.
        if (this.#state.closed || this.#state.turn === 'stopping') return Promise.resolve(null)
        const modeId = ofCategory(this.#options.options, 'mode')?.currentValue ?? null
        const { agentId } = this.#row()
        return this.#permissions.ask(this.#turn?.row.id ?? null, request, {
          mode: modeId === null ? null : { agentId, modeId },
          cwd: this.#lease?.sandbox.cwd ?? null,
        })
      },
      eventsLost: (count) =>
        this.#say(
          new FoundryError('sandbox', `${count} messages of the agent were lost on the way.`, {
            next: 'What it did is in the files. Ask it for a summary if something is missing here.',
          }),
        ),
    }
  }

  #onUpdate(update: Record<string, unknown>): void {
    this.#lease?.sandbox.touch()
    if (this.#turn?.usesTools === false && update['sessionUpdate'] === 'tool_call') {
      this.#turn.usesTools = true
      this.#context.notify(this.#taskId, this.#id, 'tool_began')
    }
    const applied = applyStateUpdate(update, this.#facts, this.#options)
    if (applied === null) {
      this.#context.events.append(this.#id, this.#turn?.row.id ?? null, { type: 'update', update })
      if (isToolCallOver(update)) this.#context.notify(this.#taskId, this.#id, 'tool_ended')
      return
    }
    const { agentTitle } = this.#facts
    this.#facts = applied.facts
    this.#options = applied.options
    if (applied.usage !== null && this.#turn !== null)
      this.#turn.usage = joinUsage(this.#turn.usage, applied.usage)
    if (applied.record)
      this.#context.events.append(this.#id, this.#turn?.row.id ?? null, { type: 'update', update })
    const title = applied.facts.agentTitle
    // The agent's name for the session, unless a person gave it one.
    if (title !== agentTitle && title !== null && !this.#row().namedByPerson)
      this.#context.store.update(this.#id, { name: title })
    this.#context.notify(this.#taskId, this.#id, 'state')
  }

  // ---- turns ---------------------------------------------------------------------------------------

  async #prepareTurn(): Promise<void> {
    const epoch = ++this.#epoch
    const agent = this.#agent
    const taskId = this.#taskId
    try {
      if (agent === null) throw new FoundryError('internal', 'A turn was to start without an agent.')
      await this.#acquire()
      if (epoch !== this.#epoch) return
      const brief = await this.#memory.briefFor(agent.agentSessionId)
      if (epoch !== this.#epoch) return
      const { database, store, events } = this.#context
      const started = database.transaction(() => {
        const prompt = store.oldestPrompt(this.#id)
        if (prompt === null) return null
        const { text } = prompt
        const turn = store.startTurn({
          sessionId: this.#id,
          taskId,
          prompt: text,
          agentSessionId: agent.agentSessionId,
          modelId: this.#row().modelId,
        })
        store.attachments.hand(this.#id, prompt.id, turn.id)
        store.dequeue(this.#id, prompt.id)
        const attachments = store.attachments.of(this.#id, turn.id)
        const event = events.appendWithin(this.#id, turn.id, {
          type: 'prompt',
          text,
          ...(attachments.length === 0 ? {} : { attachments }),
        })
        return { turn, text, attachments, event }
      })
      if (started === null) {
        this.queueChanged()
        return this.dispatch({ type: 'turn_refused', error: null })
      }
      started.event.show()
      this.#memory.told()
      const turn = runningTurn(started.turn)
      this.#turn = turn
      this.dispatch({ type: 'turn_started' })
      this.queueChanged()
      this.#news('turn_started')
      await this.#runTurn(agent, turn, { brief, ...started })
    } catch (error) {
      if (this.#turn !== null || epoch !== this.#epoch) throw error
      const value = toErrorValue(error)
      this.#context.log.error('starting a turn', error)
      this.#context.events.append(this.#id, null, { type: 'error', error: value })
      this.dispatch({ type: 'turn_refused', error: value })
      this.#news('failed')
    }
  }

  async #runTurn(
    agent: LiveAgent,
    turn: RunningTurn,
    { brief, text, attachments }: { brief: string; text: string; attachments: Attachment[] },
  ): Promise<void> {
    const { connection } = agent.hold
    let outcome: PromptOutcome | null = null
    let failure: FoundryError | null = null
    try {
      const prompt = { brief, text, attachments }
      const sandbox = this.#lease?.sandbox ?? null
      const blocks = await this.#context.promptBlocks(this.#row(), prompt, connection.abilities, sandbox)
      // Stopped while that was read: the agent was never asked.
      if (this.#turn !== turn || this.#state.turn === 'stopping')
        outcome = { stopReason: 'cancelled', usage: null }
      else outcome = await connection.prompt(agent.agentSessionId, blocks)
    } catch (error) {
      failure =
        error instanceof FoundryError
          ? error
          : new FoundryError('internal', 'The turn failed.', { cause: error })
    }
    if (this.#turn !== turn) return
    turn.usage = joinUsage(turn.usage, outcome?.usage ?? null)
    if (outcome !== null)
      return this.#endTurn(turn, { stopReason: outcome.stopReason, error: null, checkpoint: true })
    const stopping = this.#state.turn === 'stopping'
    if (turn.cancelOverdue)
      return this.#endTurn(turn, {
        stopReason: 'cancelled',
        error: new FoundryError(
          'agent',
          'The agent did not answer the request to stop, so its connection was ended.',
          {
            next: 'Send the next prompt: the agent is started again.',
          },
        ),
        checkpoint: true,
      })
    if (connection.lost.aborted)
      return this.#endTurn(turn, { stopReason: 'interrupted', error: failure, checkpoint: true })
    // Some agents answer a cancelled prompt with an error instead of a stop reason.
    if (stopping) return this.#endTurn(turn, { stopReason: 'cancelled', error: null, checkpoint: true })
    return this.#endTurn(turn, { stopReason: 'failed', error: failure, checkpoint: true })
  }

  async #endTurn(
    turn: RunningTurn,
    end: { stopReason: string; error: FoundryError | null; checkpoint: boolean },
  ): Promise<void> {
    const { clock, database, events, store, log } = this.#context
    const { id: turnId, startedAt } = turn.row
    const endedAt = clock.now()
    this.#cancelPatience?.()
    this.#cancelPatience = null
    this.dispatch({ type: 'turn_ending' })
    this.#permissions.cancelAll()
    const checkpoint = end.checkpoint ? await checkpointOf(this.#context, this.#taskId, turn.row) : null
    if (this.#turn !== turn) return
    events.closeRows(this.#id)
    const error = end.error?.toValue() ?? null
    if (error !== null) events.append(this.#id, turnId, { type: 'error', error })
    const { stopReason } = end
    const { usage } = turn
    events.append(this.#id, turnId, {
      type: 'turn_ended',
      stopReason,
      durationMs: endedAt - startedAt,
      usage,
      checkpoint,
    })
    let unwritten: unknown = null
    try {
      events.flush(() => store.endTurn(database.events, turnId, { endedAt, stopReason, usage }))
    } catch (thrown) {
      unwritten = thrown
      log.error('writing the end of a turn', thrown)
    }
    const stopped = this.#state.held && stopReason === 'cancelled'
    this.#turn = null
    const failed = stopReason === 'failed' ? error : unwritten === null ? null : toErrorValue(unwritten)
    this.dispatch({ type: 'turn_ended', error: failed, held: stopReason === 'interrupted' })
    turn.finish()
    // Who stopped it knows.
    if (!stopped) this.#news(stopReason === 'failed' || stopReason === 'interrupted' ? 'failed' : 'finished')
  }

  async #cancelTurn(): Promise<void> {
    const agent = this.#agent
    const turn = this.#turn
    // Open questions are answered "cancelled", as ACP asks of whoever cancels.
    this.#permissions.cancelAll()
    if (agent === null || turn === null) return
    this.#cancelPatience = this.#context.clock.after(CANCEL_PATIENCE_MS, () => {
      if (this.#turn !== turn) return
      turn.cancelOverdue = true
      this.#aside(agent.hold.connection.end(), 'ending an agent that does not stop')
    })
    await agent.hold.connection.cancel(agent.agentSessionId)
  }

  // ---- small things --------------------------------------------------------------------------------

  #news(news: SessionNews): void {
    this.#context.notify(this.#taskId, this.#id, news)
  }

  /** Says something in the transcript that does not end anything. */
  #say(error: FoundryError): void {
    this.#context.events.append(this.#id, this.#turn?.row.id ?? null, {
      type: 'error',
      error: error.toValue(),
    })
  }

  #storeError(): void {
    try {
      this.#context.store.update(this.#id, { error: this.#state.error })
    } catch (error) {
      // A full disk must not keep the state from moving on; the window shows what is in memory.
      this.#context.log.error('storing the state of a session', error)
    }
  }

  /** The sandbox, kept from being stopped as idle while this session is at work. */
  async #acquire(): Promise<Sandbox> {
    if (this.#lease !== null && !this.#lease.sandbox.gone.aborted) return this.#lease.sandbox
    const lease = await this.#context.acquireSandbox(this.#taskId)
    this.#lease?.release()
    this.#lease = lease
    this.#releaseWhenIdle()
    return lease.sandbox
  }

  #releaseWhenIdle(): void {
    if (this.#state.turn !== null || this.#state.agent === 'starting') return
    const lease = this.#lease
    this.#lease = null
    lease?.release()
  }
}
