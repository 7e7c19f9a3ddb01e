import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { FoundryError } from '@shared/errors'
import type { RepositoryId } from '@shared/ids'
import { SCRATCH_FILE, headCommit, resolveCommit } from '../git/changes'
import { expectGit, fileError } from '../git/errors'
import { createLocalCheckoutGit, type LocalGit, type LocalGitRunOptions } from '../git/local-git'
import { oneLine } from '../git/parse'
import type { ConfigEntry } from './config'
import { baseRef, fillStore } from './fill'
import { createLayout } from './layout'
import { createLock } from './lock'
import {
  BASE_REF,
  STORE_REFSPECS,
  checkOutFiles,
  fetchFromStore,
  lfsWarnings,
  makeSkeleton,
  pointUpstream,
  setOriginHead,
  startBranch,
  writeConfig,
  type Making,
} from './make'
import { isSecured, restoreSecured, secureCheckout, wasAtOrigin } from './secure'
import {
  branchNames,
  expectBranchName,
  expectFreeBranch,
  identityConfig,
  readIdentityConfig,
  readSource,
  type SourceState,
} from './source'
import { SPARE_REF, adoptSpare, createSpareWork, settleIndex, spareCommit } from './spare'
import { findStart } from './start'
import { exists, originBranches, readHeard, sweepStore, type StorePlace } from './store'
import { fillSubmodules } from './submodules'
import { originConfig, upstreamOf } from './tracking'
import type { CheckoutRequest, Checkouts, CheckoutSource, CheckoutWarning, PreparedCheckout } from './types'
import { applyTrees, readPersonsTrees } from './uncommitted'
import type { Progress } from '../types'

export type {
  CheckoutRequest,
  Checkouts,
  CheckoutSource,
  CheckoutStart,
  CheckoutWarning,
  OriginAccess,
  PreparedCheckout,
} from './types'

export interface CheckoutsOptions {
  storesDirectory: string
  checkoutsDirectory: string
  git: LocalGit
}

