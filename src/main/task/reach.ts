import { FoundryError } from '@shared/errors'
import type { TaskId } from '@shared/ids'
import { resolveCommit } from '../sandbox/git/changes'
import type { CheckoutGit } from '../sandbox/git/types'

export interface ReachOptions {
  /** Git of the checkout, to look at it, beside the sandbox where that does not run. @throws FoundryError while there is none */
  look<Value>(taskId: TaskId, run: (git: CheckoutGit) => Promise<Value>): Promise<Value>
  /** Git of the store that the checkout borrows from; null while there is none. */
  store(taskId: TaskId): Promise<CheckoutGit | null>
}

/**
 * Runs git where these commits are still to be found: in the checkout, or in the store, which keeps checkpoints of
 * checkouts that were removed. Without either, `otherwise` answers.
 */
export type Reach = <Value>(
  taskId: TaskId,
  commits: readonly string[],
  run: (git: CheckoutGit) => Promise<Value>,
  otherwise: () => Value | Promise<Value>,
) => Promise<Value>

export function createReach(options: ReachOptions): Reach {
  return async (taskId, commits, run, otherwise) => {
    const hasAll = async (git: CheckoutGit): Promise<boolean> => {
      for (const commit of commits) if (!(await holds(git, commit))) return false
      return true
    }
    const inCheckout = await options.look(taskId, hasAll).catch((error: unknown) => {
      // Whatever keeps it from being looked at, there are two more places.
      if (error instanceof FoundryError) return false
      throw error
    })
    if (inCheckout) return options.look(taskId, run)
    const store = await options.store(taskId)
    if (store !== null && (await hasAll(store))) return run(store)
    return otherwise()
  }
}

/** The tree without entries, which an empty repository is compared with, is no commit. */
export async function holds(git: CheckoutGit, commit: string): Promise<boolean> {
  if ((await resolveCommit(git, commit)) !== null) return true
  return (await git.run(['cat-file', '-e', `${commit}^{tree}`])).exitCode === 0
}
