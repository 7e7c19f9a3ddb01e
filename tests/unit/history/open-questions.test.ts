import { describe, expect, it } from 'vitest'
import type { CheckpointId, SessionId, TurnId } from '@shared/ids'
import { openQuestions, type Recorded } from '../../../src/main/history/record/open-questions'

const session = 'session_1' as SessionId
const place = { type: 'session', sessionId: session } as const
const nothing: Recorded = {
  permissions: [],
  sessions: [],
  pullRequest: null,
  work: { changed: null, committedAt: null, pushedAt: null },
}
const quiet: Recorded['sessions'][number] = {
  id: session,
  plan: null,
  question: null,
  lastTurn: null,
  unsent: [],
}
const rules = (recorded: Partial<Recorded>) =>
  openQuestions({ ...nothing, ...recorded }).map(({ rule, text }) => [rule, text])
const asked = (title: string, state: Recorded['permissions'][number]['state'], at: number) => ({
  sessionId: session,
  title,
  state,
  at,
  place,
})

describe('open questions', () => {
  it('are none where nothing is recorded', () => {
    expect(rules({})).toEqual([])
  })

  it('are requests that nobody answered, until the same was answered later', () => {
    expect(
      rules({
        permissions: [
          asked('edit a', 'expired', 1),
          asked('edit b', 'cancelled', 2),
          asked('edit a', 'answered', 3),
          asked('edit c', 'pending', 4),
          asked('edit b', 'answered', 1),
        ],
      }),
    ).toEqual([
      ['permission_pending', 'edit c'],
      ['permission_cancelled', 'edit b'],
    ])
  })

  it('are what is left of plans, questions, turns that were cut short, and prompts that wait', () => {
    const lastTurn = { id: 'turn_1' as TurnId, at: 5, stopReason: 'end_turn', endedAt: 6 }
    expect(
      rules({
        sessions: [
          {
            ...quiet,
            plan: {
              row: 1,
              at: 1,
              entries: [
                { text: 'One', status: 'completed' },
                { text: 'Two', status: 'pending' },
              ],
            },
            question: { row: 2, at: 2, text: 'Shall I?' },
            lastTurn,
          },
          {
            ...quiet,
            lastTurn: { ...lastTurn, stopReason: 'max_tokens', endedAt: 9 },
            unsent: [{ text: 'Go', at: 3 }],
          },
          // It still speaks.
          {
            ...quiet,
            question: { row: 2, at: 8, text: 'So?' },
            lastTurn: { ...lastTurn, endedAt: null, stopReason: null },
          },
        ],
      }),
    ).toEqual([
      ['turn_cut_short', 'max_tokens'],
      ['prompt_unsent', 'Go'],
      ['question_unanswered', 'Shall I?'],
      ['plan_unfinished', 'Two'],
    ])
  })

  it('are what GitHub last said of a pull request that is open, and of no other', () => {
    const pullRequest = {
      url: 'https://example.com/1',
      isOpen: true,
      checks: 'failure',
      mergeable: 'conflicting',
      reviewDecision: 'changes_requested',
      at: 5,
      threads: [{ path: 'a.ts', line: 3, body: 'Why?', url: 'https://example.com/1#a', at: 4 }],
    }
    const work = {
      changed: { checkpointId: 'checkpoint_1' as CheckpointId, at: 7 },
      committedAt: 3,
      pushedAt: 4,
    }
    expect(rules({ pullRequest, work }).map(([rule]) => rule)).toEqual([
      'not_committed',
      'checks_failing',
      'conflicts',
      'changes_requested',
      'thread_unresolved',
    ])
    expect(rules({ pullRequest: { ...pullRequest, isOpen: false }, work })).toEqual([])
  })

  it('are work that was not committed, and commits that were not pushed', () => {
    const changed = { checkpointId: 'checkpoint_1' as CheckpointId, at: 5 }
    const open = (work: Partial<Recorded['work']>) =>
      rules({ work: { changed, committedAt: null, pushedAt: null, ...work } }).map(([rule]) => rule)
    expect(open({})).toEqual(['not_committed'])
    expect(open({ committedAt: 6 })).toEqual(['not_published'])
    expect(open({ committedAt: 6, pushedAt: 7 })).toEqual([])
    expect(open({ committedAt: 6, pushedAt: 7, changed: null })).toEqual([])
    expect(open({ committedAt: 4, pushedAt: 4 })).toEqual(['not_committed'])
  })
})
