import { and, asc, count, desc, eq, gt, inArray, isNull, lt, lte, max, min, type SQL, sql } from 'drizzle-orm'
import { errorValueSchema } from '@shared/error-schema'
import type { ErrorValue } from '@shared/errors'
import { usageSchema, type AgentId, type QueuedPrompt, type SentPrompt, type Usage } from '@shared/domain'
import type { PromptId, SessionId, TaskId, TurnId } from '@shared/ids'
import { deleteInSlices, newId, type Database, type Db } from '../database'
import { asLine } from './hostile'
import { AttachmentStore } from './attachments'
import { forkSchema, inheritedTurns, type Fork } from './forks'
import { permissionRequests, queuedPrompts, sessions, turns } from './tables'

export interface SessionRow {
  id: SessionId
  taskId: TaskId
  /** Empty until the agent or a person gave it a name. */
  name: string
  namedByPerson: boolean
  position: number
  agentId: AgentId
  modelId: string | null
  modeId: string | null
  options: Record<string, string>
  agentSessionId: string | null
  forkedFrom: Fork | null
  error: ErrorValue | null
  createdAt: number
  closedAt: number | null
}

export interface TurnRow {
  id: TurnId
  sessionId: SessionId
  startedAt: number
}

/** A turn as far as others need to know it. */
export interface TurnFacts extends TurnRow {
  prompt: string
  agentSessionId: string | null
  endedAt: number | null
}

/** What keeps a task from being quiet. */
export interface TaskActivity {
  running: boolean
  needsInput: boolean
  error: boolean
}

const NAME_LENGTH = 60
const PROMPT_PREVIEW = 200
const MOST_PROMPTS = 500
const MOST_HISTORY = 100
const LONGEST_REPEATED = 20_000

/** The tables of sessions, turns and queued prompts. Writes join the running transaction of `database`. */
export class SessionStore {
  readonly attachments: AttachmentStore
  readonly #db: Db
  readonly #events: Db
  readonly #now: () => number

  // Asked for with every page and update of the task list.
  readonly #running
  readonly #needingInput
  readonly #failed

  constructor(database: Database, now: () => number) {
    this.attachments = new AttachmentStore(database, now)
    this.#db = database.commands
    this.#events = database.events
    this.#now = now
    this.#running = this.#db
      .selectDistinct({ taskId: turns.taskId })
      .from(turns)
      .where(isNull(turns.endedAt))
      .prepare()
    this.#needingInput = this.#db
      .selectDistinct({ taskId: permissionRequests.taskId })
      .from(permissionRequests)
      // A literal: with a bound value SQLite cannot know that the partial index applies.
      .where(sql`${permissionRequests.state} = 'pending'`)
      .prepare()
    this.#failed = this.#db
      .selectDistinct({ taskId: sessions.taskId })
      .from(sessions)
      .where(and(sql`${sessions.error} IS NOT NULL`, isNull(sessions.closedAt)))
      .prepare()
  }

  insert(session: {
    taskId: TaskId
    agentId: AgentId
    modelId: string | null
    modeId: string | null
    name?: string
    forkedFrom?: Fork | null
  }): SessionRow {
    const { last } = this.#db
      .select({ last: max(sessions.position) })
      .from(sessions)
      .where(eq(sessions.taskId, session.taskId))
      .get() ?? { last: null }
    const row = {
      id: newId('session') as SessionId,
      name: '',
      namedByPerson: false,
      position: last ?? 0,
      options: {},
      agentSessionId: null,
      forkedFrom: null,
      error: null,
      createdAt: this.#now(),
      closedAt: null,
      ...session,
    }
    this.#db.insert(sessions).values(row).run()
    return row
  }

  session(sessionId: SessionId): SessionRow | null {
    const row = this.#db.select().from(sessions).where(eq(sessions.id, sessionId)).get()
    return row === undefined ? null : toSession(row)
  }

  ofTask(taskId: TaskId): SessionRow[] {
    return this.#db
      .select()
      .from(sessions)
      .where(eq(sessions.taskId, taskId))
      .orderBy(asc(sessions.position), asc(sessions.createdAt), asc(sessions.id))
      .all()
      .map(toSession)
  }

