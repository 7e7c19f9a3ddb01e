import type Sqlite from 'better-sqlite3'
import { type ArchiveTable, PACK_CONTENTS } from '@shared/export-format'
import { countPack } from './archive-packs'

/** A row as SQLite has it. */
export type Row = Record<string, string | number | null | Buffer>

/**
 * What of a row stays on this computer: tokens and whose they are, where things lie on its disk, what decides what may run
 * here, and what follows from the rest.
 */
export const leftOut: Partial<Record<ArchiveTable, readonly string[]>> = {
  organizations: ['account_id', 'problem', 'left_at', 'delete_requested_at'],
  repositories: ['local_path', 'scripts_trusted', 'permission_policy'],
  // Counted where it comes in.
  task_packs: ['bytes', 'left_out'],
  // Tells of a content that may be masked: a number names it.
  pack_entries: ['hash'],
}

/** Tables that are not in an archive, each with the reason. A table that is neither here nor in it fails a test. */
export const notArchived: Readonly<Record<string, string>> = {
  accounts: 'Whose tokens this computer has; the tokens are in its keychain.',
  agent_catalogue: 'What agents offer on this computer; asked anew.',
  app_state: 'What is shown in this window.',
  foundry_migrations: 'Of the file, not of an organization; the manifest names the last one.',
  github_sync: 'How far this computer has read GitHub; another one reads for itself.',
  http_cache: 'Answers of GitHub to the accounts of this computer.',
  jobs: 'Work of this computer, done or under way.',
  outgoing_reviews: 'Sent by the computer that holds it, once.',
  pack_blob_parts: 'In it unpacked, as what entries of packs name.',
  pack_blobs: 'As the parts of them, above.',
  processes: 'What runs on this computer.',
  pull_request_lists: 'How far this computer has read GitHub, as above.',
  saved_prompts: 'Of the person, for all organizations.',
  saved_searches: 'Of the person, for all organizations.',
  task_sandboxes: 'Where checkouts lie on this computer.',
  task_terminals: 'Terminals that are open in checkouts of this computer.',
  user_models: 'Of the person, for all organizations.',
  user_repository_models: 'What the person starts with on this computer.',
  users: 'The person at the other end is who imports.',
}

interface Part {
  table: ArchiveTable
  /** Its rows in an order that does not change; `?` is the id of the organization or task. */
  query: string
}

const ofOrganization = (table: ArchiveTable, order: string, more = ''): Part => ({
  table,
  query: `FROM ${table} WHERE organization_id = ?${more} ORDER BY ${order}`,
})

/** What comes before all tasks. */
export const before: readonly Part[] = [
  { table: 'organizations', query: 'FROM organizations WHERE id = ?' },
  ofOrganization('members', 'github_id'),
  ofOrganization('repositories', 'id'),
  ofOrganization('repository_overviews', 'repository_id'),
  ofOrganization('pull_requests', 'repository_id, number'),
  ofOrganization('pull_request_reviews', 'repository_id, number'),
  ofOrganization('pull_request_changes', 'id'),
]

const ofTask = (table: ArchiveTable, order: string): Part => ({
  table,
  query: `FROM ${table} WHERE task_id = ? ORDER BY ${order}`,
})
const ofSessions = (table: ArchiveTable, order: string): Part => ({
  table,
  query: `FROM ${table} WHERE session_id IN (SELECT id FROM sessions WHERE task_id = ?) ORDER BY ${order}`,
})

/** What belongs to one task: its row first. */
export const ofEachTask: readonly Part[] = [
  { table: 'tasks', query: 'FROM tasks WHERE id = ?' },
  ofTask('sessions', 'created_at, id'),
  ofTask('turns', 'started_at, id'),
  ofTask('permission_requests', 'created_at, id'),
  ofSessions('prompt_attachments', 'created_at, id'),
  ofSessions('session_events', 'session_id, first_index'),
  ofSessions('queued_prompts', 'created_at, id'),
  ofTask('checkpoints', 'created_at, id'),
  ofTask('review_comments', 'created_at, id'),
  ofTask('file_drafts', 'path'),
  ofTask('user_task_state', 'user_id'),
  ofTask('user_session_state', 'session_id'),
  // What is in it comes behind it.
  ofTask('task_packs', 'task_id'),
]

/** What comes after them. */
export const after: readonly Part[] = [ofOrganization('audit_events', 'id')]

export const TASKS =
  'SELECT id FROM tasks WHERE organization_id = ? AND deleted_at IS NULL ORDER BY created_at, id'

/** Goes through the rows of a part one by one. */
export function* rowsOf(connection: Sqlite.Database, { table, query }: Part, id: string): Generator<Row> {
  const hidden = leftOut[table] ?? []
  for (const row of connection.prepare<[string], Row>(`SELECT * ${query}`).iterate(id)) {
    for (const name of hidden) delete row[name]
    yield row
  }
}

/** How many rows of each table there are, and of how many rows all takes the time. */
export function countRows(
  connection: Sqlite.Database,
  organizationId: string,
): { counts: Record<string, number>; weight: number } {
  const counts: Record<string, number> = {}
  let weight = 0
  const add = (table: string, rows: number, takes = rows): void => {
    counts[table] = (counts[table] ?? 0) + rows
    weight += takes
  }
  const count = ({ table, query }: Part, id: string): void => {
    const from = query.replace(/ ORDER BY .*$/, '')
    add(table, connection.prepare<[string], number>(`SELECT count(*) ${from}`).pluck().get(id) ?? 0)
  }
  for (const part of before) count(part, organizationId)
  for (const taskId of connection.prepare<[string], string>(TASKS).pluck().all(organizationId)) {
    for (const part of ofEachTask) count(part, taskId)
    const pack = countPack(connection, taskId)
    add('pack_entries', pack.entries)
    add(PACK_CONTENTS, pack.contents, pack.weight - pack.entries)
  }
  for (const part of after) count(part, organizationId)
  return { counts, weight }
}
