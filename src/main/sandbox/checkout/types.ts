import type { RepositoryId, TaskId } from '@shared/ids'
import type { Progress } from '../types'

/** The person's own folder, which a task starts from and which is only read. */
export interface CheckoutSource {
  path: string
  /** The address of origin; null when the folder itself is the origin. */
  originUrl: string | null
}

export interface CheckoutRequest {
  taskId: TaskId
  repositoryId: RepositoryId
  source: CheckoutSource
  branch: string
  /** Where the branch starts: the person's local branch of that name, else origin's. What is checked out when null. */
  baseBranch: string | null
  /** Copies what is uncommitted in the person's folder. Possible only on the commit it was made on. */
  includeUncommitted: boolean
}

/** Something the checkout lacks, in words, while the task can go on. */
export interface CheckoutWarning {
  message: string
  next: string
  detail: string
}

export interface PreparedCheckout {
  cwd: string
  branch: string
  /** The commit the branch started from; null in an empty repository. */
  baseCommit: string | null
  /** Made just now and as git wrote it: nothing has changed since its base. */
  pristine: boolean
  warnings: CheckoutWarning[]
}

/** Makes and removes the checkouts of the local provider. */
export interface Checkouts {
  /**
   * Makes a task's checkout, or finds the one made before. A checkout appears under its final name only when
   * it is complete, so after a crash a half-made one is made anew and one with work in it never is. A task
   * whose checkout was removed gets its commits, checkpoints and uncommitted files back.
   *
   * @throws FoundryError `conflict` when the branch is taken, `not_found` for a missing base or folder
   */
  prepare(request: CheckoutRequest, progress: Progress): Promise<PreparedCheckout>
  /** Makes a spare checkout, at low priority, for the next task of a repository. Does nothing when there is one. */
  warm(repositoryId: RepositoryId, source: CheckoutSource): Promise<void>
  /** Copies what exists only in the checkout into the store: commits, checkpoints, stashes, uncommitted files. */
  secure(taskId: TaskId, repositoryId: RepositoryId): Promise<void>
  /** Secures the checkout, then deletes it. When securing fails nothing is deleted. */
  remove(taskId: TaskId, repositoryId: RepositoryId): Promise<void>
  /** Deletes what a crash left half made or half deleted. For the start, before anything is prepared. */
  clean(): Promise<void>
  /** Stops making spare checkouts; resolves when nothing runs any more. */
  close(): Promise<void>
}
