import { and, desc, eq, isNotNull, sql } from 'drizzle-orm'
import { join } from 'node:path'
import { FoundryError } from '@shared/errors'
import type { OrganizationId, RepositoryId, TaskId } from '@shared/ids'
import type { UnsavedWork } from '@shared/lifecycle'
import type { AuditLog } from '../audit-log/audit-log'
import type { Database } from '../database'
import type { Completion, JobContext, Jobs } from '../jobs/jobs'
import type { Checkouts } from '../sandbox/checkout/checkouts'
import { filledSubmodules } from '../sandbox/checkout/secure'
import { createLocalCheckoutGit, type LocalGit } from '../sandbox/git/local-git'
import type { CheckoutGit } from '../sandbox/git/types'
import type { CheckpointStore } from './checkpoints'
import { holdsAny, noWork, unsavedInCheckout, unsavedInStore } from './git/unsaved'
import { createSerial } from './serial'
import { taskSandboxes } from './tables'

/** What a job about a deleted task must know, whose row nothing reads any more. */
export interface Deletion {
  organizationId: OrganizationId
  repositoryId: RepositoryId
  title: string
  /** Somebody has seen what is lost, and said yes. */
  discard: boolean
}

/** What is on the disk for a task, as last measured. */
export interface DiskUse {
  taskId: TaskId
  bytes: number | null
  measuredAt: number | null
}

export interface DisposalOptions {
  database: Database
  jobs: Jobs
  audit: AuditLog
  git: LocalGit
  checkouts: Checkouts
  checkpoints: CheckpointStore
  now: () => number
  stopSandbox(taskId: TaskId): Promise<void>
  /** Git in the checkout: through the sandbox while that runs, else beside it, so that nothing is started to end it. */
  withGit(taskId: TaskId, cwd: string, run: (git: CheckoutGit) => Promise<void>): Promise<void>
  /** A checkpoint of the tree as it is, for a task that goes to rest. */
  record(taskId: TaskId, git: CheckoutGit): Promise<void>
  stopAgents(taskId: TaskId): Promise<void>
  /** What the repository wants done before a checkout goes. */
  teardown(taskId: TaskId, repositoryId: RepositoryId, context: JobContext): Promise<void>
  /** It is at rest. In the transaction that says so. */
  archived(taskId: TaskId): void
  /** Removes what sessions and users have of a task, in slices. */
  eraseSessions(taskId: TaskId, signal: AbortSignal): Promise<void>
  parent: {
    find(taskId: TaskId): { repositoryId: string; organizationId: string; archivedAt: number | null } | null
    /** The last of a deleted task: its row. In the caller's transaction. */
    erased(taskId: TaskId): void
    changed(taskId: TaskId): void
  }
}

export interface Disposal {
  /** After the row says so, in its transaction: ends turns, takes a checkpoint, stops the server. */
  startArchiving(taskId: TaskId, removeCheckout: boolean): void
  /** After the row says so, in its transaction: ends everything, removes everything, and the row at last. */
  startDeleting(taskId: TaskId, deletion: Deletion): void
  /** What of a task is nowhere else: in its checkout, or in what was secured of it. Starts no sandbox. */
  unsaved(taskId: TaskId, repositoryId: RepositoryId): Promise<UnsavedWork>
  /** Looks how much a task's checkout takes up. */
  measure(taskId: TaskId, signal?: AbortSignal): Promise<void>
  diskUse(taskId: TaskId): number | null
  /** Tasks with a checkout, the largest first. */
  onDisk(): DiskUse[]
}

