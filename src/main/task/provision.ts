import { z } from 'zod'
import type { OrganizationId, RepositoryId, TaskId } from '@shared/ids'
import type { AuditLog } from '../audit-log/audit-log'
import type { Database } from '../database'
import type { JobContext, Jobs } from '../jobs/jobs'
import { BranchTakenError, type Checkouts, type PreparedCheckout } from '../sandbox/checkout/checkouts'
import type { TaskScriptRuns } from './scripts'
import { taskSandboxes } from './tables'
import type { SandboxProvider, TaskFacts, TaskParent } from './tasks'

/** What the job that makes a checkout is told. Jobs of earlier versions were told nothing. */
const inputSchema = z
  .object({
    /** A person chose the name of the branch: it is never changed for them. */
    named: z.boolean(),
  })
  .catch({ named: true })
export type ProvisionInput = z.infer<typeof inputSchema>

const NAME_ATTEMPTS = 5

export interface ProvisioningOptions {
  database: Database
  jobs: Jobs
  audit: AuditLog
  parent: TaskParent
  provider: SandboxProvider
  checkouts: Checkouts
  now: () => number
  scripts: Pick<TaskScriptRuns, 'afterCheckout'>
  /** In the transaction that says the checkout is there. */
  made(taskId: TaskId, checkout: PreparedCheckout, at: number): void
}

export interface Provisioning {
  /** In the caller's transaction. Again, it goes by what it was told before. */
  start(taskId: TaskId, input?: ProvisionInput): ReturnType<Jobs['start']>
}

/** The job that makes a task's checkout and starts its sandbox. */
export function createProvisioning(options: ProvisioningOptions): Provisioning {
  const { database, jobs, audit, parent, provider, checkouts } = options

  /** Others may take the name of a branch while it is made; who takes it again and again is no accident. */
  async function prepare(taskId: TaskId, context: JobContext, named: boolean): Promise<PreparedCheckout> {
    for (let attempt = 1; ; attempt += 1) {
      const { repositoryId, branch, includeUncommitted } = parent.get(taskId)
      const request = {
        taskId,
        repositoryId: repositoryId as RepositoryId,
        source: parent.source(taskId),
        branch,
        start: parent.start(taskId),
        includeUncommitted,
        identity: parent.identity(taskId),
        access: parent.access(taskId),
      }
      try {
        return await checkouts.prepare(request, context)
      } catch (thrown) {
        if (!(thrown instanceof BranchTakenError) || named || attempt === NAME_ATTEMPTS) throw thrown
        parent.nextBranch(taskId, thrown.existing)
        context.log(`${thrown.message} The task works on ${parent.get(taskId).branch} instead.`)
      }
    }
  }

  jobs.define<unknown>('task.provision', {
    resume: true,
    run: async (context, input) => {
      const { named } = inputSchema.parse(input)
      const { taskId } = context
      if (taskId === null) throw new Error(`Job ${context.id} has no task`)
      const facts = parent.get(taskId)
      const checkout = await prepare(taskId, context, named)
      context.stage('Starting the sandbox')
      const lease = await provider.acquire(taskId, checkout.cwd)
      const setUp = await options.scripts.afterCheckout(taskId, lease.sandbox, context).finally(lease.release)
      return () => {
        const { cwd, baseCommit } = checkout
        const time = options.now()
        database.commands
          .insert(taskSandboxes)
          .values({ taskId, provider: provider.name, cwd, baseCommit, createdAt: time, readyAt: time })
          .onConflictDoUpdate({ target: taskSandboxes.taskId, set: { cwd, baseCommit, readyAt: time } })
          .run()
        audit.append({ kind: 'task.initialized', actor: 'system', ...idsOf(facts) })
        setUp()
        options.made(taskId, checkout, time)
      }
    },
    failed({ taskId }, error) {
      const facts = taskId === null ? null : parent.find(taskId)
      // Deleted while it was prepared.
      if (facts === null) return
      audit.append({ kind: 'task.error', actor: 'system', ...idsOf(facts), payload: { ...error } })
    },
  })

  return {
    start(taskId, input) {
      const last = jobs.latestOfTask(taskId, 'task.provision')
      const before = inputSchema.parse(last === null ? null : jobs.inputOf(last.id))
      return jobs.start('task.provision', { taskId, input: input ?? before })
    },
  }
}

/** What an entry of the audit log says of a task. */
export function idsOf(facts: TaskFacts) {
  return {
    organizationId: facts.organizationId as OrganizationId,
    repositoryId: facts.repositoryId as RepositoryId,
    taskId: facts.id as TaskId,
  }
}
