import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { exportDatabaseFile, listBackupFiles, restoreBackupFile } from '../../../src/main/app/recovery-files'
import { testFolder } from './folder'

const now = new Date(Date.UTC(2026, 0, 2, 3, 4, 5))
const newest = 'foundry-1790000000001-upgrade.db'

/** As SQLite writes the head of a file of two pages. */
function database(mark: string, pages = 2): Buffer {
  const bytes = Buffer.alloc(4096 * pages)
  bytes.write('SQLite format 3\0', 'latin1')
  bytes.writeUInt16BE(4096, 16)
  bytes.writeUInt32BE(pages, 28)
  bytes.write(mark, 200)
  return bytes
}

async function setup(): Promise<{ data: string; backups: string }> {
  const data = await testFolder()
  const backups = join(data, 'backups')
  await mkdir(backups)
  await writeFile(join(backups, newest), database('backup'))
  return { data, backups }
}

describe('backups', () => {
  it('lists them newest first and nothing else', async () => {
    const { backups } = await setup()
    await writeFile(join(backups, 'foundry-1780000000000-daily.db'), 'x')
    await writeFile(join(backups, `${newest}.partial`), 'x')
    await writeFile(join(backups, 'notes.txt'), 'x')
    expect((await listBackupFiles(backups)).map(({ file, createdAt }) => [file, createdAt])).toEqual([
      [newest, 1_790_000_000_001],
      ['foundry-1780000000000-daily.db', 1_780_000_000_000],
    ])
    expect(await listBackupFiles(join(backups, 'none'))).toEqual([])
  })

  it('takes the place of the database, which is kept with its log', async () => {
    const { data, backups } = await setup()
    await writeFile(join(data, 'foundry.db'), 'damaged')
    await writeFile(join(data, 'foundry.db-wal'), 'log')
    await writeFile(join(data, 'foundry.db-shm'), 'index')
    const kept = await restoreBackupFile({ data, backups }, newest, now)
    expect(kept).toBe(join(data, 'foundry.replaced-2026-01-02T03-04-05-000Z.db'))
    expect(await readFile(kept ?? '', 'utf8')).toBe('damaged')
    expect(await readFile(`${kept}-wal`, 'utf8')).toBe('log')
    expect(await readFile(join(data, 'foundry.db'))).toEqual(database('backup'))
    expect((await readdir(data)).sort()).toEqual([
      'backups',
      'foundry.db',
      'foundry.replaced-2026-01-02T03-04-05-000Z.db',
      'foundry.replaced-2026-01-02T03-04-05-000Z.db-wal',
    ])
    expect(await readdir(backups)).toEqual([newest])
  })

  it('works when there is no database', async () => {
    const { data, backups } = await setup()
    expect(await restoreBackupFile({ data, backups }, newest, now)).toBeNull()
    expect(await readFile(join(data, 'foundry.db'))).toEqual(database('backup'))
  })

  it('uses no backup that was cut short or is something else', async () => {
    const { data, backups } = await setup()
    await writeFile(join(data, 'foundry.db'), 'damaged')
    for (const content of [
      database('cut').subarray(0, 5000),
      Buffer.from('text'),
      Buffer.alloc(0),
      Buffer.alloc(8192),
    ]) {
      await writeFile(join(backups, newest), content)
      await expect(restoreBackupFile({ data, backups }, newest, now)).rejects.toMatchObject({
        kind: 'conflict',
      })
    }
    expect(await readFile(join(data, 'foundry.db'), 'utf8')).toBe('damaged')
    expect((await readdir(data)).sort()).toEqual(['backups', 'foundry.db'])
  })

  it.each([
    '../foundry.db',
    '/etc/passwd',
    'foundry.db',
    `../backups/${newest}`,
    `x/${newest}`,
    `${newest}/..`,
  ])('takes no other file (%s)', async (file) => {
    const folders = await setup()
    await expect(restoreBackupFile(folders, file, now)).rejects.toMatchObject({ kind: 'invalid_input' })
  })

  it('says when it is gone', async () => {
    const folders = await setup()
    await expect(restoreBackupFile(folders, 'foundry-1770000000000-daily.db', now)).rejects.toMatchObject({
      kind: 'not_found',
    })
  })
})

describe('export', () => {
  it('copies the database with its log', async () => {
    const { data } = await setup()
    await writeFile(join(data, 'foundry.db'), 'content')
    await writeFile(join(data, 'foundry.db-wal'), 'log')
    const target = join(data, 'out.db')
    await exportDatabaseFile(data, target)
    expect(await readFile(target, 'utf8')).toBe('content')
    expect(await readFile(`${target}-wal`, 'utf8')).toBe('log')
  })

  it('says when there is nothing to export', async () => {
    const { data } = await setup()
    await expect(exportDatabaseFile(data, join(data, 'out.db'))).rejects.toMatchObject({ kind: 'not_found' })
  })
})
