import { and, asc, desc, eq, getTableColumns, isNull, lte, or, sql } from 'drizzle-orm'
import type { Job } from '@shared/domain'
import { FoundryError, toErrorValue, type ErrorValue } from '@shared/errors'
import type { JobId, SessionId, TaskId } from '@shared/ids'
import { databaseFailure, deleteInSlices, newId, type Database } from '../database'
import { createProgress } from './progress'
import { jobs } from './tables'

/** What a running job may do about itself. */
export interface JobContext {
  readonly id: JobId
  readonly taskId: TaskId | null
  readonly sessionId: SessionId | null
  /** Aborted when a person stops it or Foundry is closed: whatever runs must then end soon. */
  readonly signal: AbortSignal
  /** What it does now, and how far it is from 0 to 1 where that is known. */
  stage(text: string, progress?: number): void
  log(text: string): void
}

/** Applied in the transaction that marks the job as succeeded. */
export type Completion = () => void

export interface JobDefinition<Input> {
  /**
   * Does the work. Must be safe to start again after a crash when `resume` is set: the input is all it gets.
   */
  run(context: JobContext, input: Input): Promise<Completion | undefined>
  /** Applied in the transaction that marks it as failed or cancelled. */
  failed?(
    context: { taskId: TaskId | null; sessionId: SessionId | null },
    error: ErrorValue,
    input: Input,
  ): void
  /** Started again after a crash; else it is marked as failed, with a way to start it by hand. */
  resume: boolean
}

export interface Jobs {
  /** Names what jobs of a kind do. Once a kind, before `recover`. */
  define<Input>(kind: Job['kind'], definition: JobDefinition<Input>): void
  /** Inserts the row, in the transaction of the command that starts it, and runs it after the commit. */
  start(kind: Job['kind'], request: { taskId?: TaskId; sessionId?: SessionId; input: unknown }): Job
  /** Settles when the job has ended, however it ended. Never rejects but for a job that does not exist. */
  finished(id: JobId): Promise<Job>
  /** Recorded before it returns: a job that was cancelled is not started again, not even after a crash. */
  cancel(id: JobId): void
  read(id: JobId): Job | null
  log(id: JobId): string
  /** Newest first, at most 20. */
  ofTask(taskId: TaskId): Job[]
  /** Live jobs, and recent ones of the last minutes, that belong to no task. */
  ofApp(): Job[]
  /** The newest that belongs to no task and came to its end. */
  lastSucceededOfApp(kind: Job['kind'], until: number): Job | null
  liveOfTask(taskId: TaskId, kind: Job['kind']): Job | null
  /** Ids of all tasks with a live job of this kind. */
  tasksWithLive(kind: Job['kind']): Set<string>
  /** Ids of all tasks whose latest job of this kind did not succeed. */
  tasksWithFailed(kind: Job['kind']): Set<string>
  latestOfTask(taskId: TaskId, kind: Job['kind']): Job | null
  /** What a job was started with. */
  inputOf(id: JobId): unknown
  running(): Job[]
  /** Stops all jobs of a task but one, and waits until they have ended. */
  endOfTask(taskId: TaskId, but: JobId): Promise<void>
  /** Removes the rows of a task's jobs but one. None of them may be live. */
  erase(taskId: TaskId, but: JobId, signal: AbortSignal): Promise<void>
  /** After a crash: starts again what can be, oldest first, marks the rest as failed. */
  recover(): void
  /**
   * Aborts everything and waits until it has ended, but no longer than some seconds: what does not listen is
   * left as it is, for `recover`. Rows of resumable jobs stay, to go on at the next start. Nothing is written
   * any more afterwards.
   */
  shutdown(): Promise<void>
}

export interface JobsOptions {
  database: Database
  now: () => number
  /** Called after a job's row changed. */
  changed(job: Pick<Job, 'id' | 'taskId' | 'sessionId'>): void
  /** Unexpected failures; expected ones are in the row. */
  reportError(error: unknown, what: string): void
  /** How long `shutdown` waits. */
  shutdownMs?: number
}

