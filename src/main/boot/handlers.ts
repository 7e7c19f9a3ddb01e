import { placeIn, type Editors } from '../app/editors'
import type { AgentId, ModelChoice, SessionSummary } from '@shared/domain'
import type { CommentId, OrganizationId, SessionId, TaskId } from '@shared/ids'
import type { AuditLog } from '../audit-log/audit-log'
import type { DomainHandlers, Handlers } from '../ipc/handlers'
import type { InsightsReader } from '../history/insights/insights'
import type { TaskRecord } from '../history/record/record'
import type { Search } from '../history/search/search'
import type { Jobs } from '../jobs/jobs'
import type { Organizations } from '../organization/organizations'
import type { Repositories } from '../repository/repositories'
import type { RepositoryScriptSettings } from '../repository/repository-scripts'
import type { PermissionPolicies } from '../repository/permission-policies'
import type { TaskOverlapsReader } from '../repository/task-overlaps'
import type { TaskCommands } from '../repository/task-commands'
import type { AgentCatalogue } from '../sandbox/types'
import type { Tasks } from '../task/tasks'
import type { Terminals } from '../task/terminals/terminals'
import type { User } from '../user/user'
import { browserExtension } from '../app/browser-extension'
import type { AgentSecrets } from './agent-secrets'
import type { GitHub } from './github'
import { auditHandlers } from './audit-handlers'
import type { Data } from './data'
import { accountHandlers, organizationHandlers } from './github-handlers'
import { publishHandlers } from './publishing'
import type { Publishing } from '../repository/publish'
import { insightsHandlers } from './insights-handlers'
import { searchHandlers } from './search-handlers'
import type { AppServices } from './services'
import type { Storage } from './storage'
import { fileHandlers } from './file-handlers'
import { terminalHandlers } from './terminal-handlers'
import type { TaskServices } from './task-services'

export interface HandlerOwners {
  services: AppServices
  organizations: Organizations
  github: GitHub
  repositories: Repositories
  repositoryScripts: RepositoryScriptSettings
  policies: PermissionPolicies
  taskCommands: TaskCommands
  storage: Pick<Storage, 'taskHandlers' | 'handlers'>
  packs: DomainHandlers<'packs'>
  retention: DomainHandlers<'retention'>
  data: Pick<Data, 'handlers'>
  taskServices: Pick<TaskServices, 'taskHandlers' | 'repositoryHandlers'>
  audit: AuditLog
  search: Search
  transfer: DomainHandlers<'transfer'>
  insights: InsightsReader
  record: TaskRecord
  savedSearchChanged(name: string): void
  tasks: Tasks
  terminals: Terminals
  publishing: Publishing
  overlaps: TaskOverlapsReader
  jobs: Jobs
  user: User
  agents: AgentCatalogue
  agentSecrets: AgentSecrets
  sessions: Omit<DomainHandlers<'session'>, 'select' | 'saveDraft'>
  taskOfSession(sessionId: SessionId): TaskId
  /** Null for a task that is not here. */
  organizationOf(taskId: TaskId): OrganizationId | null
  sessionsOf(taskId: TaskId): readonly SessionSummary[]
  /** The session a person looks at from now on. */
  selected(taskId: TaskId, sessionId: SessionId): void
  markUnread(taskId: TaskId, unread: boolean): void
  draftSaved(sessionId: SessionId): void
  modelsChanged(): void
  readonly editors: Editors
  commentChanged(taskId: TaskId, id: CommentId): void
  savedPromptChanged(name: string): void
  installAgent(agentId: AgentId): { jobId: `job_${string}` }
}

