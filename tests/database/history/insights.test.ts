import { pathToFileURL } from 'node:url'
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import type { InsightsQuestion } from '@shared/insights'
import { createInsights, type InsightsReader } from '../../../src/main/history/insights/insights'
import { InsightsThread } from '../../../src/main/history/insights/thread'
import { bundle } from '../../support/bundle'
import { openTestDatabase, type TestDatabase } from '../../support/database'
import { openIndex } from '../../support/search-index'

let script: URL
let data: TestDatabase
let opened: { close(): unknown }[] = []

beforeAll(async () => {
  script = pathToFileURL(await bundle('src/main/history/insights/worker.ts', 'insights-worker'))
})
beforeEach(async () => {
  opened = []
  data = await openTestDatabase()
  for (const id of ['org_1', 'org_2'])
    insert('organizations', { id, kind: 'local', name: id, created_at: 1, state: 'ok' })
  insert('repositories', {
    id: 'repo_1',
    organization_id: 'org_1',
    name: 'parser',
    created_at: 1,
    last_used_at: 1,
  })
  insert('repositories', {
    id: 'repo_2',
    organization_id: 'org_2',
    name: 'other',
    created_at: 1,
    last_used_at: 1,
  })
  addTask('task_1')
  addSession('session_1', 'task_1')
})
afterEach(async () => {
  for (const one of opened) await one.close()
  await data.close()
})

const day = (text: string): number => Date.parse(`2026-05-${text}Z`)

function insert(table: string, row: Record<string, unknown>): void {
  const columns = Object.keys(row)
  data.database.commands.$client
    .prepare(
      `INSERT INTO ${table} (${columns.map((name) => `"${name}"`).join()}) VALUES (${columns.map(() => '?').join()})`,
    )
    .run(Object.values(row))
}

function addTask(id: string, more: Record<string, unknown> = {}): void {
  insert('tasks', {
    id,
    organization_id: 'org_1',
    repository_id: 'repo_1',
    head_repository: 'repo_1',
    branch: id,
    title: id,
    prompt: '',
    created_at: day('01T08:00:00'),
    materialized_at: day('01T08:00:00'),
    updated_at: 1,
    ...more,
  })
}

const addSession = (id: string, taskId: string, agent = 'claude'): void =>
  insert('sessions', { id, task_id: taskId, name: id, agent_id: agent, model_id: 'opus', created_at: 1 })

let lastTurn = 0
function addTurn(at: number, more: Record<string, unknown> = {}): string {
  const id = `turn_${(lastTurn += 1)}`
  insert('turns', {
    id,
    session_id: 'session_1',
    task_id: 'task_1',
    prompt: 'x'.repeat(50),
    model_id: 'opus',
    started_at: at,
    ended_at: at + 1000,
    stop_reason: 'end_turn',
    ...more,
  })
  return id
}

const question = (more: Partial<InsightsQuestion> = {}): InsightsQuestion => ({
  organizationId: 'org_1' as InsightsQuestion['organizationId'],
  from: '2026-05-01',
  to: '2026-05-07',
  timeZone: 'UTC',
  repositoryId: null,
  agentId: null,
  model: null,
  bucket: 'day',
  fresh: true,
  by: 'agent',
  currency: null,
  ...more,
})

function read(thread: InsightsThread, more: Partial<InsightsQuestion> = {}, newest = 1) {
  return thread.read({
    id: 1,
    question: question(more),
    newest: new Int32Array(new SharedArrayBuffer(4)).fill(newest),
  })
}

function openThread(): InsightsThread {
  const thread = new InsightsThread({ directory: data.directory, nativeBinding: undefined })
  opened.push(thread)
  return thread
}

