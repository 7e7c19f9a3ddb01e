// Streams; nothing here waits for the disk.
// oxlint-disable-next-line no-restricted-imports
import { createReadStream } from 'node:fs'
import { constants, copyFile, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { createInterface } from 'node:readline'
import type Sqlite from 'better-sqlite3'
import type { ForeignAgent } from '@shared/transfer'
import { codeOf, openConnection } from '../../../database'
import { isRecord } from '../../../session/hostile'
import { jsonIn } from '../../search/documents'
import { readClaudeSession } from './claude-code'
import { readCodexSession } from './codex'
import type { ForeignRead } from './foreign-session'
import { readOpenCodeSession } from './opencode'

type Json = Record<string, unknown>

/** A session that was found; read only when it is wanted. */
export interface FoundSession {
  agent: ForeignAgent
  /** The agent's own id of it, as far as its name tells. */
  id: string
  /** Where it is, for people. */
  file: string
  at: number
  read(unknown: Record<string, number>): Promise<ForeignRead>
}

/** A session is held in memory while it is read: a larger one is left out, and named. */
const LARGEST_SESSION = 128 * 1024 * 1024
const TOO_LARGE = { skipped: 'It is larger than 128 MB.' } as const

/** Databases of agents as they were when they were first read: reading one where it lies would leave files beside it. */
export class DatabaseCopies {
  readonly #nativeBinding: string | undefined
  readonly #open = new Map<string, { connection: Sqlite.Database; directory: string }>()

  constructor(nativeBinding: string | undefined) {
    this.#nativeBinding = nativeBinding
  }

  async of(file: string): Promise<Sqlite.Database> {
    const known = this.#open.get(file)
    if (known !== undefined) return known.connection
    const directory = await mkdtemp(join(tmpdir(), 'foundry-import-'))
    const copy = join(directory, 'copy.db')
    try {
      await copyFile(file, copy, constants.COPYFILE_FICLONE)
      // What the agent has written and not yet put in its place.
      await copyFile(`${file}-wal`, `${copy}-wal`).catch((error: unknown) => {
        if (codeOf(error) !== 'ENOENT') throw error
      })
      const connection = openConnection(copy, { synchronous: 'NORMAL', nativeBinding: this.#nativeBinding })
      this.#open.set(file, { connection, directory })
      return connection
    } catch (error) {
      await rm(directory, { recursive: true, force: true })
      throw error
    }
  }

  async close(): Promise<void> {
    for (const { connection, directory } of this.#open.values()) {
      connection.close()
      await rm(directory, { recursive: true, force: true })
    }
    this.#open.clear()
  }
}

/** Looks for sessions of an agent. Opens everything to read and nothing else. */
export async function* sessionsOf(
  agent: ForeignAgent,
  home: string,
  copies: DatabaseCopies,
): AsyncGenerator<FoundSession> {
  switch (agent) {
    case 'claude':
      for await (const file of filesUnder(join(home, 'projects'), 2))
        if (file.path.endsWith('.jsonl') && !basename(file.path).startsWith('agent-'))
          yield {
            agent,
            id: basename(file.path, '.jsonl'),
            file: file.path,
            at: file.at,
            read: (unknown) =>
              readLines(file, (lines) => readClaudeSession(basename(file.path, '.jsonl'), lines, unknown)),
          }
      return
    case 'codex':
      for (const folder of ['sessions', 'archived_sessions'])
        for await (const file of filesUnder(join(home, folder), 4)) {
          const name = basename(file.path)
          if (!/^rollout-.*\.jsonl$/.test(name)) continue
          const id = /([0-9a-f]{8}-[0-9a-f-]{27})\.jsonl$/.exec(name)?.[1] ?? basename(name, '.jsonl')
          yield {
            agent,
            id,
            file: file.path,
            at: file.at,
            read: (unknown) => readLines(file, (lines) => readCodexSession(id, lines, unknown)),
          }
        }
      return
    case 'opencode':
      yield* openCodeSessions(home, copies)
  }
}

interface FoundFile {
  path: string
  bytes: number
  at: number
}

async function* filesUnder(directory: string, depth: number): AsyncGenerator<FoundFile> {
  const entries = await readdir(directory, { withFileTypes: true }).catch((error: unknown) => {
    // A folder that is not there, or not for us, holds nothing to read.
    if (error instanceof Error) return []
    throw error
  })
  for (const entry of entries.toSorted((left, right) => (left.name < right.name ? -1 : 1))) {
    const path = join(directory, entry.name)
    if (entry.isDirectory()) {
      if (depth > 0) yield* filesUnder(path, depth - 1)
    } else if (entry.isFile()) {
      const { size, mtimeMs } = await stat(path)
      yield { path, bytes: size, at: Math.round(mtimeMs) }
    }
  }
}

/** Gives the lines of a file to whoever reads them, one by one; those that are no JSON are counted and passed by. */
async function readLines(
  file: FoundFile,
  read: (lines: AsyncIterable<unknown>) => Promise<ForeignRead>,
): Promise<ForeignRead> {
  if (file.bytes > LARGEST_SESSION) return TOO_LARGE
  if (file.bytes === 0) return { skipped: 'It is empty.' }
  let right = 0
  let broken = 0
  async function* lines(): AsyncGenerator {
    const input = createReadStream(file.path)
    const reader = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })
    for await (const line of reader) {
      if (line.trim() === '') continue
      const value = jsonIn(line)
      // The last line of a session that is being written, say.
      if (value === null) broken += 1
      else {
        right += 1
        yield value
      }
    }
  }
  const result = await read(lines())
  if (right === 0) return { skipped: broken > 0 ? 'None of its lines can be read.' : 'It is empty.' }
  return 'session' in result ? { ...result, broken } : result
}

// ---- OpenCode ------------------------------------------------------------------------------------

async function* openCodeSessions(home: string, copies: DatabaseCopies): AsyncGenerator<FoundSession> {
  const inDatabase = new Set<string>()
  const names = (await readdir(home).catch(() => [])).filter((name) => /^opencode[\w-]*\.db$/.test(name))
  for (const name of names) {
    const file = join(home, name)
    for (const { id, at } of listOpenCode(await copies.of(file))) {
      inDatabase.add(id)
      yield {
        agent: 'opencode',
        id,
        file: `${file} ${id}`,
        at,
        read: async (unknown) => readOpenCode(await copies.of(file), id, unknown),
      }
    }
  }
  const storage = join(home, 'storage')
  for await (const file of filesUnder(join(storage, 'session'), 1)) {
    const id = basename(file.path, '.json')
    // Newer versions take these files over into their database and leave them.
    if (!file.path.endsWith('.json') || inDatabase.has(id)) continue
    yield {
      agent: 'opencode',
      id,
      file: file.path,
      at: file.at,
      read: (unknown) => readOpenCodeFiles(storage, file.path, id, unknown),
    }
  }
}

function columnsOf(connection: Sqlite.Database, table: string): Set<string> {
  return new Set((connection.pragma(`table_info(${table})`) as { name: string }[]).map(({ name }) => name))
}

function listOpenCode(connection: Sqlite.Database): { id: string; at: number }[] {
  const columns = columnsOf(connection, 'session')
  if (!columns.has('id')) return []
  const at = columns.has('time_updated') ? 'time_updated' : '0'
  return connection
    .prepare<[], { id: string; at: number }>(`SELECT id, ${at} AS at FROM session ORDER BY id`)
    .all()
}

function readOpenCode(connection: Sqlite.Database, id: string, unknown: Record<string, number>): ForeignRead {
  const row = connection.prepare<[string], Json>('SELECT * FROM session WHERE id = ?').get(id) ?? {}
  let broken = 0
  const hasParts = columnsOf(connection, 'part').has('session_id')
  const bytes = hasParts
    ? connection
        .prepare<[string], number>('SELECT coalesce(sum(length(data)), 0) FROM part WHERE session_id = ?')
        .pluck()
        .get(id)
    : 0
  if ((bytes ?? 0) > LARGEST_SESSION) return TOO_LARGE
  const rows = (table: string, of: string, key: string): Json[] => {
    if (!columnsOf(connection, table).has('data')) return []
    return connection
      .prepare<[string], { id: string; data: string }>(
        `SELECT id, data FROM ${table} WHERE ${of} = ? ORDER BY id`,
      )
      .all(key)
      .map(({ id: own, data }) => {
        const value = jsonIn(data)
        if (!isRecord(value)) broken += 1
        return { ...(isRecord(value) ? value : {}), id: own }
      })
  }
  const result = readOpenCodeSession(
    {
      info: { id, title: row['title'], directory: row['directory'], parentID: row['parent_id'] },
      messages: rows('message', 'session_id', id).map((info) => ({
        info,
        parts: rows('part', 'message_id', String(info['id'])),
      })),
    },
    unknown,
  )
  return 'session' in result ? { ...result, broken } : result
}

async function readOpenCodeFiles(
  storage: string,
  path: string,
  id: string,
  unknown: Record<string, number>,
): Promise<ForeignRead> {
  const info = await readJson(path)
  if (info === null) return { skipped: 'It cannot be read.' }
  const messages: { info: Json; parts: Json[] }[] = []
  let broken = 0
  let bytes = 0
  // Ids begin with the time: their order is that of the conversation.
  for await (const file of filesUnder(join(storage, 'message', id), 0)) {
    const message = await readJson(file.path)
    bytes += file.bytes
    if (message === null) {
      broken += 1
      continue
    }
    const parts: Json[] = []
    for await (const part of filesUnder(join(storage, 'part', basename(file.path, '.json')), 0)) {
      bytes += part.bytes
      if (bytes > LARGEST_SESSION) return TOO_LARGE
      const value = await readJson(part.path)
      if (value === null) broken += 1
      else parts.push(value)
    }
    messages.push({ info: message, parts })
  }
  const result = readOpenCodeSession({ info: { ...info, id }, messages }, unknown)
  return 'session' in result ? { ...result, broken } : result
}

async function readJson(path: string): Promise<Json | null> {
  const value = jsonIn(await readFile(path, 'utf8'))
  return isRecord(value) ? value : null
}
