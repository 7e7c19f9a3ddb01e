import { eq } from 'drizzle-orm'
import type { AgentId, Checkpoint, FileChange, GitState, TaskDetail } from '@shared/domain'
import { FoundryError, toErrorValue, type ErrorValue } from '@shared/errors'
import type { RepositoryId, SessionId, TaskId, TurnId } from '@shared/ids'
import type { AuditLog } from '../audit-log/audit-log'
import type { Database } from '../database'
import type { Jobs } from '../jobs/jobs'
import { bringHome } from '../sandbox/checkout/bring-home'
import type {
  CheckoutIdentity,
  Checkouts,
  CheckoutSource,
  CheckoutStart,
  OriginAccess,
} from '../sandbox/checkout/checkouts'
import { createLocalCheckoutGit, type LocalGit } from '../sandbox/git/local-git'
import { createSandboxGit } from '../sandbox/git/sandbox-git'
import type { CheckoutGit } from '../sandbox/git/types'
import type { Schedule } from '../sandbox/schedule'
import type { SandboxLease } from '../sandbox/types'
import { createAfterTurn } from './after-turn'
import { createTaskChanges, type TaskChanges } from './changes'
import { createCheckpointStore } from './checkpoints'
import { createDisposal, type Disposal } from './disposal'
import { createTaskFiles, type TaskFiles } from './files/files'
import { commitChanges, type CommitOptions } from './git/commit'
import { follow, type FollowedPlace } from './git/follow'
import { createFoundCommits } from './found-commits'
import { createLooks } from './looks'
import type { AttributionSource } from './provenance/attribution'
import { createTaskProvenance, type TaskProvenance } from './provenance/provenance'
import { createRecording } from './recording'
import { createTaskPublishing, type TaskPublishing } from './publishing'
import { createProvisioning, idsOf, type ProvisionInput } from './provision'
import { createTaskScripts, type ScriptSettings, type TaskScriptRuns } from './scripts'
import { createSerial } from './serial'
import { taskSandboxes } from './tables'
import { createWatching, type Watching } from './watching'

/** What the task's coordinator, the repository, knows about it. */
export interface TaskFacts {
  id: string
  organizationId: string
  repositoryId: string
  title: string
  branch: string
  prompt: string
  includeUncommitted: boolean
  materializedAt: number | null
  archivedAt: number | null
}

/** The repository, as its tasks see it: where they read their row and push up what changed. */
export interface TaskParent {
  /** @throws FoundryError `not_found` */
  get(taskId: TaskId): TaskFacts
  /** Null for one that is deleted. */
  find(taskId: TaskId): TaskFacts | null
  /** The last of a deleted task: its row. In the caller's transaction. */
  erased(taskId: TaskId): void
  /** Where the commits of a task's repository come from: the person's folder, GitHub, or both. */
  source(taskId: TaskId): CheckoutSource
  /** @throws FoundryError `not_found` when what its branch starts from is not known any more */
  start(taskId: TaskId): CheckoutStart
  /** Where its branch is on GitHub, by what that last said. */
  place(taskId: TaskId): FollowedPlace
  /** Who commits in its checkout; null where git is to know. */
  identity(taskId: TaskId): CheckoutIdentity | null
  /** Gives its branch, which was not made yet, the next name that is free beside those that exist. */
  nextBranch(taskId: TaskId, existing: ReadonlySet<string>): void
  /** What signs in to origin for a task; null where nobody is signed in who could. */
  access(taskId: TaskId): OriginAccess | null
  /** Something a list shows may have changed. */
  changed(taskId: TaskId): void
}

