import { copyFile, open as openFile, rm } from 'node:fs/promises'
import type Sqlite from 'better-sqlite3'
import { keyOf, quoted, tablesOf } from './contents'
import { codeOf, isMissing } from './failure'

/** Opens a database file for reading, or, when `writable`, a file of our own for writing. */
export type OpenFile = (file: string, writable: boolean) => Sqlite.Database

/** Keys of rows that were there and could not be read, and for each table whether those are all. */
export const UNREADABLE = 'foundry_unreadable'
export const SALVAGED = 'foundry_salvaged'

/** From here on a row further on is no longer looked for. */
const FURTHEST = 1n << 40n
/** How often a table is gone on with behind something that does not read. */
const MOST_ATTEMPTS = 20_000
/** No entry of an index takes less. */
const LEAST_ENTRY_BYTES = 4
const HEADER_BYTES = 100

/**
 * Reads what still reads of a damaged database into a new file, table by table and, behind a page that does not read,
 * from the next row that does. Runs in the worker. The damaged file is not written.
 *
 * @param headerFrom a sound database of the same app, for when the first bytes of the damaged one are gone
 * @returns how many rows were read
 */
export async function salvage(
  damaged: string,
  target: string,
  headerFrom: string | null,
  open: OpenFile,
): Promise<number> {
  const patched = `${target}.source`
  let source: Sqlite.Database
  try {
    source = openDamaged(damaged, open)
  } catch (error) {
    if (!isDamage(error) || headerFrom === null) throw error
    await giveHeader(damaged, patched, headerFrom)
    source = openDamaged(patched, open)
  }
  const saved = open(target, true)
  try {
    // Nothing reads the file before it is complete and synced.
    saved.pragma('synchronous = OFF')
    saved.pragma('foreign_keys = OFF')
    saved.exec(`CREATE TABLE ${UNREADABLE} ("table" TEXT NOT NULL, key TEXT NOT NULL)`)
    saved.exec(`CREATE TABLE ${SALVAGED} ("table" TEXT PRIMARY KEY, is_exact INTEGER NOT NULL)`)
    let rows = 0
    saved.transaction(() => {
      for (const table of readableTables(source)) rows += copyTable(source, saved, table)
    })()
    return rows
  } finally {
    saved.close()
    source.close()
    for (const suffix of ['', '-wal', '-shm']) await rm(patched + suffix, { force: true })
  }
}

/** Whether SQLite says that a file does not hold what it should. */
export function isDamage(error: unknown): boolean {
  const code = codeOf(error)
  return code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB' || code === 'SQLITE_IOERR_SHORT_READ'
}

function openDamaged(file: string, open: OpenFile): Sqlite.Database {
  const connection = open(file, false)
  try {
    // One entry of the schema that makes no sense must not hide the others.
    connection.unsafeMode(true)
    connection.pragma('writable_schema = ON')
    connection.prepare('SELECT count(*) FROM sqlite_schema').get()
    return connection
  } catch (error) {
    connection.close()
    throw error
  }
}

/** A copy with the first bytes of a sound one, which say how the pages lie and nothing of what is in them. */
async function giveHeader(damaged: string, patched: string, headerFrom: string): Promise<void> {
  await copyFile(damaged, patched)
  let hasLog = true
  try {
    await copyFile(`${damaged}-wal`, `${patched}-wal`)
  } catch (error) {
    if (!isMissing(error)) throw error
    hasLog = false
  }
  const header = Buffer.alloc(HEADER_BYTES)
  const good = await openFile(headerFrom, 'r')
  try {
    await good.read(header, 0, HEADER_BYTES, 0)
  } finally {
    await good.close()
  }
  const file = await openFile(patched, 'r+')
  try {
    const stored = header.readUInt16BE(16)
    const pageSize = stored === 1 ? 65_536 : stored
    header.writeUInt32BE(Math.floor((await file.stat()).size / pageSize), 28)
    // The number of pages above counts only when these two are the same; free pages are of the other file.
    header.copy(header, 92, 24, 28)
    header.fill(0, 32, 40)
    header.fill(hasLog ? 2 : 1, 18, 20)
    await file.write(header, 0, HEADER_BYTES, 0)
  } finally {
    await file.close()
  }
}

interface Table {
  name: string
  sql: string
}

function readableTables(source: Sqlite.Database): Table[] {
  const found: Table[] = []
  const rows = source.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND sql IS NOT NULL")
  try {
    for (const row of rows.iterate() as IterableIterator<Table>)
      if (typeof row.name === 'string' && typeof row.sql === 'string' && !row.name.startsWith('sqlite_'))
        found.push(row)
  } catch (error) {
    if (!isDamage(error)) throw error
  }
  return found
}

function copyTable(source: Sqlite.Database, saved: Sqlite.Database, { name, sql }: Table): number {
  let columns: { name: string; type: string }[]
  try {
    saved.exec(sql)
    columns = saved.pragma(`table_info(${quoted(name)})`) as { name: string; type: string }[]
  } catch {
    // Its definition makes no sense any more, so neither do its rows.
    return 0
  }
  const list = columns.map((column) => quoted(column.name)).join()
  const insert = saved.prepare(
    `INSERT OR IGNORE INTO ${quoted(name)} (${list}) VALUES (${columns.map(() => '?').join()})`,
  )
  const types = columns.map(({ type }) => type.toLowerCase())
  let rows = 0
  const whole = scan(source, name, list, (values) => {
    // A row whose values are of other kinds than its columns was read from where no row is.
    if (values.every((value, at) => fits(value, types[at] ?? ''))) rows += insert.run(values).changes
  })
  noteUnreadable(source, saved, name, whole)
  return rows
}

