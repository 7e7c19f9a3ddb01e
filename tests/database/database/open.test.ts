import { readFileSync, statSync } from 'node:fs'
import { copyFile, mkdir, open, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openDerived, readOutcome, type Databases } from '../../../src/main/database'
import { openConnection } from '../../../src/main/database/connection'
import { DatabaseFolder, FAMILY, INITIAL, REBUILD } from '../../support/database-folder'

let folder: DatabaseFolder
beforeEach(async () => {
  folder = await DatabaseFolder.make()
})
afterEach(async () => {
  await folder.remove()
})

const pragma = (connection: Sqlite.Database, name: string): unknown =>
  connection.pragma(name, { simple: true })
const mode = (file: string): number => statSync(file).mode & 0o777
const names = ({ database }: Databases): unknown[] =>
  database.commands.$client.prepare('SELECT name FROM parents ORDER BY name').pluck().all()

describe('every opened database', () => {
  it('has what must hold on both connections, also when the file is opened again', async () => {
    for (let time = 0; time < 3; time++) {
      const opened = await folder.open()
      const { commands, events } = opened.database
      expect(pragma(commands.$client, 'synchronous')).toBe(2)
      expect(pragma(events.$client, 'synchronous')).toBe(1)
      for (const { $client } of [commands, events]) {
        expect(pragma($client, 'foreign_keys')).toBe(1)
        expect(pragma($client, 'journal_mode')).toBe('wal')
      }
      expect(pragma(commands.$client, 'fullfsync')).toBe(1)
      expect(pragma(events.$client, 'fullfsync')).toBe(0)
      opened.close()
    }
  })

  it('can be read by nobody else, with its log and shared memory, from the first moment', async () => {
    const opened = await folder.open()
    for (const suffix of ['', '-wal', '-shm']) expect(mode(folder.file + suffix)).toBe(0o600)
    opened.close()
    // Whoever copied it around may have widened it.
    await (await open(folder.file)).chmod(0o644)
    await folder.open()
    for (const suffix of ['', '-wal', '-shm']) expect(mode(folder.file + suffix)).toBe(0o600)
  })

  it('is one file again after it was closed', async () => {
    await folder.use(({ database }) => database.commands.$client.exec('CREATE TABLE x (y)'))
    await expect(stat(`${folder.file}-wal`)).rejects.toThrow('ENOENT')
    await expect(stat(`${folder.file}-shm`)).rejects.toThrow('ENOENT')
  })

  it('refuses a file system that keeps SQLite from its write-ahead log', () => {
    expect(() => openConnection(':memory:', { synchronous: 'FULL' })).toThrow('journal_mode')
  })

  it('joins nested transactions, and rolls the whole back', async () => {
    const { database } = await folder.open({ migrations: [INITIAL] })
    const { $client } = database.commands
    expect(() =>
      database.transaction(() => {
        database.transaction(() => $client.exec("INSERT INTO parents VALUES ('a', 'A')"))
        throw new Error('refused')
      }),
    ).toThrow('refused')
    expect($client.prepare('SELECT * FROM parents').all()).toEqual([])
    expect(database.transaction(() => 7)).toBe(7)
  })

  it('shows at once on one connection what the other wrote', async () => {
    const { database } = await folder.open({ migrations: [INITIAL] })
    database.commands.$client.exec("INSERT INTO parents VALUES ('a', 'A')")
    database.events.$client.exec("INSERT INTO parents VALUES ('b', 'B')")
    for (const { $client } of [database.commands, database.events])
      expect($client.prepare('SELECT count(*) FROM parents').pluck().get()).toBe(2)
  })
})

