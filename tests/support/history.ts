import type Sqlite from 'better-sqlite3'
import type { Databases } from '../../src/main/database'

/** When the first of it was written. */
export const BEGAN = 1_795_000_000_000

/** Tasks with a session and a turn each, and a transcript of some rows: `from` to `until`, both of them in it. */
export function writeHistory(
  { database }: Pick<Databases, 'database'>,
  from: number,
  until: number,
  events = 40,
): void {
  const { $client } = database.commands
  database.transaction(() => {
    insert($client, 'repositories', {
      id: 'repo_1',
      organization_id: 'org_1',
      name: 'sample',
      created_at: BEGAN,
      last_used_at: BEGAN,
    })
    for (let n = from; n <= until; n += 1) {
      const at = BEGAN + n * 60_000
      insert($client, 'tasks', {
        id: `task_${n}`,
        organization_id: 'org_1',
        repository_id: 'repo_1',
        head_repository: 'repo_1',
        branch: `branch-${n}`,
        title: `Task ${n}`,
        prompt: `Do ${n}`,
        materialized_at: at,
        created_at: at,
        updated_at: at,
      })
      insert($client, 'sessions', {
        id: `session_${n}`,
        task_id: `task_${n}`,
        name: 'Session',
        agent_id: 'opencode',
        created_at: at,
      })
      insert($client, 'turns', {
        id: `turn_${n}`,
        session_id: `session_${n}`,
        task_id: `task_${n}`,
        prompt: `Do ${n}`,
        started_at: at,
        ended_at: at + 1000,
        stop_reason: 'end_turn',
      })
      for (let index = 0; index < events; index += 1)
        insert($client, 'session_events', {
          session_id: `session_${n}`,
          first_index: index,
          last_index: index,
          turn_id: `turn_${n}`,
          at: at + index,
          payload: JSON.stringify({ type: 'update', text: `${n}.${index} ${'words '.repeat(40)}` }),
        })
    }
  })
}

function insert(client: Sqlite.Database, table: string, row: Record<string, string | number>): void {
  client
    .prepare(
      `INSERT OR IGNORE INTO ${table} (${Object.keys(row).join()}) VALUES (${Object.keys(row)
        .map(() => '?')
        .join()})`,
    )
    .run(Object.values(row))
}

/** Rows of each table, with what is in them. */
export function rowsOf(client: Sqlite.Database, table: string): Map<string, string> {
  const rows = client.prepare(`SELECT * FROM ${table}`).all() as Record<string, unknown>[]
  const key = (client.pragma(`table_info(${table})`) as { name: string; pk: number }[])
    .filter(({ pk }) => pk > 0)
    .map(({ name }) => name)
  return new Map(rows.map((row) => [key.map((name) => String(row[name])).join(' '), JSON.stringify(row)]))
}
