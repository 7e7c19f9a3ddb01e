import { join } from 'node:path'
import type { TaskId } from '@shared/ids'
import { headCommit, withScratch } from '../git/changes'
import { INERT_CONFIG } from '../git/environment'
import { expectGit } from '../git/errors'
import { createLocalCheckoutGit, type LocalGit, type LocalGitRunOptions } from '../git/local-git'
import { nulStrings, oneLine } from '../git/parse'
import { commitSnapshot, writeWorktreeTree } from '../git/snapshot'
import type { CheckoutGit } from '../git/types'
import { BASE_REF, STORE_REFSPECS, fetchFromStore, startBranch, type Making } from './make'
import { QUIET_FETCH, exists, taskRefs } from './store'
import { applyTrees } from './uncommitted'

/** What a checkout holds beside branches and checkpoints, as refs so that it can be fetched. */
const KEPT = 'refs/foundry/kept'
const WORKTREE = `${KEPT}/worktree`
const DETACHED = `${KEPT}/detached`
const STASH = `${KEPT}/stash`
const REMOTES = 'refs/remotes/'
const WHAT = 'The work in the checkout could not be secured'

/**
 * Copies everything that exists only in a checkout into the store: branches, checkpoints, stashes, a detached
 * `HEAD`, and the uncommitted files. Restarting it is fine; refs gone from the checkout go from the copy too.
 */
export async function secureCheckout(
  git: LocalGit,
  from: { checkout: string; store: string; taskId: TaskId },
  options: LocalGitRunOptions,
): Promise<void> {
  const checkout = createLocalCheckoutGit(git, from.checkout, options.signal)
  await keepLooseEnds(checkout)
  const refs = taskRefs(from.taskId)
  await copyRefs(
    git,
    from.checkout,
    from.store,
    refs,
    await upstreams(git, from.checkout, refs, options),
    options,
  )
  for (const [index, submodule] of (await filledSubmodules(git, from.checkout, options)).entries()) {
    const path = join(from.checkout, submodule)
    await keepLooseEnds(createLocalCheckoutGit(git, path, options.signal))
    await copyRefs(git, path, from.store, `${refs}/submodules/${index}`, [], options)
  }
}

async function copyRefs(
  git: LocalGit,
  checkout: string,
  store: string,
  refs: string,
  more: readonly string[],
  options: LocalGitRunOptions,
): Promise<void> {
  const refspecs = [
    `+refs/heads/*:${refs}/heads/*`,
    `+refs/foundry/checkpoints/*:${refs}/checkpoints/*`,
    `+${KEPT}/*:${refs}/kept/*`,
    ...more,
  ]
  expectGit(
    await git([...QUIET_FETCH, '--prune', '--', checkout, ...refspecs], { ...options, cwd: store }),
    WHAT,
  )
}

/** Where the branches were pushed to, as the checkout knows it: what is there is not lost with the checkout. */
async function upstreams(
  git: LocalGit,
  checkout: string,
  refs: string,
  options: LocalGitRunOptions,
): Promise<string[]> {
  const here = { ...options, cwd: checkout }
  const listed = await git(['for-each-ref', '--format=%(upstream)', '--', 'refs/heads/'], here)
  const names = expectGit(listed, WHAT)
    .stdout.split('\n')
    .filter((ref) => ref.startsWith(REMOTES))
  const specs: string[] = []
  for (const ref of new Set(names)) {
    const known = await git(['show-ref', '--verify', '--quiet', ref], here)
    if (known.exitCode === 0) specs.push(`+${ref}:${refs}/remotes/${ref.slice(REMOTES.length)}`)
  }
  return specs
}

/** Whether origin had the branch of a task whose work is in the store. */
export async function wasAtOrigin(making: Making, taskId: TaskId, branch: string): Promise<boolean> {
  const { git, store, options } = making
  const refs = [`${taskRefs(taskId)}/remotes/origin/${branch}`, `${REMOTES}origin/${branch}`]
  const found = await Promise.all(
    refs.map((ref) => git(['show-ref', '--verify', '--quiet', ref], { ...options, cwd: store })),
  )
  return found.some(({ exitCode }) => exitCode === 0)
}

/** Paths of the submodules of a checkout that have something in them. */
export async function filledSubmodules(
  git: LocalGit,
  checkout: string,
  options: LocalGitRunOptions,
): Promise<string[]> {
  if (!(await exists(join(checkout, '.git/modules')))) return []
  const paths = expectGit(
    await git(
      [
        ...INERT_CONFIG,
        'submodule',
        '--quiet',
        'foreach',
        '--recursive',
        String.raw`printf '%s\0' "$displaypath"`,
      ],
      { ...options, cwd: checkout },
    ),
    WHAT,
  )
  return nulStrings(new TextEncoder().encode(paths.stdout))
}

