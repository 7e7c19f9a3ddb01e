import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { JobId, RepositoryId, TaskId } from '@shared/ids'
import type { Scripts } from '@shared/scripts-schema'
import { createAuditLog } from '../../../src/main/audit-log/audit-log'
import { createJobs, type JobContext, type Jobs } from '../../../src/main/jobs/jobs'
import { createLocalCheckoutGit } from '../../../src/main/sandbox/git/local-git'
import { LocalProvider } from '../../../src/main/sandbox/local-provider'
import { ProcessRecords } from '../../../src/main/sandbox/process-records'
import { createTaskScripts, type TaskScriptRuns } from '../../../src/main/task/scripts'
import type { TaskFacts } from '../../../src/main/task/tasks'
import { openTestDatabase, type TestDatabase } from '../../support/database'
import { createWorld, type World } from '../git/world'
import { createAgentHome, eventually, serverBinary, type AgentHome } from '../sandbox/support'

const taskId: TaskId = 'task_00000000-0000-4000-8000-000000000001'
const repositoryId: RepositoryId = 'repo_00000000-0000-4000-8000-000000000001'

let git: World
let home: AgentHome
let data: TestDatabase
let provider: LocalProvider
let jobs: Jobs
let scripts: TaskScriptRuns
let checkout: string
let folder: string | null
let override: Scripts | null
let trusted: string[]
let facts: TaskFacts | null

beforeEach(async () => {
  git = await createWorld()
  home = await createAgentHome()
  data = await openTestDatabase()
  folder = join(git.root, 'folder')
  checkout = join(git.root, 'checkout')
  await mkdir(folder)
  await mkdir(checkout)
  await git.run(checkout, 'init', '-q', '-b', 'work')
  override = null
  trusted = []
  facts = {
    id: taskId,
    organizationId: 'org_00000000-0000-4000-8000-000000000001',
    repositoryId,
    title: 'One',
    branch: 'work',
    prompt: '',
    includeUncommitted: false,
    materializedAt: 1,
    archivedAt: null,
  }
  provider = new LocalProvider({
    binary: serverBinary(),
    environment: async () => ({ ...home.environment, FOUNDRY_SECRET: 'hidden' }),
    agentKeys: async () => ({}),
    records: new ProcessRecords(data.database),
    log: { write: () => undefined },
    events: { serverChanged: () => undefined },
    idleMinutes: () => 15,
  })
  open()
})
afterEach(async () => {
  await jobs.shutdown()
  await provider.stopAll()
  await data.close()
  await home.remove()
})

function open(): void {
  const { database } = data
  const reportError = (error: unknown): void => {
    throw error instanceof Error ? error : new Error(String(error))
  }
  jobs = createJobs({ database, now: Date.now, reportError, changed: () => undefined })
  scripts = createTaskScripts({
    database,
    jobs,
    audit: createAuditLog(database, Date.now),
    actor: 'user_00000000-0000-4000-8000-000000000001',
    parent: {
      get() {
        if (facts === null) throw new Error('The task is deleted')
        return facts
      },
    },
    settings: {
      get: () => ({ override, trusted, folder }),
      allow: (_repositoryId, hash) => void trusted.unshift(hash),
    },
    provider,
    withGit: (_taskId, cwd, run) => run(createLocalCheckoutGit(git.git, cwd)),
    checkoutOf: () => checkout,
    reportError,
  })
}

async function commitScripts(value: Scripts | string): Promise<void> {
  await mkdir(join(checkout, '.foundry'), { recursive: true })
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  await writeFile(join(checkout, '.foundry', 'scripts.json'), text)
  await git.run(checkout, 'add', '-A')
  await git.run(checkout, 'commit', '-q', '-m', 'Scripts')
}

async function allowed(): Promise<void> {
  const known = await scripts.ofTask(taskId)
  await scripts.allow(taskId, known?.hash ?? '')
}

