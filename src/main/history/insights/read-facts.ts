import type Sqlite from 'better-sqlite3'
import { policyKinds } from '@shared/permission-policy'
import { kindWord, hasWord } from '../search/documents'
import { isDamage } from '../search/index-thread'
import { partitionTable, partitions } from '../search/schema'
import {
  type CheckFact,
  Costs,
  type EventFact,
  type Facts,
  readUsage,
  type TaskFact,
  type TurnFact,
} from './facts'

interface TurnRow {
  at: number
  taskId: string
  repositoryId: string
  agentId: string
  modelId: string | null
  ended: number
  stopReason: string | null
  usage: string | null
  /** The session, and that of the agent in it: what its sums are of. */
  counter: string
}

interface FailedRow {
  session: string
  key: number
}

/** What happens in a turn is of its model; without a turn, of the one that its session has. */
const IN_SESSION = `t.id AS taskId, t.repository_id AS repositoryId, s.agent_id AS agentId`
const OF_ORGANIZATION = `t.organization_id = ? AND t.deleted_at IS NULL`
/** For so long what failed is looked up, the first time; the rest follows with the next questions. */
const LOOK_UP_MS = 150
/** How far back the beginning of a tool call is looked for. */
const BEGINNING_ROWS = 500
const placeKey = ({ session, key }: FailedRow): string => `${session} ${key}`
const kinds: ReadonlySet<string> = new Set(policyKinds)

/**
 * Reads what is counted of one organization, from a connection that cannot write, with the search index attached as
 * `derived` where there is one. Gives up between two statements.
 */
export class FactsReader {
  readonly #connection: Sqlite.Database
  readonly #hasIndex: boolean
  readonly #place
  readonly #call
  readonly #begun
  /** What failed does not change any more, by its session and place in it. */
  readonly #failures = new Map<string, EventFact>()

