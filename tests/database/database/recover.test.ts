import { readFileSync, writeFileSync } from 'node:fs'
import { copyFile, cp, link, mkdir, readFile, rename, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Outcome } from '@shared/backups'
import {
  askForReplacement,
  readOutcome,
  restoring,
  saveWhatReads,
  type Databases,
} from '../../../src/main/database'
import { listBackups, makeBackup } from '../../../src/main/database/backup'
import { NEXT } from '../../../src/main/database/replace'
import { DatabaseFolder, inProcessWorker } from '../../support/database-folder'
import { rowsOf, writeHistory } from '../../support/history'
import { seededRandom } from '../../support/seeded-random'

const TABLES = ['tasks', 'sessions', 'turns', 'session_events']
let folder: DatabaseFolder
beforeEach(async () => {
  folder = await DatabaseFolder.make()
})
afterEach(async () => {
  await folder.remove()
})

const backUp = (now = Date.now()): Promise<string> =>
  makeBackup({
    worker: inProcessWorker,
    source: folder.file,
    directory: folder.backups,
    kind: 'daily',
    now,
    appVersion: '1.2.3',
  })
const count = ({ database }: Databases, table: string): unknown =>
  database.commands.$client.prepare(`SELECT count(*) FROM ${table}`).pluck().get()

type Damage = Extract<Outcome, { kind: 'damaged' }>
async function damageOutcome(): Promise<Damage> {
  const outcome = await readOutcome(folder.directory)
  if (outcome?.kind !== 'damaged') throw new Error(`The outcome is ${outcome?.kind ?? 'none'}`)
  return outcome
}
const lossOf = (outcome: Damage, table: string) => outcome.loss.tables.find((one) => one.table === table)

/** Twenty tasks that are in the backup, and ten that came after it. */
async function writeBoth(): Promise<Map<string, Map<string, string>>> {
  await folder.use((databases) => writeHistory(databases, 1, 20))
  await backUp()
  await folder.use((databases) => writeHistory(databases, 21, 30))
  const client = new Sqlite(folder.file, { readonly: true })
  const all = new Map(TABLES.map((table) => [table, rowsOf(client, table)]))
  client.close()
  return all
}

/** Overwrites whole pages, leaf pages of one table alone. */
function breakPages(table: string, which: (nth: number) => boolean): number {
  const client = new Sqlite(folder.file, { readonly: true })
  const pages = client
    .prepare("SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf' ORDER BY path")
    .pluck()
    .all(table) as number[]
  client.close()
  const bytes = readFileSync(folder.file)
  const broken = pages.filter((_, nth) => which(nth))
  for (const page of broken) bytes.fill(0x5a, (page - 1) * 4096, page * 4096)
  writeFileSync(folder.file, bytes)
  return broken.length
}

