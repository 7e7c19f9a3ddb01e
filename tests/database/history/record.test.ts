import { pathToFileURL } from 'node:url'
import { deflateSync } from 'node:zlib'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { HistoryEntry, HistoryGroup } from '@shared/history'
import { newId } from '../../../src/main/database'
import { RecordReader } from '../../../src/main/history/record/reader'
import { createTaskRecord } from '../../../src/main/history/record/record'
import { bundle } from '../../support/bundle'
import { openTestDatabase, type TestDatabase } from '../../support/database'

let data: TestDatabase
let reader: RecordReader
const task = newId('task')
const session = newId('session')

beforeEach(async () => {
  data = await openTestDatabase()
  reader = new RecordReader({ directory: data.directory, nativeBinding: undefined })
  insert('repositories', {
    id: 'repo_1',
    organization_id: 'org_1',
    name: 'engine',
    created_at: 1,
    last_used_at: 1,
  })
  insert('tasks', {
    id: task,
    organization_id: 'org_1',
    repository_id: 'repo_1',
    head_repository: 'repo_1',
    branch: 'b',
    title: 'T',
    prompt: '',
    pull_request_number: 7,
    created_at: 1,
    updated_at: 1,
  })
  insert('sessions', { id: session, task_id: task, name: 'S', agent_id: 'claude', created_at: 1 })
})
afterEach(async () => {
  reader.close()
  await data.close()
})

function insert(table: string, row: Record<string, unknown>): void {
  const columns = Object.keys(row)
  data.database.commands.$client
    .prepare(
      `INSERT INTO ${table} (${columns.map((name) => `"${name}"`).join()}) VALUES (${columns.map(() => '?').join()})`,
    )
    .run(Object.values(row))
}
const run = (sql: string, ...values: unknown[]): void =>
  void data.database.commands.$client.prepare(sql).run(...values)

function addAudit(at: number, kind: string, payload: Record<string, unknown> = {}, actor = 'user_1'): void {
  insert('audit_events', {
    at,
    actor,
    kind,
    task_id: task,
    repository_id: 'repo_1',
    session_id: kind.startsWith('task.message') ? session : null,
    payload: JSON.stringify(payload),
  })
}
function addTurn(at: number, prompt: string, more: Record<string, unknown> = {}): string {
  const id = newId('turn')
  insert('turns', {
    id,
    session_id: session,
    task_id: task,
    prompt,
    started_at: at,
    ended_at: at + 5,
    stop_reason: 'end_turn',
    ...more,
  })
  return id
}
function addCheckpoint(at: number, turnId: string | null, reason = 'turn'): string {
  const id = newId('checkpoint')
  insert('checkpoints', {
    id,
    task_id: task,
    session_id: turnId === null ? null : session,
    turn_id: turnId,
    reason,
    commit: `c${at}`,
    parent: 'p',
    created_at: at,
    files: 2,
    added: 3,
    removed: 1,
    diff: deflateSync(''),
    diff_encoding: 'deflate',
    diff_truncated: 0,
  })
  return id
}
function addPermission(at: number, title: string, more: Record<string, unknown> = {}): string {
  const id = newId('permission')
  insert('permission_requests', {
    id,
    session_id: session,
    task_id: task,
    turn_id: null,
    title,
    tool_call: '{}',
    options: JSON.stringify([
      { id: 'yes', name: 'Allow once', kind: 'allow_once' },
      { id: 'no', name: 'Never', kind: 'reject_always' },
    ]),
    state: 'answered',
    answer: 'yes',
    created_at: at,
    resolved_at: at + 1,
    ...more,
  })
  return id
}
let next = 0
function addEvent(event: unknown, turnId: string | null = null, more: Record<string, unknown> = {}): number {
  const first = next++
  insert('session_events', {
    session_id: session,
    first_index: first,
    last_index: first,
    turn_id: turnId,
    at: 1000 + first,
    payload: JSON.stringify(event),
    ...more,
  })
  return first
}
const update = (fields: Record<string, unknown>) => ({ type: 'update', update: fields })

const all = { taskId: task, sessionId: null, group: null, who: null, cursor: null } as const
const kinds = (entries: readonly HistoryEntry[]) =>
  entries.map(({ at, who, what }) => [at, who, what.type === 'audit' ? what.kind : what.type])

