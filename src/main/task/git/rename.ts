import { FoundryError } from '@shared/errors'
import { expectGit } from '../../sandbox/git/errors'
import { oneLine } from '../../sandbox/git/parse'
import type { CheckoutGit } from '../../sandbox/git/types'
import { remoteRef } from './standing'

/**
 * Lets the checkout's branch follow one that was renamed at its remote: the local branch, what it follows, and
 * what is known of it there. Doing it again does nothing.
 *
 * @throws FoundryError `conflict` when a branch of the new name is there already, or a rebase is under way
 */
export async function renameBranch(
  git: CheckoutGit,
  { remote, from, to }: { remote: string; from: string; to: string },
): Promise<void> {
  const what = `The branch ${from} could not be renamed to ${to}`
  const [before, after] = [remoteRef(remote, from), remoteRef(remote, to)]
  const has = async (ref: string) => (await git.run(['show-ref', '--verify', '--quiet', ref])).exitCode === 0
  // A branch without commits is a name alone.
  const unborn = oneLine((await git.run(['symbolic-ref', '--quiet', 'HEAD'])).stdout)
  const local = `refs/heads/${from}`
  if (await has(local)) {
    if (await has(`refs/heads/${to}`))
      throw new FoundryError('conflict', `${what}: there is a branch ${to} in the checkout already.`, {
        next: `Rename or delete the branch ${to} in the checkout first.`,
      })
    expectGit(await git.run(['branch', '--move', '--', from, to]), what)
  } else if (unborn === local) {
    expectGit(await git.run(['symbolic-ref', 'HEAD', `refs/heads/${to}`]), what)
  } else if (!(await has(`refs/heads/${to}`))) {
    throw new FoundryError('not_found', `${what}: the checkout has neither.`)
  }
  const set = async (key: string, value: string) =>
    expectGit(await git.run(['config', '--local', '--replace-all', key, value]), what)
  const merge = await git.run(['config', '--local', '--get', `branch.${to}.merge`])
  if (oneLine(merge.stdout) === local) await set(`branch.${to}.merge`, `refs/heads/${to}`)
  const fetch = await git.run(['config', '--local', '--get-all', `remote.${remote}.fetch`])
  if (oneLine(fetch.stdout) === `+${local}:${before}`)
    await set(`remote.${remote}.fetch`, `+refs/heads/${to}:${after}`)
  const known = await git.run(['rev-parse', '--verify', '--quiet', before])
  if (known.exitCode !== 0) return
  // Removed first: `a` and `a/b` cannot both be there.
  expectGit(await git.run(['update-ref', '--no-deref', '-d', before]), what)
  expectGit(await git.run(['update-ref', '--no-deref', after, oneLine(known.stdout)]), what)
}
