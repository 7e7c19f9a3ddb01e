import type Sqlite from 'better-sqlite3'

/** Of so many rows that follow one another, the index knows the earliest and the latest time. */
export const TIME_BLOCK = 1024

/** Goes up whenever the same rows would be indexed in another way: the index is then made anew. */
export const INDEX_VERSION = 1

/** What rows of the index belong to. They come and go with it. */
export const scopeTypes = {
  /** Rows of the transcript, by their first index. */
  session: 1,
  task: 2,
  pullRequest: 3,
  /** Files of a stored diff, by their place in it. */
  checkpoint: 4,
  comment: 5,
  /** What was done about a task, a repository or an organization, by the entry's number. */
  activity: 6,
} as const
export type ScopeType = keyof typeof scopeTypes

/**
 * So many rows share a table of words. A beginning of a word is looked for in all the words it may become, which takes as
 * long as these are common: in the newest table alone that is little, and mostly enough.
 */
export const PARTITION_ROWS = 65_536
/** What FTS5 gathers in memory before it writes a piece that has to be joined with others later. */
const GATHERED_BYTES = 16 * 1024 * 1024

export const partitionOf = (row: number): number => Math.floor(row / PARTITION_ROWS)
export const partitionTable = (partition: number): string => `search_index_${partition}`

const TABLES = `
  CREATE TABLE search_state (id INTEGER PRIMARY KEY CHECK (id = 1), version INTEGER NOT NULL, source TEXT NOT NULL,
    activity INTEGER NOT NULL DEFAULT 0, complete INTEGER NOT NULL DEFAULT 0);
  CREATE TABLE search_scopes (id INTEGER PRIMARY KEY, type INTEGER NOT NULL, ref TEXT NOT NULL,
    mark INTEGER NOT NULL DEFAULT 0, hash INTEGER, UNIQUE (type, ref));
  CREATE TABLE search_rows (id INTEGER PRIMARY KEY, scope INTEGER NOT NULL, kind INTEGER NOT NULL, key INTEGER NOT NULL,
    at INTEGER NOT NULL);
  CREATE TABLE search_items (scope INTEGER NOT NULL, key INTEGER NOT NULL, row INTEGER, hash INTEGER NOT NULL,
    PRIMARY KEY (scope, key)) WITHOUT ROWID;
  CREATE TABLE search_times (block INTEGER PRIMARY KEY, low INTEGER NOT NULL, high INTEGER NOT NULL);
`
const NAMES = ['search_items', 'search_rows', 'search_scopes', 'search_state', 'search_times'] as const

/**
 * Makes the table of words of a partition. The index has no text of its own: what was found is read from the rows
 * themselves, so nothing is kept twice. Column `about` holds words of ours: kind, scope, and what an event has.
 */
export function makePartition(connection: Sqlite.Database, partition: number): void {
  const table = partitionTable(partition)
  connection.exec(
    `CREATE VIRTUAL TABLE ${table} USING fts5(words, parts, path, about, content='', contentless_delete=1,
      tokenize='unicode61 remove_diacritics 2');
     INSERT INTO ${table} (${table}, rank) VALUES ('hashsize', ${GATHERED_BYTES});`,
  )
}

/** The partitions there are, the newest first. */
export function partitions(connection: Sqlite.Database, schema: 'main' | 'derived' = 'main'): number[] {
  return connection
    .prepare<[], string>(
      `SELECT name FROM ${schema}.sqlite_schema WHERE type = 'table' AND sql LIKE 'CREATE VIRTUAL TABLE%'
       AND name GLOB 'search_index_[0-9]*'`,
    )
    .pluck()
    .all()
    .map((name) => Number(name.slice(partitionTable(0).length - 1)))
    .toSorted((a, b) => b - a)
}

/**
 * Makes the tables where there are none, or none that this version reads.
 *
 * @param source what names the file the index is of: another one, such as a restored backup, is indexed anew
 */
export function prepareSchema(connection: Sqlite.Database, source: string): void {
  if (isCurrent(connection, source)) return
  const hadTables = tables(connection).length > 0
  connection
    .transaction(() => {
      for (const partition of partitions(connection))
        connection.exec(`DROP TABLE ${partitionTable(partition)}`)
      for (const name of NAMES) connection.exec(`DROP TABLE IF EXISTS ${name}`)
      connection.exec(TABLES)
      connection
        .prepare('INSERT INTO search_state (id, version, source) VALUES (1, ?, ?)')
        .run(INDEX_VERSION, source)
    })
    .immediate()
  // What the earlier one took is given back to the disk.
  if (hadTables) connection.exec('VACUUM')
}

/** Whether there is an index that can be searched. */
export function isCurrent(connection: Sqlite.Database, source: string): boolean {
  if (tables(connection).length !== NAMES.length) return false
  const state = connection.prepare('SELECT version, source FROM search_state').get() as
    | { version: number; source: string }
    | undefined
  return state?.version === INDEX_VERSION && state.source === source
}

function tables(connection: Sqlite.Database): unknown[] {
  return connection
    .prepare(`SELECT name FROM sqlite_schema WHERE name IN (${NAMES.map(() => '?').join()})`)
    .all(...NAMES)
}
