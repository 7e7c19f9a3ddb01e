import type { Contract, OutputOf, ParsedInputOf } from '@shared/contract'
import { FoundryError, type ErrorValue } from '@shared/errors'
import type {
  AgentId,
  AgentOption,
  Permission,
  QueuedPrompt,
  SessionDetail,
  SessionSummary,
} from '@shared/domain'
import type { PermissionId, PromptId, SessionId, TaskId, TurnId } from '@shared/ids'
import type { Log } from './agent-connection'
import { AgentConnections } from './agent-connections'
import { buildBrief, recap } from './brief'
import { systemClock, type Clock } from './clock'
import { EventLog } from './event-log'
import { knownTurns, planFork } from './forks'
import { askAgainPrompt, PermissionStore, tooLate } from './permissions'
import { promptBlocks, type ContextSources } from './prompt-context'
import { recordedEdits, type RecordedEdit } from './recorded-edits'
import type { RuntimeContext, SessionNews, SessionPart } from './runtime-context'
import { SessionRuntime } from './session-runtime'
import { SessionStore, type SessionRow, type TaskActivity, type TurnRow } from './session-store'
import { readStory, type Story } from './story'
import { turnAuthor, turnSpans, type TurnAuthor, type TurnSpan } from './turn-authors'
import { TranscriptStream, type TranscriptSink } from './transcript-stream'

export type { SessionNews, SessionPart } from './runtime-context'
export type { TaskActivity } from './session-store'

/** Something about a session changed, or happened in it. */
export interface SessionNotice {
  taskId: TaskId
  sessionId: SessionId
  what: SessionPart | SessionNews
}

export interface SessionsOptions extends Pick<
  RuntimeContext,
  | 'database'
  | 'acquireSandbox'
  | 'turnEnded'
  | 'agentObserved'
  | 'knownOptions'
  | 'briefCharacters'
  | 'audit'
  | 'policies'
> {
  /** A pull request or an issue of the task's repository, as far as it can be read. */
  numbered(taskId: TaskId, number: number): ReturnType<ContextSources['numbered']>
  /** Of the app, told to agents. */
  version: string
  log: Log
  clock?: Clock
  /** Its checkout is being made. */
  isPreparing(taskId: TaskId): boolean
  agentName(agentId: AgentId): string
  /** What belongs to the user who reads. */
  userSession(sessionId: SessionId): { unread: boolean; draft: string }
  notice(notice: SessionNotice): void
  /** Writing agent output fails (the error) or works again (null). It waits in memory meanwhile. */
  writeFailed(error: unknown): void
}

type SessionContract = Contract['session']
/** The operations that are not about what one user sees. */
export type SessionHandlers = {
  [Method in Exclude<keyof SessionContract, 'select' | 'saveDraft'>]: (
    input: ParsedInputOf<SessionContract[Method]>,
  ) => OutputOf<SessionContract[Method]> | Promise<OutputOf<SessionContract[Method]>>
}

export interface NewSession {
  taskId: TaskId
  agentId: AgentId
  modelId: string | null
  modeId: string | null
  /** Sent as soon as the agent is there. */
  prompt: string | null
}

export interface SessionCounts {
  sessions: number
  turns: number
  runningTurns: number
  queuedPrompts: number
}

