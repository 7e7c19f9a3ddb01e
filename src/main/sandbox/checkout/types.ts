import type { RepositoryId, TaskId } from '@shared/ids'
import type { Progress } from '../types'

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
  /** Copies what exists only in the checkout into the store: commits, checkpoints, stashes, uncommitted files. */
  secure(taskId: TaskId, repositoryId: RepositoryId): Promise<void>
  /** Secures the checkout, then deletes it. When securing fails nothing is deleted. */
  remove(taskId: TaskId, repositoryId: RepositoryId): Promise<void>
  /** Deletes what a crash left half made or half deleted. For the start, before anything is prepared. */
  clean(): Promise<void>
  /** Stops making spare checkouts; resolves when nothing runs any more. */
  close(): Promise<void>
}
