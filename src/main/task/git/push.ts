import { FoundryError } from '@shared/errors'
import { withScratch } from '../../sandbox/git/changes'
import { expectGit, gitError, gitOutput } from '../../sandbox/git/errors'
import { oneLine } from '../../sandbox/git/parse'
import type { CheckoutGit, GitResult } from '../../sandbox/git/types'
import { failedHook } from './hook-trace'
import { listCommits, remoteRef, type CommitList } from './standing'

export interface PushOptions {
  remote: string
  /** The branch at the remote; the local one may be called otherwise. */
  branch: string
  /** What signs in to the remote. */
  env: Record<string, string>
  /** The commit that a person saw and meant; null for whatever `HEAD` is at. */
  expected: string | null
  /** The commit there that may go, because it was rebased here; nothing is replaced when null. */
  replaces?: string | null
}

export interface Pushed {
  /** Where the branch is now, here and there. */
  commit: string
  /** Those that no remote is known to have had, the newest first. */
  commits: CommitList
  /** The branch was not there before. */
  created: boolean
}

/** Hooks run whole test suites, and an upload takes its time. */
const PUSH_MS = 300_000

/**
 * Pushes what `HEAD` is at to a branch, which becomes the upstream. Where the branch there has other commits nothing is
 * changed, but for the one commit that may be replaced, should it be there still.
 *
 * @throws FoundryError `conflict` when there is nothing to push or the remote is ahead, `forbidden`, `credentials`,
 *   `not_found`, `offline`, `tls` ... as the server refuses it
 */
export async function pushBranch(git: CheckoutGit, options: PushOptions): Promise<Pushed> {
  const { remote, branch, env, expected, replaces = null } = options
  const what = `The branch ${branch} could not be pushed`
  const known = remoteRef(remote, branch)
  const { local, commit } = await whatToPush(git, what, expected)
  const commits = await listCommits(git, ['HEAD', '--not', '--remotes'])
  return withScratch(git, async (scratch) => {
    const trace = scratch.file('trace')
    const push = () =>
      git.run(
        [
          'push',
          '--porcelain',
          '--set-upstream',
          replaces === null ? '--no-force' : `--force-with-lease=refs/heads/${branch}:${replaces}`,
          '--no-follow-tags',
          '--',
          remote,
          `${local}:refs/heads/${branch}`,
        ],
        { env: { ...env, GIT_TRACE2_EVENT: trace }, timeoutMs: PUSH_MS },
      )
    let result = await push()
    if (result.exitCode !== 0) {
      const hook = await failedHook(git, trace)
      if (hook !== null || !(await hasCommit(git, options, commit))) throw pushError(result, what, hook)
      // Nothing is left to upload: this makes it the upstream.
      result = await push()
      if (result.exitCode !== 0) throw pushError(result, what, await failedHook(git, trace))
    }
    // A push moves the ref itself, unless the remote's fetch settings leave this branch out.
    const moved = await git.run(['rev-parse', '--verify', '--quiet', '--end-of-options', known])
    if (moved.exitCode !== 0 || oneLine(moved.stdout) !== commit)
      expectGit(await git.run(['update-ref', '--no-deref', known, commit]), what)
    return { commit, commits, created: /^\*\t/m.test(result.stdout) }
  })
}

/**
 * Whether the branch there is at this commit all the same: an upload that a crash of ours cut off here can still be
 * taken in there, and then refuses the one that was to repeat it.
 */
async function hasCommit(
  git: CheckoutGit,
  { remote, branch, env }: PushOptions,
  commit: string,
): Promise<boolean> {
  const listed = await git.run(['ls-remote', '--', remote, `refs/heads/${branch}`], { env })
  return listed.exitCode === 0 && listed.stdout.startsWith(`${commit}\t`)
}

async function whatToPush(
  git: CheckoutGit,
  what: string,
  expected: string | null,
): Promise<{ local: string; commit: string }> {
  const [head, symbolic] = [
    await git.run(['rev-parse', '--verify', '--quiet', 'HEAD^{commit}']),
    await git.run(['symbolic-ref', '--quiet', 'HEAD']),
  ]
  if (symbolic.exitCode !== 0)
    throw new FoundryError('conflict', `${what}: no branch is checked out.`, {
      next: 'Check out the branch of the task in its checkout, or finish the rebase that is under way.',
    })
  if (head.exitCode !== 0)
    throw new FoundryError('conflict', `${what}: there is no commit on it yet.`, {
      next: 'Commit the work first.',
    })
  const commit = oneLine(head.stdout)
  if (expected !== null && commit !== expected)
    throw new FoundryError('conflict', `${what}: it has other commits than a moment ago.`, {
      next: 'Look at the commits again, then push.',
      detail: `expected ${expected}\nfound ${commit}`,
    })
  return { local: oneLine(symbolic.stdout), commit }
}

function pushError(result: GitResult, what: string, hook: string | null): FoundryError {
  const detail = gitOutput(result)
  if (detail.includes('use-bring-branch-into-my-folder'))
    return new FoundryError('unsupported', `${what}: this repository's origin is your own folder.`, {
      next: 'Choose "Bring branch into my folder" instead.',
      detail,
    })
  if (hook !== null)
    return new FoundryError('git', `${what}: the repository's "${hook}" hook refused it.`, {
      next: 'Read what the hook says, fix it (or ask the agent to), and push again.',
      detail,
    })
  return gitError(result, what)
}
