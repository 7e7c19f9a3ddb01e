import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createBackups, type Backups, type Databases } from '../../../src/main/database'
import { DatabaseFolder, inProcessWorker } from '../../support/database-folder'
import { writeHistory } from '../../support/history'

const DAY = 24 * 60 * 60_000
const START = 1_795_000_000_000
let folder: DatabaseFolder
let databases: Databases
let now = START
/** What waits for its time, and how long. */
let waiting: { run: () => void; after: number }[] = []
let changes = 0
let worker = inProcessWorker

beforeEach(async () => {
  now = START
  waiting = []
  changes = 0
  worker = inProcessWorker
  folder = await DatabaseFolder.make()
  databases = await folder.open()
  writeHistory(databases, 1, 3)
})
afterEach(() => folder.remove())

const create = (): Backups =>
  createBackups({
    file: folder.file,
    directory: folder.backups,
    worker: { ask: (...args) => worker.ask(...args) },
    appVersion: '1.2.3',
    health: databases.health,
    known: databases.known,
    now: () => now,
    schedule(after, run) {
      const entry = { run, after }
      waiting.push(entry)
      return () => void (waiting = waiting.filter((one) => one !== entry))
    },
    changed: () => (changes += 1),
    log: { info: () => undefined, warn: (message) => folder.said.push(message) },
  })

/** The time that waits comes; resolves when the look is over and the next one waits. */
async function tick(): Promise<void> {
  const [next] = waiting.splice(0)
  if (next === undefined) throw new Error('Nothing waits')
  next.run()
  await expect.poll(() => waiting.length).toBe(1)
}
const made = async (): Promise<string[]> =>
  (await folder.backupNames()).map((name) => name.replace(/^foundry-|\.db$/g, ''))

describe('the daily backup', () => {
  it('is made soon after the start, then once a day, by what is there and not by how long the app runs', async () => {
    const backups = create()
    backups.start()
    await tick()
    expect(await made()).toEqual([`${START}-daily`])
    now += DAY - 1
    await tick()
    expect(await made()).toHaveLength(1)
    // Another start within the day makes none.
    await backups.close()
    const again = create()
    again.start()
    waiting = waiting.slice(-1)
    await tick()
    expect(await made()).toHaveLength(1)
    now += 1
    await tick()
    expect(await made()).toEqual([`${START}-daily`, `${START + DAY}-daily`])
    await again.close()
  })

  it('counts one that was made for another reason', async () => {
    const backups = create()
    await backups.make('manual')
    backups.start()
    now += DAY / 2
    await tick()
    expect(await made()).toEqual([`${START}-manual`])
    await backups.close()
  })

  it('keeps seven, also of days that the clock put in another order', async () => {
    const backups = create()
    backups.start()
    for (let day = 0; day < 9; day += 1) {
      await tick()
      now += DAY
    }
    expect(await made()).toHaveLength(7)
    // The clock is set back by a month: what it made later is no backup of now, and a new one is not the first to go.
    now = START - 30 * DAY
    expect(await backups.lastGoodAt()).toBeNull()
    await tick()
    expect(await made()).toContain(`${now}-daily`)
    expect(await made()).toHaveLength(7)
    expect((await backups.list())[0]?.createdAt).toBe(now)
    // And it is not made again and again.
    now += 60_000
    await tick()
    expect((await made()).filter((name) => name.startsWith('1792'))).toHaveLength(1)
    await backups.close()
  })

  it('is looked at when the machine wakes up', async () => {
    const backups = create()
    backups.start()
    await tick()
    now += 3 * DAY
    expect(waiting.map(({ after }) => after)).toEqual([30 * 60_000])
    backups.woke()
    expect(waiting.map(({ after }) => after)).toEqual([60_000])
    await tick()
    expect(await made()).toHaveLength(2)
    await backups.close()
  })

  it('that fails is told, keeps the good one, and is tried again', async () => {
    const backups = create()
    backups.start()
    await tick()
    now += DAY
    worker = { ask: () => Promise.reject(Object.assign(new Error('no space left'), { code: 'ENOSPC' })) }
    await tick()
    expect(backups.state().backupProblem).toMatchObject({ at: now, error: { kind: 'disk_full' } })
    expect(await made()).toEqual([`${START}-daily`])
    worker = inProcessWorker
    await tick()
    expect(backups.state().backupProblem).toBeNull()
    expect(await made()).toHaveLength(2)
    await backups.close()
  })

  it('is not made of a database that is damaged', async () => {
    const backups = create()
    databases.health.saw(Object.assign(new Error('malformed'), { code: 'SQLITE_CORRUPT' }))
    backups.start()
    await tick()
    expect(await made()).toEqual([])
    await backups.close()
  })
})

describe('a backup by hand', () => {
  it('says how far it is, and can be stopped', async () => {
    const backups = create()
    writeHistory(databases, 4, 300, 60)
    const making = backups.make('manual')
    expect(backups.state().backup).toMatchObject({ kind: 'manual', done: 0 })
    backups.cancel()
    await expect(making).rejects.toMatchObject({ kind: 'cancelled' })
    expect(await readdir(folder.backups)).toEqual([])
    expect(backups.state()).toEqual({ backup: null, backupProblem: null })
    expect(changes).toBeGreaterThan(1)
    await backups.make('manual')
    expect(await made()).toHaveLength(1)
  })

  it('is the same one for whoever asks meanwhile', async () => {
    const backups = create()
    const [one, other] = await Promise.all([backups.make('manual'), backups.make('daily')])
    expect(one).toEqual(other)
    expect(one).toMatchObject({
      state: 'verified',
      appVersion: '1.2.3',
      contents: { tasks: 3, turns: 3, events: 120 },
    })
  })

  it('that is the only good one is not removed', async () => {
    const backups = create()
    const { file } = await backups.make('manual')
    await expect(backups.remove(file)).rejects.toMatchObject({ kind: 'conflict' })
    now += 1
    await backups.make('manual')
    await backups.remove(file)
    expect(await made()).toEqual([`${START + 1}-manual`])
    await expect(backups.remove('../foundry.db')).rejects.toMatchObject({ kind: 'not_found' })
  })

  it('that was cut short is never used', async () => {
    const backups = create()
    const { file } = await backups.make('manual')
    const path = join(folder.backups, file)
    await writeFile(path, (await readFile(path)).subarray(0, 8192))
    expect(await backups.list()).toMatchObject([{ file, state: 'incomplete' }])
    expect(await backups.lastGoodAt()).toBeNull()
  })
})

describe('a preview', () => {
  it('says what a backup holds against what is there', async () => {
    const backups = create()
    const { file } = await backups.make('manual')
    writeHistory(databases, 4, 5)
    databases.database.commands.$client.exec("DELETE FROM tasks WHERE id = 'task_1'")
    expect(await backups.preview(file)).toMatchObject({
      backup: { tasks: 3, sessions: 3 },
      now: { tasks: 4, sessions: 5 },
      missingTasks: { total: 2, first: ['Task 5', 'Task 4'] },
      returningTasks: { total: 1, first: ['Task 1'] },
      isNewer: false,
    })
  })
})
