import { realpath, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { FoundryError } from '@shared/errors'
import { READ_ONLY_GIT } from '../sandbox/git/environment'
import { expectGit, gitError, gitOutput, shellQuote } from '../sandbox/git/errors'
import { oneLine } from '../sandbox/git/parse'
import type { GitRunner } from '../sandbox/git/types'

export { listBranches, readRepositoryState } from './repository-state'

export interface InspectedFolder {
  /** Top of the working tree, with symbolic links resolved: the same folder is always the same path. */
  root: string
  name: string
  /** Without user name, password or token. */
  originUrl: string | null
  defaultBranch: string | null
}

/**
 * Finds out what a folder that a person chose is. Looks only: nothing in it is written, not even the index.
 *
 * @throws FoundryError for everything that is not a git working tree, with what to do instead
 */
export async function inspectFolder(git: GitRunner, path: string): Promise<InspectedFolder> {
  await expectFolder(path)
  const root = await findRoot(git, path)
  const originUrl = await readOriginUrl(git, root)
  return {
    root,
    name: (originUrl === null ? null : nameFromUrl(originUrl)) ?? (basename(root) || root),
    originUrl,
    defaultBranch: await findDefaultBranch(git, root),
  }
}

async function expectFolder(path: string): Promise<void> {
  try {
    const found = await stat(path)
    if (found.isDirectory()) return
  } catch (thrown) {
    const code = (thrown as NodeJS.ErrnoException).code
    const detail = thrown instanceof Error ? thrown.message : String(thrown)
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new FoundryError('not_found', `There is no folder ${path}.`, {
        next: 'Choose a folder that exists. If it is on another disk, connect that first.',
        detail,
      })
    }
    throw unreadable(path, detail)
  }
  throw new FoundryError('invalid_input', `${path} is a file, not a folder.`, {
    next: 'Choose the folder of the repository.',
  })
}

async function findRoot(git: GitRunner, path: string): Promise<string> {
  const ask = ['rev-parse', '--is-bare-repository', '--is-inside-git-dir', '--is-inside-work-tree']
  const what = await git(ask, { cwd: path, env: READ_ONLY_GIT })
  if (what.exitCode !== 0) throw notARepository(what, path)
  const [bare, insideGitDirectory, insideWorkTree] = what.stdout
    .split('\n')
    .map((line) => line.trim() === 'true')
  if (insideWorkTree !== true) {
    if (bare === true) {
      throw new FoundryError('invalid_input', `${path} is a bare repository: it has no files to work on.`, {
        next: 'Choose a clone of it that has a working tree.',
      })
    }
    if (insideGitDirectory === true) {
      throw new FoundryError('invalid_input', `${path} is the inside of a repository's .git folder.`, {
        next: 'Choose the folder that holds .git.',
      })
    }
    throw new FoundryError('invalid_input', `${path} has no working tree.`, {
      next: 'Choose another folder.',
    })
  }
  const top = await git(['rev-parse', '--show-toplevel'], { cwd: path, env: READ_ONLY_GIT })
  return realpath(oneLine(expectGit(top, `${path} could not be read`).stdout))
}

function notARepository(result: Parameters<typeof gitError>[0], path: string): FoundryError {
  const detail = gitOutput(result)
  if (/Permission denied|cannot change to|Unable to read current working directory/i.test(detail))
    return unreadable(path, detail)
  if (!/not a git repository/.test(detail)) return gitError(result, `${path} could not be opened`)
  return new FoundryError('invalid_input', `${path} is not a git repository.`, {
    next: `Choose another folder, or make it one: git -C ${shellQuote(path)} init`,
    detail,
  })
}

function unreadable(path: string, detail: string): FoundryError {
  return new FoundryError('invalid_input', `${path} cannot be read.`, {
    next: 'Check the permissions of the folder, then choose it again.',
    detail,
  })
}

async function readOriginUrl(git: GitRunner, root: string): Promise<string | null> {
  const result = await git(['config', '--null', '--get', 'remote.origin.url'], {
    cwd: root,
    env: READ_ONLY_GIT,
  })
  if (result.exitCode !== 0) return null
  const url = result.stdout.replace(/\0$/, '').trim()
  return url === '' ? null : withoutCredentials(url)
}

/** User names stay where they are part of the address (`git@host:path`, `ssh://git@host`): they are no secret. */
export function withoutCredentials(url: string): string {
  const match = /^([a-z][a-z0-9+.-]*:\/\/)([^/?#]*)@([\s\S]*)$/i.exec(url)
  if (match === null) return url
  const [, scheme = '', login = '', rest = ''] = match
  const user = login.split(':')[0] ?? ''
  return /^(git\+)?ssh:/i.test(scheme) && user !== '' ? `${scheme}${user}@${rest}` : `${scheme}${rest}`
}

function nameFromUrl(url: string): string | null {
  const last =
    url
      .replace(/[?#].*$/s, '')
      .replace(/[/\\]+$/, '')
      .split(/[/\\:]/)
      .at(-1)
      ?.replace(/\.git$/, '') ?? ''
  return last === '' ? null : last
}

/** What origin calls its default, else the usual names, else what is checked out. */
async function findDefaultBranch(git: GitRunner, root: string): Promise<string | null> {
  const options = { cwd: root, env: READ_ONLY_GIT }
  const remote = await git(['symbolic-ref', '--quiet', 'refs/remotes/origin/HEAD'], options)
  const prefix = 'refs/remotes/origin/'
  const remoteHead = oneLine(remote.stdout)
  if (remote.exitCode === 0 && remoteHead.startsWith(prefix)) return remoteHead.slice(prefix.length)
  for (const name of ['main', 'master']) {
    for (const ref of [`refs/heads/${name}`, `${prefix}${name}`]) {
      if ((await git(['show-ref', '--verify', '--quiet', ref], options)).exitCode === 0) return name
    }
  }
  const head = await git(['symbolic-ref', '--quiet', '--short', 'HEAD'], options)
  return head.exitCode === 0 ? oneLine(head.stdout) : null
}
