import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { TranscriptEvent, TranscriptRow } from '@shared/domain'
import type { SessionId, TaskId, TurnId } from '@shared/ids'
import { EventLog } from '../../../src/main/session/event-log'
import { recordedEdits } from '../../../src/main/session/recorded-edits'
import { recoverSessions } from '../../../src/main/session/recovery'
import { SessionStore } from '../../../src/main/session/session-store'
import { openTestDatabase, type TestDatabase } from '../../support/database'
import { ManualClock } from '../../unit/session/clock'

const task: TaskId = 'task_00000000-0000-4000-8000-000000000001'
const turn: TurnId = 'turn_00000000-0000-4000-8000-000000000001'

let data: TestDatabase
let clock: ManualClock
let log: EventLog
let session: SessionId
let failures: unknown[]

const createLog = (): EventLog =>
  new EventLog({
    database: data.database,
    clock,
    permission: () => null,
    writeFailed: (error) => void failures.push(error),
  })
const createSession = (): SessionId =>
  new SessionStore(data.database, () => clock.now()).insert({
    taskId: task,
    agentId: 'claude',
    modelId: null,
    modeId: null,
  }).id

beforeEach(async () => {
  data = await openTestDatabase()
  clock = new ManualClock()
  failures = []
  log = createLog()
  session = createSession()
})
afterEach(async () => {
  await data.close()
})

const update = (fields: Record<string, unknown>): TranscriptEvent => ({ type: 'update', update: fields })
const chunk = (text: string): TranscriptEvent =>
  update({ sessionUpdate: 'agent_message_chunk', content: { type: 'text', text } })
const text = (rows: TranscriptRow[]): string =>
  rows
    .map(({ event }) => (event.type === 'update' ? (event.update['content'] as { text: string }).text : ''))
    .join('')
const stored = (): number =>
  (
    data.database.events.$client.prepare('SELECT count(*) AS rows FROM session_events').get() as {
      rows: number
    }
  ).rows

function readAll(pageSize: number, from = log): TranscriptRow[] {
  const rows: TranscriptRow[] = []
  let before = Number.MAX_SAFE_INTEGER
  for (;;) {
    const page = from.before(session, before, pageSize)
    rows.unshift(...page.rows)
    if (!page.hasEarlier) return rows
    before = page.rows[0]?.first ?? 0
  }
}

