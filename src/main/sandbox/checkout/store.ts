import {
  appendFile,
  constants,
  copyFile,
  mkdir,
  readFile,
  readdir,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { TaskId } from '@shared/ids'
import { joinEnvironments } from '../git/credentials'
import { READ_ONLY_GIT } from '../git/environment'
import { expectGit, fileError, gitError } from '../git/errors'
import type { LocalGit, LocalGitRunOptions } from '../git/local-git'
import { oneLine } from '../git/parse'
import { formatConfig } from './config'
import type { SourceState } from './source'
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

/** Where a store is, and where it is made: it appears under its name only when it is filled. */
export interface StorePlace {
  path: string
  making: string
}

/**
 * The store of a repository's objects, made when it is not there yet. Objects in it are never collected:
 * checkouts borrow them without the store knowing which.
 */
export async function ensureStore(
  git: LocalGit,
  place: StorePlace,
  objectFormat: string,
  options: LocalGitRunOptions,
  fill: (path: string) => Promise<void>,
): Promise<void> {
  const { path, making } = place
  if (await exists(path)) return
  const what = 'The store of the repository could not be made'
  try {
    await rm(making, { recursive: true, force: true })
    await mkdir(making, { recursive: true })
    expectGit(
      await git(
        ['init', '--quiet', '--bare', '--template=', `--object-format=${objectFormat}`, making],
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
    await fill(making)
    await rename(making, path)
  } catch (thrown) {
    await rm(making, { recursive: true, force: true })
    throw fileError(thrown, what)
  }
}

/** Fills a new store with the objects of the person's folder. */
export async function copyObjects(
  git: LocalGit,
  state: SourceState,
  making: string,
  options: LocalGitRunOptions,
): Promise<void> {
  await copyPacks(join(state.commonDirectory, 'objects', 'pack'), join(making, 'objects', 'pack'))
  await packLooseObjects(git, state, making, options)
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
  const theirs = { ...options, cwd: state.root, env: joinEnvironments(options.env, READ_ONLY_GIT) }
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

/** Brings the store up to what the person's folder holds: origin's branches, tags, and what else is asked for. */
export async function updateStore(
  git: LocalGit,
  store: string,
  from: { source: CheckoutSource; state: SourceState },
  own: readonly string[],
  options: LocalGitRunOptions,
): Promise<void> {
  const { source, state } = from
  const branches =
    source.originUrl === null
      ? ['+refs/heads/*:refs/remotes/origin/*']
      : ['+refs/remotes/origin/*:refs/remotes/origin/*', '^refs/remotes/origin/HEAD']
  const result = await git(
    [...QUIET_FETCH, '--prune', '--', state.root, ...branches, '+refs/tags/*:refs/tags/*', ...own],
    { ...options, cwd: store },
  )
  expectGit(result, `The commits of ${state.root} could not be copied`)
}

/** The commit a ref of the store names, or null. */
export async function storeCommit(
  git: LocalGit,
  store: string,
  ref: string,
  options: LocalGitRunOptions,
): Promise<string | null> {
  const result = await git(['rev-parse', '--verify', '--quiet', `${ref}^{commit}`], {
    ...options,
    cwd: store,
  })
  if (result.exitCode !== 0 && result.stderr.trim() === '') return null
  return oneLine(expectGit(result, 'The store could not be read').stdout)
}

/** Names of origin's branches, as the store has them. */
export async function originBranches(
  git: LocalGit,
  store: string,
  options: LocalGitRunOptions,
): Promise<Set<string>> {
  const listed = await git(['for-each-ref', '--format=%(refname:lstrip=3)', '--', 'refs/remotes/origin/'], {
    ...options,
    cwd: store,
  })
  const names = expectGit(listed, 'The store could not be read').stdout.split('\n')
  return new Set(names.filter((name) => name !== ''))
}

/** When a store heard from origin itself, and what it called its default branch then. */
const heardSchema = z.object({ at: z.number(), defaultBranch: z.string().nullable() })
export type Heard = z.infer<typeof heardSchema>
const HEARD = 'foundry-heard.json'

export async function writeHeard(store: string, heard: Heard): Promise<void> {
  await writeFile(join(store, HEARD), JSON.stringify(heard))
}

/** Null for a store that was filled from a folder only. */
export async function readHeard(store: string): Promise<Heard | null> {
  const text = await readFile(join(store, HEARD), 'utf8').catch(ignoreMissing)
  try {
    return text === null ? null : (heardSchema.safeParse(JSON.parse(text)).data ?? null)
  } catch {
    // Cut short by a crash; the next fetch writes it again.
    return null
  }
}

/**
 * Removes what git leaves when it is killed while it writes in a store: packs that were not finished, and locks that
 * would stop everything after. Only while nothing else works in it.
 */
export async function sweepStore(store: string): Promise<void> {
  const packs = join(store, 'objects', 'pack')
  const unfinished = ((await readdir(packs).catch(ignoreMissing)) ?? []).filter((name) =>
    name.startsWith('tmp_'),
  )
  const refs = (await readdir(join(store, 'refs'), { recursive: true }).catch(ignoreMissing)) ?? []
  const top = (await readdir(store).catch(ignoreMissing)) ?? []
  const locks = [...top, ...refs.map((name) => join('refs', name))].filter((name) => name.endsWith('.lock'))
  const paths = [...unfinished.map((name) => join(packs, name)), ...locks.map((name) => join(store, name))]
  await Promise.all(paths.map((path) => rm(path, { force: true })))
}
