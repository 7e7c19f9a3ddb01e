import { createHash } from 'node:crypto'
import { FoundryError, toErrorValue } from '@shared/errors'
import type { JobId, RepositoryId, TaskId } from '@shared/ids'
import {
  canonicalScripts,
  effectiveScripts,
  hasScripts,
  MOST_SCRIPTS_BYTES,
  MOST_TEARDOWN_SECONDS,
  needsSetup,
  scriptFields,
  scriptsPath,
  SETUP,
} from '@shared/scripts'
import { parseScripts, type Scripts, type TaskScripts } from '@shared/scripts-schema'
import type { AuditLog } from '../audit-log/audit-log'
import type { Database } from '../database'
import type { Completion, JobContext, Jobs } from '../jobs/jobs'
import { bringFiles } from '../sandbox/checkout/bring-files'
import { createSandboxGit } from '../sandbox/git/sandbox-git'
import type { CheckoutGit } from '../sandbox/git/types'
import type { Sandbox } from '../sandbox/types'
import { idsOf } from './provision'
import type { SandboxProvider, TaskParent } from './tasks'

/** What the job that runs one is told. */
interface ScriptInput {
  name: string
  /** Of the scripts that a person allowed. */
  hash: string
}

/** So much of the end of an output stands in an error. */
const TAIL_CHARACTERS = 2000

/** What a person set for the scripts of a repository, as its tasks ask for it. */
export interface ScriptSettings {
  /** @throws FoundryError `not_found` */
  get(repositoryId: RepositoryId): {
    /** Comes before the file, field by field. */
    override: Scripts | null
    /** Hashes of what was allowed. */
    trusted: readonly string[]
    folder: string | null
  }
  /** In the caller's transaction. */
  allow(repositoryId: RepositoryId, hash: string): void
}

export interface TaskScriptsOptions {
  database: Database
  jobs: Jobs
  audit: AuditLog
  actor: string
  parent: Pick<TaskParent, 'get'>
  settings: ScriptSettings
  provider: Pick<SandboxProvider, 'acquire'>
  /** Git in the checkout, without starting anything for it. */
  withGit<Value>(taskId: TaskId, cwd: string, run: (git: CheckoutGit) => Promise<Value>): Promise<Value>
  /** Null while it is not made. */
  checkoutOf(taskId: TaskId): string | null
  reportError(error: unknown, what: string): void
}

/** The scripts of repositories in the sandboxes of tasks. Nothing runs that a person did not look at and allow. */
export interface TaskScriptRuns {
  /** Null while there is no checkout to work in. */
  ofTask(taskId: TaskId): Promise<TaskScripts | null>
  /** @throws FoundryError `conflict` when they are others by now */
  allow(taskId: TaskId, hash: string): Promise<void>
  /** @throws FoundryError `conflict` while it runs or is not allowed, `not_found` where there is none of that name */
  run(taskId: TaskId, name: string): Promise<{ jobId: JobId }>
  /** What is to happen in the transaction that says that the checkout is there. */
  afterCheckout(taskId: TaskId, sandbox: Sandbox, context: JobContext): Promise<Completion>
  /** The job that sets the checkout up, while it runs. */
  settingUp(taskId: TaskId): JobId | null
  /** Before the checkout goes. Whatever becomes of it, the checkout may go. */
  teardown(taskId: TaskId, repositoryId: RepositoryId, context: JobContext): Promise<void>
}

interface Look {
  scripts: Scripts
  override: Scripts | null
  hash: string
  allowed: boolean
  problem: FoundryError | null
  folder: string | null
}