describe('the record', () => {
  it('stores an answer of 10,000 characters as a handful of rows', () => {
    const answer = 'lorem ipsum dolor '.repeat(600).slice(0, 10_000)
    for (let index = 0; index < answer.length; index += 3) {
      log.append(session, turn, chunk(answer.slice(index, index + 3)))
      clock.pass(1)
    }
    log.flush()
    expect(stored()).toBeLessThanOrEqual(4)
    data.reopen()
    const rows = createLog().tail(session, 100).rows
    expect(text(rows)).toBe(answer)
    expect(rows.at(-1)?.last).toBe(Math.ceil(answer.length / 3) - 1)
  })

  it('is on disk a tenth of a second after it was said', () => {
    log.append(session, turn, chunk('hello'))
    expect(stored()).toBe(0)
    clock.pass(100)
    expect(stored()).toBe(1)
  })

  it('pages the same rows whatever is on disk and whatever still in memory', () => {
    const action = fc.oneof(
      fc.record({ do: fc.constant('chunk' as const), value: fc.string({ unit: 'binary', maxLength: 1500 }) }),
      fc.record({ do: fc.constant('tool' as const), value: fc.constantFrom('a', 'b', 'c') }),
      fc.record({ do: fc.constant('plan' as const), value: fc.string() }),
      fc.record({ do: fc.constant('pass' as const), value: fc.constant('') }),
      fc.record({ do: fc.constant('within' as const), value: fc.string() }),
    )
    fc.assert(
      fc.property(
        fc.array(action, { maxLength: 60 }),
        fc.integer({ min: 1, max: 7 }),
        (actions, pageSize) => {
          log = createLog()
          session = createSession()
          const mirror = new Map<number, TranscriptRow>()
          log.subscribe(session, (change) => {
            if (change.type === 'row') {
              const row = change.row()
              if (row !== null) mirror.set(row.first, structuredClone(row))
              return
            }
            const row = mirror.get(change.first)
            if (row?.event.type !== 'update') throw new Error('appended to nothing')
            ;(row.event.update['content'] as { text: string }).text += change.text
            row.last = change.last
          })
          for (const { do: what, value } of actions) {
            if (what === 'chunk') log.append(session, turn, chunk(value))
            else if (what === 'tool')
              log.append(
                session,
                turn,
                update({
                  sessionUpdate: 'tool_call_update',
                  toolCallId: value,
                  content: { text: String(clock.time) },
                }),
              )
            else if (what === 'plan')
              log.append(session, turn, update({ sessionUpdate: 'plan', content: { text: value } }))
            else if (what === 'pass') clock.pass(70)
            else
              data.database
                .transaction(() => log.appendWithin(session, turn, { type: 'prompt', text: value }))
                .show()
          }
          const expected = [...mirror.values()].toSorted((a, b) => a.first - b.first)
          expect(readAll(pageSize)).toEqual(expected)
          expect(log.tail(session, pageSize).rows).toEqual(expected.slice(-pageSize))
          log.closeRows(session)
          log.flush()
          expect(readAll(pageSize, createLog())).toEqual(expected)
        },
      ),
      { numRuns: 60 },
    )
  })

  it('keeps a whole that was cut, however it comes to its end', async () => {
    const big = {
      sessionUpdate: 'tool_call',
      toolCallId: 'x',
      rawOutput: `\ud800\u0000${'é😀'.repeat(200_000)}`,
    }
    log.append(session, turn, update(big))
    await log.settle()
    data.reopen()
    const again = createLog()
    const [row] = again.tail(session, 1).rows
    let whole = ''
    for (let offset: number | null = 0; offset !== null;) {
      const piece: { text: string; nextOffset: number | null } = await again.payload(
        session,
        row?.first ?? -1,
        offset,
      )
      whole += piece.text
      offset = piece.nextOffset
    }
    expect(JSON.parse(whole)).toEqual(update(big))
    expect(row?.cut).toBe(Buffer.byteLength(whole))
    await expect(again.payload(session, 99, 0)).rejects.toThrow('does not exist')
  })

  it('keeps everything in memory while the disk refuses, says so once, and writes it later', () => {
    const { events } = data.database
    events.$client.pragma('query_only = ON')
    log.append(session, turn, chunk('kept'))
    clock.pass(5000)
    log.append(session, turn, chunk(' and shown'))
    expect(text(log.tail(session, 10).rows)).toBe('kept and shown')
    expect(failures).toHaveLength(1)
    events.$client.pragma('query_only = OFF')
    clock.pass(2000)
    expect(failures).toEqual([expect.anything(), null])
    expect(text(createLog().tail(session, 10).rows)).toBe('kept and shown')
  })

  it('shows nothing of a command that did not commit', () => {
    const seen: string[] = []
    log.subscribe(session, (change) => void seen.push(change.type))
    expect(() =>
      data.database.transaction(() => {
        log.appendWithin(session, turn, { type: 'prompt', text: 'x' })
        throw new Error('refused')
      }),
    ).toThrow('refused')
    log.append(session, turn, chunk('after'))
    expect(text(log.tail(session, 10).rows)).toBe('after')
    expect(seen).toEqual(['row'])
  })

  it('drops the rows of a deleted session and goes on with the others', () => {
    const other = createSession()
    log.append(other, null, chunk('gone'))
    data.database.commands.$client.prepare('DELETE FROM sessions WHERE id = ?').run(other)
    log.append(session, turn, chunk('stays'))
    clock.pass(3000)
    expect(text(createLog().tail(session, 10).rows)).toBe('stays')
  })
})

