import { FoundryError } from '@shared/errors'
import { BASE_REF } from '../../sandbox/checkout/make'
import { resolveCommit, withScratch } from '../../sandbox/git/changes'
import { INERT_CONFIG } from '../../sandbox/git/environment'
import { expectGit, gitError, gitOutput } from '../../sandbox/git/errors'
import { oneLine, toPathspec } from '../../sandbox/git/parse'
import type { CheckoutGit, GitResult } from '../../sandbox/git/types'
import { failedHook } from './hook-trace'
import { remoteRef } from './standing'
import { unmergedPaths } from './state'

export type UpdateMethod = 'merge' | 'rebase'

/** How an update from the base branch ended, for now. */
export type Updated =
  /** The branch holds all of the base; `base` is where its own work begins from now on. */
  | { kind: 'updated'; head: string; base: string }
  /** It did already. */
  | { kind: 'current'; head: string; base: string }
  /** It waits in the checkout, with these files to be resolved. */
  | { kind: 'conflicts'; method: UpdateMethod; paths: string[] }

const WHAT = 'The branch could not be updated'
/** Hooks run whole test suites. */
const UPDATE_MS = 300_000

/**
 * Fetches the base branch of origin, or `from`, and brings the branch up to it. Conflicts stay in the checkout as git leaves
 * them, for somebody to resolve.
 *
 * @throws FoundryError `conflict` while there are uncommitted changes or another update is not finished, and what
 *   the server refuses
 */
export async function updateFromBase(
  git: CheckoutGit,
  options: {
    base: string
    /** Where the branch itself is kept, when it is to get what others have pushed there. */
    from?: { remote: string; branch: string }
    method: UpdateMethod
    env: Record<string, string>
  },
): Promise<Updated> {
  const { base, from = { remote: 'origin', branch: base }, method, env } = options
  const ref = remoteRef(from.remote, from.branch)
  await expectReady(git)
  const fetched = await git.run(
    [
      'fetch',
      '--quiet',
      '--no-tags',
      '--no-auto-maintenance',
      '--',
      from.remote,
      `+refs/heads/${from.branch}:${ref}`,
    ],
    { env, timeoutMs: UPDATE_MS },
  )
  expectGit(fetched, `The branch ${from.branch} could not be fetched`)
  const [tip, head] = [await resolveCommit(git, ref), await resolveCommit(git, 'HEAD')]
  if (tip === null || head === null)
    throw new FoundryError('conflict', `${WHAT}: there is no commit on it yet.`, {
      next: 'Commit the work first.',
    })
  const contained = await git.run(['merge-base', '--is-ancestor', tip, head])
  if (contained.exitCode > 1) throw gitError(contained, WHAT)
  if (contained.exitCode === 0) return { kind: 'current', head, base: await settleBase(git, tip) }
  const args =
    method === 'merge'
      ? ['merge', '--ff', '--commit', '--no-squash', '--no-edit', '--no-autostash', ref]
      : ['rebase', '--no-autostash', ref]
  return run(git, method, args, tip)
}

/** What is under way in a checkout, whoever began it; null when nothing is. */
export async function readUpdate(
  git: CheckoutGit,
): Promise<{ method: UpdateMethod; paths: string[]; onto: string | null } | null> {
  const merging = await resolveCommit(git, 'MERGE_HEAD')
  const paths = async () => [...(await unmergedPaths(git))]
  if (merging !== null) return { method: 'merge', paths: await paths(), onto: merging }
  const rebasing = await rebaseDirectory(git)
  if (rebasing === null) return null
  const onto = new TextDecoder().decode(await git.readFile(`${rebasing}/onto`)).trim()
  return { method: 'rebase', paths: await paths(), onto: /^[0-9a-f]+$/.test(onto) ? onto : null }
}

/**
 * Goes on after conflicts were resolved, staged or not. Files that still hold conflict markers come back as
 * conflicts, and so do those of the next commit of a rebase.
 *
 * @throws FoundryError `conflict` when nothing is under way
 */
export async function continueUpdate(git: CheckoutGit): Promise<Updated> {
  const update = await expectUpdate(git)
  const open = await withMarkers(git, update.paths)
  if (open.length > 0) return { kind: 'conflicts', method: update.method, paths: open }
  if (update.paths.length > 0)
    await withScratch(git, async (scratch) => {
      const file = scratch.file('paths')
      await git.writeFile(file, `${update.paths.map(toPathspec).join('\0')}\0`)
      const added = await git.run(['add', '--all', `--pathspec-from-file=${file}`, '--pathspec-file-nul'])
      expectGit(added, 'The resolved files could not be added')
    })
  return run(git, update.method, [update.method, '--continue'], update.onto)
}