export function createTaskScripts(options: TaskScriptsOptions): TaskScriptRuns {
  const { database, jobs, parent, settings, provider } = options

  async function look(repositoryId: RepositoryId, git: CheckoutGit): Promise<Look> {
    const { override, trusted, folder } = settings.get(repositoryId)
    const file = await readFile(git)
    const scripts = effectiveScripts(file.scripts, override)
    const hash = createHash('sha256').update(canonicalScripts(scripts)).digest('hex')
    return { scripts, override, hash, allowed: trusted.includes(hash), problem: file.problem, folder }
  }

  function checkoutOf(taskId: TaskId): string {
    const cwd = options.checkoutOf(taskId)
    if (cwd !== null) return cwd
    throw new FoundryError('conflict', 'The task has no checkout yet.', {
      next: 'Wait until it is ready, or choose "Retry" if making it failed.',
    })
  }

  async function inSandbox<Value>(
    taskId: TaskId,
    work: (sandbox: Sandbox) => Promise<Value>,
  ): Promise<Value> {
    const lease = await provider.acquire(taskId, checkoutOf(taskId))
    try {
      return await work(lease.sandbox)
    } finally {
      lease.release()
    }
  }

  const repositoryOf = (taskId: TaskId): RepositoryId => parent.get(taskId).repositoryId as RepositoryId

  const lookAt = (taskId: TaskId, repositoryId = repositoryOf(taskId)): Promise<Look> =>
    options.withGit(taskId, checkoutOf(taskId), (git) => look(repositoryId, git))

  /** Newest first. */
  function runsOf(taskId: TaskId) {
    return jobs
      .ofTask(taskId)
      .filter(({ kind }) => kind === 'task.script')
      .map((job) => ({ job, input: jobs.inputOf(job.id) as ScriptInput }))
  }

  const liveOf = (taskId: TaskId, name: string): JobId | null =>
    runsOf(taskId).find(({ job, input }) => input.name === name && job.endedAt === null)?.job.id ?? null

  /** In the caller's transaction. */
  function start(taskId: TaskId, input: ScriptInput): JobId {
    const { id } = jobs.start('task.script', { taskId, input })
    options.audit.append({
      kind: 'task.script.started',
      actor: options.actor,
      ...idsOf(parent.get(taskId)),
      payload: { name: input.name },
    })
    return id
  }

  async function shell(
    sandbox: Sandbox,
    { folder }: Look,
    command: string,
    context: Pick<JobContext, 'log' | 'signal' | 'taskId'>,
  ): Promise<{ exitCode: number; tail: string }> {
    const branch = await createSandboxGit(sandbox).run(['branch', '--show-current'])
    let tail = ''
    const { exitCode } = await sandbox.runShell({
      command,
      env: {
        FOUNDRY_TASK_ID: sandbox.taskId,
        FOUNDRY_BRANCH: branch.stdout.trim(),
        FOUNDRY_CHECKOUT: sandbox.cwd,
        ...(folder === null ? {} : { FOUNDRY_REPOSITORY_FOLDER: folder }),
      },
      signal: context.signal,
      onOutput(text) {
        context.log(text)
        tail = (tail + text).slice(-TAIL_CHARACTERS)
      },
    })
    return { exitCode, tail: tail.trim() }
  }

  async function files(sandbox: Sandbox, { scripts, folder }: Look, context: JobContext): Promise<void> {
    const { copy = [], link = [] } = scripts
    if (copy.length + link.length === 0) return
    if (folder === null) {
      context.log('No files were copied or linked: the repository has no folder on this computer.\n')
      return
    }
    context.stage('Copying files of your folder')
    const { brought, notes } = await bringFiles({ folder, checkout: sandbox.cwd, copy, link })
    for (const note of notes) context.log(`${note}\n`)
    const git = createSandboxGit(sandbox)
    for (const path of brought) {
      const ignored = await git.run(['check-ignore', '-q', '--', path])
      context.log(
        ignored.exitCode === 0
          ? `${path} is there.\n`
          : `${path} is there. Git does not ignore it: a commit takes it along.\n`,
      )
    }
  }

  jobs.define<ScriptInput>('task.script', {
    // It may have done half of what it does: whether it can be done again, a person knows.
    resume: false,
    run: async (context, { name, hash }) => {
      const { taskId } = context
      if (taskId === null) throw new Error(`Job ${context.id} has no task`)
      const setUp = name === SETUP
      await inSandbox(taskId, async (sandbox) => {
        const seen = await look(repositoryOf(taskId), createSandboxGit(sandbox))
        if (seen.hash !== hash || !seen.allowed) throw changed()
        if (setUp) await files(sandbox, seen, context)
        const command = commandOf(seen.scripts, name)
        if (command === undefined) return
        context.stage(setUp ? 'Setting up' : name)
        context.log(`$ ${command}\n`)
        const { exitCode, tail } = await shell(sandbox, seen, command, context)
        if (exitCode !== 0)
          throw new FoundryError('script', `${setUp ? 'Setup' : `“${name}”`} ended with code ${exitCode}.`, {
            next: 'Its output is under Scripts. Run it again once it is repaired; the task can be worked on meanwhile.',
            ...(tail === '' ? {} : { detail: tail }),
          })
      })
      return undefined
    },
  })

  return {
    async ofTask(taskId) {
      const facts = parent.get(taskId)
      if (options.checkoutOf(taskId) === null || facts.archivedAt !== null) return null
      const seen = await lookAt(taskId)
      const { scripts, override, hash, allowed, problem, folder } = seen
      return {
        scripts,
        overridden: scriptFields.filter((field) => override?.[field] !== undefined),
        hash,
        allowed,
        problem: problem === null ? null : toErrorValue(problem),
        folder,
        runs: runsOf(taskId).map(({ job, input }) => ({ name: input.name, jobId: job.id })),
      }
    },
    async allow(taskId, hash) {
      const seen = await lookAt(taskId)
      if (seen.hash !== hash) throw changed()
      const done = runsOf(taskId).some(
        ({ job, input }) =>
          input.name === SETUP &&
          (job.endedAt === null || (job.state === 'succeeded' && input.hash === hash)),
      )
      database.transaction(() => {
        if (!seen.allowed) settings.allow(repositoryOf(taskId), hash)
        if (needsSetup(seen.scripts) && !done) start(taskId, { name: SETUP, hash })
      })
    },
    async run(taskId, name) {
      const { scripts, hash, allowed } = await lookAt(taskId)
      const known = name === SETUP ? needsSetup(scripts) : commandOf(scripts, name) !== undefined
      if (!known) throw new FoundryError('not_found', `There is no script “${name}” any more.`)
      if (!allowed) throw changed()
      if (liveOf(taskId, name) !== null)
        throw new FoundryError('conflict', `“${name}” runs already.`, { next: 'Stop it first.' })
      return { jobId: database.transaction(() => start(taskId, { name, hash })) }
    },
    async afterCheckout(taskId, sandbox, context) {
      try {
        const seen = await look(repositoryOf(taskId), createSandboxGit(sandbox))
        if (seen.problem !== null) context.log(`${seen.problem.message}\n${seen.problem.detail ?? ''}\n`)
        if (!needsSetup(seen.scripts)) return () => undefined
        if (seen.allowed) return () => void start(taskId, { name: SETUP, hash: seen.hash })
        context.log(`The scripts of the repository were not run: nobody allowed them yet.\n`)
      } catch (error) {
        // The task can be worked on without them, and says so where they are shown.
        if (!(error instanceof FoundryError)) options.reportError(error, 'reading scripts')
        context.log(`The scripts of the repository could not be read: ${toErrorValue(error).message}\n`)
      }
      return () => undefined
    },
    settingUp: (taskId) => liveOf(taskId, SETUP),
    async teardown(taskId, repositoryId, context) {
      if (options.checkoutOf(taskId) === null) return
      try {
        // Most repositories have none: nothing is started to find that out.
        if (settings.get(repositoryId).trusted.length === 0) return
        const seen = await lookAt(taskId, repositoryId)
        const { teardown } = seen.scripts
        if (teardown === undefined || !seen.allowed) return
        context.stage('Running teardown')
        context.log(`$ ${teardown}\n`)
        const limit = AbortSignal.timeout(MOST_TEARDOWN_SECONDS * 1000)
        const signal = AbortSignal.any([context.signal, limit])
        const { exitCode } = await inSandbox(taskId, (sandbox) =>
          shell(sandbox, seen, teardown, { ...context, signal }),
        )
        if (exitCode !== 0) context.log(`Teardown ended with code ${exitCode}.\n`)
      } catch (error) {
        context.signal.throwIfAborted()
        const late = error instanceof DOMException && error.name === 'TimeoutError'
        if (!late && !(error instanceof FoundryError)) options.reportError(error, 'running teardown')
        context.log(
          late
            ? `Teardown was ended after ${MOST_TEARDOWN_SECONDS} seconds.\n`
            : `Teardown could not be run: ${toErrorValue(error).message}\n`,
        )
      }
    },
  }
}

