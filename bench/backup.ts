// What a backup costs: how long it takes, and how long it holds up the thread that writes meanwhile.
import { mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as wait } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { createDatabaseWorker, openDatabases } from '../src/main/database'
import { makeBackup } from '../src/main/database/backup'
import { bundle } from '../tests/support/bundle'
import { writeHistory } from '../tests/support/history'
import { inFolder } from './lib/folder'
import { bench, say } from './lib/report'

/** About 400 bytes each. */
const EVENTS_A_TASK = 500
const WRITE_EVERY_MS = 10

await bench('backup', async ({ quick }) => {
  const script = await bundle('src/main/database/worker.ts', 'database-worker')
  const worker = createDatabaseWorker(pathToFileURL(script), undefined)
  return inFolder(async (directory) => {
    const backups = join(directory, 'backups')
    await mkdir(backups)
    const databases = await openDatabases({
      directory,
      backupsDirectory: backups,
      nativeBinding: undefined,
      uncleanExit: false,
      log: { info: () => undefined, warn: say },
      worker,
    })
    const tasks = quick ? 400 : 2000
    say(`writing ${tasks} tasks`)
    for (let n = 0; n < tasks; n += 50) writeHistory(databases, n, n + 49, EVENTS_A_TASK)

    let next = 100_000
    const writing = setInterval(() => {
      writeHistory(databases, next, next, 1)
      next += 1
    }, WRITE_EVERY_MS)
    const measure = async (during: () => Promise<unknown>) => {
      const delay = monitorEventLoopDelay({ resolution: 1 })
      delay.enable()
      const startedAt = performance.now()
      await during()
      const ms = performance.now() - startedAt
      delay.disable()
      return { ms, p99: delay.percentile(99) / 1e6, max: delay.max / 1e6 }
    }
    const idle = await measure(() => wait(2000))
    const made = await measure(() =>
      makeBackup({
        worker,
        source: databases.file,
        directory: backups,
        kind: 'daily',
        now: Date.now(),
        appVersion: '',
      }),
    )
    clearInterval(writing)
    const { size } = await stat(databases.file)
    databases.close()
    return {
      megabytes: size / 1e6,
      backupMs: made.ms,
      mainBlockP99Ms: made.p99,
      mainBlockMaxMs: made.max,
      idleP99Ms: idle.p99,
      idleMaxMs: idle.max,
    }
  })
})