export interface Sessions {
  readonly handlers: SessionHandlers
  /** Inserts a session, with its first prompt, in the caller's transaction. `wake` starts it. */
  insert(session: NewSession): SessionId
  /** Lets the sessions of a task that have prompts waiting go on. */
  wake(taskId: TaskId): void
  /** Puts what a person should know about the task into the transcript of its newest open session. */
  tell(taskId: TaskId, error: ErrorValue): void
  /** Ends running turns of a task and lets its agents go. */
  stopTask(taskId: TaskId): Promise<void>
  /** Ends running turns of a task, as stopping each of its sessions would; the agents stay. */
  stopTurns(taskId: TaskId): void
  /** A turn runs in one of its sessions. */
  isWorking(taskId: TaskId): boolean
  /** The first words of their prompts. */
  promptsOf(turnIds: readonly TurnId[]): ReadonlyMap<TurnId, string>
  /** When the turns of a task ran, the first ones first. */
  spans(taskId: TaskId): TurnSpan[]
  /** Null for a turn that is gone. */
  author(turnId: TurnId): TurnAuthor | null
  /** What the tool calls of a turn recorded of their edits. */
  edits(turn: TurnSpan): Promise<RecordedEdit[]>
  /** How much there is of a task. */
  counts(taskId: TaskId): SessionCounts
  /** Removes all sessions of a task with everything that was said in them. They are stopped. */
  erase(taskId: TaskId, signal: AbortSignal): Promise<void>
  attach(sessionId: SessionId, sink: TranscriptSink): TranscriptStream
  ofTask(taskId: TaskId): SessionSummary[]
  detail(sessionId: SessionId): SessionDetail | null
  permissions(sessionId: SessionId): Permission[]
  /** The policy of a repository is another: open requests that it answers are answered. */
  policyChanged(): void
  /** Sessions that wait for a person's answer, in any task, the longest waiting first. */
  waiting(): { taskId: TaskId; sessionId: SessionId }[]
  queuedPrompts(sessionId: SessionId): QueuedPrompt[]
  /** @throws FoundryError `not_found` */
  taskOf(sessionId: SessionId): TaskId
  displayName(sessionId: SessionId): string
  /** What was asked for in a task, and what the agent said last. */
  story(taskId: TaskId): Promise<Story>
  /** Tasks with something live or failed; all others are idle. */
  activity(): Map<TaskId, TaskActivity>
  /** Turns that run now: what a quit would end. */
  runningTurns(): { sessionId: SessionId; taskId: TaskId }[]
  /** Puts on disk now what waits for the next batch: before the machine sleeps, and may not wake. */
  flush(): void
  /** For the end of the app: ends turns, lets agents go, and has everything on disk when it resolves. */
  shutDown(): Promise<void>
}

/** How long turns get to end by themselves when the app quits. */
const SHUTDOWN_MS = 3000
const AGENTS_END_MS = 1000
const PAGE_ROWS = 100

