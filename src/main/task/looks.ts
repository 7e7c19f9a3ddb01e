import type { GitState } from '@shared/domain'
import { FoundryError, toErrorValue } from '@shared/errors'
import type { TaskId } from '@shared/ids'
import type { CheckoutGit } from '../sandbox/git/types'
import { emptyGitState, readGitState } from './git/state'

export interface LooksOptions {
  now: () => number
  /** Git of the checkout. @throws FoundryError while there is none */
  withGit<Value>(
    taskId: TaskId,
    run: (git: CheckoutGit, row: { baseCommit: string | null }) => Promise<Value>,
  ): Promise<Value>
  /** Somebody looks at the task now. */
  watched(taskId: TaskId): boolean
  /** Its state is another now. */
  changed(taskId: TaskId): void
  reportError(error: unknown, what: string): void
}

/** What git last said of checkouts, and new looks at them. */
export interface Looks {
  state(taskId: TaskId): GitState | null
  /** A checkout that was just made is known without asking git, which would read every file while the agent starts. */
  made(taskId: TaskId, headCommit: string | null, at: number): void
  forget(taskId: TaskId): void
  /**
   * One look at a time. Whoever asks while one is under way gets the answer of the next: what was changed just before
   * asking, that one may have missed.
   */
  refresh(taskId: TaskId): Promise<GitState>
  /** The state may be another; who looks at the task is told. */
  again(taskId: TaskId): void
}

export function createLooks(options: LooksOptions): Looks {
  const { now } = options
  const states = new Map<TaskId, GitState>()
  const refreshing = new Map<TaskId, Promise<GitState>>()
  /** The look that follows the one under way. */
  const refreshingNext = new Map<TaskId, Promise<GitState>>()

  function set(taskId: TaskId, state: GitState): GitState {
    states.set(taskId, state)
    options.changed(taskId)
    return state
  }

  function refresh(taskId: TaskId): Promise<GitState> {
    const underWay = refreshing.get(taskId)
    if (underWay !== undefined) {
      const known = refreshingNext.get(taskId)
      if (known !== undefined) return known
      const next = underWay.then(() => {
        refreshingNext.delete(taskId)
        return refresh(taskId)
      })
      refreshingNext.set(taskId, next)
      return next
    }
    const look = options
      .withGit(taskId, (git, row) => readGitState(git, { baseCommit: row.baseCommit }))
      .then((read): GitState => ({ id: 'git', ...read, refreshedAt: now(), problem: null }))
      .catch((error: unknown): GitState => {
        if (!(error instanceof FoundryError)) options.reportError(error, 'git state')
        // The last known state stays readable, with what went wrong beside it.
        const known = states.get(taskId) ?? emptyGitState(now())
        return { ...known, problem: toErrorValue(error) }
      })
      .then((state) => set(taskId, state))
      .finally(() => refreshing.delete(taskId))
    refreshing.set(taskId, look)
    return look
  }

  return {
    state: (taskId) => states.get(taskId) ?? null,
    made: (taskId, headCommit, at) => void set(taskId, { ...emptyGitState(at), headCommit }),
    forget: (taskId) => void states.delete(taskId),
    refresh,
    again(taskId) {
      if (options.watched(taskId)) void refresh(taskId)
      // Whoever opens the task asks then, and is not shown what was before.
      else states.delete(taskId)
    },
  }
}
