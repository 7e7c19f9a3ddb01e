import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { configEnvironment, joinEnvironments } from '../git/credentials'
import { expectGit, gitOutput } from '../git/errors'
import { nulStrings } from '../git/parse'
import type { LocalGit, LocalGitRunOptions } from '../git/local-git'
import { exists } from './store'
import type { CheckoutWarning } from './types'

interface Submodule {
  name: string
  path: string
}

/** How deep submodules of submodules are followed. */
const DEEPEST = 8

/**
 * Fills the submodules of a checkout: from the person's own copies where they have them, so that it needs
 * neither network nor sign-in, else from their addresses as git itself would. A submodule that cannot be had
 * is a warning; the task can go on without it.
 */
export async function fillSubmodules(
  git: LocalGit,
  checkout: string,
  /** The person's git directory, whose `modules` holds their copies. */
  personsGitDirectory: string,
  options: LocalGitRunOptions,
  /** What signs in to origin, for submodules of the same server. */
  originEnv: Record<string, string>,
  depth = 0,
): Promise<CheckoutWarning[]> {
  const here = { ...options, cwd: checkout }
  if (depth > DEEPEST || !(await exists(join(checkout, '.gitmodules')))) return []
  const warnings: CheckoutWarning[] = []
  for (const submodule of await listSubmodules(git, checkout, options)) {
    const copy = join(personsGitDirectory, 'modules', submodule.name)
    const own =
      (await exists(join(copy, 'HEAD'))) && (await fillFromCopy(git, checkout, submodule, copy, options))
    const result = own
      ? null
      : await git(['submodule', '--quiet', 'update', '--init', '--', submodule.path], {
          ...here,
          env: joinEnvironments(options.env, originEnv),
        })
    if (result !== null && result.exitCode !== 0) {
      warnings.push({
        message: `The submodule ${submodule.path} could not be filled; its folder is empty.`,
        next: 'Run "git submodule update --init" in the checkout once its server can be reached and you are signed in.',
        detail: gitOutput(result),
      })
      continue
    }
    warnings.push(
      ...(await fillSubmodules(git, join(checkout, submodule.path), copy, options, originEnv, depth + 1)),
    )
  }
  return warnings
}

/** Those that are named in `.gitmodules` and really are submodules in the commit. */
async function listSubmodules(
  git: LocalGit,
  checkout: string,
  options: LocalGitRunOptions,
): Promise<Submodule[]> {
  const here = { ...options, cwd: checkout }
  const links = await git.bytes(['ls-files', '--stage', '-z'], { ...here, maxOutputBytes: 256 * 1024 * 1024 })
  expectGit(links.result, 'The submodules could not be listed')
  const linked = new Set(
    nulStrings(links.stdout)
      .filter((entry) => entry.startsWith('160000 '))
      .map((entry) => entry.slice(entry.indexOf('\t') + 1)),
  )
  const listed = await git(
    ['config', '--null', '--file', '.gitmodules', '--get-regexp', '^submodule\\..*\\.path$'],
    here,
  )
  // A `.gitmodules` without entries, or one that git cannot read, has no submodules to fill.
  if (listed.exitCode !== 0) return []
  return listed.stdout
    .split('\0')
    .map((entry) => /^submodule\.([\s\S]*)\.path\n([\s\S]*)$/.exec(entry))
    .flatMap((match) => (match?.[1] && match[2] ? [{ name: match[1], path: match[2] }] : []))
    .filter(({ name, path }) => linked.has(path) && isSafeName(name))
}

/** Git refuses such names itself; ours become a path before git sees them. */
function isSafeName(name: string): boolean {
  return !name.split(/[/\\]/).includes('..') && !name.startsWith('/') && !name.includes('\0')
}

/** True when the person's copy had the commit. The submodule then knows its real address, not the copy's. */
async function fillFromCopy(
  git: LocalGit,
  checkout: string,
  submodule: Submodule,
  copy: string,
  options: LocalGitRunOptions,
): Promise<boolean> {
  const here = { ...options, cwd: checkout }
  // As a URL: git would take a plain path for leave to link the person's object files.
  const url = pathToFileURL(copy).href
  const settings = configEnvironment([
    ['protocol.file.allow', 'always'],
    [`submodule.${submodule.name}.url`, url],
  ])
  // First, because git writes no address down for a submodule that already seems to have one.
  const registered = await git(['submodule', '--quiet', 'init', '--', submodule.path], here)
  if (registered.exitCode !== 0) return false
  const result = await git(['submodule', '--quiet', 'update', '--', submodule.path], {
    ...here,
    env: joinEnvironments(options.env, settings),
  })
  const synced = await git(['submodule', '--quiet', 'sync', '--', submodule.path], here)
  return result.exitCode === 0 && synced.exitCode === 0
}