  update(
    sessionId: SessionId,
    set: Partial<
      Pick<
        SessionRow,
        | 'name'
        | 'namedByPerson'
        | 'modelId'
        | 'modeId'
        | 'options'
        | 'agentSessionId'
        | 'forkedFrom'
        | 'error'
        | 'closedAt'
      >
    >,
  ): void {
    this.#db.update(sessions).set(set).where(eq(sessions.id, sessionId)).run()
  }

  /** Before another session of its task, or behind all of them. Returns those whose place is another now. */
  move(taskId: TaskId, sessionId: SessionId, before: SessionId | null): SessionId[] {
    const all = this.ofTask(taskId)
    const others = all.filter(({ id }) => id !== sessionId)
    const found = others.findIndex(({ id }) => id === before)
    const at = found < 0 ? others.length : found
    const after = [...others.slice(0, at), ...all.filter(({ id }) => id === sessionId), ...others.slice(at)]
    const moved: SessionId[] = []
    for (const [nth, { id, position }] of after.entries()) {
      // From 1: what was never moved is at 0, in front of what is made later.
      if (position === nth + 1) continue
      this.#db
        .update(sessions)
        .set({ position: nth + 1 })
        .where(eq(sessions.id, id))
        .run()
      moved.push(id)
    }
    return moved
  }

  /** How many sessions, turns and waiting prompts there are of a task. */
  counts(taskId: TaskId): {
    sessions: number
    turns: number
    runningTurns: number
    queuedPrompts: number
  } {
    const ofTask = this.ofTask(taskId).map(({ id }) => id)
    const row = this.#db
      .select({ turns: count(), running: sql<number>`coalesce(sum(${turns.endedAt} IS NULL), 0)` })
      .from(turns)
      .where(inArray(turns.sessionId, ofTask))
      .get()
    const queued = this.#db
      .select({ value: count() })
      .from(queuedPrompts)
      .where(inArray(queuedPrompts.sessionId, ofTask))
      .get()
    return {
      sessions: ofTask.length,
      turns: row?.turns ?? 0,
      runningTurns: row?.running ?? 0,
      queuedPrompts: queued?.value ?? 0,
    }
  }

  /** Removes a session and all that hangs off it, a few rows at a time: a long one has tens of thousands. */
  async erase(sessionId: SessionId, signal: AbortSignal): Promise<void> {
    const { $client } = this.#events
    for (const table of [
      'session_events',
      'turns',
      'permission_requests',
      'queued_prompts',
      'prompt_attachments',
    ])
      await deleteInSlices(
        $client.prepare(
          `DELETE FROM ${table} WHERE rowid IN (SELECT rowid FROM ${table} WHERE session_id = ? LIMIT 20)`,
        ),
        [sessionId],
        signal,
      )
    $client.prepare('DELETE FROM sessions WHERE id = ?').run(sessionId)
  }

  /** Prompts that hold these words, each once, the one sent last first. Those too long to be typed again are left out. */
  history(words: string): string[] {
    const pattern = `%${words.trim().replaceAll(/[%_\\]/g, '\\$&')}%`
    return this.#db
      .select({ prompt: turns.prompt })
      .from(turns)
      .where(
        and(
          sql`length(${turns.prompt}) <= ${LONGEST_REPEATED}`,
          sql`${turns.prompt} LIKE ${pattern} ESCAPE '\\'`,
        ),
      )
      .groupBy(turns.prompt)
      .orderBy(desc(max(turns.startedAt)))
      .limit(MOST_HISTORY)
      .all()
      .map(({ prompt }) => prompt)
  }

  /** Sessions that wait for a person's answer, the longest waiting first. */
  waiting(): { taskId: TaskId; sessionId: SessionId }[] {
    return this.#db
      .select({ taskId: permissionRequests.taskId, sessionId: permissionRequests.sessionId })
      .from(permissionRequests)
      .where(sql`${permissionRequests.state} = 'pending'`)
      .groupBy(permissionRequests.taskId, permissionRequests.sessionId)
      .orderBy(asc(min(permissionRequests.createdAt)))
      .all()
      .map((row) => ({ taskId: row.taskId as TaskId, sessionId: row.sessionId as SessionId }))
  }