/** The local provider's checkouts: one store of objects a repository, one borrowing checkout a task. */
export function createCheckouts({ storesDirectory, checkoutsDirectory, git }: CheckoutsOptions): Checkouts {
  const layout = createLayout(storesDirectory, checkoutsDirectory)
  const lock = createLock()
  const spares = createSpareWork()

  async function prepare(request: CheckoutRequest, progress: Progress): Promise<PreparedCheckout> {
    const directory = layout.checkout(request.taskId)
    if (await exists(directory)) return findMade(git, directory)
    await Promise.all([git.version(), spares.interrupt(request.repositoryId)])
    const making: Making = {
      git,
      directory: layout.making(directory),
      store: layout.store(request.repositoryId),
      options: { signal: progress.signal },
      originEnv: {},
    }
    try {
      expectBranchName(request.branch)
      await makeDirectories()
      const secured = await isSecured(git, making.store, request.taskId, making.options)
      const made = secured ? await remake(making, request, progress) : await make(making, request, progress)
      await rename(making.directory, directory)
      return { ...made, cwd: directory }
    } catch (thrown) {
      await rm(making.directory, { recursive: true, force: true })
      throw fileError(thrown, `The checkout of ${request.branch} could not be made`)
    }
  }

  type Made = Omit<PreparedCheckout, 'cwd'>

  async function make(making: Making, request: CheckoutRequest, progress: Progress): Promise<Made> {
    const { source, start: from, branch } = request
    if (source.path !== null) progress.stage('Reading your folder')
    const state = source.path === null ? null : await readSource(git, source.path, progress.signal)
    if (from.kind === 'base' && state !== null) expectFreeBranch(branchNames(state.refs.keys()), branch)
    if (state !== null) progress.stage('Copying new commits')
    const copyCommits = withStore(
      request.repositoryId,
      async (place) => {
        const filled = await fillStore(making, place, request, state, progress)
        if (from.kind === 'base' && state === null)
          expectFreeBranch(await originBranches(git, making.store, making.options), branch)
        return { filled, start: await findStart(making, request, state, filled) }
      },
      progress.signal,
    )
    // Settled, not raced: nothing may still write in the directory when a failure clears it away.
    const [copied, adopted, resolved] = await Promise.allSettled([
      copyCommits,
      adoptSpare(making, layout.spare(request.repositoryId)),
      state === null ? null : readIdentityConfig(git, state.root),
    ])
    const [{ filled, start }, spareCommit] = [valueOf(copied), valueOf(adopted)]
    if (request.includeUncommitted && start.head !== (state?.head ?? null)) throw notOnBase(request, state)

    progress.stage('Checking out files')
    if (spareCommit === null) await makeSkeleton(making, state?.objectFormat ?? (await storeFormat(making)))
    await writeConfig(making, [
      ...originConfig(source, state?.root ?? ''),
      ...start.upstream.config,
      ...(await identityOf(making, request, valueOf(resolved))),
    ])
    await fetchFromStore(
      making,
      start.base === null ? STORE_REFSPECS : [...STORE_REFSPECS, `+${baseRef(request)}:${BASE_REF}`],
    )
    const warnings: CheckoutWarning[] = [...filled.warnings, ...start.warnings]
    if (start.head !== null && start.head !== spareCommit) {
      const report = (share: number) => progress.stage('Checking out files', share)
      warnings.push(...(await checkOutFiles(making, start.head, report)))
    }
    const defaultBranch = state !== null && source.originUrl === null ? state.branch : filled.defaultBranch
    const finishing = await Promise.allSettled([
      lfsWarnings(making),
      startBranch(making, branch, start.head),
      defaultBranch === null ? undefined : setOriginHead(making, defaultBranch),
      start.head === null || start.upstream.ref === null
        ? undefined
        : pointUpstream(making, start.upstream.ref, start.head),
    ])
    warnings.push(...valueOf(finishing[0]))
    for (const settled of finishing) valueOf<unknown>(settled)
    if (request.includeUncommitted && state !== null) {
      progress.stage('Copying uncommitted changes')
      const uncommitted = await readPersonsTrees(making, state)
      await applyTrees(making, uncommitted.trees, 'What is uncommitted in your folder could not be copied')
      warnings.push(...uncommitted.warnings)
    }
    progress.stage('Filling submodules')
    warnings.push(...(await submodules(making, state)))
    const pristine = !request.includeUncommitted && warnings.length === 0 && start.head === start.base
    return report({ branch, baseCommit: start.base, pristine, warnings }, progress)
  }

  /** A checkout whose work is in the store needs the person's folder only for who they are and where origin is. */
  async function remake(making: Making, request: CheckoutRequest, progress: Progress): Promise<Made> {
    progress.stage('Bringing the work back')
    const { source } = request
    await makeSkeleton(making, await storeFormat(making))
    const warnings: CheckoutWarning[] = []
    const read = source.path === null ? null : readSource(git, source.path, progress.signal)
    const state = await (read?.catch((thrown: unknown) => {
      if (!(thrown instanceof FoundryError) || thrown.kind === 'cancelled') throw thrown
      warnings.push({
        message: 'Your folder could not be read; the checkout has the work, but not your name and email.',
        next: thrown.next ?? 'Make the folder available again.',
        detail: [thrown.message, thrown.detail ?? ''].join('\n').trim(),
      })
      return null
    }) ?? null)
    const resolved = state === null ? null : await readIdentityConfig(git, state.root)
    const upstream = upstreamOf(request, await wasAtOrigin(making, request.taskId, request.branch))
    await writeConfig(making, [
      ...originConfig(source, state?.root ?? source.path ?? ''),
      ...upstream.config,
      ...(await identityOf(making, request, resolved)),
    ])
    await restoreSecured(making, request.taskId, request.branch)
    const defaultBranch =
      state === null
        ? (await readHeard(making.store))?.defaultBranch
        : source.originUrl === null
          ? state.branch
          : state.originDefault
    if (defaultBranch != null) await setOriginHead(making, defaultBranch)
    warnings.push(...(await lfsWarnings(making)), ...(await submodules(making, state)))
    const baseCommit = await resolveCommit(createLocalCheckoutGit(git, making.directory), BASE_REF)
    return report({ branch: request.branch, baseCommit, pristine: false, warnings }, progress)
  }

  /** The settings of the folder and, above them, who was chosen to commit in this task. */
  async function identityOf(
    making: Making,
    { identity }: CheckoutRequest,
    ofFolder: ConfigEntry[] | null,
  ): Promise<ConfigEntry[]> {
    if (identity === null) return ofFolder ?? []
    const resolved = ofFolder ?? (await readIdentityConfig(git, making.directory))
    return [...(ofFolder ?? []), ...identityConfig(resolved, identity)]
  }

  function submodules(making: Making, state: SourceState | null): Promise<CheckoutWarning[]> {
    const copies = state?.commonDirectory ?? making.directory
    return fillSubmodules(git, making.directory, copies, making.options, making.originEnv)
  }

  async function storeFormat({ store, options }: Making): Promise<string> {
    const format = await git(['rev-parse', '--show-object-format'], { ...options, cwd: store })
    return oneLine(expectGit(format, 'The store could not be read').stdout)
  }

  const swept = new Set<RepositoryId>()

  /** Alone in a repository's store. What a killed git left in it is removed before it is used. */
  function withStore<Value>(
    repositoryId: RepositoryId,
    work: (place: StorePlace) => Promise<Value>,
    signal?: AbortSignal,
  ): Promise<Value> {
    const path = layout.store(repositoryId)
    const run = async () => {
      if (!swept.has(repositoryId)) await sweepStore(path)
      swept.delete(repositoryId)
      const value = await work({ path, making: layout.making(path) })
      swept.add(repositoryId)
      return value
    }
    return lock(`store ${repositoryId}`, run, signal)
  }

  async function warm(repositoryId: RepositoryId, source: CheckoutSource): Promise<void> {
    const spare = layout.spare(repositoryId)
    if (await exists(spare)) return
    await spares.start(repositoryId, async (signal) => {
      const options: LocalGitRunOptions = { signal, background: true }
      const making: Making = {
        git,
        directory: layout.making(spare),
        store: layout.store(repositoryId),
        options,
        originEnv: {},
      }
      try {
        await makeDirectories()
        const commit = await withStore(repositoryId, (place) => spareCommit(making, place, source), signal)
        if (commit === null) return
        await makeSkeleton(making, await storeFormat(making))
        await writeConfig(making, originConfig(source, source.path ?? ''))
        await fetchFromStore(making, [...STORE_REFSPECS, `+${SPARE_REF}:${BASE_REF}`])
        await checkOutFiles(making, commit)
        await settleIndex(making, signal)
        await rename(making.directory, spare)
      } catch (thrown) {
        await rm(making.directory, { recursive: true, force: true })
        if (signal.aborted) return
        throw fileError(thrown, 'The spare checkout could not be made')
      }
    })
  }

  async function secure(taskId: CheckoutRequest['taskId'], repositoryId: RepositoryId): Promise<void> {
    const checkout = layout.checkout(taskId)
    if (!(await exists(checkout))) return
    await withStore(repositoryId, ({ path }) => secureCheckout(git, { checkout, store: path, taskId }, {}))
  }

  async function remove(taskId: CheckoutRequest['taskId'], repositoryId: RepositoryId): Promise<void> {
    const checkout = layout.checkout(taskId)
    if (!(await exists(checkout))) return
    await secure(taskId, repositoryId)
    const deleting = layout.deleting(checkout)
    try {
      await rm(deleting, { recursive: true, force: true })
      await rename(checkout, deleting)
      await rm(deleting, { recursive: true, force: true })
    } catch (thrown) {
      throw fileError(thrown, 'The checkout could not be deleted')
    }
  }

  async function makeDirectories(): Promise<void> {
    await mkdir(layout.checkoutsDirectory, { recursive: true })
    await mkdir(layout.storesDirectory, { recursive: true })
  }

  return {
    prepare: (request, progress) => lock(request.taskId, () => prepare(request, progress), progress.signal),
    warm,
    secure: (taskId, repositoryId) => lock(taskId, () => secure(taskId, repositoryId)),
    remove: (taskId, repositoryId) => lock(taskId, () => remove(taskId, repositoryId)),
    async clean() {
      await makeDirectories()
      for (const parent of [checkoutsDirectory, storesDirectory]) {
        const leftovers = (await readdir(parent)).filter(layout.isLeftover)
        await Promise.all(leftovers.map((name) => rm(join(parent, name), { recursive: true, force: true })))
      }
    },
    close: () => spares.close(),
  }
}

