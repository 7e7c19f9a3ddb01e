import { expect, it } from 'vitest'
import type { TranscriptEvent, TranscriptRow } from '@shared/domain'
import type { SessionId, TurnId } from '@shared/ids'
import { type EditSource, recordedEdits } from '../../../src/main/session/recorded-edits'

const session = 'session_1' as SessionId
const turn = 'turn_2' as TurnId

function source(rows: TranscriptRow[], whole: unknown = null): EditSource & { pages: number } {
  const result = {
    pages: 0,
    before(_session: SessionId, before: number, limit: number) {
      result.pages += 1
      const earlier = rows.filter(({ first }) => first < before)
      return { rows: earlier.slice(-limit), hasEarlier: earlier.length > limit }
    },
    endAt: (_session: SessionId, time: number) => rows.filter(({ at }) => at <= time).length,
    whole: async () => whole,
  }
  return result
}

const update = (body: Record<string, unknown>): TranscriptEvent => ({ type: 'update', update: body })
const call = (id: string, more: Record<string, unknown>) =>
  update({ sessionUpdate: 'tool_call', toolCallId: id, ...more })
const later = (id: string, more: Record<string, unknown>) =>
  update({ sessionUpdate: 'tool_call_update', toolCallId: id, ...more })
const diff = (path: string, oldText: string | null, newText: string) => ({
  type: 'diff',
  path,
  oldText,
  newText,
})

function rowsOf(...events: [TurnId, TranscriptEvent, number?][]): TranscriptRow[] {
  return events.map(([turnId, event, cut], first) => ({
    first,
    last: first,
    turnId,
    at: first * 10,
    event,
    cut: cut ?? null,
  }))
}

it('takes what calls of the turn said of their edits last, and not what failed or other turns did', async () => {
  const other = 'turn_1' as TurnId
  const rows = rowsOf(
    [other, call('call_0', { kind: 'edit', content: [diff('/w/a', null, 'other\n')] })],
    [turn, { type: 'prompt', text: 'Do it' }],
    [turn, call('call_1', { kind: 'edit', title: 'Edit a' })],
    [turn, later('call_1', { content: [diff('/w/a', 'one\n', 'two\n')], status: 'in_progress' })],
    [
      turn,
      later('call_1', {
        content: [{ type: 'content', content: { type: 'text', text: 'ok' } }],
        status: 'completed',
      }),
    ],
    [turn, call('call_2', { kind: 'edit', content: [diff('/w/b', null, 'no\n')] })],
    [turn, later('call_2', { status: 'failed' })],
    [
      turn,
      call('call_3', {
        kind: 'edit',
        title: 'Named',
        locations: [{ path: '/w/c' }, { path: '/w/c', line: 3 }],
      }),
    ],
    [turn, call('call_4', { kind: 'read', title: 'Read', locations: [{ path: '/w/d' }] })],
    ['turn_3' as TurnId, call('call_5', { kind: 'edit', content: [diff('/w/a', null, 'later\n')] })],
  )
  expect(await recordedEdits(source(rows), { id: turn, sessionId: session, endedAt: 80 })).toEqual([
    { toolCallId: 'call_1', title: 'Edit a', row: 2, path: '/w/a', text: { old: 'one\n', new: 'two\n' } },
    { toolCallId: 'call_3', title: 'Named', row: 7, path: '/w/c', text: null },
  ])
})

it('reads a row that was cut as a whole, and no further back than the turn', async () => {
  const cut = call('call_1', { kind: 'edit', title: 'Write', content: [diff('/w/a', null, 'cut')] })
  const whole = call('call_1', { kind: 'edit', title: 'Write', content: [diff('/w/a', null, 'the whole')] })
  const long: [TurnId, TranscriptEvent][] = Array.from({ length: 1000 }, () => [
    'turn_1' as TurnId,
    { type: 'prompt', text: 'x' },
  ])
  const read = source(rowsOf(...long, [turn, cut, 999]), whole)
  const edits = await recordedEdits(read, { id: turn, sessionId: session, endedAt: null })
  expect(edits.map(({ text }) => text?.new)).toEqual(['the whole'])
  expect(read.pages).toBe(1)
})

it('takes what was given to the tool where the agent reports no diff', async () => {
  const given = (id: string, rawInput: Record<string, unknown>) => [
    [turn, call(id, { kind: 'edit', title: 'edit', rawInput: {} })],
    [turn, later(id, { rawInput, locations: [{ path: '/w/a' }] })],
    [turn, later(id, { status: 'completed' })],
  ]
  const rows = rowsOf(
    ...([
      ...given('call_1', { filePath: '/w/a', content: 'all\n' }),
      ...given('call_2', { file_path: '/w/a', old_string: 'one', new_string: 'two' }),
      ...given('call_3', {
        filePath: '/w/a',
        edits: [{ oldString: 'x', newString: 'y' }, { newString: 'z' }],
      }),
      ...given('call_4', { command: 'apply', patch: 'something else' }),
    ] as [TurnId, TranscriptEvent][]),
  )
  const edits = await recordedEdits(source(rows), { id: turn, sessionId: session, endedAt: null })
  expect(edits.map(({ toolCallId, text }) => [toolCallId, text])).toEqual([
    ['call_1', { old: null, new: 'all\n' }],
    ['call_2', { old: 'one', new: 'two' }],
    ['call_3', { old: 'x', new: 'y' }],
    ['call_3', { old: null, new: 'z' }],
    ['call_4', null],
  ])
})
