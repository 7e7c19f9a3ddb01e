import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { newId, openDatabases } from '../../src/main/database'
import { createOrganizations } from '../../src/main/organization/organizations'
import { readRecordedStreams } from '../../tests/support/crash/recorded-streams'
import { inProcessWorker } from '../../tests/support/database-folder'
import { seededRandom } from '../../tests/support/seeded-random'

export interface SeedSize {
  repositories: number
  tasks: number
  sessions: number
  /** Of each session; as many rows of transcript. */
  events: number
}

const WORDS =
  'parser cache index sync branch review login search editor window queue retry stream diff'.split(' ')
const VERBS = 'Fix|Speed up|Rewrite|Test|Document|Simplify|Move|Guard'.split('|')

/** Fills a data folder as months of use would, the same for the same seed. */
export async function seedDataFolder(directory: string, size: SeedSize, seed = 1): Promise<void> {
  const random = seededRandom(seed)
  const below = (limit: number): number => Math.floor(random() * limit)
  const pick = <Value>(values: readonly Value[], fallback: Value): Value =>
    values[below(values.length)] ?? fallback
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const { database, close } = await openDatabases({
    directory,
    backupsDirectory: join(directory, 'backups'),
    nativeBinding: undefined,
    uncleanExit: false,
    log: { info: () => undefined, warn: () => undefined },
    worker: inProcessWorker,
  })
  const now = Date.now()
  const organizationId = createOrganizations(database, () => now).active()
  const { $client } = database.commands
  const insert = (table: string, row: Record<string, string | number | null>): void => {
    const columns = Object.keys(row)
    $client
      .prepare(`INSERT INTO ${table} (${columns.join()}) VALUES (${columns.map(() => '?').join()})`)
      .run(Object.values(row))
  }
  const updates = readRecordedStreams()
    .flat()
    .flatMap(({ messages }) => messages)
    .flatMap((message) => ('update' in message ? [message.update] : []))
  database.transaction(() => {
    const repositories = Array.from({ length: size.repositories }, (_, n) => {
      const id = newId('repo')
      insert('repositories', {
        id,
        organization_id: organizationId,
        name: `${pick(WORDS, 'repository')}-${n}`,
        local_path: `/home/person/${n}`,
        origin_url: null,
        default_branch: 'main',
        created_at: now,
        last_used_at: now - n,
      })
      return id
    })
    for (let n = 0; n < size.tasks; n++) {
      const id = newId('task')
      // Tens of thousands of minutes back, the newest first.
      const at = now - n * 60_000
      const title = `${pick(VERBS, 'Fix')} the ${pick(WORDS, 'parser')} of the ${pick(WORDS, 'cache')}`
      insert('tasks', {
        id,
        organization_id: organizationId,
        repository_id: pick(repositories, ''),
        head_repository: '',
        branch: `foundry/task-${n}`,
        base_branch: 'main',
        base_commit: null,
        title,
        prompt: `${title}. ${'It fails for long files. '.repeat(20)}`,
        materialized_at: at,
        archived_at: below(5) === 0 ? at : null,
        created_at: at,
        updated_at: at,
      })
      if (n >= size.sessions) continue
      const sessionId = newId('session')
      insert('sessions', { id: sessionId, task_id: id, name: title, agent_id: 'claude', created_at: at })
      const turnId = newId('turn')
      insert('turns', {
        id: turnId,
        session_id: sessionId,
        task_id: id,
        prompt: title,
        started_at: at,
        ended_at: at + 1000,
        stop_reason: 'end_turn',
      })
      for (let index = 0; index < size.events; index++) {
        insert('session_events', {
          session_id: sessionId,
          first_index: index,
          last_index: index,
          turn_id: turnId,
          at: at + index,
          payload: JSON.stringify({ type: 'update', update: updates[(n + index) % updates.length] }),
        })
      }
    }
  })
  close()
}
