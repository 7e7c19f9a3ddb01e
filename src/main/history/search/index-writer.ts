import type Sqlite from 'better-sqlite3'
import { type Document, hasWord, kindNumber, kindWord, scopeWord } from './documents'
import {
  makePartition,
  partitionOf,
  partitions,
  partitionTable,
  type ScopeType,
  scopeTypes,
  TIME_BLOCK,
} from './schema'
import { indexedText } from './words'

export interface Scope {
  id: number
  ref: string
  mark: number
}

interface Partition {
  add: Sqlite.Statement<[number, string, string, string, string]>
  drop: Sqlite.Statement<[number]>
}

/** Everything that is written to the index. Call it within a transaction; rows that are written are the newest. */
export class IndexWriter {
  readonly #connection: Sqlite.Database
  readonly #addRow
  readonly #dropRow
  readonly #findScope
  readonly #addScope
  readonly #mark
  readonly #item
  readonly #setItem
  readonly #dropItem
  readonly #addTimes
  /** By block of rows: between which times those lie that were written in this transaction. */
  readonly #times = new Map<number, { low: number; high: number }>()
  readonly #partitions = new Map<number, Partition>()
  #next: number

  constructor(connection: Sqlite.Database) {
    this.#connection = connection
    this.#addRow = connection.prepare<[number, number, number, number, number]>(
      'INSERT INTO search_rows (id, scope, kind, key, at) VALUES (?, ?, ?, ?, ?)',
    )
    this.#dropRow = connection.prepare<[number]>('DELETE FROM search_rows WHERE id = ?')
    this.#findScope = connection.prepare<[number, string], Scope>(
      'SELECT id, ref, mark FROM search_scopes WHERE type = ? AND ref = ?',
    )
    this.#addScope = connection.prepare<[number, string]>(
      'INSERT INTO search_scopes (type, ref) VALUES (?, ?)',
    )
    this.#mark = connection.prepare<[number, number]>('UPDATE search_scopes SET mark = ? WHERE id = ?')
    this.#item = connection.prepare<[number, number], { row: number | null; hash: number }>(
      'SELECT row, hash FROM search_items WHERE scope = ? AND key = ?',
    )
    this.#setItem = connection.prepare<[number, number, number | null, number]>(
      'INSERT OR REPLACE INTO search_items (scope, key, row, hash) VALUES (?, ?, ?, ?)',
    )
    this.#dropItem = connection.prepare<[number, number]>(
      'DELETE FROM search_items WHERE scope = ? AND key = ?',
    )
    this.#addTimes = connection.prepare<[number, number, number]>(
      `INSERT INTO search_times (block, low, high) VALUES (?, ?, ?) ON CONFLICT (block)
       DO UPDATE SET low = min(low, excluded.low), high = max(high, excluded.high)`,
    )
    this.#next = this.#newest() + 1
  }

  /** Ends what was written in a transaction, before it is committed. */
  finish(): void {
    for (const [block, { low, high }] of this.#times) this.#addTimes.run(block, low, high)
    this.#times.clear()
  }

  /** The number of the next row may be one that was rolled back. */
  rolledBack(): void {
    this.#times.clear()
    // One that was made in the transaction is gone with it.
    this.#partitions.clear()
    this.#next = this.#newest() + 1
  }

  scope(type: ScopeType, ref: string): Scope {
    const known = this.#findScope.get(scopeTypes[type], ref)
    if (known !== undefined) return known
    const { lastInsertRowid } = this.#addScope.run(scopeTypes[type], ref)
    return { id: Number(lastInsertRowid), ref, mark: 0 }
  }

  /** Rows of the scope below are indexed, and stay as they are unless they are among its items. */
  mark(scope: number, mark: number): void {
    this.#mark.run(mark, scope)
  }

  /** Writes a row; null for what shows nothing. Returns its number. */
  add(scope: number, key: number, at: number, document: Document | null): number | null {
    if (document === null) return null
    const { kind, title, text, paths, failed } = document
    const id = this.#next++
    const path = paths.join('\n')
    const { words, parts } = indexedText(title === '' ? text : `${title}\n${text}`)
    const about = [kindWord(kind), scopeWord(scope)]
    if (failed) about.push(hasWord.error)
    if (path !== '') about.push(hasWord.file)
    const seconds = Math.floor(at / 1000)
    const block = Math.floor(id / TIME_BLOCK)
    const times = this.#times.get(block)
    this.#times.set(block, {
      low: Math.min(seconds, times?.low ?? seconds),
      high: Math.max(seconds, times?.high ?? seconds),
    })
    this.#addRow.run(id, scope, kindNumber(kind), key, seconds)
    this.#partition(id).add.run(id, words, parts, path, about.join(' '))
    return id
  }

  item(scope: number, key: number): { row: number | null; hash: number } | undefined {
    return this.#item.get(scope, key)
  }

  /** Writes a row that may change, in place of what it was. */
  replace(scope: number, key: number, at: number, hash: number, document: Document | null): void {
    const known = this.#item.get(scope, key)
    if (known?.hash === hash) return
    if (known?.row != null) this.drop(known.row)
    this.#setItem.run(scope, key, this.add(scope, key, at, document), hash)
  }

  /** The row stays as it is. */
  settle(scope: number, key: number): void {
    this.#dropItem.run(scope, key)
  }

  /** A row that was there is not any more. */
  forget(scope: number, key: number): void {
    const known = this.#item.get(scope, key)
    if (known?.row != null) this.drop(known.row)
    this.#dropItem.run(scope, key)
  }

  drop(row: number): void {
    this.#partition(row).drop.run(row)
    this.#dropRow.run(row)
  }

  dropScope(scope: number): void {
    this.#connection.prepare<[number]>('DELETE FROM search_items WHERE scope = ?').run(scope)
    this.#connection.prepare<[number]>('DELETE FROM search_scopes WHERE id = ?').run(scope)
  }

  #partition(row: number): Partition {
    const number = partitionOf(row)
    let partition = this.#partitions.get(number)
    if (partition === undefined) {
      if (!partitions(this.#connection).includes(number)) makePartition(this.#connection, number)
      const table = partitionTable(number)
      partition = {
        add: this.#connection.prepare(
          `INSERT INTO ${table} (rowid, words, parts, path, about) VALUES (?, ?, ?, ?, ?)`,
        ),
        drop: this.#connection.prepare(`DELETE FROM ${table} WHERE rowid = ?`),
      }
      this.#partitions.set(number, partition)
    }
    return partition
  }

  #newest(): number {
    const row = this.#connection.prepare('SELECT max(id) AS id FROM search_rows').get() as {
      id: number | null
    }
    return row.id ?? 0
  }
}
