import { rename, rm } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'
import type { RepositoryId } from '@shared/ids'
import { INERT_CONFIG } from '../git/environment'
import { expectGit, fileError } from '../git/errors'
import { oneLine } from '../git/parse'
import { BASE_REF, type Making } from './make'
import { findBase, readSource } from './source'
import {
  copyObjects,
  ensureStore,
  exists,
  readHeard,
  storeCommit,
  updateStore,
  type StorePlace,
} from './store'
import type { CheckoutSource } from './types'

/** Keeps the commit of a repository's spare checkout in the store. */
export const SPARE_REF = 'refs/foundry/spare/base'

/**
 * Notes in the store where the next task is likely to start, and returns that commit: what is checked out in the
 * person's folder, else origin's default branch as it was last fetched. Nothing is fetched from origin.
 */
export async function spareCommit(
  making: Making,
  place: StorePlace,
  source: CheckoutSource,
): Promise<string | null> {
  const { git, options } = making
  const point = async (commit: string) =>
    expectGit(
      await git(['update-ref', '--no-deref', SPARE_REF, commit], { ...options, cwd: place.path }),
      'The spare checkout could not be made',
    )
  if (source.path === null) {
    if (!(await exists(place.path))) return null
    const name = (await readHeard(place.path))?.defaultBranch ?? null
    const commit =
      name === null ? null : await storeCommit(git, place.path, `refs/remotes/origin/${name}`, options)
    if (commit !== null) await point(commit)
    return commit
  }
  const state = await readSource(git, source.path, options.signal)
  const base = findBase(state, null)
  if (base === null || base === 'empty') return null
  await ensureStore(git, place, state.objectFormat, options, (path) => copyObjects(git, state, path, options))
  await updateStore(git, place.path, { source, state }, [`+${base.ref}:${SPARE_REF}`], options)
  return storeCommit(git, place.path, SPARE_REF, options)
}

/**
 * Takes the spare checkout for a task by renaming it to where the task's is made. Returns the commit its files
 * are at; null when there is none, or when it is not as git left it.
 */
export async function adoptSpare(making: Making, spare: string): Promise<string | null> {
  const { git, directory, options } = making
  if (!(await exists(spare))) return null
  try {
    await rm(directory, { recursive: true, force: true })
    await rename(spare, directory)
  } catch (thrown) {
    // Of several tasks that start at once, one gets it.
    if (!(await exists(spare))) return null
    throw fileError(thrown, 'The spare checkout could not be used')
  }
  const here = { ...options, cwd: directory }
  const [untouched, commit] = await Promise.all([
    git([...INERT_CONFIG, 'diff-files', '--quiet'], here),
    git(['rev-parse', '--verify', '--quiet', `${BASE_REF}^{commit}`], here),
  ])
  return untouched.exitCode === 0 && commit.exitCode === 0 ? oneLine(commit.stdout) : null
}

/**
 * Git reads files again that are as new as the index, for they may have changed in the same second. Written
 * once more after that second is over, the index is believed, and a spare checkout is looked through at once.
 */
export async function settleIndex(making: Making, signal: AbortSignal): Promise<void> {
  await setTimeout(1000 - (Date.now() % 1000) + 20, undefined, { signal })
  const { git, directory, options } = making
  await git([...INERT_CONFIG, 'status', '--porcelain', '--untracked-files=no'], {
    ...options,
    cwd: directory,
  })
}

/** Spare checkouts in the making, one a repository; whoever needs the machine for a task ends them. */
export interface SpareWork {
  start(repositoryId: RepositoryId, work: (signal: AbortSignal) => Promise<void>): Promise<void>
  /** Ends the one under way, if any, and waits until it is gone. */
  interrupt(repositoryId: RepositoryId): Promise<void>
  close(): Promise<void>
}

export function createSpareWork(): SpareWork {
  const running = new Map<RepositoryId, { abort: AbortController; done: Promise<void> }>()
  let closed = false

  const interrupt = async (repositoryId: RepositoryId) => {
    const work = running.get(repositoryId)
    if (work === undefined) return
    work.abort.abort()
    // Its failure was told to the one who started it.
    await Promise.allSettled([work.done])
  }

  return {
    async start(repositoryId, work) {
      const current = running.get(repositoryId)
      if (current !== undefined) return current.done
      if (closed) return undefined
      const abort = new AbortController()
      const done = work(abort.signal).finally(() => running.delete(repositoryId))
      running.set(repositoryId, { abort, done })
      return done
    },
    interrupt,
    async close() {
      closed = true
      await Promise.all([...running.keys()].map(interrupt))
    },
  }
}