describe('the timeline of a task', () => {
  beforeEach(() => {
    next = 0
  })

  it('joins all that is recorded by time, and tells everything once', () => {
    addAudit(10, 'task.created', { branch: 'b' })
    addAudit(20, 'task.message.sent', { promptId: 'prompt_1', characters: 3 })
    const turn = addTurn(30, 'Do it', { model_id: 'opus', usage: JSON.stringify({ totalTokens: 9 }) })
    const asked = addPermission(40, 'Edit x')
    const row = addEvent({ type: 'permission', permissionId: asked }, turn)
    addAudit(41, 'task.permission.answered', { permissionId: asked, request: 'Edit x', answer: 'Allow once' })
    const grounds = { decision: 'reject', kind: 'execute', mode: null, command: null }
    const refused = addPermission(42, 'rm', { answer: 'no', policy: JSON.stringify({ grounds }) })
    addAudit(42, 'task.permission.decided', { permissionId: refused, request: 'rm' }, 'system')
    addPermission(43, 'late', { state: 'expired', answer: null })
    const checkpoint = addCheckpoint(50, turn)
    addCheckpoint(60, null, 'before_turn')
    addAudit(70, 'task.committed', { commit: 'abc', files: 1 })
    addAudit(80, 'task.pr.published', { number: 7 })
    addAudit(81, 'task.pr.changed', { number: 7, change: 'opened' }, 'github')
    addAudit(200_000, 'task.pr.changed', { number: 7, change: 'merged' }, 'github')
    insert('jobs', {
      id: newId('job'),
      kind: 'task.publish',
      state: 'failed',
      task_id: task,
      error: JSON.stringify({ kind: 'network', message: 'No network' }),
      created_at: 75,
      updated_at: 76,
      ended_at: 77,
    })
    insert('pull_request_reviews', {
      repository_id: 'repo_1',
      number: 7,
      organization_id: 'org_1',
      read_at: 1,
      json: JSON.stringify({
        reviews: [
          {
            id: 'r1',
            author: 'grace',
            state: 'changes_requested',
            body: 'No.',
            at: 500_000,
            url: 'https://x/r1',
          },
        ],
        threads: [
          {
            id: 't1',
            path: 'a.ts',
            line: 3,
            resolved: false,
            commentsTotal: 2,
            comments: [{ author: 'grace', body: 'Why?', createdAt: 500_001, url: 'https://x/t1' }],
          },
        ],
      }),
    })
    const { entries, cursor, reading } = reader.timeline(all)
    expect(cursor).toBeNull()
    expect(reading).toBeNull()
    expect(kinds(entries)).toEqual([
      [500_001, 'github', 'thread'],
      [500_000, 'github', 'review'],
      [200_000, 'github', 'task.pr.changed'],
      [80, 'reader', 'task.pr.published'],
      [77, 'system', 'job'],
      [70, 'reader', 'task.committed'],
      [60, 'system', 'checkpoint'],
      [43, 'system', 'permission'],
      [42, 'policy', 'permission'],
      [40, 'reader', 'permission'],
      [30, 'reader', 'turn'],
      [10, 'reader', 'task.created'],
    ])
    const one = (type: string) => entries.filter(({ what }) => what.type === type)
    expect(one('turn')[0]).toMatchObject({
      recorded: { id: checkpoint, files: 2, added: 3, removed: 1 },
      place: { type: 'turn', turnId: turn },
      what: { modelId: 'opus', agentId: 'claude', usage: { totalTokens: 9 } },
    })
    expect(one('permission')[2]).toMatchObject({
      place: { type: 'row', row },
      what: { decision: 'allow', answer: 'Allow once' },
    })
    expect(one('permission')[2]?.eventId).not.toBeNull()
    expect(one('permission')[1]).toMatchObject({ what: { decision: 'reject', grounds } })
  })

  it('keeps a prompt that waits or was taken back, whose turn never came', () => {
    insert('queued_prompts', { id: 'prompt_1', session_id: session, text: 'Later', created_at: 5 })
    addAudit(5, 'task.message.sent', { promptId: 'prompt_1', characters: 5 })
    addAudit(6, 'task.message.sent', { promptId: 'prompt_2', characters: 5 })
    addAudit(7, 'task.message.removed', { promptId: 'prompt_2' })
    expect(kinds(reader.timeline(all).entries).map(([at]) => at)).toEqual([7, 6, 5])
  })

  it('is narrowed down by kind, by who decided, and by session', () => {
    addAudit(10, 'task.created')
    addAudit(11, 'task.archived', { reason: 'merged' }, 'github')
    addAudit(12, 'task.files.discarded', { files: 1 })
    addPermission(13, 'Edit x')
    addTurn(14, 'Do it', { stop_reason: 'refusal' })
    const of = (filter: { group?: HistoryGroup; who?: 'reader' | 'github' }) =>
      reader.timeline({ ...all, ...filter }).entries.map(({ at }) => at)
    expect(of({ group: 'decisions' })).toEqual([13, 12, 11])
    expect(of({ group: 'decisions', who: 'github' })).toEqual([11])
    expect(of({ group: 'problems' })).toEqual([14])
    expect(of({ group: 'turns' })).toEqual([14])
    expect(of({ who: 'reader' })).toEqual([14, 13, 12, 10])
    expect(reader.timeline({ ...all, sessionId: session }).entries.map(({ at }) => at)).toEqual([14, 13])
  })

  it('gives each entry once over all pages, also of those at one time, whatever is added meanwhile', () => {
    const add = [
      (at: number) => addAudit(at, 'task.title.changed', { title: 'x' }),
      (at: number) => addTurn(at, 'Do'),
      (at: number) => addCheckpoint(at, null, 'before_discard'),
      (at: number) => addPermission(at, 'Edit'),
    ]
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(3), fc.integer({ min: 1, max: 40 })), { minLength: 90, maxLength: 260 }),
        (rows) => {
          for (const table of ['audit_events', 'turns', 'checkpoints', 'permission_requests'])
            run(`DELETE FROM ${table}`)
          data.database.transaction(() => rows.forEach(([which, at]) => add[which]?.(at)))
          const before = new Set(pages(() => undefined))
          let later = 100
          const keys = pages(() => add[later % 4]?.((later += 1)))
          expect(before.size).toBe(rows.length)
          expect(new Set(keys).size).toBe(keys.length)
          // What came later is newer than what was read.
          expect(new Set(keys)).toEqual(before)
        },
      ),
      { numRuns: 15 },
    )
  })

  function pages(between: () => void): string[] {
    const keys: string[] = []
    let cursor: string | null = null
    do {
      const page = reader.timeline({ ...all, cursor })
      expect(page.entries.length).toBeLessThanOrEqual(100)
      keys.push(...page.entries.map(({ key }) => key))
      cursor = page.cursor
      between()
    } while (cursor !== null)
    return keys
  }
})