/** How tasks end: archived with or without their checkout, or deleted with all that there is of them. */
export function createDisposal(options: DisposalOptions): Disposal {
  const { database, jobs, git, checkouts, parent, now } = options
  const db = database.commands
  /** One that removes the checkout may follow one that does not. */
  const serial = createSerial()

  jobs.define<{ removeCheckout: boolean } | null>('task.archive', {
    resume: true,
    run: (context, input) => serial(taskOf(context), () => rest(context, input?.removeCheckout === true)),
  })

  async function rest(context: JobContext, removeCheckout: boolean): Promise<Completion | undefined> {
    const taskId = taskOf(context)
    const facts = parent.find(taskId)
    if (facts === null || facts.archivedAt === null) return undefined
    const repositoryId = facts.repositoryId as RepositoryId
    context.stage('Stopping agents')
    await options.stopAgents(taskId)
    const checkout = isReady(taskId) ? await checkouts.find(taskId) : null
    if (checkout !== null) {
      context.stage('Taking a checkpoint')
      await options.withGit(taskId, checkout, (tree) => options.record(taskId, tree))
    }
    context.signal.throwIfAborted()
    await endScripts(taskId)
    if (removeCheckout) await options.teardown(taskId, repositoryId, context)
    context.stage('Stopping the sandbox')
    await options.stopSandbox(taskId)
    if (removeCheckout) {
      context.signal.throwIfAborted()
      context.stage('Securing what is not pushed, and removing the checkout')
      // First the row: killed in between, the checkout is found or made again by whoever needs it.
      setDisk(taskId, { readyAt: null })
      await checkouts.remove(taskId, repositoryId)
    }
    const bytes = await checkouts.diskUse(taskId, context.signal)
    return () => {
      setDisk(taskId, { diskBytes: bytes, diskMeasuredAt: now() })
      options.archived(taskId)
      if (removeCheckout)
        options.audit.append({
          kind: 'task.checkout.removed',
          actor: 'system',
          organizationId: facts.organizationId as OrganizationId,
          repositoryId,
          taskId,
        })
    }
  }

  jobs.define<Deletion>('task.delete', {
    resume: true,
    run: async (context, { repositoryId, title, discard }) => {
      const taskId = taskOf(context)
      context.stage('Stopping agents')
      await jobs.endOfTask(taskId, context.id)
      await options.stopAgents(taskId)
      await options.teardown(taskId, repositoryId, context)
      context.stage('Stopping the sandbox')
      await options.stopSandbox(taskId)
      // What was done between the look at it and now was not said yes to.
      if (!discard && holdsAny(await unsaved(taskId, repositoryId))) throw holdsWork(title)
      context.signal.throwIfAborted()
      context.stage('Deleting the checkout')
      await checkouts.discard(taskId, repositoryId)
      context.stage('Removing the history')
      const { signal } = context
      await options.eraseSessions(taskId, signal)
      await options.checkpoints.erase(taskId, signal)
      await jobs.erase(taskId, context.id, signal)
      return () => {
        db.delete(taskSandboxes).where(eq(taskSandboxes.taskId, taskId)).run()
        parent.erased(taskId)
      }
    },
  })

  /** They run in the sandbox that is about to end. */
  async function endScripts(taskId: TaskId): Promise<void> {
    const live = jobs.ofTask(taskId).filter(({ kind, endedAt }) => kind === 'task.script' && endedAt === null)
    for (const { id } of live) jobs.cancel(id)
    await Promise.all(live.map(({ id }) => jobs.finished(id)))
  }

  function isReady(taskId: TaskId): boolean {
    const row = db
      .select({ readyAt: taskSandboxes.readyAt })
      .from(taskSandboxes)
      .where(eq(taskSandboxes.taskId, taskId))
      .get()
    return row?.readyAt != null
  }

  function setDisk(
    taskId: TaskId,
    set: { readyAt?: null; diskBytes?: number; diskMeasuredAt?: number },
  ): void {
    db.update(taskSandboxes).set(set).where(eq(taskSandboxes.taskId, taskId)).run()
  }

  async function unsaved(taskId: TaskId, repositoryId: RepositoryId): Promise<UnsavedWork> {
    const checkout = await checkouts.find(taskId)
    if (checkout !== null) {
      const all = [await unsavedInCheckout(createLocalCheckoutGit(git, checkout))]
      for (const path of await filledSubmodules(git, checkout, {})) {
        const work = await unsavedInCheckout(createLocalCheckoutGit(git, join(checkout, path)))
        all.push({
          ...work,
          files: { ...work.files, first: work.files.first.map((file) => `${path}/${file}`) },
        })
      }
      return all.reduce(together)
    }
    const store = await checkouts.findStore(repositoryId)
    return store === null ? noWork : unsavedInStore(createLocalCheckoutGit(git, store), taskId)
  }

  async function measure(taskId: TaskId, signal?: AbortSignal): Promise<void> {
    const bytes = await checkouts.diskUse(taskId, signal)
    setDisk(taskId, { diskBytes: bytes, diskMeasuredAt: now() })
    parent.changed(taskId)
  }

  return {
    startArchiving(taskId, removeCheckout) {
      for (const kind of ['task.provision', 'task.archive'] as const) {
        const live = jobs.liveOfTask(taskId, kind)
        if (live !== null) jobs.cancel(live.id)
      }
      jobs.start('task.archive', { taskId, input: { removeCheckout } })
    },
    startDeleting(taskId, deletion) {
      jobs.start('task.delete', { taskId, input: deletion })
    },
    unsaved,
    measure,
    diskUse(taskId) {
      const row = db
        .select({ bytes: taskSandboxes.diskBytes })
        .from(taskSandboxes)
        .where(eq(taskSandboxes.taskId, taskId))
        .get()
      return row?.bytes ?? null
    },
    onDisk() {
      return db
        .select({
          taskId: taskSandboxes.taskId,
          bytes: taskSandboxes.diskBytes,
          measuredAt: taskSandboxes.diskMeasuredAt,
        })
        .from(taskSandboxes)
        .where(and(isNotNull(taskSandboxes.readyAt), sql`coalesce(${taskSandboxes.diskBytes}, 1) > 0`))
        .orderBy(desc(taskSandboxes.diskBytes))
        .all()
        .map((row) => ({ ...row, taskId: row.taskId as TaskId }))
    },
  }
}

function taskOf(context: JobContext): TaskId {
  if (context.taskId === null) throw new Error(`Job ${context.id} has no task`)
  return context.taskId
}

function together(one: UnsavedWork, other: UnsavedWork): UnsavedWork {
  const joined = (part: keyof UnsavedWork) => ({
    total: one[part].total + other[part].total,
    first: [...one[part].first, ...other[part].first],
  })
  return { commits: joined('commits'), files: joined('files'), stashes: joined('stashes') }
}

function holdsWork(title: string): FoundryError {
  return new FoundryError('conflict', `${title} got work that is nowhere else while it was deleted.`, {
    next: 'Choose "Delete and lose the work" to delete it all the same.',
  })
}
