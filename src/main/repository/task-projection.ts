import { and, count, eq, inArray, isNotNull, isNull } from 'drizzle-orm'
import type { TaskStatus, TaskSummary } from '@shared/domain'
import { FoundryError } from '@shared/errors'
import type { OrganizationId, RepositoryId, TaskId } from '@shared/ids'
import type { Database } from '../database'
import { tasks } from './tables'

/** A row of the projection: everything about a task that is not derived. */
export type TaskRow = typeof tasks.$inferSelect

/** What a row of the list shows. The prompt can be long and is not read for it. */
const SUMMARY = {
  id: tasks.id,
  repositoryId: tasks.repositoryId,
  title: tasks.title,
  branch: tasks.branch,
  materializedAt: tasks.materializedAt,
  archivedAt: tasks.archivedAt,
  createdAt: tasks.createdAt,
  updatedAt: tasks.updatedAt,
}
type SummaryRow = Pick<TaskRow, keyof typeof SUMMARY>

/** What is going on in tasks right now, told by the coordinators of sessions and jobs; empty for all others. */
export interface LiveState {
  provisioning: ReadonlySet<string>
  failed: ReadonlySet<string>
  running: ReadonlySet<string>
  needsInput: ReadonlySet<string>
  unread: ReadonlySet<string>
}

/** One enum, derived: only `virtual` and `archived` come from the row itself. */
export function deriveStatus(
  row: Pick<TaskRow, 'id' | 'materializedAt' | 'archivedAt'>,
  live: LiveState,
): TaskStatus {
  if (row.archivedAt !== null) return 'archived'
  if (row.materializedAt === null) return 'virtual'
  if (live.needsInput.has(row.id)) return 'needs_input'
  if (live.provisioning.has(row.id)) return 'provisioning'
  if (live.running.has(row.id)) return 'running'
  if (live.failed.has(row.id)) return 'error'
  return 'idle'
}

export interface TaskProjection {
  /** Inserts the row in the caller's transaction. */
  insert(row: Omit<TaskRow, 'createdAt' | 'updatedAt'>): TaskRow
  find(taskId: TaskId): TaskRow | null
  /** @throws FoundryError `not_found` */
  get(taskId: TaskId): TaskRow
  update(taskId: TaskId, set: Partial<Pick<TaskRow, 'title' | 'archivedAt'>>): TaskRow
  /** Moves it to the top of the list: something happened in it. */
  bump(taskId: TaskId): void
  branches(repositoryId: RepositoryId): string[]
  /** Those that are not archived, on branches of the repository itself. */
  openByBranch(repositoryId: RepositoryId): Map<string, { id: TaskId; title: string }>
  hasOpenTasks(repositoryId: RepositoryId): boolean
  /** Archived ones and virtual ones too. */
  hasTasks(repositoryId: RepositoryId): boolean
  /** Its repository moved to another organization. In the caller's transaction. */
  moveTo(repositoryId: RepositoryId, organizationId: OrganizationId): TaskId[]
  /** How many of an organization are more than a row. */
  workedOn(organizationId: OrganizationId): number
  /** Removes at most `limit` rows that nobody worked on; false once there are none. */
  removeVirtual(organizationId: OrganizationId, limit: number): boolean
  /** Those of the organization; what moved to another one is missing. */
  summaries(organizationId: OrganizationId, ids: string[]): TaskSummary[]
  summaryOf(row: TaskRow): TaskSummary
  /** Most recent first, 100 at a time; `cursor` is what the page before returned. */
  page(
    organizationId: OrganizationId,
    cursor: string | null,
  ): { entities: TaskSummary[]; cursor: string | null }
}

const PAGE = 100

