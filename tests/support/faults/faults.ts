import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import Sqlite from 'better-sqlite3'
import { FoundryError, toErrorValue } from '@shared/errors'
import { movedTo } from '../../../src/main/data-folder/place'
import { moveFolder } from '../../../src/main/data-folder/move'
import { openDerived, readOutcome } from '../../../src/main/database'
import { listBackups, makeBackup } from '../../../src/main/database/backup'
import { DatabaseFolder, inProcessWorker } from '../database-folder'
import { writeHistory } from '../history'

/** What a kind of fault did, over all its rounds. */
export interface FaultCounts {
  rounds: number
  /** Rounds in which the process was killed before it was done. */
  killed: number
  /** Things that were acknowledged, and looked for afterwards. */
  acknowledged: number
  [more: string]: number
}

export interface FaultContext {
  /** Compiled `fault-process.ts` and `worker.ts`. */
  script: string
  workerScript: string
  random(): number
}

/** Something that goes wrong, and the proof that nothing acknowledged is lost by it. Throws where something is. */
export type Fault = (rounds: number, context: FaultContext) => Promise<FaultCounts>

const FIXTURES = resolve('tests/fixtures/databases')

function check(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(what)
}

/** Runs it and kills it `delay` after it said it was ready; what it said. */
async function kill(
  { script, workerScript }: FaultContext,
  args: [what: string, directory: string, more?: string],
  delay: number,
): Promise<{ lines: string[]; killed: boolean }> {
  const [what, directory, more = ''] = args
  const child = spawn(process.execPath, [script, what, directory, workerScript, more], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const lines: string[] = []
  let complaints = ''
  child.stderr.on('data', (bytes: Buffer) => (complaints += bytes.toString()))
  let timer: NodeJS.Timeout | undefined
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line)
    if (line === 'ready') timer = setTimeout(() => child.kill('SIGKILL'), delay)
    if (line === 'done') child.kill('SIGKILL')
  })
  const silence = setTimeout(() => child.kill('SIGABRT'), 60_000)
  const [, signal] = (await once(child, 'close')) as [number | null, string | null]
  clearTimeout(timer)
  clearTimeout(silence)
  check(signal === 'SIGKILL', `${what} ended by itself (${String(signal)}): ${complaints}`)
  return { lines: lines.filter((line) => line !== 'ready'), killed: !lines.includes('done') }
}

async function inFolder<Value>(run: (folder: DatabaseFolder) => Promise<Value>): Promise<Value> {
  const folder = DatabaseFolder.at(await mkdtemp(join(tmpdir(), 'foundry-fault-')))
  try {
    return await run(folder)
  } finally {
    await folder.remove()
  }
}

function ids(client: Sqlite.Database, table: string): Set<unknown> {
  return new Set(client.prepare(`SELECT id FROM ${table}`).pluck().all())
}

function expectSound(client: Sqlite.Database): void {
  check(client.pragma('integrity_check', { simple: true }) === 'ok', 'the database is not sound')
  check((client.pragma('foreign_key_check') as unknown[]).length === 0, 'a row refers to nothing')
}

const writing: Fault = (rounds, context) =>
  inFolder(async (folder) => {
    const known: string[] = []
    let killed = 0
    for (let round = 0; round < rounds; round += 1) {
      // Far beyond what the run before could reach.
      const run = await kill(
        context,
        ['write', folder.directory, String(round * 100_000)],
        context.random() * 250,
      )
      known.push(...run.lines)
      killed += Number(run.killed)
      await folder.use(
        ({ database }) => {
          const client = database.commands.$client
          expectSound(client)
          const there = new Set([
            ...ids(client, 'tasks'),
            ...client.prepare('SELECT kind FROM audit_events').pluck().all(),
          ])
          const lost = known.filter((id) => !there.has(id))
          check(lost.length === 0, `lost after a kill: ${lost.slice(0, 5).join()}`)
          // A transaction is there as a whole: each task has its transcript.
          const torn = client
            .prepare(
              'SELECT count(*) FROM tasks WHERE (SELECT count(*) FROM sessions s JOIN session_events e ON e.session_id = s.id WHERE s.task_id = tasks.id) <> 5',
            )
            .pluck()
            .get()
          check(torn === 0, 'a transaction is there in part')
        },
        { uncleanExit: true },
      )
    }
    return { rounds, killed, acknowledged: known.length }
  })

