import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { historyEntrySchema, openRules, type HistoryEntry, type HistoryWhat } from '@shared/history'
import {
  entryDetail,
  entryMeta,
  entryText,
  isProblem,
  ruleWords,
} from '../../../src/renderer/features/history/history-text'

const entry = (what: HistoryWhat, more: Partial<HistoryEntry> = {}): HistoryEntry =>
  historyEntrySchema.parse({
    key: 'x',
    at: 1000,
    who: 'reader',
    sessionId: null,
    groups: [],
    place: null,
    recorded: null,
    eventId: null,
    what,
    ...more,
  })
const bare = (text: string) => text.replaceAll(/[\u2068\u2069]/g, '')
const text = (what: HistoryWhat) => bare(entryText(entry(what)))
const meta = (what: HistoryWhat, more: Partial<HistoryEntry> = {}) =>
  bare(entryMeta(entry(what, more), (id) => `Agent ${id}`))

const permission = {
  type: 'permission',
  permissionId: 'permission_00000000',
  title: 'Edit x.ts',
  state: 'answered',
  answer: 'Allow once',
  decision: 'allow',
  grounds: null,
  resolvedAt: 3000,
} as const
const turn = {
  type: 'turn',
  prompt: 'Do it\nnow',
  agentId: 'claude',
  modelId: 'opus',
  endedAt: 13_000,
  stopReason: 'end_turn',
  usage: { inputTokens: 10, outputTokens: 5 },
} as const

describe('an entry of the history in words', () => {
  it('says who decided', () => {
    expect(text(permission)).toBe('You allowed Edit x.ts')
    expect(meta(permission)).toBe('With “Allow once” · after 2.0 s')
    const grounds = { decision: 'reject', kind: 'execute', mode: null, command: null } as const
    expect(text({ ...permission, decision: 'reject', grounds })).toBe('The policy refused Edit x.ts')
    expect(text({ ...permission, state: 'expired', answer: null, decision: null })).toMatch(
      /^Nobody answered/,
    )
    expect(text({ ...permission, state: 'pending', answer: null, decision: null })).toMatch(/asks for/)
  })

  it('says what a turn was asked, took and changed', () => {
    expect(text(turn)).toBe('You: Do it\nnow')
    const recorded = { id: 'checkpoint_00000000', files: 1, added: 2, removed: 3 } as const
    expect(meta(turn, { recorded })).toBe('Agent claude · opus · 12 s · 10 in, 5 out · 1 file +2 −3')
    expect(meta({ ...turn, stopReason: 'refusal', usage: null })).toBe(
      'Agent claude · opus · 12 s · The agent refused',
    )
  })

  it('calls what failed a problem', () => {
    const failed = entry({ type: 'mark', mark: 'error', text: 'It went away', detail: '' })
    expect(bare(entryText(failed))).toBe('Failed: It went away')
    expect(isProblem(failed)).toBe(true)
    expect(isProblem(entry(turn))).toBe(false)
  })

  it('says who said what at GitHub', () => {
    expect(text({ type: 'review', author: 'grace', state: 'changes_requested', body: '' })).toBe(
      'grace requested changes',
    )
    const thread = {
      type: 'thread',
      author: null,
      path: 'a.ts',
      line: 3,
      body: 'Why?',
      resolved: false,
      comments: 2,
    }
    expect(text(thread as HistoryWhat)).toBe('Somebody commented on a.ts, line 3')
    expect(meta(thread as HistoryWhat)).toBe('Why? · Not resolved · 2 comments')
  })

  it('is a sentence and a detail whatever was recorded', () => {
    const words = fc.string()
    const what = fc.oneof(
      fc.record({
        type: fc.constant('audit' as const),
        kind: words,
        payload: fc.dictionary(words, fc.jsonValue() as fc.Arbitrary<unknown>),
      }),
      fc.record({ type: fc.constant('job' as const), kind: words, message: words, detail: words }),
      fc.record({
        type: fc.constant('mark' as const),
        mark: fc.constantFrom('error', 'boundary', 'mode', 'answer'),
        text: words,
        detail: words,
      }),
    )
    fc.assert(
      fc.property(what, (one) => {
        const made = entry(one)
        expect(entryText(made)).not.toBe('')
        expect(JSON.parse(entryDetail(made))).toMatchObject({ what: one.type })
      }),
    )
  })

  it('has words for every rule', () => {
    for (const rule of openRules) expect(ruleWords[rule].rule).toMatch(/\.$/)
  })
})
