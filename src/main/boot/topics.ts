import type { AppState } from '@shared/app-state'
import type {
  Agent,
  Job,
  Permission,
  QueuedPrompt,
  SessionDetail,
  SessionSummary,
  Settings,
  Waiting,
} from '@shared/domain'
import type { SessionId, TaskId } from '@shared/ids'
import { organizationIdSchema, sessionIdSchema, taskIdSchema } from '@shared/ids'
import type { Search } from '../history/search/search'
import type { TopicHub } from '../ipc/topic-hub'
import type { Jobs } from '../jobs/jobs'
import type { Organizations } from '../organization/organizations'
import type { Repositories } from '../repository/repositories'
import { authorOf, type TaskProjection } from '../repository/task-projection'
import type { Tasks } from '../task/tasks'
import type { Terminals } from '../task/terminals/terminals'
import type { User } from '../user/user'
import type { Data } from './data'
import type { GitHub } from './github'
import type { Storage } from './storage'

export interface TopicOwners {
  appState(): AppState
  settings(): Settings
  agents(): Agent[]
  organizations: Organizations
  github: Pick<GitHub, 'accounts' | 'sync'>
  repositories: Repositories
  projection: TaskProjection
  tasks: Tasks
  terminals: Pick<Terminals, 'ofTask'>
  jobs: Jobs
  storage: Pick<Storage, 'state'>
  search: Pick<Search, 'index'>
  data: Pick<Data, 'state'>
  user: User
  sessions: {
    ofTask(taskId: TaskId): SessionSummary[]
    detail(sessionId: SessionId): SessionDetail | null
    permissions(sessionId: SessionId): Permission[]
    queuedPrompts(sessionId: SessionId): QueuedPrompt[]
    waiting(): { taskId: TaskId; sessionId: SessionId }[]
  }
}

type Entity = { id: string }

/** Keeps those of a small list that were asked for. */
const among = <Value extends Entity>(all: Value[], ids: string[]): Value[] => {
  const wanted = new Set(ids)
  return all.filter((entity) => wanted.has(entity.id))
}

/** Says where the entities of each topic come from. */
export function provideTopics(hub: TopicHub, owners: TopicOwners): void {
  const { organizations, github, repositories, projection, tasks, jobs, sessions, user } = owners

  const waiting = (): Waiting => ({
    id: 'waiting',
    sessions: sessions.waiting().flatMap(({ taskId, sessionId }) => {
      const task = projection.find(taskId)
      if (task === null) return []
      const organizationId = organizationIdSchema.parse(task.organizationId)
      return [{ sessionId, taskId, organizationId, title: task.title }]
    }),
  })

  const appKinds: Record<string, () => Entity[]> = {
    state: () => [owners.appState()],
    settings: () => [{ id: 'settings', ...owners.settings() }],
    agent: () => owners.agents(),
    account: () => github.accounts.list(),
    deviceSignIn: () => {
      const signIn = github.accounts.deviceSignIn()
      return signIn === null ? [] : [signIn]
    },
    organization: () => organizations.list(),
    job: () => jobs.ofApp(),
    storage: () => [owners.storage.state()],
    data: () => [owners.data.state()],
    waiting: () => [waiting()],
    savedPrompt: () => user.savedPrompts(),
    savedSearch: () => user.searches.list(),
    searchIndex: () => [owners.search.index()],
  }
  hub.provide('app', {
    snapshot: () => Object.fromEntries(Object.entries(appKinds).map(([kind, read]) => [kind, read()])),
    read: (_parameter, kind, ids) => among(appKinds[kind]?.() ?? [], ids),
  })

  hub.provide('organization', {
    pagedKind: 'repository',
    snapshot: (id) => ({ sync: [github.sync.read(organizationIdSchema.parse(id))] }),
    page: (id, cursor) => repositories.page(organizationIdSchema.parse(id), cursor),
    read(id, kind, ids) {
      const organizationId = organizationIdSchema.parse(id)
      if (kind === 'sync') return among([github.sync.read(organizationId)], ids)
      return repositories.read(organizationId, ids)
    },
  })

  hub.provide('tasks', {
    pagedKind: 'task',
    snapshot: () => ({}),
    page: (id, cursor) => projection.page(organizationIdSchema.parse(id), cursor),
    read: (id, _kind, ids) => projection.summaries(organizationIdSchema.parse(id), ids),
  })

  const taskKinds: Record<string, (taskId: TaskId) => Entity[]> = {
    task: (taskId) => {
      const row = projection.find(taskId)
      if (row === null) return []
      return [
        {
          ...projection.summaryOf(row),
          prompt: row.prompt,
          baseBranch: row.baseBranch,
          issueNumber: row.issueNumber,
          author: authorOf(row),
          archivedAt: row.archivedAt,
          group: projection.groupOf(row),
          activeSessionId: user.activeSession(taskId),
          ...tasks.detail(taskId),
        },
      ]
    },
    session: (taskId) => sessions.ofTask(taskId),
    job: (taskId): Job[] => jobs.ofTask(taskId),
    git: (taskId) => {
      const state = tasks.gitState(taskId)
      return state === null ? [] : [state]
    },
    comment: (taskId) => user.comments.ofTask(taskId),
    outgoingReview: (taskId) => {
      const review = user.outgoingReviews.ofTask(taskId)
      return review === null ? [] : [review]
    },
    outgoingReply: (taskId) => user.outgoingReviews.repliesOf(taskId),
  }
  hub.provide('task', {
    snapshot: (id) => {
      const taskId = taskIdSchema.parse(id)
      return Object.fromEntries(Object.entries(taskKinds).map(([kind, read]) => [kind, read(taskId)]))
    },
    read: (id, kind, ids) => among(taskKinds[kind]?.(taskIdSchema.parse(id)) ?? [], ids),
  })

  hub.provide('processes', {
    snapshot: (id) => ({ terminal: owners.terminals.ofTask(taskIdSchema.parse(id)) }),
    read: (id, _kind, ids) => among(owners.terminals.ofTask(taskIdSchema.parse(id)), ids),
  })

  hub.provide('files', {
    snapshot: (id) => ({ watch: [tasks.watching.state(taskIdSchema.parse(id))] }),
    read: (id, _kind, ids) => among([tasks.watching.state(taskIdSchema.parse(id))], ids),
    opened: (id) => tasks.watching.begin(taskIdSchema.parse(id)),
    closed: (id) => tasks.watching.end(taskIdSchema.parse(id)),
  })

  const sessionKinds: Record<string, (sessionId: SessionId) => Entity[]> = {
    session: (sessionId) => {
      const detail = sessions.detail(sessionId)
      return detail === null ? [] : [detail]
    },
    permission: (sessionId) => sessions.permissions(sessionId),
    queuedPrompt: (sessionId) => sessions.queuedPrompts(sessionId),
  }
  hub.provide('session', {
    snapshot: (id) => {
      const sessionId = sessionIdSchema.parse(id)
      return Object.fromEntries(Object.entries(sessionKinds).map(([kind, read]) => [kind, read(sessionId)]))
    },
    read: (id, kind, ids) => among(sessionKinds[kind]?.(sessionIdSchema.parse(id)) ?? [], ids),
  })
}
