import { inflateSync } from 'node:zlib'
import type Sqlite from 'better-sqlite3'
import type { RetentionPart } from '@shared/retention'

/** Times before which something goes; null keeps it. */
export interface RetentionCutoffs {
  output: number | null
  attachments: number | null
  packs: number | null
}

export interface RetentionFindings {
  output: RetentionPart
  attachments: RetentionPart
  packs: RetentionPart
  tasks: { taskId: string; title: string; count: number; bytes: number }[]
  taskCount: number
  fileBytes: number
  freeBytes: number
}

/** Some of what goes; `after` is where the next page begins, null at the end. */
export interface RetentionPage {
  events: { sessionId: string; first: number }[]
  after: number | null
}

/** What is known of the time beside the clock of this computer as it is now. */
export interface TimesKnown {
  /** By the clock of GitHub: when something was last done to a pull request. */
  github: number | null
  /** When something was last written down here before this start of the app: by this computer's clock as it was then. */
  local: number | null
}

const SHOWN_TASKS = 100
const PAGE_ROWS = 500
const MOST_UNPACKED = 64 * 1024 * 1024

interface EventRow {
  id: number
  sessionId: string
  first: number
  at: number
  full: Buffer
  taskId: string
  title: string
}

const LIVE_SESSION = `JOIN sessions s ON s.id = session_id JOIN tasks t ON t.id = s.task_id AND t.deleted_at IS NULL`

/** What a policy would remove, exactly. Reads all of it: for the worker. */
export function findExpired(connection: Sqlite.Database, cutoffs: RetentionCutoffs): RetentionFindings {
  const tasks = new Map<string, RetentionFindings['tasks'][number]>()
  const part = (): RetentionPart => ({ count: 0, bytes: 0, oldest: null })
  const add = (
    to: RetentionPart,
    one: { taskId: string; title: string; at: number; bytes: number },
  ): void => {
    to.count += 1
    to.bytes += one.bytes
    to.oldest = Math.min(one.at, to.oldest ?? one.at)
    const task = tasks.get(one.taskId) ?? { taskId: one.taskId, title: one.title, count: 0, bytes: 0 }
    tasks.set(one.taskId, { ...task, count: task.count + 1, bytes: task.bytes + one.bytes })
  }
  const output = part()
  if (cutoffs.output !== null)
    for (const { taskId, title, at, full } of expiredEvents(connection, cutoffs.output, 0))
      add(output, { taskId, title, at, bytes: full.length })
  const attachments = part()
  if (cutoffs.attachments !== null)
    for (const one of connection
      .prepare<[number], { taskId: string; title: string; at: number; bytes: number }>(
        `SELECT t.id AS taskId, t.title, a.created_at AS at, length(a.content) AS bytes
         FROM prompt_attachments a ${LIVE_SESSION}
         WHERE a.removed_at IS NULL AND a.created_at < ? AND a.owner_id IN (SELECT id FROM turns)`,
      )
      .iterate(cutoffs.attachments))
      add(attachments, one)
  const packs = part()
  if (cutoffs.packs !== null) {
    const going = connection
      .prepare<[number], { taskId: string; title: string; at: number; bytes: number }>(
        `SELECT t.id AS taskId, t.title, p.kept_at AS at, p.bytes FROM task_packs p
         JOIN tasks t ON t.id = p.task_id AND t.deleted_at IS NULL AND t.archived_at IS NOT NULL WHERE p.kept_at < ?`,
      )
      .all(cutoffs.packs)
    for (const one of going) add(packs, one)
    // What others hold too stays.
    packs.bytes =
      connection
        .prepare<[string, string], number>(
          `SELECT coalesce(sum(packed_bytes), 0) FROM pack_blobs b
           WHERE EXISTS (SELECT 1 FROM pack_entries e WHERE e.hash = b.hash
               AND e.task_id IN (SELECT value FROM json_each(?)))
             AND NOT EXISTS (SELECT 1 FROM pack_entries e WHERE e.hash = b.hash
               AND e.task_id NOT IN (SELECT value FROM json_each(?)))`,
        )
        .pluck()
        .get(...twice(JSON.stringify(going.map(({ taskId }) => taskId)))) ?? 0
  }
  const pageSize = Number(connection.pragma('page_size', { simple: true }))
  const pages = (pragma: string): number => Number(connection.pragma(pragma, { simple: true })) * pageSize
  return {
    output,
    attachments,
    packs,
    tasks: [...tasks.values()].toSorted((a, b) => b.bytes - a.bytes).slice(0, SHOWN_TASKS),
    taskCount: tasks.size,
    fileBytes: pages('page_count'),
    freeBytes: pages('freelist_count'),
  }
}

const twice = (text: string): [string, string] => [text, text]

/** The newest times that are no later than now. */
export function timesKnown(connection: Sqlite.Database, now: number, start: number): TimesKnown {
  const newest = (sql: string, before: number): number | null =>
    connection.prepare<[number], number | null>(sql).pluck().get(before) ?? null
  return {
    github: newest('SELECT max(updated_at) FROM pull_requests WHERE updated_at <= ?', now),
    local: newest('SELECT max(at) FROM audit_events WHERE at < ?', Math.min(now, start)),
  }
}

/** Rows whose whole goes, a page at a time. */
export function expiredPage(connection: Sqlite.Database, before: number, after: number): RetentionPage {
  const events: RetentionPage['events'] = []
  for (const { id, sessionId, first } of expiredEvents(connection, before, after)) {
    events.push({ sessionId, first })
    if (events.length >= PAGE_ROWS) return { events, after: id }
  }
  return { events, after: null }
}

function* expiredEvents(connection: Sqlite.Database, before: number, after: number): Generator<EventRow> {
  const rows = connection.prepare<[number, number], EventRow>(
    `SELECT e.rowid AS id, session_id AS sessionId, first_index AS first, at, full, t.id AS taskId, t.title
     FROM session_events e ${LIVE_SESSION}
     WHERE e.rowid > ? AND e.at < ? AND e.full IS NOT NULL ORDER BY e.rowid`,
  )
  for (const row of rows.iterate(after, before)) if (isOutputOfTool(row.full)) yield row
}

const EDITING_KINDS = new Set(['edit', 'delete', 'move'])
const TEXTS_OF_EDITS = [
  'newString',
  'new_string',
  'newText',
  'new_str',
  'content',
  'file_text',
  'contents',
  'edits',
  'patch',
  'patchText',
]

/**
 * Whether the whole of a row is what a tool put out, and nothing else: prompts and messages are not, nor is anything that
 * says what was changed in files. What cannot be read is kept.
 */
export function isOutputOfTool(full: Buffer): boolean {
  const event = parsed(full)
  const update = field(event, 'update')
  if (field(event, 'type') !== 'update' || !isRecord(update)) return false
  const what = update['sessionUpdate']
  if (what !== 'tool_call' && what !== 'tool_call_update') return false
  if (EDITING_KINDS.has(String(update['kind']))) return false
  const { content, rawInput } = update
  if (Array.isArray(content) && content.some((one) => field(one, 'type') === 'diff')) return false
  return !TEXTS_OF_EDITS.some((name) => field(rawInput, name) !== undefined)
}

function parsed(full: Buffer): unknown {
  try {
    return JSON.parse(inflateSync(full, { maxOutputLength: MOST_UNPACKED }).toString('utf8'))
  } catch (error) {
    if (error instanceof Error) return null
    throw error
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

const field = (value: unknown, name: string): unknown => (isRecord(value) ? value[name] : undefined)