it('counts what is stored of one organization: turns, tokens, and what sums of a session grew by', () => {
  addTurn(day('02T10:00:00'), {
    usage: JSON.stringify({ totalTokens: 10, cost: { amount: 1, currency: 'USD' } }),
  })
  addTurn(day('03T10:00:00'), {
    usage: JSON.stringify({ totalTokens: 5, cost: { amount: 1.5, currency: 'USD' } }),
  })
  addTurn(day('03T11:00:00'), { usage: null, model_id: null, stop_reason: 'failed' })
  addTurn(day('03T12:00:00'), { ended_at: null, stop_reason: null })
  // Somewhere else, and deleted.
  addTask('task_2', { organization_id: 'org_2', repository_id: 'repo_2', head_repository: 'repo_2' })
  addSession('session_2', 'task_2')
  addTurn(day('03T12:00:00'), { session_id: 'session_2', task_id: 'task_2' })
  addTask('task_3', { deleted_at: 1 })
  addSession('session_3', 'task_3')
  addTurn(day('03T12:00:00'), { session_id: 'session_3', task_id: 'task_3' })

  const thread = openThread()
  const insights = read(thread)
  expect(insights.totals).toEqual({ turns: 4, tokens: 15, tasks: 1, activeDays: 2 })
  expect(insights.costs).toMatchObject([{ currency: 'USD', sum: 1.5 }])
  expect(insights.series[0]).toMatchObject({
    key: 'claude',
    turns: [0, 1, 3, 0, 0, 0, 0],
    cost: [0, 1, 0.5, 0, 0, 0, 0],
  })
  expect(insights.unknown).toEqual({ running: 1, tokens: 1, cost: 1, model: 1, modelSince: '2026-05-02' })
  expect(insights.repositories).toEqual([{ id: 'repo_1', name: 'parser', turns: 4, tokens: 15, tasks: 1 }])
  // A turn before the range still tells what the first in it began with.
  expect(read(thread, { from: '2026-05-03' }).costs).toMatchObject([{ currency: 'USD', sum: 0.5 }])
  expect(read(thread, { model: '' }).totals.turns).toBe(1)
})

it('counts how long tasks took until they changed something, were published, and merged', () => {
  const pull = (number: number, opened: number, merged: number | null): void =>
    insert('pull_requests', {
      repository_id: 'repo_1',
      number,
      organization_id: 'org_1',
      node_id: `node_${number}`,
      title: '',
      body: '',
      state: 'merged',
      is_draft: 0,
      url: '',
      head_ref: '',
      base_ref: '',
      requested_reviewers: '[]',
      labels: '[]',
      comments: 0,
      checks: 'none',
      mergeable: 'unknown',
      checked_at: 1,
      created_at: opened,
      updated_at: 1,
      merged_at: merged,
      generation: 1,
    })
  addTask('task_2', { pull_request_number: 1 })
  addTask('task_3', { pull_request_number: 2 })
  pull(1, day('01T10:00:00'), day('02T08:00:00'))
  // There before anybody went on with it.
  pull(2, day('01T07:00:00'), null)
  const checkpoint = (id: string, at: number, files: number): void =>
    insert('checkpoints', {
      id,
      task_id: 'task_2',
      commit: 'a',
      parent: 'b',
      created_at: at,
      files,
      added: 1,
      removed: 0,
      diff: Buffer.alloc(0),
      diff_encoding: 'deflate',
      diff_truncated: 0,
    })
  checkpoint('checkpoint_1', day('01T08:02:00'), 0)
  checkpoint('checkpoint_2', day('01T08:05:00'), 1)
  insert('pull_request_changes', {
    organization_id: 'org_1',
    repository_id: 'repo_1',
    number: 1,
    kind: 'checks_failed',
    payload: '{}',
    at: day('02T07:00:00'),
    seen_at: 1,
  })

  const { waits, failures } = read(openThread())
  expect(waits.change).toMatchObject({ reached: 1, open: 2, median: 5 * 60_000 })
  expect(waits.pullRequest).toMatchObject({ reached: 1, open: 1, median: 2 * 3_600_000 })
  expect(waits.merge).toMatchObject({ reached: 1, open: 2, median: 24 * 3_600_000 })
  expect(failures.checks).toBe(1)
})

