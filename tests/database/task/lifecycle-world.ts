/** Tasks from their creation to their end, on a real database, real git and real folders, that can be killed at any step. */
import { packPolicy, silent } from '../../support/packs'
import { access, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { choiceNames } from '@shared/choice-name'
import { noPolicy } from '@shared/permission-policy'
import { createAuditLog } from '../../../src/main/audit-log/audit-log'
import { createOrganizationData } from '../../../src/main/github/organization-data'
import {
  createOpenPullRequests,
  createTaskPullRequests,
} from '../../../src/main/github/pull-requests/task-pull-requests'
import type { WrittenPullRequest } from '../../../src/main/github/pull-requests/writer'
import { createJobs } from '../../../src/main/jobs/jobs'
import { createOrganizations } from '../../../src/main/organization/organizations'
import { createBranches } from '../../../src/main/repository/branches'
import { checkoutStartOf } from '../../../src/main/repository/checkout-start'
import { createPullRequestProjection } from '../../../src/main/repository/pull-request-projection'
import { createRepositoryScripts } from '../../../src/main/repository/repository-scripts'
import { createRepositories } from '../../../src/main/repository/repositories'
import { createTaskCommands, type TaskCommands } from '../../../src/main/repository/task-commands'
import { createTaskLifecycle } from '../../../src/main/repository/task-lifecycle'
import { createTaskProjection } from '../../../src/main/repository/task-projection'
import { createCheckouts, type Checkouts } from '../../../src/main/sandbox/checkout/checkouts'
import type { Sandbox } from '../../../src/main/sandbox/types'
import { recoverSessions } from '../../../src/main/session/recovery'
import { createSessions } from '../../../src/main/session/sessions'
import { createTasks } from '../../../src/main/task/tasks'
import { createUser } from '../../../src/main/user/user'
import type { OrganizationId, RepositoryId, TaskId } from '../../../src/shared/ids'
import { openTestDatabase } from '../../support/database'
import { createFakeSandbox, createRepository, createWorld, failure } from '../git/world'

/** A step that a process may not live to see the end of. */
export type Step = string

export async function openLifecycle() {
  const world = await createWorld()
  const folder = await createRepository(world, 'engine')
  const opened = await openTestDatabase()
  onTestFinished(() => opened.close())
  const problems: string[] = []
  const started = { git: 0, sandboxes: 0 }
  const git: typeof world.git = Object.assign(
    ((...call) => {
      started.git += 1
      return world.git(...call)
    }) as typeof world.git,
    { bytes: world.git.bytes, script: world.git.script, version: world.git.version },
  )
  let settings = { archiveWithPullRequest: true, removeCheckoutsAfterDays: 0 }
  let clock = 1_700_000_000_000
  const now = (): number => (clock += 1000)

  function start() {
    const { database } = opened
    const steps: Step[] = []
    let dies: Step | null = null
    let dead: () => void = () => undefined
    const death = new Promise<void>((resolve) => {
      dead = resolve
    })
    let refuses: Step | null = null
    /** Where the process ends, nothing of it ever goes on. */
    const pass = async (step: Step): Promise<void> => {
      steps.push(step)
      if (refuses === step) throw new Error(`The disk refused: ${step}`)
      if (dies !== step) return
      dead()
      await new Promise<never>(() => undefined)
    }
    const around = async <Value>(step: Step, work: () => Promise<Value>): Promise<Value> => {
      await pass(`before ${step}`)
      const value = await work()
      await pass(`after ${step}`)
      return value
    }

    const reportError = (error: unknown, what: string): void =>
      void problems.push(`${what}: ${String(error)}`)
    recoverSessions(database, now)
    const audit = createAuditLog(database, now)
    const user = createUser(database, now)
    const jobs = createJobs({ database, now, reportError, changed: () => undefined })
    const none = new Set<string>()
    const pullRequests = createTaskPullRequests(database)
    const projection = createTaskProjection(
      database,
      now,
      () => ({
        provisioning: jobs.tasksWithLive('task.provision'),
        failed: jobs.tasksWithFailed('task.provision'),
        running: none,
        needsInput: none,
        unread: user.unreadTasks(),
      }),
      pullRequests,
    )
    const organizations = createOrganizations(database, now, {
      changed: () => undefined,
      activated: () => undefined,
      isSignedIn: () => true,
    })
    const repositories = createRepositories({
      database,
      git,
      projection,
      audit,
      actor: user.id,
      now,
      parent: { local: () => organizations.local(), hostOf: () => null },
      data: createOrganizationData(database),
      changed: () => undefined,
      tasksMoved: () => undefined,
    })
    const real = createCheckouts({
      storesDirectory: join(world.root, 'data', 'stores'),
      checkoutsDirectory: join(world.root, 'data', 'checkouts'),
      git,
    })
    const checkouts: Checkouts = {
      ...real,
      remove: (...ids) => around('removing the checkout', () => real.remove(...ids)),
      discard: (...ids) => around('discarding the checkout', () => real.discard(...ids)),
    }
    const stopped: TaskId[] = []
    const tasks = createTasks({
      database,
      jobs,
      audit,
      actor: user.id,
      git,
      checkouts,
      scripts: createRepositoryScripts({ database, audit, actor: user.id }),
      now,
      // Nothing in here is put off.
      schedule: () => () => undefined,
      watched: () => false,
      touch: () => undefined,
      watchChanged: () => undefined,
      reportError,
      packs: { policy: () => ({ ...packPolicy, onArchive: false }), source: silent },
      eraseUserState: (taskId, signal) => around('erasing user state', () => user.erase(taskId, signal)),
      provider: {
        name: 'local',
        // Only git works in it.
        async acquire(_taskId, cwd) {
          started.sandboxes += 1
          return { sandbox: createFakeSandbox(world, cwd) as Sandbox, release: () => undefined }
        },
        stop: (taskId) => around('stopping the sandbox', async () => void stopped.push(taskId)),
        isRunning: () => false,
      },
      parent: {
        get: (taskId) => projection.get(taskId),
        find: (taskId) => projection.find(taskId),
        erased: (taskId) => projection.erased(taskId),
        source: () => ({ path: folder, originUrl: null }),
        place: (taskId) => {
          const { branch, pullRequestNumber: number, repositoryId } = projection.get(taskId)
          const base = number === null ? null : (pullRequests.of(repositoryId, number)?.baseRef ?? null)
          return { remote: 'origin', branch, base, originUrl: null }
        },
        start: (taskId) => checkoutStartOf(projection.get(taskId), null, null),
        identity: () => null,
        access: () => null,
        nextBranch: (taskId, existing) => commands.nextBranch(taskId, existing),
        changed: () => undefined,
      },
    })
    const sessions = createSessions({
      database,
      version: '0',
      log: {
        debug: () => undefined,
        warn: () => undefined,
        error: (what, error) => reportError(error, what),
      },
      acquireSandbox: (taskId) => tasks.acquire(taskId),
      isPreparing: () => false,
      turnEnded: async () => null,
      agentObserved: () => undefined,
      knownOptions: () => [],
      agentName: (agentId) => agentId,
      numbered: () => Promise.resolve(null),
      briefCharacters: () => 0,
      policies: { of: () => noPolicy, add: () => {} },
      audit: () => undefined,
      userSession: (sessionId) => user.session(sessionId),
      notice: () => undefined,
      writeFailed: () => undefined,
    })
    tasks.attachSessions({
      ...sessions,
      stopTask: (taskId) => around('stopping agents', () => sessions.stopTask(taskId)),
      erase: (taskId, signal) => around('erasing sessions', () => sessions.erase(taskId, signal)),
    })
    const commands: TaskCommands = createTaskCommands({
      database,
      repositories,
      projection,
      tasks,
      pullRequests,
      branches: createBranches({
        git,
        checkouts: real,
        repositories,
        projection,
        overviews: { read: () => Promise.reject(new Error('Not in this test')), branches: () => null },
        pullRequests: () => new Map(),
        now,
      }),
      issue: () => Promise.reject(new Error('Not in this test')),
      branchNames: () => 'readable',
      choiceNames: (choices) => choiceNames([], choices),
      random: Math.random,
      member: () => null,
      audit,
      actor: user.id,
      now,
      setActiveSession: (taskId, sessionId) =>
        user.setActiveSession(taskId, sessionId as `session_${string}`),
      created: () => undefined,
      changed: () => undefined,
    })
    const lifecycle = createTaskLifecycle({
      database,
      projection,
      repositories,
      pullRequests,
      commands,
      tasks,
      jobs,
      audit,
      actor: user.id,
      now,
      counts: (taskId) => sessions.counts(taskId),
      changed: () => undefined,
      removeCheckoutsAfterDays: () => settings.removeCheckoutsAfterDays,
    })
    const project = createPullRequestProjection({
      database,
      audit,
      openPullRequests: createOpenPullRequests(database.events),
      archives: () => settings.archiveWithPullRequest,
      now,
      changed: () => undefined,
      archived: (taskId) => database.transaction(() => tasks.startArchiving(taskId, false)),
    })
    jobs.recover()
    return {
      database,
      jobs,
      projection,
      repositories,
      organizations,
      checkouts: real,
      tasks,
      sessions,
      commands,
      lifecycle,
      project,
      audit,
      user,
      steps,
      stopped,
      death,
      dieAt: (step: Step) => void (dies = step),
      refuseAt: (step: Step | null) => void (refuses = step),
    }
  }

  let app = start()
  onTestFinished(() => app.tasks.close())
  const repository = await app.repositories.openLocal(folder)
  opened.database.commands.$client
    .prepare(
      "UPDATE repositories SET github_id = '42', node_id = 'R_42', full_name = 'acme/engine' WHERE id = ?",
    )
    .run(repository.id)

  async function settle(taskId: TaskId): Promise<void> {
    for (const job of app.jobs.running()) if (job.taskId === taskId) await app.jobs.finished(job.id)
  }
  const exists = (path: string): Promise<boolean> =>
    access(path).then(
      () => true,
      () => false,
    )
  const checkout = (taskId: TaskId): string => join(world.root, 'data', 'checkouts', taskId)
  const store = (): string => join(world.root, 'data', 'stores', `${repository.id}.git`)

  const lifecycle = {
    world,
    folder,
    problems,
    repository,
    organizationId: repository.organizationId as OrganizationId,
    repositoryId: repository.id as RepositoryId,
    get app() {
      return app
    },
    set settings(next: Partial<typeof settings>) {
      settings = { ...settings, ...next }
    },
    pass: (ms: number) => void (clock += ms),
    /** As for sessions that were imported from a plain folder. */
    forgetSource(): void {
      opened.database.commands.$client.exec(
        'UPDATE repositories SET local_path = NULL, origin_url = NULL, github_id = NULL',
      )
    },
    checkout,
    exists,
    settle,
    failure,
    async create(title: string, branch?: string): Promise<TaskId> {
      const [task] = await app.commands.create({
        repositoryIds: [repository.id],
        start: { type: 'base', branch: null },
        prompt: '',
        title,
        ...(branch === undefined ? {} : { branch }),
        agentId: 'claude',
        modelId: null,
        includeUncommitted: false,
      })
      if (task === undefined) throw new Error('No task was made')
      await settle(task.id)
      return task.id
    },
    /** A file that is not committed. */
    write: (taskId: TaskId, name: string, text = name) => writeFile(join(checkout(taskId), name), text),
    async commit(taskId: TaskId, name: string): Promise<string> {
      await writeFile(join(checkout(taskId), name), name)
      await world.run(checkout(taskId), 'add', '-A')
      await world.run(checkout(taskId), 'commit', '-qm', `Add ${name}`)
      return world.run(checkout(taskId), 'rev-parse', 'HEAD')
    },
    /** Some history, as a session with an agent leaves it. */
    talk(taskId: TaskId, events = 200) {
      const { commands } = app.database
      const [session] = app.sessions.ofTask(taskId)
      if (session === undefined) throw new Error('The task has no session')
      const insert = commands.$client.prepare(
        `INSERT INTO session_events (session_id, first_index, last_index, at, payload) VALUES (?, ?, ?, 1, '{}')`,
      )
      commands.$client.transaction(() => {
        for (let n = 0; n < events; n++) insert.run(session.id, n, n)
        commands.$client
          .prepare(
            `INSERT INTO turns (id, session_id, task_id, prompt, started_at, ended_at)
             VALUES (?, ?, ?, 'Do it', 1, 2)`,
          )
          .run(`turn_${session.id}`, session.id, taskId)
      })()
    },
    /** What GitHub says of a pull request, with the tasks in line with it as the sync's writer has them. */
    pull(number: number, branch: string, state: 'open' | 'closed' | 'merged') {
      const { $client } = app.database.events
      const read = () => {
        const row = $client
          .prepare<[string, number], { state: string; headRef: string }>(
            'SELECT state, head_ref AS headRef FROM pull_requests WHERE repository_id = ? AND number = ?',
          )
          .get(repository.id, number)
        return row === undefined
          ? null
          : {
              number,
              title: `Pull ${number}`,
              headRepositoryId: '42',
              createdAt: number,
              updatedAt: now(),
              ...row,
            }
      }
      const after = $client.transaction(() => {
        const before = read()
        $client
          .prepare(
            `INSERT INTO pull_requests (repository_id, number, organization_id, node_id, title, body, state, is_draft,
               url, head_ref, head_repository_id, base_ref, requested_reviewers, labels, comments, checks, mergeable,
               checked_at, created_at, updated_at, generation)
             VALUES (?, ?, ?, ?, ?, '', ?, 0, '', ?, '42', 'main', '[]', '[]', 0, 'none', 'unknown', 0, ?, ?, 1)
             ON CONFLICT DO UPDATE SET state = excluded.state, head_ref = excluded.head_ref`,
          )
          .run(
            repository.id,
            number,
            repository.organizationId,
            `PR_${number}`,
            `Pull ${number}`,
            state,
            branch,
            number,
            number,
          )
        const written = {
          repositoryId: repository.id,
          before,
          after: read(),
          told: [],
        } as unknown as WrittenPullRequest
        return app.project(repository.organizationId, [written])
      })()
      after()
    },
    /** Processes of git and sandboxes that were started so far. */
    started: () => ({ ...started }),
    /** So many open pull requests from forks and branches, 50 in a transaction; how long each of these took. */
    pullMany(count: number): void {
      const { $client } = app.database.events
      const insert = $client.prepare(
        `INSERT INTO pull_requests (repository_id, number, organization_id, node_id, title, body, state, is_draft, url,
           head_ref, head_repository_id, base_ref, requested_reviewers, labels, comments, checks, mergeable, checked_at,
           created_at, updated_at, generation)
         VALUES (?, ?, ?, ?, ?, '', 'open', 0, '', ?, ?, 'main', '[]', '[]', 0, 'none', 'unknown', 0, ?, ?, 1)`,
      )
      for (let first = 1; first <= count; first += 50) {
        const after = $client.transaction(() => {
          const written: WrittenPullRequest[] = []
          for (let number = first; number < first + 50; number++) {
            const [headRef, head, title] = [
              `branch-${number}`,
              number % 3 === 0 ? '43' : '42',
              `Pull ${number}`,
            ]
            insert.run(
              repository.id,
              number,
              repository.organizationId,
              `PR_${number}`,
              title,
              headRef,
              head,
              number,
              number,
            )
            const pull = {
              number,
              title,
              state: 'open',
              headRef,
              headRepositoryId: head,
              createdAt: number,
              updatedAt: number,
            }
            written.push({
              repositoryId: repository.id,
              before: null,
              after: pull,
              told: [],
            } as unknown as WrittenPullRequest)
          }
          return app.project(repository.organizationId, written)
        })()
        after()
      }
    },
    /** Everything that the database has of a task, by table. */
    rowsOf(taskId: TaskId): Record<string, number> {
      const { $client } = app.database.commands
      const counts: Record<string, number> = {}
      for (const [table, column] of [
        ['tasks', 'id'],
        ['sessions', 'task_id'],
        ['turns', 'task_id'],
        ['checkpoints', 'task_id'],
        ['task_sandboxes', 'task_id'],
        ['user_task_state', 'task_id'],
        ['user_session_state', 'task_id'],
        ['permission_requests', 'task_id'],
      ] as const) {
        const found = $client.prepare(`SELECT count(*) FROM ${table} WHERE ${column} = ?`).pluck().get(taskId)
        if (found !== 0) counts[table] = Number(found)
      }
      return counts
    },
    /** Whether a commit, and the objects it needs, can still be had: from a checkout or from the store. */
    async keeps(taskId: TaskId, commit: string): Promise<boolean> {
      for (const place of [checkout(taskId), store()]) {
        if (!(await exists(place))) continue
        const refs = place === store() ? [`--glob=refs/foundry/${taskId}/*`] : ['--branches', 'HEAD']
        const listed = await world.run(place, 'rev-list', ...refs)
        if (listed.split('\n').includes(commit)) return true
      }
      return false
    },
    refsInStore: async (taskId: TaskId): Promise<string[]> => {
      const listed = await world.run(
        store(),
        'for-each-ref',
        '--format=%(refname)',
        `refs/foundry/${taskId}/`,
      )
      return listed.split('\n').filter((ref) => ref !== '')
    },
    /** As if the process had been killed: nothing of it goes on, and another one starts on what is on the disk. */
    restart() {
      app.tasks.close()
      opened.reopen()
      app = start()
      return app
    },
  }
  return lifecycle
}

export type Lifecycle = Awaited<ReturnType<typeof openLifecycle>>
