import { FoundryError } from '@shared/errors'
import { expectGit, gitError, gitOutput, shellQuote } from '../git/errors'
import { validateBranchName } from '@shared/branch-name'
import type { GitRunner } from '../git/types'

export interface BringHomeOptions {
  /** The person's own folder. */
  folder: string
  /** The task's checkout on this machine. */
  checkout: string
  branch: string
}

/**
 * Fetches the task's branch into the person's folder as a branch of the same name, with every object it needs.
 * Nothing else there changes: not the files, the index, `FETCH_HEAD`, tags or what is checked out.
 *
 * @throws FoundryError `conflict` when that branch is checked out there or has commits of its own
 */
export async function bringHome(git: GitRunner, options: BringHomeOptions): Promise<{ branch: string }> {
  const { folder, checkout, branch } = options
  const reason = validateBranchName(branch)
  if (reason !== null)
    throw new FoundryError('invalid_input', `${branch} cannot be the name of a branch: ${reason}`)
  const what = `The branch ${branch} could not be brought into ${folder}`
  const ref = `refs/heads/${branch}`

  const there = await git(['rev-parse', '--verify', '--quiet', ref], { cwd: checkout })
  if (there.exitCode !== 0) {
    if (there.stderr.trim() !== '') throw gitError(there, what)
    throw new FoundryError('conflict', `${what}: there is no commit on it yet.`, {
      next: 'Commit the work first.',
    })
  }
  expectGit(await git(['rev-parse', '--git-dir'], { cwd: folder }), what)

  const result = await git(
    [
      'fetch',
      '--no-write-fetch-head',
      '--no-tags',
      '--no-auto-maintenance',
      '--no-recurse-submodules',
      '--no-prune',
      '--',
      checkout,
      `${ref}:${ref}`,
    ],
    { cwd: folder },
  )
  if (result.exitCode === 0) return { branch }

  const detail = gitOutput(result)
  const error = gitError(result, what)
  if (/refusing to fetch into/.test(detail)) {
    throw new FoundryError('conflict', error.message, {
      next: `Check out another branch there first, or take the commits over with: git pull ${shellQuote(checkout)} ${shellQuote(branch)}`,
      detail,
    })
  }
  if (/non-fast-forward/.test(detail)) {
    throw new FoundryError('conflict', error.message, {
      next: `Rename or merge the branch there. To look at both: git fetch ${shellQuote(checkout)} ${shellQuote(branch)}`,
      detail,
    })
  }
  throw error
}
