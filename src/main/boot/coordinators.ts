import { createEditors } from '../app/editors'
import { choiceNames } from '@shared/choice-name'
import type { AgentId } from '@shared/domain'
import type { OrganizationId, RepositoryId, SessionId, TaskId } from '@shared/ids'
import { type AuditEntry, createAuditLog } from '../audit-log/audit-log'
import type { Databases, DatabaseWorker } from '../database'
import type { Handlers } from '../ipc/handlers'
import type { TerminalFeed, TranscriptFeed } from '../ipc/feeds'
import { createTopicHub, type TopicHub } from '../ipc/topic-hub'
import { createOrganizationData } from '../github/organization-data'
import { createOpenPullRequests, createTaskPullRequests } from '../github/pull-requests/task-pull-requests'
import { createJobs } from '../jobs/jobs'
import { createOrganizations } from '../organization/organizations'
import { createRepositoryScripts } from '../repository/repository-scripts'
import { createPermissionPolicies } from '../repository/permission-policies'
import { createRepositories } from '../repository/repositories'
import { createPullRequestProjection } from '../repository/pull-request-projection'
import { createTaskProjection, type LiveState, type TaskProjection } from '../repository/task-projection'
import { createCheckouts } from '../sandbox/checkout/checkouts'
import { createLocalGit } from '../sandbox/git/local-git'
import type { OpenTerminalReader } from '../sandbox/types'
import { recoverSessions } from '../session/recovery'
import { createSessions, type Sessions } from '../session/sessions'
import { createTasks, type Tasks } from '../task/tasks'
import { createTerminals, type Terminals } from '../task/terminals/terminals'
import { createUser } from '../user/user'
import { createAttentionDesk } from './attention-desk'
import { createData } from './data'
import { createGitHub, type GitHub } from './github'
import { createHandlers } from './handlers'
import { createHistory, type HistoryScripts } from './history'
import { scheduleTimer } from '../sandbox/schedule'
import { followFolder } from './relocate'
import { createRunningWork, runningIn } from './running-work'
import { createSandboxes } from './sandboxes'
import type { AppServices, RunningWork } from './services'
import { createNotices } from './notices'
import { readNumbered } from './numbered'
import { wireKeeping } from './keeping'
import { createStorage } from './storage'
import { wireOverlaps, wirePublishing } from './publishing'
import { createTaskServices, type TaskServices } from './task-services'
import { createTransferDesk } from './transfer'
import { provideTopics } from './topics'

export interface Coordinators extends RunningWork {
  readonly handlers: Omit<Handlers, 'recovery'>
  readonly live: { hub: TopicHub; transcripts: TranscriptFeed; terminals: TerminalFeed }
  /** Told of every failure of an operation: a read that finds damage concerns everything. */
  observe(error: unknown): void
  /** The window is usable: what can wait for that begins. */
  onScreen(): void
}

export interface CoordinatorsOptions {
  services: AppServices
  databases: Databases
  /** For work on database files that takes long. */
  worker: DatabaseWorker
  /** How terminals are connected to. */
  openReader: OpenTerminalReader
  scripts: HistoryScripts
}

/**
 * Builds the owners of everything and joins them: calls go down from organization to session, what changed is
 * told upwards through the callbacks here. Nothing is started for anything nobody has opened.
 */