describe('a file that is not ours to open', () => {
  it('from a newer version is refused and not touched, also with a log from its crash', async () => {
    await folder.use(({ database }) => database.commands.$client.exec(FAMILY), {
      migrations: [INITIAL, REBUILD],
    })
    // A newer version that was killed: its last commits are in the log alone.
    const killed = new Sqlite(folder.file)
    killed.exec("INSERT INTO parents VALUES ('c', 'C')")
    await copyAs(folder.file, `${folder.file}.copy`)
    killed.close()
    await copyAs(`${folder.file}.copy`, folder.file)
    const before = [await folder.hash(), await folder.hash(`${folder.file}-wal`)]
    await expect(folder.open({ migrations: [INITIAL] })).rejects.toMatchObject({
      kind: 'unsupported',
      next: expect.stringContaining('export') as string,
    })
    expect([await folder.hash(), await folder.hash(`${folder.file}-wal`)]).toEqual(before)
    expect(names(await folder.open({ migrations: [INITIAL, REBUILD] }))).toEqual(['A', 'B', 'C'])
  })

  it.each([
    ['another step in the same place', [INITIAL, { ...REBUILD, tag: '0001_other' }]],
    ['a shipped step that was changed', [INITIAL, { ...REBUILD, sql: `${REBUILD.sql} ` }]],
    ['a step merged late with an earlier name', [{ tag: '0000_early', sql: '' }, INITIAL, REBUILD]],
  ])('of a different line (%s) is refused and not touched', async (_what, migrations) => {
    await folder.use(({ database }) => database.commands.$client.exec(FAMILY), {
      migrations: [INITIAL, REBUILD],
    })
    const before = await folder.hash()
    await expect(folder.open({ migrations })).rejects.toMatchObject({ kind: 'conflict' })
    expect(await folder.hash()).toBe(before)
  })

  it('made by another program is refused and not touched', async () => {
    const other = new Sqlite(folder.file)
    other.exec('CREATE TABLE bookmarks (url)')
    other.close()
    const before = await folder.hash()
    await expect(folder.open()).rejects.toMatchObject({
      kind: 'conflict',
      detail: expect.stringContaining('bookmarks') as string,
    })
    expect(await folder.hash()).toBe(before)
  })
})

describe('a damaged file', () => {
  beforeEach(async () => {
    await folder.use(
      ({ database }) => {
        const insert = database.commands.$client.prepare('INSERT INTO parents VALUES (?, ?)')
        for (let n = 0; n < 2000; n++) insert.run(`id-${n}`, 'x'.repeat(200))
      },
      { migrations: [INITIAL] },
    )
  })

  const attempt = async () => {
    folder.said.length = 0
    const before = await folder.hash()
    const refusal: unknown = await folder
      .open({ migrations: [INITIAL], uncleanExit: true })
      .catch((error: unknown) => error)
    return { refusal, kept: (await folder.hash()) === before, said: folder.said.join() }
  }
  const DAMAGED = { refusal: { kind: 'conflict', message: 'The database is damaged.' }, kept: true, said: '' }

  it.each([0.9, 0.5, 0.1])('cut to %d of its length is told and kept', async (part) => {
    await truncate(folder.file, Math.floor((await stat(folder.file)).size * part))
    expect(await attempt()).toMatchObject(DAMAGED)
  })

  it('cut inside its header is told and kept', async () => {
    await truncate(folder.file, 50)
    expect(await attempt()).toMatchObject(DAMAGED)
  })

  it('of other content is told and kept, also after an exit that was clean', async () => {
    await writeFile(folder.file, 'this is no database at all, but it is long enough to look'.repeat(100))
    expect(await attempt()).toMatchObject(DAMAGED)
    await expect(folder.open({ migrations: [INITIAL] })).rejects.toMatchObject({ kind: 'conflict' })
  })

  it('with flipped bits in its pages is told and kept', async () => {
    const bytes = await readFile(folder.file)
    // The first bytes of a page say how its cells lie: one in ten pages is hit.
    for (let page = 2; page * 4096 < bytes.length; page += 10)
      for (let at = 0; at < 8; at++) bytes[page * 4096 + at] = (bytes[page * 4096 + at] ?? 0) ^ 0xff
    await writeFile(folder.file, bytes)
    expect(await attempt()).toMatchObject(DAMAGED)
  })

  it('with a damaged header is told and kept', async () => {
    const bytes = await readFile(folder.file)
    bytes[3] = (bytes[3] ?? 0) ^ 0x40
    await writeFile(folder.file, bytes)
    expect(await attempt()).toMatchObject(DAMAGED)
  })

  it('emptied to nothing is not taken for a first start when there are backups', async () => {
    await folder.use(() => undefined, { migrations: [INITIAL, REBUILD] })
    expect(await folder.backupNames()).toHaveLength(1)
    await truncate(folder.file, 0)
    const opened = await folder.open({ migrations: [INITIAL, REBUILD] })
    expect(names(opened)).toHaveLength(2000)
    expect(await readOutcome(folder.directory)).toMatchObject({
      kind: 'damaged',
      problem: 'The file is empty.',
    })
  })
})

