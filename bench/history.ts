// Two thousand old sessions, one of them of 100,000 events: opened one after the other as the app reads them, and the
// history of tasks told from them on its thread: what the longest comes to, and pages of timelines.
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { deflateSync } from 'node:zlib'
import Sqlite from 'better-sqlite3'
import type { SessionId } from '@shared/ids'
import { newId } from '../src/main/database'
import { createDatabase, openConnection } from '../src/main/database/connection'
import { createTaskRecord, type TaskRecord } from '../src/main/history/record/record'
import { cutValue } from '../src/main/session/cutting'
import { EventLog } from '../src/main/session/event-log'
import { systemClock } from '../src/main/session/clock'
import { SessionStore } from '../src/main/session/session-store'
import { bundle } from '../tests/support/bundle'
import { seededRandom } from '../tests/support/seeded-random'
import { inFolder } from './lib/folder'
import { watchMain } from './lib/main-thread'
import { bench, say } from './lib/report'
import { seedSearch } from './lib/seed-search'
import { median, percentile } from './lib/statistics'

const SESSIONS = 2000
const LONG = 100_000
/** Each so many events of the long session a command prints so much. */
const OUTPUT_EVERY = 250
const OUTPUT_BYTES = 200_000
const OPENED = 400
/** The newest page of all that happened. */
const page = { sessionId: null, group: null, who: null, cursor: null }

await bench('history', async ({ quick }) => {
  const script = pathToFileURL(await bundle('src/main/history/record/worker.ts', 'record-worker'))
  return inFolder(async (directory) => {
    const events = quick ? 100_000 : 900_000
    say(`${events} events of ${SESSIONS} sessions, and one of ${LONG}`)
    await seedSearch(directory, { events, sessions: SESSIONS, keepTexts: 0 })
    const long = writeLong(directory)
    const rounds = quick ? 3 : 5
    const opened = openSessions(directory, long.sessionId)
    say('what the longest comes to')
    const digests: number[] = []
    const blocks: number[] = []
    for (let round = 0; round < rounds; round++) {
      const record = start(script, directory)
      // The thread is there before somebody waits for it, as after the first look at a history.
      await record.timeline({ ...page, taskId: long.otherTaskId })
      const main = watchMain()
      digests.push(await timed(() => untilRead(record, long.taskId)))
      blocks.push(main.stop())
      record.close()
    }
    say('timelines')
    const record = start(script, directory)
    await untilRead(record, long.taskId)
    const timelines: number[] = []
    for (const taskId of tasksOf(directory, OPENED))
      timelines.push(await timed(() => record.timeline({ ...page, taskId })))
    const longTimelines: number[] = []
    for (let round = 0; round < 20; round++)
      longTimelines.push(await timed(() => record.timeline({ ...page, taskId: long.taskId })))
    record.close()
    return {
      events: events + LONG,
      openSessionP50Ms: median(opened),
      openSessionP95Ms: percentile(opened, 0.95),
      digestMs: median(digests),
      timelineMs: percentile(timelines, 0.95),
      longTimelineMs: median(longTimelines),
      mainBlockMs: Math.max(...blocks),
    }
  })
})

function start(script: URL, directory: string): TaskRecord {
  return createTaskRecord({
    script,
    directory,
    nativeBinding: undefined,
    reportError(error, what) {
      throw new Error(`${what} failed`, { cause: error })
    },
  })
}

async function timed(run: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await run()
  return performance.now() - startedAt
}

async function untilRead(record: TaskRecord, taskId: string): Promise<void> {
  for (;;) {
    const { reading, events } = await record.summary({ taskId, sessionId: null, from: 0 })
    if (reading !== null) continue
    if (events !== LONG) throw new Error(`${events} events were read`)
    return
  }
}

/** As the app reads what it shows first, each session for the first time since it started. */
function openSessions(directory: string, long: string): number[] {
  const file = join(directory, 'foundry.db')
  const connections = [
    openConnection(file, { synchronous: 'FULL' }),
    openConnection(file, { synchronous: 'NORMAL' }),
  ] as const
  const database = createDatabase(...connections)
  const log = new EventLog({
    database,
    clock: systemClock,
    permission: () => null,
    writeFailed: () => undefined,
  })
  const store = new SessionStore(database, Date.now)
  const random = seededRandom(5)
  const all = connections[0].prepare<[], string>('SELECT id FROM sessions').pluck().all()
  const chosen = Array.from({ length: OPENED }, () => all[Math.floor(random() * all.length)] ?? long)
  const times = [long, ...chosen].map((id) => {
    const startedAt = performance.now()
    store.session(id as SessionId)
    const { rows } = log.before(id as SessionId, Number.MAX_SAFE_INTEGER, 100)
    JSON.stringify(rows)
    return performance.now() - startedAt
  })
  for (const connection of connections) connection.close()
  return times
}

