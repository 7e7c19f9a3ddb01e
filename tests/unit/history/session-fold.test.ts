import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lastQuestion } from '../../../src/main/history/record/question'
import { type FoldRow, outputEnd, SessionFold } from '../../../src/main/history/record/session-fold'

let index = 0
const row = (event: unknown, turnId: string | null = 'turn_1', first = index++): FoldRow => ({
  first,
  turnId,
  at: 1000 + first,
  payload: JSON.stringify(event),
})
const update = (fields: Record<string, unknown>) => ({ type: 'update', update: fields })
const prompt = (text: string) => ({ type: 'prompt', text })
const says = (text: string) =>
  update({ sessionUpdate: 'agent_message_chunk', content: { type: 'text', text } })
const calls = (toolCallId: string, fields: Record<string, unknown> = {}) =>
  update({ sessionUpdate: 'tool_call', toolCallId, status: 'pending', ...fields })
const updates = (toolCallId: string, fields: Record<string, unknown>) =>
  update({ sessionUpdate: 'tool_call_update', toolCallId, ...fields })
const ended = (stopReason = 'end_turn') => ({
  type: 'turn_ended',
  stopReason,
  durationMs: 1,
  usage: null,
  checkpoint: null,
})

function folded(events: readonly unknown[]): SessionFold {
  const fold = new SessionFold()
  events.forEach((event, first) => fold.take(row(event, 'turn_1', first)))
  return fold
}

/** All that a fold tells, but for where it stands. */
const told = (fold: SessionFold) => ({
  plan: fold.plan?.entries ?? null,
  failed: fold.failed.map((command) => [
    command.command,
    command.exitCode,
    fold.passedAfter(command) !== null,
  ]),
  marks: fold.marks.map(({ mark, text, detail }) => [mark, text, detail]),
  question: fold.openQuestion()?.text ?? null,
  edits: fold.turnsWithEdits().map((turn) => [turn, fold.editedIn(turn).toSorted()]),
})

const bash = (id: string, command: string, end: Record<string, unknown>) => [
  calls(id, { kind: 'execute', title: 'bash' }),
  updates(id, { status: 'in_progress', title: command, rawInput: { command } }),
  updates(id, end),
]

describe('what a session comes to', () => {
  it('tells commands that failed, with their exit codes, and whether the same passed later', () => {
    const fold = folded([
      prompt('Test it'),
      ...bash('a', 'npm test', { status: 'completed', rawOutput: { metadata: { exit: 1 } } }),
      ...bash('b', 'npm run lint', { status: 'failed' }),
      ...bash('c', 'npm test', { status: 'completed', rawOutput: { metadata: { exit: 0 } } }),
      ...bash('d', 'ls', { status: 'completed' }),
    ])
    expect(told(fold).failed).toEqual([
      ['npm test', 1, true],
      ['npm run lint', null, false],
    ])
    expect(fold.failed[0]).toMatchObject({ row: 1, outputRow: 3 })
  })

  it('counts no command that its turn left without an end, and no tool that runs none', () => {
    const fold = folded([
      ...bash('a', 'sleep 100', { status: 'in_progress' }),
      ended('cancelled'),
      calls('b', { kind: 'read', status: 'failed', title: 'Read x' }),
      updates('a', { status: 'failed' }),
    ])
    expect(fold.failed).toEqual([])
  })

  it('keeps the plan as it ended, modes the agent chose, errors, and where it forgot', () => {
    const fold = folded([
      update({ sessionUpdate: 'plan', entries: [{ content: 'One', status: 'pending' }] }),
      update({
        sessionUpdate: 'plan',
        entries: [
          { content: 'One', status: 'completed' },
          { content: 'Two', status: 'in_progress' },
        ],
      }),
      update({ sessionUpdate: 'current_mode_update', currentModeId: 'build' }),
      update({ sessionUpdate: 'current_mode_update', currentModeId: 'build' }),
      { type: 'error', error: { kind: 'agent', message: 'It went away', detail: 'signal 9' } },
      { type: 'memory_boundary', reason: 'Started anew', brief: '', turnsTold: 0, turnsTotal: 1 },
    ])
    expect(fold.plan?.entries).toEqual([
      { text: 'One', status: 'completed' },
      { text: 'Two', status: 'in_progress' },
    ])
    expect(told(fold).marks).toEqual([
      ['mode', 'build', ''],
      ['error', 'It went away', 'signal 9'],
      ['boundary', 'Started anew', ''],
    ])
  })

  it('leaves a question open until a prompt answers it', () => {
    const asked = [prompt('Do it'), says('I looked. Shall I go '), says('on?'), ended()]
    expect(folded(asked).openQuestion()).toMatchObject({ row: 1, text: 'Shall I go on?' })
    const fold = folded([...asked, prompt('Yes, do')])
    expect(fold.openQuestion()).toBeNull()
    expect(told(fold).marks).toEqual([['answer', 'Yes, do', 'Shall I go on?']])
    // What was said before the last thing done is no end.
    expect(folded([...asked.slice(0, 3), calls('a'), says('Done.')]).openQuestion()).toBeNull()
  })

  it('survives rows that make no sense', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.json(), fc.string())), (payloads) => {
        const fold = new SessionFold()
        payloads.forEach((payload, first) => fold.take({ first, turnId: 'turn_1', at: 1, payload }))
        expect(fold.rows).toBe(payloads.length)
      }),
    )
  })
})

