import { INERT_CONFIG } from './environment'
import { copyIndex, onlySkippedFiles, type Scratch } from './changes'
import { expectGit, gitError } from './errors'
import { oneLine } from './parse'
import type { CheckoutGit } from './types'

/** Who commits what Foundry itself records; a missing identity of the person never stands in its way. */
export const FOUNDRY_IDENTITY = {
  GIT_AUTHOR_NAME: 'Foundry',
  GIT_AUTHOR_EMAIL: 'foundry@localhost',
  GIT_COMMITTER_NAME: 'Foundry',
  GIT_COMMITTER_EMAIL: 'foundry@localhost',
} as const

const SLOW_RUN_MS = 300_000

/**
 * Stores the working tree as it is now as a tree: tracked and untracked files, not the ignored ones, staged
 * or not. The real index, the branch and the files are not touched; `env` selects an index that holds just that tree.
 */
export async function writeWorktreeTree(
  git: CheckoutGit,
  scratch: Scratch,
  what: string,
): Promise<{ tree: string; env: Record<string, string> }> {
  const env = await copyIndex(git, scratch)
  const added = await git.run([...INERT_CONFIG, 'add', '--all', '--ignore-errors', '--', ':/'], {
    env,
    timeoutMs: SLOW_RUN_MS,
  })
  if (!onlySkippedFiles(added)) throw gitError(added, what)
  const written = await git.run(['write-tree'], { env, timeoutMs: SLOW_RUN_MS })
  return { tree: oneLine(expectGit(written, what).stdout), env }
}

/** Records a tree as a commit of Foundry's own, never signed, and points a hidden ref at it. */
export async function commitSnapshot(
  git: CheckoutGit,
  snapshot: { tree: string; parents: readonly string[]; message: string; ref: string },
  what: string,
): Promise<string> {
  const parents = snapshot.parents.flatMap((parent) => ['-p', parent])
  const made = await git.run(
    ['commit-tree', '--no-gpg-sign', ...parents, '-m', snapshot.message, snapshot.tree],
    {
      env: FOUNDRY_IDENTITY,
    },
  )
  const commit = oneLine(expectGit(made, what).stdout)
  expectGit(
    await git.run(['update-ref', '--no-deref', snapshot.ref, commit], { env: FOUNDRY_IDENTITY }),
    what,
  )
  return commit
}