describe('edits of a turn', () => {
  const turnOf = (nth: number): TurnId => `turn_00000000-0000-4000-8000-${String(nth).padStart(12, '0')}`
  const edit = (nth: number, newText: string): TranscriptEvent =>
    update({
      sessionUpdate: 'tool_call',
      toolCallId: `call_${nth}`,
      kind: 'edit',
      title: `Edit ${nth}`,
      content: [{ type: 'diff', path: '/w/a.txt', oldText: null, newText }],
    })

  it('are found among many turns by when they ended, whole where a row was cut, before and after a restart', async () => {
    const long = Array.from({ length: 2000 }, (_, nth) => `line ${nth} of a long file\n`).join('')
    const ends: number[] = []
    for (let nth = 0; nth < 40; nth++) {
      log.append(session, turnOf(nth), { type: 'prompt', text: `Prompt ${nth}` })
      clock.pass(1000)
      log.append(session, turnOf(nth), edit(nth, nth === 7 ? long : `text ${nth}\n`))
      for (let piece = 0; piece < 5; piece++) log.append(session, turnOf(nth), chunk('said '.repeat(900)))
      ends.push(clock.now())
      clock.pass(5000)
    }
    const read = (nth: number, from: EventLog) =>
      recordedEdits(from, { id: turnOf(nth), sessionId: session, endedAt: ends[nth] ?? null })
    expect((await read(7, log)).map(({ text }) => text?.new)).toEqual([long])
    await log.settle()
    const again = createLog()
    for (const nth of [0, 7, 20, 39])
      expect(await read(nth, again)).toMatchObject([
        { toolCallId: `call_${nth}`, text: { new: nth === 7 ? long : `text ${nth}\n` } },
      ])
    expect(again.endAt(session, -1)).toBe(0)
    expect(again.endAt(session, clock.now())).toBe((again.tail(session, 1).rows.at(-1)?.last ?? NaN) + 1)
  })
})

describe('recovery', () => {
  it('ends what the last run left open, at its last sign of life, and does nothing twice', () => {
    const store = new SessionStore(data.database, () => clock.now())
    const open = store.startTurn({
      sessionId: session,
      taskId: task,
      prompt: 'p',
      agentSessionId: 'a',
      modelId: null,
    })
    store.enqueue(session, 'next')
    clock.pass(500)
    log.append(session, open.id, chunk('half an ans'))
    clock.pass(100)
    clock.time += 86_400_000
    expect(recoverSessions(data.database, () => clock.now())).toEqual({ turns: 1, permissions: 0 })
    expect(recoverSessions(data.database, () => clock.now())).toEqual({ turns: 0, permissions: 0 })
    const rows = createLog().tail(session, 10).rows
    expect(rows.map((row) => row.event)).toEqual([
      chunk('half an ans'),
      { type: 'turn_ended', stopReason: 'interrupted', durationMs: 500, usage: null, checkpoint: null },
    ])
    expect(store.queue(session).map((prompt) => prompt.text)).toEqual(['next'])
    expect(store.activity().size).toBe(0)
  })
})

describe('a search in the record', () => {
  const tool = (id: string, output: string): TranscriptEvent =>
    update({
      sessionUpdate: 'tool_call',
      toolCallId: id,
      status: 'completed',
      content: [{ type: 'content', content: { type: 'text', text: output } }],
    })

  it('finds words wherever a reader sees them, and nowhere else', async () => {
    log.append(session, turn, { type: 'prompt', text: 'Find the "Needle"' })
    log.append(session, turn, chunk('nothing here'))
    log.append(session, turn, tool('call-needle', 'output with a NEEDLE'))
    log.append(session, turn, update({ sessionUpdate: 'usage_update', needle: 1 }))
    const found = await log.search(session, 'needle', null)
    expect(found).toEqual({ rows: [2, 0], nextBefore: null })
    expect((await log.search(session, '"needle"', null)).rows).toEqual([0])
    expect((await log.search(session, 'sessionUpdate', null)).rows).toEqual([])
  })

  it('finds what was cut from an output, and goes on where it stopped', async () => {
    log.append(session, turn, tool('long', `${'x'.repeat(50_000)} the end`))
    for (let index = 0; index < 1200; index++) log.append(session, turn, tool(`call-${index}`, 'again'))
    await log.settle()
    expect((await log.search(session, 'the end', null)).rows).toEqual([0])
    const first = await log.search(session, 'again', null)
    expect(first.rows).toHaveLength(500)
    const second = await log.search(session, 'again', first.nextBefore)
    const third = await log.search(session, 'again', second.nextBefore)
    expect(third.nextBefore).toBeNull()
    expect(new Set([...first.rows, ...second.rows, ...third.rows]).size).toBe(1200)
  })
})