function fits(value: unknown, type: string): boolean {
  if (value === null) return true
  if (type === 'text') return typeof value === 'string'
  if (type === 'integer') return typeof value === 'bigint'
  if (type === 'blob') return Buffer.isBuffer(value)
  return true
}

/** Every row that reads. False when there was anything that did not. */
function scan(
  source: Sqlite.Database,
  table: string,
  list: string,
  take: (values: unknown[]) => void,
): boolean {
  let rows: Sqlite.Statement
  try {
    rows = source.prepare(
      `SELECT rowid, ${list} FROM ${quoted(table)} NOT INDEXED WHERE rowid >= ? ORDER BY rowid`,
    )
  } catch (error) {
    if (!isDamage(error) && codeOf(error) !== 'SQLITE_ERROR') throw error
    return false
  }
  rows.raw().safeIntegers()
  let whole = true
  let from = 0n
  for (let attempts = 0; attempts < MOST_ATTEMPTS; attempts += 1) {
    try {
      for (const row of rows.iterate(from) as IterableIterator<[bigint, ...unknown[]]>) {
        const [rowid, ...values] = row
        if (rowid < from) throw outOfOrder()
        take(values)
        from = rowid + 1n
      }
      return whole
    } catch (error) {
      if (!isDamage(error)) throw error
      whole = false
      const next = nextReadable(source, table, from)
      if (next === null) return false
      from = next
    }
  }
  return false
}

/** Pages that lead to each other would be read for ever. */
function outOfOrder(): Error {
  return Object.assign(new Error('The rows are out of order.'), { code: 'SQLITE_CORRUPT' })
}

/** The first row behind `from` that can be reached: further and further on, and then back as near as it goes. */
function nextReadable(source: Sqlite.Database, table: string, from: bigint): bigint | null {
  const first = source
    .prepare(`SELECT rowid FROM ${quoted(table)} NOT INDEXED WHERE rowid >= ? ORDER BY rowid LIMIT 1`)
    .pluck()
    .safeIntegers()
  const reach = (rowid: bigint): bigint | 'none' | 'damaged' => {
    try {
      return (first.get(rowid) as bigint | undefined) ?? 'none'
    } catch (error) {
      if (!isDamage(error)) throw error
      return 'damaged'
    }
  }
  let step = 1n
  while (reach(from + step) === 'damaged') {
    step *= 2n
    if (step > FURTHEST) return null
  }
  let [bad, good] = [from + step / 2n, from + step]
  while (good - bad > 1n) {
    const middle = (bad + good) / 2n
    if (reach(middle) === 'damaged') bad = middle
    else good = middle
  }
  const found = reach(good)
  // The row itself may be what does not read, so the next try begins with it only when it lies further on.
  if (typeof found !== 'bigint') return null
  return found < good ? good : found
}

/** An index has the keys of all rows, also of those whose own page is gone. */
function noteUnreadable(
  source: Sqlite.Database,
  saved: Sqlite.Database,
  table: string,
  whole: boolean,
): void {
  const key = keyOf(saved, table)
  const index = `sqlite_autoindex_${table}_1`
  const list = key.map(quoted).join()
  let isExact = whole
  const lost = new Set<string>()
  if (key.length > 0) {
    const has = saved
      .prepare(
        `SELECT 1 FROM ${quoted(table)} WHERE ${key.map((name) => `${quoted(name)} = ?`).join(' AND ')}`,
      )
      .pluck()
    const read = (order: 'ASC' | 'DESC'): boolean => {
      try {
        const sorted = key.map((name) => `${quoted(name)} ${order}`).join()
        const keys = source
          .prepare(`SELECT ${list} FROM ${quoted(table)} INDEXED BY ${quoted(index)} ORDER BY ${sorted}`)
          .raw()
        let left = entriesAtMost(source)
        for (const values of keys.iterate() as IterableIterator<unknown[]>) {
          if ((left -= 1) < 0) throw outOfOrder()
          // Keys are words and numbers; anything else was read from where no key is.
          const isKey = values.every((value) => typeof value === 'string' || typeof value === 'number')
          if (isKey && has.get(values) === undefined) lost.add(JSON.stringify(values))
        }
        return true
      } catch (error) {
        // A table whose key is its row number has no such index.
        if (!isDamage(error) && codeOf(error) !== 'SQLITE_ERROR') throw error
        return false
      }
    }
    const complete = read('ASC')
    if (complete) isExact = true
    // From the other end, up to what is damaged.
    else if (!whole) read('DESC')
  }
  const note = saved.prepare(`INSERT INTO ${UNREADABLE} VALUES (?, ?)`)
  for (const values of lost) note.run(table, values)
  saved.prepare(`INSERT OR REPLACE INTO ${SALVAGED} VALUES (?, ?)`).run(table, isExact ? 1 : 0)
}

/** More entries than fit into the file are some of them again and again. */
function entriesAtMost(source: Sqlite.Database): number {
  const number = (pragma: string): number => Number(source.pragma(pragma, { simple: true }))
  return (number('page_count') * number('page_size')) / LEAST_ENTRY_BYTES
}

/** Tables of a salvaged file that hold what was read, without those that say how it was read. */
export function salvagedTables(connection: Sqlite.Database): string[] {
  return tablesOf(connection).filter(
    (table) => table !== UNREADABLE && table !== SALVAGED && table !== 'foundry_migrations',
  )
}
