import { statSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import Sqlite from 'better-sqlite3'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { listBackups } from '../../../src/main/database'
import { makeBackup } from '../../../src/main/database/backup'
import { createDatabaseWorker, type DatabaseWorker } from '../../../src/main/database/worker-client'
import { bundle } from '../../support/bundle'
import type { BackupKind } from '@shared/backups'
import { DatabaseFolder, FAMILY, INITIAL, REBUILD } from '../../support/database-folder'

const NOW = 1_795_000_000_000
let folder: DatabaseFolder
let worker: DatabaseWorker
beforeAll(async () => {
  const script = await bundle('src/main/database/worker.ts', 'database-worker')
  worker = createDatabaseWorker(pathToFileURL(script), undefined)
})
beforeEach(async () => {
  folder = await DatabaseFolder.make()
})
afterEach(async () => {
  await folder.remove()
})

const make = (kind: BackupKind, now = NOW): Promise<string> =>
  makeBackup({ worker, source: folder.file, directory: folder.backups, kind, now, appVersion: '1.2.3' })

const rows = (file: string): unknown => {
  const connection = new Sqlite(file, { readonly: true })
  const found = connection.prepare('SELECT name FROM parents ORDER BY name').pluck().all()
  connection.close()
  return found
}

describe('a backup, made on the thread of its own', () => {
  it('of a database in use holds all that was committed, the log included, and nothing else', async () => {
    const { database } = await folder.open({ migrations: [INITIAL] })
    database.commands.$client.exec(FAMILY)
    database.events.$client.exec("BEGIN; INSERT INTO parents VALUES ('c', 'C')")
    const backup = await make('daily', NOW)
    database.events.$client.exec('COMMIT')
    expect(rows(backup)).toEqual(['A', 'B'])
    expect(statSync(backup).mode & 0o777).toBe(0o600)
    expect(statSync(folder.backups).mode & 0o777).toBe(0o700)
    database.commands.$client.exec("INSERT INTO parents VALUES ('d', 'D')")
  })

  it('is made before an upgrade in the app as it ships', async () => {
    await folder.use(({ database }) => database.commands.$client.exec(FAMILY), { migrations: [INITIAL] })
    await folder.use(() => undefined, { migrations: [INITIAL, REBUILD], worker, now: () => NOW })
    const [backup] = await listBackups(folder.backups)
    expect(backup).toMatchObject({ file: `foundry-${NOW}-upgrade.db`, createdAt: NOW, kind: 'upgrade' })
    expect(rows(join(folder.backups, backup?.file ?? ''))).toEqual(['A', 'B'])
  })

  it('keeps the newest three of a kind, and nothing half made', async () => {
    await folder.use(() => undefined, { migrations: [INITIAL] })
    await mkdir(folder.backups)
    const kept = ['notes.txt', 'foundry-1-upgrade.db', 'foundry-1-upgrade.db.partial']
    for (const name of kept) await writeFile(join(folder.backups, name), 'not ours')
    await writeFile(join(folder.backups, `foundry-${NOW - 1}-upgrade.db.partial`), 'killed while it copied')
    for (let n = 0; n < 5; n++) await make('upgrade', NOW + n)
    await make('daily', NOW)
    expect((await listBackups(folder.backups)).map(({ file }) => file)).toEqual([
      `foundry-${NOW}-daily.db`,
      `foundry-${NOW + 4}-upgrade.db`,
      `foundry-${NOW + 3}-upgrade.db`,
      `foundry-${NOW + 2}-upgrade.db`,
    ])
    expect(
      (await readdir(folder.backups)).filter((name) => !name.startsWith('foundry-179')).toSorted(),
    ).toEqual(kept.toSorted())
  })

  it('of a damaged database is refused and leaves no file', async () => {
    await folder.use(
      ({ database }) => {
        const insert = database.commands.$client.prepare('INSERT INTO parents VALUES (?, ?)')
        for (let n = 0; n < 2000; n++) insert.run(`id-${n}`, 'x'.repeat(200))
      },
      { migrations: [INITIAL] },
    )
    const bytes = await readFile(folder.file)
    bytes.fill(0xff, 8192, 8192 + 4096 * 20)
    await writeFile(folder.file, bytes)
    await expect(make('daily', NOW)).rejects.toMatchObject({
      name: 'DatabaseDamaged',
      detail: expect.stringMatching(/malformed|page/i) as string,
    })
    expect(await folder.backupNames()).toEqual([])
    expect(await worker.ask('check', { file: folder.file, thorough: false })).not.toBeNull()
  })

  it('into a folder that cannot be made says what the disk said', async () => {
    await folder.use(() => undefined, { migrations: [INITIAL] })
    await writeFile(folder.backups, 'a file where the folder should be')
    await expect(make('daily', NOW)).rejects.toMatchObject({
      detail: expect.stringContaining('EEXIST') as string,
    })
  })

  it('lists none where there never was one', async () => {
    expect(await listBackups(join(folder.directory, 'nowhere'))).toEqual([])
  })
})

describe('the worker', () => {
  it('finds a sound file sound, quickly and thoroughly', async () => {
    await folder.use(({ database }) => database.commands.$client.exec(FAMILY), { migrations: [INITIAL] })
    expect(await worker.ask('check', { file: folder.file, thorough: false })).toBeNull()
    expect(await worker.ask('check', { file: folder.file, thorough: true })).toBeNull()
  })

  it('passes on the code of SQLite', async () => {
    await writeFile(folder.file, 'no database, but long enough to look '.repeat(100))
    await expect(worker.ask('check', { file: folder.file, thorough: false })).rejects.toMatchObject({
      code: 'SQLITE_NOTADB',
    })
  })

  it('that cannot be started rejects', async () => {
    const missing = createDatabaseWorker(pathToFileURL(join(folder.directory, 'no-worker.js')), undefined)
    await expect(missing.ask('check', { file: folder.file, thorough: false })).rejects.toThrow('no-worker.js')
  })
})

describe('a checkpoint', () => {
  it('copies the log into the file while the app has it open, and loses nothing', async () => {
    const { database } = await folder.open()
    database.transaction(() => {
      database.commands.$client.exec('CREATE TABLE notes (text TEXT)')
      for (let n = 0; n < 100; n += 1)
        database.commands.$client.prepare('INSERT INTO notes VALUES (?)').run(`note ${n}`)
    })
    await worker.ask('checkpoint', { file: folder.file })
    const [log] = database.commands.$client.pragma('wal_checkpoint(PASSIVE)') as {
      log: number
      checkpointed: number
    }[]
    expect(log?.checkpointed).toBe(log?.log)
    expect(database.events.$client.prepare('SELECT count(*) FROM notes').pluck().get()).toBe(100)
  })
})
