import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { transcriptEventSchema } from '@shared/domain'
import type { SessionId } from '@shared/ids'
import type Sqlite from 'better-sqlite3'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createJobs } from '../../../src/main/jobs/jobs'
import { recoverSessions } from '../../../src/main/session/recovery'
import { bundle } from '../../support/bundle'
import type { Acknowledgement } from '../../support/crash/acknowledgement'
import { chunkText, readRecordedStreams, textOf } from '../../support/crash/recorded-streams'
import { DatabaseFolder } from '../../support/database-folder'
import { seededRandom } from '../../support/seeded-random'

const KILLS = 30
const seed = Number(process.env['KILL_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
const random = seededRandom(seed)
const recorded = readRecordedStreams()

let folder: DatabaseFolder
let script: string
beforeAll(async () => {
  folder = await DatabaseFolder.make()
  script = await bundle('tests/support/crash/coordinator-process.ts', 'coordinator-process')
})
afterAll(async () => {
  await folder.remove()
})

/** All that was ever acknowledged, over all kills. */
const known = {
  sessions: [] as SessionId[],
  prompts: [] as Extract<Acknowledgement, { type: 'prompt' }>[],
  permissions: new Map<string, string>(),
  drafts: new Map<string, string>(),
  names: new Map<string, string>(),
  turnsEnded: new Map<string, number>(),
  jobs: new Set<string>(),
  jobsEnded: new Set<string>(),
}

it(`${KILLS} kills at random moments lose nothing that was acknowledged (KILL_SEED=${seed})`, async () => {
  for (let kill = 0; kill < KILLS; kill++) {
    for (const line of await runAndKill(kill)) learn(line)
    const { database, close } = await folder.open({ uncleanExit: true })
    const client = database.commands.$client
    try {
      expectSound(client)
      expectNothingLost(client)
      expectTruthAfterRecovery(client, () => {
        recoverSessions(database, Date.now)
      })
      expectOrderedRows(client)
      expectTextsAsRecorded(client)
      expectResumableJobs(database)
    } catch (error) {
      throw new Error(`after kill ${kill + 1} with KILL_SEED=${seed}`, { cause: error })
    } finally {
      close()
    }
  }
  expect(known.prompts.length).toBeGreaterThan(KILLS)
  expect(known.permissions.size).toBeGreaterThan(0)
  expect(known.turnsEnded.size).toBe(3)
}, 300_000)

/** What it said until it died. It is killed while it starts, or while it works. */
async function runAndKill(kill: number): Promise<string[]> {
  const child = spawn(process.execPath, [script, folder.directory, String(seed + kill)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let complaints = ''
  child.stderr.on('data', (bytes: Buffer) => (complaints += bytes.toString()))
  const lines: string[] = []
  const atStart = kill > 0 && random() < 0.2
  let timer = atStart ? setTimeout(() => child.kill('SIGKILL'), random() * 400) : undefined
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line)
    timer ??= setTimeout(() => child.kill('SIGKILL'), random() * 600)
  })
  // Killed all the same when it says nothing: then the complaint below names what it did say.
  const silence = setTimeout(() => child.kill('SIGABRT'), 20_000)
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
  clearTimeout(timer)
  clearTimeout(silence)
  expect({ code, signal, complaints }).toEqual({ code: null, signal: 'SIGKILL', complaints: '' })
  return lines
}

function learn(line: string): void {
  // Written in one piece after the commit: a line is there or it is not.
  const said = JSON.parse(line) as Acknowledgement
  switch (said.type) {
    case 'sessions':
      known.sessions.push(...said.ids)
      break
    case 'prompt':
      known.prompts.push(said)
      break
    case 'permission':
      known.permissions.set(said.id, said.optionId)
      break
    case 'draft':
      known.drafts.set(said.sessionId, said.text)
      break
    case 'name':
      known.names.set(said.sessionId, said.name)
      break
    case 'turn_ended':
      known.turnsEnded.set(said.sessionId, (known.turnsEnded.get(said.sessionId) ?? 0) + 1)
      break
    case 'job':
      known.jobs.add(said.id)
      break
    case 'job_ended':
      known.jobsEnded.add(said.id)
      break
  }
}

function expectSound(client: Sqlite.Database): void {
  expect(client.pragma('integrity_check', { simple: true })).toBe('ok')
  expect(client.pragma('foreign_key_check')).toEqual([])
}

function expectNothingLost(client: Sqlite.Database): void {
  const column = (sql: string): string[] => client.prepare(sql).pluck().all() as string[]
  const pairs = (sql: string) => new Map(client.prepare(sql).raw().all() as [string, string][])

  expect(column('SELECT id FROM sessions')).toEqual(expect.arrayContaining(known.sessions))
  // A prompt waits, or a turn was made of it: one of the two, once, and the audit log knows of it.
  const places = column('SELECT text FROM queued_prompts UNION ALL SELECT prompt FROM turns').toSorted()
  expect(places).toEqual([...new Set(places)])
  expect(known.prompts.map(({ text }) => text).filter((text) => !places.includes(text))).toEqual([])
  const audited = new Set(
    column("SELECT payload ->> 'promptId' FROM audit_events WHERE kind = 'task.message.sent'"),
  )
  expect(known.prompts.filter(({ id }) => !audited.has(id))).toEqual([])
  expect(audited.size).toBe(places.length)

  const answers = pairs("SELECT id, answer FROM permission_requests WHERE state = 'answered'")
  for (const [id, optionId] of known.permissions) expect([id, answers.get(id)]).toEqual([id, optionId])
  const drafts = pairs('SELECT session_id, draft FROM user_session_state')
  for (const [id, text] of known.drafts) expectAtLeast(drafts.get(id), text)
  const names = pairs('SELECT id, name FROM sessions')
  for (const [id, name] of known.names) expectAtLeast(names.get(id), name)

  const jobs = pairs('SELECT id, state FROM jobs')
  expect([...known.jobs].filter((id) => !jobs.has(id))).toEqual([])
  expect([...known.jobsEnded].filter((id) => jobs.get(id) !== 'succeeded')).toEqual([])
  const ended = pairs(
    "SELECT session_id, count(*) FROM turns WHERE ended_at IS NOT NULL AND stop_reason <> 'interrupted' GROUP BY 1",
  )
  for (const [id, count] of known.turnsEnded) expect(Number(ended.get(id))).toBeGreaterThanOrEqual(count)
}

/** What was acknowledged, or what came after it and was cut off before it could be. */
function expectAtLeast(stored: string | undefined, acknowledged: string): void {
  const order = (text: string | undefined): number[] => (text ?? '').split(/[ -]/).slice(1).map(Number)
  const [run = 0, step = 0] = order(stored)
  const [acknowledgedRun = 0, acknowledgedStep = 0] = order(acknowledged)
  expect(run > acknowledgedRun || (run === acknowledgedRun && step >= acknowledgedStep)).toBe(true)
}

interface TurnRow {
  id: string
  session_id: string
  prompt: string
  stop_reason: string | null
}

function expectTruthAfterRecovery(client: Sqlite.Database, recover: () => void): void {
  const open = client.prepare('SELECT id FROM turns WHERE ended_at IS NULL').pluck().all()
  // One turn at a time in a session, whatever happened.
  expect(open.length).toBeLessThanOrEqual(3)
  const before = client.prepare('SELECT * FROM turns WHERE ended_at IS NOT NULL ORDER BY id').all()
  recover()
  expect(client.prepare('SELECT * FROM turns WHERE ended_at IS NULL').all()).toEqual([])
  expect(client.prepare("SELECT * FROM permission_requests WHERE state = 'pending'").all()).toEqual([])
  const unchanged = client.prepare('SELECT * FROM turns ORDER BY id').all() as TurnRow[]
  expect(unchanged.filter(({ id }) => !open.includes(id))).toEqual(before)
  const wereOpen = unchanged.filter(({ id }) => open.includes(id))
  expect(wereOpen.filter((turn) => turn.stop_reason !== 'interrupted')).toEqual([])
  // The transcript says of each turn what the turn says, once.
  const said = client
    .prepare(
      `SELECT turn_id AS id, payload ->> 'stopReason' AS stop_reason FROM session_events
       WHERE payload ->> 'type' = 'turn_ended' ORDER BY turn_id`,
    )
    .all()
  expect(said).toEqual(unchanged.map(({ id, stop_reason }) => ({ id, stop_reason })))
}

interface EventRow {
  session_id: string
  first_index: number
  last_index: number
  payload: string
}

function expectOrderedRows(client: Sqlite.Database): void {
  const rows = client
    .prepare(
      'SELECT session_id, first_index, last_index, payload FROM session_events ORDER BY session_id, first_index',
    )
    .all() as EventRow[]
  let [session, next] = ['', 0]
  for (const row of rows) {
    if (row.session_id !== session) [session, next] = [row.session_id, 0]
    expect([row.session_id, row.first_index]).toEqual([session, next])
    expect(row.last_index).toBeGreaterThanOrEqual(row.first_index)
    next = row.last_index + 1
    const event: unknown = JSON.parse(row.payload)
    const isPermission = (event as { type: string }).type === 'permission'
    if (!isPermission) transcriptEventSchema.parse(event)
  }
}

/** The answer of a turn that ended is what the agent said, to the letter; of one cut off, its beginning. */
function expectTextsAsRecorded(client: Sqlite.Database): void {
  const turns = client.prepare('SELECT id, session_id, prompt, stop_reason FROM turns').all() as TurnRow[]
  const payloads = client
    .prepare('SELECT payload FROM session_events WHERE turn_id = ? ORDER BY first_index')
    .pluck()
  for (const turn of turns) {
    const [session = 0, number = 0] = (turn.prompt.split(' ')[0] ?? '').split('.').map(Number)
    const script = recorded[session]?.[number]
    if (script === undefined) throw new Error(`Nobody sent ${turn.prompt}`)
    const events = (payloads.all(turn.id) as string[]).map((payload) => transcriptEvent(payload))
    expect(events[0]).toMatchObject({ type: 'prompt', text: turn.prompt })
    const said = events.map((event) => chunkText(event.update ?? {})).join('')
    const whole = textOf(script)
    expect(said).toBe(turn.stop_reason === 'end_turn' ? whole : whole.slice(0, said.length))
  }
}

function transcriptEvent(payload: string): { type: string; text?: string; update?: Record<string, unknown> } {
  return JSON.parse(payload) as { type: string }
}

function expectResumableJobs(database: Parameters<typeof createJobs>[0]['database']): void {
  const jobs = createJobs({ database, now: Date.now, changed: () => undefined, reportError: () => undefined })
  for (const job of jobs.running()) expect(known.jobsEnded.has(job.id)).toBe(false)
}
