import type { AgentId } from '@shared/domain'
import type { ErrorValue } from '@shared/errors'
import type { SessionId, TaskId, TurnId } from '@shared/ids'
import type {
  CheckoutIdentity,
  CheckoutSource,
  CheckoutStart,
  OriginAccess,
} from '../sandbox/checkout/checkouts'
import type { SandboxLease } from '../sandbox/types'
import type { FollowedPlace } from './git/follow'
import type { AttributionSource } from './provenance/attribution'

/** What the task's coordinator, the repository, knows about it. */
export interface TaskFacts {
  id: string
  organizationId: string
  repositoryId: string
  title: string
  branch: string
  prompt: string
  includeUncommitted: boolean
  materializedAt: number | null
  archivedAt: number | null
}

/** The repository, as its tasks see it: where they read their row and push up what changed. */
export interface TaskParent {
  /** @throws FoundryError `not_found` */
  get(taskId: TaskId): TaskFacts
  /** Null for one that is deleted. */
  find(taskId: TaskId): TaskFacts | null
  /** The last of a deleted task: its row. In the caller's transaction. */
  erased(taskId: TaskId): void
  /** Where the commits of a task's repository come from: the person's folder, GitHub, or both. */
  source(taskId: TaskId): CheckoutSource
  /** @throws FoundryError `not_found` when what its branch starts from is not known any more */
  start(taskId: TaskId): CheckoutStart
  /** Where its branch is on GitHub, by what that last said. */
  place(taskId: TaskId): FollowedPlace
  /** Who commits in its checkout; null where git is to know. */
  identity(taskId: TaskId): CheckoutIdentity | null
  /** Gives its branch, which was not made yet, the next name that is free beside those that exist. */
  nextBranch(taskId: TaskId, existing: ReadonlySet<string>): void
  /** What signs in to origin for a task; null where nobody is signed in who could. */
  access(taskId: TaskId): OriginAccess | null
  /** Something a list shows may have changed. */
  changed(taskId: TaskId): void
}

/** The part of the sessions coordinator that a task drives. */
export interface TaskSessions {
  /** Inserts a session, with its first prompt, in the caller's transaction. */
  insert(request: NewSession): SessionId
  /** Starts agents of sessions that have something to do, once the sandbox can be had. */
  wake(taskId: TaskId): void
  /** Puts what a person should know about the task into its transcript. */
  tell(taskId: TaskId, error: ErrorValue): void
  /** Ends running turns and lets the agents go. */
  stopTask(taskId: TaskId): Promise<void>
  stopTurns(taskId: TaskId): void
  /** A turn runs in one of its sessions. */
  isWorking(taskId: TaskId): boolean
  promptsOf(turnIds: readonly TurnId[]): ReadonlyMap<TurnId, string>
  spans: AttributionSource['spans']
  author: AttributionSource['author']
  edits: AttributionSource['edits']
  erase(taskId: TaskId, signal: AbortSignal): Promise<void>
}

export interface NewSession {
  taskId: TaskId
  agentId: AgentId
  modelId: string | null
  modeId: string | null
  prompt: string | null
}

/** Starts and stops sandboxes of one provider. */
export interface SandboxProvider {
  readonly name: string
  acquire(taskId: TaskId, cwd: string): Promise<SandboxLease>
  stop(taskId: TaskId): Promise<void>
  isRunning(taskId: TaskId): boolean
}