const migrating: Fault = async (rounds, context) => {
  const fixtures = (await readdir(FIXTURES)).filter((name) => name.endsWith('.db')).toSorted()
  let [killed, acknowledged] = [0, 0]
  for (let round = 0; round < rounds; round += 1)
    await inFolder(async (folder) => {
      const fixture = join(FIXTURES, fixtures[round % (fixtures.length - 1)] ?? '')
      await cp(fixture, folder.file)
      const before = new Sqlite(fixture, { readonly: true })
      const tables = before
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        .pluck()
        .all() as string[]
      const rows = tables.map(
        (table) => [table, before.prepare(`SELECT count(*) FROM ${table}`).pluck().get() as number] as const,
      )
      before.close()
      killed += Number((await kill(context, ['migrate', folder.directory], context.random() * 500)).killed)
      await folder.use(
        ({ database }) => {
          expectSound(database.commands.$client)
          for (const [table, count] of rows) {
            const now = database.commands.$client.prepare(`SELECT count(*) FROM ${table}`).pluck().get()
            check(Number(now) >= count, `${table} had ${count} rows and has ${String(now)}`)
            acknowledged += count
          }
        },
        { uncleanExit: true },
      )
      const backups = await listBackups(folder.backups)
      check(
        backups.some(({ state }) => state === 'verified'),
        'there is no verified backup of before the upgrade',
      )
    })
  return { rounds, killed, acknowledged }
}

/** What each verified backup says it holds, it holds. */
async function expectGoodBackups(folder: DatabaseFolder): Promise<number> {
  const verified = (await listBackups(folder.backups)).filter(({ state }) => state === 'verified')
  for (const { file, contents } of verified) {
    const found = await inProcessWorker.ask('contents', { file: join(folder.backups, file) })
    check(JSON.stringify(found) === JSON.stringify(contents), `${file} does not hold what it says`)
    const problem = await inProcessWorker.ask('check', { file: join(folder.backups, file), thorough: true })
    check(problem === null, `${file} is not sound: ${problem ?? ''}`)
  }
  return verified.length
}

const backUp = (folder: DatabaseFolder): Promise<string> =>
  makeBackup({
    worker: inProcessWorker,
    source: folder.file,
    directory: folder.backups,
    kind: 'manual',
    now: Date.now(),
    appVersion: '0',
  })

const backingUp: Fault = (rounds, context) =>
  inFolder(async (folder) => {
    await folder.use((databases) => writeHistory(databases, 1, 300, 100))
    const known: string[] = []
    let [killed, made, unfinished] = [0, 0, 0]
    for (let round = 0; round < rounds; round += 1) {
      const from = 1000 + round * 10_000
      const run = await kill(context, ['backup', folder.directory, String(from)], context.random() * 600)
      killed += Number(run.killed)
      made += run.lines.filter((line) => line === 'backup').length
      known.push(...run.lines.filter((line) => line !== 'backup'))
      unfinished += (await readdir(folder.backups).catch(() => [])).filter((name) =>
        name.includes('.partial'),
      ).length
      await folder.use(
        ({ database }) => {
          const there = ids(database.commands.$client, 'tasks')
          const lost = known.filter((id) => !there.has(id))
          check(lost.length === 0, `lost after a kill: ${lost.slice(0, 5).join()}`)
        },
        { uncleanExit: true },
      )
      await expectGoodBackups(folder)
    }
    await backUp(folder)
    const names = await readdir(folder.backups)
    check(!names.some((name) => name.includes('.partial')), 'what is half written stays')
    return { rounds, killed, acknowledged: known.length, backups: made, unfinished }
  })

