import type Sqlite from 'better-sqlite3'
import type { Contents } from '@shared/backups'

/**
 * Backups are of any version, also of one without some of these tables and columns: they are named here, not taken from
 * the tables of this version.
 */
const COUNTED = {
  tasks: { table: 'tasks', where: 'materialized_at IS NOT NULL', alive: 'deleted_at IS NULL' },
  sessions: { table: 'sessions' },
  turns: { table: 'turns' },
  events: { table: 'session_events' },
} as const
const TIMES = { session_events: 'at', turns: 'started_at', tasks: 'updated_at', audit_events: 'at' } as const

/** Reads all of it: for the worker. */
export function contentsOf(connection: Sqlite.Database): Contents {
  const rows = Object.fromEntries(tablesOf(connection).map((table) => [table, countOf(connection, table)]))
  const count = (what: keyof typeof COUNTED): number => {
    const { table, ...conditions } = COUNTED[what]
    if (!(table in rows)) return 0
    const known = columnsOf(connection, table)
    const applicable = Object.values(conditions).filter((text) => known.includes(text.split(' ')[0] ?? ''))
    return applicable.length === 0 ? (rows[table] ?? 0) : countOf(connection, table, applicable.join(' AND '))
  }
  return {
    tasks: count('tasks'),
    sessions: count('sessions'),
    turns: count('turns'),
    events: count('events'),
    newestAt: newestAt(connection, rows),
    schema: rows['foundry_migrations'] ?? 0,
    rows,
  }
}

function newestAt(connection: Sqlite.Database, rows: Record<string, number>): number | null {
  const times = Object.entries(TIMES).flatMap(([table, column]) => {
    if (!(table in rows) || !columnsOf(connection, table).includes(column)) return []
    const time = connection
      .prepare(`SELECT max(${column}) FROM ${quoted(table)}`)
      .pluck()
      .get()
    return typeof time === 'number' ? [time] : []
  })
  return times.length === 0 ? null : Math.max(...times)
}

/** The column of a table that says when a row was written; null where none does. */
export function timeColumn(table: string): string | null {
  return Object.entries(TIMES).find(([name]) => name === table)?.[1] ?? null
}

export function tablesOf(connection: Sqlite.Database): string[] {
  return connection
    .prepare(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY rowid",
    )
    .pluck()
    .all() as string[]
}

export function columnsOf(connection: Sqlite.Database, table: string): string[] {
  return (connection.pragma(`table_info(${quoted(table)})`) as { name: string }[]).map(({ name }) => name)
}

/** Columns of the primary key in its order; those of a table without one are none. */
export function keyOf(connection: Sqlite.Database, table: string): string[] {
  return (connection.pragma(`table_info(${quoted(table)})`) as { name: string; pk: number }[])
    .filter(({ pk }) => pk > 0)
    .toSorted((left, right) => left.pk - right.pk)
    .map(({ name }) => name)
}

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

function countOf(connection: Sqlite.Database, table: string, where = '1'): number {
  return connection
    .prepare(`SELECT count(*) FROM ${quoted(table)} WHERE ${where}`)
    .pluck()
    .get() as number
}