/** The task list of all repositories. Reads are local and start nothing. */
export function createTaskProjection(
  database: Database,
  now: () => number,
  live: () => LiveState,
): TaskProjection {
  const db = database.commands

  // The list is read at every start and page by page: without the cost of building the query each time.
  const COLUMNS = `id, repository_id AS repositoryId, title, branch, materialized_at AS materializedAt,
    archived_at AS archivedAt, created_at AS createdAt, updated_at AS updatedAt`
  const firstPage = db.$client.prepare<[string], SummaryRow>(
    `SELECT ${COLUMNS} FROM tasks WHERE organization_id = ? ORDER BY updated_at DESC, id DESC LIMIT ${PAGE}`,
  )
  // As one comparison of pairs, SQLite finds the place in the index instead of walking to it.
  const nextPage = db.$client.prepare<[string, number, string], SummaryRow>(
    `SELECT ${COLUMNS} FROM tasks WHERE organization_id = ? AND (updated_at, id) < (?, ?)
     ORDER BY updated_at DESC, id DESC LIMIT ${PAGE}`,
  )

  const toSummary = (row: SummaryRow, state: LiveState): TaskSummary => ({
    id: row.id as TaskId,
    repositoryId: row.repositoryId as RepositoryId,
    title: row.title,
    branch: row.branch,
    status: deriveStatus(row, state),
    unread: state.unread.has(row.id),
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  })

  function find(taskId: TaskId): TaskRow | null {
    return db.select().from(tasks).where(eq(tasks.id, taskId)).get() ?? null
  }

  function get(taskId: TaskId): TaskRow {
    const row = find(taskId)
    if (row === null) throw new FoundryError('not_found', 'This task does not exist any more.')
    return row
  }

  return {
    insert(row) {
      const time = now()
      return db
        .insert(tasks)
        .values({ ...row, createdAt: time, updatedAt: time })
        .returning()
        .get()
    },
    find,
    get,
    update(taskId, set) {
      const row = db.update(tasks).set(set).where(eq(tasks.id, taskId)).returning().get()
      if (row === undefined) throw new FoundryError('not_found', 'This task does not exist any more.')
      return row
    },
    bump(taskId) {
      db.update(tasks).set({ updatedAt: now() }).where(eq(tasks.id, taskId)).run()
    },
    branches(repositoryId) {
      return db
        .select({ branch: tasks.branch })
        .from(tasks)
        .where(eq(tasks.repositoryId, repositoryId))
        .all()
        .map((row) => row.branch)
    },
    openByBranch(repositoryId) {
      const rows = db
        .select({ id: tasks.id, title: tasks.title, branch: tasks.branch })
        .from(tasks)
        .where(
          and(
            eq(tasks.repositoryId, repositoryId),
            eq(tasks.headRepository, repositoryId),
            isNull(tasks.archivedAt),
          ),
        )
        .all()
      return new Map(rows.map(({ id, title, branch }) => [branch, { id: id as TaskId, title }]))
    },
    hasOpenTasks(repositoryId) {
      return (
        db
          .select({ id: tasks.id })
          .from(tasks)
          .where(and(eq(tasks.repositoryId, repositoryId), isNull(tasks.archivedAt)))
          .limit(1)
          .get() !== undefined
      )
    },
    hasTasks(repositoryId) {
      const row = db
        .select({ id: tasks.id })
        .from(tasks)
        .where(eq(tasks.repositoryId, repositoryId))
        .limit(1)
        .get()
      return row !== undefined
    },
    moveTo(repositoryId, organizationId) {
      return db
        .update(tasks)
        .set({ organizationId })
        .where(eq(tasks.repositoryId, repositoryId))
        .returning({ id: tasks.id })
        .all()
        .map(({ id }) => id as TaskId)
    },
    workedOn(organizationId) {
      const row = db
        .select({ tasks: count() })
        .from(tasks)
        .where(and(eq(tasks.organizationId, organizationId), isNotNull(tasks.materializedAt)))
        .get()
      return row?.tasks ?? 0
    },
    removeVirtual(organizationId, limit) {
      const some = db
        .select({ id: tasks.id })
        .from(tasks)
        .where(and(eq(tasks.organizationId, organizationId), isNull(tasks.materializedAt)))
        .limit(limit)
      return db.delete(tasks).where(inArray(tasks.id, some)).run().changes > 0
    },
    summaries(organizationId, ids) {
      const state = live()
      return db
        .select(SUMMARY)
        .from(tasks)
        .where(and(inArray(tasks.id, ids), eq(tasks.organizationId, organizationId)))
        .all()
        .map((row) => toSummary(row, state))
    },
    summaryOf: (row) => toSummary(row, live()),
    page(organizationId, cursor) {
      const after = cursor === null ? null : parseCursor(cursor)
      const rows =
        after === null ? firstPage.all(organizationId) : nextPage.all(organizationId, after.time, after.id)
      const state = live()
      const last = rows.at(-1)
      return {
        entities: rows.map((row) => toSummary(row, state)),
        cursor: rows.length < PAGE || last === undefined ? null : `${last.updatedAt}:${last.id}`,
      }
    },
  }
}

function parseCursor(cursor: string): { time: number; id: string } {
  const [, time, id] = /^(\d{1,15}):(\S{1,80})$/.exec(cursor) ?? []
  if (time === undefined || id === undefined)
    throw new FoundryError('invalid_input', 'The list of tasks has no such page.')
  return { time: Number(time), id }
}
