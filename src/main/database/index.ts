import { rename, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import type Sqlite from 'better-sqlite3'
import { FoundryError } from '@shared/errors'
import { listBackups, makeBackup, type DatabaseWorker } from './backup'
import { startCheckpointer } from './checkpointer'
import {
  createDatabase,
  createPrivateFile,
  openConnection,
  restrictFileModes,
  type Database,
} from './connection'
import { codeOf, damaged, databaseFailure, isMissing } from './failure'
import { applyMigrations, migrationState, toMigrations, type Migration } from './migrations'

export { listBackups } from './backup'
export { openConnection, type Database, type Db } from './connection'
export { codeOf, databaseFailure } from './failure'
export { newId } from './new-id'
export { deleteInSlices } from './slices'
export { createDatabaseWorker } from './worker-client'

export interface OpenDatabasesOptions {
  /** The data folder. */
  directory: string
  /** Where backups go. */
  backupsDirectory: string
  nativeBinding: string | undefined
  /** True when the last run did not end properly: the file is then checked before anything reads it. */
  uncleanExit: boolean
  log: { info(message: string): void; warn(message: string): void }
  now?: () => number
  /** Other than the built-in ones in tests of the runner. */
  migrations?: Migration[]
  worker: DatabaseWorker
}

export interface Databases {
  readonly database: Database
  /** `foundry.db`. */
  readonly file: string
  /** Checkpoints the log and closes. Nothing may use the handles afterwards. */
  close(): void
}

/** A disk with less than this left is full for a database, whatever it says. */
const FULL_DISK_BYTES = 1024 * 1024

/** The SQL is in the bundle: no path to resolve at run time. */
const bundled = (): Migration[] =>
  toMigrations(
    import.meta.glob<string>('./migrations/*.sql', { query: '?raw', import: 'default', eager: true }),
  )

/**
 * Opens the durable database: checks it after an unclean exit, refuses a newer file without touching it, backs
 * up before an upgrade, migrates. Never deletes or replaces anything.
 *
 * @throws FoundryError `unsupported` (newer file), `conflict` (damaged file, failed backup or upgrade),
 * `disk_full`, `read_only`
 */
export async function openDatabases(options: OpenDatabasesOptions): Promise<Databases> {
  const file = join(options.directory, 'foundry.db')
  const { nativeBinding, worker } = options
  const known = options.migrations ?? bundled()
  const opened: Sqlite.Database[] = []
  const open = (synchronous: 'FULL' | 'NORMAL'): Sqlite.Database => {
    const connection = openConnection(file, { synchronous, nativeBinding })
    opened.push(connection)
    return connection
  }
  try {
    if (await prepareFile(file, options.backupsDirectory)) {
      if (options.uncleanExit) await checkAfterUncleanExit(file, worker, options.log)
      refuseBeforeWriting(file, nativeBinding, known)
    }
    const commands = open('FULL')
    await migrate(commands, file, known, worker, options)
    const events = open('NORMAL')
    const stopCheckpointer = startCheckpointer(file, worker, (error) =>
      options.log.warn(`the write-ahead log could not be copied: ${String(error)}`),
    )
    return {
      database: createDatabase(commands, events),
      file,
      close() {
        stopCheckpointer()
        try {
          commands.pragma('optimize')
        } finally {
          events.close()
          commands.close()
        }
      },
    }
  } catch (error) {
    for (const connection of opened) connection.close()
    throw await explain(error, options.directory)
  }
}

/** Says whether there is a database to look at before it is opened for writing. A new one is made private. */
async function prepareFile(file: string, backupsDirectory: string): Promise<boolean> {
  const bytes = await sizeOf(file)
  if (bytes === null) {
    await createPrivateFile(file)
    return false
  }
  // A first start that was killed leaves an empty file; one that has backups was not empty before.
  if (bytes === 0 && (await sizeOf(`${file}-wal`)) === null) {
    if ((await listBackups(backupsDirectory)).length > 0) throw damaged('The file is empty.')
  }
  await restrictFileModes(file)
  return bytes > 0
}

async function checkAfterUncleanExit(
  file: string,
  worker: DatabaseWorker,
  log: OpenDatabasesOptions['log'],
): Promise<void> {
  const problem = await worker.check(file, false)
  if (problem !== null) throw damaged(problem)
  log.info('database checked after an unclean exit: sound')
}

/** Looks at the file on a connection that cannot write: what we refuse stays as it is, byte for byte. */
function refuseBeforeWriting(
  file: string,
  nativeBinding: string | undefined,
  known: readonly Migration[],
): void {
  const connection = openConnection(file, { synchronous: 'FULL', nativeBinding, readonly: true })
  try {
    migrationState(connection, known)
  } finally {
    connection.close()
  }
}

async function migrate(
  connection: Sqlite.Database,
  file: string,
  known: readonly Migration[],
  worker: DatabaseWorker,
  options: OpenDatabasesOptions,
): Promise<void> {
  const now = options.now ?? Date.now
  const { applied, pending } = migrationState(connection, known)
  if (pending.length === 0) return
  if (applied.length > 0) {
    const backup = await makeBackup(worker, file, options.backupsDirectory, 'upgrade', now())
    options.log.info(`backup before the upgrade: ${backup}`)
  }
  applyMigrations(connection, pending, now)
  // The file itself holds the schema from here on, also where its log is lost.
  connection.pragma('wal_checkpoint(TRUNCATE)')
  options.log.info(`applied ${pending.map((step) => step.tag).join(', ')}`)
}

/**
 * Opens the database of search index and caches, which may be rebuilt at any time: a damaged one is moved
 * aside and made anew.
 *
 * @throws FoundryError `disk_full` or `read_only`: what the disk refuses is no damage
 */
export async function openDerived(options: {
  directory: string
  nativeBinding: string | undefined
  log: { warn(message: string): void }
}): Promise<Sqlite.Database> {
  const file = join(options.directory, 'derived.db')
  const open = async (): Promise<Sqlite.Database> => {
    if ((await sizeOf(file)) === null) await createPrivateFile(file)
    else await restrictFileModes(file)
    const connection = openConnection(file, {
      synchronous: 'NORMAL',
      nativeBinding: options.nativeBinding,
    })
    try {
      connection.prepare('SELECT count(*) FROM sqlite_schema').get()
      return connection
    } catch (error) {
      connection.close()
      throw error
    }
  }
  try {
    return await open()
  } catch (error) {
    const code = codeOf(error)
    if (!code.startsWith('SQLITE_CORRUPT') && code !== 'SQLITE_NOTADB')
      throw await explain(error, options.directory)
    options.log.warn(`derived.db cannot be read and is made anew: ${String(error)}`)
    await setAside(file)
    return await open()
  }
}

/** Puts a damaged file that can be made anew, and is closed, out of the way. */
export async function setAside(file: string): Promise<void> {
  for (const suffix of ['', '-wal', '-shm']) {
    await rename(file + suffix, `${file}.damaged${suffix}`).catch((failure: unknown) => {
      if (!isMissing(failure)) throw failure
    })
  }
}

async function sizeOf(file: string): Promise<number | null> {
  try {
    return (await stat(file)).size
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}

/** On a full disk SQLite often fails with another code, as when it cannot make its shared memory. */
async function explain(thrown: unknown, directory: string): Promise<unknown> {
  const failure = databaseFailure(thrown)
  if (!(failure instanceof FoundryError) || failure.kind !== 'read_only') return failure
  const disk = await statfs(directory).catch(() => null)
  if (disk === null || disk.bavail * disk.bsize >= FULL_DISK_BYTES) return failure
  return databaseFailure(Object.assign(new Error(failure.detail), { code: 'ENOSPC' }))
}