it('counts who answered questions of agents', () => {
  const options = JSON.stringify([
    { id: 'yes', name: 'Yes', kind: 'allow_once' },
    { id: 'no', name: 'No', kind: 'reject_once' },
  ])
  const ask = (id: string, state: string, answer: string | null, policy: unknown = null): void =>
    insert('permission_requests', {
      id,
      session_id: 'session_1',
      task_id: 'task_1',
      title: '',
      tool_call: '{}',
      options,
      state,
      answer,
      policy: policy === null ? null : JSON.stringify(policy),
      created_at: day('02T10:00:00'),
    })
  ask('1', 'answered', 'yes', { proposal: null, grounds: null })
  ask('2', 'answered', 'no')
  ask('3', 'answered', 'yes', { proposal: null, grounds: { decision: 'allow' } })
  ask('4', 'expired', null)
  ask('5', 'pending', null)
  const counts = Object.fromEntries(read(openThread()).permissions.map(({ key, count }) => [key, count]))
  expect(counts).toEqual({ person_allowed: 1, person_rejected: 1, policy_allowed: 1, expired: 1, pending: 1 })
})

it('counts failed tools from the search index once there is one, by the kind that the call began with', async () => {
  const turn = addTurn(day('02T10:00:00'))
  let index = 0
  const event = (payload: unknown): void =>
    insert('session_events', {
      session_id: 'session_1',
      first_index: index,
      last_index: index++,
      turn_id: turn,
      at: day('02T10:00:00') + index,
      payload: JSON.stringify(payload),
    })
  const update = (more: Record<string, unknown>): void => event({ type: 'update', update: more })
  update({
    sessionUpdate: 'tool_call',
    toolCallId: 'a',
    title: 'npm test',
    kind: 'execute',
    status: 'pending',
  })
  update({ sessionUpdate: 'tool_call_update', toolCallId: 'a', status: 'failed', title: 'npm test' })
  update({ sessionUpdate: 'tool_call', toolCallId: 'b', title: 'Edit', kind: '__proto__', status: 'failed' })
  event({ type: 'error', error: { kind: 'agent', message: 'The agent went away' } })
  event({ type: 'prompt', text: 'end' })

  const thread = openThread()
  expect(read(thread).failures).toEqual({ tools: [], sessions: 0, checks: 0, index: 'none' })
  const searched = openIndex(data.directory, Date.now)
  opened.push(searched)
  await searched.catchUp()
  expect(read(thread).failures).toEqual({
    tools: [
      { key: 'execute', count: 1 },
      { key: 'other', count: 1 },
    ],
    sessions: 1,
    checks: 0,
    index: 'complete',
  })
  expect(read(thread, { model: 'gpt' }).failures.tools).toEqual([])
})

it('sees what was written since, and gives up what was asked before', () => {
  const thread = openThread()
  expect(read(thread).totals.turns).toBe(0)
  addTurn(day('02T10:00:00'))
  expect(read(thread, { fresh: false }).totals.turns).toBe(0)
  expect(read(thread).totals.turns).toBe(1)
  expect(() => read(thread, {}, 2)).toThrow(expect.objectContaining({ kind: 'cancelled' }))
})

it('answers on a thread of its own, the newest question in any case', async () => {
  addTurn(day('02T10:00:00'))
  const failures: unknown[] = []
  const reader: InsightsReader = createInsights({
    script,
    directory: data.directory,
    nativeBinding: undefined,
    reportError: (error) => failures.push(error),
  })
  opened.push(reader)
  const older = reader.read(question()).then(
    () => 'answered',
    (error: { kind?: string }) => error.kind,
  )
  expect((await reader.read(question())).totals.turns).toBe(1)
  expect(['answered', 'cancelled']).toContain(await older)
  await reader.close()
  await expect(reader.read(question())).rejects.toMatchObject({ kind: 'cancelled' })
  expect(failures).toEqual([])
})
