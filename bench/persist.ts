// What it costs to keep a transcript: our event log on real files, against bare inserts of the same events.
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import Sqlite from 'better-sqlite3'
import type { TranscriptEvent } from '@shared/domain'
import type { SessionId } from '@shared/ids'
import { openDatabases, type Databases } from '../src/main/database'
import { systemClock, type Clock } from '../src/main/session/clock'
import { EventLog } from '../src/main/session/event-log'
import { SessionStore } from '../src/main/session/session-store'
import { readRecordedStreams } from '../tests/support/crash/recorded-streams'
import { createDatabaseWorker } from '../src/main/database/worker-client'
import { bundle } from '../tests/support/bundle'
import { inFolder } from './lib/folder'
import { bench, say } from './lib/report'
import { interleave, median, percentile, ratioOf } from './lib/statistics'

const SESSIONS = 8
const EVENTS_PER_SECOND = 300
const TRANSACTION_SIZES = [1, 10, 100, 1000, 5000]

await bench('persist', async ({ quick }) => {
  const events = recordedEvents(quick ? 30_000 : 100_000)
  say('time blocked on the main thread at a steady rate')
  const blocks = await steady(quick ? 10 : 60)
  say('size on disk')
  const bytesPerChar = await sizeOnDisk()
  say('as fast as it can, against bare inserts')
  const size = await bestTransactionSize(events.slice(0, 20_000))
  const rates = await interleave(5, {
    raw: () => rawRate(events, size),
    ours: () => ourRate(events),
  })
  return {
    rawRowsPerSec: median(rates.raw),
    eventsPerSec: median(rates.ours),
    ratio: ratioOf(rates.ours, rates.raw),
    bytesPerChar,
    mainBlockP99Ms: percentile(
      blocks.map(({ wallMs }) => wallMs),
      0.99,
    ),
    mainCpuP99Ms: percentile(
      blocks.map(({ cpuMs }) => cpuMs),
      0.99,
    ),
    rawRowsPerTransaction: size,
  }
})

/** What a real agent sent, over and over: mostly small pieces of text, with tool calls between them. */
function recordedEvents(count: number): TranscriptEvent[] {
  const turns = readRecordedStreams().flat()
  const updates = turns.flatMap(({ messages }) =>
    messages.flatMap((message) => ('update' in message ? [message.update] : [])),
  )
  return Array.from({ length: count }, (_, n) => ({
    type: 'update',
    update: updates[n % updates.length] ?? {},
  }))
}

/** Our log with a few sessions. `slices` gets every piece of work it does by itself. */
async function openLog(
  directory: string,
  sessions: number,
  slices: Slice[] = [],
): Promise<{ log: EventLog; sessionIds: SessionId[]; databases: Databases }> {
  const databases = await openDatabases({
    directory,
    backupsDirectory: join(directory, 'backups'),
    nativeBinding: undefined,
    uncleanExit: false,
    log: { info: () => undefined, warn: say },
    worker: createDatabaseWorker(
      pathToFileURL(await bundle('src/main/database/worker.ts', 'database-worker')),
      undefined,
    ),
  })
  const { database } = databases
  const store = new SessionStore(database, Date.now)
  const sessionIds = Array.from(
    { length: sessions },
    () =>
      store.insert({
        taskId: 'task_00000000-0000-4000-8000-000000000001',
        agentId: 'opencode',
        modelId: null,
        modeId: null,
      }).id,
  )
  const clock: Clock = {
    now: systemClock.now,
    after: (milliseconds, run) =>
      systemClock.after(milliseconds, () => {
        const cpu = process.threadCpuUsage()
        const start = performance.now()
        run()
        const wallMs = performance.now() - start
        const { user, system } = process.threadCpuUsage(cpu)
        slices.push({ wallMs, cpuMs: (user + system) / 1000 })
      }),
  }
  const log = new EventLog({
    database,
    clock,
    permission: () => null,
    writeFailed: (error) => {
      if (error !== null) throw new Error('The log could not write', { cause: error })
    },
  })
  return { log, sessionIds, databases }
}

/** One flush. On a machine that does other things as well, `wallMs` holds the time given to them. */
interface Slice {
  wallMs: number
  cpuMs: number
}

