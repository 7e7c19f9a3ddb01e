import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { World } from './world'

type Row = Record<string, unknown>

/** Reads the app's database as it is on disk, while the app is not running. */
export function readDatabase<Value>(world: World, read: (query: (sql: string) => Row[]) => Value): Value {
  const database = new DatabaseSync(join(world.foundry, 'foundry.db'))
  try {
    return read((sql) => database.prepare(sql).all() as Row[])
  } finally {
    database.close()
  }
}

/** What is wrong with the database; empty when it is sound. */
export function databaseProblems(world: World): unknown[] {
  return readDatabase(world, (query) => [
    ...query('PRAGMA integrity_check')
      .map((row) => row['integrity_check'])
      .filter((line) => line !== 'ok'),
    ...query('PRAGMA foreign_key_check'),
  ])
}
