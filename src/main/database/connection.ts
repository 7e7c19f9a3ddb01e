import Sqlite from 'better-sqlite3'
import { drizzle, type BetterSQLite3Database } from 'drizzle-orm/better-sqlite3'
import { FoundryError } from '@shared/errors'
import { databaseFailure } from './failure'

/** A drizzle database with its better-sqlite3 connection as `$client`. */
/** What is left of a longer write-ahead log once it was copied and is written anew. */
export const LOG_LIMIT_BYTES = 2 * 1024 * 1024

export type Db = BetterSQLite3Database & { $client: Sqlite.Database }

/**
 * The durable database, on two writing connections in this thread: what a person did is on disk when a
 * command returns (`commands`, synchronous FULL); streams of agent output may lose 100 ms to a power cut
 * but nothing to a kill (`events`, synchronous NORMAL). Only one of them can be inside a transaction: a write
 * on `events` from within a transaction of `commands` would wait for itself.
 */
export interface Database {
  readonly commands: Db
  readonly events: Db
  /**
   * One immediate transaction on `commands`. Nested calls join the outer one.
   *
   * @throws FoundryError `disk_full`, `read_only` or `conflict` when the disk refuses; nothing is changed then
   */
  transaction<Value>(run: () => Value): Value
  /** The same on `events`, for what is no person's work. Not from within a transaction of `commands`. */
  batch<Value>(run: () => Value): Value
}

export interface OpenOptions {
  synchronous: 'FULL' | 'NORMAL'
  /** Path of a better-sqlite3 addon other than the one of its package. */
  nativeBinding?: string | undefined
  readonly?: boolean
  /** Other than `BUSY_MS`: off the main thread there is time. */
  busyMs?: number
  /** `DELETE` for a file that is handed on in one piece, without a log beside it. */
  journal?: 'WAL' | 'DELETE'
}

/** Told how each transaction ended: whoever says so to a person. */
export interface TransactionWatch {
  committed(): void
  /** What the disk or SQLite refused; a defect of ours is not told. */
  refused(failure: FoundryError): void
  /** Why nothing more is to be written; null while all is well. */
  stopped(): FoundryError | null
}

const SYNCHRONOUS = { FULL: 2, NORMAL: 1 } as const
/**
 * How long a connection waits for a lock of another process, and with it the main thread. Our own connections never wait
 * for each other, so it is some other program, which may take any time: that is told, not waited for.
 */
const BUSY_MS = 250

/** Opens one connection with all that must hold on every connection, and asserts that it does. */
export function openConnection(file: string, options: OpenOptions): Sqlite.Database {
  const connection = new Sqlite(file, {
    timeout: options.busyMs ?? BUSY_MS,
    readonly: options.readonly ?? false,
    ...(options.nativeBinding === undefined ? {} : { nativeBinding: options.nativeBinding }),
  })
  const set = (pragma: string, value: string, expected: string | number): void => {
    connection.pragma(`${pragma} = ${value}`)
    if (connection.pragma(pragma, { simple: true }) !== expected)
      throw new Error(`SQLite did not accept ${pragma} = ${value}`)
  }
  try {
    // Where there is no shared memory (some network disks) SQLite stays with another journal without a word.
    const journal = options.journal ?? 'WAL'
    if (options.readonly !== true) set('journal_mode', journal, journal.toLowerCase())
    // better-sqlite3 opens an existing WAL database as NORMAL whatever it was made with: never trust, read back.
    set('synchronous', options.synchronous, SYNCHRONOUS[options.synchronous])
    set('foreign_keys', 'ON', 1)
    connection.pragma('temp_store = MEMORY')
    connection.pragma(`journal_size_limit = ${LOG_LIMIT_BYTES}`)
    // 256 MB: the checkpointer copies the log long before that, on another thread.
    connection.pragma('wal_autocheckpoint = 65536')
    // macOS only: an fsync there does not reach the platter, so FULL alone would promise too much.
    connection.pragma(`fullfsync = ${options.synchronous === 'FULL' ? 'ON' : 'OFF'}`)
    connection.pragma('checkpoint_fullfsync = ON')
    return connection
  } catch (error) {
    connection.close()
    throw error
  }
}

export function toDb(connection: Sqlite.Database): Db {
  return drizzle({ client: connection, casing: 'snake_case' })
}

/** Joins both connections to the handle the owners work with. */
export function createDatabase(
  commands: Sqlite.Database,
  events: Sqlite.Database,
  watch?: TransactionWatch,
): Database {
  const on =
    (connection: Sqlite.Database) =>
    <Value>(run: () => Value): Value => {
      if (connection.inTransaction) return run()
      const stopped = watch?.stopped() ?? null
      if (stopped !== null) throw stopped
      try {
        const value = connection.transaction(run).immediate()
        watch?.committed()
        return value
      } catch (error) {
        const failure = databaseFailure(error)
        // One that a command threw itself is its answer, and says nothing of the disk.
        if (failure !== error && failure instanceof FoundryError) watch?.refused(failure)
        throw failure
      }
    }
  return { commands: toDb(commands), events: toDb(events), transaction: on(commands), batch: on(events) }
}