/** The part of the sessions coordinator that a task drives. */
export interface TaskSessions {
  /** Inserts a session, with its first prompt, in the caller's transaction. */
  insert(request: NewSession): SessionId
  /** Starts agents of sessions that have something to do, once the sandbox can be had. */
  wake(taskId: TaskId): void
  /** Puts what a person should know about the task into its transcript. */
  tell(taskId: TaskId, error: ErrorValue): void
  /** Ends running turns and lets the agents go. */
  stopTask(taskId: TaskId): Promise<void>
  stopTurns(taskId: TaskId): void
  /** A turn runs in one of its sessions. */
  isWorking(taskId: TaskId): boolean
  promptsOf(turnIds: readonly TurnId[]): ReadonlyMap<TurnId, string>
  spans: AttributionSource['spans']
  author: AttributionSource['author']
  edits: AttributionSource['edits']
  erase(taskId: TaskId, signal: AbortSignal): Promise<void>
}

export interface NewSession {
  taskId: TaskId
  agentId: AgentId
  modelId: string | null
  modeId: string | null
  prompt: string | null
}

/** Starts and stops sandboxes of one provider. */
export interface SandboxProvider {
  readonly name: string
  acquire(taskId: TaskId, cwd: string): Promise<SandboxLease>
  stop(taskId: TaskId): Promise<void>
  isRunning(taskId: TaskId): boolean
}

export interface TasksOptions {
  database: Database
  jobs: Jobs
  audit: AuditLog
  actor: string
  parent: TaskParent
  provider: SandboxProvider
  checkouts: Checkouts
  /** What a person set and allowed for the scripts of repositories. */
  scripts: ScriptSettings
  /** Runs git outside any sandbox: for what touches the person's own folder. */
  git: LocalGit
  now: () => number
  schedule: Schedule
  /** Somebody looks at the task now. */
  watched(taskId: TaskId): boolean
  /** Entities of topic `task:<id>` that changed. */
  touch(taskId: TaskId, kind: 'task' | 'git'): void
  /** Whether the files of its checkout are watched is another now. */
  watchChanged(taskId: TaskId): void
  /** What the user has about a task that is deleted, in slices. */
  eraseUserState(taskId: TaskId, signal: AbortSignal): Promise<void>
  reportError(error: unknown, what: string): void
}

export interface Tasks extends Disposal {
  /** Joins the sessions coordinator, which needs `acquire` to exist first. */
  attachSessions(sessions: TaskSessions): void
  /**
   * In the caller's transaction: the first session, its prompt, and the job that makes the checkout. A branch that turns
   * out to be taken gets another name only where `named` does not say that a person chose it.
   */
  initialize(taskId: TaskId, session: Omit<NewSession, 'taskId'>, provision: ProvisionInput): SessionId
  /** `named`: a person chose the name of its branch just now. */
  retry(taskId: TaskId, provision?: ProvisionInput): void
  /** Un-archived: what still puts it to rest ends. */
  wakeUp(taskId: TaskId): void
  /** Ends running turns, and what makes its checkout. */
  stop(taskId: TaskId): void
  /** Whether its checkout was made once, so that its branch has a name in it. */
  hasCheckout(taskId: TaskId): boolean
  /** Who commits in its checkout from now on, as its row says. */
  applyAuthor(taskId: TaskId): Promise<void>
  /**
   * The task's sandbox, running. Waits for the checkout while that is being made.
   *
   * @throws FoundryError what provisioning failed with, or `conflict` while archived
   */
  acquire(taskId: TaskId): Promise<SandboxLease>
  /** As `acquire`, once the checkout is set up, however that went. */
  acquireForAgent(taskId: TaskId): Promise<SandboxLease>
  /** The checkout is being made or set up: agents wait for it. */
  isPreparing(taskId: TaskId): boolean
  readonly scripts: TaskScriptRuns
  detail(taskId: TaskId): Pick<TaskDetail, 'sandbox'>
  gitState(taskId: TaskId): GitState | null
  refreshGit(taskId: TaskId): Promise<GitState>
  readonly files: TaskFiles
  readonly changes: TaskChanges
  readonly provenance: TaskProvenance
  readonly watching: Watching
  commit(taskId: TaskId, request: CommitOptions): Promise<{ commit: string; files: FileChange[] }>
  readonly publishing: TaskPublishing
  /** Its checkout is made and can be worked in. */
  isReady(taskId: TaskId): boolean
  /** What git says of the checkout may be another thing now; who looks at it is told. */
  lookAgain(taskId: TaskId): void
  bringHome(taskId: TaskId): Promise<{ branch: string; path: string }>
  /** @throws FoundryError `conflict` while there is none */
  checkoutPath(taskId: TaskId): string
  turnBegan(taskId: TaskId): void
  /** Its agent uses a tool for the first time in a turn. */
  toolBegan(taskId: TaskId): void
  /** An agent did something that may have changed files. */
  toolEnded(taskId: TaskId): void
  /** The tree as a turn left it, with its diff in the database. */
  checkpoint(taskId: TaskId, sessionId: SessionId, turnId: TurnId): Promise<Checkpoint | null>
  /** The server of a task came up or went away. */
  serverChanged(taskId: TaskId): void
  /** What was put off until after a turn is not begun any more. */
  close(): void
}

