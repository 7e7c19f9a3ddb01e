import { promisify } from 'node:util'
import { deflate, inflate } from 'node:zlib'
import type { TaskId } from '@shared/ids'
import type { PackKind, PackReason } from '@shared/packs'
import type { Database } from '../../database'

// Both run on threads of Node's, beside the main one.
const pack = promisify(deflate)
const unpack = promisify(inflate)

/** A statement writes so much at once. */
const PART_BYTES = 256 * 1024
/** Entries that are removed in one transaction. */
const SLICE = 50

/** What names a thing in a pack. */
export interface EntryName {
  kind: PackKind
  state: string
  path: string
}

export interface StoredEntry extends EntryName {
  hash: string | null
  mode: string | null
  bytes: number
  reason: PackReason | null
  detail: string | null
  run: number
}

/** A thing without its content: one that was not there, or that is left out. */
export type BareEntry = EntryName & Partial<Pick<StoredEntry, 'mode' | 'bytes' | 'reason' | 'detail'>>

export interface PackContents {
  entry(taskId: TaskId, name: EntryName): StoredEntry | null
  /** What is known of a path at any commit. */
  ofPath(taskId: TaskId, path: string): StoredEntry[]
  /** Of a kind, in the order of their states. */
  ofKind(taskId: TaskId, kind: PackKind): StoredEntry[]
  filePaths(taskId: TaskId): string[]
  contents(taskId: TaskId): { kind: PackKind; count: number }[]
  leftOut(taskId: TaskId, limit: number): { first: StoredEntry[]; total: number }
  read(hash: string): Promise<Uint8Array<ArrayBuffer> | null>
  /** Of what a task's pack holds. */
  bytesOf(taskId: TaskId): number
  totalBytes(): number
  /** Packs a content, unless some pack has it already. */
  prepare(taskId: TaskId, content: Uint8Array<ArrayBuffer>): Promise<Prepared>
  put(taskId: TaskId, entry: BareEntry, prepared: Prepared, run: number): Promise<void>
  /** With the content that another entry has. */
  putSame(taskId: TaskId, entry: BareEntry & { hash: string }, run: number): boolean
  putBare(taskId: TaskId, entry: BareEntry, run: number): void
  /** What is there is wanted still. */
  keep(taskId: TaskId, entry: EntryName, run: number): void
  /** Removes entries of these kinds that the run did not want; all without a run. Contents go with their last entry. */
  remove(
    taskId: TaskId,
    which: { kinds: readonly PackKind[]; but: number } | 'all',
    signal: AbortSignal,
  ): Promise<void>
  /** What a kill has left of a content that was not written to its end. */
  sweep(): Promise<void>
}

export interface Prepared {
  hash: string
  bytes: number
  packed: Uint8Array
  encoding: 'deflate' | 'plain'
  isKnown: boolean
  /** What the pack of the task, and all packs, take more with it. */
  taskCost: number
  totalCost: number
}

const COLUMNS = `kind, state, path, hash, mode, bytes, reason, detail, run`

async function smallest(content: Uint8Array): Promise<Pick<Prepared, 'packed' | 'encoding'>> {
  const packed = await pack(content)
  return packed.length < content.length
    ? { packed, encoding: 'deflate' }
    : { packed: content, encoding: 'plain' }
}

/**
 * The contents of packs, each once. An entry and its content come in one transaction, and a content goes in the transaction
 * that removes its last entry: whenever the app ends, the contents are those that entries name.
 */
