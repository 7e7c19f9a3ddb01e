import type { RepositoryId } from '@shared/ids'
import type { AuditLog } from '../audit-log/audit-log'
import type { Database, Databases, DatabaseWorker } from '../database'
import type { DomainHandlers } from '../ipc/handlers'
import type { Jobs } from '../jobs/jobs'
import type { Keeping } from '../repository/keeping'
import type { Repositories } from '../repository/repositories'
import type { TaskProjection } from '../repository/task-projection'
import { scheduleTimer } from '../sandbox/schedule'
import type { Packs } from '../task/packs/packs'
import type { Data } from './data'
import { createRetention, type Retention } from './retention'
import type { AppServices } from './services'

const LISTED = 100

/** What stands behind the operations on what is kept for offline reading. */
function packHandlers(owners: {
  database: Database
  packs: Packs
  keeping: Pick<Keeping, 'talk'>
  projection: Pick<TaskProjection, 'get' | 'find'>
  repositories: Pick<Repositories, 'nameOf'>
}): DomainHandlers<'packs'> {
  const { packs, projection, repositories } = owners
  return {
    read: ({ taskId }) => packs.read(taskId),
    list() {
      const { packs: all, ...sums } = packs.list(LISTED)
      return {
        ...sums,
        packs: all.flatMap((pack) => {
          const row = projection.find(pack.taskId)
          if (row === null) return []
          const repository = repositories.nameOf(row.repositoryId as RepositoryId) ?? 'Unknown repository'
          return [{ ...pack, title: row.title, repository }]
        }),
      }
    },
    keep({ taskId }) {
      projection.get(taskId)
      return owners.database.transaction(() => packs.start(taskId))
    },
    remove: ({ taskId }) => packs.remove(taskId),
    talk: ({ taskId, page }) => owners.keeping.talk(taskId, page),
  }
}

export interface KeepingOwners {
  services: Pick<AppServices, 'settings'>
  databases: Pick<Databases, 'database' | 'file'>
  worker: DatabaseWorker
  jobs: Jobs
  audit: AuditLog
  actor: string
  now(): number
  projection: TaskProjection
  repositories: Pick<Repositories, 'nameOf'>
  packs: Packs
  talk: Pick<Keeping, 'talk'>
  data: Pick<Data, 'backUp'>
  changed(): void
  reportError(error: unknown, what: string): void
}

/** Joins what is kept of tasks, and what goes after some time, to the owners of what it needs. */
export function wireKeeping(owners: KeepingOwners): {
  handlers: { packs: DomainHandlers<'packs'>; retention: DomainHandlers<'retention'> }
  retention: Retention
} {
  const { databases, packs, projection, repositories } = owners
  const { settings } = owners.services
  const { database, file } = databases
  const retention = createRetention({
    ...owners,
    database,
    file,
    schedule: scheduleTimer,
    policy: () => settings.get().retention,
    setPolicy: async (policy) => {
      await settings.update({ retention: policy })
    },
    backUp: () => owners.data.backUp(),
  })
  return {
    retention,
    handlers: {
      packs: packHandlers({ database, packs, keeping: owners.talk, projection, repositories }),
      retention: retention.handlers,
    },
  }
}
