import { statfs } from 'node:fs/promises'
import { FoundryError } from '@shared/errors'
import type { RepositoryId } from '@shared/ids'
import type { CleanUp, Storage as OnDisk, StorageState } from '@shared/lifecycle'
import type { DomainHandlers } from '../ipc/handlers'
import type { Repositories } from '../repository/repositories'
import { createTaskLifecycle, type TaskLifecycleOptions } from '../repository/task-lifecycle'
import type { Checkouts, Leftover } from '../sandbox/checkout/checkouts'
import type { AppServices } from './services'

export interface StorageOptions extends Omit<TaskLifecycleOptions, 'commands' | 'removeCheckoutsAfterDays'> {
  services: Pick<AppServices, 'paths' | 'settings' | 'log'>
  taskCommands: TaskLifecycleOptions['commands']
  repositories: Repositories
  checkouts: Checkouts
  storageChanged(): void
  reportError(error: unknown, what: string): void
}

type LifecycleHandlers = Pick<
  DomainHandlers<'task'>,
  'archiveMany' | 'stop' | 'deletionPlan' | 'delete' | 'prunePlan' | 'prune'
>

export interface Storage {
  readonly taskHandlers: LifecycleHandlers
  readonly handlers: DomainHandlers<'storage'>
  /** For topic `app`. */
  state(): StorageState
  /**
   * What crashed runs and old tasks left on the disk. For when the window is usable: goes through the folders of all
   * tasks, and removes what holds no work.
   */
  tidy(): void
  close(): Promise<void>
}

const SHOWN = 100

