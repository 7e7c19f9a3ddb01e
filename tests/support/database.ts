import { readFileSync, readdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createDatabase, openConnection, type Database } from '../../src/main/database/connection'
import {
  applyMigrations,
  migrationState,
  toMigrations,
  type Migration,
} from '../../src/main/database/migrations'

const MIGRATIONS = resolve(import.meta.dirname, '../../src/main/database/migrations')

export function shippedMigrations(): Migration[] {
  const files = readdirSync(MIGRATIONS).filter((name) => name.endsWith('.sql'))
  return toMigrations(
    Object.fromEntries(files.map((name) => [name, readFileSync(join(MIGRATIONS, name), 'utf8')])),
  )
}

export interface TestDatabase {
  database: Database
  directory: string
  /** Closes both connections and opens the same file again, as a restart does. */
  reopen(): Database
  close(): Promise<void>
}

/** A real database file with the shipped schema, in a folder of its own. */
export async function openTestDatabase(): Promise<TestDatabase> {
  const directory = await mkdtemp(join(tmpdir(), 'foundry-test-'))
  const file = join(directory, 'foundry.db')
  const open = (): Database => {
    const commands = openConnection(file, { synchronous: 'FULL' })
    applyMigrations(commands, migrationState(commands, shippedMigrations()).pending, Date.now)
    return createDatabase(commands, openConnection(file, { synchronous: 'NORMAL' }))
  }
  let database = open()
  const closeConnections = (): void => {
    database.events.$client.close()
    database.commands.$client.close()
  }
  return {
    get database() {
      return database
    },
    directory,
    reopen() {
      closeConnections()
      database = open()
      return database
    },
    async close() {
      closeConnections()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