function tasksOf(directory: string, count: number): string[] {
  const connection = new Sqlite(join(directory, 'foundry.db'), { readonly: true })
  const ids = connection.prepare<[number], string>('SELECT id FROM tasks LIMIT ?').pluck().all(count)
  connection.close()
  return ids
}

/** A session that went on for weeks: what agents think, say and do, and commands that print much. */
function writeLong(directory: string): { taskId: string; sessionId: string; otherTaskId: string } {
  const connection = new Sqlite(join(directory, 'foundry.db'))
  connection.pragma('synchronous = OFF')
  const other = connection
    .prepare('SELECT id, organization_id, repository_id FROM tasks LIMIT 1')
    .get() as Record<string, string>
  const [taskId, sessionId] = [newId('task'), newId('session')]
  const began = Date.now() - LONG * 1000
  connection
    .prepare(
      `INSERT INTO tasks (id, organization_id, repository_id, head_repository, branch, title, prompt, created_at, updated_at)
       VALUES (?, ?, ?, ?, 'foundry/long', 'Long', '', ?, ?)`,
    )
    .run(taskId, other['organization_id'], other['repository_id'], other['repository_id'], began, began)
  connection
    .prepare(
      `INSERT INTO sessions (id, task_id, name, agent_id, created_at) VALUES (?, ?, 'Long', 'claude', ?)`,
    )
    .run(sessionId, taskId, began)
  const addTurn = connection.prepare(
    `INSERT INTO turns (id, session_id, task_id, prompt, started_at, ended_at, stop_reason)
     VALUES (?, ?, ?, 'Go on', ?, ?, 'end_turn')`,
  )
  const addEvent = connection.prepare(
    `INSERT INTO session_events (session_id, first_index, last_index, turn_id, at, payload, full_bytes, full)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const random = seededRandom(9)
  const words = (count: number): string =>
    Array.from({ length: count }, () => Math.floor(random() * 1e6).toString(36)).join(' ')
  let turnId = ''
  const write = connection.transaction(() => {
    for (let index = 0; index < LONG; index++) {
      const at = began + index * 1000
      if (index % 200 === 0) {
        turnId = newId('turn')
        addTurn.run(turnId, sessionId, taskId, at, at + 199_000)
      }
      const event = longEvent(index, words)
      const { value, cut } = cutValue(event)
      const whole = cut ? JSON.stringify(event) : null
      addEvent.run(
        sessionId,
        index,
        index,
        turnId,
        at,
        JSON.stringify(value),
        whole?.length ?? null,
        whole === null ? null : deflateSync(whole),
      )
    }
  })
  write()
  connection.pragma('wal_checkpoint(TRUNCATE)')
  connection.close()
  return { taskId, sessionId, otherTaskId: String(other['id']) }
}

function longEvent(index: number, words: (count: number) => string): unknown {
  const update = (fields: Record<string, unknown>) => ({ type: 'update', update: fields })
  const text = (said: string) => ({ type: 'text', text: said })
  if (index % 200 === 0) return { type: 'prompt', text: words(30) }
  if (index % 200 === 199)
    return { type: 'turn_ended', stopReason: 'end_turn', durationMs: 1, usage: null, checkpoint: null }
  const command = {
    sessionUpdate: 'tool_call',
    toolCallId: `call-${index}`,
    kind: 'execute',
    title: `make ${index % 37}`,
    rawInput: { command: `make ${index % 37}` },
    status: index % 3 === 0 ? 'failed' : 'completed',
  }
  if (index % OUTPUT_EVERY === 1)
    return update({
      ...command,
      content: [{ type: 'content', content: text(words(OUTPUT_BYTES / 5)) }],
    })
  switch (index % 10) {
    case 1:
    case 2:
    case 3:
      return update({ sessionUpdate: 'agent_thought_chunk', content: text(words(60)) })
    case 4:
    case 5:
      return update({ sessionUpdate: 'agent_message_chunk', content: text(words(80)) })
    case 6:
      return update({ ...command, content: [{ type: 'content', content: text(words(80)) }] })
    default:
      return update({
        sessionUpdate: 'tool_call',
        toolCallId: `call-${index}`,
        kind: 'read',
        title: `Read src/${index % 300}.ts`,
        status: 'completed',
        rawInput: { path: `src/${index % 300}.ts` },
        content: [{ type: 'content', content: text(words(120)) }],
      })
  }
}
