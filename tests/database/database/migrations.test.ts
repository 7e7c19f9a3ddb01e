import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Databases } from '../../../src/main/database'
import { hashOf, migrationState, type Migration } from '../../../src/main/database/migrations'
import { shippedMigrations } from '../../support/database'
import { fixtureOf, readShipped, writeDatabaseFixture } from '../../support/database-fixture'
import { DatabaseFolder, FAMILY, INITIAL, REBUILD } from '../../support/database-folder'

// What users hold in their files. A shipped step never changes: a change of the schema is a new step, whose
// fixture and hash are written by running this file once with WRITE_DATABASE_FIXTURE=1.
if (process.env['WRITE_DATABASE_FIXTURE'] !== undefined) writeDatabaseFixture()
const SHIPPED = readShipped()

let folder: DatabaseFolder
beforeEach(async () => {
  folder = await DatabaseFolder.make()
})
afterEach(async () => {
  await folder.remove()
})

const count = ({ database }: Databases, table: string): unknown =>
  database.commands.$client.prepare(`SELECT count(*) FROM ${table}`).pluck().get()

describe('shipped migrations', () => {
  it('are what they were when they were shipped', () => {
    expect(Object.fromEntries(shippedMigrations().map((step) => [step.tag, hashOf(step)]))).toEqual(SHIPPED)
  })

  it('are numbered without a gap', () => {
    shippedMigrations().forEach(({ tag }, position) => {
      expect(tag).toMatch(new RegExp(`^${String(position).padStart(4, '0')}_[a-z0-9_]+$`))
    })
  })

  it('are bundled as they are on disk', async () => {
    await folder.use(({ database }) => {
      expect(migrationState(database.commands.$client, shippedMigrations()).pending).toEqual([])
    })
  })

  it.each(Object.keys(SHIPPED))('open a database of %s and lose nothing', async (tag) => {
    await copyFile(fixtureOf(tag), folder.file)
    const before = rowsOf(folder.file)
    expect(Object.keys(before).length).toBeGreaterThan(10)
    expect(Object.entries(before).filter(([, rows]) => rows === 0)).toEqual([])
    await folder.use(({ database }) => {
      expect(database.commands.$client.pragma('integrity_check', { simple: true })).toBe('ok')
      expect(database.commands.$client.pragma('foreign_key_check')).toEqual([])
    })
    expect(rowsOf(folder.file)).toMatchObject({ ...before, foundry_migrations: shippedMigrations().length })
  })

  it('have no fixture that differs from its step', () => {
    for (const tag of Object.keys(SHIPPED)) {
      const fixture = new Sqlite(fixtureOf(tag), { readonly: true })
      const last = fixture.prepare('SELECT tag, hash FROM foundry_migrations ORDER BY position DESC').get()
      fixture.close()
      expect(last).toEqual({ tag, hash: SHIPPED[tag] })
    }
  })
})

describe('an upgrade', () => {
  beforeEach(() =>
    folder.use(({ database }) => database.commands.$client.exec(FAMILY), { migrations: [INITIAL] }),
  )
  const upgrade = (step: Migration): Promise<unknown> =>
    folder.open({ migrations: [INITIAL, step], now: () => 1_795_000_000_000 })
  const step = (sql: string): Migration => ({ tag: '0001_step', sql })

  it('that makes a table anew keeps the children that would go with their parents', async () => {
    const opened = await folder.open({ migrations: [INITIAL, REBUILD] })
    expect([count(opened, 'parents'), count(opened, 'children')]).toEqual([2, 3])
    const { $client } = opened.database.commands
    expect($client.pragma('foreign_keys', { simple: true })).toBe(1)
    expect(() => $client.exec("INSERT INTO children VALUES ('4', 'nobody')")).toThrow('FOREIGN KEY')
    $client.exec("DELETE FROM parents WHERE id = 'a'")
    expect(count(opened, 'children')).toBe(0)
  })

  it('leaves a verified backup of what was there before', async () => {
    await upgrade(REBUILD)
    expect(await folder.backupNames()).toEqual(['foundry-1795000000000-upgrade.db'])
    const backup = join(folder.backups, 'foundry-1795000000000-upgrade.db')
    expect(rowsOf(backup)).toEqual({ parents: 2, children: 3, foundry_migrations: 1 })
  })

  it.each([
    ['loses rows', step("DELETE FROM parents WHERE id = 'b'"), 'would lose 1 rows of parents'],
    [
      'empties a table it makes anew',
      step(REBUILD.sql.replace(/INSERT INTO[^;]*;/, '')),
      'reference to nothing',
    ],
    ['leaves references to nothing', step("UPDATE children SET parent_id = 'c'"), 'reference to nothing'],
    ['is no SQL', step('CREATE TABEL x (y)'), 'syntax error'],
    ['fails half way', step('CREATE TABLE x (y);--> statement-breakpoint\nINSERT INTO z VALUES (1)'), 'z'],
  ])('that %s is refused, with everything as it was and a backup', async (_what, broken, detail) => {
    await expect(upgrade(broken)).rejects.toMatchObject({
      kind: 'conflict',
      message: 'The database could not be upgraded to this version of Foundry.',
      detail: expect.stringContaining(detail) as string,
    })
    expect(await folder.backupNames()).toHaveLength(1)
    expect(rowsOf(folder.file)).toEqual({ parents: 2, children: 3, foundry_migrations: 1 })
    const opened = await folder.open({ migrations: [INITIAL] })
    expect([count(opened, 'parents'), count(opened, 'children')]).toEqual([2, 3])
  })

  it('of several steps keeps those that went well', async () => {
    await expect(
      folder.open({ migrations: [INITIAL, REBUILD, { tag: '0002_broken', sql: 'DELETE FROM parents' }] }),
    ).rejects.toMatchObject({ detail: expect.stringContaining('0002_broken') as string })
    expect(rowsOf(folder.file)).toEqual({ parents: 2, children: 3, foundry_migrations: 2 })
  })

  it('does not begin without its backup', async () => {
    const worker = { ask: () => Promise.reject(new Error('no room')) }
    await expect(folder.open({ migrations: [INITIAL, REBUILD], worker })).rejects.toMatchObject({
      kind: 'conflict',
      detail: 'no room',
    })
    expect(rowsOf(folder.file)).toEqual({ parents: 2, children: 3, foundry_migrations: 1 })
    expect(await folder.backupNames()).toEqual([])
  })

  it('happens once', async () => {
    await folder.use(() => undefined, { migrations: [INITIAL, REBUILD] })
    const said = folder.said.length
    await folder.use(() => undefined, { migrations: [INITIAL, REBUILD] })
    expect(folder.said).toHaveLength(said)
    expect(await folder.backupNames()).toHaveLength(1)
  })
})

/** Rows of each table of a database file that nobody has open. */
function rowsOf(file: string): Record<string, number> {
  const connection = new Sqlite(file, { readonly: true })
  try {
    const tables = connection
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
      .pluck()
      .all() as string[]
    return Object.fromEntries(
      tables.map((table) => [
        table,
        connection.prepare(`SELECT count(*) FROM ${table}`).pluck().get() as number,
      ]),
    )
  } finally {
    connection.close()
  }
}
