import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { joinEnvironments } from '../git/credentials'
import { expectGit, fileError, gitError, gitOutput } from '../git/errors'
import type { LocalGit, LocalGitRunOptions } from '../git/local-git'
import { formatConfig, type ConfigEntry } from './config'
import { QUIET_FETCH, exists } from './store'
import type { CheckoutWarning } from './types'

const WHAT = 'The checkout could not be made'

/** Git writes files with one process unless told otherwise, also in `git clone`. */
const WORKERS = Math.min(8, Math.max(2, availableParallelism()))

/** Where the checkout keeps the commit its branch started from. */
export const BASE_REF = 'refs/foundry/base'

/** The name `HEAD` has until a task's branch has come: one that does not exist, so that it holds nothing back. */
const NO_BRANCH = 'foundry-none'

/** The config as `git init` wrote it, before anything of a task: a spare checkout starts again from it. */
const INITIAL_CONFIG = 'foundry-initial-config'

export interface Making {
  git: LocalGit
  /** The directory the checkout is made in. */
  directory: string
  store: string
  options: LocalGitRunOptions
  /** What signs in to origin, for what downloads files from it on the way: Git LFS and submodules. */
  originEnv: Record<string, string>
}

/** An empty repository with refs, config and hooks of its own that borrows the store's objects. */
export async function makeSkeleton(making: Making, objectFormat: string): Promise<void> {
  const { git, directory, store, options } = making
  try {
    await rm(directory, { recursive: true, force: true })
    await mkdir(directory, { recursive: true })
    expectGit(
      await git(
        [
          'init',
          '--quiet',
          `--initial-branch=${NO_BRANCH}`,
          `--object-format=${objectFormat}`,
          '--',
          directory,
        ],
        options,
      ),
      WHAT,
    )
    await mkdir(join(directory, '.git/objects/info'), { recursive: true })
    await writeFile(
      join(directory, '.git/objects/info/alternates'),
      `${quoteAlternate(join(store, 'objects'))}\n`,
    )
    await copyFile(join(directory, '.git/config'), join(directory, '.git', INITIAL_CONFIG))
  } catch (thrown) {
    throw fileError(thrown, WHAT)
  }
}