/** The coordinator of sessions. Call `recoverSessions` before anything reads from it. */
export function createSessions(options: SessionsOptions): Sessions {
  const { database, log } = options
  const clock = options.clock ?? systemClock
  const store = new SessionStore(database, () => clock.now())
  const permissions = new PermissionStore(database, () => clock.now())
  const events = new EventLog({
    database,
    clock,
    permission: (permissionId) => permissions.permission(permissionId),
    writeFailed: (error) => options.writeFailed(error),
  })
  const context: RuntimeContext = {
    ...options,
    clock,
    store,
    permissions,
    events,
    connections: new AgentConnections(options),
    promptBlocks: ({ id, taskId }, prompt, abilities, sandbox) =>
      promptBlocks(prompt, abilities, sandbox, {
        content: (attachmentId) => store.attachments.read(attachmentId),
        numbered: (number) => options.numbered(taskId, number),
        session: (name) => sessionStory(taskId, id, name),
        failed: (reason) => log.warn(`what a prompt points at could not be read: ${reason}`),
      }),
    notify: (taskId, sessionId, what) => options.notice({ taskId, sessionId, what }),
  }
  const runtimes = new Map<SessionId, SessionRuntime>()

  async function sessionStory(taskId: TaskId, but: SessionId, name: string): Promise<string | null> {
    const wanted = name.toLowerCase()
    const found = store
      .ofTask(taskId)
      .find((row) => row.id !== but && store.displayName(row).toLowerCase() === wanted)
    return found === undefined ? null : recap(knownTurns(store, events, found.id))
  }

  function sessionRow(sessionId: SessionId): SessionRow {
    const row = store.session(sessionId)
    if (row === null) throw new FoundryError('not_found', 'This session does not exist any more.')
    return row
  }

  function openRow(sessionId: SessionId): SessionRow {
    const row = sessionRow(sessionId)
    if (row.closedAt !== null)
      throw new FoundryError('conflict', 'This session is closed.', { next: 'Reopen it first.' })
    return row
  }

  function permissionOf(permissionId: PermissionId): Permission {
    const permission = permissions.permission(permissionId)
    if (permission === null) throw new FoundryError('not_found', 'This request does not exist any more.')
    return permission
  }

  /** Costs nothing: an agent is started only when the runtime is told that somebody wants something. */
  function runtimeOf(row: SessionRow): SessionRuntime {
    let runtime = runtimes.get(row.id)
    if (runtime === undefined) {
      runtime = new SessionRuntime(context, row)
      runtimes.set(row.id, runtime)
    }
    return runtime
  }

  function summaryOf(row: SessionRow): SessionSummary {
    const runtime = runtimes.get(row.id)
    const still = row.closedAt !== null ? 'closed' : row.error !== null ? 'error' : 'idle'
    const status = runtime?.status ?? still
    // Its prompt waits for the checkout, which wakes it.
    const waits = status === 'idle' && options.isPreparing(row.taskId) && store.queueLength(row.id) > 0
    return {
      id: row.id,
      taskId: row.taskId,
      name: store.displayName(row),
      position: row.position,
      agentId: row.agentId,
      modelId: row.modelId,
      status: waits ? 'starting' : status,
      unread: options.userSession(row.id).unread,
      runningSince: runtime?.runningSince ?? null,
      error: row.error,
      createdAt: row.createdAt,
      closedAt: row.closedAt,
    }
  }

  const summary = (sessionId: SessionId): SessionSummary => summaryOf(sessionRow(sessionId))

  function enqueue(row: SessionRow, text: string, again: TurnRow | null = null): QueuedPrompt {
    const prompt = store.enqueue(row.id, text, again)
    options.audit({
      kind: 'task.message.sent',
      taskId: row.taskId,
      sessionId: row.id,
      payload: { promptId: prompt.id, characters: text.length },
    })
    return prompt
  }

  /** In one transaction; sent once the session is free. */
  function send(sessionId: SessionId, text: string, again: TurnRow | null = null): QueuedPrompt {
    const row = openRow(sessionId)
    const runtime = runtimeOf(row)
    const prompt = database.transaction(() => enqueue(row, text, again))
    runtime.queueChanged()
    runtime.dispatch({ type: 'wanted' })
    return prompt
  }

  function insert(session: NewSession): SessionId {
    const { prompt, ...rest } = session
    const row = store.insert(rest)
    options.audit({
      kind: 'task.session.created',
      taskId: row.taskId,
      sessionId: row.id,
      payload: { agentId: row.agentId, modelId: row.modelId },
    })
    if (prompt !== null && prompt.trim() !== '') enqueue(row, prompt)
    return row.id
  }

  function setClosed(row: SessionRow, closedAt: number | null): void {
    database.transaction(() => {
      store.update(row.id, closedAt === null ? { closedAt } : { closedAt, error: null })
      const kind = closedAt === null ? 'task.session.reopened' : 'task.session.closed'
      options.audit({ kind, taskId: row.taskId, sessionId: row.id })
    })
  }

  function stop({ id, taskId }: SessionRow, runtime: SessionRuntime): void {
    // First the stop, then the record of it: an fsync must not stand between a person and a running agent.
    runtime.dispatch({ type: 'stop' })
    database.transaction(() => options.audit({ kind: 'task.session.stopped', taskId, sessionId: id }))
  }

  /** The session a prompt waits in. */
  function waiting(promptId: PromptId): SessionRow {
    const sessionId = store.promptOwner(promptId)
    if (sessionId === null) throw new FoundryError('conflict', 'This prompt was already sent or removed.')
    return sessionRow(sessionId)
  }

  const handlers: SessionHandlers = {
    create: ({ taskId, agentId, modelId, modeId }) => {
      const sessionId = database.transaction(() =>
        insert({ taskId, agentId, modelId, modeId: modeId ?? null, prompt: null }),
      )
      runtimeOf(sessionRow(sessionId)).dispatch({ type: 'wanted' })
      return summary(sessionId)
    },
    rename: ({ sessionId, name }) => {
      const row = sessionRow(sessionId)
      database.transaction(() => {
        store.update(sessionId, { name, namedByPerson: true })
        options.audit({ kind: 'task.session.renamed', taskId: row.taskId, sessionId, payload: { name } })
      })
      context.notify(row.taskId, sessionId, 'state')
      return summary(sessionId)
    },
    move: ({ sessionId, before }) => {
      const { taskId } = sessionRow(sessionId)
      const moved = database.transaction(() => store.move(taskId, sessionId, before))
      for (const id of moved) context.notify(taskId, id, 'state')
    },
    close: ({ sessionId }) => {
      const row = sessionRow(sessionId)
      if (row.closedAt === null) {
        setClosed(row, clock.now())
        runtimeOf(row).dispatch({ type: 'close' })
      }
      return summary(sessionId)
    },
    reopen: ({ sessionId }) => {
      const row = sessionRow(sessionId)
      if (row.closedAt !== null) {
        setClosed(row, null)
        runtimeOf(row).dispatch({ type: 'reopen' })
      }
      return summary(sessionId)
    },
    retry: ({ sessionId }) => {
      const row = openRow(sessionId)
      database.transaction(() =>
        options.audit({ kind: 'task.session.retried', taskId: row.taskId, sessionId }),
      )
      runtimeOf(row).dispatch({ type: 'wanted' })
      return summary(sessionId)
    },
    send: ({ sessionId, text }) => send(sessionId, text),
    askTurnAgain: ({ turnId }) => {
      const turn = store.turn(turnId)
      if (turn === null) throw new FoundryError('not_found', 'This turn does not exist any more.')
      return send(turn.sessionId, turn.prompt, turn)
    },
    fork: (request) => {
      const { turn, source, upTo, name, quote } = planFork(store, request)
      const { agentId, modelId, again } = request
      const { row, told } = database.transaction(() => {
        const made = store.insert({
          taskId: source.taskId,
          agentId,
          modelId,
          modeId: agentId === source.agentId ? source.modeId : null,
          name,
          forkedFrom: upTo === null ? null : { turnId: upTo.id, knownTo: null },
        })
        options.audit({
          kind: 'task.session.forked',
          taskId: made.taskId,
          sessionId: made.id,
          payload: { agentId, modelId, from: store.displayName(source), turnId: turn.id },
        })
        const event = events.appendWithin(made.id, null, {
          type: 'forked',
          sessionId: source.id,
          turnId: upTo?.id ?? null,
          name: store.displayName(source),
          prompt: quote,
          again,
        })
        if (again) enqueue(made, turn.prompt, turn)
        return { row: made, told: event }
      })
      told.show()
      const runtime = runtimeOf(row)
      runtime.queueChanged()
      runtime.dispatch({ type: 'wanted' })
      return summary(row.id)
    },
    dropQueued: ({ promptId }) => {
      const row = waiting(promptId)
      database.transaction(() => {
        store.dequeue(row.id, promptId)
        const payload = { promptId }
        options.audit({ kind: 'task.message.removed', taskId: row.taskId, sessionId: row.id, payload })
      })
      runtimeOf(row).queueChanged()
    },
    editQueued: ({ promptId, text }) => {
      const row = waiting(promptId)
      database.transaction(() => {
        store.editPrompt(promptId, text)
        const payload = { promptId, characters: text.length }
        options.audit({ kind: 'task.message.edited', taskId: row.taskId, sessionId: row.id, payload })
      })
      runtimeOf(row).queueChanged()
    },
    moveQueued: ({ promptId, place }) => {
      const row = waiting(promptId)
      database.transaction(() => store.movePrompt(row.id, promptId, place))
      runtimeOf(row).queueChanged()
    },
    sendQueuedNow: ({ promptId }) => {
      const row = openRow(waiting(promptId).id)
      const runtime = runtimeOf(row)
      database.transaction(() => store.movePrompt(row.id, promptId, 0))
      runtime.queueChanged()
      if (runtime.atWork) stop(row, runtime)
      runtime.dispatch({ type: 'wanted' })
    },
    stop: ({ sessionId }) => {
      const row = sessionRow(sessionId)
      stop(row, runtimeOf(row))
    },
    answerPermission: ({ permissionId, optionId }) => {
      const permission = permissionOf(permissionId)
      runtimeOf(sessionRow(permission.sessionId)).answerPermission(permission, optionId)
    },
    allowAlways: ({ permissionId }) => {
      const permission = permissionOf(permissionId)
      if (permission.state !== 'pending') throw tooLate(permission)
      if (permission.proposal === null)
        throw new FoundryError('invalid_input', 'This cannot be allowed once and for all from here.', {
          next: 'Answer it, or set the policy of the repository.',
        })
      options.policies.add(sessionRow(permission.sessionId).taskId, permission.proposal)
    },
    askAgain: ({ permissionId }) => {
      const permission = permissionOf(permissionId)
      if (permission.state === 'pending')
        throw new FoundryError('conflict', 'The agent still waits for this answer.', { next: 'Answer it.' })
      if (permission.state === 'answered') throw tooLate(permission)
      send(permission.sessionId, askAgainPrompt(permission))
    },
    setOption: async ({ sessionId, optionId, value }) => {
      await runtimeOf(openRow(sessionId)).setOption(optionId, value)
      return summary(sessionId)
    },
    attach: ({ sessionId, ...file }) => {
      const { taskId } = openRow(sessionId)
      const attached = database.transaction(() => store.attachments.attach(sessionId, file))
      context.notify(taskId, sessionId, 'state')
      return attached
    },
    detach: ({ attachmentId }) => {
      const sessionId = database.transaction(() => store.attachments.detach(attachmentId))
      if (sessionId !== null) context.notify(sessionRow(sessionId).taskId, sessionId, 'state')
    },
    attachment: ({ attachmentId }) => store.attachments.read(attachmentId),
    eventsBefore: ({ sessionId, before }) => events.before(sessionId, before, PAGE_ROWS),
    find: ({ sessionId, words, before }) => events.search(sessionId, words, before),
    prompts: ({ taskId }) => store.prompts(taskId),
    history: ({ words }) => store.history(words),
    eventPayload: ({ sessionId, first, offset }) => events.payload(sessionId, first, offset),
    brief: async ({ sessionId, characters }) => {
      const { total } = store.turnCounts(sessionId, null)
      return (await buildBrief(knownTurns(store, events, sessionId), total, characters)).text
    },
    tellMore: ({ sessionId, characters }) => {
      const row = openRow(sessionId)
      if (store.turnCounts(sessionId, null).total === 0)
        throw new FoundryError('conflict', 'There is no earlier conversation to tell the agent about.')
      runtimeOf(row).tellMore(characters)
      return summary(sessionId)
    },
  }

  return {
    handlers,
    insert,
    wake(taskId) {
      for (const sessionId of store.withQueue(taskId)) {
        const runtime = runtimeOf(sessionRow(sessionId))
        runtime.queueChanged()
        runtime.dispatch({ type: 'wanted' })
      }
    },
    tell(taskId, error) {
      const newest = store.ofTask(taskId).findLast((row) => row.closedAt === null)
      if (newest !== undefined) events.append(newest.id, null, { type: 'error', error })
    },
    async stopTask(taskId) {
      const alive = store.ofTask(taskId).flatMap((row) => runtimes.get(row.id) ?? [])
      await Promise.all(alive.map((runtime) => runtime.shutDown(SHUTDOWN_MS)))
    },
    stopTurns(taskId) {
      for (const row of store.ofTask(taskId)) {
        const runtime = runtimes.get(row.id)
        if (runtime?.atWork === true) stop(row, runtime)
      }
    },
    isWorking: (taskId) => store.hasOpenTurn(taskId),
    promptsOf: (turnIds) => store.promptsOf(turnIds),
    spans: (taskId) => turnSpans(database, taskId),
    author: (turnId) => turnAuthor(database, store, turnId),
    edits: (turn) => recordedEdits(events, turn),
    counts: (taskId) => store.counts(taskId),
    async erase(taskId, signal) {
      for (const { id } of store.ofTask(taskId)) {
        runtimes.delete(id)
        await store.erase(id, signal)
      }
    },
    attach: (sessionId, sink) => new TranscriptStream(events, sessionId, sink, clock),
    ofTask: (taskId) => store.ofTask(taskId).map(summaryOf),
    detail(sessionId) {
      const row = store.session(sessionId)
      if (row === null) return null
      const { options: liveOptions, ...live } = runtimeOf(row).live()
      return {
        ...summaryOf(row),
        ...live,
        options: liveOptions ?? withChoices(options.knownOptions(row.agentId), row),
        draft: options.userSession(sessionId).draft,
        attachments: store.attachments.of(sessionId, null),
      }
    },
    policyChanged() {
      for (const runtime of runtimes.values()) runtime.reconsiderPermissions()
    },
    permissions: (sessionId) => permissions.ofSession(sessionId),
    waiting: () => store.waiting(),
    queuedPrompts: (sessionId) => store.queue(sessionId),
    taskOf: (sessionId) => sessionRow(sessionId).taskId,
    displayName: (sessionId) => store.displayName(sessionRow(sessionId)),
    story: (taskId) => readStory(store, events, taskId),
    activity() {
      const activity = store.activity()
      for (const { taskId, atWork } of runtimes.values()) {
        if (!atWork) continue
        const known = activity.get(taskId)
        activity.set(taskId, { needsInput: false, error: false, ...known, running: true })
      }
      return activity
    },
    runningTurns: () => store.openTurns().map(({ sessionId, taskId }) => ({ sessionId, taskId })),
    flush: () => events.flush(),
    async shutDown() {
      await Promise.all([...runtimes.values()].map((runtime) => runtime.shutDown(SHUTDOWN_MS)))
      await context.connections.endAll(AGENTS_END_MS, clock)
      try {
        await events.settle()
      } catch (error) {
        log.error('writing the last of the record', error)
      }
    },
  }
}

/** What the agent offers, as this session has it set: for a session whose agent is not there. */
function withChoices(offered: AgentOption[], row: SessionRow): AgentOption[] {
  return offered.map((option) => {
    const byCategory: Record<string, string | null> = { model: row.modelId, mode: row.modeId }
    const chosen = byCategory[option.category] ?? row.options[option.id] ?? null
    return chosen === null ? option : { ...option, currentValue: chosen }
  })
}
