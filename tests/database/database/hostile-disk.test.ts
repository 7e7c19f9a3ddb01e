import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, mkdir, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { bundle } from '../../support/bundle'
import { DatabaseFolder, FAMILY, INITIAL, REBUILD } from '../../support/database-folder'

const isRoot = process.getuid?.() === 0
let folder: DatabaseFolder
beforeEach(async () => {
  folder = await DatabaseFolder.make()
})
afterEach(async () => {
  await folder.remove()
})

describe('killed in the middle of an upgrade', () => {
  it('the file is as it was, and the upgrade goes well the next time', async () => {
    const script = await bundle('tests/support/crash/migration-process.ts', 'migration-process')
    await folder.use(({ database }) => database.commands.$client.exec(FAMILY), { migrations: [INITIAL] })
    const child = spawn(process.execPath, [script, folder.file], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(child.stdout, 'data')
    child.kill('SIGKILL')
    await once(child, 'close')
    await folder.use(
      ({ database }) => {
        expect(database.commands.$client.pragma('integrity_check', { simple: true })).toBe('ok')
        expect(database.commands.$client.prepare('SELECT count(*) FROM children').pluck().get()).toBe(3)
        expect(database.commands.$client.prepare('SELECT tag FROM foundry_migrations').pluck().all()).toEqual(
          [INITIAL.tag],
        )
        expect(() => database.commands.$client.prepare('SELECT * FROM __new_parents')).toThrow(
          'no such table',
        )
      },
      { migrations: [INITIAL], uncleanExit: true },
    )
    await folder.use(
      ({ database }) => {
        expect(database.commands.$client.prepare('SELECT count(*) FROM children').pluck().get()).toBe(3)
      },
      { migrations: [INITIAL, REBUILD] },
    )
  })
})

// Only root can mount a disk as small as this needs.
describe.runIf(isRoot && process.platform === 'linux')('a full disk', () => {
  let small: DatabaseFolder
  beforeEach(async () => {
    const mountPoint = join(folder.directory, 'small')
    await mkdir(mountPoint)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', mountPoint])
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

  it.each([0, 4096, 20_000, 60_000])('with %d bytes left is told at the first start', async (left) => {
    await fill(left)
    await expect(small.open()).rejects.toMatchObject({
      kind: 'disk_full',
      next: expect.stringContaining('Free some space') as string,
    })
  })

  it.each([0, 4096, 40_000])('with %d bytes left is told when a database is opened', async (left) => {
    await small.use(({ database }) => database.commands.$client.exec(FAMILY), { migrations: [INITIAL] })
    await fill(left)
    const before = await small.hash()
    const opened = await small.open({ migrations: [INITIAL, REBUILD] }).catch((error: unknown) => error)
    expect(opened).toMatchObject({ kind: 'disk_full' })
    expect(await small.hash()).toBe(before)
    expect(await small.backupNames()).toEqual([])
  })

  it('is told to a command, which changes nothing; the next one works when there is room', async () => {
    const { database } = await small.open({ migrations: [INITIAL] })
    const { $client } = database.commands
    await fill(0)
    const insert = $client.prepare('INSERT INTO parents VALUES (?, ?)')
    const add = (): void => {
      database.transaction(() => {
        for (let n = 0; n < 100; n++) insert.run(`id-${n}`, 'x'.repeat(4000))
      })
    }
    expect(add).toThrow(expect.objectContaining({ kind: 'disk_full' }))
    expect($client.prepare('SELECT count(*) FROM parents').pluck().get()).toBe(0)
    await writeFile(join(small.directory, 'filler'), '')
    add()
    expect($client.prepare('SELECT count(*) FROM parents').pluck().get()).toBe(100)
  })
})

// Root may write everywhere: as root, the check runs in a process of an ordinary user.
describe.runIf(process.platform === 'linux')('a data folder that cannot be written', () => {
  const tryAsOrdinaryUser = async (): Promise<unknown> => {
    const script = await bundle('tests/support/crash/open-process.ts', 'open-process')
    const command = [process.execPath, script, folder.directory]
    const [program = '', ...args] = isRoot
      ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', ...command]
      : command
    return JSON.parse(execFileSync(program, args, { encoding: 'utf8' })) as unknown
  }
  beforeEach(async () => {
    await folder.use(({ database }) => database.commands.$client.exec(FAMILY), { migrations: [INITIAL] })
    if (isRoot) for (const path of [folder.directory, folder.file]) await chown(path, 65_534, 65_534)
  })
  afterEach(() => chmod(folder.directory, 0o700))

  it('is told as that', async () => {
    await chmod(folder.file, 0o400)
    await chmod(folder.directory, 0o500)
    const before = await folder.hash()
    expect(await tryAsOrdinaryUser()).toMatchObject({ kind: 'read_only', next: expect.any(String) as string })
    expect(await folder.hash()).toBe(before)
  })

  it('is told as that when it is somebody else’s', async () => {
    if (isRoot) await chown(folder.file, 0, 0)
    await chmod(folder.directory, 0o500)
    expect(await tryAsOrdinaryUser()).toMatchObject({ kind: 'read_only' })
  })

  it('works for the ordinary user when it is theirs', async () => {
    expect(await tryAsOrdinaryUser()).toEqual({ opened: true })
  })
})
