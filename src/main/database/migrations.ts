import { createHash } from 'node:crypto'
import type Sqlite from 'better-sqlite3'
import { FoundryError } from '@shared/errors'
import { databaseFailure } from './failure'

/** One step of the schema. Shipped steps never change: the hash of each applied one is checked at every start. */
export interface Migration {
  /** File name without its ending, such as `0000_initial`. Order is the order of names. */
  readonly tag: string
  readonly sql: string
}

export interface MigrationState {
  readonly applied: readonly { tag: string; hash: string }[]
  readonly pending: readonly Migration[]
}

const STATEMENT_BREAK = '--> statement-breakpoint'

export function hashOf(migration: Migration): string {
  return createHash('sha256').update(migration.sql).digest('hex')
}

/** Sorts what Vite collected from `migrations/*.sql` into migrations. */
export function toMigrations(files: Record<string, string>): Migration[] {
  return Object.entries(files)
    .map(([path, sql]) => ({ tag: path.replace(/^.*\//, '').replace(/\.sql$/, ''), sql }))
    .sort((left, right) => (left.tag < right.tag ? -1 : 1))
}

/**
 * Compares what the file holds with what this version knows. The whole ordered list counts, not the last
 * time stamp: a step merged late must not be skipped.
 *
 * @throws FoundryError `unsupported` when the file comes from a newer version, or `conflict` when a step it
 * holds differs from ours or when it is no database of Foundry at all
 */
export function migrationState(connection: Sqlite.Database, known: readonly Migration[]): MigrationState {
  const exists = connection
    .prepare("SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'foundry_migrations'")
    .pluck()
    .get()
  const applied =
    exists === 0
      ? []
      : (connection.prepare('SELECT tag, hash FROM foundry_migrations ORDER BY position').all() as {
          tag: string
          hash: string
        }[])
  applied.forEach((step, position) => {
    const ours = known[position]
    if (ours === undefined)
      throw new FoundryError('unsupported', 'This data was last opened by a newer version of Foundry.', {
        next: 'Install that version or a later one. Nothing was changed; you can export the database as it is.',
        detail: `The file holds ${applied.length} migrations, the last ${applied.at(-1)?.tag ?? ''}; this version knows ${known.length}.`,
      })
    if (ours.tag !== step.tag || hashOf(ours) !== step.hash)
      throw new FoundryError(
        'conflict',
        'The database was made by a different line of versions of Foundry.',
        {
          next: 'Open it with the version that made it, or restore a backup. Nothing was changed.',
          detail: `Migration ${position} is ${step.tag} in the file and ${ours.tag} here.`,
        },
      )
  })
  if (applied.length === 0) refuseForeign(connection)
  return { applied, pending: known.slice(applied.length) }
}

/** A file without any step of ours must be empty: its tables would be somebody else's. */
function refuseForeign(connection: Sqlite.Database): void {
  const table = connection
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'foundry_migrations' LIMIT 1")
    .pluck()
    .get() as string | undefined
  if (table === undefined) return
  throw new FoundryError('conflict', 'The file foundry.db was not made by Foundry, or is damaged.', {
    next: 'Move it to another folder, or restore a backup. Nothing was changed.',
    detail: `It holds table ${table} and no record of migrations.`,
  })
}

/**
 * Applies what is pending, each step in a transaction of its own. Foreign keys are turned off outside of it
 * (inside the pragma does nothing, and a table rebuild would then delete all children), every reference is
 * checked before the commit, and no table that is still there may have lost rows.
 *
 * @throws FoundryError `conflict` when a step fails (the file is then as the step before left it), `disk_full`
 * or `read_only` when the disk refuses
 */
export function applyMigrations(
  connection: Sqlite.Database,
  pending: readonly Migration[],
  now: () => number,
): void {
  connection.exec(
    'CREATE TABLE IF NOT EXISTS foundry_migrations (position INTEGER PRIMARY KEY, tag TEXT NOT NULL UNIQUE, hash TEXT NOT NULL, applied_at INTEGER NOT NULL)',
  )
  for (const migration of pending) {
    connection.pragma('foreign_keys = OFF')
    try {
      connection.transaction(() => applyStep(connection, migration, now())).immediate()
    } catch (error) {
      const failure = databaseFailure(error)
      throw failure instanceof FoundryError ? failure : upgradeFailed(migration, error)
    } finally {
      connection.pragma('foreign_keys = ON')
    }
  }
}

function applyStep(connection: Sqlite.Database, migration: Migration, appliedAt: number): void {
  const before = rowCounts(connection)
  for (const statement of migration.sql.split(STATEMENT_BREAK)) {
    if (statement.trim() !== '') connection.exec(statement)
  }
  const broken = connection.pragma('foreign_key_check') as unknown[]
  if (broken.length > 0) throw new Error(`It leaves ${broken.length} rows with a reference to nothing.`)
  const after = rowCounts(connection)
  for (const [table, rows] of before) {
    const left = after.get(table)
    if (left !== undefined && left < rows) throw new Error(`It would lose ${rows - left} rows of ${table}.`)
  }
  connection
    .prepare(
      'INSERT INTO foundry_migrations (position, tag, hash, applied_at) VALUES ((SELECT count(*) FROM foundry_migrations), ?, ?, ?)',
    )
    .run(migration.tag, hashOf(migration), appliedAt)
}

function upgradeFailed(migration: Migration, cause: unknown): FoundryError {
  return new FoundryError('conflict', 'The database could not be upgraded to this version of Foundry.', {
    next: 'Go on with the version you had, and report the detail. Nothing was lost, and a backup was made.',
    detail: `${migration.tag}: ${cause instanceof Error ? cause.message : String(cause)}`,
    cause,
  })
}

function rowCounts(connection: Sqlite.Database): Map<string, number> {
  const tables = connection
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    .pluck()
    .all() as string[]
  return new Map(
    tables.map((table) => [
      table,
      connection
        .prepare(`SELECT count(*) FROM "${table.replaceAll('"', '""')}"`)
        .pluck()
        .get() as number,
    ]),
  )
}