const tool = fc.record({
  id: fc.constantFrom('a', 'b', 'c'),
  command: fc.constantFrom('npm test', 'make', 'ls'),
  exit: fc.constantFrom(null, 0, 2),
  status: fc.constantFrom('completed', 'failed'),
  path: fc.constantFrom(null, '/w/x.ts', '/w/y.ts'),
})
/** Whole steps of a transcript; each is some events. */
const step = fc.oneof(
  fc.constantFrom('Yes', 'Go on').map((text) => [prompt(text)]),
  fc
    .array(fc.constantFrom('It is done. ', 'Shall I? ', 'Why', '?', '\n'), { minLength: 1 })
    .map((texts) => texts.map(says)),
  tool.map(({ id, command, exit, status, path }) => [
    calls(id, { kind: path === null ? 'execute' : 'edit' }),
    updates(id, { rawInput: { command }, ...(path === null ? {} : { locations: [{ path }] }) }),
    updates(id, { status, ...(exit === null ? {} : { rawOutput: { exitCode: exit } }) }),
  ]),
  fc.constant([ended()]),
  fc.constant([{ type: 'error', error: { kind: 'agent', message: 'No' } }]),
)
const transcript = fc.array(step, { maxLength: 30 }).map((steps) => steps.flat())

describe('folding', () => {
  it('goes on from any point to the same end, and a copy changes nothing of what it was made from', () => {
    fc.assert(
      fc.property(transcript, fc.nat(), (events, at) => {
        const cut = events.length === 0 ? 0 : at % (events.length + 1)
        const prefix = folded(events.slice(0, cut))
        const before = told(prefix)
        const rest = prefix.copy()
        events.slice(cut).forEach((event, nth) => rest.take(row(event, 'turn_1', cut + nth)))
        expect(told(rest)).toEqual(told(folded(events)))
        expect(told(prefix)).toEqual(before)
        expect(rest.next).toBe(events.length)
      }),
    )
  })

  it('tells the same however chunks and updates were joined into rows', () => {
    fc.assert(
      fc.property(transcript, fc.array(fc.boolean(), { minLength: 1, maxLength: 20 }), (events, joins) => {
        const rows: Record<string, unknown>[] = []
        events.forEach((event, nth) => {
          const last = rows.at(-1)
          const joined = last !== undefined && joins[nth % joins.length] ? join(last, event) : null
          if (joined === null) rows.push(event)
          else rows[rows.length - 1] = joined
        })
        expect(told(folded(rows))).toEqual(told(folded(events)))
      }),
    )
  })
})

type Event = Record<string, unknown>
const updateIn = (event: Event): Event | null => (event['update'] as Event | undefined) ?? null

/** As the record joins what follows one another: chunks of a message, and updates of a call in one status. */
function join(before: Event, next: Event): Event | null {
  const [a, b] = [updateIn(before), updateIn(next)]
  if (a === null || b === null || a['sessionUpdate'] !== b['sessionUpdate']) return null
  if (a['sessionUpdate'] === 'agent_message_chunk') {
    const text = (of: Event): string => (of['content'] as { text: string }).text
    return says(text(a) + text(b))
  }
  if (a['sessionUpdate'] !== 'tool_call_update' || a['toolCallId'] !== b['toolCallId']) return null
  return b['status'] === undefined || b['status'] === a['status'] ? update({ ...a, ...b }) : null
}

describe('a message that ends with a question', () => {
  it.each([
    ['Shall I go on?', 'Shall I go on?'],
    ['Done. Shall I go on?', 'Shall I go on?'],
    ['Is it? It is.', null],
    ['**Which one?**\n', 'Which one?'],
    ['Two ways:\n- Keep it?\n- Drop it?', 'Drop it?'],
    ['続けますか？', '続けますか？'],
    ['هل أكمل؟', 'هل أكمل؟'],
    ['Run `what?`', 'Run `what?'],
    ['', null],
  ])('%j', (message, question) => {
    expect(lastQuestion(message)).toBe(question)
  })
})

it('the end of an output is what a tool gave back last', () => {
  const text = (said: string) => ({ type: 'content', content: { type: 'text', text: said } })
  expect(outputEnd({ content: [text('one'), text('two\n')] }, 100)).toBe('one\ntwo')
  expect(outputEnd({ content: [text('0123456789')] }, 4)).toBe('6789')
  expect(outputEnd({ rawOutput: { output: 'raw' } }, 100)).toBe('raw')
  expect(outputEnd({ rawOutput: 'plain' }, 100)).toBe('plain')
  expect(outputEnd({}, 100)).toBe('')
})
