import type { RepositoryId, TaskId } from '@shared/ids'
import type { Progress } from '../types'
import type { Leftover } from './leftovers'

/** Where the commits of a repository come from: a folder of the person's, which is only read, or GitHub alone. */
export interface CheckoutSource {
  /** Null for a repository that is known from GitHub alone. */
  path: string | null
  /** The address of origin, without secrets; null when the folder itself is the origin. */
  originUrl: string | null
}

/** Where a task's branch starts. Names of branches are without `refs/heads/`. */
export type CheckoutStart =
  /** A new branch, from the person's local branch of that name, else origin's; what is checked out (or origin's default) when null. */
  | { kind: 'base'; branch: string | null }
  /** A branch that exists, in the folder, at origin, or both. Its work is what it has beyond its base. */
  | { kind: 'branch'; base: string | null }
  /** The head of a pull request: a branch of origin, or of a fork, whose address is null once it was deleted. */
  | { kind: 'pull_request'; number: number; base: string; fork: { url: string | null } | null }

/** Who commits in a checkout. */
export interface CheckoutIdentity {
  name: string
  email: string
  /** Whether it stands above what git itself knows, or only where git knows nobody. */
  when: 'always' | 'unknown'
}

/** The environment for a git process that talks to origin, asked for when there is one. */
export type OriginAccess = () => Promise<Record<string, string>>

export interface CheckoutRequest {
  taskId: TaskId
  repositoryId: RepositoryId
  source: CheckoutSource
  branch: string
  start: CheckoutStart
  /** Copies what is uncommitted in the person's folder. Possible only on the commit it was made on. */
  includeUncommitted: boolean
  identity: CheckoutIdentity | null
  access: OriginAccess | null
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
  /** The commit the branch's own work starts from; null in an empty repository. */
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
   * whose checkout was removed gets its commits, checkpoints and uncommitted files back. Where origin cannot be
   * reached the task starts from what is known of it, with a warning that says how old that is.
   *
   * @throws FoundryError `conflict` when the branch is taken, `not_found` for a missing base or folder, and what
   *   origin refuses (`credentials`, `forbidden`, `offline`, `tls` ...) where nothing is known of it
   */
  prepare(request: CheckoutRequest, progress: Progress): Promise<PreparedCheckout>
  /** Makes a spare checkout, at low priority, for the next task of a repository. Does nothing when there is one. */
  warm(repositoryId: RepositoryId, source: CheckoutSource): Promise<void>
  /** Names of origin's branches as the store of a repository knows them; empty while it has none. */
  knownBranches(repositoryId: RepositoryId): Promise<ReadonlySet<string>>
  /** Makes somebody else the one who commits in a checkout that is there; one that is not gets that when it is made. */
  identify(taskId: TaskId, source: CheckoutSource, identity: CheckoutIdentity | null): Promise<void>
  /** Copies what exists only in the checkout into the store: commits, checkpoints, stashes, uncommitted files. */
  secure(taskId: TaskId, repositoryId: RepositoryId): Promise<void>
  /** Secures the checkout, then deletes it. When securing fails nothing is deleted. */
  remove(taskId: TaskId, repositoryId: RepositoryId): Promise<void>
  /**
   * Deletes the checkout and everything that the store keeps of the task, without securing anything. Only after a
   * person has seen what is lost. Doing it again does nothing.
   */
  discard(taskId: TaskId, repositoryId: RepositoryId): Promise<void>
  /** Bytes of a task's checkout on the disk; what it borrows is not its own. */
  diskUse(taskId: TaskId, signal?: AbortSignal): Promise<number>
  /** Where a task's checkout is, or null while there is none. Asks the disk. */
  find(taskId: TaskId): Promise<string | null>
  /** Where a repository's store is, or null while there is none. Asks the disk. */
  findStore(repositoryId: RepositoryId): Promise<string | null>
  /** Bytes of all stores on the disk. */
  storeUse(signal?: AbortSignal): Promise<Map<RepositoryId, number>>
  /** Repositories that have a store on the disk, with the tasks that borrow from it or have work in it. */
  storesInUse(): Promise<Map<RepositoryId, TaskId[]>>
  /**
   * Deletes the store and spare checkout of a repository that is gone.
   *
   * @throws FoundryError `conflict` while a task uses it
   */
  removeStore(repositoryId: RepositoryId): Promise<void>
  /**
   * What is on the disk of no known task or repository: crashed runs leave that. What was made in this run is
   * never among it.
   */
  leftovers(
    known: { tasks: ReadonlySet<TaskId>; repositories: ReadonlySet<RepositoryId> },
    signal?: AbortSignal,
  ): Promise<Leftover[]>
  /**
   * Removes one. A checkout that holds work is secured in its store first; that store then stays.
   *
   * @throws FoundryError `conflict` when there is work that nothing else would keep
   */
  removeLeftover(leftover: Leftover): Promise<void>
  /** Deletes what a crash left half made or half deleted. For the start, before anything is prepared. */
  clean(): Promise<void>
  /** Stops making spare checkouts; resolves when nothing runs any more. */
  close(): Promise<void>
}
