// Three sessions of a task stream, turn after turn, for twenty minutes: what memory becomes of it, whether all that was
// sent is stored, and what the app does once nothing happens any more. Printed with the rest of the benchmarks' figures,
// and no part of a run of all of them, for its length.
import { readFile } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { expect } from '@playwright/test'
import { startApp, type App } from '../tests/e2e/support/app'
import { readDatabase } from '../tests/e2e/support/database'
import { processesOf } from '../tests/e2e/support/processes'
import { createTask, openRepository, sendPrompt, ui } from '../tests/e2e/support/ui'
import { createWorld, type World } from '../tests/e2e/support/world'
import { inFolder } from './lib/folder'
import { pssMb } from './lib/memory'
import { bench, say } from './lib/report'
import { median } from './lib/statistics'
import { prepareStreams, streamInAll, tabs } from './lib/streams'

const SESSIONS = 3
/** Chunks a second, each of 20 characters. */
const RATE = 100
const TURN_SECONDS = 40
const MINUTES = 20
/** Rounds that are compared: the first ones, after one that fills caches, and the last. */
const COMPARED = 4
const IDLE_SECONDS = 30
/** The answer to a prompt that asks for no stream: three chunks. */
const FIRST_CHARACTERS = 60
const CLOCK_TICKS = 100

await bench('soak', ({ quick }) =>
  inFolder(async (folder) => {
    const turnSeconds = quick ? 4 : TURN_SECONDS
    const untilMs = quick ? 40_000 : MINUTES * 60_000
    const world = await createWorld()
    try {
      const repository = await prepareStreams(world, folder)
      const app = await startApp(world, { trace: false })
      const memory: number[] = []
      let turns = 0
      try {
        await openRepository(app, repository)
        await createTask(app, { prompt: 'Say something', title: 'Soak' })
        await ui.turnEnds(app.window).last().waitFor({ timeout: 60_000 })
        const startedAt = performance.now()
        while (performance.now() - startedAt < untilMs) {
          if (turns === 0) await streamInAll(app, SESSIONS, RATE, turnSeconds)
          else await streamAgain(app, turnSeconds)
          turns += 1
          await allEnd(app, turnSeconds)
          memory.push(await settledMb(app, world))
          say(`turn ${turns}: ${memory.at(-1)?.toFixed(0)} MB`)
        }
        const idlePercent = await idleCpu(world)
        await app.quit()
        const expected = FIRST_CHARACTERS + SESSIONS * turns * turnSeconds * RATE * 20
        const [first, last] = [median(memory.slice(1, 1 + COMPARED)), median(memory.slice(-COMPARED))]
        return {
          turns,
          minutes: (performance.now() - startedAt) / 60_000,
          firstMb: first,
          lastMb: last,
          ratioMemory: last / first,
          lostCharacters: expected - storedCharacters(world),
          idlePercent,
        }
      } finally {
        await app.quit()
      }
    } finally {
      await world.remove()
    }
  }))

async function streamAgain(app: App, seconds: number): Promise<void> {
  for (const tab of (await tabs(app).all()).toReversed()) {
    await tab.click()
    await expect(tab).toHaveAttribute('aria-selected', 'true')
    await sendPrompt(app, `stream ${RATE * seconds} chunks at ${RATE}`)
    await expect(ui.stop(app.window)).toBeVisible()
  }
}

async function allEnd(app: App, seconds: number): Promise<void> {
  for (const tab of await tabs(app).all()) {
    await tab.click()
    await expect(tab).toHaveAttribute('aria-selected', 'true')
    await expect(ui.stop(app.window)).toBeHidden({ timeout: seconds * 1000 * 5 })
  }
}

/** What is garbage in the window would be counted too. */
async function settledMb(app: App, world: World): Promise<number> {
  const cdp = await app.electron.context().newCDPSession(app.window)
  await cdp.send('HeapProfiler.collectGarbage')
  await cdp.detach()
  await wait(2000)
  return pssMb(world.root)
}

/** Time of the processors that the app and its sandbox took while nothing happened, in percent of one. */
async function idleCpu(world: World): Promise<number> {
  await wait(5000)
  const processes = await processesOf(world.root)
  const before = await Promise.all(processes.map(({ pid }) => ticksOf(pid)))
  await wait(IDLE_SECONDS * 1000)
  let sum = 0
  for (const [nth, { pid, command }] of processes.entries()) {
    const percent = (((await ticksOf(pid)) - (before[nth] ?? 0)) / CLOCK_TICKS / IDLE_SECONDS) * 100
    if (percent > 0.1) say(`${percent.toFixed(2)} %: ${command.slice(0, 120)}`)
    sum += percent
  }
  return sum
}

/** None for one that has ended. */
async function ticksOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return Number(fields[11] ?? 0) + Number(fields[12] ?? 0)
}

function storedCharacters(world: World): number {
  return readDatabase(world, (query) =>
    query(`SELECT payload FROM session_events WHERE payload LIKE '%agent_message_chunk%'`).reduce(
      (sum, { payload }) => sum + textLength(JSON.parse(String(payload))),
      0,
    ),
  )
}

function textLength(value: unknown): number {
  const { update } = value as { update?: { content?: { text?: string } } }
  return update?.content?.text?.length ?? 0
}
