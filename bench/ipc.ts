// What the contract costs on top of bare IPC: lookup, check of the sender, parsing of the input, status of each
// task; against a handler that answers the same from one prepared statement, through the same function of the
// context bridge.
import type { Page } from '@playwright/test'
import type { FoundryBridge } from '@shared/bridge'
import type Sqlite from 'better-sqlite3'
import type Electron from 'electron'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { startApp } from '../tests/e2e/support/app'
import { createWorld } from '../tests/e2e/support/world'
import { bench } from './lib/report'
import { seedDataFolder } from './lib/seed'
import { median, ratioOf } from './lib/statistics'

const JOB = 'job_00000000-0000-4000-8000-000000000001'
type Side = 'raw' | 'call' | 'rawPage' | 'page'

await bench('ipc', async ({ quick }) => {
  const world = await createWorld()
  try {
    await seedDataFolder(world.foundry, { repositories: 50, tasks: 10_000, sessions: 200, events: 10 })
    addJob(join(world.foundry, 'foundry.db'))
    const app = await startApp(world, { trace: false })
    try {
      const { topic, cursor } = await app.window.evaluate(findPage)
      // The window has all its topics by now: the channel that gives it one can answer for the bare side.
      await app.electron.evaluate(answerBare, join(world.foundry, 'foundry.db'))
      await app.window.evaluate(expectSameAnswers, { topic, cursor, job: JOB })
      const figures: Record<Side, number[]> = { raw: [], call: [], rawPage: [], page: [] }
      const rounds = quick ? 9 : 25
      // The first round warms up both ends.
      for (let round = 0; round <= rounds; round++) {
        const times = await measure(app.window, { topic, cursor, job: JOB, turn: round })
        if (round > 0) for (const side of Object.keys(figures) as Side[]) figures[side].push(times[side])
      }
      return {
        rawUs: median(figures.raw),
        callUs: median(figures.call),
        ratio: ratioOf(figures.call, figures.raw),
        rawPageUs: median(figures.rawPage),
        pageUs: median(figures.page),
        pageRatio: ratioOf(figures.page, figures.rawPage),
      }
    } finally {
      await app.quit()
    }
  } finally {
    await world.remove()
  }
})

/** Where the second page of the task list begins. Runs in the window. */
async function findPage(): Promise<{ topic: string; cursor: string }> {
  const bridge = (globalThis as unknown as { foundry: FoundryBridge }).foundry
  const app = await bridge.subscribe('app')
  if (!app.ok) throw new Error(app.error.message)
  const [state] = app.value.entities['state'] as { id: string; organizationId: string }[]
  const topic = `tasks:${state?.organizationId}`
  const tasks = await bridge.subscribe(topic)
  if (!tasks.ok || tasks.value.cursor === null) throw new Error('There is no second page of tasks')
  return { topic, cursor: tasks.value.cursor }
}

/** The least that can answer the same: one statement each, prepared once. Runs in the main process. */
function answerBare({ app, ipcMain }: typeof Electron, file: string): void {
  const { createRequire } = process.getBuiltinModule('node:module')
  const open = createRequire(`${app.getAppPath()}/package.json`)('better-sqlite3') as typeof Sqlite
  const connection = new open(file, { readonly: true })
  const log = connection.prepare<[string]>('SELECT log AS text FROM jobs WHERE id = ?')
  const tasks = connection.prepare<[string, number, string], { id: string; updatedAt: number }>(
    `SELECT id, repository_id AS repositoryId, title, branch,
        iif(archived_at IS NULL, 'idle', 'archived') AS status, archived_at IS NULL AND 0 AS unread,
        created_at AS createdAt, updated_at AS updatedAt
      FROM tasks WHERE organization_id = ? AND (updated_at, id) < (?, ?)
      ORDER BY updated_at DESC, id DESC LIMIT 100`,
  )
  ipcMain.removeHandler('foundry:subscribe')
  ipcMain.handle(
    'foundry:subscribe',
    (_event, request: { topic?: string; cursor?: string; job?: string }) => {
      if (request.job !== undefined) return { ok: true, value: log.get(request.job) }
      const [time = '', id = ''] = (request.cursor ?? '').split(':')
      const entities = tasks.all((request.topic ?? '').slice('tasks:'.length), Number(time), id)
      const last = entities.at(-1)
      return { ok: true, value: { entities, cursor: `${last?.updatedAt}:${last?.id}` } }
    },
  )
}

/** Both sides must carry the same. Runs in the window. */
async function expectSameAnswers(request: { topic: string; cursor: string; job: string }): Promise<void> {
  const bridge = (globalThis as unknown as { foundry: FoundryBridge }).foundry
  const bare = (payload: object): Promise<unknown> => bridge.subscribe(payload as unknown as string)
  const { topic, cursor, job } = request
  const lengths = await Promise.all([
    bare({ topic, cursor }),
    bridge.page(topic, cursor),
    bare({ job }),
    bridge.call('job.log', { jobId: job }),
  ])
  const [page = 0, ourPage = 0, log = 0, ourLog = 0] = lengths.map((answer) => JSON.stringify(answer).length)
  // `false` is `0` on the bare side: 400 characters for 100 rows.
  if (Math.abs(page - ourPage) > 500 || page < 10_000 || log !== ourLog || log > 200)
    throw new Error(`The answers differ: ${page} and ${ourPage}, ${log} and ${ourLog}`)
}

/** Microseconds of one request of each side, the mean of some hundred in a row. */
function measure(
  window: Page,
  request: { topic: string; cursor: string; job: string; turn: number },
): Promise<Record<Side, number>> {
  return window.evaluate(async ({ topic, cursor, job, turn }) => {
    const bridge = (globalThis as unknown as { foundry: FoundryBridge }).foundry
    const input = { jobId: job }
    const bare = (payload: object): Promise<unknown> => bridge.subscribe(payload as unknown as string)
    const sides: [Side, number, () => Promise<unknown>][] = [
      ['raw', 300, () => bare({ job })],
      ['call', 300, () => bridge.call('job.log', input)],
      ['rawPage', 100, () => bare({ topic, cursor })],
      ['page', 100, () => bridge.page(topic, cursor)],
    ]
    const times = { raw: 0, call: 0, rawPage: 0, page: 0 }
    // Each pair takes turns in who comes first.
    for (const [side, count, ask] of turn % 2 === 0 ? sides : sides.toReversed()) {
      const start = performance.now()
      for (let n = 0; n < count; n++) await ask()
      times[side] = ((performance.now() - start) * 1000) / count
    }
    return times
  }, request)
}

function addJob(file: string): void {
  const database = new DatabaseSync(file)
  const at = Date.now()
  database
    .prepare(
      "INSERT INTO jobs (id, kind, state, input, log, created_at, updated_at, ended_at) VALUES (?, 'agent.install', 'succeeded', 'null', 'installed', ?, ?, ?)",
    )
    .run(JOB, at, at, at)
  database.close()
}
