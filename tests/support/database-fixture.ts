import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import Sqlite from 'better-sqlite3'
import { applyMigrations, hashOf } from '../../src/main/database/migrations'
import { shippedMigrations } from './database'

const FOLDER = resolve(import.meta.dirname, '../fixtures/databases')
const SHIPPED = join(FOLDER, 'shipped.json')
const JSON_COLUMNS = new Set([
  'input',
  'error',
  'payload',
  'options',
  'usage',
  'tool_call',
  'agent',
  'problem',
  'scopes',
  'value',
  'requested_reviewers',
  'labels',
  'json',
  'scripts',
  'permission_policy',
  'policy',
  'forked_from',
  'publish_draft',
])

/** A database as the version whose last migration has this tag left it. */
export function fixtureOf(tag: string): string {
  return join(FOLDER, `${tag}.db`)
}

/** Tags of the shipped migrations with the sha256 of their SQL. */
export function readShipped(): Record<string, string> {
  return JSON.parse(readFileSync(SHIPPED, 'utf8')) as Record<string, string>
}

/** Writes the fixture of the newest migration, with rows in every table, and notes its hash. */
export function writeDatabaseFixture(): void {
  const migrations = shippedMigrations()
  const newest = migrations.at(-1)
  if (newest === undefined) return
  const file = fixtureOf(newest.tag)
  rmSync(file, { force: true })
  const connection = new Sqlite(file)
  applyMigrations(connection, migrations, () => 1_795_000_000_000)
  // Values are by rule, so references are checked once all rows are there.
  connection.pragma('foreign_keys = OFF')
  const tables = connection
    .prepare(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'foundry_migrations'",
    )
    .pluck()
    .all() as string[]
  for (const table of tables) fill(connection, table)
  if ((connection.pragma('foreign_key_check') as unknown[]).length > 0)
    throw new Error('Rows do not fit together')
  connection.exec('VACUUM')
  connection.close()
  writeFileSync(
    SHIPPED,
    `${JSON.stringify({ ...readShipped(), [newest.tag]: hashOf(newest) }, undefined, 2)}\n`,
  )
}

interface Column {
  name: string
  type: string
}

/** Three rows, or the one of a table that holds one. */
function fill(connection: Sqlite.Database, table: string): void {
  const columns = connection.pragma(`table_info(${table})`) as Column[]
  const references = new Map(
    (connection.pragma(`foreign_key_list(${table})`) as { from: string; table: string }[]).map((key) => [
      key.from,
      key.table,
    ]),
  )
  const insert = connection.prepare(
    `INSERT INTO ${table} (${columns.map(({ name }) => `"${name}"`).join()}) VALUES (${columns.map(() => '?').join()})`,
  )
  for (let row = 1; row <= (table === 'app_state' ? 1 : 3); row++) {
    insert.run(
      columns.map(({ name, type }) => {
        const parent = references.get(name)
        if (parent !== undefined) return `${parent}-id-${row}`
        if (type.toLowerCase() === 'blob') return Buffer.from([row, 0, 255])
        if (type.toLowerCase() !== 'text') return row
        return JSON_COLUMNS.has(name) ? `{"row":${row}}` : `${table}-${name}-${row}`
      }),
    )
  }
}