async function keepLooseEnds(checkout: CheckoutGit): Promise<void> {
  const head = await headCommit(checkout)
  await clearKept(checkout)
  const point = async (ref: string, commit: string) =>
    expectGit(await checkout.run(['update-ref', '--no-deref', ref, commit]), WHAT)

  const attached = await checkout.run(['symbolic-ref', '--quiet', 'HEAD'])
  if (attached.exitCode !== 0 && head !== null) await point(DETACHED, head)

  const stashes = await checkout.run(['rev-parse', '--verify', '--quiet', 'refs/stash'])
  if (stashes.exitCode === 0) {
    const list = expectGit(await checkout.run(['stash', 'list', '-z', '--format=%H']), WHAT)
    const commits = list.stdout.split('\0').filter((commit) => commit !== '')
    for (const [number, commit] of commits.entries()) await point(`${STASH}/${number}`, commit)
  }

  await withScratch(checkout, async (scratch) => {
    const { tree } = await writeWorktreeTree(checkout, scratch, WHAT)
    const committed = head === null ? null : await checkout.run(['rev-parse', `${head}^{tree}`])
    if (committed !== null && oneLine(committed.stdout) === tree) return
    const message = 'Uncommitted work when the checkout was removed'
    await commitSnapshot(
      checkout,
      { tree, parents: head === null ? [] : [head], message, ref: WORKTREE },
      WHAT,
    )
  })
}

async function clearKept(checkout: CheckoutGit): Promise<void> {
  const listed = expectGit(
    await checkout.run(['for-each-ref', '--format=%(refname)', '--', `${KEPT}/`]),
    WHAT,
  )
  for (const ref of listed.stdout.split('\n').filter((line) => line !== '')) {
    expectGit(await checkout.run(['update-ref', '--no-deref', '-d', ref]), WHAT)
  }
}

/** Whether the store holds the secured work of a task. */
export async function isSecured(
  git: LocalGit,
  store: string,
  taskId: TaskId,
  options: LocalGitRunOptions,
): Promise<boolean> {
  if (!(await exists(store))) return false
  const patterns = ['heads/', 'kept/', 'checkpoints/'].map((part) => `${taskRefs(taskId)}/${part}`)
  const found = await git(['for-each-ref', '--count=1', '--format=%(refname)', '--', ...patterns], {
    ...options,
    cwd: store,
  })
  return expectGit(found, 'The store could not be read').stdout !== ''
}

/** The branch a task was on when it was secured: of that name, else the one that was committed to last. */
export async function securedBranch(making: Making, taskId: TaskId, branch: string): Promise<string> {
  const prefix = `${taskRefs(taskId)}/heads/`
  const listed = await making.git(
    ['for-each-ref', '--sort=-committerdate', '--format=%(refname)', '--', prefix],
    { ...making.options, cwd: making.store },
  )
  const names = expectGit(listed, 'The secured work could not be read')
    .stdout.split('\n')
    .filter((ref) => ref !== '')
    .map((ref) => ref.slice(prefix.length))
  return names.includes(branch) ? branch : (names[0] ?? branch)
}

/** Brings secured work into a new checkout: refs, stashes, and the files as they were, uncommitted again. */
export async function restoreSecured(making: Making, taskId: TaskId, branch: string): Promise<void> {
  const { git, directory, options } = making
  const here = { ...options, cwd: directory }
  const refs = taskRefs(taskId)
  const what = 'The secured work could not be brought back'
  await fetchFromStore(making, [
    ...STORE_REFSPECS,
    `+${refs}/heads/*:refs/heads/*`,
    `+${refs}/checkpoints/*:refs/foundry/checkpoints/*`,
    `+${refs}/kept/*:${KEPT}/*`,
    // As a pattern, because an empty repository has no base.
    `+${refs}/base*:${BASE_REF}*`,
  ])
  await startBranch(making, branch, null)
  await restoreUpstreams(making, `${refs}/remotes/`)
  const checkout = createLocalCheckoutGit(git, directory, options.signal)
  const head = await headCommit(checkout)
  const worktree = await git(['rev-parse', '--verify', '--quiet', `${WORKTREE}^{tree}`], here)
  const empty = oneLine(
    expectGit(await git(['hash-object', '-t', 'tree', '-w', '/dev/null'], here), what).stdout,
  )
  const index = head ?? empty
  await applyTrees(making, { files: worktree.exitCode === 0 ? oneLine(worktree.stdout) : index, index }, what)

  const stashes = await git(
    ['for-each-ref', '--sort=-version:refname', '--format=%(objectname)', '--', `${STASH}/`],
    here,
  )
  for (const commit of expectGit(stashes, what)
    .stdout.split('\n')
    .filter((line) => line !== '')) {
    expectGit(await git(['stash', 'store', '--quiet', '-m', 'Stash of before', commit], here), what)
  }
}

/** What the checkout knew of its upstreams is newer than what the store knows of origin. */
async function restoreUpstreams({ git, directory, store, options }: Making, prefix: string): Promise<void> {
  const listed = await git(['for-each-ref', '--format=%(objectname) %(refname)', '--', prefix], {
    ...options,
    cwd: store,
  })
  for (const line of listed.stdout.split('\n').filter((text) => text !== '')) {
    const space = line.indexOf(' ')
    const ref = REMOTES + line.slice(space + 1 + prefix.length)
    // Where another branch stands in its way by now, origin has moved on and the next fetch tells.
    await git(['update-ref', '--no-deref', ref, line.slice(0, space)], { ...options, cwd: directory })
  }
}