/** A complete checkout from before, as git has it now. Scratch files of operations that a crash ended go. */
async function findMade(git: LocalGit, directory: string): Promise<PreparedCheckout> {
  const gitDirectory = join(directory, '.git')
  const names = await readdir(gitDirectory).catch((thrown: unknown) => {
    throw new FoundryError('conflict', `${directory} is not a git checkout any more.`, {
      next: 'Look at what is in the folder, save what you need, delete it, and retry.',
      detail: thrown instanceof Error ? thrown.message : String(thrown),
    })
  })
  const scratch = names.filter((name) => SCRATCH_FILE.test(name))
  await Promise.all(scratch.map((name) => rm(join(gitDirectory, name), { force: true })))
  const checkout = createLocalCheckoutGit(git, directory)
  const symbolic = await checkout.run(['symbolic-ref', '--quiet', '--short', 'HEAD'])
  const branch = symbolic.exitCode === 0 ? oneLine(symbolic.stdout) : ((await headCommit(checkout)) ?? 'HEAD')
  const baseCommit = await resolveCommit(checkout, BASE_REF)
  return { cwd: directory, branch, baseCommit, pristine: false, warnings: [] }
}

function valueOf<Value>(settled: PromiseSettledResult<Value>): Value {
  if (settled.status === 'rejected') throw settled.reason
  return settled.value
}

function notOnBase({ start, branch }: CheckoutRequest, state: SourceState | null): FoundryError {
  if (state === null)
    return new FoundryError(
      'conflict',
      'The repository has no folder whose uncommitted changes could be in the task.',
      {
        next: 'Leave out what is uncommitted.',
      },
    )
  const here = state.branch ?? 'the commit checked out there'
  const from = start.kind === 'base' ? (start.branch ?? 'another commit') : branch
  return new FoundryError(
    'conflict',
    `What is uncommitted in your folder belongs to ${here}, but the task starts from ${from}.`,
    { next: `Start the task from ${here}, or leave out what is uncommitted.` },
  )
}

function report<Made extends { warnings: CheckoutWarning[] }>(made: Made, progress: Progress): Made {
  for (const warning of made.warnings) progress.log(`${warning.message} ${warning.next}\n${warning.detail}`)
  return made
}
