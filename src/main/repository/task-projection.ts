import { and, asc, count, eq, inArray, isNotNull, isNull } from 'drizzle-orm'
import type { TaskStatus, TaskSummary } from '@shared/domain'
import { FoundryError } from '@shared/errors'
import type { OrganizationId, RepositoryId, TaskId } from '@shared/ids'
import type { Author } from '@shared/tasks'
import type { Database } from '../database'
import type { TaskPullRequests } from '../github/pull-requests/task-pull-requests'
import { headRepositoryOf } from './pull-request-tasks'
import { tasks } from './tables'

/** A row of the projection: everything about a task that is not derived. */
export type TaskRow = typeof tasks.$inferSelect

/** What a row of the list shows. The prompt can be long and is not read for it. */
const SUMMARY = {
  id: tasks.id,
  repositoryId: tasks.repositoryId,
  title: tasks.title,
  branch: tasks.branch,
  pullRequestNumber: tasks.pullRequestNumber,
  ownerLogin: tasks.ownerLogin,
  materializedAt: tasks.materializedAt,
  archivedAt: tasks.archivedAt,
  archiveReason: tasks.archiveReason,
  createdAt: tasks.createdAt,
  updatedAt: tasks.updatedAt,
}
type SummaryRow = Pick<TaskRow, keyof typeof SUMMARY>

/** All a new row says; what most tasks do not have may be left out. */
export type NewTaskRow = Omit<typeof tasks.$inferInsert, 'createdAt' | 'updatedAt'>
export type TaskChange = Partial<
  Pick<
    TaskRow,
    | 'title'
    | 'archivedAt'
    | 'archiveReason'
    | 'deletedAt'
    | 'materializedAt'
    | 'prompt'
    | 'branch'
    | 'baseBranch'
    | 'pullRequestNumber'
    | 'ownerLogin'
    | 'authorName'
    | 'authorEmail'
  >
>

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
  /** Inserts the row in the caller's transaction; made now unless it says when. */
  insert(row: NewTaskRow, at?: { createdAt: number; updatedAt: number }): TaskRow
  /** Null also for one that was deleted. */
  find(taskId: TaskId): TaskRow | null
  /** @throws FoundryError `not_found` */
  get(taskId: TaskId): TaskRow
  update(taskId: TaskId, set: TaskChange): TaskRow
  /** Moves it to the top of the list: something happened in it. */
  bump(taskId: TaskId): void
  /** Those of the repository itself, not of forks. */
  branches(repositoryId: RepositoryId): string[]
  /** The task on a branch of the repository itself. */
  onBranch(repositoryId: RepositoryId, branch: string): TaskRow | null
  /** The task of a pull request, also where it has another one from the same branch. */
  ofPullRequest(repository: { id: RepositoryId; githubId: string | null }, number: number): TaskRow | null
  /** All, on branches of the repository itself. */
  byBranch(
    repositoryId: RepositoryId,
  ): Map<string, { id: TaskId; title: string; isVirtual: boolean; isArchived: boolean }>
  /** Those that are not archived, on branches of the repository itself. */
  openByBranch(repositoryId: RepositoryId): Map<string, { id: TaskId; title: string }>
  /** Whether somebody works on one that is not archived. */
  hasOpenTasks(repositoryId: RepositoryId): boolean
  /** Whether somebody worked on one, archived or not. */
  hasTasks(repositoryId: RepositoryId): boolean
  /** Its repository moved to another organization. In the caller's transaction. */
  moveTo(repositoryId: RepositoryId, organizationId: OrganizationId): TaskId[]
  /** Another row is its repository from now on, and has no task that somebody worked on. In the caller's transaction. */
  unite(from: RepositoryId, to: RepositoryId): void
  /** How many of an organization are more than a row. */
  workedOn(organizationId: OrganizationId): number
  /** Removes at most `limit` rows that nobody worked on; false once there are none. */
  removeVirtual(organizationId: OrganizationId, limit: number): boolean
  /** Shown nowhere from now on, and its branch is free. In the caller's transaction. */
  tombstone(taskId: TaskId): void
  /** The last of one that was deleted. In the caller's transaction. */
  erased(taskId: TaskId): void
  /** Those whose clean-up has not ended yet. */
  deleted(): TaskRow[]
  /** What it is called, also while it is being deleted. */
  titleOf(taskId: TaskId): string | null
  /** All that somebody worked on, deleted ones too: what is on the disk of any other is nobody's. Read in slices. */
  everWorkedOn(): Promise<Set<TaskId>>
  /** Those of the organization; what moved to another one is missing. */
  summaries(organizationId: OrganizationId, ids: string[]): TaskSummary[]
  /** Those that were made from one prompt with it, itself among them, as they were made; empty for one that was made alone. */
  groupOf(row: TaskRow): TaskId[]
  summaryOf(row: TaskRow): TaskSummary
  /** Most recent first, 100 at a time; `cursor` is what the page before returned. */
  page(
    organizationId: OrganizationId,
    cursor: string | null,
  ): { entities: TaskSummary[]; cursor: string | null }
}

