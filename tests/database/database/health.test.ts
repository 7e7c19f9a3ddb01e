import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createHealth } from '../../../src/main/database/health'
import { makeBackup } from '../../../src/main/database/backup'
import { DatabaseFolder, inProcessWorker } from '../../support/database-folder'
import { writeHistory } from '../../support/history'

let folder: DatabaseFolder
beforeEach(async () => {
  folder = await DatabaseFolder.make()
})
afterEach(() => folder.remove())

/** Another process, as a program that copies files: holds a lock until it is told to end. */
async function lock(file: string): Promise<() => Promise<void>> {
  const script = `
    import { DatabaseSync } from 'node:sqlite'
    const database = new DatabaseSync(${JSON.stringify(file)})
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
    process.stdout.write('locked')
    process.stdin.on('data', () => { database.close(); process.exit() })`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  await once(child.stdout, 'data')
  return async () => {
    child.stdin.write('end')
    await once(child, 'close')
  }
}

describe('a database that another program has locked', () => {
  it('is waited for when it is opened, and said to be waited for', async () => {
    await folder.use((databases) => writeHistory(databases, 1, 2))
    const unlock = await lock(folder.file)
    const said: boolean[] = []
    const opening = folder.open({ waiting: (waits) => said.push(waits) })
    await expect.poll(() => said, { timeout: 10_000 }).toEqual([true])
    await unlock()
    const { database } = await opening
    expect(said).toEqual([true, false])
    expect(database.commands.$client.prepare('SELECT count(*) FROM tasks').pluck().get()).toBe(2)
  })

  it('for too long is explained, and not touched', async () => {
    await folder.use((databases) => writeHistory(databases, 1, 2))
    const before = await folder.hash()
    const unlock = await lock(folder.file)
    await expect(folder.open({ patienceMs: 300 })).rejects.toMatchObject({
      kind: 'conflict',
      message: 'Another program is using the database.',
    })
    await unlock()
    expect(await folder.hash()).toBe(before)
  })

  it('while the app runs refuses a command soon, and is fine again afterwards', async () => {
    const { database, health } = await folder.open()
    const script = `
      import { DatabaseSync } from 'node:sqlite'
      const database = new DatabaseSync(${JSON.stringify(folder.file)})
      database.exec('BEGIN IMMEDIATE')
      process.stdout.write('locked')
      process.stdin.on('data', () => { database.exec('ROLLBACK'); database.close(); process.exit() })`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    await once(child.stdout, 'data')
    const startedAt = performance.now()
    expect(() => writeHistory({ database }, 1, 1)).toThrow('Another program is using the database.')
    expect(performance.now() - startedAt).toBeLessThan(2000)
    expect(health.state()).toMatchObject({ state: 'refused', error: { kind: 'conflict' } })
    child.stdin.write('end')
    await once(child, 'close')
    writeHistory({ database }, 1, 1)
    expect(health.state()).toEqual({ state: 'fine' })
  })
})

describe('health', () => {
  it('is tried again by a small write until that works', () => {
    let works = false
    let probe: () => void = () => undefined
    let ended = 0
    const states: string[] = []
    const health = createHealth({
      now: () => 5,
      probe() {
        const full = Object.assign(new Error('full'), { code: 'SQLITE_FULL' })
        if (!works) throw full
        health.committed()
      },
      suspect: () => undefined,
      setInterval(run) {
        probe = run
        return { unref: () => undefined }
      },
      clearInterval: () => (ended += 1),
    })
    health.onChange(() => states.push(health.state().state))
    health.refused(
      Object.assign(new Error('x'), {
        kind: 'disk_full',
        toValue: () => ({ kind: 'disk_full', message: 'full' }),
      }) as never,
    )
    probe()
    expect(states).toEqual(['refused'])
    works = true
    probe()
    expect(states).toEqual(['refused', 'fine'])
    expect(ended).toBe(1)
  })
})

// Only root can mount a disk as small as this needs.
describe.runIf(process.getuid?.() === 0 && process.platform === 'linux')('a full disk', () => {
  let small: DatabaseFolder
  beforeEach(async () => {
    const mountPoint = join(folder.directory, 'small')
    await mkdir(mountPoint)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', mountPoint])
    small = DatabaseFolder.at(mountPoint)
  })
  afterEach(() => {
    small.closeAll()
    execFileSync('umount', [small.directory])
  })
  const fill = async (leave: number): Promise<void> => {
    const { bavail, bsize } = await statfs(small.directory)
    await writeFile(join(small.directory, 'filler'), Buffer.alloc(Math.max(0, bavail * bsize - leave)))
  }
  const backUp = (): Promise<string> =>
    makeBackup({
      worker: inProcessWorker,
      source: small.file,
      directory: small.backups,
      kind: 'daily',
      now: Date.now(),
      appVersion: '',
    })

  it('gives no backup, says how much is missing, and keeps the good one', async () => {
    const databases = await small.open()
    writeHistory(databases, 1, 10)
    await backUp()
    const before = await small.backupNames()
    await fill(4_300_000)
    await expect(backUp()).rejects.toMatchObject({
      kind: 'disk_full',
      detail: expect.stringMatching(/\d+ MB are needed, \d+ MB are free/) as string,
    })
    expect(await small.backupNames()).toEqual(before)
  })

  it('acknowledges nothing that is not there, says so, and works when there is room again', async () => {
    const { database, health } = await small.open()
    await fill(200_000)
    const acknowledged: number[] = []
    const refused: unknown[] = []
    for (let n = 1; health.state().state === 'fine'; n += 1) {
      try {
        writeHistory({ database }, n, n)
        acknowledged.push(n)
      } catch (error) {
        refused.push(error)
      }
    }
    expect(refused).toMatchObject([{ kind: 'disk_full' }])
    expect(health.state()).toMatchObject({ state: 'refused', error: { kind: 'disk_full' } })
    const count = (): unknown => database.commands.$client.prepare('SELECT count(*) FROM tasks').pluck().get()
    expect(count()).toBe(acknowledged.length)
    await writeFile(join(small.directory, 'filler'), '')
    writeHistory({ database }, 1000, 1000)
    expect(health.state()).toEqual({ state: 'fine' })
    expect(count()).toBe(acknowledged.length + 1)
    expect(database.commands.$client.pragma('integrity_check', { simple: true })).toBe('ok')
  })
})
