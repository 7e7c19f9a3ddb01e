import { join } from 'node:path'
import { repositoryIdSchema, taskIdSchema, type RepositoryId, type TaskId } from '@shared/ids'

/** Endings of directories that are not (or no longer) checkouts, and may be deleted at any time. */
const MAKING = '.part'
const DELETING = '.trash'
const SPARE = '.spare'

/** Where stores and checkouts are. Ids are checked here: they become names of directories that get deleted. */
export interface Layout {
  readonly checkoutsDirectory: string
  readonly storesDirectory: string
  store(repositoryId: RepositoryId): string
  checkout(taskId: TaskId): string
  spare(repositoryId: RepositoryId): string
  making(directory: string): string
  deleting(directory: string): string
  isLeftover(name: string): boolean
  /** Whose store a directory of that name is, and whose spare checkout; null for other names. */
  storeOf(name: string): RepositoryId | null
  spareOf(name: string): RepositoryId | null
}

const STORE = '.git'

export function createLayout(storesDirectory: string, checkoutsDirectory: string): Layout {
  return {
    storesDirectory,
    checkoutsDirectory,
    store: (repositoryId) => join(storesDirectory, `${repositoryIdSchema.parse(repositoryId)}${STORE}`),
    checkout: (taskId) => join(checkoutsDirectory, taskIdSchema.parse(taskId)),
    spare: (repositoryId) => join(checkoutsDirectory, `${repositoryIdSchema.parse(repositoryId)}${SPARE}`),
    making: (directory) => `${directory}${MAKING}`,
    deleting: (directory) => `${directory}${DELETING}`,
    isLeftover: (name) => name.endsWith(MAKING) || name.endsWith(DELETING),
    storeOf: (name) => repositoryOf(name, STORE),
    spareOf: (name) => repositoryOf(name, SPARE),
  }
}

function repositoryOf(name: string, ending: string): RepositoryId | null {
  if (!name.endsWith(ending)) return null
  return repositoryIdSchema.safeParse(name.slice(0, -ending.length)).data ?? null
}
