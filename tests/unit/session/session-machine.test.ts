import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ErrorValue } from '@shared/errors'
import {
  initialState,
  statusOf,
  step,
  type SessionEffect,
  type SessionInput,
  type SessionState,
} from '../../../src/main/session/session-machine'

const error: ErrorValue = { kind: 'agent', message: 'It failed.' }
const fresh = (): SessionState => initialState({ queued: 0, error: null, closed: false })

function play(inputs: SessionInput[], state = fresh()): { state: SessionState; effects: SessionEffect[] } {
  const effects: SessionEffect[] = []
  for (const input of inputs) {
    const result = step(state, input)
    state = result.state
    effects.push(...result.effects)
  }
  return { state, effects }
}

const queued = (count: number): SessionInput => ({ type: 'queue_changed', queued: count })

describe('a session', () => {
  it('starts its agent, sends what waits, and rests', () => {
    const { state, effects } = play([
      queued(1),
      { type: 'wanted' },
      { type: 'agent_started' },
      { type: 'turn_started' },
      queued(0),
      { type: 'turn_ending' },
      { type: 'turn_ended', error: null, held: false },
    ])
    expect(effects).toEqual(['start_agent', 'prepare_turn'])
    expect(statusOf(state)).toBe('idle')
  })

  it('sends nothing by itself after a start of the app', () => {
    const { effects } = play([queued(3)], initialState({ queued: 3, error: null, closed: false }))
    expect(effects).toEqual([])
  })

  it('leaves the queue alone after a stop until the person goes on', () => {
    const running = play([
      queued(2),
      { type: 'wanted' },
      { type: 'agent_started' },
      { type: 'turn_started' },
      queued(1),
    ])
    const stopped = play(
      [{ type: 'stop' }, { type: 'turn_ending' }, { type: 'turn_ended', error: null, held: false }],
      running.state,
    )
    expect(stopped.effects).toEqual(['cancel_turn'])
    expect(statusOf(stopped.state)).toBe('idle')
    expect(play([{ type: 'wanted' }], stopped.state).effects).toEqual(['prepare_turn'])
  })

  it('stands still after a failure, with the prompt still in the queue', () => {
    const { state, effects } = play([queued(1), { type: 'wanted' }, { type: 'agent_failed', error }])
    expect(effects).toEqual(['start_agent'])
    expect(statusOf(state)).toBe('error')
    expect(play([{ type: 'wanted' }], state).effects).toEqual(['start_agent'])
  })

  it('does not start an agent again and again that dies before its first prompt', () => {
    const { state, effects } = play([
      queued(1),
      { type: 'wanted' },
      { type: 'agent_started' },
      { type: 'agent_lost', error },
    ])
    expect(effects).toEqual(['start_agent', 'prepare_turn', 'abandon_turn'])
    expect(statusOf(state)).toBe('error')
  })

  it('lets go of an agent that comes up after the session was closed', () => {
    const { state, effects } = play([{ type: 'wanted' }, { type: 'close' }, { type: 'agent_started' }])
    expect(effects).toEqual(['start_agent', 'leave_agent'])
    expect(statusOf(state)).toBe('closed')
  })
})

const anyInput: fc.Arbitrary<SessionInput> = fc.oneof(
  fc.constantFrom<SessionInput>(
    { type: 'wanted' },
    { type: 'agent_started' },
    { type: 'agent_failed', error },
    { type: 'agent_lost', error },
    { type: 'turn_refused', error: null },
    { type: 'turn_refused', error },
    { type: 'turn_started' },
    { type: 'turn_ending' },
    { type: 'turn_ended', error: null, held: false },
    { type: 'turn_ended', error, held: false },
    { type: 'turn_ended', error: null, held: true },
    { type: 'stop' },
    { type: 'permission_asked' },
    { type: 'permission_resolved' },
    { type: 'close' },
    { type: 'reopen' },
    { type: 'restart' },
  ),
  fc.nat({ max: 3 }).map(queued),
)

describe('whatever happens, in whatever order', () => {
  it('one turn at most, one start at most, and nothing is sent while closed, held or failed', () => {
    fc.assert(
      fc.property(fc.array(anyInput, { maxLength: 60 }), (inputs) => {
        let state = fresh()
        const broken: string[] = []
        const must = (holds: boolean, rule: string): void => {
          if (!holds) broken.push(rule)
        }
        for (const input of inputs) {
          const before = state
          const { state: after, effects } = step(before, input)
          state = after
          const starts = effects.filter((effect) => effect === 'start_agent').length
          must(starts <= 1, 'starts once')
          must(starts === 0 || (after.agent === 'starting' && !after.closed), 'starts an open session')
          must(
            starts === 0 || before.agent === 'off' || effects.includes('leave_agent'),
            'one agent at a time',
          )
          if (effects.includes('prepare_turn')) {
            must(
              before.turn === null || ['turn_ended', 'turn_refused'].includes(input.type),
              'one turn at a time',
            )
            must(after.turn === 'preparing' && after.agent === 'on' && after.queued > 0, 'sends what waits')
            must(!after.closed && !after.held && after.error === null, 'sends nothing unasked')
          }
          must(!effects.includes('cancel_turn') || before.turn === 'running', 'cancels what runs')
          must(after.pendingPermissions >= 0, 'counts permissions')
        }
        expect(broken).toEqual([])
      }),
      { numRuns: 500 },
    )
  })

  it('a person who wants to go on always can', () => {
    fc.assert(
      fc.property(fc.array(anyInput, { maxLength: 60 }), (inputs) => {
        let { state } = play([...inputs, queued(0), { type: 'reopen' }])
        // The world answers what was asked of it.
        for (let round = 0; round < 4; round++) {
          if (state.agent === 'starting') ({ state } = step(state, { type: 'agent_started' }))
          if (state.turn !== null)
            ({ state } = play(
              [{ type: 'turn_ending' }, { type: 'turn_ended', error: null, held: false }],
              state,
            ))
        }
        const { state: after, effects } = play(
          [queued(1), { type: 'wanted' }, { type: 'agent_started' }],
          state,
        )
        expect(after.turn).toBe('preparing')
        expect(effects).toContain('prepare_turn')
      }),
      { numRuns: 500 },
    )
  })
})