/** The life of tasks: checkout, sandbox, git state, checkpoints. */
export function createTasks(options: TasksOptions): Tasks {
  const { database, jobs, parent, provider, checkouts, now } = options
  const db = database.commands
  const serial = createSerial()
  const stored = createCheckpointStore(database, now)
  const closing = new AbortController()
  /** Tasks whose checkout is known to say who commits in it. */
  const authored = new Set<TaskId>()
  const followed = new Map<TaskId, string>()
  let sessions: TaskSessions | null = null

  const sandboxRow = (taskId: TaskId) =>
    db.select().from(taskSandboxes).where(eq(taskSandboxes.taskId, taskId)).get() ?? null

  /** Through the sandbox while that runs, else beside it, so that nothing is started for a look. */
  async function gitIn<Value>(
    taskId: TaskId,
    cwd: string,
    run: (git: CheckoutGit) => Promise<Value>,
  ): Promise<Value> {
    if (!provider.isRunning(taskId)) return run(createLocalCheckoutGit(options.git, cwd))
    const lease = await provider.acquire(taskId, cwd)
    try {
      return await run(createSandboxGit(lease.sandbox))
    } finally {
      lease.release()
    }
  }

  const scripts = createTaskScripts({
    ...options,
    settings: options.scripts,
    withGit: gitIn,
    checkoutOf(taskId) {
      const row = sandboxRow(taskId)
      return row?.readyAt == null ? null : row.cwd
    },
  })

  const provisioning = createProvisioning({
    ...options,
    scripts,
    made(taskId, checkout, at) {
      if (checkout.pristine) looks.made(taskId, checkout.baseCommit, at)
      setImmediate(() => {
        if (closing.signal.aborted) return
        // What the checkout lacks while the task can go on.
        for (const warning of checkout.warnings) sessions?.tell(taskId, { kind: 'git', ...warning })
        sessions?.wake(taskId)
        disposal.measure(taskId, closing.signal).catch((error: unknown) => {
          if (!closing.signal.aborted) options.reportError(error, 'measuring a checkout')
        })
      })
    },
  })

  const disposal = createDisposal({
    database,
    jobs,
    audit: options.audit,
    git: options.git,
    checkouts,
    checkpoints: stored,
    now,
    stopSandbox: (taskId) => provider.stop(taskId),
    withGit: gitIn,
    async record(taskId, git) {
      await recording.record(git, { taskId, sessionId: null, turnId: null, reason: 'archive' })
    },
    stopAgents: async (taskId) => sessions?.stopTask(taskId),
    teardown: (taskId, repositoryId, context) => scripts.teardown(taskId, repositoryId, context),
    async eraseSessions(taskId, signal) {
      await sessions?.erase(taskId, signal)
      await options.eraseUserState(taskId, signal)
      looks.forget(taskId)
    },
    parent,
  })

  async function applyAuthor(taskId: TaskId): Promise<void> {
    await checkouts.identify(taskId, parent.source(taskId), parent.identity(taskId))
    authored.add(taskId)
  }

  async function acquire(taskId: TaskId): Promise<SandboxLease> {
    const facts = parent.get(taskId)
    if (facts.archivedAt !== null)
      throw new FoundryError('conflict', `${facts.title} is archived.`, {
        next: 'Un-archive it to work in it again.',
      })
    // It was un-archived while it still went to rest.
    const archiving = jobs.liveOfTask(taskId, 'task.archive')
    if (archiving !== null) await jobs.finished(archiving.id)
    const row = sandboxRow(taskId)
    if (row?.readyAt != null) {
      // Written again in each run: the last one may have ended before it was.
      if (!authored.has(taskId) && parent.identity(taskId)?.when === 'always') await applyAuthor(taskId)
      const lease = await provider.acquire(taskId, row.cwd)
      await followGitHub(taskId, lease)
      return lease
    }
    const latest = jobs.latestOfTask(taskId, 'task.provision')
    // Its checkout was removed to free the disk: it comes back when somebody needs it.
    const job =
      row !== null && latest?.state === 'succeeded'
        ? database.transaction(() => provisioning.start(taskId))
        : latest
    const ended = job === null ? null : await jobs.finished(job.id)
    if (ended?.state !== 'succeeded')
      throw new FoundryError(
        ended?.error?.kind ?? 'sandbox',
        ended?.error?.message ?? 'The task has no checkout.',
        {
          next: ended?.error?.next ?? 'Choose "Retry" to make its checkout.',
          ...(ended?.error?.detail === undefined ? {} : { detail: ended.error.detail }),
        },
      )
    return acquire(taskId)
  }

  async function acquireForAgent(taskId: TaskId): Promise<SandboxLease> {
    const lease = await acquire(taskId)
    const setUp = scripts.settingUp(taskId)
    if (setUp !== null) await jobs.finished(setUp)
    return lease
  }

  /** Looked at once in a run, and when something became different: what is asked for at each turn must be quick. */
  async function followGitHub(taskId: TaskId, { sandbox }: SandboxLease): Promise<void> {
    const place = parent.place(taskId)
    const told = JSON.stringify(place)
    if (followed.get(taskId) === told) return
    followed.set(taskId, told)
    try {
      const { baseCommit } = await follow(createSandboxGit(sandbox), place)
      if (baseCommit === null) return
      db.update(taskSandboxes).set({ baseCommit }).where(eq(taskSandboxes.taskId, taskId)).run()
    } catch (error) {
      // The work goes on under the name it has.
      if (error instanceof FoundryError) sessions?.tell(taskId, toErrorValue(error))
      else options.reportError(error, 'following a branch')
    }
  }

  async function withGit<Value>(
    taskId: TaskId,
    run: (git: CheckoutGit, row: { baseCommit: string | null }) => Promise<Value>,
  ): Promise<Value> {
    const lease = await acquire(taskId)
    try {
      const row = sandboxRow(taskId)
      if (row === null) throw new Error(`Task ${taskId} has a sandbox but no row for it`)
      return await run(createSandboxGit(lease.sandbox), row)
    } finally {
      lease.release()
    }
  }

  const looks = createLooks({ ...options, withGit, changed: (taskId) => options.touch(taskId, 'git') })

  const watching = createWatching({
    ...options,
    localCheckout(taskId) {
      const row = sandboxRow(taskId)
      return row?.readyAt != null && row.provider === 'local' ? row.cwd : null
    },
    gitIn: (cwd) => createLocalCheckoutGit(options.git, cwd).run,
    look: looks.refresh,
    changed: (taskId) => options.watchChanged(taskId),
  })

  const recording = createRecording({
    ...options,
    checkpoints: stored,
    serial,
    withGit,
    baseOf: (taskId) => sandboxRow(taskId)?.baseCommit ?? null,
    runningTurns: (taskId) => sessions?.spans(taskId).filter(({ endedAt }) => endedAt === null).length ?? 0,
  })

  /** Beside the sandbox where it does not run: nothing is started for a look. */
  function look<Value>(
    taskId: TaskId,
    run: (git: CheckoutGit, row: { baseCommit: string | null }) => Promise<Value>,
  ): Promise<Value> {
    const row = sandboxRow(taskId)
    return row?.readyAt == null ? withGit(taskId, run) : gitIn(taskId, row.cwd, (git) => run(git, row))
  }

  const changes = createTaskChanges({
    checkpoints: stored,
    serial,
    look,
    work: withGit,
    record: recording.ofFiles,
    isReady: (taskId) => sandboxRow(taskId)?.readyAt != null,
    baseOf: (taskId) => sandboxRow(taskId)?.baseCommit ?? null,
    isWorking: (taskId) => sessions?.isWorking(taskId) ?? false,
    promptsOf: (turnIds) => sessions?.promptsOf(turnIds) ?? new Map(),
    audit(taskId, kind, payload) {
      const where = idsOf(parent.get(taskId))
      database.transaction(() => options.audit.append({ kind, actor: options.actor, ...where, payload }))
    },
    changed: looks.refresh,
  })

  const provenance = createTaskProvenance({
    checkpoints: stored,
    look,
    isReady: (taskId) => sandboxRow(taskId)?.readyAt != null,
    spans: (taskId) => sessions?.spans(taskId) ?? [],
    author: (turnId) => sessions?.author(turnId) ?? null,
    edits: async (turn) => (await sessions?.edits(turn)) ?? [],
    cwd: (taskId) => sandboxRow(taskId)?.cwd ?? null,
    unsureNow: (taskId) => recording.beforeTurn.unsure(taskId),
  })

  const files = createTaskFiles({
    checkpoints: stored,
    recorded: (taskId, id) => changes.recorded(taskId, id),
    serial,
    now,
    look(taskId, run) {
      const row = sandboxRow(taskId)
      if (row?.readyAt == null) throw noCheckout(parent.get(taskId))
      return gitIn(taskId, row.cwd, run)
    },
    work: withGit,
    async store(taskId) {
      const store = await checkouts.findStore(parent.get(taskId).repositoryId as RepositoryId)
      return store === null ? null : createLocalCheckoutGit(options.git, store)
    },
    record: (taskId, git) =>
      recording.record(git, { taskId, sessionId: null, turnId: null, reason: 'before_overwrite' }),
    edited(taskId, path) {
      const where = { ...idsOf(parent.get(taskId)), payload: { path } }
      database.transaction(() =>
        options.audit.append({ kind: 'task.file.edited', actor: options.actor, ...where }),
      )
      void looks.refresh(taskId)
    },
  })

  const findCommits = createFoundCommits({
    ...options,
    look,
    ids: (taskId) => idsOf(parent.get(taskId)),
    branchOf: (taskId) => parent.get(taskId).branch,
  })

  const afterTurn = createAfterTurn({
    schedule: options.schedule,
    look(taskId) {
      looks.again(taskId)
      if (sandboxRow(taskId)?.readyAt != null) void findCommits(taskId)
    },
    prepareNext(taskId) {
      checkouts
        .warm(parent.get(taskId).repositoryId as RepositoryId, parent.source(taskId))
        .catch((error: unknown) => options.reportError(error, 'spare checkout'))
    },
  })

  return {
    attachSessions(coordinator) {
      sessions = coordinator
    },
    initialize(taskId, session, provision) {
      if (sessions === null) throw new Error('Tasks need their sessions coordinator before they are created')
      const sessionId = sessions.insert({ taskId, ...session })
      provisioning.start(taskId, provision)
      return sessionId
    },
    retry(taskId, provision) {
      const facts = parent.get(taskId)
      if (facts.archivedAt !== null)
        throw new FoundryError('conflict', `${facts.title} is archived.`, { next: 'Un-archive it first.' })
      const again = sandboxRow(taskId)?.readyAt == null && jobs.liveOfTask(taskId, 'task.provision') === null
      database.transaction(() => {
        options.audit.append({ kind: 'task.retried', actor: options.actor, ...idsOf(facts) })
        if (again) provisioning.start(taskId, provision)
      })
      if (!again) sessions?.wake(taskId)
      parent.changed(taskId)
    },
    ...disposal,
    wakeUp(taskId) {
      const archiving = jobs.liveOfTask(taskId, 'task.archive')
      if (archiving !== null) jobs.cancel(archiving.id)
    },
    stop(taskId) {
      const live = jobs.liveOfTask(taskId, 'task.provision')
      if (live !== null) jobs.cancel(live.id)
      const setUp = scripts.settingUp(taskId)
      if (setUp !== null) jobs.cancel(setUp)
      sessions?.stopTurns(taskId)
    },
    hasCheckout: (taskId) => sandboxRow(taskId) !== null,
    applyAuthor,
    acquire,
    acquireForAgent,
    isPreparing: (taskId) =>
      jobs.liveOfTask(taskId, 'task.provision') !== null || scripts.settingUp(taskId) !== null,
    scripts,
    detail(taskId) {
      const row = sandboxRow(taskId)
      // Not made yet, or removed to free the disk.
      if (row?.readyAt == null)
        return jobs.liveOfTask(taskId, 'task.provision') === null
          ? { sandbox: null }
          : { sandbox: { provider: provider.name, cwd: row?.cwd ?? '', state: 'preparing', diskBytes: null } }
      return {
        sandbox: {
          provider: row.provider,
          cwd: row.cwd,
          state: provider.isRunning(taskId) ? 'running' : 'stopped',
          diskBytes: row.diskBytes,
        },
      }
    },
    files,
    gitState: looks.state,
    refreshGit: looks.refresh,
    changes,
    watching,
    provenance,
    commit: (taskId, request) =>
      serial(taskId, async () => {
        const result = await withGit(taskId, (git) => commitChanges(git, request))
        database.transaction(() => {
          options.audit.append({
            kind: 'task.committed',
            actor: options.actor,
            ...idsOf(parent.get(taskId)),
            payload: { commit: result.commit, files: result.files.length },
          })
        })
        await looks.refresh(taskId)
        return result
      }),
    publishing: createTaskPublishing({ database, serial, withGit }),
    isReady: (taskId) => sandboxRow(taskId)?.readyAt != null,
    lookAgain: looks.again,
    bringHome: (taskId) =>
      serial(taskId, async () => {
        const facts = parent.get(taskId)
        const { path } = parent.source(taskId)
        const row = sandboxRow(taskId)
        if (row?.readyAt == null) throw noCheckout(facts)
        if (path === null)
          throw new FoundryError('unsupported', 'The repository has no folder on this computer.', {
            next: 'Open its folder first.',
          })
        const { branch } = await bringHome(options.git, {
          folder: path,
          checkout: row.cwd,
          branch: facts.branch,
        })
        database.transaction(() => {
          options.audit.append({
            kind: 'task.brought_home',
            actor: options.actor,
            ...idsOf(facts),
            payload: { branch },
          })
        })
        return { branch, path }
      }),
    checkoutPath(taskId) {
      const row = sandboxRow(taskId)
      if (row?.readyAt == null) throw noCheckout(parent.get(taskId))
      return row.cwd
    },
    checkpoint: (taskId, sessionId, turnId) =>
      recording.ofTurn(taskId, sessionId, turnId).finally(() => afterTurn.turnEnded(taskId)),
    turnBegan(taskId) {
      recording.beforeTurn.began(taskId)
      afterTurn.turnBegan(taskId)
    },
    toolBegan: (taskId) => recording.beforeTurn.toolBegan(taskId),
    toolEnded: (taskId) => afterTurn.toolEnded(taskId),
    serverChanged(taskId) {
      options.touch(taskId, 'task')
    },
    close() {
      closing.abort()
      afterTurn.close()
      recording.beforeTurn.close()
      watching.close()
    },
  }
}

function noCheckout(facts: TaskFacts): FoundryError {
  return new FoundryError('conflict', `${facts.title} has no checkout yet.`, {
    next: 'Wait until it is ready, or choose "Retry" if making it failed.',
  })
}
