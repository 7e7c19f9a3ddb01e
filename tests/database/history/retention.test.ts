import { join } from 'node:path'
import { deflateSync } from 'node:zlib'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Job } from '@shared/domain'
import type { SessionId, TaskId } from '@shared/ids'
import type { RetentionPolicy } from '@shared/keeping-policy'
import { createAuditLog } from '../../../src/main/audit-log/audit-log'
import { createRetention } from '../../../src/main/boot/retention'
import { createJobs, type Jobs } from '../../../src/main/jobs/jobs'
import { AttachmentStore } from '../../../src/main/session/attachments'
import { EventLog } from '../../../src/main/session/event-log'
import { openTestDatabase, type TestDatabase } from '../../support/database'
import { inProcessWorker } from '../../support/database-folder'
import { openIndex, readIndex } from '../../support/search-index'
import { ManualClock } from '../../unit/session/clock'

const DAY = 86_400_000
const NOW = 1_000 * DAY
const session = 'session_1' as SessionId
const nothing: RetentionPolicy = { outputDays: 0, attachmentDays: 0, packDays: 0 }

let data: TestDatabase
let jobs: Jobs
let policy: RetentionPolicy
let backups: number
let failing: boolean
let later: (() => void)[]
let time: number
let errors: unknown[]

beforeEach(async () => {
  data = await openTestDatabase()
  policy = nothing
  backups = 0
  failing = false
  later = []
  time = NOW
  errors = []
  insert('organizations', { id: 'o', kind: 'local', name: 'Here', created_at: 1, state: 'ok' })
  insert('repositories', {
    id: 'r',
    organization_id: 'o',
    name: 'parser',
    local_path: '/p',
    created_at: 1,
    last_used_at: 1,
  })
  insert('tasks', {
    id: 'task_1',
    organization_id: 'o',
    repository_id: 'r',
    head_repository: 'r',
    branch: 'b',
    title: 'Fix the parser',
    prompt: '',
    created_at: 1,
    updated_at: 1,
  })
  insert('sessions', { id: session, task_id: 'task_1', name: 'A', agent_id: 'claude', created_at: 1 })
  insert('turns', { id: 'turn_1', session_id: session, task_id: 'task_1', prompt: 'p', started_at: 1 })
})
afterEach(async () => {
  await jobs.shutdown()
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

/** A row that was cut to its first word. */
function addEvent(first: number, at: number, event: object): void {
  const full = JSON.stringify(event)
  const short = JSON.stringify(event, (_key, value: unknown) =>
    typeof value === 'string' && value.includes(' ') ? value.slice(0, value.indexOf(' ')) : value,
  )
  insert('session_events', {
    session_id: session,
    first_index: first,
    last_index: first,
    turn_id: 'turn_1',
    at,
    payload: short,
    full_bytes: full.length,
    full: deflateSync(full),
  })
}

const call = (fields: object) => ({
  type: 'update',
  update: { sessionUpdate: 'tool_call', status: 'completed', ...fields },
})
const output = (text: string) => [{ type: 'content', content: { type: 'text', text } }]

function start() {
  const audit = createAuditLog(data.database, () => time)
  jobs = createJobs({
    database: data.database,
    now: () => time,
    changed: () => undefined,
    reportError: (error) => errors.push(error),
  })
  const retention = createRetention({
    database: data.database,
    file: join(data.directory, 'foundry.db'),
    worker: inProcessWorker,
    jobs,
    audit,
    actor: 'user_1',
    now: () => time,
    schedule: (_ms, run) => {
      later.push(run)
      return () => undefined
    },
    policy: () => policy,
    setPolicy: async (next) => void (policy = next),
    projection: { find: () => null },
    packs: { keptBefore: () => [], erase: async () => undefined },
    async backUp() {
      if (failing) throw new Error('There is no room for a backup')
      backups += 1
    },
    changed: () => undefined,
    reportError: (error) => errors.push(error),
  })
  const apply = async (next: RetentionPolicy, clockIsRight = false): Promise<Job | null> => {
    const job = (await retention.handlers.apply({ policy: next, clockIsRight })) as Job | null
    return job === null ? null : jobs.finished(job.id)
  }
  /** One of its looks: what it has begun, or null. */
  const look = async (): Promise<Job | null> => {
    later.pop()?.()
    // Asks the worker as a look does, behind it.
    await retention.handlers.held(undefined)
    const [job] = jobs.running()
    return job === undefined ? null : jobs.finished(job.id)
  }
  return { retention, audit, apply, look }
}

const fulls = (): number[] =>
  data.database.commands.$client
    .prepare<[], number>('SELECT first_index FROM session_events WHERE full IS NOT NULL ORDER BY first_index')
    .pluck()
    .all()

function addHistory(): void {
  const old = NOW - 40 * DAY
  addEvent(0, old, { type: 'prompt', text: 'Please read everything' })
  addEvent(1, old, {
    type: 'update',
    update: { sessionUpdate: 'agent_message_chunk', content: { type: 'text', text: 'Well now' } },
  })
  addEvent(2, old, call({ title: 'Run', kind: 'execute', content: output('begun quokka') }))
  addEvent(3, old, call({ title: 'Edit', kind: 'edit', content: output('done wombat') }))
  addEvent(
    4,
    old,
    call({ title: 'Write', content: [{ type: 'diff', path: 'a', oldText: 'x y', newText: 'z z' }] }),
  )
  addEvent(
    5,
    old,
    call({ title: 'Write', rawInput: { content: 'all of it' }, content: output('done numbat') }),
  )
  addEvent(6, NOW - DAY, call({ title: 'Run', kind: 'execute', content: output('fresh dingo') }))
  insert('prompt_attachments', {
    id: 'attachment_1',
    session_id: session,
    owner_id: 'turn_1',
    name: 'a.png',
    mime_type: 'image/png',
    content: Buffer.from('picture'),
    created_at: old,
  })
  insert('prompt_attachments', {
    id: 'attachment_2',
    session_id: session,
    owner_id: null,
    name: 'draft.png',
    mime_type: 'image/png',
    content: Buffer.from('draft'),
    created_at: old,
  })
}

it('previews exactly what it then removes: output of tools, and nothing else', async () => {
  addHistory()
  const { retention, audit, apply } = start()
  const wanted = { outputDays: 30, attachmentDays: 30, packDays: 0 }
  const preview = await retention.handlers.preview(wanted)
  expect(preview).toMatchObject({
    output: { count: 1, oldest: NOW - 40 * DAY },
    attachments: { count: 1, bytes: 7 },
    packs: { count: 0, bytes: 0, oldest: null },
    tasks: [{ taskId: 'task_1' as TaskId, title: 'Fix the parser', count: 2 }],
  })
  expect(fulls()).toEqual([0, 1, 2, 3, 4, 5, 6])

  expect(await apply(wanted)).toMatchObject({ state: 'succeeded' })
  expect(backups).toBe(1)
  expect(fulls()).toEqual([0, 1, 3, 4, 5, 6])
  expect(audit.page({ kinds: ['data.retention.ran'], cursor: null }).rows[0]?.payload).toMatchObject({
    at: NOW,
    count: 2,
    output: 1,
    attachments: 1,
  })

  const clock = new ManualClock()
  const log = new EventLog({
    database: data.database,
    clock,
    permission: () => null,
    writeFailed: () => undefined,
  })
  const { rows } = log.before(session, 100, 100)
  expect(rows.find(({ first }) => first === 2)).toMatchObject({
    removedAt: NOW,
    event: { update: { content: [{ content: { text: 'begun' } }] } },
  })
  expect(rows.find(({ first }) => first === 2)?.cut).toBeGreaterThan(0)
  expect(rows.find(({ first }) => first === 3)?.removedAt).toBeUndefined()
  await expect(log.payload(session, 2, 0)).rejects.toMatchObject({ kind: 'not_found' })

  const attachments = new AttachmentStore(data.database, () => NOW)
  expect(() => attachments.read('attachment_1' as never)).toThrow(/Removed by your policy on/)
  expect(attachments.of(session, 'turn_1' as never)).toMatchObject([{ name: 'a.png', bytes: 7 }])
  expect(Buffer.from(attachments.read('attachment_2' as never)).toString()).toBe('draft')
  expect(errors).toEqual([])
})

it('does nothing before a person has applied a policy, nothing without its backup, and runs daily from then on', async () => {
  addHistory()
  const { retention, apply, look } = start()
  retention.start()
  expect(await look()).toBeNull()
  expect(await apply(nothing)).toBeNull()

  failing = true
  expect(await apply({ ...nothing, outputDays: 30 })).toMatchObject({ state: 'failed' })
  expect(fulls()).toEqual([0, 1, 2, 3, 4, 5, 6])

  failing = false
  // Due, as no run has come to its end.
  expect(await look()).toMatchObject({ state: 'succeeded' })
  // The first that comes to its end has a backup before it.
  expect(backups).toBe(1)
  expect(fulls()).toEqual([0, 1, 3, 4, 5, 6])
  // Not due again today.
  expect(await look()).toBeNull()
  time += DAY
  expect(await look()).toMatchObject({ state: 'succeeded' })
})

const pullRequest = (updatedAt: number): Record<string, unknown> => ({
  repository_id: 'r',
  number: 1,
  organization_id: 'o',
  node_id: 'n1',
  title: 'Fix',
  body: '',
  state: 'open',
  is_draft: 0,
  url: 'https://example.com/1',
  head_ref: 'fix',
  base_ref: 'main',
  requested_reviewers: '[]',
  labels: '[]',
  comments: 0,
  checks: 'none',
  mergeable: 'unknown',
  checked_at: 1,
  created_at: 1,
  updated_at: updatedAt,
  generation: 1,
})
const wanted: RetentionPolicy = { ...nothing, outputDays: 30 }

it('takes nothing by a clock that is far ahead, says so, and goes on where a person says that it is right', async () => {
  addHistory()
  const { retention, audit, apply, look } = start()
  retention.start()
  await apply(wanted)
  expect(fulls()).toEqual([0, 1, 3, 4, 5, 6])
  // Ten years ahead: what was fresh looks old.
  const known = time
  time += 3650 * DAY
  expect(await look()).toBeNull()
  expect(await retention.handlers.held(undefined)).toEqual({ now: time, known })
  expect(await retention.handlers.preview(wanted)).toMatchObject({
    now: time,
    clock: { now: time, known },
    output: { count: 1 },
  })
  await expect(apply({ ...wanted, outputDays: 7 })).rejects.toMatchObject({ kind: 'conflict' })
  expect(policy).toEqual(wanted)
  // What is written down by that clock meanwhile proves nothing.
  audit.append({ kind: 'data.retention.ran', actor: 'system', payload: {} })
  expect(await look()).toBeNull()
  expect(fulls()).toEqual([0, 1, 3, 4, 5, 6])
  // Set right, it goes on by itself.
  time = known + DAY
  expect(await look()).toMatchObject({ state: 'succeeded' })
  expect(await retention.handlers.held(undefined)).toBeNull()
  expect(fulls()).toEqual([0, 1, 3, 4, 5, 6])

  time = known + 40 * DAY
  expect(await look()).toBeNull()
  expect(await apply(wanted, true)).toMatchObject({ state: 'succeeded' })
  expect(fulls()).toEqual([0, 1, 3, 4, 5])
  // By a run that is to be in the future nothing is measured.
  time = known + 2 * DAY
  expect(await look()).toMatchObject({ state: 'succeeded' })
  time += 20 * DAY
  expect(await look()).toBeNull()
})

it('believes the clock of GitHub that somebody was away for long', async () => {
  const { retention, apply, look } = start()
  retention.start()
  await apply(wanted)
  time += 90 * DAY
  expect(await look()).toBeNull()
  insert('pull_requests', pullRequest(time - DAY))
  expect(await retention.handlers.held(undefined)).toBeNull()
  expect(await look()).toMatchObject({ state: 'succeeded' })
  // One from the future is not believed.
  insert('pull_requests', { ...pullRequest(time + 5000 * DAY), number: 2, node_id: 'n2' })
  time += 60 * DAY
  expect(await look()).toBeNull()
})

it('asks before the first run where what was written down before is long ago', async () => {
  addHistory()
  createAuditLog(data.database, () => NOW).append({
    kind: 'data.retention.ran',
    actor: 'system',
    payload: {},
  })
  time = NOW + 400 * DAY
  const { apply, retention } = start()
  expect(await retention.handlers.preview(wanted)).toMatchObject({ clock: { known: NOW } })
  await expect(apply(wanted)).rejects.toMatchObject({ kind: 'conflict' })
  expect(backups).toBe(0)
  expect(await apply(wanted, true)).toMatchObject({ state: 'succeeded' })
})

it('takes what went out of the search: the index is what a new one would be', async () => {
  addHistory()
  const index = openIndex(data.directory, () => NOW)
  const { apply } = start()
  await index.catchUp()
  const words = (name: string) => readIndex(index.connection).filter((row) => row.includes(name)).length
  expect(words('quokka')).toBe(1)
  await apply({ ...nothing, outputDays: 30 })
  await index.catchUp()
  expect(words('quokka')).toBe(0)
  expect(words('wombat')).toBe(1)
  const fresh = openIndex(data.directory, () => NOW, 'other.db')
  await fresh.catchUp()
  expect(readIndex(index.connection)).toEqual(readIndex(fresh.connection))
  fresh.close()
  index.close()
})
