// From the start of the process to a window a person can use, with months of work in the database, against an
// empty window of the same binary. Memory of both after they were left alone for 10 s.
import { setTimeout as wait } from 'node:timers/promises'
import { startApp, type App } from '../tests/e2e/support/app'
import { createWorld, type World } from '../tests/e2e/support/world'
import { packageBlankApp } from './lib/blank-app'
import { pssMb } from './lib/memory'
import { bench, say } from './lib/report'
import { seedDataFolder } from './lib/seed'
import { median, ratioOf } from './lib/statistics'

const IDLE_MS = 10_000

interface Start {
  shellMs: number
  usableMs: number
  pss: number | null
}

await bench('startup', async ({ quick }) => {
  const world = await createWorld()
  const blankWorld = await createWorld()
  const blank = await packageBlankApp()
  const starts: { blank: Start[]; app: Start[] } = { blank: [], app: [] }
  try {
    say('10,000 tasks and 200 sessions')
    await seedDataFolder(world.foundry, { repositories: 50, tasks: 10_000, sessions: 200, events: 50 })
    const rounds = quick ? 3 : 7
    // The first start of each fills caches of the machine and of Chromium; it does not count.
    for (let round = 0; round <= rounds; round++) {
      const measureMemory = quick ? round === rounds : round > rounds - 5
      const sides = [
        async () => starts.blank.push(await once(blankWorld, measureMemory, blank.executable)),
        async () => starts.app.push(await once(world, measureMemory)),
      ]
      for (const side of round % 2 === 0 ? sides : sides.toReversed()) await side()
      say(`start ${round} of ${rounds}`)
    }
  } finally {
    await blank.remove()
    await world.remove()
    await blankWorld.remove()
  }
  const [blanks, apps] = [starts.blank.slice(1), starts.app.slice(1)]
  const blankMs = blanks.map(({ shellMs }) => shellMs)
  const shellMs = apps.map((start) => start.shellMs)
  const usableMs = apps.map((start) => start.usableMs)
  const blankPss = blanks.flatMap(({ pss }) => pss ?? [])
  const appPss = apps.flatMap(({ pss }) => pss ?? [])
  return {
    blankMs: median(blankMs),
    shellMs: median(shellMs),
    usableMs: median(usableMs),
    ratioShell: ratioOf(shellMs, blankMs),
    ratioUsable: ratioOf(usableMs, blankMs),
    blankPssMb: median(blankPss),
    appPssMb: median(appPss),
    ratioPss: ratioOf(appPss, blankPss),
  }
})

async function once(world: World, measureMemory: boolean, executable?: string): Promise<Start> {
  const app = await startApp(world, { trace: false, ...(executable === undefined ? {} : { executable }) })
  try {
    const times = await timesOf(app)
    if (!measureMemory) return { ...times, pss: null }
    await wait(IDLE_MS)
    return { ...times, pss: await pssMb(world.root) }
  } finally {
    // The empty window has nothing to save.
    await (executable === undefined ? app.quit() : app.kill())
  }
}

/** Milliseconds since the process was made, on one clock for main and window. */
async function timesOf(app: App): Promise<{ shellMs: number; usableMs: number }> {
  const createdAt = await app.electron.evaluate(() => process.getCreationTime())
  if (createdAt === null) throw new Error('The system does not say when the process was made')
  const marks = await app.window.evaluate(() =>
    performance
      .getEntriesByType('mark')
      .map((mark) => [mark.name, performance.timeOrigin + mark.startTime] as const),
  )
  const times = new Map(marks)
  const shell = times.get('foundry:shell')
  if (shell === undefined) throw new Error('The window did not say when it was painted')
  return { shellMs: shell - createdAt, usableMs: (times.get('foundry:usable') ?? shell) - createdAt }
}
