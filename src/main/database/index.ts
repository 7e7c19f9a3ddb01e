// What is noted of damage must be on the disk before anything else happens; nothing is written any more by then.
// oxlint-disable-next-line no-restricted-imports
import { writeFileSync } from 'node:fs'
import { rename, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type Sqlite from 'better-sqlite3'
import { FoundryError } from '@shared/errors'
import { listBackups, makeBackup } from './backup'
import { startCheckpointer } from './checkpointer'
import { createDatabase, openConnection, type Database } from './connection'
import { createPrivateFile, removeDurably, restrictFileModes, sizeOf } from './durable'
import { codeOf, DatabaseDamaged, databaseFailure, isBusy, isMissing } from './failure'
import { createHealth, type Health } from './health'
import { applyMigrations, hashOf, migrationState, toMigrations, type Migration } from './migrations'
import { runReplacement, type ReplacementOptions } from './pending'
import { recoverDamaged } from './recover'
import type { DatabaseWorker } from './worker-client'

export { createBackups, type Backups } from './backups'
export { listBackups } from './backup'
export { openConnection, type Database, type Db } from './connection'
export { codeOf, databaseFailure } from './failure'
export type { Health } from './health'
export { newId } from './new-id'
export { forgetOutcome, readOutcome, writeOutcome } from './outcome'
export { saveWhatReads } from './recover'
export { askForReplacement, restoring } from './replacement'
export { deleteInSlices } from './slices'
export { createDatabaseWorker, type DatabaseWorker } from './worker-client'

export interface OpenDatabasesOptions {
  /** The data folder. */
  directory: string
  /** Where backups go. */
  backupsDirectory: string
  nativeBinding: string | undefined
  /** True when the last run did not end properly: the file is then checked before anything reads it. */
  uncleanExit: boolean
  log: { info(message: string): void; warn(message: string): void }
  /** Of Foundry, noted in the backups it makes. */
  appVersion?: string
  now?: () => number
  /** Another program has the file locked; told once when that takes a while, and once when it is over. */
  waiting?: (waits: boolean) => void
  /** How long another program may have it locked before that is a failure. */
  patienceMs?: number
  /** Other than the built-in ones in tests of the runner. */
  migrations?: Migration[]
  worker: DatabaseWorker
}

export interface Databases {
  readonly database: Database
  /** `foundry.db`. */
  readonly file: string
  readonly health: Health
  /** Hashes of the steps of the schema that this version knows, in order. */
  readonly known: readonly string[]
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

/** Another program that checks or copies the file is done in seconds. */
const PATIENCE_MS = 30_000
const TRY_AGAIN_MS = 250
const TELL_AFTER_MS = 1500

/**
 * Opens the durable database: does what the last run asked for (`pending`), checks the file after an unclean exit, opens
 * the last good backup where it is damaged, refuses a newer file without touching it, backs up before an upgrade, migrates.
 * Waits for another program that has it locked. Never deletes anything a person made.
 *
 * @throws FoundryError `unsupported` (newer file), `conflict` (damaged file without a backup, locked file, failed backup or
 * upgrade), `disk_full`, `read_only`
 */
export async function openDatabases(options: OpenDatabasesOptions): Promise<Databases> {
  const replacement: ReplacementOptions = {
    directory: options.directory,
    backupsDirectory: options.backupsDirectory,
    worker: options.worker,
    migrations: options.migrations ?? bundled(),
    nativeBinding: options.nativeBinding,
    appVersion: options.appVersion ?? '',
    now: options.now ?? Date.now,
    log: options.log,
  }
  try {
    await runReplacement(replacement)
    try {
      return await openWhenUnlocked(options, replacement)
    } catch (error) {
      if (!(error instanceof DatabaseDamaged)) throw error
      if (!(await recoverDamaged(replacement, error)))
        throw new DatabaseDamaged(
          error.detail ?? '',
          error,
          'There is no backup that can be used. What can still be read of it can be saved.',
        )
      await removeDurably(suspectFile(options.directory))
      return await openWhenUnlocked({ ...options, uncleanExit: false }, replacement)
    }
  } catch (error) {
    throw await explain(error, options.directory)
  }
}

async function openWhenUnlocked(
  options: OpenDatabasesOptions,
  replacement: ReplacementOptions,
): Promise<Databases> {
  const startedAt = performance.now()
  let told = false
  for (;;) {
    try {
      const databases = await openOnce(options, replacement)
      if (told) options.waiting?.(false)
      return databases
    } catch (error) {
      const waited = performance.now() - startedAt
      const busy = error instanceof FoundryError ? isBusy(error.cause) : isBusy(error)
      if (!busy || waited >= (options.patienceMs ?? PATIENCE_MS)) throw databaseFailure(error)
      if (!told && waited >= TELL_AFTER_MS) {
        told = true
        options.log.warn('another program has the database locked')
        options.waiting?.(true)
      }
      await wait(TRY_AGAIN_MS)
    }
  }
}

async function openOnce(
  options: OpenDatabasesOptions,
  { migrations: known, now }: ReplacementOptions,
): Promise<Databases> {
  const { directory, nativeBinding, worker, log } = options
  const file = join(directory, 'foundry.db')
  const opened: Sqlite.Database[] = []
  const open = (synchronous: 'FULL' | 'NORMAL'): Sqlite.Database => {
    const connection = openConnection(file, { synchronous, nativeBinding })
    opened.push(connection)
    return connection
  }
  try {
    if (await prepareFile(file, options.backupsDirectory)) {
      await checkBeforeUse(file, options)
      refuseBeforeWriting(file, nativeBinding, known)
    }
    const commands = open('FULL')
    await migrate(commands, file, known, worker, options)
    const events = open('NORMAL')
    const health = createHealth({
      now,
      probe: () => database.transaction(() => commands.pragma('user_version = 0')),
      suspect(detail) {
        log.warn(`a page of the database makes no sense: ${detail}`)
        // At once: the app may end with the next line, and the next start would not know.
        try {
          writeFileSync(suspectFile(directory), detail, { mode: 0o600, flush: true })
        } catch (error) {
          log.warn(`that the database is to be checked could not be noted: ${String(error)}`)
        }
      },
    })
    const stopCheckpointer = startCheckpointer(file, worker, (error) => {
      log.warn(`the write-ahead log could not be copied: ${String(error)}`)
      health.saw(error)
    })
    const database = createDatabase(commands, events, health)
    return {
      database,
      file,
      health,
      known: known.map(hashOf),
      close() {
        stopCheckpointer()
        health.close()
        try {
          if (health.stopped() === null) commands.pragma('optimize')
        } finally {
          events.close()
          commands.close()
        }
      },
    }
  } catch (error) {
    for (const connection of opened) connection.close()
    throw databaseFailure(error)
  }
}

/** Stands while the file is to be checked in full before it is used, as a page of it was found to make no sense. */
function suspectFile(directory: string): string {
  return join(directory, 'foundry.db.suspect')
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
    if ((await listBackups(backupsDirectory)).length > 0) throw new DatabaseDamaged('The file is empty.')
  }
  await restrictFileModes(file)
  return bytes > 0
}

async function checkBeforeUse(file: string, options: OpenDatabasesOptions): Promise<void> {
  const { directory, worker, log, uncleanExit } = options
  const isSuspect = (await sizeOf(suspectFile(directory))) !== null
  if (!isSuspect && !uncleanExit) return
  const problem = await worker.ask('check', { file, thorough: isSuspect })
  if (problem !== null) throw new DatabaseDamaged(problem)
  if (isSuspect) await removeDurably(suspectFile(directory))
  log.info(`database checked after ${isSuspect ? 'a read that failed' : 'an unclean exit'}: sound`)
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
    const backup = await makeBackup({
      worker,
      source: file,
      directory: options.backupsDirectory,
      kind: 'upgrade',
      now: now(),
      appVersion: options.appVersion ?? '',
    })
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

/** On a full disk SQLite often fails with another code, as when it cannot make its shared memory. */
async function explain(thrown: unknown, directory: string): Promise<unknown> {
  const failure = databaseFailure(thrown)
  if (!(failure instanceof FoundryError) || failure.kind !== 'read_only') return failure
  const disk = await statfs(directory).catch(() => null)
  if (disk === null || disk.bavail * disk.bsize >= FULL_DISK_BYTES) return failure
  return databaseFailure(Object.assign(new Error(failure.detail), { code: 'ENOSPC' }))
}
