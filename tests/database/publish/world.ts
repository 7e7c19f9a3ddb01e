/** The app on a repository of the GitHub of the tests, cloned into a folder, with a task that works in a real sandbox. */
import { execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { onTestFinished } from 'vitest'
import type {
  Job,
  Organization,
  Repository,
  Settings,
  TaskDetail,
  TaskSummary,
} from '../../../src/shared/domain'
import type { ErrorValue } from '../../../src/shared/errors'
import type { Account, AvailableOrganization, Sync } from '../../../src/shared/github'
import type { PublishPlan, PublishRequest, PullRequestStanding } from '../../../src/shared/publish'
import { startGitHub } from '../../support/github/server'
import { startApp } from '../github/app-world'
import { serverBinary } from '../sandbox/support'

const execute = promisify(execFile)
export const identity = { name: 'Octavia', email: 'octavia@example.org' }

export async function createPublishWorld(
  files: Record<string, string> = { 'README.md': '# Engine\n' },
  settings: Partial<Settings> = { pullRequestFooter: false },
) {
  const github = await startGitHub()
  onTestFinished(() => github.close())
  const { model } = github
  const octavia = model.addUser('octavia', { name: 'Octavia' })
  const ben = model.addUser('ben', { name: 'Ben' })
  const acme = model.addOrganization('acme')
  model.addMember(acme, octavia, 'admin')
  model.addMember(acme, ben)
  const engine = model.addRepository(acme, 'engine', { private: true })
  github.git.seed(engine, files)
  const origin = await github.git.folder(engine)
  const token = model.addToken(octavia)
  const world = await startApp({ sandboxAgent: serverBinary(), settings })
  const root = await mkdtemp(join(tmpdir(), 'foundry-publish-'))
  onTestFinished(() => rm(root, { recursive: true, force: true }))

  const run = async (cwd: string, ...args: string[]): Promise<string> => {
    const { stdout } = await execute('git', args, {
      cwd,
      env: {
        ...process.env,
        GIT_AUTHOR_NAME: 'Ben',
        GIT_AUTHOR_EMAIL: 'ben@example.org',
        GIT_COMMITTER_NAME: 'Ben',
        GIT_COMMITTER_EMAIL: 'ben@example.org',
      },
    })
    return stdout.trimEnd()
  }
  const write = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, text)
  }

  const account = await world.app.call<Account>('account.addToken', { host: github.host, token: token.value })
  const available = await world.app.call<AvailableOrganization[]>('organization.available', {
    accountId: account.id,
  })
  const githubId = available.find(({ login }) => login === 'acme')?.githubId
  const organization = await world.app.call<Organization>('organization.add', {
    accountId: account.id,
    githubId,
  })
  const topic = `organization:${organization.id}`
  await world.app.until<Sync>(topic, 'sync', ({ state }) => state === 'synced')
  const folder = join(root, 'engine')
  await run(root, 'clone', '-q', origin, folder)
  await run(folder, 'remote', 'set-url', 'origin', `${github.url}/acme/engine.git`)
  const repository = await world.app.call<Repository>('repository.openLocal', { path: folder })

  async function createTask(prompt = 'Make the engine faster') {
    const [task] = await world.app.call<TaskSummary[]>('task.create', {
      repositoryIds: [repository.id],
      prompt,
      start: { type: 'base', branch: null },
      agentId: 'claude',
      modelId: null,
      includeUncommitted: false,
    })
    if (task === undefined) throw new Error('No task was created')
    const ready = await world.app.until<TaskDetail>(
      `task:${task.id}`,
      'task',
      ({ sandbox }) => sandbox !== null && sandbox.state !== 'preparing',
    )
    return handle(task.id, ready.branch, ready.sandbox?.cwd ?? '')
  }

  /** The task of a pull request, begun with its first prompt. */
  async function startPull(number: number, prompt = 'Finish it') {
    const { id } = await world.app.until<TaskSummary>(
      `tasks:${organization.id}`,
      'task',
      ({ pullRequest }) => pullRequest?.number === number,
    )
    await world.app.call('task.start', { taskId: id, prompt, agentId: 'claude', modelId: null })
    const ready = await world.app.until<TaskDetail>(
      `task:${id}`,
      'task',
      ({ sandbox }) => sandbox !== null && sandbox.state !== 'preparing',
    )
    return handle(id, ready.branch, ready.sandbox?.cwd ?? '')
  }

  function handle(taskId: string, branch: string, cwd: string) {
    const job = async (operation: string, input: object): Promise<Job> => {
      const started = await world.app.call<Job>(operation, { taskId, ...input })
      return ended(started.id)
    }
    const ended = (id: string): Promise<Job> =>
      world.app.until<Job>(`task:${taskId}`, 'job', (one) => one.id === id && one.endedAt !== null)
    const plan = (): Promise<PublishPlan> => world.app.call<PublishPlan>('task.publishPlan', { taskId })
    /** What the form sends when nothing in it was changed. */
    async function request(more: Partial<PublishRequest> = {}): Promise<PublishRequest> {
      const { title, body, base, git, commitMessage, issue } = await plan()
      return {
        title,
        body,
        base,
        draft: false,
        reviewers: [],
        labels: [],
        commitMessage: git !== null && git.uncommitted.total > 0 ? commitMessage : null,
        identity,
        issue,
        head: git?.head ?? null,
        ...more,
      }
    }
    return {
      taskId,
      branch,
      cwd,
      plan,
      job,
      ended,
      request,
      write: (name: string, text: string) => write(join(cwd, name), text),
      commit: async (name: string, text = name) => {
        await write(join(cwd, name), text)
        await run(cwd, 'add', '-A')
        await run(cwd, 'commit', '-qm', `Adds ${name}`)
        return run(cwd, 'rev-parse', 'HEAD')
      },
      hook: async (name: string, script: string) => {
        const path = join(cwd, '.git', 'hooks', name)
        await write(path, `#!/bin/sh\n${script}\n`)
        await chmod(path, 0o755)
      },
      publish: async (more: Partial<PublishRequest> = {}) => job('task.publish', await request(more)),
      push: async () => {
        const { commitMessage, identity: by, head } = await request()
        return job('task.push', { commitMessage, identity: by, head })
      },
      detail: () => world.app.until<TaskDetail>(`task:${taskId}`, 'task', () => true),
      standing: () => world.app.call<PullRequestStanding>('task.pullRequestStanding', { taskId }),
      git: (...args: string[]) => run(cwd, ...args),
    }
  }

  /** A commit of somebody else's at GitHub. */
  async function theirs(branch: string, changed: Record<string, string>): Promise<string> {
    const clone = await mkdtemp(join(root, 'theirs-'))
    await run(clone, 'clone', '-q', '--branch', branch, await github.git.folder(engine), '.')
    for (const [name, text] of Object.entries(changed)) await write(join(clone, name), text)
    await run(clone, 'add', '-A')
    await run(clone, 'commit', '-qm', `Theirs on ${branch}`)
    await run(clone, 'push', '-q', 'origin', branch)
    return run(clone, 'rev-parse', 'HEAD')
  }

  return Object.assign(world, {
    github,
    model,
    octavia,
    ben,
    acme,
    engine,
    origin,
    token,
    organization,
    repository,
    createTask,
    startPull,
    theirs,
    git: run,
    pulls: () => [...engine.pulls.values()],
    /** What was written to GitHub, as `POST /path`. */
    written: () => github.calls().map(({ method, path }) => `${method} ${path}`),
  })
}

export type PublishWorld = Awaited<ReturnType<typeof createPublishWorld>>

export async function failure(work: Promise<unknown>): Promise<ErrorValue> {
  try {
    await work
  } catch (error) {
    return error as ErrorValue
  }
  throw new Error('It was to fail')
}
