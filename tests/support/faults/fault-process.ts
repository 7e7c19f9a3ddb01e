/**
 * Does one thing with a data folder until it is killed, or done. Says `ready` right before it begins, and a line after
 * each thing that is committed. Arguments: what, the data folder, the script of the database worker, more.
 */
import { writeSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { moveFolder } from '../../../src/main/data-folder/move'
import {
  askForReplacement,
  createDatabaseWorker,
  openDatabases,
  openDerived,
  restoring,
} from '../../../src/main/database'
import { makeBackup } from '../../../src/main/database/backup'
import { writeHistory } from '../history'

const [what = '', directory = '', workerScript = '', more = ''] = process.argv.slice(2)
const say = (line: string): void => void writeSync(1, `${line}\n`)
const worker = createDatabaseWorker(pathToFileURL(workerScript), undefined)
const backupsDirectory = join(directory, 'backups')
const log = { info: () => undefined, warn: (message: string) => void writeSync(2, `${message}\n`) }
const open = () =>
  openDatabases({
    directory,
    backupsDirectory,
    nativeBinding: undefined,
    uncleanExit: true,
    log,
    worker,
  })

switch (what) {
  case 'write': {
    const databases = await open()
    say('ready')
    for (let n = Number(more); ; n += 1) {
      writeHistory(databases, n, n, 5)
      say(`task_${n}`)
      // Agents' output beside it, on the other connection.
      databases.database.batch(() =>
        databases.database.events.$client
          .prepare("INSERT INTO audit_events (at, kind, actor, payload) VALUES (?, ?, 'nobody', '{}')")
          .run(n, `audit_${n}`),
      )
      say(`audit_${n}`)
      await new Promise(setImmediate)
    }
  }
  case 'migrate':
  case 'open':
    say('ready')
    await open()
    say('done')
    break
  case 'backup': {
    const databases = await open()
    say('ready')
    let n = Number(more)
    const writing = setInterval(() => {
      writeHistory(databases, n, n, 5)
      say(`task_${n}`)
      n += 1
    }, 2)
    writing.unref()
    for (;;) {
      await makeBackup({
        worker,
        source: databases.file,
        directory: backupsDirectory,
        kind: 'daily',
        now: Date.now(),
        appVersion: '0',
      })
      say('backup')
    }
  }
  case 'restore':
    say('ready')
    await askForReplacement(directory, await restoring({ directory, backupsDirectory, now: Date.now }, more))
    say('asked')
    await open()
    say('done')
    break
  case 'move': {
    say('ready')
    const [to = '', home = ''] = more.split(':')
    await moveFolder({
      from: directory,
      to,
      home,
      at: 1,
      signal: new AbortController().signal,
      progress: () => undefined,
    })
    say('done')
    break
  }
  case 'derive': {
    const derived = await openDerived({ directory, nativeBinding: undefined, log })
    derived.exec('CREATE TABLE IF NOT EXISTS words (word TEXT)')
    say('ready')
    const insert = derived.prepare('INSERT INTO words VALUES (?)')
    for (let n = 0; ; n += 1) {
      derived.transaction(() => {
        for (let row = 0; row < 100; row += 1) insert.run(`word ${n}.${row}`)
      })()
      say(`batch ${n}`)
      await new Promise(setImmediate)
    }
  }
  default:
    throw new Error(`Nothing is called ${what}`)
}
// Killed after it ended is killed as well, at no moment that counts.
await wait(60_000)
