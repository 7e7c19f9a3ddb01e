import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { FoundryError } from '@shared/errors'
import type { RepositoryId } from '@shared/ids'
import { SCRATCH_FILE, headCommit, resolveCommit } from '../git/changes'
import { fileError } from '../git/errors'
import { createLocalCheckoutGit, type LocalGit, type LocalGitRunOptions } from '../git/local-git'
import { oneLine } from '../git/parse'
import { createLayout } from './layout'
import { createLock } from './lock'
import {
  BASE_REF,
  STORE_REFSPECS,
  checkOutFiles,
  fetchFromStore,
  lfsWarnings,
  makeSkeleton,
  originConfig,
  setOriginHead,
  startBranch,
  writeConfig,
  type Making,
} from './make'
import { isSecured, restoreSecured, secureCheckout } from './secure'
import { expectFreeBranch, findBase, readIdentityConfig, readSource, type SourceState } from './source'
import { SPARE_BRANCH, adoptSpare, createSpareWork, settleIndex } from './spare'
import { ensureStore, exists, taskRefs, updateStore } from './store'
import { fillSubmodules } from './submodules'
import type { CheckoutRequest, Checkouts, CheckoutSource, CheckoutWarning, PreparedCheckout } from './types'
import { applyTrees, readPersonsTrees } from './uncommitted'
import type { Progress } from '../types'

export type { CheckoutRequest, Checkouts, CheckoutSource, CheckoutWarning, PreparedCheckout } from './types'

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
    }
    try {
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
    progress.stage('Reading your folder')
    const state = await readSource(git, request.source, progress.signal)
    expectFreeBranch(state, request.branch)
    const base = findBase(state, request.baseBranch)
    const baseRef = `${taskRefs(request.taskId)}/base`
    progress.stage('Copying new commits')
    const copyCommits = lock(`store ${request.repositoryId}`, async () => {
      await ensureStore(git, making.store, layout.making(making.store), state, making.options)
      const from = { source: request.source, state }
      return updateStore(git, making.store, from, base && { base, ref: baseRef }, making.options)
    })
    // Settled, not raced: nothing may still write in the directory when a failure clears it away.
    const [copied, adopted, identity] = await Promise.allSettled([
      copyCommits,
      adoptSpare(making, layout.spare(request.repositoryId)),
      readIdentityConfig(git, state),
    ])
    const [baseCommit, spareCommit] = [valueOf(copied), valueOf(adopted)]
    if (request.includeUncommitted && baseCommit !== state.head) throw notOnBase(request, state)

    progress.stage('Checking out files')
    if (spareCommit === null) await makeSkeleton(making, state.objectFormat)
    await writeConfig(making, [...originConfig(request.source, state.root), ...valueOf(identity)])
    await fetchFromStore(
      making,
      baseCommit === null ? STORE_REFSPECS : [...STORE_REFSPECS, `+${baseRef}:${BASE_REF}`],
    )
    const warnings: CheckoutWarning[] = []
    if (baseCommit !== null && baseCommit !== spareCommit) {
      const report = (share: number) => progress.stage('Checking out files', share)
      warnings.push(...(await checkOutFiles(making, baseCommit, report)))
    }
    const finishing = await Promise.allSettled([
      lfsWarnings(making),
      startBranch(making, request.branch, baseCommit),
      finish(making, state, request.source),
    ])
    warnings.push(...valueOf(finishing[0]))
    valueOf(finishing[1])
    valueOf(finishing[2])
    if (request.includeUncommitted) {
      progress.stage('Copying uncommitted changes')
      const uncommitted = await readPersonsTrees(making, state)
      await applyTrees(making, uncommitted.trees, 'What is uncommitted in your folder could not be copied')
      warnings.push(...uncommitted.warnings)
    }
    progress.stage('Filling submodules')
    warnings.push(...(await fillSubmodules(git, making.directory, state.commonDirectory, making.options)))
    const pristine = !request.includeUncommitted && warnings.length === 0
    return report({ branch: request.branch, baseCommit, pristine, warnings }, progress)
  }

  /** A checkout whose work is in the store needs the person's folder only for who they are and where origin is. */
  async function remake(making: Making, request: CheckoutRequest, progress: Progress): Promise<Made> {
    progress.stage('Bringing the work back')
    const format = await git(['rev-parse', '--show-object-format'], { ...making.options, cwd: making.store })
    await makeSkeleton(making, oneLine(format.stdout))
    const warnings: CheckoutWarning[] = []
    const state = await readSource(git, request.source, progress.signal).catch((thrown: unknown) => {
      if (!(thrown instanceof FoundryError) || thrown.kind === 'cancelled') throw thrown
      warnings.push({
        message: 'Your folder could not be read; the checkout has the work, but not your name and email.',
        next: thrown.next ?? 'Make the folder available again.',
        detail: [thrown.message, thrown.detail ?? ''].join('\n').trim(),
      })
      return null
    })
    const identity = state === null ? [] : await readIdentityConfig(git, state)
    await writeConfig(making, [
      ...originConfig(request.source, state?.root ?? request.source.path),
      ...identity,
    ])
    await restoreSecured(making, request.taskId, request.branch)
    if (state !== null) await finish(making, state, request.source)
    warnings.push(...(await lfsWarnings(making)))
    const modules = state?.commonDirectory ?? making.directory
    warnings.push(...(await fillSubmodules(git, making.directory, modules, making.options)))
    const baseCommit = await resolveCommit(createLocalCheckoutGit(git, making.directory), BASE_REF)
    return report({ branch: request.branch, baseCommit, pristine: false, warnings }, progress)
  }

  async function finish(making: Making, state: SourceState, source: CheckoutSource): Promise<void> {
    const branch = source.originUrl === null ? state.branch : state.originDefault
    if (branch !== null) await setOriginHead(making, branch)
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
      }
      try {
        await makeDirectories()
        const state = await readSource(git, source, signal)
        if (state.head === null) return
        const base = findBase(state, null)
        const ref = `refs/foundry/spare/base`
        const commit = await lock(`store ${repositoryId}`, async () => {
          await ensureStore(git, making.store, layout.making(making.store), state, options)
          return updateStore(git, making.store, { source, state }, base && { base, ref }, options)
        })
        if (commit === null) return
        await makeSkeleton(making, state.objectFormat)
        await writeConfig(making, originConfig(source, state.root))
        await fetchFromStore(making, [...STORE_REFSPECS, `+${ref}:${BASE_REF}`])
        await checkOutFiles(making, commit)
        await startBranch(making, SPARE_BRANCH, null)
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
    await lock(`store ${repositoryId}`, () =>
      secureCheckout(git, { checkout, store: layout.store(repositoryId), taskId }, {}),
    )
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
    prepare: (request, progress) => lock(request.taskId, () => prepare(request, progress)),
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

function notOnBase(request: CheckoutRequest, state: SourceState): FoundryError {
  const here = state.branch ?? 'the commit checked out there'
  return new FoundryError(
    'conflict',
    `What is uncommitted in your folder belongs to ${here}, but the task starts from ${request.baseBranch ?? 'another commit'}.`,
    { next: `Start the task from ${here}, or leave out what is uncommitted.` },
  )
}

function report<Made extends { warnings: CheckoutWarning[] }>(made: Made, progress: Progress): Made {
  for (const warning of made.warnings) progress.log(`${warning.message} ${warning.next}\n${warning.detail}`)
  return made
}