async function ended(name: string) {
  const known = await scripts.ofTask(taskId)
  const id = known?.runs.find((run) => run.name === name)?.jobId
  if (id === undefined) throw new Error(`${name} never ran`)
  return { ...(await jobs.finished(id)), log: jobs.log(id) }
}

function context(signal = new AbortController().signal): JobContext & { lines: string[] } {
  const lines: string[] = []
  return {
    id: 'job_00000000-0000-4000-8000-000000000001' as JobId,
    taskId,
    sessionId: null,
    signal,
    stage: () => undefined,
    log: (text) => void lines.push(text),
    lines,
  }
}

async function afterCheckout(): Promise<{ lines: string[] }> {
  const lease = await provider.acquire(taskId, checkout)
  const job = context()
  const complete = await scripts.afterCheckout(taskId, lease.sandbox, job)
  lease.release()
  data.database.transaction(complete)
  return job
}

describe('scripts of a repository', () => {
  it('are read from the commit, and run only once they were allowed', async () => {
    await commitScripts({ setup: 'touch done', run: { dev: 'echo hi' } })
    await writeFile(join(checkout, '.foundry', 'scripts.json'), '{"setup": "touch evil"}')
    const before = await scripts.ofTask(taskId)
    expect(before).toMatchObject({
      scripts: { setup: 'touch done', run: { dev: 'echo hi' } },
      overridden: [],
      allowed: false,
      problem: null,
      runs: [],
    })
    expect((await afterCheckout()).lines.join('')).toContain('nobody allowed them yet')
    await expect(scripts.run(taskId, 'dev')).rejects.toMatchObject({ kind: 'conflict' })
    await expect(scripts.allow(taskId, 'other')).rejects.toMatchObject({ kind: 'conflict' })
    expect(scripts.settingUp(taskId)).toBeNull()

    await allowed()
    expect(await ended('setup')).toMatchObject({ state: 'succeeded' })
    expect(await readFile(join(checkout, 'done'), 'utf8')).toBe('')
    // Allowed again, what is done is not done again.
    await allowed()
    expect((await scripts.ofTask(taskId))?.runs).toHaveLength(1)
    // The next checkout is set up by itself.
    await afterCheckout()
    expect(scripts.settingUp(taskId)).not.toBeNull()
    await ended('setup')
    expect(scripts.settingUp(taskId)).toBeNull()
  })

  it('are to be allowed again when they are others', async () => {
    await commitScripts({ run: { dev: 'echo one' } })
    await allowed()
    await scripts.run(taskId, 'dev')
    expect((await ended('dev')).log).toContain('$ echo one\none\n')
    await commitScripts({ run: { dev: 'echo two' } })
    expect(await scripts.ofTask(taskId)).toMatchObject({ allowed: false })
    await expect(scripts.run(taskId, 'dev')).rejects.toMatchObject({ kind: 'conflict' })
    override = { run: { dev: 'echo one' } }
    expect(await scripts.ofTask(taskId)).toMatchObject({ allowed: true, overridden: ['run'] })
    await expect(scripts.run(taskId, 'toString')).rejects.toMatchObject({ kind: 'not_found' })
  })

  it('that cannot be read are told with the place, and keep nothing from working', async () => {
    await commitScripts('{"setup": 3}')
    const known = await scripts.ofTask(taskId)
    expect(known?.problem?.detail).toContain('setup')
    expect(known?.scripts).toEqual({})
    expect((await afterCheckout()).lines.join('')).toContain('cannot be used')
    await commitScripts(`{"setup": "${'x'.repeat(70_000)}"}`)
    expect((await scripts.ofTask(taskId))?.problem?.detail).toContain('64 KB')
  })

  it('are none in a repository without the file, or without a commit', async () => {
    expect(await scripts.ofTask(taskId)).toMatchObject({ scripts: {}, problem: null })
    await writeFile(join(checkout, 'a'), '')
    await git.run(checkout, 'add', '-A')
    await git.run(checkout, 'commit', '-q', '-m', 'a')
    expect(await scripts.ofTask(taskId)).toMatchObject({ scripts: {}, problem: null })
  })

  it('know the task, and no secret', async () => {
    await commitScripts({ run: { env: 'env' } })
    await allowed()
    await scripts.run(taskId, 'env')
    const { log } = await ended('env')
    expect(log).toContain(`FOUNDRY_TASK_ID=${taskId}`)
    expect(log).toContain('FOUNDRY_BRANCH=work')
    expect(log).toContain(`FOUNDRY_CHECKOUT=${checkout}`)
    expect(log).toContain(`FOUNDRY_REPOSITORY_FOLDER=${folder}`)
    expect(log).not.toContain('hidden')
  })

  it('fail with the end of their output, and can be run again', async () => {
    await commitScripts({ setup: 'echo "no such package" >&2; exit 4' })
    await allowed()
    const { state, error } = await ended('setup')
    expect(state).toBe('failed')
    expect(error).toMatchObject({
      kind: 'script',
      message: 'Setup ended with code 4.',
      detail: 'no such package',
    })
    await scripts.run(taskId, 'setup')
    expect((await ended('setup')).state).toBe('failed')
  })

  it('run once at a time, are stopped, and are not run again after a crash', async () => {
    await commitScripts({ run: { dev: 'echo up; sleep 1000' } })
    await allowed()
    const { jobId } = await scripts.run(taskId, 'dev')
    await eventually(() => jobs.log(jobId).includes('up\n'))
    await expect(scripts.run(taskId, 'dev')).rejects.toMatchObject({ kind: 'conflict' })
    jobs.cancel(jobId)
    expect((await jobs.finished(jobId)).state).toBe('cancelled')

    const next = await scripts.run(taskId, 'dev')
    await eventually(() => jobs.log(next.jobId).includes('up\n'))
    data.database.commands.$client.prepare("UPDATE jobs SET state = 'running', ended_at = NULL").run()
    const old = jobs
    open()
    jobs.recover()
    expect(jobs.read(next.jobId)).toMatchObject({ state: 'failed' })
    await old.shutdown()
  })

  it('bring files of the person’s folder, and say what git makes of them', async () => {
    await writeFile(join(folder ?? '', '.env'), 'A=1')
    await writeFile(join(folder ?? '', 'notes'), 'mine')
    await writeFile(join(checkout, '.gitignore'), '.env\n')
    await commitScripts({ copy: ['.env', 'none'], link: ['notes'] })
    await allowed()
    const { log } = await ended('setup')
    expect(await readFile(join(checkout, '.env'), 'utf8')).toBe('A=1')
    expect(log).toContain('none was not copied: your folder does not have it.')
    expect(log).toContain('.env is there.\n')
    expect(log).toContain('notes is there. Git does not ignore it: a commit takes it along.')

    await rm(join(checkout, '.env'))
    folder = null
    await scripts.run(taskId, 'setup')
    expect((await ended('setup')).log).toContain('the repository has no folder on this computer')
  })
})

describe('teardown', () => {
  it('runs when it was allowed, also for a task that is deleted, and keeps nothing from going', async () => {
    await commitScripts({ teardown: 'echo bye > ../gone; exit 3' })
    const unseen = context()
    await scripts.teardown(taskId, repositoryId, unseen)
    expect(unseen.lines).toEqual([])
    await allowed()
    facts = null
    const seen = context()
    await scripts.teardown(taskId, repositoryId, seen)
    expect(await readFile(join(git.root, 'gone'), 'utf8')).toBe('bye\n')
    expect(seen.lines.join('')).toContain('Teardown ended with code 3.')
  })

  it('is stopped with its job', async () => {
    await commitScripts({ teardown: 'echo up; sleep 1000' })
    await allowed()
    const stop = new AbortController()
    const job = context(stop.signal)
    const torn = scripts.teardown(taskId, repositoryId, job)
    await eventually(() => job.lines.includes('up\n'))
    stop.abort(new Error('Foundry quits'))
    await expect(torn).rejects.toThrow('Foundry quits')
  })
})
