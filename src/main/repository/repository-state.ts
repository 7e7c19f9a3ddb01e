import type { RepositoryState } from '@shared/domain'
import { INERT_CONFIG, READ_ONLY_GIT } from '../sandbox/git/environment'
import { expectGit } from '../sandbox/git/errors'
import { oneLine } from '../sandbox/git/parse'
import type { GitRunner, GitRunOptions } from '../sandbox/git/types'

const LISTED_BRANCHES = 100
/** A dialog waits for this; a folder that takes longer to look through is told by what came until then. */
const STATUS_BYTES = 16 * 1024 * 1024
const LOCAL = 'refs/heads/'
const ORIGIN = 'refs/remotes/origin/'

/** What a person should know about their folder before a task starts from it. Looks only. */
export async function readRepositoryState(git: GitRunner, path: string): Promise<RepositoryState> {
  const read: GitRunOptions = { cwd: path, env: READ_ONLY_GIT }
  const top = expectGit(await git(['rev-parse', '--show-toplevel'], read), `${path} could not be read`)
  const options: GitRunOptions = { ...read, cwd: oneLine(top.stdout) }
  const head = await git(['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'], options)
  const headCommit = head.exitCode === 0 ? oneLine(head.stdout) : null
  const symbolic = await git(['symbolic-ref', '--quiet', '--short', 'HEAD'], options)
  const branch = symbolic.exitCode === 0 ? oneLine(symbolic.stdout) : null
  const [uncommittedFiles, hasSubmodules, usesLfs, lfsInstalled, identity, branches] = await Promise.all([
    countUncommitted(git, options),
    hasFile(git, options, '.gitmodules'),
    readUsesLfs(git, options),
    git(['lfs', 'version'], options).then((result) => result.exitCode === 0),
    readIdentity(git, options),
    listBranches(git, path),
  ])
  return {
    branch: headCommit === null ? null : branch,
    headCommit,
    empty: headCommit === null,
    detached: branch === null,
    uncommittedFiles,
    hasSubmodules,
    usesLfs,
    lfsInstalled,
    identity,
    branches: withFirst(branches, branch).slice(0, LISTED_BRANCHES),
    branchesTruncated: branches.length > LISTED_BRANCHES,
  }
}

export interface FolderBranch {
  name: string
  /** A branch of the folder itself, or one of origin as it last saw it. */
  isLocal: boolean
  isCurrent: boolean
  committedAt: number | null
}

/** The folder's local branches and those of origin, most recently committed to first; some are both. */
export async function listFolderBranches(git: GitRunner, path: string): Promise<FolderBranch[]> {
  const result = await git(
    [
      'for-each-ref',
      '--sort=-committerdate',
      '--format=%(HEAD)%(committerdate:unix) %(refname)',
      '--',
      LOCAL,
      ORIGIN,
    ],
    { cwd: path, env: READ_ONLY_GIT },
  )
  const listed = expectGit(result, `The branches of ${path} could not be listed`).stdout
  return listed.split('\n').flatMap((line) => {
    const [, head, seconds, ref = ''] = /^(.)(\d*) (.+)$/.exec(line) ?? []
    const isLocal = ref.startsWith(LOCAL)
    if (!isLocal && (!ref.startsWith(ORIGIN) || ref === `${ORIGIN}HEAD`)) return []
    return [
      {
        name: ref.slice(isLocal ? LOCAL.length : ORIGIN.length),
        isLocal,
        isCurrent: head === '*',
        committedAt: seconds === '' ? null : Number(seconds) * 1000,
      },
    ]
  })
}

/** Their names, each once. */
export async function listBranches(git: GitRunner, path: string): Promise<string[]> {
  return [...new Set((await listFolderBranches(git, path)).map(({ name }) => name))]
}

/** The branch checked out stands first, so that a list that was cut never misses it. */
function withFirst(branches: string[], first: string | null): string[] {
  if (first === null || !branches.includes(first)) return branches
  return [first, ...branches.filter((branch) => branch !== first)]
}

async function countUncommitted(git: GitRunner, options: GitRunOptions): Promise<number> {
  const result = await git(
    [...INERT_CONFIG, 'status', '--porcelain=v1', '-z', '--untracked-files=all', '--no-renames'],
    { ...options, maxOutputBytes: STATUS_BYTES },
  )
  if (!result.truncated) expectGit(result, 'The uncommitted changes could not be counted')
  let count = 0
  for (let at = result.stdout.indexOf('\0'); at !== -1; at = result.stdout.indexOf('\0', at + 1)) count += 1
  return count
}

async function hasFile(git: GitRunner, options: GitRunOptions, path: string): Promise<boolean> {
  const result = await git(['ls-files', '--error-unmatch', '--', `:(top,literal)${path}`], options)
  return result.exitCode === 0
}

/** Whether any committed `.gitattributes`, at any depth, hands files to Git LFS. */
async function readUsesLfs(git: GitRunner, options: GitRunOptions): Promise<boolean> {
  const result = await git(
    ['grep', '--quiet', '--cached', '-E', 'filter=lfs( |$)', '--', ':(top,glob)**/.gitattributes'],
    options,
  )
  return result.exitCode === 0
}

/** Who would commit there, as git itself would take it from all of its configuration for that folder. */
async function readIdentity(git: GitRunner, options: GitRunOptions): Promise<RepositoryState['identity']> {
  const value = async (key: string) => {
    const result = await git(['config', '--null', '--get', key], options)
    return result.exitCode === 0 ? result.stdout.replace(/\0$/, '').trim() : ''
  }
  const [name, email] = await Promise.all([value('user.name'), value('user.email')])
  return name === '' || email === '' ? null : { name, email }
}