const restoringABackup: Fault = async (rounds, context) => {
  let [killed, acknowledged, notAsked] = [0, 0, 0]
  for (let round = 0; round < rounds; round += 1)
    await inFolder(async (folder) => {
      await folder.use((databases) => writeHistory(databases, 1, 40))
      const backup = await backUp(folder)
      await folder.use((databases) => writeHistory(databases, 41, 60))
      const run = await kill(
        context,
        ['restore', folder.directory, backup.slice(folder.backups.length + 1)],
        context.random() * 400,
      )
      killed += Number(run.killed)
      let tasks = 0
      await folder.use(
        ({ database }) => {
          expectSound(database.commands.$client)
          tasks = ids(database.commands.$client, 'tasks').size
        },
        { uncleanExit: true },
      )
      const outcome = await readOutcome(folder.directory)
      if (outcome === null) {
        // Killed before it was written down that it should be done.
        check(!run.lines.includes('asked'), 'a restore that was asked for is not done')
        check(tasks === 60, `${tasks} tasks of 60`)
        notAsked += 1
        return
      }
      check(outcome.kind === 'restored' && tasks === 40, `${tasks} tasks of 40`)
      const kept = new Sqlite(join(folder.backups, outcome.undo ?? ''), { readonly: true })
      check(ids(kept, 'tasks').size === 60, 'what was replaced is not kept')
      kept.close()
      acknowledged += 60
      check(
        (await readdir(folder.directory)).every((name) => !name.includes('.next')),
        'something half done stays',
      )
    })
  return { rounds, killed, acknowledged, notAsked }
}

const recovering: Fault = async (rounds, context) => {
  let [killed, acknowledged] = [0, 0]
  for (let round = 0; round < rounds; round += 1)
    await inFolder(async (folder) => {
      await folder.use((databases) => writeHistory(databases, 1, 40))
      await backUp(folder)
      await folder.use((databases) => writeHistory(databases, 41, 60))
      const bytes = await readFile(folder.file)
      bytes.fill(0, 0, 100)
      await writeFile(folder.file, bytes)
      killed += Number((await kill(context, ['open', folder.directory], context.random() * 500)).killed)
      await folder.use(({ database }) => {
        expectSound(database.commands.$client)
        check(ids(database.commands.$client, 'tasks').size === 40, 'the backup is not in use')
      })
      const outcome = await readOutcome(folder.directory)
      check(outcome?.kind === 'damaged', 'nobody says that it was damaged')
      check(outcome.loss.missingTasks.total === 20, 'what is missing is not told')
      const kept = await readFile(join(folder.backups, outcome.damaged))
      check(kept.equals(bytes), 'the damaged file is not kept as it was')
      acknowledged += 60
    })
  return { rounds, killed, acknowledged }
}

const moving: Fault = async (rounds, context) => {
  let [killed, acknowledged] = [0, 0]
  for (let round = 0; round < rounds; round += 1)
    await inFolder(async (world) => {
      const [home, to] = [join(world.directory, 'home'), join(world.directory, 'to')]
      const folder = DatabaseFolder.at(home)
      await mkdir(home)
      await folder.use((databases) => writeHistory(databases, 1, 20))
      for (let n = 0; n < 200; n += 1) {
        await mkdir(join(home, 'tasks', String(n)), { recursive: true })
        await writeFile(join(home, 'tasks', String(n), 'file.txt'), 'x'.repeat(n * 100))
      }
      const run = await kill(context, ['move', home, `${to}:${home}`], context.random() * 250)
      killed += Number(run.killed)
      // What the start after the kill does, where the move is not done.
      if ((await movedTo(home)) === null)
        await moveFolder({
          from: home,
          to,
          home,
          at: 1,
          signal: new AbortController().signal,
          progress: () => undefined,
        })
      check((await movedTo(home)) === to, 'the data folder is neither the old nor the new one')
      for (let n = 0; n < 200; n += 1) {
        const { size } = await stat(join(to, 'tasks', String(n), 'file.txt'))
        check(size === n * 100, `file ${n} has ${size} bytes`)
      }
      for (const place of [home, to])
        await DatabaseFolder.at(place).use(({ database }) =>
          check(ids(database.commands.$client, 'tasks').size === 20, `${place} lacks tasks`),
        )
      acknowledged += 220
    })
  return { rounds, killed, acknowledged }
}