describe('what a task comes to', () => {
  beforeEach(() => {
    next = 0
  })

  const summary = () => reader.summary({ taskId: task, sessionId: null, from: 0 })

  it('is told of transcripts, checkpoints and rows, and goes on where it was', () => {
    const turn = addTurn(10, 'Test it')
    addEvent({ type: 'prompt', text: 'Test it' }, turn)
    const output = `${'x'.repeat(20_000)} and the end`
    const call = {
      sessionUpdate: 'tool_call',
      toolCallId: 'a',
      kind: 'execute',
      status: 'failed',
      rawInput: { command: 'npm test' },
      rawOutput: { exitCode: 1 },
    }
    const content = (text: string) => [{ type: 'content', content: { type: 'text', text } }]
    const whole = JSON.stringify(update({ ...call, content: content(output) }))
    const row = addEvent(update({ ...call, content: content(output.slice(0, 8192)) }), turn, {
      full: deflateSync(whole),
      full_bytes: whole.length,
    })
    addEvent(update({ sessionUpdate: 'plan', entries: [{ content: 'Two', status: 'pending' }] }), turn)
    addEvent(
      update({ sessionUpdate: 'agent_message_chunk', content: { type: 'text', text: 'Shall I?' } }),
      turn,
    )
    const checkpoint = addCheckpoint(20, turn)
    const first = summary()
    expect(first).toMatchObject({ reading: null, turns: 1, events: 4 })
    expect(first.failed).toMatchObject({
      total: 1,
      rows: [{ row, command: 'npm test', exitCode: 1, passed: null }],
    })
    expect(first.failed.rows[0]?.output).toMatch(/x and the end$/)
    expect(first.edits.rows).toMatchObject([
      { turnId: turn, prompt: 'Test it', recorded: { id: checkpoint } },
    ])
    expect(first.open.rows.map(({ rule }) => rule)).toEqual([
      'question_unanswered',
      'plan_unfinished',
      'not_committed',
    ])
    expect(first.plans.rows).toMatchObject([{ total: 1, entries: [{ text: 'Two' }] }])

    const answer = addTurn(30, 'Yes')
    addEvent({ type: 'prompt', text: 'Yes' }, answer)
    addEvent(update({ ...call, toolCallId: 'b', status: 'completed', rawOutput: { exitCode: 0 } }), answer)
    addAudit(40, 'task.committed', { commit: 'abc' })
    const second = summary()
    expect(second.failed.rows[0]?.passed).toBe(5)
    expect(second.open.rows.map(({ rule }) => rule)).toEqual(['plan_unfinished', 'not_published'])
  })

  it('follows a row that changes while its turn runs', () => {
    const turn = addTurn(10, 'Test it', { ended_at: null, stop_reason: null })
    const call = {
      sessionUpdate: 'tool_call_update',
      toolCallId: 'a',
      kind: 'execute',
      status: 'in_progress',
    }
    const row = addEvent(update({ ...call, rawInput: { command: 'make' } }), turn)
    addEvent({ type: 'error', error: { kind: 'agent', message: 'Oh' } }, turn)
    expect(summary().failed.total).toBe(0)
    run(
      'UPDATE session_events SET payload = ? WHERE first_index = ?',
      JSON.stringify(update({ ...call, rawInput: { command: 'make all' } })),
      row,
    )
    addEvent(update({ ...call, status: 'failed' }), turn)
    expect(summary().failed.rows.map(({ command }) => command)).toEqual(['make all'])
  })

  it('names files that tools named where no checkpoint was taken', () => {
    const turn = addTurn(10, 'Write')
    addEvent(
      update({
        sessionUpdate: 'tool_call',
        toolCallId: 'a',
        kind: 'edit',
        status: 'completed',
        locations: [{ path: '/w/a.ts' }],
      }),
      turn,
    )
    expect(summary().edits.rows).toMatchObject([{ turnId: turn, recorded: null, paths: ['/w/a.ts'] }])
  })

  it('tells how far it is with long transcripts, and comes to its end when asked again', () => {
    const turn = addTurn(10, 'Long')
    const text = 'word '.repeat(400)
    data.database.transaction(() => {
      for (let nth = 0; nth < 30_000; nth += 1)
        addEvent(update({ sessionUpdate: 'agent_message_chunk', content: { type: 'text', text } }), turn)
    })
    const readings = []
    let last
    do {
      last = summary()
      readings.push(last.reading)
    } while (last.reading !== null)
    expect(last.events).toBe(30_000)
    const done = readings.flatMap((reading) => reading?.done ?? [])
    expect(done).toEqual(done.toSorted((a, b) => a - b))
  }, 60_000)
})

it('is read on a thread of its own, which ends', async () => {
  addAudit(10, 'task.created')
  const script = pathToFileURL(await bundle('src/main/history/record/worker.ts', 'record-worker'))
  const record = createTaskRecord({
    script,
    directory: data.directory,
    nativeBinding: undefined,
    reportError(error) {
      throw error
    },
  })
  expect((await record.timeline(all)).entries).toHaveLength(1)
  expect(await record.summary({ taskId: task, sessionId: null, from: 0 })).toMatchObject({ turns: 0 })
  await expect(record.timeline({ ...all, taskId: 'task_none' })).rejects.toMatchObject({ kind: 'not_found' })
  const waiting = record.timeline(all)
  record.close()
  await expect(waiting).rejects.toMatchObject({ kind: 'cancelled' })
  await expect(record.timeline(all)).rejects.toMatchObject({ kind: 'cancelled' })
}, 60_000)