const SHUTDOWN_MS = 5000
/** Literal, so that SQLite uses the partial index. */
const LIVE = sql`${jobs.state} IN ('queued', 'running')`
/** What `Job` shows. The log can be long and the input large: neither is read for a list. */
const { input: _input, log: _log, cancelRequestedAt: _cancelRequestedAt, ...COLUMNS } = getTableColumns(jobs)
const NEWEST_FIRST = [desc(jobs.createdAt), desc(sql`rowid`)]

type Row = typeof jobs.$inferSelect
type JobRow = Pick<Row, keyof typeof COLUMNS>

interface Running {
  controller: AbortController
  done: Promise<void>
}

/** Work that touches the outside: durable rows, run outside the command path. */
export function createJobs(options: JobsOptions): Jobs {
  const { database, now } = options
  const definitions = new Map<string, JobDefinition<unknown>>()
  const running = new Map<JobId, Running>()
  let stopping = false
  /** After `shutdown` the database may be closed: what still settles then changes nothing. */
  let stopped = false

  const select = () => database.commands.select(COLUMNS).from(jobs)

  // Asked for with every page and update of the task list, or of a job.
  const KIND = sql.placeholder('kind')
  const byId = select()
    .where(eq(jobs.id, sql.placeholder('id')))
    .prepare()
  const tasksWithLive = database.commands
    .select({ taskId: jobs.taskId })
    .from(jobs)
    .where(and(LIVE, eq(jobs.kind, KIND)))
    .prepare()
  const tasksWithFailed = database.commands.$client.prepare<[string], { taskId: string }>(`
    SELECT failed.task_id AS taskId FROM jobs AS failed
    WHERE failed.kind = ? AND failed.state IN ('failed', 'cancelled') AND failed.task_id IS NOT NULL
      AND NOT EXISTS (
        SELECT 1 FROM jobs AS later
        WHERE later.task_id = failed.task_id AND later.kind = failed.kind
          AND (later.created_at, later.rowid) > (failed.created_at, failed.rowid)
      )`)
  const logOf = database.commands
    .select({ log: jobs.log })
    .from(jobs)
    .where(eq(jobs.id, sql.placeholder('id')))
    .prepare()

  function read(id: JobId): Job | null {
    const row = byId.get({ id })
    return row === undefined ? null : toJob(row)
  }

  function touch(row: { id: string; taskId: string | null; sessionId: string | null }): void {
    options.changed(row as Pick<Job, 'id' | 'taskId' | 'sessionId'>)
  }

  function launch(row: Row): void {
    const id = row.id as JobId
    const controller = new AbortController()
    // After the commit of the transaction that inserted the row: a job must not see less than its command wrote.
    const done = new Promise<void>((resolve) => setImmediate(resolve))
      .then(() => execute(row, controller.signal))
      // The row could not be written (a full disk, say): it stays as it is, for the next start.
      .catch((error: unknown) => options.reportError(error, `job ${row.kind}`))
      .finally(() => running.delete(id))
    running.set(id, { controller, done })
  }

  async function execute(row: Row, signal: AbortSignal): Promise<void> {
    const id = row.id as JobId
    if (stopping || read(id)?.state !== 'queued') return
    const definition = definitions.get(row.kind)
    const progress = createProgress((set) => writeProgress(row, set))
    let completion: Completion | undefined
    try {
      signal.throwIfAborted()
      if (definition === undefined) throw new Error(`No job of kind ${row.kind} is defined`)
      database.commands
        .update(jobs)
        .set({ state: 'running', stage: null, progress: null, log: '', startedAt: now(), updatedAt: now() })
        .where(eq(jobs.id, id))
        .run()
      touch(row)
      const context = { id, ...idsOf(row), signal, stage: progress.stage, log: progress.log }
      completion = await definition.run(context, row.input)
    } catch (thrown) {
      progress.end()
      if (!stopped) fail(row, definition, thrown)
      return
    }
    progress.end()
    if (stopped) return
    try {
      database.transaction(() => {
        completion?.()
        end(id, 'succeeded', null)
      })
    } catch (thrown) {
      fail(row, definition, thrown)
      return
    }
    touch(row)
  }

  function fail(row: Row, definition: JobDefinition<unknown> | undefined, thrown: unknown): void {
    const id = row.id as JobId
    const cancelled = isCancelled(id)
    // A job interrupted by the end of the app goes on at the next start, unless a person had stopped it.
    if (stopping && !cancelled && definition?.resume === true) return
    if (cancelled || stopping) {
      const message = cancelled ? 'Stopped.' : 'Foundry was closed while this ran.'
      endWith(row, definition, 'cancelled', { kind: 'cancelled', message })
      return
    }
    const failure = databaseFailure(thrown)
    if (!(failure instanceof FoundryError)) options.reportError(failure, `job ${row.kind}`)
    endWith(row, definition, 'failed', toErrorValue(failure))
  }

  /** Ends a job together with what its kind does then. A defect in the latter must not keep the job alive. */
  function endWith(
    row: Row,
    definition: JobDefinition<unknown> | undefined,
    state: 'failed' | 'cancelled',
    error: ErrorValue,
  ): void {
    const id = row.id as JobId
    try {
      database.transaction(() => {
        definition?.failed?.(idsOf(row), error, row.input)
        end(id, state, error)
      })
    } catch (thrown) {
      options.reportError(thrown, `failed job ${row.kind}`)
      end(id, state, error)
    }
    touch(row)
  }

  function end(id: JobId, state: 'succeeded' | 'failed' | 'cancelled', error: ErrorValue | null): void {
    const progress = state === 'succeeded' ? { progress: 1 } : {}
    database.commands
      .update(jobs)
      .set({ state, error, endedAt: now(), updatedAt: now(), ...progress })
      .where(eq(jobs.id, id))
      .run()
  }

  function isCancelled(id: JobId): boolean {
    const row = database.commands
      .select({ at: jobs.cancelRequestedAt })
      .from(jobs)
      .where(eq(jobs.id, id))
      .get()
    return row !== undefined && row.at !== null
  }

  /** Progress is for people: that it could not be written (a full disk) is no failure of the work. */
  function writeProgress(
    row: Row,
    set: { stage: string | null; progress: number | null; log: string },
  ): void {
    if (stopped) return
    try {
      // No user work: the connection that does not wait for the disk is right for it.
      database.events
        .update(jobs)
        .set({ ...set, updatedAt: now() })
        .where(eq(jobs.id, row.id))
        .run()
      touch(row)
    } catch (error) {
      options.reportError(error, `progress of job ${row.kind}`)
    }
  }

  function cancel(id: JobId): void {
    const job = read(id)
    if (job === null) throw missing()
    if (job.endedAt !== null) return
    database.commands.update(jobs).set({ cancelRequestedAt: now() }).where(eq(jobs.id, id)).run()
    running.get(id)?.controller.abort()
  }

  return {
    define(kind, definition) {
      if (definitions.has(kind)) throw new Error(`Jobs of kind ${kind} are defined twice`)
      definitions.set(kind, definition as JobDefinition<unknown>)
    },
    start(kind, request) {
      const row = database.commands
        .insert(jobs)
        .values({
          id: newId('job'),
          kind,
          state: 'queued',
          taskId: request.taskId ?? null,
          sessionId: request.sessionId ?? null,
          input: request.input,
          createdAt: now(),
          updatedAt: now(),
        })
        .returning()
        .get()
      launch(row)
      touch(row)
      return toJob(row)
    },
    async finished(id) {
      await running.get(id)?.done
      const job = read(id)
      if (job === null) throw missing()
      return job
    },
    cancel,
    read,
    log(id) {
      const row = logOf.get({ id })
      if (row === undefined) throw missing()
      return row.log
    },
    ofTask(taskId) {
      return select()
        .where(eq(jobs.taskId, taskId))
        .orderBy(...NEWEST_FIRST)
        .limit(20)
        .all()
        .map(toJob)
    },
    ofApp() {
      const recent = now() - 10 * 60_000
      return select()
        .where(and(isNull(jobs.taskId), or(LIVE, sql`${jobs.updatedAt} > ${recent}`)))
        .orderBy(...NEWEST_FIRST)
        .limit(20)
        .all()
        .map(toJob)
    },
    liveOfTask(taskId, kind) {
      const row = select()
        .where(and(eq(jobs.taskId, taskId), eq(jobs.kind, kind), LIVE))
        .get()
      return row === undefined ? null : toJob(row)
    },
    tasksWithLive(kind) {
      return new Set(tasksWithLive.all({ kind }).flatMap((row) => row.taskId ?? []))
    },
    tasksWithFailed(kind) {
      return new Set(tasksWithFailed.all(kind).map((row) => row.taskId))
    },
    inputOf(id) {
      const row = database.commands.select({ input: jobs.input }).from(jobs).where(eq(jobs.id, id)).get()
      if (row === undefined) throw missing()
      return row.input
    },
    lastSucceededOfApp(kind, until) {
      const row = select()
        .where(
          and(
            isNull(jobs.taskId),
            eq(jobs.kind, kind),
            eq(jobs.state, 'succeeded'),
            lte(jobs.endedAt, until),
          ),
        )
        .orderBy(...NEWEST_FIRST)
        .limit(1)
        .get()
      return row === undefined ? null : toJob(row)
    },
    latestOfTask(taskId, kind) {
      const row = select()
        .where(and(eq(jobs.taskId, taskId), eq(jobs.kind, kind)))
        .orderBy(...NEWEST_FIRST)
        .limit(1)
        .get()
      return row === undefined ? null : toJob(row)
    },
    running() {
      return select().where(LIVE).all().map(toJob)
    },
    async endOfTask(taskId, but) {
      const live = select()
        .where(and(eq(jobs.taskId, taskId), LIVE))
        .all()
        .map((row) => row.id as JobId)
        .filter((id) => id !== but)
      for (const id of live) cancel(id)
      await Promise.all(live.map(async (id) => running.get(id)?.done))
    },
    erase: (taskId, but, signal) =>
      deleteInSlices(
        database.events.$client.prepare(
          'DELETE FROM jobs WHERE rowid IN (SELECT rowid FROM jobs WHERE task_id = ? AND id <> ? LIMIT 20)',
        ),
        [taskId, but],
        signal,
      ),
    recover() {
      const left = database.commands
        .select()
        .from(jobs)
        .where(LIVE)
        .orderBy(asc(jobs.createdAt), asc(sql`rowid`))
        .all()
        // Started by this run already: nothing to recover.
        .filter((row) => !running.has(row.id as JobId))
      for (const row of left) {
        const definition = definitions.get(row.kind)
        if (row.cancelRequestedAt !== null) {
          endWith(row, definition, 'cancelled', { kind: 'cancelled', message: 'Stopped.' })
        } else if (definition?.resume === true) {
          database.commands
            .update(jobs)
            .set({ state: 'queued', updatedAt: now() })
            .where(eq(jobs.id, row.id))
            .run()
          launch(row)
          touch(row)
        } else {
          endWith(row, definition, 'failed', {
            kind: 'cancelled',
            message: 'Foundry ended while this ran.',
            next: 'Start it again.',
          })
        }
      }
    },
    async shutdown() {
      stopping = true
      const ending = [...running.values()].map((entry) => {
        entry.controller.abort()
        return entry.done
      })
      let timer: NodeJS.Timeout | undefined
      const limit = new Promise<'late'>((resolve) => {
        timer = setTimeout(() => resolve('late'), options.shutdownMs ?? SHUTDOWN_MS)
      })
      const outcome = await Promise.race([Promise.all(ending), limit])
      clearTimeout(timer)
      stopped = true
      if (outcome !== 'late') return
      const names = [...running.keys()].map((id) => read(id)?.kind ?? id).join(', ')
      options.reportError(
        new Error(`Did not end in time and is left for the next start: ${names}`),
        'shutdown',
      )
    },
  }
}

function idsOf(row: Row): { taskId: TaskId | null; sessionId: SessionId | null } {
  return { taskId: row.taskId as TaskId | null, sessionId: row.sessionId as SessionId | null }
}

function missing(): FoundryError {
  return new FoundryError('not_found', 'This job does not exist any more.')
}

function toJob(row: JobRow): Job {
  return {
    id: row.id as JobId,
    kind: row.kind as Job['kind'],
    state: row.state,
    taskId: row.taskId as TaskId | null,
    sessionId: row.sessionId as SessionId | null,
    stage: row.stage,
    progress: row.progress,
    error: row.error as ErrorValue | null,
    createdAt: row.createdAt,
    startedAt: row.startedAt,
    updatedAt: row.updatedAt,
    endedAt: row.endedAt,
  }
}
