import type Sqlite from 'better-sqlite3'
import type { RestorePreview } from '@shared/backups'
import { columnsOf, contentsOf, tablesOf } from './contents'

const NAMED = 20

/**
 * A backup against the database in use.
 *
 * @param known hashes of the steps of the schema that this version knows, in order
 */
export function previewOf(
  backedUp: Sqlite.Database,
  current: Sqlite.Database,
  known: readonly string[],
): Omit<RestorePreview, 'runningTurns'> {
  const then = tasksOf(backedUp)
  const now = tasksOf(current)
  return {
    backup: contentsOf(backedUp),
    now: contentsOf(current),
    missingTasks: named(now, then),
    returningTasks: named(then, now),
    isNewer: hashesOf(backedUp).some((hash, position) => hash !== known[position]),
  }
}

function hashesOf(connection: Sqlite.Database): string[] {
  if (!tablesOf(connection).includes('foundry_migrations')) return []
  return connection.prepare('SELECT hash FROM foundry_migrations ORDER BY position').pluck().all() as string[]
}

/** Tasks that were worked on, by id. */
function tasksOf(connection: Sqlite.Database): Map<string, string> {
  if (!columnsOf(connection, 'tasks').includes('materialized_at')) return new Map()
  return new Map(
    connection
      .prepare(
        'SELECT id, title FROM tasks WHERE materialized_at IS NOT NULL AND deleted_at IS NULL ORDER BY updated_at DESC',
      )
      .raw()
      .all() as [string, string][],
  )
}

function named(these: Map<string, string>, others: Map<string, string>): { total: number; first: string[] } {
  const titles = [...these].flatMap(([id, title]) => (others.has(id) ? [] : [title]))
  return { total: titles.length, first: titles.slice(0, NAMED) }
}
