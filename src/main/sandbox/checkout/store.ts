import { appendFile, constants, copyFile, mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { TaskId } from '@shared/ids'
import { READ_ONLY_GIT } from '../git/environment'
import { expectGit, fileError, gitError } from '../git/errors'
import type { LocalGit, LocalGitRunOptions } from '../git/local-git'
import { oneLine } from '../git/parse'
import { formatConfig } from './config'
import type { Base, SourceState } from './source'
import type { CheckoutSource } from './types'

/** Fetches between repositories of this machine: no tags but those asked for, no clearing up, no other traces. */
export const QUIET_FETCH = [
  '-c',
  'protocol.file.allow=always',
  'fetch',
  '--quiet',
  '--no-write-fetch-head',
  '--no-auto-maintenance',
  '--no-recurse-submodules',
  '--no-tags',
  '--update-shallow',
] as const

/** Refs of a task in its repository's store. */
export function taskRefs(taskId: TaskId): string {
  return `refs/foundry/${taskId}`
}

export async function exists(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (thrown) {
    const code = (thrown as NodeJS.ErrnoException).code
    if (code === 'ENOENT' || code === 'ENOTDIR') return false
    throw fileError(thrown, `${path} could not be read`)
  }
}

/**
 * The store of a repository's objects, made when it is not there yet. Objects in it are never collected:
 * checkouts borrow them without the store knowing which.
 */
export async function ensureStore(
  git: LocalGit,
  store: string,
  making: string,
  state: SourceState,
  options: LocalGitRunOptions,
): Promise<void> {
  if (await exists(store)) return
  const what = 'The store of the repository could not be made'
  try {
    await rm(making, { recursive: true, force: true })
    await mkdir(making, { recursive: true })
    expectGit(
      await git(
        ['init', '--quiet', '--bare', '--template=', `--object-format=${state.objectFormat}`, making],
        options,
      ),
      what,
    )
    await appendFile(
      join(making, 'config'),
      formatConfig([
        { section: ['gc'], key: 'auto', value: '0' },
        { section: ['gc'], key: 'pruneExpire', value: 'never' },
        { section: ['maintenance'], key: 'auto', value: 'false' },
        { section: ['core'], key: 'logAllRefUpdates', value: 'false' },
      ]),
    )
    await copyPacks(join(state.commonDirectory, 'objects', 'pack'), join(making, 'objects', 'pack'))
    await packLooseObjects(git, state, making, options)
    await rename(making, store)
  } catch (thrown) {
    throw fileError(thrown, what)
  }
}

const PACK_FILE = /^pack-[0-9a-f]+\.(pack|idx|rev|bitmap)$/

/**
 * Copies the person's packs as they are, many times faster than a fetch that packs everything anew (and free
 * where the disk can share blocks). The fetch that follows verifies that nothing is missing, and brings what is:
 * a pack that git replaced meanwhile is therefore left out.
 */
async function copyPacks(from: string, to: string): Promise<void> {
  const names = (await readdir(from).catch(ignoreMissing)) ?? []
  // An index makes its pack count, so it comes after it.
  const ordered = names
    .filter((name) => PACK_FILE.test(name))
    .toSorted((one, other) => rank(one) - rank(other))
  const missing = new Set<string>()
  for (const name of ordered) {
    const pack = name.slice(0, name.lastIndexOf('.'))
    if (missing.has(pack)) continue
    const copied = await copyFile(join(from, name), join(to, name), constants.COPYFILE_FICLONE).then(
      () => true,
      (thrown: unknown) => ignoreMissing(thrown) ?? false,
    )
    if (!copied) missing.add(pack)
  }
}

const rank = (name: string): number => (name.endsWith('.pack') ? 0 : name.endsWith('.idx') ? 2 : 1)

function ignoreMissing(thrown: unknown): null {
  if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return null
  throw thrown
}

/** Objects not in any pack go over as one pack. Whatever this leaves out, the fetch brings. */
async function packLooseObjects(
  git: LocalGit,
  state: SourceState,
  making: string,
  options: LocalGitRunOptions,
): Promise<void> {
  const theirs = { ...options, cwd: state.root, env: { ...options.env, ...READ_ONLY_GIT } }
  const count = await git(['count-objects'], theirs)
  if (count.exitCode !== 0 || count.stdout.startsWith('0 ')) return
  const pack = join(making, 'objects', 'pack', 'pack')
  const packed = await git(
    [
      '-c',
      'pack.writeReverseIndex=false',
      'pack-objects',
      '--quiet',
      '--all',
      '--unpacked',
      '--incremental',
      '--window=0',
      pack,
    ],
    { ...theirs, input: '' },
  )
  if (packed.exitCode !== 0 && gitError(packed, '').kind === 'disk_full')
    throw gitError(packed, 'The store could not be made')
}

/**
 * Brings the store up to what the person's folder holds: origin's branches, tags, and the base of the task.
 * Returns the commit of the base as it was fetched.
 */
export async function updateStore(
  git: LocalGit,
  store: string,
  from: { source: CheckoutSource; state: SourceState },
  base: { base: Base; ref: string } | null,
  options: LocalGitRunOptions,
): Promise<string | null> {
  const { source, state } = from
  const branches =
    source.originUrl === null
      ? ['+refs/heads/*:refs/remotes/origin/*']
      : ['+refs/remotes/origin/*:refs/remotes/origin/*', '^refs/remotes/origin/HEAD']
  const own = base === null ? [] : [`+${base.base.ref}:${base.ref}`]
  const what = `The commits of ${state.root} could not be copied`
  const refspecs = [...branches, '+refs/tags/*:refs/tags/*', ...own]
  const result = await git([...QUIET_FETCH, '--prune', '--', state.root, ...refspecs], {
    ...options,
    cwd: store,
  })
  expectGit(result, what)
  if (base === null) return null
  const commit = await git(['rev-parse', '--verify', '--quiet', `${base.ref}^{commit}`], {
    ...options,
    cwd: store,
  })
  return oneLine(expectGit(commit, what).stdout)
}