  /** The name people see: given, or else the first line of the first prompt. */
  displayName(row: SessionRow): string {
    if (row.name !== '') return row.name
    const first =
      this.#db
        .select({ prompt: sql<string>`substr(${turns.prompt}, 1, 400)` })
        .from(turns)
        .where(eq(turns.sessionId, row.id))
        .orderBy(asc(turns.startedAt))
        .limit(1)
        .get()?.prompt ?? this.oldestPrompt(row.id)?.text
    return asLine(first?.trim().split('\n', 1)[0], NAME_LENGTH) ?? 'New session'
  }

  // ---- queued prompts ------------------------------------------------------------------------------

  /** What is attached to the draft goes with it; what another turn had, where it is asked again. */
  enqueue(sessionId: SessionId, text: string, again: TurnRow | null = null): QueuedPrompt {
    const last = this.#db
      .select({ createdAt: queuedPrompts.createdAt })
      .from(queuedPrompts)
      .where(eq(queuedPrompts.sessionId, sessionId))
      .orderBy(desc(queuedPrompts.createdAt))
      .limit(1)
      .get()
    // Two prompts of one millisecond keep their order.
    const createdAt = Math.max(this.#now(), (last?.createdAt ?? 0) + 1)
    const prompt = { id: newId('prompt') as PromptId, sessionId, text, createdAt }
    this.#db.insert(queuedPrompts).values(prompt).run()
    if (again === null) this.attachments.hand(sessionId, null, prompt.id)
    else this.attachments.copy(again, { sessionId, owner: prompt.id })
    return { ...prompt, attachments: this.attachments.of(sessionId, prompt.id) }
  }

  queue(sessionId: SessionId): QueuedPrompt[] {
    return this.#db
      .select()
      .from(queuedPrompts)
      .where(eq(queuedPrompts.sessionId, sessionId))
      .orderBy(asc(queuedPrompts.createdAt))
      .all()
      .map((row) => ({
        ...row,
        id: row.id as PromptId,
        sessionId,
        attachments: this.attachments.of(sessionId, row.id as PromptId),
      }))
  }

  queueLength(sessionId: SessionId): number {
    return (
      this.#db
        .select({ value: count() })
        .from(queuedPrompts)
        .where(eq(queuedPrompts.sessionId, sessionId))
        .get()?.value ?? 0
    )
  }

  oldestPrompt(sessionId: SessionId): Omit<QueuedPrompt, 'attachments'> | null {
    const row = this.#db
      .select()
      .from(queuedPrompts)
      .where(eq(queuedPrompts.sessionId, sessionId))
      .orderBy(asc(queuedPrompts.createdAt))
      .limit(1)
      .get()
    return row === undefined
      ? null
      : { ...row, id: row.id as PromptId, sessionId: row.sessionId as SessionId }
  }

  /** The session a queued prompt waits in, or null when it waits no more. */
  promptOwner(promptId: PromptId): SessionId | null {
    const row = this.#db
      .select({ sessionId: queuedPrompts.sessionId })
      .from(queuedPrompts)
      .where(eq(queuedPrompts.id, promptId))
      .get()
    return row === undefined ? null : (row.sessionId as SessionId)
  }

  editPrompt(promptId: PromptId, text: string): void {
    this.#db.update(queuedPrompts).set({ text }).where(eq(queuedPrompts.id, promptId)).run()
  }

  /** The times they were written at say the order: they change hands. */
  movePrompt(sessionId: SessionId, promptId: PromptId, place: number): void {
    const before = this.queue(sessionId)
    const moved = before.filter(({ id }) => id === promptId)
    const others = before.filter(({ id }) => id !== promptId)
    const after = [...others.slice(0, place), ...moved, ...others.slice(place)]
    for (const [nth, { id }] of after.entries())
      this.#db
        .update(queuedPrompts)
        .set({ createdAt: before[nth]?.createdAt ?? 0 })
        .where(eq(queuedPrompts.id, id))
        .run()
  }

  /** What was attached to it goes back to the draft. */
  dequeue(sessionId: SessionId, promptId: PromptId): void {
    this.attachments.hand(sessionId, promptId, null)
    this.#db.delete(queuedPrompts).where(eq(queuedPrompts.id, promptId)).run()
  }

  // ---- turns ---------------------------------------------------------------------------------------

  startTurn(turn: {
    sessionId: SessionId
    taskId: TaskId
    prompt: string
    agentSessionId: string
    modelId: string | null
  }): TurnRow {
    const row = { id: newId('turn') as TurnId, startedAt: this.#now(), ...turn }
    this.#db.insert(turns).values(row).run()
    return { id: row.id, sessionId: row.sessionId, startedAt: row.startedAt }
  }

  /** On the connection given: with the last of the turn's events, in one transaction. */
  endTurn(db: Db, turnId: TurnId, end: { endedAt: number; stopReason: string; usage: Usage | null }): void {
    db.update(turns).set(end).where(eq(turns.id, turnId)).run()
  }

  /** The last turns of all sessions of a task, the first ones first; prompts are cut. */
  turnsOf(taskId: TaskId, limit: number): { sessionId: SessionId; prompt: string }[] {
    return this.#db
      .select({ sessionId: turns.sessionId, prompt: sql<string>`substr(${turns.prompt}, 1, 4000)` })
      .from(turns)
      .innerJoin(sessions, eq(sessions.id, turns.sessionId))
      .where(eq(sessions.taskId, taskId))
      .orderBy(desc(turns.startedAt))
      .limit(limit)
      .all()
      .map(({ sessionId, prompt }) => ({ sessionId: sessionId as SessionId, prompt }))
      .toReversed()
  }

  turn(turnId: TurnId): TurnFacts | null {
    return (this.#db.select(TURN).from(turns).where(eq(turns.id, turnId)).get() ?? null) as TurnFacts | null
  }

  turnBefore(turn: TurnRow): TurnFacts | null {
    return this.#neighbour(turn, lt(turns.startedAt, turn.startedAt), desc(turns.startedAt))
  }

  turnAfter(turn: TurnRow): TurnFacts | null {
    return this.#neighbour(turn, gt(turns.startedAt, turn.startedAt), asc(turns.startedAt))
  }

  /** How many turns its session had until its end. */
  turnsUpTo(turn: TurnRow): number {
    return (
      this.#db
        .select({ value: count() })
        .from(turns)
        .where(and(eq(turns.sessionId, turn.sessionId), lte(turns.startedAt, turn.startedAt)))
        .get()?.value ?? 0
    )
  }

  #neighbour({ sessionId }: TurnRow, there: SQL, order: SQL): TurnFacts | null {
    const row = this.#db
      .select(TURN)
      .from(turns)
      .where(and(eq(turns.sessionId, sessionId), there))
      .orderBy(order)
      .limit(1)
      .get()
    return (row ?? null) as TurnFacts | null
  }

  /**
   * How many turns the session had, with those it knows from where it was forked, and how many of them this agent
   * session remembers; `own` are those of the session alone.
   */
  turnCounts(
    sessionId: SessionId,
    agentSessionId: string | null,
  ): { total: number; remembered: number; own: number } {
    const row = this.#db
      .select({
        total: count(),
        remembered: sql<number>`coalesce(sum(${turns.agentSessionId} IS ${agentSessionId}), 0)`,
      })
      .from(turns)
      .where(eq(turns.sessionId, sessionId))
      .get()
    const session = this.session(sessionId)
    const inherited = session === null ? 0 : inheritedTurns(this, session)
    const own = row?.total ?? 0
    if (agentSessionId === null) return { total: own + inherited, remembered: 0, own }
    const known = session?.forkedFrom?.knownTo === agentSessionId ? inherited : 0
    return { total: own + inherited, remembered: (row?.remembered ?? 0) + known, own }
  }

  /** What was asked for in a task, newest first. */
  prompts(taskId: TaskId): SentPrompt[] {
    const ofTask = this.#db.select({ id: sessions.id }).from(sessions).where(eq(sessions.taskId, taskId))
    return this.#db
      .select({
        turnId: turns.id,
        sessionId: turns.sessionId,
        text: sql<string>`substr(${turns.prompt}, 1, ${PROMPT_PREVIEW})`,
        at: turns.startedAt,
      })
      .from(turns)
      .where(inArray(turns.sessionId, ofTask))
      .orderBy(desc(turns.startedAt))
      .limit(MOST_PROMPTS)
      .all() as SentPrompt[]
  }

  lastUsage(sessionId: SessionId): Usage | null {
    const row = this.#db
      .select({ usage: turns.usage })
      .from(turns)
      .where(eq(turns.sessionId, sessionId))
      .orderBy(desc(turns.startedAt))
      .limit(1)
      .get()
    const usage = usageSchema.safeParse(row?.usage)
    return usage.success ? usage.data : null
  }

  /** Turns without an end: all of them at a start, those that run now later. */
  openTurns(): (TurnRow & { taskId: TaskId })[] {
    return this.#db
      .select({ id: turns.id, sessionId: turns.sessionId, taskId: turns.taskId, startedAt: turns.startedAt })
      .from(turns)
      .where(isNull(turns.endedAt))
      .all() as (TurnRow & { taskId: TaskId })[]
  }

  /** Tasks that are not quiet. Every part is answered by a partial index that holds only such rows. */
  activity(): Map<TaskId, TaskActivity> {
    const activity = new Map<TaskId, TaskActivity>()
    const mark = (rows: { taskId: string }[], flag: keyof TaskActivity): void => {
      for (const { taskId } of rows) {
        const entry = activity.get(taskId as TaskId) ?? { running: false, needsInput: false, error: false }
        entry[flag] = true
        activity.set(taskId as TaskId, entry)
      }
    }
    mark(this.#running.all(), 'running')
    mark(this.#needingInput.all(), 'needsInput')
    mark(this.#failed.all(), 'error')
    return activity
  }

  hasOpenTurn(taskId: TaskId): boolean {
    const open = this.#db
      .select({ id: turns.id })
      .from(turns)
      .where(and(eq(turns.taskId, taskId), isNull(turns.endedAt)))
      .limit(1)
    return open.get() !== undefined
  }

  /** The first words of the prompts of turns. */
  promptsOf(turnIds: readonly TurnId[]): Map<TurnId, string> {
    if (turnIds.length === 0) return new Map()
    const rows = this.#db
      .select({ id: turns.id, text: sql<string>`substr(${turns.prompt}, 1, ${PROMPT_PREVIEW})` })
      .from(turns)
      .where(inArray(turns.id, [...turnIds]))
      .all()
    return new Map(rows.map(({ id, text }) => [id as TurnId, text]))
  }

  /** Of these tasks, the sessions that are open and have prompts waiting. */
  withQueue(taskId: TaskId): SessionId[] {
    const waiting = this.#db.selectDistinct({ id: queuedPrompts.sessionId }).from(queuedPrompts)
    return this.#db
      .select({ id: sessions.id })
      .from(sessions)
      .where(and(eq(sessions.taskId, taskId), isNull(sessions.closedAt), inArray(sessions.id, waiting)))
      .all()
      .map((row) => row.id as SessionId)
  }
}

const TURN = {
  id: turns.id,
  sessionId: turns.sessionId,
  startedAt: turns.startedAt,
  prompt: turns.prompt,
  agentSessionId: turns.agentSessionId,
  endedAt: turns.endedAt,
}

function toSession(row: typeof sessions.$inferSelect): SessionRow {
  const error = errorValueSchema.safeParse(row.error)
  return {
    ...row,
    id: row.id as SessionId,
    taskId: row.taskId as TaskId,
    agentId: row.agentId,
    forkedFrom: forkSchema.safeParse(row.forkedFrom).data ?? null,
    error: error.success ? (error.data as ErrorValue) : null,
  }
}
