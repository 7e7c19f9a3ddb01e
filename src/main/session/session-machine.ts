import type { SessionStatus } from '@shared/domain'
import type { ErrorValue } from '@shared/errors'

/**
 * A session while the app runs, as far as it decides what happens next. A turn is `preparing` until its prompt
 * left the queue, `stopping` once a person asked for its end, and `ending` while its checkpoint is taken.
 */
export interface SessionState {
  agent: 'off' | 'starting' | 'on'
  turn: 'preparing' | 'running' | 'stopping' | 'ending' | null
  /** Prompts in the queue. */
  queued: number
  /**
   * The queue waits for the person: after a stop, a failure, an interruption or a start of the app, prompts
   * stay queued until the person sends another one or says "retry". Nothing is sent behind their back.
   */
  held: boolean
  pendingPermissions: number
  error: ErrorValue | null
  closed: boolean
}

export type SessionInput =
  /** A person wants the session to go on: a new session, a prompt, a retry. */
  | { type: 'wanted' }
  | { type: 'queue_changed'; queued: number }
  | { type: 'agent_started' }
  | { type: 'agent_failed'; error: ErrorValue }
  | { type: 'agent_lost'; error: ErrorValue }
  /** The prompt could not be handed to the agent; it stays in the queue. */
  | { type: 'turn_refused'; error: ErrorValue | null }
  | { type: 'turn_started' }
  | { type: 'turn_ending' }
  /** `error` when the session should stand still until a person looked; `held` when only its queue should. */
  | { type: 'turn_ended'; error: ErrorValue | null; held: boolean }
  | { type: 'stop' }
  | { type: 'permission_asked' }
  | { type: 'permission_resolved' }
  | { type: 'close' }
  | { type: 'reopen' }
  /** Start the agent afresh, without what it remembers. */
  | { type: 'restart' }

/** What is to be done in the world. */
export type SessionEffect = 'start_agent' | 'leave_agent' | 'prepare_turn' | 'abandon_turn' | 'cancel_turn'

export function initialState(stored: {
  queued: number
  error: ErrorValue | null
  closed: boolean
}): SessionState {
  return { agent: 'off', turn: null, held: true, pendingPermissions: 0, ...stored }
}

/** The state after an input, and what to do about it. Pure. */
export function step(
  before: SessionState,
  input: SessionInput,
): { state: SessionState; effects: SessionEffect[] } {
  const effects: SessionEffect[] = []
  const state = apply({ ...before }, input, effects)
  if (state.closed || state.held || state.error !== null || state.turn !== null) return { state, effects }
  if (state.queued > 0 && state.agent === 'off') {
    state.agent = 'starting'
    effects.push('start_agent')
  } else if (state.queued > 0 && state.agent === 'on') {
    state.turn = 'preparing'
    effects.push('prepare_turn')
  }
  return { state, effects }
}

function apply(state: SessionState, input: SessionInput, effects: SessionEffect[]): SessionState {
  switch (input.type) {
    case 'wanted':
      if (state.closed) return state
      state.error = null
      state.held = false
      if (state.agent === 'off' && state.turn === null) {
        state.agent = 'starting'
        effects.push('start_agent')
      }
      return state
    case 'queue_changed':
      state.queued = input.queued
      return state
    case 'agent_started':
      if (state.agent !== 'starting') return state
      state.agent = 'on'
      if (state.closed) leaveAgent(state, effects)
      return state
    case 'agent_failed':
      if (state.agent === 'starting') state.agent = 'off'
      if (!state.closed) state.error = input.error
      state.held = true
      return state
    case 'agent_lost':
      if (state.agent !== 'on') return state
      state.agent = 'off'
      // A prompt that was about to leave stays in the queue. Starting an agent again and again that dies as
      // soon as it lives would hide that it does.
      if (abandonPreparation(state, effects)) state.error = input.error
      return state
    case 'turn_refused':
      if (state.turn === 'preparing') state.turn = null
      state.error = input.error ?? state.error
      if (input.error !== null) state.held = true
      return state
    case 'turn_started':
      if (state.turn === 'preparing') state.turn = 'running'
      return state
    case 'turn_ending':
      if (state.turn !== null) state.turn = 'ending'
      return state
    case 'turn_ended':
      state.turn = null
      state.held ||= input.held || input.error !== null
      if (!state.closed) state.error = input.error
      if (state.closed) leaveAgent(state, effects)
      return state
    case 'stop':
      state.held = true
      stopTurn(state, effects)
      return state
    case 'permission_asked':
      state.pendingPermissions += 1
      return state
    case 'permission_resolved':
      state.pendingPermissions = Math.max(0, state.pendingPermissions - 1)
      return state
    case 'close':
      state.closed = true
      state.held = true
      state.error = null
      stopTurn(state, effects)
      if (state.turn === null) leaveAgent(state, effects)
      return state
    case 'reopen':
      state.closed = false
      return state
    case 'restart':
      if (state.closed || state.turn !== null || state.agent === 'starting') return state
      leaveAgent(state, effects)
      state.error = null
      state.agent = 'starting'
      effects.push('start_agent')
      return state
  }
}

function stopTurn(state: SessionState, effects: SessionEffect[]): void {
  abandonPreparation(state, effects)
  if (state.turn !== 'running') return
  state.turn = 'stopping'
  effects.push('cancel_turn')
}

function abandonPreparation(state: SessionState, effects: SessionEffect[]): boolean {
  if (state.turn !== 'preparing') return false
  state.turn = null
  effects.push('abandon_turn')
  return true
}

/** An agent that is still starting is left once it has started. */
function leaveAgent(state: SessionState, effects: SessionEffect[]): void {
  if (state.agent !== 'on') return
  state.agent = 'off'
  effects.push('leave_agent')
}

/** What people see of the state. */
export function statusOf(state: SessionState): SessionStatus {
  if (state.closed) return 'closed'
  if (state.pendingPermissions > 0) return 'needs_input'
  if (state.turn !== null) return 'running'
  if (state.error !== null) return 'error'
  return state.agent === 'starting' ? 'starting' : 'idle'
}