const PAGE = 100
/** What was deleted is shown nowhere, however long its clean-up takes. */
const HERE = isNull(tasks.deletedAt)

/** The task list of all repositories. Reads are local and start nothing. */
export function createTaskProjection(
  database: Database,
  now: () => number,
  live: () => LiveState,
  pullRequests: TaskPullRequests,
): TaskProjection {
  const db = database.commands

  // The list is read at every start and page by page: without the cost of building the query each time.
  const COLUMNS = `id, repository_id AS repositoryId, title, branch, pull_request_number AS pullRequestNumber,
    owner_login AS ownerLogin, materialized_at AS materializedAt, archived_at AS archivedAt,
    archive_reason AS archiveReason, created_at AS createdAt, updated_at AS updatedAt`
  const firstPage = db.$client.prepare<[string], SummaryRow>(
    `SELECT ${COLUMNS} FROM tasks WHERE organization_id = ? AND deleted_at IS NULL
     ORDER BY updated_at DESC, id DESC LIMIT ${PAGE}`,
  )
  // As one comparison of pairs, SQLite finds the place in the index instead of walking to it.
  const nextPage = db.$client.prepare<[string, number, string], SummaryRow>(
    `SELECT ${COLUMNS} FROM tasks WHERE organization_id = ? AND (updated_at, id) < (?, ?) AND deleted_at IS NULL
     ORDER BY updated_at DESC, id DESC LIMIT ${PAGE}`,
  )

  const workedOnAfter = db.$client.prepare<[number], { row: number; id: string; workedOn: number }>(
    `SELECT rowid AS row, id, materialized_at IS NOT NULL AS workedOn FROM tasks
     WHERE rowid > ? ORDER BY rowid LIMIT 500`,
  )

  // Folder, address or GitHub: what a checkout can be made from.
  const hasNoSource = db.$client
    .prepare<[string], number>(
      'SELECT 1 FROM repositories WHERE id = ? AND local_path IS NULL AND origin_url IS NULL AND github_id IS NULL',
    )
    .pluck()
  const isReadOnly = ({
    repositoryId,
    archivedAt,
  }: Pick<SummaryRow, 'repositoryId' | 'archivedAt'>): boolean =>
    archivedAt !== null && hasNoSource.get(repositoryId) !== undefined

  function toSummary(row: SummaryRow, state: LiveState): TaskSummary {
    const { pullRequestNumber } = row
    const pullRequest =
      pullRequestNumber === null ? null : pullRequests.of(row.repositoryId, pullRequestNumber)
    return {
      id: row.id as TaskId,
      repositoryId: row.repositoryId as RepositoryId,
      title: row.title,
      branch: row.branch,
      status: deriveStatus(row, state),
      archiveReason: row.archivedAt === null ? null : row.archiveReason,
      readOnly: isReadOnly(row),
      pullRequest,
      owner: row.ownerLogin ?? (row.materializedAt === null ? (pullRequest?.author ?? null) : null),
      unread: state.unread.has(row.id),
      createdAt: row.createdAt,
      updatedAt: row.updatedAt,
    }
  }

  function find(taskId: TaskId): TaskRow | null {
    return (
      db
        .select()
        .from(tasks)
        .where(and(eq(tasks.id, taskId), HERE))
        .get() ?? null
    )
  }

  function onBranchOf(repositoryId: RepositoryId, headRepository: string, branch: string): TaskRow | null {
    const row = db
      .select()
      .from(tasks)
      .where(
        and(
          eq(tasks.repositoryId, repositoryId),
          eq(tasks.headRepository, headRepository),
          eq(tasks.branch, branch),
          HERE,
        ),
      )
      .get()
    return row ?? null
  }

  const workedOnIn = (repositoryId: RepositoryId) =>
    and(eq(tasks.repositoryId, repositoryId), isNotNull(tasks.materializedAt), HERE)

  function get(taskId: TaskId): TaskRow {
    const row = find(taskId)
    if (row === null) throw new FoundryError('not_found', 'This task does not exist any more.')
    return row
  }

  return {
    insert(row, at) {
      const time = now()
      return db
        .insert(tasks)
        .values({ ...row, createdAt: time, updatedAt: time, ...at })
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
        .where(and(eq(tasks.repositoryId, repositoryId), eq(tasks.headRepository, repositoryId), HERE))
        .all()
        .map((row) => row.branch)
    },
    onBranch: (repositoryId, branch) => onBranchOf(repositoryId, repositoryId, branch),
    ofPullRequest(repository, number) {
      const row = db
        .select()
        .from(tasks)
        .where(and(eq(tasks.repositoryId, repository.id), eq(tasks.pullRequestNumber, number), HERE))
        .get()
      if (row !== undefined) return row
      const head = pullRequests.headOf(repository.id, number)
      const headRepository = head === null ? null : headRepositoryOf(head.headRepositoryId, repository)
      return head === null || headRepository === null
        ? null
        : onBranchOf(repository.id, headRepository, head.headRef)
    },
    byBranch(repositoryId) {
      const rows = db
        .select({
          id: tasks.id,
          title: tasks.title,
          branch: tasks.branch,
          materializedAt: tasks.materializedAt,
          archivedAt: tasks.archivedAt,
        })
        .from(tasks)
        .where(and(eq(tasks.repositoryId, repositoryId), eq(tasks.headRepository, repositoryId), HERE))
        .all()
      return new Map(
        rows.map(({ id, title, branch, materializedAt, archivedAt }) => [
          branch,
          { id: id as TaskId, title, isVirtual: materializedAt === null, isArchived: archivedAt !== null },
        ]),
      )
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
            HERE,
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
          .where(and(workedOnIn(repositoryId), isNull(tasks.archivedAt)))
          .limit(1)
          .get() !== undefined
      )
    },
    hasTasks(repositoryId) {
      const row = db.select({ id: tasks.id }).from(tasks).where(workedOnIn(repositoryId)).limit(1).get()
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
    unite(from, to) {
      const moved = db.select().from(tasks).where(eq(tasks.repositoryId, from)).all()
      for (const row of moved) {
        const headRepository = row.headRepository === from ? to : row.headRepository
        const there = row.deletedAt === null ? onBranchOf(to, headRepository, row.branch) : null
        if (there === null) {
          db.update(tasks).set({ repositoryId: to, headRepository }).where(eq(tasks.id, row.id)).run()
          continue
        }
        const pullRequestNumber = there.pullRequestNumber ?? row.pullRequestNumber
        db.update(tasks).set({ pullRequestNumber }).where(eq(tasks.id, there.id)).run()
        db.delete(tasks).where(eq(tasks.id, row.id)).run()
      }
    },
    workedOn(organizationId) {
      const row = db
        .select({ tasks: count() })
        .from(tasks)
        // A deleted one counts until its clean-up has ended.
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
    tombstone(taskId) {
      db.update(tasks).set({ deletedAt: now() }).where(eq(tasks.id, taskId)).run()
    },
    erased(taskId) {
      db.delete(tasks)
        .where(and(eq(tasks.id, taskId), isNotNull(tasks.deletedAt)))
        .run()
    },
    deleted: () => db.select().from(tasks).where(isNotNull(tasks.deletedAt)).all(),
    titleOf: (taskId) =>
      db.select({ title: tasks.title }).from(tasks).where(eq(tasks.id, taskId)).get()?.title ?? null,
    async everWorkedOn() {
      const found = new Set<TaskId>()
      let last = 0
      for (;;) {
        const slice = workedOnAfter.all(last)
        for (const { id, workedOn } of slice) if (workedOn === 1) found.add(id as TaskId)
        const end = slice.at(-1)
        if (end === undefined) return found
        last = end.row
        await new Promise<void>((resolve) => setImmediate(resolve))
      }
    },
    summaries(organizationId, ids) {
      const state = live()
      return db
        .select(SUMMARY)
        .from(tasks)
        .where(and(inArray(tasks.id, ids), eq(tasks.organizationId, organizationId), HERE))
        .all()
        .map((row) => toSummary(row, state))
    },
    groupOf({ groupId }) {
      if (groupId === null) return []
      return db
        .select({ id: tasks.id })
        .from(tasks)
        .where(and(eq(tasks.groupId, groupId), isNotNull(tasks.groupId), HERE))
        .orderBy(asc(tasks.createdAt), asc(tasks.id))
        .all()
        .map(({ id }) => id as TaskId)
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

/** Who was chosen to commit in its checkout; null where nobody was. */
export function authorOf({
  authorName,
  authorEmail,
}: Pick<TaskRow, 'authorName' | 'authorEmail'>): Author | null {
  return authorName === null || authorEmail === null ? null : { name: authorName, email: authorEmail }
}

function parseCursor(cursor: string): { time: number; id: string } {
  const [, time, id] = /^(\d{1,15}):(\S{1,80})$/.exec(cursor) ?? []
  if (time === undefined || id === undefined)
    throw new FoundryError('invalid_input', 'The list of tasks has no such page.')
  return { time: Number(time), id }
}
