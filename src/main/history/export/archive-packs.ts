import { inflateSync } from 'node:zlib'
import type Sqlite from 'better-sqlite3'
import { type ArchiveTable, MOST_CONTENT, PACK_CONTENTS } from '@shared/export-format'
import type { PackReason } from '@shared/packs'
import { isJsonContent } from '../../task/packs/json-content'
import type { Row } from './archive-rows'

/** So much of a content counts as a row, for how far an export is. */
const ROW_BYTES = 16 * 1024

/** Rows that are written, and masked, together. */
export interface ArchiveRows {
  table: ArchiveTable | typeof PACK_CONTENTS
  rows: Row[]
  /** Of how many rows it takes the time. */
  weight: number
  /** Of a content: whose it is, and whether this app wrote it as JSON. */
  of?: { taskId: string; isJson: boolean }
}

/** The content that came last, by its number in the file. */
interface Named {
  hash: string
  is: { content: number } | { content: null; reason: PackReason }
}

// In the order in which they came in: what is wanted most first, should there not be room for all where they go.
const ENTRIES = `SELECT * FROM pack_entries WHERE task_id = ?
  ORDER BY min(rowid) OVER (PARTITION BY coalesce(hash, rowid)), rowid`
const HASHES = 'SELECT DISTINCT hash FROM pack_entries WHERE task_id = ? AND hash IS NOT NULL'

/**
 * What is in packs, task by task. A content comes before the entries of the task that have it, unpacked, so that secrets in
 * it can be masked, and they name it by a number: its hash would tell of what was masked. A content that several tasks have
 * comes with each, as it is not said that the other task is taken in.
 */
export function packReader(connection: Sqlite.Database): (taskId: string) => Generator<ArchiveRows> {
  const entries = connection.prepare<[string], Row>(ENTRIES)
  const blob = connection.prepare<[string], { bytes: number; encoding: string }>(
    'SELECT bytes, encoding FROM pack_blobs WHERE hash = ?',
  )
  const parts = connection
    .prepare<[string], Buffer>('SELECT content FROM pack_blob_parts WHERE hash = ? ORDER BY part')
    .pluck()
  let number = 0

  function read(hash: string): Buffer | PackReason {
    const known = blob.get(hash)
    if (known === undefined) return 'unreadable'
    const { bytes, encoding } = known
    if (bytes > MOST_CONTENT) return 'too_long'
    const content = unpack(Buffer.concat(parts.all(hash)), encoding, bytes)
    return content?.length === bytes ? content : 'unreadable'
  }

  return function* packOf(taskId) {
    let last: Named | null = null
    for (const { hash, bytes, ...row } of entries.iterate(taskId)) {
      if (typeof hash !== 'string') {
        yield { table: 'pack_entries', rows: [{ ...row, bytes: bytes ?? 0, content: null }], weight: 1 }
        continue
      }
      if (last === null || last.hash !== hash) {
        const content: Buffer | PackReason = read(hash)
        if (typeof content === 'string') last = { hash, is: { content: null, reason: content } }
        else {
          number += 1
          last = { hash, is: { content: number } }
          yield {
            table: PACK_CONTENTS,
            rows: [{ n: number, content }],
            weight: weightOf(content.length),
            of: { taskId, isJson: isJsonContent(String(row['kind']), String(row['state'])) },
          }
        }
      }
      // How long a content is says the content.
      const rest = last.is.content === null ? { bytes: bytes ?? 0 } : {}
      yield { table: 'pack_entries', rows: [{ ...row, ...rest, ...last.is }], weight: 1 }
    }
  }
}

const weightOf = (bytes: number): number => 1 + Math.floor(bytes / ROW_BYTES)

function unpack(packed: Buffer, encoding: string, bytes: number): Buffer | null {
  if (encoding === 'plain') return packed
  try {
    return inflateSync(packed, { maxOutputLength: Math.max(1, bytes) })
  } catch (error) {
    // What is damaged, or longer than it says.
    if (error instanceof Error && 'code' in error) return null
    throw error
  }
}

/** How many contents and entries the pack of a task has, and of how many rows they take the time. */
export function countPack(
  connection: Sqlite.Database,
  taskId: string,
): { entries: number; contents: number; weight: number } {
  const entries =
    connection
      .prepare<[string], number>('SELECT count(*) FROM pack_entries WHERE task_id = ?')
      .pluck()
      .get(taskId) ?? 0
  const sizes = connection
    .prepare<[string], number>(`SELECT bytes FROM pack_blobs WHERE hash IN (${HASHES})`)
    .pluck()
    .all(taskId)
  const weight = sizes.reduce((sum, bytes) => sum + weightOf(bytes), entries)
  return { entries, contents: sizes.length, weight }
}