function commandOf({ setup, run }: Scripts, name: string): string | undefined {
  if (name === SETUP) return setup
  return run !== undefined && Object.hasOwn(run, name) ? run[name] : undefined
}

/** From the commit the checkout is at: what is not committed was looked at by nobody. */
async function readFile(
  git: CheckoutGit,
): Promise<{ scripts: Scripts | null; problem: FoundryError | null }> {
  const none = { scripts: null, problem: null }
  const listed = await git.run(['ls-tree', '-l', '-z', 'HEAD', '--', scriptsPath])
  // A repository without a commit has none either.
  if (listed.exitCode !== 0 || listed.stdout === '') return none
  const [, mode, size] = /^(\d+) \w+ \w+ +(\d+|-)\t/.exec(listed.stdout) ?? []
  if (mode === '120000' || size === undefined || !(Number(size) <= MOST_SCRIPTS_BYTES))
    return { scripts: null, problem: unreadable('It is no file, or larger than 64 KB.') }
  const shown = await git.run(['show', `HEAD:${scriptsPath}`], { maxOutputBytes: MOST_SCRIPTS_BYTES })
  const read = parseScripts(shown.stdout)
  return 'problem' in read
    ? { scripts: null, problem: unreadable(read.problem) }
    : { scripts: hasScripts(read.scripts) ? read.scripts : null, problem: null }
}

function unreadable(detail: string): FoundryError {
  return new FoundryError('script', `${scriptsPath} of the repository cannot be used.`, {
    next: 'Repair the file and commit it, or set scripts of your own for the repository.',
    detail,
  })
}

function changed(): FoundryError {
  return new FoundryError('conflict', 'The scripts of the repository are not the ones that were allowed.', {
    next: 'Look at them and allow them first.',
  })
}