export function createPackContents(database: Database): PackContents {
  const client = database.events.$client
  const one = client.prepare<[string, string, string, string], StoredEntry>(
    `SELECT ${COLUMNS} FROM pack_entries WHERE task_id = ? AND kind = ? AND state = ? AND path = ?`,
  )
  const byPath = client.prepare<[string, string], StoredEntry>(
    `SELECT ${COLUMNS} FROM pack_entries WHERE task_id = ? AND path = ? AND kind = 'file'`,
  )
  const byKind = client.prepare<[string, string], StoredEntry>(
    `SELECT ${COLUMNS} FROM pack_entries WHERE task_id = ? AND kind = ? ORDER BY length(state), state, path`,
  )
  const paths = client
    .prepare<[string], string>(
      `SELECT DISTINCT path FROM pack_entries WHERE task_id = ? AND path <> '' AND kind = 'file'`,
    )
    .pluck()
  const counts = client.prepare<[string], { kind: PackKind; count: number }>(
    `SELECT kind, count(*) AS count FROM pack_entries WHERE task_id = ? AND hash IS NOT NULL GROUP BY kind`,
  )
  const missing = client.prepare<[string, number], StoredEntry>(
    `SELECT ${COLUMNS} FROM pack_entries WHERE task_id = ? AND reason IS NOT NULL ORDER BY kind, path, state LIMIT ?`,
  )
  const missingCount = client
    .prepare<[string], number>('SELECT count(*) FROM pack_entries WHERE task_id = ? AND reason IS NOT NULL')
    .pluck()
  const blob = client.prepare<[string], { packedBytes: number; encoding: 'deflate' | 'plain' }>(
    'SELECT packed_bytes AS packedBytes, encoding FROM pack_blobs WHERE hash = ?',
  )
  const parts = client
    .prepare<[string], number>('SELECT part FROM pack_blob_parts WHERE hash = ? ORDER BY part')
    .pluck()
  const part = client
    .prepare<[string, number], Buffer>('SELECT content FROM pack_blob_parts WHERE hash = ? AND part = ?')
    .pluck()
  const taskBytes = client
    .prepare<[string], number>(
      `SELECT coalesce(sum(packed_bytes), 0) FROM pack_blobs WHERE hash IN
         (SELECT hash FROM pack_entries WHERE task_id = ? AND hash IS NOT NULL)`,
    )
    .pluck()
  const allBytes = client.prepare<[], number>('SELECT coalesce(sum(packed_bytes), 0) FROM pack_blobs').pluck()
  const isOfTask = client
    .prepare<[string, string], number>('SELECT 1 FROM pack_entries WHERE hash = ? AND task_id = ? LIMIT 1')
    .pluck()
  const addPart = client.prepare<[string, number, Uint8Array]>(
    'INSERT OR REPLACE INTO pack_blob_parts (hash, part, content) VALUES (?, ?, ?)',
  )
  const addBlob = client.prepare<[string, number, number, string]>(
    'INSERT INTO pack_blobs (hash, bytes, packed_bytes, encoding) VALUES (?, ?, ?, ?)',
  )
  const addEntry = client.prepare<
    [
      string,
      string,
      string,
      string,
      string | null,
      string | null,
      number,
      string | null,
      string | null,
      number,
    ]
  >(
    `INSERT OR REPLACE INTO pack_entries (task_id, kind, state, path, hash, mode, bytes, reason, detail, run)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const keepEntry = client.prepare<[number, string, string, string, string]>(
    'UPDATE pack_entries SET run = ? WHERE task_id = ? AND kind = ? AND state = ? AND path = ?',
  )
  const referenced = client
    .prepare<[string], number>('SELECT 1 FROM pack_entries WHERE hash = ? LIMIT 1')
    .pluck()
  const dropBlob = client.prepare<[string]>('DELETE FROM pack_blobs WHERE hash = ?')
  const lastPart = client
    .prepare<[string], number | null>('SELECT max(part) FROM pack_blob_parts WHERE hash = ?')
    .pluck()
  const dropLaterParts = client.prepare<[string, number]>(
    'DELETE FROM pack_blob_parts WHERE hash = ? AND part > ?',
  )
  const dropEntry = client.prepare<[number]>('DELETE FROM pack_entries WHERE rowid = ?')
  const unfinished = client
    .prepare<[], string>(
      'SELECT DISTINCT hash FROM pack_blob_parts WHERE hash NOT IN (SELECT hash FROM pack_blobs) LIMIT 20',
    )
    .pluck()

  /** Whose last entry went: their parts go one by one, as a content can be of many. */
  const orphans = new Set<string>()
  /** Contents that are written just now, and are not named by an entry yet. */
  const writing = new Map<string, number>()

  const pause = () => new Promise<void>((resolve) => setImmediate(resolve))

  function forget(hash: string | null): void {
    if (hash === null || referenced.get(hash) !== undefined) return
    dropBlob.run(hash)
    orphans.add(hash)
  }

  /** Removes the parts of contents that nobody names, each in a transaction of its own. */
  async function clear(hash: string): Promise<void> {
    const removeOne = (): boolean =>
      database.batch(() => {
        if (writing.has(hash) || blob.get(hash) !== undefined) return false
        const last = lastPart.get(hash) ?? null
        return last !== null && dropLaterParts.run(hash, last - 1).changes > 0
      })
    while (removeOne()) await pause()
  }

  async function clearOrphans(): Promise<void> {
    for (const hash of orphans) {
      orphans.delete(hash)
      await clear(hash)
    }
  }

  /** While a content is written, its parts are nobody's to remove. */
  async function whileWriting<Value>(hash: string, write: () => Promise<Value>): Promise<Value> {
    writing.set(hash, (writing.get(hash) ?? 0) + 1)
    try {
      return await write()
    } finally {
      const others = (writing.get(hash) ?? 1) - 1
      if (others === 0) writing.delete(hash)
      else writing.set(hash, others)
    }
  }

  /** In a transaction: an entry in place of the one of its name. */
  function write(taskId: TaskId, entry: BareEntry, hash: string | null, run: number): void {
    const before = one.get(taskId, entry.kind, entry.state, entry.path)?.hash ?? null
    const { kind, state, path, mode = null, bytes = 0, reason = null, detail = null } = entry
    addEntry.run(taskId, kind, state, path, hash, mode, bytes, reason, detail, run)
    if (before !== hash) forget(before)
  }

  return {
    entry: (taskId, { kind, state, path }) => one.get(taskId, kind, state, path) ?? null,
    ofPath: (taskId, path) => byPath.all(taskId, path),
    ofKind: (taskId, kind) => byKind.all(taskId, kind),
    filePaths: (taskId) => paths.all(taskId),
    contents: (taskId) => counts.all(taskId),
    leftOut: (taskId, limit) => ({
      first: missing.all(taskId, limit),
      total: missingCount.get(taskId) ?? 0,
    }),
    async read(hash) {
      const known = blob.get(hash)
      if (known === undefined) return null
      const packed = Buffer.concat(parts.all(hash).flatMap((number) => part.get(hash, number) ?? []))
      return Uint8Array.from(known.encoding === 'plain' ? packed : await unpack(packed))
    },
    bytesOf: (taskId) => taskBytes.get(taskId) ?? 0,
    totalBytes: () => allBytes.get() ?? 0,
    async prepare(taskId, content) {
      const digest = await crypto.subtle.digest('SHA-256', content)
      const hash = Buffer.from(digest).toString('hex')
      const known = blob.get(hash)
      const plain = { packed: content, encoding: 'plain' as const }
      const { packed, encoding } = known === undefined ? await smallest(content) : plain
      return {
        hash,
        bytes: content.length,
        packed,
        encoding,
        isKnown: known !== undefined,
        taskCost: isOfTask.get(hash, taskId) === undefined ? (known?.packedBytes ?? packed.length) : 0,
        totalCost: known === undefined ? packed.length : 0,
      }
    },
    async put(taskId, entry, prepared, run) {
      const { hash, bytes, isKnown } = prepared
      await whileWriting(hash, async () => {
        const isThere = isKnown && blob.get(hash) !== undefined
        // What was known is not packed: its last entry went meanwhile.
        const { packed, encoding } = isKnown && !isThere ? await smallest(prepared.packed) : prepared
        const last = Math.max(0, Math.ceil(packed.length / PART_BYTES) - 1)
        const partAt = (number: number) => packed.subarray(number * PART_BYTES, (number + 1) * PART_BYTES)
        if (!isThere)
          for (let number = 0; number < last; number += 1) {
            database.batch(() => addPart.run(hash, number, partAt(number)))
            await pause()
          }
        database.batch(() => {
          if (blob.get(hash) === undefined) {
            addPart.run(hash, last, partAt(last))
            // Of a write that a kill ended, and that packed it otherwise.
            dropLaterParts.run(hash, last)
            addBlob.run(hash, bytes, packed.length, encoding)
          }
          write(taskId, { ...entry, bytes }, hash, run)
        })
      })
      await clearOrphans()
    },
    putSame(taskId, { hash, ...entry }, run) {
      return database.batch(() => {
        if (blob.get(hash) === undefined) return false
        write(taskId, entry, hash, run)
        return true
      })
    },
    putBare(taskId, entry, run) {
      database.batch(() => write(taskId, entry, null, run))
    },
    keep(taskId, { kind, state, path }, run) {
      database.batch(() => keepEntry.run(run, taskId, kind, state, path))
    },
    async remove(taskId, which, signal) {
      const rows = client.prepare<[string, number, string], { id: number; hash: string | null }>(
        `SELECT rowid AS id, hash FROM pack_entries WHERE task_id = ? AND run <> ?
           AND kind IN (SELECT value FROM json_each(?)) LIMIT ${SLICE}`,
      )
      const all = client.prepare<[string], { id: number; hash: string | null }>(
        `SELECT rowid AS id, hash FROM pack_entries WHERE task_id = ? LIMIT ${SLICE}`,
      )
      for (;;) {
        signal.throwIfAborted()
        await pause()
        const removed = database.batch(() => {
          const slice =
            which === 'all' ? all.all(taskId) : rows.all(taskId, which.but, JSON.stringify(which.kinds))
          for (const { id } of slice) dropEntry.run(id)
          for (const hash of new Set(slice.map((row) => row.hash))) forget(hash)
          return slice.length
        })
        await clearOrphans()
        if (removed === 0) return
      }
    },
    async sweep() {
      for (;;) {
        const hashes = unfinished.all().filter((hash) => !writing.has(hash))
        if (hashes.length === 0) return
        for (const hash of hashes) await clear(hash)
      }
    },
  }
}
