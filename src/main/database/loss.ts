import type Sqlite from 'better-sqlite3'
import type { Loss, TableLoss } from '@shared/backups'
import { columnsOf, keyOf, quoted, tablesOf, timeColumn } from './contents'
import { SALVAGED, salvagedTables, UNREADABLE } from './salvage'

const NAMED = 20

/**
 * What a backup lacks of what was in the damaged database.
 *
 * @param connection of the file with what could be read of it
 * @param base the backup
 */
export function lossAgainst(connection: Sqlite.Database, base: string): Loss {
  connection.prepare('ATTACH ? AS base').run(base)
  const times: number[] = []
  const missing: string[] = []
  const tables = salvagedTables(connection).map((table): TableLoss => {
    const saved = count(connection, `main.${quoted(table)}`)
    const exact = connection.prepare(`SELECT is_exact FROM ${SALVAGED} WHERE "table" = ?`).pluck().get(table)
    const known = { table, saved, isExact: exact === 1 }
    const unreadable = connection
      .prepare(`SELECT key FROM ${UNREADABLE} WHERE "table" = ?`)
      .pluck()
      .all(table) as string[]
    if (!inSchema(connection, 'base', table))
      return { ...known, inBackup: 0, onlySaved: saved, changed: 0, lost: unreadable.length }
    const inBackup = count(connection, `base.${quoted(table)}`)
    const key = keyOf(connection, table)
    if (key.length === 0)
      return { ...known, inBackup, onlySaved: Math.max(0, saved - inBackup), changed: 0, lost: 0 }
    const onlyHere = notIn('base', table, key)
    const time = timeColumn(table)
    if (time !== null) {
      const [least, most] = connection
        .prepare(`SELECT min(${time}), max(${time}) FROM main.${quoted(table)} AS s WHERE ${onlyHere}`)
        .raw()
        .get() as [number | null, number | null]
      times.push(...[least, most].filter((value) => value !== null))
    }
    if (table === 'tasks') missing.push(...titles(connection, onlyHere))
    const has = connection
      .prepare(
        `SELECT 1 FROM base.${quoted(table)} AS b WHERE ${key.map((name) => `b.${quoted(name)} = ?`).join(' AND ')}`,
      )
      .pluck()
    return {
      ...known,
      inBackup,
      onlySaved: count(connection, `main.${quoted(table)} AS s`, onlyHere),
      changed: count(connection, `main.${quoted(table)} AS s`, changedSince(connection, table, key)),
      lost: unreadable.filter((values) => has.get(JSON.parse(values)) === undefined).length,
    }
  })
  connection.exec('DETACH base')
  return {
    tables,
    missingTasks: { total: missing.length, first: missing.slice(0, NAMED) },
    from: times.length === 0 ? null : Math.min(...times),
    until: times.length === 0 ? null : Math.max(...times),
  }
}

/** What was put back, and what fitted with nothing. */
export interface Merged {
  added: Record<string, number>
  changed: Record<string, number>
  leftOut: number
}

/**
 * Brings rows that were read of a damaged database back into the one in use: those that neither it nor the backup has,
 * and those that were changed after the backup and not since. What was deleted or continued since stays as it is, and
 * what refers to nothing is left out.
 *
 * @param connection of a copy of the database in use
 */
export function mergeSalvaged(connection: Sqlite.Database, salvaged: string, base: string | null): Merged {
  connection.pragma('foreign_keys = OFF')
  connection.prepare('ATTACH ? AS saved').run(salvaged)
  if (base !== null) connection.prepare('ATTACH ? AS base').run(base)
  const added: Record<string, number> = {}
  const changed: Record<string, number> = {}
  let leftOut = 0
  connection
    .transaction(() => {
      const tables = tablesOf(connection).filter(
        (table) => table !== 'foundry_migrations' && inSchema(connection, 'saved', table),
      )
      // Decided before any row is put in: a session that went on from the backup has a history of its own since.
      connection.exec('CREATE TEMP TABLE continued (id TEXT PRIMARY KEY)')
      if (
        base !== null &&
        tables.includes('session_events') &&
        inSchema(connection, 'base', 'session_events')
      )
        connection.exec(
          `INSERT INTO continued SELECT DISTINCT m.session_id FROM main.session_events AS m
           WHERE NOT EXISTS (SELECT 1 FROM base.session_events AS b
             WHERE b.session_id = m.session_id AND b.first_index = m.first_index AND b.last_index = m.last_index)`,
        )
      for (const table of tables) {
        const key = keyOf(connection, table)
        if (key.length === 0) continue
        const inBase = base !== null && inSchema(connection, 'base', table)
        const fits = columnsOf(connection, table).includes('session_id')
          ? 's.session_id NOT IN (SELECT id FROM continued)'
          : '1'
        if (inBase) changed[table] = bringChanges(connection, table, key, fits)
        added[table] = bringRows(
          connection,
          table,
          key,
          inBase ? `${fits} AND ${notIn('base', table, key)}` : fits,
        )
      }
      leftOut = removeDangling(connection, added)
      connection.exec('DROP TABLE continued')
    })
    .immediate()
  const some = (counts: Record<string, number>) =>
    Object.fromEntries(Object.entries(counts).filter(([, rows]) => rows > 0))
  return { added: some(added), changed: some(changed), leftOut }
}