describe('a damaged database', () => {
  it('opens the last good backup, says what is missing, and gives it back where it was read', async () => {
    const before = await writeBoth()
    // The last page but one of the transcripts: rows that came after the backup.
    expect(breakPages('session_events', (nth) => nth === 80)).toBe(1)
    const opened = await folder.open({ uncleanExit: true })
    expect(count(opened, 'tasks')).toBe(20)
    opened.close()
    const outcome = await damageOutcome()
    expect(outcome.loss.missingTasks.total).toBe(10)
    expect(outcome.loss.missingTasks.first).toContain('Task 30')
    expect(lossOf(outcome, 'tasks')).toMatchObject({
      inBackup: 20,
      saved: 30,
      onlySaved: 10,
      lost: 0,
      isExact: true,
    })
    const events = lossOf(outcome, 'session_events')
    // Every row is accounted for: in the backup, read, or known to be lost.
    expect(events?.isExact).toBe(true)
    expect(events?.lost).toBeGreaterThan(0)
    expect(800 + (events?.onlySaved ?? 0) + (events?.lost ?? 0)).toBe(before.get('session_events')?.size)
    expect(outcome.loss.from).toBeLessThan(outcome.loss.until ?? 0)

    await askForReplacement(folder.directory, {
      kind: 'merge',
      salvaged: outcome.salvaged ?? '',
      base: outcome.file,
      kept: 'foundry-1795000009999-replaced.db',
      fromNothing: false,
    })
    const merged = await folder.open()
    expect(count(merged, 'tasks')).toBe(30)
    expect(await readOutcome(folder.directory)).toMatchObject({
      kind: 'merged',
      added: { tasks: 10, sessions: 10, turns: 10, session_events: events?.onlySaved },
      leftOut: 0,
    })
    for (const table of TABLES) {
      for (const [key, row] of rowsOf(merged.database.commands.$client, table))
        expect(row).toBe(before.get(table)?.get(key))
    }
    expect(merged.database.commands.$client.pragma('integrity_check', { simple: true })).toBe('ok')
    expect(merged.database.commands.$client.pragma('foreign_key_check')).toEqual([])
  })

  it.each([
    ['its first bytes gone', (bytes: Buffer) => bytes.fill(0, 0, 100)],
    ['cut in half', (bytes: Buffer) => bytes.subarray(0, Math.floor(bytes.length / 8192) * 4096)],
    ['cut inside its header', (bytes: Buffer) => bytes.subarray(0, 60)],
    ['of other content', () => Buffer.from('no database '.repeat(5000))],
  ])('with %s opens the backup and keeps the damaged file', async (_what, change) => {
    await writeBoth()
    const bytes = Buffer.from(change(await readFile(folder.file)))
    await writeFile(folder.file, bytes)
    const opened = await folder.open({ uncleanExit: true })
    expect(count(opened, 'tasks')).toBe(20)
    const outcome = await damageOutcome()
    expect(await readFile(join(folder.backups, outcome.damaged))).toEqual(bytes)
  })

  it('with its first bytes gone is read all the same', async () => {
    await writeBoth()
    const bytes = await readFile(folder.file)
    await writeFile(folder.file, bytes.fill(0, 0, 100))
    await folder.use(() => undefined)
    expect((await damageOutcome()).loss.missingTasks.total).toBe(10)
  })

  it('whose commits are in the log alone keeps them beside it, and they are read', async () => {
    await folder.use((databases) => writeHistory(databases, 1, 5))
    await backUp()
    const crashed = await folder.open()
    writeHistory(crashed, 6, 8)
    const after = DatabaseFolder.at(join(folder.directory, 'after'))
    await mkdir(after.directory)
    await cp(folder.backups, after.backups, { recursive: true })
    for (const suffix of ['', '-wal']) await copyFile(folder.file + suffix, after.file + suffix)
    // Page 2 and on, which nothing in the log replaces: the tables of the backup.
    const bytes = await readFile(after.file)
    bytes.fill(0x5a, bytes.length - 4096 * 3)
    await writeFile(after.file, bytes)
    const opened = await after.open({ uncleanExit: true })
    expect(count(opened, 'tasks')).toBe(5)
    const outcome = await readOutcome(after.directory)
    expect(outcome).toMatchObject({ kind: 'damaged', loss: { missingTasks: { total: 3 } } })
    expect((await after.backupNames()).filter((name) => name.endsWith('-wal'))).toHaveLength(1)
    await after.remove()
  })

  it('found in a read that failed is checked in full at the next start, also after a clean end', async () => {
    await writeBoth()
    breakPages('session_events', (nth) => nth === 3)
    const opened = await folder.open()
    const { database, health } = opened
    try {
      database.commands.$client.prepare('SELECT sum(length(payload)) FROM session_events').get()
    } catch (error) {
      health.saw(error)
    }
    expect(health.state()).toMatchObject({ state: 'damaged' })
    // Nothing more is acknowledged.
    expect(() => database.transaction(() => 1)).toThrow('The database is damaged')
    expect(() => database.batch(() => 1)).toThrow('The database is damaged')
    await expect.poll(() => readFile(`${folder.file}.suspect`, 'utf8').catch(() => '')).not.toBe('')
    opened.close()
    await folder.use((databases) => expect(count(databases, 'tasks')).toBe(20))
    expect((await damageOutcome()).problem).not.toBe('')
  })

  it('goes to the next backup where the newest is no good either', async () => {
    await writeBoth()
    const newer = await backUp(Date.now() + 1)
    const bytes = await readFile(newer)
    bytes.fill(0x5a, 4096 * 3, 4096 * 9)
    await writeFile(newer, bytes)
    await truncate(folder.file, 5000)
    const opened = await folder.open({ uncleanExit: true })
    expect(count(opened, 'tasks')).toBe(20)
  })

  it('without any backup is told and left alone', async () => {
    await folder.use((databases) => writeHistory(databases, 1, 3))
    await truncate(folder.file, 5000)
    const before = await folder.hash()
    await expect(folder.open({ uncleanExit: true })).rejects.toMatchObject({ name: 'DatabaseDamaged' })
    expect(await folder.hash()).toBe(before)
  })

  it('without any backup can begin from what reads', async () => {
    await folder.use((databases) => writeHistory(databases, 1, 10))
    breakPages('session_events', (nth) => nth % 5 === 1)
    const salvaged = await saveWhatReads(
      {
        directory: folder.directory,
        backupsDirectory: folder.backups,
        worker: inProcessWorker,
        appVersion: '',
        now: Date.now,
        log: { info: () => undefined, warn: () => undefined },
      },
      null,
    )
    await askForReplacement(folder.directory, {
      kind: 'merge',
      salvaged: salvaged ?? '',
      base: null,
      kept: 'foundry-1795000009999-damaged.db',
      fromNothing: true,
    })
    const opened = await folder.open()
    expect(count(opened, 'tasks')).toBe(10)
    expect(count(opened, 'session_events')).toBeLessThan(400)
    expect(count(opened, 'session_events')).toBeGreaterThan(200)
    expect(opened.database.commands.$client.pragma('integrity_check', { simple: true })).toBe('ok')
  })

  it('by bits flipped anywhere opens, with every row of the backup and nothing that is not sound', async () => {
    await writeBoth()
    const whole = await readFile(folder.file)
    const random = seededRandom(7)
    for (let round = 0; round < 12; round += 1) {
      const bytes = Buffer.from(whole)
      for (let flip = 0; flip < 40; flip += 1) {
        const at = Math.floor(random() * bytes.length)
        bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(random() * 8))
      }
      await writeFile(folder.file, bytes)
      const opened = await folder.open({ uncleanExit: true })
      expect(Number(count(opened, 'tasks'))).toBeGreaterThanOrEqual(20)
      expect(opened.database.commands.$client.pragma('quick_check', { simple: true })).toBe('ok')
      opened.close()
    }
  })
})