describe('a log', () => {
  it('that was left by a crash is taken over', async () => {
    const crashed = await folder.open({ migrations: [INITIAL] })
    crashed.database.commands.$client.exec(FAMILY)
    const after = DatabaseFolder.at(join(folder.directory, 'after'))
    await copyFolder(folder, after)
    expect(names(await after.open({ migrations: [INITIAL], uncleanExit: true }))).toEqual(['A', 'B'])
    expect(after.said).toEqual(['database checked after an unclean exit: sound'])
    await after.remove()
  })

  it('that went missing takes its commits along, never the file', async () => {
    await folder.use(({ database }) => database.commands.$client.exec(FAMILY), { migrations: [INITIAL] })
    const crashed = await folder.open({ migrations: [INITIAL] })
    crashed.database.commands.$client.exec("INSERT INTO parents VALUES ('c', 'C')")
    const after = DatabaseFolder.at(join(folder.directory, 'after'))
    await copyFolder(folder, after)
    await rm(`${after.file}-wal`)
    await rm(`${after.file}-shm`, { force: true })
    expect(names(await after.open({ migrations: [INITIAL], uncleanExit: true }))).toEqual(['A', 'B'])
    await after.remove()
  })

  it('that went missing right after the first start leaves the schema', async () => {
    await folder.open({ migrations: [INITIAL] })
    const after = DatabaseFolder.at(join(folder.directory, 'after'))
    await copyFolder(folder, after)
    await rm(`${after.file}-wal`)
    expect(names(await after.open({ migrations: [INITIAL] }))).toEqual([])
    expect(after.said).toEqual([])
    await after.remove()
  })

  it('of a first start that was killed at once is no obstacle', async () => {
    await writeFile(folder.file, '')
    expect(names(await folder.open({ migrations: [INITIAL], uncleanExit: true }))).toEqual([])
  })
})

describe('derived.db', () => {
  const warnings: string[] = []
  const openIt = (): Promise<Sqlite.Database> =>
    openDerived({
      directory: folder.directory,
      nativeBinding: undefined,
      log: { warn: (message) => warnings.push(message) },
    })
  const file = (): string => join(folder.directory, 'derived.db')
  beforeEach(() => warnings.splice(0))

  it('keeps what it holds, and is private', async () => {
    const first = await openIt()
    first.exec('CREATE TABLE cache (x); INSERT INTO cache VALUES (1)')
    expect([mode(file()), mode(`${file()}-wal`)]).toEqual([0o600, 0o600])
    first.close()
    const second = await openIt()
    expect(second.prepare('SELECT x FROM cache').pluck().all()).toEqual([1])
    expect(pragma(second, 'synchronous')).toBe(1)
    second.close()
    expect(warnings).toEqual([])
  })

  it.each(['garbage '.repeat(1000), 'SQLite format 3\0 and then nothing that fits'.repeat(100)])(
    'is made anew when it is damaged, and the damaged one is kept aside',
    async (content) => {
      await writeFile(file(), content)
      const made = await openIt()
      expect(made.prepare('SELECT count(*) FROM sqlite_schema').pluck().get()).toBe(0)
      made.close()
      expect(readFileSync(`${file()}.damaged`, 'utf8')).toBe(content)
      expect(warnings).toHaveLength(1)
    },
  )
})

/** The file with its log, as they lie on the disk now. */
async function copyAs(from: string, to: string): Promise<void> {
  for (const suffix of ['', '-wal']) await copyFile(from + suffix, to + suffix)
}

async function copyFolder(from: DatabaseFolder, to: DatabaseFolder): Promise<void> {
  await mkdir(to.directory)
  await copyAs(from.file, to.file)
}