function bringRows(connection: Sqlite.Database, table: string, key: string[], condition: string): number {
  const columns = commonColumns(connection, table).map(quoted).join()
  return connection
    .prepare(
      `INSERT OR IGNORE INTO main.${quoted(table)} (${columns})
       SELECT ${columns} FROM saved.${quoted(table)} AS s WHERE ${notIn('main', table, key)} AND ${condition}`,
    )
    .run().changes
}

function bringChanges(connection: Sqlite.Database, table: string, key: string[], fits: string): number {
  const columns = commonColumns(connection, table, 'base').filter((name) => !key.includes(name))
  if (columns.length === 0) return 0
  const same = (left: string, right: string): string =>
    columns.map((name) => `${left}.${quoted(name)} IS ${right}.${quoted(name)}`).join(' AND ')
  const on = (left: string, right: string): string =>
    key.map((name) => `${left}.${quoted(name)} = ${right}.${quoted(name)}`).join(' AND ')
  const name = quoted(table)
  return connection
    .prepare(
      `UPDATE OR IGNORE main.${name} AS m SET ${columns.map((column) => `${quoted(column)} = s.${quoted(column)}`).join()}
       FROM saved.${name} AS s JOIN base.${name} AS b ON ${on('s', 'b')}
       WHERE ${on('m', 's')} AND ${same('m', 'b')} AND NOT (${same('s', 'b')}) AND ${fits}`,
    )
    .run().changes
}

/** Rows that refer to what could not be read. Taking one away may leave others that referred to it. */
function removeDangling(connection: Sqlite.Database, added: Record<string, number>): number {
  let removed = 0
  for (;;) {
    const broken = connection.pragma('foreign_key_check') as { table: string; rowid: number }[]
    const rows = new Map(broken.map(({ table, rowid }) => [`${table} ${rowid}`, { table, rowid }]))
    if (rows.size === 0) return removed
    for (const { table, rowid } of rows.values()) {
      connection.prepare(`DELETE FROM main.${quoted(table)} WHERE rowid = ?`).run(rowid)
      added[table] = (added[table] ?? 0) - 1
      removed += 1
    }
  }
}

function commonColumns(connection: Sqlite.Database, table: string, third?: string): string[] {
  const of = (schema: string): string[] =>
    connection.prepare(`SELECT name FROM pragma_table_info(?, ?)`).pluck().all(table, schema) as string[]
  const others = [of('saved'), ...(third === undefined ? [] : [of(third)])]
  return of('main').filter((name) => others.every((columns) => columns.includes(name)))
}

/** Of a row `s`: the table of another database has none with its key. */
function notIn(schema: string, table: string, key: string[]): string {
  const same = key.map((name) => `o.${quoted(name)} = s.${quoted(name)}`).join(' AND ')
  return `NOT EXISTS (SELECT 1 FROM ${schema}.${quoted(table)} AS o WHERE ${same})`
}

/** Of a row `s`: the backup has it with another content. */
function changedSince(connection: Sqlite.Database, table: string, key: string[]): string {
  const inBase = connection
    .prepare("SELECT name FROM pragma_table_info(?, 'base')")
    .pluck()
    .all(table) as string[]
  const columns = columnsOf(connection, table).filter((name) => inBase.includes(name) && !key.includes(name))
  if (columns.length === 0) return '0'
  const same = key.map((name) => `o.${quoted(name)} = s.${quoted(name)}`).join(' AND ')
  const differs = columns.map((name) => `o.${quoted(name)} IS NOT s.${quoted(name)}`).join(' OR ')
  return `EXISTS (SELECT 1 FROM base.${quoted(table)} AS o WHERE ${same} AND (${differs}))`
}

/** Tasks that were worked on, by title. */
function titles(connection: Sqlite.Database, condition: string): string[] {
  if (!columnsOf(connection, 'tasks').includes('title')) return []
  return connection
    .prepare(
      `SELECT title FROM main.tasks AS s WHERE ${condition} AND materialized_at IS NOT NULL ORDER BY created_at DESC`,
    )
    .pluck()
    .all() as string[]
}

function inSchema(connection: Sqlite.Database, schema: string, table: string): boolean {
  return (
    connection
      .prepare(`SELECT 1 FROM ${schema}.sqlite_schema WHERE type = 'table' AND name = ?`)
      .pluck()
      .get(table) !== undefined
  )
}

function count(connection: Sqlite.Database, from: string, where = '1'): number {
  return connection.prepare(`SELECT count(*) FROM ${from} WHERE ${where}`).pluck().get() as number
}