describe('a restore', () => {
  it('puts the backup in place, keeps what was there, and is undone by restoring that', async () => {
    await writeBoth()
    const [backup] = await listBackups(folder.backups)
    const options = { directory: folder.directory, backupsDirectory: folder.backups, now: Date.now }
    await askForReplacement(folder.directory, await restoring(options, backup?.file ?? ''))
    await folder.use((databases) => expect(count(databases, 'tasks')).toBe(20))
    const outcome = await readOutcome(folder.directory)
    if (outcome?.kind !== 'restored') throw new Error('not restored')
    expect(outcome.undo).not.toBeNull()
    const kept = (await listBackups(folder.backups)).find(({ file }) => file === outcome.undo)
    expect(kept).toMatchObject({ kind: 'replaced', state: 'verified', contents: { tasks: 30 } })

    await askForReplacement(folder.directory, await restoring(options, outcome.undo ?? ''))
    await folder.use((databases) => expect(count(databases, 'tasks')).toBe(30))
  })

  it('of a backup that is damaged changes nothing and says so', async () => {
    await writeBoth()
    const [backup] = await listBackups(folder.backups)
    const path = join(folder.backups, backup?.file ?? '')
    const bytes = await readFile(path)
    bytes.fill(0x5a, 4096 * 3, 4096 * 9)
    await writeFile(path, bytes)
    const options = { directory: folder.directory, backupsDirectory: folder.backups, now: Date.now }
    await askForReplacement(folder.directory, await restoring(options, backup?.file ?? ''))
    await folder.use((databases) => expect(count(databases, 'tasks')).toBe(30))
    expect(await readOutcome(folder.directory)).toMatchObject({ kind: 'failed', what: 'restore' })
    expect((await folder.backupNames()).some((name) => name.includes('replaced'))).toBe(false)
  })

  it.each(['../foundry.db', '/etc/passwd', 'foundry.db', 'x/foundry-1795000000000-daily.db'])(
    'takes no other file (%s)',
    async (file) => {
      const options = { directory: folder.directory, backupsDirectory: folder.backups, now: Date.now }
      await expect(restoring(options, file)).rejects.toMatchObject({ kind: 'not_found' })
    },
  )

  it('that is killed after any of its steps ends well at the next start', async () => {
    await writeBoth()
    const [backup] = await listBackups(folder.backups)
    const options = { directory: folder.directory, backupsDirectory: folder.backups, now: Date.now }
    const pending = await restoring(options, backup?.file ?? '')
    const kept = join(folder.backups, pending.kept ?? '')
    const steps: (() => Promise<unknown>)[] = [
      () =>
        copyFile(
          join(folder.backups, pending.kind === 'restore' ? pending.source : ''),
          join(folder.directory, NEXT),
        ),
      () => link(folder.file, kept),
      () => rename(join(folder.directory, NEXT), folder.file),
    ]
    for (let done = 0; done <= steps.length; done += 1) {
      const copy = DatabaseFolder.at(join(folder.directory, `after-${done}`))
      await mkdir(copy.directory)
      await cp(folder.backups, copy.backups, { recursive: true })
      for (const name of ['foundry.db', NEXT])
        await copyFile(join(folder.directory, name), join(copy.directory, name)).catch(() => undefined)
      await askForReplacement(copy.directory, pending)
      await copy.use((databases) => expect(count(databases, 'tasks')).toBe(20))
      expect(await readOutcome(copy.directory)).toMatchObject({ kind: 'restored', undo: pending.kept })
      const before = new Sqlite(join(copy.backups, pending.kept ?? ''), { readonly: true })
      expect(before.prepare('SELECT count(*) FROM tasks').pluck().get()).toBe(30)
      before.close()
      await copy.remove()
      await steps[done]?.()
    }
  })
})