  constructor(connection: Sqlite.Database, hasIndex: boolean) {
    this.#connection = connection
    this.#hasIndex = hasIndex
    this.#place = connection.prepare<[number, string], Omit<EventFact, 'key'>>(
      `SELECT e.at, ${IN_SESSION}, coalesce(u.model_id, CASE WHEN u.id IS NULL THEN s.model_id END) AS modelId
       FROM sessions s JOIN tasks t ON t.id = s.task_id
         JOIN session_events e ON e.session_id = s.id AND e.first_index = ?
         LEFT JOIN turns u ON u.id = e.turn_id
       WHERE s.id = ?`,
    )
    this.#call = connection.prepare<[string, number], { kind: unknown; call: unknown }>(
      `SELECT payload ->> '$.update.kind' AS kind, payload ->> '$.update.toolCallId' AS call FROM session_events
       WHERE session_id = ? AND first_index = ?`,
    )
    this.#begun = connection.prepare<[string, number, number, string], { kind: unknown }>(
      `SELECT payload ->> '$.update.kind' AS kind FROM session_events
       WHERE session_id = ? AND first_index < ? AND first_index > ?
         AND payload ->> '$.update.toolCallId' = ? AND payload ->> '$.update.kind' IS NOT NULL
       ORDER BY first_index DESC LIMIT 1`,
    )
  }

  /** @param check throws when nobody waits any more */
  read(organizationId: string, check: () => void): Facts {
    const turns = this.#turns(organizationId)
    check()
    const tasks = this.#tasks(organizationId)
    const permissions = this.#permissions(organizationId)
    const checks = this.#checks(organizationId)
    check()
    return {
      turns,
      tasks,
      permissions,
      checks,
      ...this.failed(organizationId, check),
      repositories: new Map(
        this.#connection
          .prepare<[string], [string, string]>(
            'SELECT id, coalesce(full_name, name) FROM repositories WHERE organization_id = ?',
          )
          .raw()
          .all(organizationId),
      ),
    }
  }

  #turns(organizationId: string): TurnFact[] {
    const rows = this.#connection
      .prepare<[string], TurnRow>(
        `SELECT u.started_at AS at, ${IN_SESSION}, u.model_id AS modelId, u.ended_at IS NOT NULL AS ended,
           u.stop_reason AS stopReason, u.usage, u.session_id || ' ' || coalesce(u.agent_session_id, '') AS counter
         FROM turns u JOIN sessions s ON s.id = u.session_id JOIN tasks t ON t.id = s.task_id
         WHERE ${OF_ORGANIZATION} ORDER BY u.session_id, u.started_at, u.rowid`,
      )
      .iterate(organizationId)
    const costs = new Costs()
    const turns: TurnFact[] = []
    for (const row of rows) {
      const { tokens, total } = readUsage(row.usage)
      const { at, taskId, repositoryId, agentId, modelId } = row
      const stopReason = row.ended === 0 ? null : (row.stopReason ?? 'unknown')
      const cost = costs.add(row.counter, total)
      turns.push({ at, taskId, repositoryId, agentId, modelId, stopReason, tokens, cost })
    }
    return turns
  }

  #tasks(organizationId: string): TaskFact[] {
    return this.#connection
      .prepare<[string], Omit<TaskFact, 'hadPullRequest' | 'pullRequestAt'> & { opened: number | null }>(
        `SELECT t.id, t.repository_id AS repositoryId, t.materialized_at AS startedAt,
           (SELECT min(c.created_at) FROM checkpoints c WHERE c.task_id = t.id AND c.files > 0) AS firstChangeAt,
           p.created_at AS opened, p.merged_at AS mergedAt
         FROM tasks t
           LEFT JOIN pull_requests p ON p.repository_id = t.repository_id AND p.number = t.pull_request_number
         WHERE ${OF_ORGANIZATION} AND t.materialized_at IS NOT NULL`,
      )
      .all(organizationId)
      .map(({ opened, ...task }) => {
        // What was merged before somebody went on with it was not merged by that.
        const mergedAt = task.mergedAt !== null && task.mergedAt < task.startedAt ? null : task.mergedAt
        const hadPullRequest = opened !== null && opened < task.startedAt
        return { ...task, mergedAt, hadPullRequest, pullRequestAt: hadPullRequest ? null : opened }
      })
  }

  #permissions(organizationId: string): EventFact[] {
    return this.#connection
      .prepare<[string], EventFact>(
        `SELECT q.created_at AS at, ${IN_SESSION}, coalesce(u.model_id, CASE WHEN u.id IS NULL THEN s.model_id END)
             AS modelId,
           CASE
             WHEN q.state <> 'answered' THEN q.state
             WHEN q.policy ->> '$.grounds.decision' = 'allow' THEN 'policy_allowed'
             WHEN q.policy ->> '$.grounds.decision' = 'reject' THEN 'policy_rejected'
             WHEN (SELECT o.value ->> '$.kind' FROM json_each(q.options) o WHERE o.value ->> '$.id' = q.answer)
               LIKE 'allow%' THEN 'person_allowed'
             ELSE 'person_rejected' END AS key
         FROM permission_requests q JOIN sessions s ON s.id = q.session_id JOIN tasks t ON t.id = s.task_id
           LEFT JOIN turns u ON u.id = q.turn_id
         WHERE ${OF_ORGANIZATION}`,
      )
      .all(organizationId)
  }

  #checks(organizationId: string): CheckFact[] {
    return this.#connection
      .prepare<[string], CheckFact>(
        `SELECT c.at, t.id AS taskId, t.repository_id AS repositoryId
         FROM pull_request_changes c
           JOIN tasks t ON t.repository_id = c.repository_id AND t.pull_request_number = c.number
         WHERE c.organization_id = ? AND c.kind = 'checks_failed' AND t.deleted_at IS NULL
           AND t.materialized_at IS NOT NULL`,
      )
      .all(organizationId)
  }

  /** A damaged index is made anew by the search; until then nothing is known from it. */
  failed(organizationId: string, check: () => void): Pick<Facts, 'tools' | 'errors' | 'index'> {
    try {
      const index = this.#indexState()
      if (index !== 'none') {
        const { all, ...found } = this.#readFailures(organizationId, check)
        return { ...found, index: all ? index : 'partial' }
      }
    } catch (error) {
      if (!isDamage(error)) throw error
    }
    return { tools: [], errors: [], index: 'none' }
  }

  #indexState(): Facts['index'] {
    if (!this.#hasIndex) return 'none'
    const tables = this.#connection
      .prepare("SELECT 1 FROM derived.sqlite_schema WHERE name = 'search_state'")
      .get()
    if (tables === undefined) return 'none'
    const complete = this.#connection
      .prepare<[], number>('SELECT complete FROM derived.search_state')
      .pluck()
      .get()
    return complete === 1 ? 'complete' : 'partial'
  }

  /** What failed is marked in the index, so that nobody has to go through all that was said for it. */
  #readFailures(
    organizationId: string,
    check: () => void,
  ): Pick<Facts, 'tools' | 'errors'> & { all: boolean } {
    const until = performance.now() + LOOK_UP_MS
    let all = true
    const here = new Set(
      this.#connection
        .prepare<[string], string>(
          `SELECT s.id FROM sessions s JOIN tasks t ON t.id = s.task_id WHERE ${OF_ORGANIZATION}`,
        )
        .pluck()
        .all(organizationId),
    )
    const tools: EventFact[] = []
    const errors: EventFact[] = []
    for (const [kind, found] of [
      ['tool', tools],
      ['message', errors],
    ] as const)
      for (const partition of partitions(this.#connection, 'derived')) {
        check()
        for (const row of this.#failedRows(partition, `about : (${kindWord(kind)} AND ${hasWord.error})`)) {
          if (!here.has(row.session)) continue
          const known = this.#failures.get(placeKey(row))
          if (known === undefined && performance.now() > until) {
            all = false
            continue
          }
          const fact = known ?? this.#lookUp(row, kind)
          if (fact !== null) found.push(fact)
        }
      }
    return { tools, errors, all }
  }

  #failedRows(partition: number, about: string): FailedRow[] {
    const table = partitionTable(partition)
    return this.#connection
      .prepare<[string], FailedRow>(
        `SELECT x.ref AS session, r.key FROM derived.${table} w
           JOIN derived.search_rows r ON r.id = w.rowid JOIN derived.search_scopes x ON x.id = r.scope
         WHERE w.${table} MATCH ?`,
      )
      .all(about)
  }

  #lookUp(row: FailedRow, kind: 'tool' | 'message'): EventFact | null {
    const place = this.#place.get(row.key, row.session)
    if (place === undefined) return null
    const fact = { ...place, key: kind === 'tool' ? this.#kindOf(row) : 'error' }
    this.#failures.set(placeKey(row), fact)
    return fact
  }

  /** The agent names the kind of a tool when a call begins, and may leave it out later. */
  #kindOf({ session, key }: FailedRow): string {
    const row = this.#call.get(session, key)
    const begun =
      row !== undefined && row.kind === null && typeof row.call === 'string'
        ? this.#begun.get(session, key, key - BEGINNING_ROWS, row.call)?.kind
        : row?.kind
    return typeof begun === 'string' && kinds.has(begun) ? begun : 'other'
  }
}