/** Git reads a line that begins with a quote as a quoted path; a plain one ends at the line's end. */
function quoteAlternate(path: string): string {
  const plain = process.platform === 'win32' ? path.replaceAll('\\', '/') : path
  return /["\n]/.test(plain) ? JSON.stringify(plain) : plain
}

/** Puts the settings of a task in place of all that were there. */
export async function writeConfig(making: Making, entries: readonly ConfigEntry[]): Promise<void> {
  const gitDirectory = join(making.directory, '.git')
  try {
    const initial = await readFile(join(gitDirectory, INITIAL_CONFIG), 'utf8')
    await writeFile(join(gitDirectory, 'config'), `${initial}${formatConfig(entries)}`)
  } catch (thrown) {
    throw fileError(thrown, WHAT)
  }
}

/** Copies refs from the store, and the edge of a shallow history with them. */
export async function fetchFromStore(making: Making, refspecs: readonly string[]): Promise<void> {
  const { git, directory, store, options } = making
  const shallow = join(store, 'shallow')
  if (await exists(shallow)) await copyFile(shallow, join(directory, '.git/shallow'))
  expectGit(
    await git([...QUIET_FETCH, '--prune', '--', store, ...refspecs], { ...options, cwd: directory }),
    WHAT,
  )
}

export const STORE_REFSPECS = [
  '+refs/remotes/origin/*:refs/remotes/origin/*',
  '+refs/tags/*:refs/tags/*',
] as const

/** Lets `HEAD` name the branch and, where there is a commit to start from, the branch name that. */
export async function startBranch(making: Making, branch: string, commit: string | null): Promise<void> {
  const { git, directory, options } = making
  const here = { ...options, cwd: directory }
  const message = 'branch: created by Foundry'
  const results = await Promise.all([
    git(['symbolic-ref', 'HEAD', `refs/heads/${branch}`], here),
    ...(commit === null
      ? []
      : [git(['update-ref', '--create-reflog', '-m', message, `refs/heads/${branch}`, commit], here)]),
  ])
  for (const result of results) expectGit(result, WHAT)
}

/**
 * Brings index and files to a commit; files that are already so are left alone. When Git LFS cannot deliver,
 * its files stay pointers and the task goes on, with a warning.
 */
export async function checkOutFiles(
  making: Making,
  commit: string,
  onProgress?: (share: number) => void,
): Promise<CheckoutWarning[]> {
  const { git, directory, options, originEnv } = making
  const run = (env: Record<string, string>) =>
    git(['-c', `checkout.workers=${WORKERS}`, 'read-tree', '--reset', '-u', '-v', commit], {
      ...options,
      cwd: directory,
      env: joinEnvironments(options.env, originEnv, env),
      ...(onProgress === undefined ? {} : { onProgress: (line: string) => reportShare(line, onProgress) }),
    })
  const result = await run({})
  if (result.exitCode === 0) return []
  if (!/smudge filter lfs failed|git-lfs|filter-process/i.test(gitOutput(result)))
    throw gitError(result, WHAT)
  const withPointers = await run({ GIT_LFS_SKIP_SMUDGE: '1' })
  if (withPointers.exitCode !== 0) throw gitError(result, WHAT)
  return [
    {
      message:
        'Files kept with Git LFS could not be downloaded; they are small pointer files in this checkout.',
      next: 'Run "git lfs pull" in the checkout once the server can be reached and you are signed in.',
      detail: gitOutput(result),
    },
  ]
}

function reportShare(line: string, onProgress: (share: number) => void): void {
  const percent = /(\d+)% \(\d+\/\d+\)/.exec(line)?.[1]
  if (percent !== undefined) onProgress(Number(percent) / 100)
}

/** Without Git LFS on this machine git leaves pointers and says nothing. */
export async function lfsWarnings(making: Making): Promise<CheckoutWarning[]> {
  const { git, directory, options } = making
  const here = { ...options, cwd: directory }
  const uses = await git(
    ['grep', '--quiet', '--cached', '-E', 'filter=lfs( |$)', '--', ':(top,glob)**/.gitattributes'],
    here,
  )
  if (uses.exitCode !== 0) return []
  const [version, filter] = await Promise.all([
    git(['lfs', 'version'], here),
    git(['config', '--get-regexp', '^filter\\.lfs\\.'], here),
  ])
  if (version.exitCode === 0 && filter.exitCode === 0) return []
  return [
    {
      message:
        'This repository keeps files with Git LFS, which is not set up here: they are small pointer files in this checkout.',
      next:
        version.exitCode === 0
          ? 'Run "git lfs install", then "git lfs pull" in the checkout.'
          : 'Install Git LFS (https://git-lfs.com), run "git lfs install", then "git lfs pull" in the checkout.',
      detail: gitOutput(version.exitCode === 0 ? filter : version),
    },
  ]
}

/** The default branch of origin as a clone would know it. */
export async function setOriginHead(making: Making, branch: string): Promise<void> {
  const { git, directory, options } = making
  const ref = `refs/remotes/origin/${branch}`
  const here = { ...options, cwd: directory }
  if ((await git(['show-ref', '--verify', '--quiet', ref], here)).exitCode !== 0) return
  expectGit(await git(['symbolic-ref', 'refs/remotes/origin/HEAD', ref], here), WHAT)
}

/** Where the upstream is a fork's branch, the checkout has to know it: only origin's come with the store. */
export async function pointUpstream(making: Making, ref: string, commit: string): Promise<void> {
  if (ref.startsWith('refs/remotes/origin/')) return
  const { git, directory, options } = making
  expectGit(await git(['update-ref', '--no-deref', ref, commit], { ...options, cwd: directory }), WHAT)
}
