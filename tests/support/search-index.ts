import { join } from 'node:path'
import type Sqlite from 'better-sqlite3'
import { openConnection } from '../../src/main/database/connection'
import { Indexer } from '../../src/main/history/search/indexer'
import { partitions, partitionTable, prepareSchema } from '../../src/main/history/search/schema'

/** What an index says: for each row, where it belongs and every word at its place. Rows have no order in it. */
export function readIndex(index: Sqlite.Database): string[] {
  const words = new Map<number, string[]>()
  for (const partition of partitions(index)) {
    index.exec(
      `CREATE VIRTUAL TABLE IF NOT EXISTS temp.words_${partition} USING fts5vocab(main, ${partitionTable(partition)}, instance)`,
    )
    readWords(index, `temp.words_${partition}`, words)
  }
  const rows = index
    .prepare(
      `SELECT r.id, s.type, s.ref, r.kind, r.key, r.at FROM search_rows r JOIN search_scopes s ON s.id = r.scope`,
    )
    .all() as { id: number; type: number; ref: string; kind: number; key: number; at: number }[]
  const known = new Set(rows.map(({ id }) => id))
  const strays = [...words.keys()].filter((doc) => !known.has(doc)).map((doc) => `text without a row: ${doc}`)
  return [
    ...strays,
    ...rows.map(
      ({ id, type, ref, kind, key, at }) =>
        `${type} ${ref} ${kind} ${key} ${at} ${(words.get(id) ?? []).toSorted().join(' ')}`,
    ),
  ].toSorted()
}

function readWords(index: Sqlite.Database, table: string, words: Map<number, string[]>): void {
  for (const { doc, term, col, offset } of index
    .prepare(`SELECT doc, term, col, offset FROM ${table}`)
    .iterate() as IterableIterator<{ doc: number; term: string; col: string; offset: number }>) {
    // Numbers of scopes are of one index only.
    const said = term.length > 40 ? `${term.slice(0, 10)}(${term.length})` : term
    const word = `${col}${offset}=${col === 'about' && term.startsWith('s') ? 's' : said}`
    words.set(doc, [...(words.get(doc) ?? []), word])
  }
}

export interface OpenIndex {
  connection: Sqlite.Database
  source: Sqlite.Database
  indexer: Indexer
  /** Looks, and works until there is nothing to do. */
  catchUp(): Promise<void>
  close(): void
}

/** The index of a data folder, as its thread keeps it, in this thread. */
export function openIndex(
  directory: string,
  now: () => number,
  name = 'derived.db',
  file = 'test',
): OpenIndex {
  const source = openConnection(join(directory, 'foundry.db'), { synchronous: 'NORMAL', readonly: true })
  const connection = openConnection(join(directory, name), { synchronous: 'NORMAL' })
  prepareSchema(connection, file)
  const indexer = new Indexer(connection, source, now)
  return {
    connection,
    source,
    indexer,
    async catchUp() {
      // What was under way is done first, as its thread does it.
      while (indexer.busy) await indexer.step()
      indexer.look()
      while (indexer.busy) await indexer.step()
    },
    close() {
      connection.close()
      source.close()
    },
  }
}