/** Every flush while the sessions run at the given rate for so many seconds. */
async function steady(seconds: number): Promise<Slice[]> {
  return inFolder(async (directory) => {
    const slices: Slice[] = []
    const { log, sessionIds, databases } = await openLog(directory, SESSIONS, slices)
    const events = recordedEvents(20_000)
    const started = performance.now()
    let sent = 0
    for (let elapsed = 0; elapsed < seconds * 1000; elapsed = performance.now() - started) {
      const due = Math.floor((elapsed / 1000) * EVENTS_PER_SECOND)
      for (; sent < due; sent++) {
        for (const [number, sessionId] of sessionIds.entries()) {
          const event = events[(sent + number * 997) % events.length]
          if (event !== undefined) log.append(sessionId, null, event)
        }
      }
      await wait(1)
    }
    await log.settle()
    databases.close()
    return slices
  })
}

/** Events a second until all of them are on disk. */
async function ourRate(events: TranscriptEvent[]): Promise<number> {
  return inFolder(async (directory) => {
    const { log, sessionIds, databases } = await openLog(directory, SESSIONS)
    const started = performance.now()
    for (const [number, event] of events.entries()) {
      const sessionId = sessionIds[number % SESSIONS]
      if (sessionId !== undefined) log.append(sessionId, null, event)
      // As the app would: the log writes when the loop gets to it.
      if (number % 2000 === 1999) await wait(0)
    }
    await log.settle()
    const seconds = (performance.now() - started) / 1000
    databases.close()
    return events.length / seconds
  })
}

/** Rows a second of the same events as JSON, one row each, with nothing around it. */
async function rawRate(events: TranscriptEvent[], perTransaction: number): Promise<number> {
  return inFolder((directory) => {
    const connection = new Sqlite(join(directory, 'raw.db'))
    connection.pragma('journal_mode = WAL')
    connection.pragma('synchronous = NORMAL')
    connection.exec(
      `CREATE TABLE events (session_id text NOT NULL, first_index integer NOT NULL, at integer NOT NULL,
        payload text NOT NULL, PRIMARY KEY (session_id, first_index))`,
    )
    const insert = connection.prepare('INSERT INTO events VALUES (?, ?, ?, ?)')
    const sessionIds = Array.from(
      { length: SESSIONS },
      (_, n) => `session_00000000-0000-4000-8000-00000000000${n}`,
    )
    const write = connection.transaction((from: number) => {
      for (const [offset, event] of events.slice(from, from + perTransaction).entries()) {
        const number = from + offset
        insert.run(
          sessionIds[number % SESSIONS],
          Math.floor(number / SESSIONS),
          Date.now(),
          JSON.stringify(event),
        )
      }
    })
    const started = performance.now()
    for (let from = 0; from < events.length; from += perTransaction) write(from)
    const seconds = (performance.now() - started) / 1000
    connection.close()
    return Promise.resolve(events.length / seconds)
  })
}

async function bestTransactionSize(events: TranscriptEvent[]): Promise<number> {
  let best = { size: 1, rate: 0 }
  for (const size of TRANSACTION_SIZES) {
    const rate = await rawRate(events, size)
    if (rate > best.rate) best = { size, rate }
  }
  return best.size
}

/** Bytes of the file for each character of 100 answers of 10,000 characters in 3,000 pieces. */
async function sizeOnDisk(): Promise<number> {
  const text = readRecordedStreams()
    .flat()
    .flatMap(({ messages }) => messages)
    .map((message) => ('update' in message ? JSON.stringify(message.update['content'] ?? '') : ''))
    .join('')
    .slice(0, 10_000)
  return inFolder(async (directory) => {
    const { log, sessionIds, databases } = await openLog(directory, 100)
    const sizeNow = async (): Promise<number> => {
      databases.database.commands.$client.pragma('wal_checkpoint(TRUNCATE)')
      return (await stat(databases.file)).size
    }
    const before = await sizeNow()
    for (let piece = 0; piece < 3000; piece++) {
      const from = Math.floor((piece * text.length) / 3000)
      const to = Math.floor(((piece + 1) * text.length) / 3000)
      const update = {
        sessionUpdate: 'agent_message_chunk',
        messageId: 'msg_1',
        content: { type: 'text', text: text.slice(from, to) },
      }
      for (const sessionId of sessionIds) log.append(sessionId, null, { type: 'update', update })
      if (piece % 100 === 99) await wait(0)
    }
    await log.settle()
    const bytes = (await sizeNow()) - before
    databases.close()
    return bytes / (100 * text.length)
  })
}
