import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { FoundryError } from '@shared/errors'
import type { RepositoryId, TaskId } from '@shared/ids'
import { SCRATCH_FILE, headCommit, resolveCommit } from '../git/changes'
import { expectGit, fileError } from '../git/errors'
import { createLocalCheckoutGit, type LocalGit, type LocalGitRunOptions } from '../git/local-git'
import { oneLine } from '../git/parse'
import type { ConfigEntry } from './config'
import { diskUse } from './disk'
import { baseRef, fillStore } from './fill'
import { createLayout } from './layout'
import { holdsWork, lenderOf, readDisk, removeTaskRefs, usersOf, type Leftover } from './leftovers'
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
import { isSecured, restoreSecured, secureCheckout, securedBranch, wasAtOrigin } from './secure'
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
import { givenConfig, originConfig, upstreamOf } from './tracking'
import type {
  CheckoutIdentity,
  CheckoutRequest,
  Checkouts,
  CheckoutSource,
  CheckoutWarning,
  PreparedCheckout,
} from './types'
import { applyTrees, readPersonsTrees } from './uncommitted'
import type { Progress } from '../types'

export { BranchTakenError } from './source'
export type {
  CheckoutIdentity,
  CheckoutRequest,
  Checkouts,
  CheckoutSource,
  CheckoutStart,
  CheckoutWarning,
  OriginAccess,
  PreparedCheckout,
} from './types'
export type { Leftover } from './leftovers'

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
  /** What was asked for since the start, whatever a list of before says. */
  const ofThisRun = new Set<TaskId | RepositoryId>()

  async function prepare(request: CheckoutRequest, progress: Progress): Promise<PreparedCheckout> {
    const directory = layout.checkout(request.taskId)
    ofThisRun.add(request.taskId).add(request.repositoryId)
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
      ...givenConfig(source, branch),
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
    // Renamed on GitHub since: it comes back as it was, and follows from there.
    const branch = await securedBranch(making, request.taskId, request.branch)
    const upstream = upstreamOf({ ...request, branch }, await wasAtOrigin(making, request.taskId, branch))
    await writeConfig(making, [
      ...originConfig(source, state?.root ?? source.path ?? ''),
      ...givenConfig(source, branch),
      ...upstream.config,
      ...(await identityOf(making, request, resolved)),
    ])
    await restoreSecured(making, request.taskId, branch)
    const defaultBranch =
      state === null
        ? (await readHeard(making.store))?.defaultBranch
        : source.originUrl === null
          ? state.branch
          : state.originDefault
    if (defaultBranch != null) await setOriginHead(making, defaultBranch)
    warnings.push(...(await lfsWarnings(making)), ...(await submodules(making, state)))
    const baseCommit = await resolveCommit(createLocalCheckoutGit(git, making.directory), BASE_REF)
    return report({ branch, baseCommit, pristine: false, warnings }, progress)
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

  async function identify(
    taskId: TaskId,
    source: CheckoutSource,
    identity: CheckoutIdentity | null,
  ): Promise<void> {
    const cwd = layout.checkout(taskId)
    if (!(await exists(cwd))) return
    const what = 'Who commits could not be written to the checkout'
    for (const role of ['user', 'author', 'committer'])
      for (const key of ['name', 'email']) {
        const unset = await git(['config', '--local', '--unset-all', `${role}.${key}`], { cwd })
        // 5: it was not set.
        if (unset.exitCode !== 5) expectGit(unset, what)
      }
    const resolved = await readIdentityConfig(git, source.path ?? cwd)
    const ofFolder =
      source.path === null ? [] : resolved.filter(({ key }) => key === 'name' || key === 'email')
    const wanted = new Map(
      [...ofFolder, ...identityConfig(resolved, identity)].map((entry) => [
        `${entry.section[0]}.${entry.key}`,
        entry.value,
      ]),
    )
    for (const [key, value] of wanted)
      expectGit(await git(['config', '--local', '--replace-all', key, value], { cwd }), what)
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
    ofThisRun.add(repositoryId)
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

  async function secure(taskId: TaskId, repositoryId: RepositoryId): Promise<void> {
    const checkout = layout.checkout(taskId)
    if (!(await exists(checkout))) return
    await withStore(repositoryId, ({ path }) => secureCheckout(git, { checkout, store: path, taskId }, {}))
  }

  async function remove(taskId: TaskId, repositoryId: RepositoryId): Promise<void> {
    if (!(await exists(layout.checkout(taskId)))) return
    await secure(taskId, repositoryId)
    await deleteDirectory(layout.checkout(taskId), 'The checkout could not be deleted')
  }

  async function discard(taskId: TaskId, repositoryId: RepositoryId): Promise<void> {
    await deleteDirectory(layout.checkout(taskId), 'The checkout could not be deleted')
    if (!(await exists(layout.store(repositoryId)))) return
    await withStore(repositoryId, ({ path }) => removeTaskRefs(git, path, taskId, {}))
  }

  /** Gone under its name at once, so that nothing takes half of it for the whole. */
  async function deleteDirectory(directory: string, what: string): Promise<void> {
    const deleting = layout.deleting(directory)
    try {
      await rm(deleting, { recursive: true, force: true })
      if (await exists(directory)) await rename(directory, deleting)
      await rm(deleting, { recursive: true, force: true })
    } catch (thrown) {
      throw fileError(thrown, what)
    }
  }

  async function removeStore(repositoryId: RepositoryId): Promise<void> {
    await spares.interrupt(repositoryId)
    await withStore(repositoryId, async ({ path }) => {
      const users = (await exists(path)) ? await usersOf(git, layout, repositoryId, {}) : []
      if (users.length > 0)
        throw new FoundryError('conflict', 'The store of the repository is in use.', {
          next: 'Delete its tasks first, or keep it: it holds their commits.',
          detail: users.join('\n'),
        })
      const what = 'The store of the repository could not be deleted'
      // The borrower before the lender.
      await deleteDirectory(layout.spare(repositoryId), what)
      await deleteDirectory(path, what)
    })
  }

  async function leftovers(
    known: { tasks: ReadonlySet<TaskId>; repositories: ReadonlySet<RepositoryId> },
    signal?: AbortSignal,
  ): Promise<Leftover[]> {
    const disk = await readDisk(layout)
    const options = signal === undefined ? {} : { signal }
    const found: Leftover[] = []
    for (const taskId of disk.tasks) {
      if (known.tasks.has(taskId) || ofThisRun.has(taskId)) continue
      const path = layout.checkout(taskId)
      const repositoryId = await lenderOf(layout, path)
      const work = repositoryId === null || (await holdsWork(git, path, options))
      const bytes = await diskUse(path, signal)
      found.push({ kind: 'checkout', taskId, path, bytes, repositoryId, holdsWork: work })
    }
    for (const [kind, ids] of [
      ['spare', disk.spares],
      ['store', disk.stores],
    ] as const)
      for (const repositoryId of ids) {
        if (known.repositories.has(repositoryId) || ofThisRun.has(repositoryId)) continue
        const path = kind === 'spare' ? layout.spare(repositoryId) : layout.store(repositoryId)
        found.push({ kind, repositoryId, path, bytes: await diskUse(path, signal) })
      }
    return found
  }

  async function removeLeftover(leftover: Leftover): Promise<void> {
    if (leftover.kind === 'store') return removeStore(leftover.repositoryId)
    if (leftover.kind === 'spare')
      return deleteDirectory(layout.spare(leftover.repositoryId), 'The spare checkout could not be deleted')
    const { taskId, path } = leftover
    return lock(taskId, async () => {
      if (!(await exists(path))) return
      const repositoryId = await lenderOf(layout, path)
      if (repositoryId === null)
        throw new FoundryError('conflict', `${path} may hold work that is nowhere else.`, {
          next: 'Look at what is in the folder, save what you need, and delete it.',
        })
      if (await holdsWork(git, path, {})) return remove(taskId, repositoryId)
      // What was secured of it before is not in the checkout alone, and stays.
      if (!(await isSecured(git, layout.store(repositoryId), taskId, {})))
        return discard(taskId, repositoryId)
      return deleteDirectory(path, 'The checkout could not be deleted')
    })
  }

  async function found(path: string): Promise<string | null> {
    return (await exists(path)) ? path : null
  }

  async function makeDirectories(): Promise<void> {
    await mkdir(layout.checkoutsDirectory, { recursive: true })
    await mkdir(layout.storesDirectory, { recursive: true })
  }

  return {
    prepare: (request, progress) => lock(request.taskId, () => prepare(request, progress), progress.signal),
    warm,
    async knownBranches(repositoryId) {
      const store = layout.store(repositoryId)
      return (await exists(store)) ? originBranches(git, store, {}) : new Set()
    },
    identify: (taskId, source, identity) => lock(taskId, () => identify(taskId, source, identity)),
    secure: (taskId, repositoryId) => lock(taskId, () => secure(taskId, repositoryId)),
    remove: (taskId, repositoryId) => lock(taskId, () => remove(taskId, repositoryId)),
    discard: (taskId, repositoryId) => lock(taskId, () => discard(taskId, repositoryId)),
    diskUse: (taskId, signal) => diskUse(layout.checkout(taskId), signal),
    find: (taskId) => found(layout.checkout(taskId)),
    findStore: (repositoryId) => found(layout.store(repositoryId)),
    async storeUse(signal) {
      const bytes = new Map<RepositoryId, number>()
      for (const id of (await readDisk(layout)).stores) bytes.set(id, await diskUse(layout.store(id), signal))
      return bytes
    },
    async storesInUse() {
      const users = new Map<RepositoryId, TaskId[]>()
      for (const id of (await readDisk(layout)).stores) users.set(id, await usersOf(git, layout, id, {}))
      return users
    },
    removeStore,
    leftovers,
    removeLeftover,
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