const indexing: Fault = (rounds, context) =>
  inFolder(async (folder) => {
    await folder.use((databases) => writeHistory(databases, 1, 20))
    const log = { warn: () => undefined }
    let [killed, acknowledged, rebuilt] = [0, 0, 0]
    for (let round = 0; round < rounds; round += 1) {
      const run = await kill(context, ['derive', folder.directory], context.random() * 150)
      killed += Number(run.killed)
      // Every third time its file does not survive either: it is made anew.
      if (round % 3 === 2) {
        const file = join(folder.directory, 'derived.db')
        await writeFile(file, Buffer.from(await readFile(file)).fill(0x5a, 0, 4096))
        await rm(`${file}-wal`, { force: true })
      }
      const derived = await openDerived({ directory: folder.directory, nativeBinding: undefined, log })
      const tables = derived.prepare('SELECT count(*) FROM sqlite_schema').pluck().get()
      rebuilt += Number(tables === 0)
      check(derived.pragma('integrity_check', { simple: true }) === 'ok', 'the index is not sound')
      derived.close()
      await folder.use(({ database }) =>
        check(ids(database.commands.$client, 'tasks').size === 20, 'the index took tasks along'),
      )
      acknowledged += 20
    }
    return { rounds, killed, acknowledged, rebuilt }
  })

/** The file with some bits of it turned, or cut short. */
function damaging(change: (bytes: Buffer, random: () => number) => Buffer): Fault {
  return async (rounds, { random }) => {
    let [acknowledged, recovered, unnoticed, refused, saved] = [0, 0, 0, 0, 0]
    await inFolder(async (origin) => {
      await origin.use((databases) => writeHistory(databases, 1, 40))
      await backUp(origin)
      await origin.use((databases) => writeHistory(databases, 41, 60))
      const whole = await readFile(origin.file)
      for (let round = 0; round < rounds; round += 1)
        await inFolder(async (folder) => {
          await cp(origin.backups, folder.backups, { recursive: true })
          const bytes = change(Buffer.from(whole), random)
          await writeFile(folder.file, bytes)
          let tasks = 0
          const refusal = await folder
            .use(
              ({ database }) => {
                tasks = ids(database.commands.$client, 'tasks').size
                check(
                  database.commands.$client.pragma('quick_check', { simple: true }) === 'ok',
                  'opened as it is',
                )
              },
              { uncleanExit: true },
            )
            .then(
              () => null,
              (error: unknown) => error,
            )
          if (refusal !== null) {
            // Inside the record of migrations, which then is not ours: the recovery window offers the backups.
            check(
              refusal instanceof FoundryError && refusal.message.includes('a different line of versions'),
              toErrorValue(refusal).detail ?? toErrorValue(refusal).message,
            )
            check((await readFile(folder.file)).equals(bytes), 'what is refused is changed')
            refused += 1
            return
          }
          const outcome = await readOutcome(folder.directory)
          if (outcome?.kind === 'damaged') {
            recovered += 1
            check(tasks === 40, `${tasks} tasks of the backup's 40`)
            check(
              (await readFile(join(folder.backups, outcome.damaged))).equals(bytes),
              'the damaged file is changed',
            )
            saved += outcome.loss.tables.find(({ table }) => table === 'tasks')?.onlySaved ?? 0
          } else unnoticed += 1
          acknowledged += 40
        })
    })
    return { rounds, killed: 0, acknowledged, recovered, unnoticed, refused, tasksSaved: saved }
  }
}

const flip = (bytes: Buffer, random: () => number): Buffer => {
  for (let n = 0; n < 30; n += 1) {
    const at = Math.floor(random() * bytes.length)
    bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(random() * 8))
  }
  return bytes
}
const cut = (bytes: Buffer, random: () => number): Buffer =>
  bytes.subarray(0, Math.floor(random() * (bytes.length - 1)))

/** In the order in which they run. The first seven kill a process with -9. */
export const faults = {
  writing,
  migrating,
  'backing up': backingUp,
  restoring: restoringABackup,
  recovering,
  moving,
  indexing,
  'bits flipped': damaging(flip),
  'cut short': damaging(cut),
} satisfies Record<string, Fault>