/** What stands behind each operation of the contract while the app runs normally. */
export function createHandlers(owners: HandlerOwners): Omit<Handlers, 'recovery'> {
  const { services, repositories, repositoryScripts, taskCommands, tasks, user, jobs } = owners
  const { desktop, log } = services

  /** The key itself is in the keychain, which takes part in no transaction. */
  function keyChanged(agentId: AgentId, variable: string, what: 'set' | 'removed'): void {
    const payload = { agentId, variable, what }
    owners.audit.append({ kind: 'agent.key.changed', actor: user.id, payload })
  }

  function used({ agentId, modelId }: ModelChoice): void {
    user.usedModel({ agentId, modelId })
    owners.modelsChanged()
  }

  return {
    app: {
      openExternal: ({ url }) => desktop.openExternal(url),
      openLogs: () => desktop.revealPath(services.paths.logs),
      editors: () => owners.editors.list(),
      chooseFolder: ({ title }) => desktop.chooseFolder(title),
      reportWindowError: (report) => log.error('the window reported an error', report),
      linkHandler: () => services.links.state(),
      openLinksHere: ({ on }) => services.links.set(on),
      revealExtension: async () => desktop.revealPath(await browserExtension(services.paths)),
      retrySpelling: () => services.spelling.retry(),
      updateSettings: (patch) => services.settings.update(patch),
      setDefaultModel: ({ choice, repositoryId }) => {
        user.setDefault(choice, repositoryId)
        owners.modelsChanged()
      },
      savePrompt: ({ name, text }) => {
        user.savePrompt(name, text)
        owners.savedPromptChanged(name)
      },
      forgetPrompt: ({ name }) => {
        user.forgetPrompt(name)
        owners.savedPromptChanged(name)
      },
      setFavouriteModel: ({ choice, favourite }) => {
        user.setFavourite(choice, favourite)
        owners.modelsChanged()
      },
    },
    repository: {
      openLocal: async ({ path }) => {
        const repository = await repositories.openLocal(path)
        // A person who opens a folder wants to see it, wherever it belongs.
        owners.organizations.activate(repository.organizationId)
        return repository
      },
      state: ({ repositoryId }) => repositories.state(repositoryId),
      remove: ({ repositoryId }) => repositories.remove(repositoryId),
      ...owners.taskServices.repositoryHandlers,
    },
    task: {
      ...owners.taskServices.taskHandlers,
      create: async (request) => {
        const created = await owners.taskServices.taskHandlers.create(request)
        used(request)
        return created
      },
      start: async (request) => {
        const started = await owners.taskServices.taskHandlers.start(request)
        used(request)
        return started
      },
      find: ({ taskId, sessionId }) => {
        const organizationId = owners.organizationOf(taskId)
        if (organizationId === null) return null
        return { organizationId, hasSession: owners.sessionsOf(taskId).some(({ id }) => id === sessionId) }
      },
      rename: ({ taskId, title }) => taskCommands.rename(taskId, title),
      setUnread: ({ taskId, unread }) => owners.markUnread(taskId, unread),
      archive: ({ taskId }) => taskCommands.archive(taskId),
      unarchive: ({ taskId }) => taskCommands.unarchive(taskId),
      setAuthor: async ({ taskId, author }) => {
        taskCommands.setAuthor(taskId, author)
        await tasks.applyAuthor(taskId)
      },
      ...owners.storage.taskHandlers,
      findFiles: ({ taskId, words }) =>
        tasks.files.find(taskId, words, { at: null, folders: true, most: 20 }),
      refreshGit: ({ taskId }) => tasks.refreshGit(taskId),
      checkpoints: ({ taskId, before }) => tasks.changes.checkpoints(taskId, before),
      changedFiles: ({ taskId, comparison }) => tasks.changes.list(taskId, comparison),
      fileDiffs: ({ taskId, ...request }) => tasks.changes.diffs(taskId, request),
      fileVersions: ({ taskId, ...request }) => tasks.changes.versions(taskId, request),
      lineOrigins: ({ taskId, ...request }) => tasks.provenance.lines(taskId, { ...request, calls: true }),
      fileOrigins: ({ taskId, comparison, paths }) => tasks.provenance.files(taskId, comparison, paths),
      turnLines: ({ taskId, turnId }) => tasks.provenance.turn(taskId, turnId),
      changeFiles: ({ taskId, ...request }) => tasks.changes.apply(taskId, request),
      restoreFiles: ({ taskId, checkpointId, files }) => tasks.changes.restore(taskId, checkpointId, files),
      addComment: ({ taskId, ...comment }) => {
        const added = user.comments.add(taskId, comment)
        owners.commentChanged(taskId, added.id)
        return added
      },
      editComment: ({ taskId, commentId, text }) => {
        user.comments.edit(taskId, commentId, text)
        owners.commentChanged(taskId, commentId)
      },
      removeComments: ({ taskId, commentIds }) => {
        user.comments.remove(taskId, commentIds)
        for (const id of commentIds) owners.commentChanged(taskId, id)
      },
      undoFiles: ({ taskId, undo }) => tasks.changes.undo(taskId, undo),
      applySuggestion: ({ taskId, ...replacement }) => tasks.changes.replace(taskId, replacement),
      commit: ({ taskId, ...request }) => tasks.commit(taskId, request),
      bringHome: ({ taskId }) => tasks.bringHome(taskId),
      openInEditor: ({ taskId, editorId, path, line }) =>
        owners.editors.open(editorId, placeIn(tasks.checkoutPath(taskId), path, line)),
      revealCheckout: ({ taskId }) => desktop.revealPath(tasks.checkoutPath(taskId)),
      ...publishHandlers(owners.publishing, owners.overlaps),
    },
    scripts: {
      ofTask: ({ taskId }) => tasks.scripts.ofTask(taskId),
      allow: ({ taskId, hash }) => tasks.scripts.allow(taskId, hash),
      run: ({ taskId, name }) => tasks.scripts.run(taskId, name),
      ofRepository: ({ repositoryId }) => repositoryScripts.read(repositoryId),
      override: ({ repositoryId, text }) => repositoryScripts.override(repositoryId, text),
      forbid: ({ repositoryId }) => repositoryScripts.forbid(repositoryId),
    },
    policy: {
      ofRepository: ({ repositoryId }) => owners.policies.get(repositoryId),
      set: ({ repositoryId, policy }) => owners.policies.set(repositoryId, policy),
    },
    terminal: terminalHandlers(owners.terminals),
    files: fileHandlers(tasks.files, user.fileDrafts),
    session: {
      ...owners.sessions,
      create: async (request) => {
        const created = await owners.sessions.create(request)
        used(request)
        return created
      },
      select: ({ sessionId }) => owners.selected(owners.taskOfSession(sessionId), sessionId),
      saveDraft: ({ sessionId, text }) => {
        user.saveDraft(owners.taskOfSession(sessionId), sessionId, text)
        owners.draftSaved(sessionId)
      },
    },
    agent: {
      refresh: async () => {
        await owners.agents.refresh()
      },
      install: ({ agentId }) => owners.installAgent(agentId),
      setKey: async ({ agentId, variable, value }) => {
        await owners.agentSecrets.set(agentId, variable, value)
        keyChanged(agentId, variable, 'set')
      },
      removeKey: async ({ agentId, variable }) => {
        await owners.agentSecrets.remove(agentId, variable)
        keyChanged(agentId, variable, 'removed')
      },
    },
    account: accountHandlers(owners.github),
    organization: organizationHandlers({ ...owners, ...owners.github }),
    job: {
      cancel: ({ jobId }) => jobs.cancel(jobId),
      log: ({ jobId }) => ({ text: jobs.log(jobId) }),
    },
    storage: owners.storage.handlers,
    packs: owners.packs,
    retention: owners.retention,
    data: owners.data.handlers,
    audit: auditHandlers(owners.audit, user.id),
    transfer: owners.transfer,
    history: {
      timeline: (request) => owners.record.timeline(request),
      summary: (request) => owners.record.summary(request),
    },
    search: searchHandlers({
      search: owners.search,
      searches: user.searches,
      changed: (name) => owners.savedSearchChanged(name),
    }),
    insights: insightsHandlers(owners.insights, desktop),
  }
}