/** What tasks take up on the disk, and how they end. Owns no table. */
export function createStorage(options: StorageOptions): Storage {
  const { services, projection, repositories, tasks, jobs, checkouts } = options
  const log = services.log.scope('storage')
  const lifecycle = createTaskLifecycle({
    ...options,
    commands: options.taskCommands,
    removeCheckoutsAfterDays: () => services.settings.get().removeCheckoutsAfterDays,
  })
  const closing = new AbortController()
  let leftovers: Leftover[] = []
  let stores: ReadonlyMap<RepositoryId, number | null> = new Map()
  let version = 0
  let tidying: Promise<void> = Promise.resolve()

  async function look(): Promise<void> {
    leftovers = await checkouts.leftovers(
      { tasks: await projection.everWorkedOn(), repositories: repositories.known() },
      closing.signal,
    )
  }

  async function tidy(): Promise<void> {
    await lifecycle.recover()
    await look()
    for (const leftover of leftovers) {
      closing.signal.throwIfAborted()
      if (leftover.kind === 'checkout' && leftover.holdsWork) {
        log.warn(`left with work in it: ${leftover.path}`)
        continue
      }
      try {
        await checkouts.removeLeftover(leftover)
        log.info(`removed what an earlier run left: ${leftover.path}`)
      } catch (error) {
        // In use, or the disk refuses: it stays in the list of the storage page.
        log.warn(`could not remove what an earlier run left: ${leftover.path}`, error)
      }
    }
    await look()
    options.storageChanged()
  }

  async function measure(): Promise<void> {
    for (const { taskId } of tasks.onDisk()) await tasks.measure(taskId, closing.signal)
    stores = await checkouts.storeUse(closing.signal)
    await look()
  }

  function cleanUps(): CleanUp[] {
    // Asked for with each step of a job: by the partial indexes of what is live or failed, never by all tasks.
    const of = (kind: CleanUp['kind']): CleanUp[] =>
      [...new Set([...jobs.tasksWithLive(kind), ...jobs.tasksWithFailed(kind)])].flatMap((id) => {
        const taskId = id as CleanUp['taskId']
        const title = projection.titleOf(taskId)
        const job = jobs.latestOfTask(taskId, kind)
        if (title === null || job === null || job.state === 'succeeded') return []
        // What was un-archived since has nothing to clean up.
        if (kind === 'task.archive' && projection.find(taskId)?.archivedAt == null) return []
        const { id: jobId, state, stage, error } = job
        return [{ jobId, taskId, kind, title, state, stage, error }]
      })
    return [...of('task.delete'), ...of('task.archive')].slice(0, SHOWN)
  }

  async function read(): Promise<OnDisk> {
    const onDisk = tasks.onDisk()
    const shown = onDisk.slice(0, SHOWN).flatMap(({ taskId, bytes, measuredAt }) => {
      const row = projection.find(taskId)
      if (row === null) return []
      const { title, branch } = row
      const repository = nameOf(row.repositoryId as RepositoryId)
      return [{ taskId, title, branch, repository, isArchived: row.archivedAt !== null, bytes, measuredAt }]
    })
    const sum = (values: Iterable<number | null>): number =>
      [...values].reduce<number>((all, one) => all + (one ?? 0), 0)
    return {
      totalBytes:
        sum(onDisk.map(({ bytes }) => bytes)) +
        sum(stores.values()) +
        sum(leftovers.map(({ bytes }) => bytes)),
      freeBytes: await statfs(services.paths.data).then(
        ({ bavail, bsize }) => bavail * bsize,
        () => null,
      ),
      tasks: shown,
      taskCount: onDisk.length,
      stores: [...stores]
        .toSorted(([, a], [, b]) => (b ?? 0) - (a ?? 0))
        .slice(0, SHOWN)
        .map(([repositoryId, bytes]) => ({ repositoryId, repository: nameOf(repositoryId), bytes })),
      leftovers: leftovers.slice(0, SHOWN).map((leftover) => ({
        key: keyOf(leftover),
        kind: leftover.kind,
        path: leftover.path,
        bytes: leftover.bytes,
        holdsWork: leftover.kind === 'checkout' && leftover.holdsWork,
      })),
      cleanUps: cleanUps(),
    }
  }

  const nameOf = (repositoryId: RepositoryId): string =>
    repositories.nameOf(repositoryId) ?? 'Unknown repository'

  return {
    taskHandlers: {
      archiveMany: ({ taskIds }) => lifecycle.archiveMany(taskIds),
      stop: ({ taskId }) => lifecycle.stop(taskId),
      deletionPlan: ({ taskId }) => lifecycle.deletionPlan(taskId),
      delete: ({ taskId, discard }) => lifecycle.delete(taskId, discard),
      prunePlan: ({ organizationId }) => lifecycle.prunePlan(organizationId),
      prune: ({ taskIds }) => lifecycle.prune(taskIds),
    },
    handlers: {
      async read(request) {
        if (request.measure) await measure()
        return read()
      },
      async removeLeftover({ key }) {
        const leftover = leftovers.find((one) => keyOf(one) === key)
        if (leftover !== undefined) await checkouts.removeLeftover(leftover)
        await look()
        return read()
      },
      retryCleanUp({ jobId, discard }) {
        const job = jobs.read(jobId)
        if (job?.taskId == null || (job.kind !== 'task.delete' && job.kind !== 'task.archive'))
          throw new FoundryError('not_found', 'This clean-up does not exist any more.')
        lifecycle.retryCleanUp(job.taskId, job.kind, discard)
      },
    },
    state: () => ({
      id: 'storage',
      version: (version += 1),
      failedCleanUps: cleanUps().filter(({ state }) => state === 'failed').length,
      leftovers: leftovers.length,
    }),
    tidy() {
      tidying = tidy().catch((error: unknown) => {
        if (!closing.signal.aborted) options.reportError(error, 'looking for what crashed runs left')
      })
    },
    async close() {
      closing.abort()
      await tidying
    },
  }
}

function keyOf(leftover: Leftover): string {
  return `${leftover.kind} ${leftover.kind === 'checkout' ? leftover.taskId : leftover.repositoryId}`
}
