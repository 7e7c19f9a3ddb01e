// What a backup costs: how long it takes, and how long it holds up the thread that writes meanwhile.
import { mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { createDatabaseWorker, openDatabases } from '../src/main/database'
import { makeBackup } from '../src/main/database/backup'
import { bundle } from '../tests/support/bundle'
import { writeHistory } from '../tests/support/history'
import { inFolder } from './lib/folder'
import { bench, say } from './lib/report'
import { percentile } from './lib/statistics'

/** About 400 bytes each. */
const EVENTS_A_TASK = 500
const WRITE_EVERY_MS = 10
const COMMAND_EVERY_MS = 100

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

    const { database } = databases
    const audit = (connection: typeof database.events) =>
      connection.$client.prepare(
        "INSERT INTO audit_events (at, kind, actor, payload) VALUES (1, 'bench', 'nobody', '{}')",
      )
    const [batched, commanded] = [audit(database.events), audit(database.commands)]
    const measure = async (during: () => Promise<unknown>) => {
      const commands: number[] = []
      let late = performance.now() + WRITE_EVERY_MS
      const blocked: number[] = []
      // As agents' output is written: without waiting for the disk. How late each is, is how long the thread was held up.
      const batches = setInterval(() => {
        const startedAt = performance.now()
        blocked.push(Math.max(0, startedAt - late))
        database.batch(() => batched.run())
        late = performance.now() + WRITE_EVERY_MS
      }, WRITE_EVERY_MS)
      // And as a person's command is: when it returns it is on the disk. Apart, as it waits for the disk by intention.
      const persons = setInterval(() => {
        const startedAt = performance.now()
        database.transaction(() => commanded.run())
        commands.push(performance.now() - startedAt)
        late = performance.now() + WRITE_EVERY_MS
      }, COMMAND_EVERY_MS)
      const startedAt = performance.now()
      await during()
      const ms = performance.now() - startedAt
      clearInterval(batches)
      clearInterval(persons)
      return {
        ms,
        p99: percentile(blocked, 0.99),
        max: Math.max(...blocked),
        command: percentile(commands, 0.95),
      }
    }
    const idle = await measure(() => wait(4000))
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
    const { size } = await stat(databases.file)
    databases.close()
    return {
      megabytes: size / 1e6,
      backupMs: made.ms,
      mainBlockP99Ms: made.p99,
      mainBlockMaxMs: made.max,
      commandP95Ms: made.command,
      idleBlockP99Ms: idle.p99,
      idleBlockMaxMs: idle.max,
      idleCommandP95Ms: idle.command,
    }
  })
})