/** Puts the branch back to where it was before the update. What was done to resolve it goes. */
export async function abortUpdate(git: CheckoutGit): Promise<void> {
  const { method } = await expectUpdate(git)
  expectGit(
    await git.run([method, '--abort'], { timeoutMs: UPDATE_MS }),
    'The update could not be taken back',
  )
}

async function run(
  git: CheckoutGit,
  method: UpdateMethod,
  args: readonly string[],
  tip: string | null,
): Promise<Updated> {
  return withScratch(git, async (scratch) => {
    const trace = scratch.file('trace')
    const result = await git.run(args, { env: { GIT_TRACE2_EVENT: trace }, timeoutMs: UPDATE_MS })
    const open = await readUpdate(git)
    if (open !== null && open.paths.length > 0) return { kind: 'conflicts', method, paths: open.paths }
    if (result.exitCode !== 0) {
      const error = updateError(result, await failedHook(git, trace))
      // Half of an update that has nothing to resolve helps nobody.
      if (open !== null && args[1] !== '--continue')
        await git.run([method, '--abort'], { timeoutMs: UPDATE_MS })
      throw error
    }
    const head = await resolveCommit(git, 'HEAD')
    if (head === null) throw gitError(result, WHAT)
    return { kind: 'updated', head, base: tip === null ? head : await settleBase(git, tip) }
  })
}

/**
 * Notes where the branch's own work begins, now that it holds the base's commits: they would count as its own
 * otherwise. Returns that commit.
 */
export async function settleBase(git: CheckoutGit, tip: string): Promise<string> {
  const found = await git.run(['merge-base', tip, 'HEAD'])
  if (found.exitCode > 1) throw gitError(found, WHAT)
  const base = found.exitCode === 0 ? oneLine(found.stdout) : tip
  expectGit(await git.run(['update-ref', '--no-deref', BASE_REF, base]), WHAT)
  return base
}

async function expectReady(git: CheckoutGit): Promise<void> {
  if ((await readUpdate(git)) !== null)
    throw new FoundryError('conflict', `${WHAT}: a merge or rebase is not finished.`, {
      next: 'Finish it or take it back first.',
    })
  const changed = await git.run([...INERT_CONFIG, 'status', '--porcelain', '-z', '--untracked-files=no'])
  if (changed.exitCode !== 0) throw gitError(changed, WHAT)
  const entries = changed.stdout.split('\0').filter((entry) => /^.. /.test(entry))
  if (entries.length === 0) return
  throw new FoundryError('conflict', `${WHAT}: there are uncommitted changes.`, {
    next: 'Commit them first, or ask the agent to. A checkpoint keeps them as well, should you want to drop them.',
    detail: entries.slice(0, 20).join('\n'),
  })
}

async function expectUpdate(git: CheckoutGit) {
  const update = await readUpdate(git)
  if (update !== null) return update
  throw new FoundryError('conflict', 'No update is under way: it was finished or taken back already.')
}

async function rebaseDirectory(git: CheckoutGit): Promise<string | null> {
  for (const name of ['rebase-merge', 'rebase-apply']) {
    const path = await git.run(['rev-parse', '--path-format=absolute', '--git-path', name])
    const directory = oneLine(expectGit(path, WHAT).stdout)
    const size = await git.fileSize(`${directory}/onto`).catch(() => null)
    if (size !== null) return directory
  }
  return null
}

/** More paths than this are looked for among all files. */
const PATHSPECS = 500

async function withMarkers(git: CheckoutGit, paths: readonly string[]): Promise<string[]> {
  if (paths.length === 0) return []
  const within = paths.length > PATHSPECS ? [':/'] : paths.map(toPathspec)
  const found = await git.run([
    'grep',
    '--files-with-matches',
    '--null',
    '--full-name',
    '-I',
    '-E',
    '-e',
    '^(<{7}|>{7}) ',
    '--',
    ...within,
  ])
  // 1 means that none has any.
  if (found.exitCode > 1) throw gitError(found, WHAT)
  const open = new Set(found.stdout.split('\0'))
  return paths.filter((path) => open.has(path))
}

function updateError(result: GitResult, hook: string | null): FoundryError {
  const detail = gitOutput(result)
  if (hook !== null)
    return new FoundryError('git', `${WHAT}: the repository's "${hook}" hook refused it.`, {
      next: 'Read what the hook says, fix it (or ask the agent to), and update again.',
      detail,
    })
  if (/untracked working tree files would be overwritten/.test(detail))
    return new FoundryError('conflict', `${WHAT}: the base has files that lie untracked in the checkout.`, {
      next: 'Commit, move or delete the files that git names below, then update again.',
      detail,
    })
  return gitError(result, WHAT)
}