export async function createCoordinators({
  services,
  databases,
  worker,
  openReader,
  scripts,
}: CoordinatorsOptions): Promise<Coordinators> {
  const { database } = databases
  const { log, settings, paths } = services
  const now = Date.now
  const reportError = (error: unknown, what: string): void => {
    databases.health.saw(error)
    log.error(`${what} failed`, error)
  }
  await followFolder(paths, database, log)

  const recovered = recoverSessions(database, now)
  if (recovered.turns > 0 || recovered.permissions > 0)
    log.info(
      `after the last run: ${recovered.turns} turns interrupted, ${recovered.permissions} requests expired`,
    )

  const hub = createTopicHub(setTimeout, reportError)
  const audit = createAuditLog(database, now)
  const user = createUser(database, now)
  const history = createHistory(services, scripts, hub, reportError)
  const { search, insights, record } = history
  const organizationData = createOrganizationData(database)
  const organizations = createOrganizations(database, now, {
    changed: (id) => hub.touch('app', 'organization', id),
    activated() {
      hub.touch('app', 'state', 'app')
      github.activated()
    },
    isSignedIn: (id) => github.accounts.isSignedIn(id),
  })
  const keychain = await services.secrets.available()
  let shellEnvironment: Record<string, string | undefined> = process.env

  const jobs = createJobs({
    database,
    now,
    reportError,
    changed({ id, taskId }) {
      if (taskId === null) return hub.touch('app', 'job', id)
      hub.touch('app', 'storage', 'storage')
      hub.touch(`task:${taskId}`, 'job', id)
      sessionsChanged(taskId)
      taskChanged(taskId)
    },
  })

  const pullRequests = createTaskPullRequests(database)
  const projection: TaskProjection = createTaskProjection(
    database,
    now,
    (): LiveState => {
      const state = { running: new Set<string>(), needsInput: new Set<string>(), failed: new Set<string>() }
      for (const [taskId, activity] of sessions.activity()) {
        if (activity.running) state.running.add(taskId)
        if (activity.needsInput) state.needsInput.add(taskId)
        if (activity.error) state.failed.add(taskId)
      }
      for (const taskId of jobs.tasksWithFailed('task.provision')) state.failed.add(taskId)
      return { ...state, provisioning: jobs.tasksWithLive('task.provision'), unread: user.unreadTasks() }
    },
    pullRequests,
  )

  /** Sessions wait while their task is prepared. */
  function sessionsChanged(taskId: TaskId): void {
    if (!hub.hasReaders(`task:${taskId}`)) return
    for (const { id } of sessions.ofTask(taskId)) {
      hub.touch(`task:${taskId}`, 'session', id)
      hub.touch(`session:${id}`, 'session', id)
    }
  }

  function taskChanged(taskId: TaskId): void {
    const row = projection.find(taskId)
    if (row === null) return
    hub.touch(`tasks:${row.organizationId}`, 'task', taskId)
    hub.touch(`task:${taskId}`, 'task', taskId)
  }

  const sandboxes = createSandboxes({
    services,
    database,
    openReader,
    serverChanged: taskChanged,
    agentsChanged(agentIds) {
      for (const id of agentIds) hub.touch('app', 'agent', id)
    },
    reportError,
  })
  const { agents, agentSecrets, provider } = sandboxes
  const git = createLocalGit({ environment: () => shellEnvironment })
  const checkouts = createCheckouts({ storesDirectory: paths.stores, checkoutsDirectory: paths.tasks, git })

  const repositories = createRepositories({
    database,
    git,
    projection,
    audit,
    actor: user.id,
    now,
    parent: {
      local: () => organizations.local(),
      hostOf(id) {
        const row = organizations.find(id)
        return row === null || row.leftAt !== null ? null : row.host
      },
    },
    data: organizationData,
    changed: (organizationId, repositoryId) =>
      hub.touch(`organization:${organizationId}`, 'repository', repositoryId),
    tasksMoved(from, to, taskIds) {
      for (const id of taskIds) {
        hub.touch(`tasks:${from}`, 'task', id)
        hub.touch(`tasks:${to}`, 'task', id)
      }
    },
  })

  const repositoryScripts = createRepositoryScripts({ database, audit, actor: user.id })

  const policies = createPermissionPolicies({
    database,
    audit,
    actor: user.id,
    changed: () => sessions.policyChanged(),
  })
  const repositoryOf = (taskId: TaskId): RepositoryId => projection.get(taskId).repositoryId as RepositoryId

  const tasks: Tasks = createTasks({
    database,
    jobs,
    audit,
    actor: user.id,
    provider,
    checkouts,
    scripts: repositoryScripts,
    git,
    now,
    schedule: scheduleTimer,
    watched: (taskId) => hub.hasReaders(`task:${taskId}`),
    reportError,
    touch: (taskId, kind) => hub.touch(`task:${taskId}`, kind, kind === 'git' ? 'git' : taskId),
    watchChanged: (taskId) => hub.touch(`files:${taskId}`, 'watch', 'watch'),
    packs: {
      policy: () => settings.get().packs,
      source: { collect: (run, stage) => publishing.keeping.source.collect(run, stage) },
    },
    async eraseUserState(taskId, signal) {
      await terminals.erase(taskId)
      await user.erase(taskId, signal)
    },
    parent: {
      get: (taskId) => projection.get(taskId),
      find: (taskId) => projection.find(taskId),
      erased: (taskId) => projection.erased(taskId),
      source: (taskId) => taskServices.parent.source(taskId),
      start: (taskId) => taskServices.parent.start(taskId),
      place: (taskId) => taskServices.parent.place(taskId),
      identity: (taskId) => taskServices.parent.identity(taskId),
      access: (taskId) => taskServices.parent.access(taskId),
      nextBranch: (taskId, existing) => taskServices.parent.nextBranch(taskId, existing),
      changed: taskChanged,
    },
  })

  const terminals: Terminals = createTerminals({
    database,
    now,
    acquire: (taskId) => tasks.acquire(taskId),
    isRunning: (taskId) => provider.isRunning(taskId),
    checkoutPath: (taskId) => tasks.checkoutPath(taskId),
    spillDirectory: paths.terminals,
    changed: (taskId, ids) => hub.touchList(`processes:${taskId}`, 'terminal', ids),
    reportError,
  })

  const attention = createAttentionDesk({
    services,
    user,
    unreadChanged(taskId, sessionId) {
      hub.touch(`task:${taskId}`, 'session', sessionId)
      hub.touch(`session:${sessionId}`, 'session', sessionId)
      taskChanged(taskId)
    },
  })

  /** Where a task belongs, for the timeline of its organization. */
  function placeOf(taskId: TaskId | undefined): Pick<AuditEntry, 'organizationId' | 'repositoryId'> {
    const row = taskId === undefined ? null : projection.find(taskId)
    if (row === null) return {}
    return {
      organizationId: row.organizationId as OrganizationId,
      repositoryId: row.repositoryId as RepositoryId,
    }
  }

  const sessions: Sessions = createSessions({
    database,
    version: services.appVersion,
    log: log.scope('session'),
    acquireSandbox: (taskId) => tasks.acquireForAgent(taskId),
    isPreparing: (taskId) => tasks.isPreparing(taskId),
    turnEnded: (taskId, sessionId, turnId) => tasks.checkpoint(taskId, sessionId, turnId),
    agentObserved: (agentId, options) => agents.observe(agentId, options),
    knownOptions: (agentId) => agents.list().find((agent) => agent.id === agentId)?.options ?? [],
    agentName: (agentId) => agents.list().find((agent) => agent.id === agentId)?.name ?? agentId,
    briefCharacters: () => settings.get().briefCharacters,
    numbered: (taskId, number) => readNumbered(github, repositoryOf(taskId), number),
    policies: {
      of: (taskId) => policies.get(repositoryOf(taskId)),
      add: (taskId, proposal) => policies.add(repositoryOf(taskId), proposal),
    },
    audit: (entry) => audit.append({ actor: user.id, ...placeOf(entry.taskId), ...entry }),
    userSession: (sessionId) => user.session(sessionId),
    notice: createNotices({ hub, projection, attention, tasks, sessions: () => sessions, taskChanged }),
    writeFailed(error) {
      if (error !== null) reportError(error, 'writing agent output')
    },
  })
  tasks.attachSessions(sessions)

  jobs.define<{ agentId: AgentId }>('agent.install', {
    resume: false,
    run: async (context, { agentId }) => {
      await agents.install(agentId, context)
      return () => audit.append({ kind: 'agent.installed', actor: user.id, payload: { agentId } })
    },
  })

  const taskServices: TaskServices = createTaskServices({
    database,
    organizations,
    repositories,
    projection,
    pullRequests,
    tasks,
    git,
    checkouts,
    github: () => github,
    branchNames: () => settings.get().branchNames,
    choiceNames: (choices) => choiceNames(agents.list(), choices),
    audit,
    actor: user.id,
    now,
    setActiveSession: (taskId, sessionId) => user.setActiveSession(taskId, sessionId as SessionId),
    created(organizationId: OrganizationId, repositoryId, taskId) {
      hub.touch(`organization:${organizationId}`, 'repository', repositoryId)
      taskChanged(taskId)
    },
    changed: (row) => taskChanged(row.id as TaskId),
  })

  const github: GitHub = await createGitHub({
    services,
    database,
    hub,
    audit,
    actor: user.id,
    now,
    organizations,
    repositories,
    data: organizationData,
    projectPullRequests: createPullRequestProjection({
      database,
      audit,
      openPullRequests: createOpenPullRequests(database.events),
      archives: () => settings.get().archiveWithPullRequest,
      now,
      changed(organizationId, taskId) {
        hub.touch(`tasks:${organizationId}`, 'task', taskId)
        hub.touch(`task:${taskId}`, 'task', taskId)
      },
      archived: (taskId) => database.transaction(() => tasks.startArchiving(taskId, false)),
    }),
    environment: () => sandboxes.shell.get(),
    synced: (id) => publishing.reviews.sendWaiting(id),
    running: (organizationId) => runningIn(organizationId, { sessions, jobs, projection }),
    reportError,
  })

  const storage = createStorage({
    database,
    services,
    projection,
    repositories,
    pullRequests,
    taskCommands: taskServices.commands,
    tasks,
    jobs,
    audit,
    actor: user.id,
    now,
    checkouts,
    counts: (taskId) => sessions.counts(taskId),
    storageChanged: () => hub.touch('app', 'storage', 'storage'),
    changed(organizationId, taskId) {
      hub.touch(`tasks:${organizationId}`, 'task', taskId)
      hub.touch(`task:${taskId}`, 'task', taskId)
    },
    reportError,
  })

  const publishing = wirePublishing({
    services,
    database,
    jobs,
    audit,
    user,
    now,
    organizations,
    repositories,
    projection,
    pullRequests,
    tasks,
    sessions,
    github,
    changed: taskChanged,
    deskChanged(taskId, comments, reviewId) {
      hub.touchList(`task:${taskId}`, 'comment', [...comments])
      if (reviewId !== null) hub.touch(`task:${taskId}`, 'outgoingReview', reviewId)
    },
    replyChanged: (taskId, replyId) => hub.touch(`task:${taskId}`, 'outgoingReply', replyId),
    reportError,
  })

  const data = await createData({
    services,
    databases,
    worker,
    now,
    schedule: scheduleTimer,
    changed: () => hub.touch('app', 'data', 'data'),
    runningTurns: () => sessions.runningTurns().length,
    reportError,
  })

  const keeping = wireKeeping({
    services,
    databases,
    worker,
    jobs,
    audit,
    actor: user.id,
    now,
    projection,
    repositories,
    packs: tasks.packs,
    talk: publishing.keeping,
    data,
    changed: () => hub.touch('app', 'storage', 'storage'),
    reportError,
  })
  const owners = { services, database, jobs, hub, audit, organizations, now }
  const transfer = createTransferDesk({
    ...owners,
    search,
    script: scripts.transfer,
    actor: user.id,
    packs: { contents: tasks.packs.contents, policy: () => settings.get().packs },
  })

  settings.subscribe(() => hub.touch('app', 'settings', 'settings'))
  services.spelling.onChange(() => hub.touch('app', 'state', 'app'))
  provideTopics(hub, {
    appState: () => ({
      id: 'app',
      version: services.appVersion,
      platform: services.platform,
      dataDirectory: paths.data,
      organizationId: organizations.active(),
      keychain,
      spelling: services.spelling.state(),
      uncleanExit: services.uncleanExit,
      models: user.models(),
    }),
    settings: () => settings.get(),
    agents: () => agents.list(),
    organizations,
    github,
    repositories,
    projection,
    tasks,
    terminals,
    jobs,
    storage,
    search,
    data,
    user,
    sessions,
  })

  // An app started from a dock or launcher has another PATH than the person's terminal; git runs with what is
  // known so far, rather than the start waiting for a login shell.
  function readEnvironment(): void {
    sandboxes.shell.get().then(
      (environment) => {
        shellEnvironment = environment
      },
      (error: unknown) => reportError(error, 'reading the environment of the login shell'),
    )
  }
  // Turns go on after a sleep: streams that broke are opened again where they were, or end their turn in words.
  services.power.onSuspend(() => {
    log.info('the machine sleeps')
    sessions.flush()
  })
  services.power.onResume(() => log.info('the machine is awake'))

  await sandboxes.endOrphans()
  await checkouts.clean()
  jobs.recover()

  return {
    handlers: createHandlers({
      services,
      organizations,
      github,
      repositories,
      repositoryScripts,
      policies,
      taskCommands: taskServices.commands,
      taskServices,
      storage,
      ...keeping.handlers,
      data,
      audit,
      search,
      transfer,
      insights,
      record,
      savedSearchChanged: (name) => hub.touch('app', 'savedSearch', name),
      tasks,
      terminals,
      publishing,
      overlaps: wireOverlaps({ database, projection, repositories, tasks, github }),
      jobs,
      user,
      agents,
      agentSecrets,
      sessions: sessions.handlers,
      taskOfSession: (sessionId) => sessions.taskOf(sessionId),
      organizationOf: (taskId) => (projection.find(taskId)?.organizationId ?? null) as OrganizationId | null,
      sessionsOf: (taskId) => sessions.ofTask(taskId),
      markUnread: (taskId, unread) =>
        attention.mark(
          taskId,
          sessions.ofTask(taskId).map(({ id }) => id),
          unread,
        ),
      selected(taskId, sessionId) {
        attention.selected(taskId, sessionId)
        hub.touch(`task:${taskId}`, 'task', taskId)
      },
      draftSaved: (sessionId) => hub.touch(`session:${sessionId}`, 'session', sessionId),
      editors: createEditors({ environment: () => sandboxes.shell.get() }),
      commentChanged: (taskId, id) => hub.touch(`task:${taskId}`, 'comment', id),
      savedPromptChanged: (name) => hub.touch('app', 'savedPrompt', name),
      modelsChanged: () => hub.touch('app', 'state', 'app'),
      installAgent: (agentId) => ({ jobId: jobs.start('agent.install', { input: { agentId } }).id }),
    }),
    live: {
      hub,
      transcripts: { attach: (sessionId, sink) => sessions.attach(sessionId, sink) },
      terminals,
    },
    observe: (error) => databases.health.saw(error),
    onScreen() {
      readEnvironment()
      github.start()
      search.start()
      data.start()
      keeping.retention.start()
      // What newer tasks left is theirs again when a restore is undone.
      if (data.isSettled()) storage.tidy()
    },
    ...createRunningWork({ sessions, terminals, jobs, projection }),
    async shutdown() {
      // All are told at once: what still works while another is closed already would count as failed. Sessions before
      // jobs, as they wait for these. What a sync has read is there; its rest waits for the next start.
      await Promise.all([sessions.shutDown(), jobs.shutdown(), github.shutdown(), terminals.shutDown()])
      tasks.close()
      keeping.retention.close()
      await history.close()
      await Promise.all([storage.close(), data.close()])
      await checkouts.close()
      await sandboxes.stop()
    },
  }
}
