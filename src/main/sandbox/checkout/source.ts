import { FoundryError } from '@shared/errors'
import { READ_ONLY_GIT } from '../git/environment'
import { expectGit } from '../git/errors'
import type { LocalGit } from '../git/local-git'
import { oneLine } from '../git/parse'
import { conflictingBranch, freeBranchName, validateBranchName } from '@shared/branch-name'
import type { ConfigEntry } from './config'
import type { CheckoutSource } from './types'

/** What a checkout needs to know of the person's folder. */
export interface SourceState {
  root: string
  /** Of this working tree; the same as `commonDirectory` but in a linked worktree. */
  gitDirectory: string
  commonDirectory: string
  objectFormat: string
  /** Short name of the branch checked out, also when it has no commit yet; null while detached. */
  branch: string | null
  head: string | null
  /** Commits by full ref name, local branches and origin's. */
  refs: ReadonlyMap<string, string>
  /** What origin calls its default branch, as the folder knows it. */
  originDefault: string | null
}

/** A place a branch can start from. */
export interface Base {
  /** The ref to fetch in the person's folder. */
  ref: string
  commit: string
}

const LOCAL = 'refs/heads/'
const ORIGIN = 'refs/remotes/origin/'

export async function readSource(
  git: LocalGit,
  source: CheckoutSource,
  signal?: AbortSignal,
): Promise<SourceState> {
  const options = { cwd: source.path, env: READ_ONLY_GIT, ...(signal === undefined ? {} : { signal }) }
  const what = `The folder ${source.path} could not be read`
  const asked = ['--show-toplevel', '--absolute-git-dir', '--git-common-dir', '--show-object-format']
  const [places, refs, symbolic, head, originHead] = await Promise.all([
    git(['rev-parse', '--path-format=absolute', ...asked], options),
    git(['for-each-ref', '--format=%(objectname) %(refname)', '--', LOCAL, ORIGIN], options),
    git(['symbolic-ref', '--quiet', 'HEAD'], options),
    git(['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'], options),
    git(['symbolic-ref', '--quiet', `${ORIGIN}HEAD`], options),
  ])
  const lines = expectGit(places, what).stdout.trimEnd().split('\n')
  const [root, gitDirectory, commonDirectory, objectFormat] = lines
  if (lines.length !== 4 || !root || !gitDirectory || !commonDirectory || !objectFormat) {
    throw new FoundryError('unsupported', `${what}: its path contains a line break.`, {
      next: 'Rename the folder.',
    })
  }
  return {
    root,
    gitDirectory,
    commonDirectory,
    objectFormat,
    branch: symbolic.exitCode === 0 ? withoutPrefix(oneLine(symbolic.stdout), LOCAL) : null,
    head: head.exitCode === 0 ? oneLine(head.stdout) : null,
    refs: readRefs(expectGit(refs, what).stdout),
    originDefault: originHead.exitCode === 0 ? withoutPrefix(oneLine(originHead.stdout), ORIGIN) : null,
  }
}

function readRefs(output: string): Map<string, string> {
  const refs = new Map<string, string>()
  for (const line of output.split('\n')) {
    const space = line.indexOf(' ')
    const ref = line.slice(space + 1)
    if (space > 0 && ref !== `${ORIGIN}HEAD`) refs.set(ref, line.slice(0, space))
  }
  return refs
}

function withoutPrefix(text: string, prefix: string): string {
  return text.startsWith(prefix) ? text.slice(prefix.length) : text
}

/** Where a task's branch starts; null in a repository without commits, where it starts with nothing. */
export function findBase(source: SourceState, baseBranch: string | null): Base | null {
  if (baseBranch === null) {
    // By its own name where it has one: `HEAD` of a folder may move to another branch meanwhile.
    if (source.head === null) return null
    return { ref: source.branch === null ? 'HEAD' : `${LOCAL}${source.branch}`, commit: source.head }
  }
  for (const ref of [`${LOCAL}${baseBranch}`, `${ORIGIN}${baseBranch}`]) {
    const commit = source.refs.get(ref)
    if (commit !== undefined) return { ref, commit }
  }
  // The unborn branch of an empty repository is a fine name for nothing.
  if (source.head === null && source.refs.size === 0 && source.branch === baseBranch) return null
  throw new FoundryError('not_found', `There is no branch ${baseBranch} in ${source.root}.`, {
    next: 'Choose another branch to start from, or fetch it in your folder first.',
  })
}

/** @throws FoundryError for a name git refuses or a branch that exists, with a name that is free */
export function expectFreeBranch(source: SourceState, branch: string): void {
  const reason = validateBranchName(branch)
  if (reason !== null)
    throw new FoundryError('invalid_input', `${branch} cannot be the name of a branch: ${reason}`)
  const existing = new Set(
    [...source.refs.keys()].map((ref) => withoutPrefix(withoutPrefix(ref, LOCAL), ORIGIN)),
  )
  const conflict = conflictingBranch(branch, existing)
  if (conflict === null) return
  const because =
    conflict === branch
      ? `There is a branch ${branch} already.`
      : `The branch ${branch} cannot be made beside the branch ${conflict}.`
  throw new FoundryError('conflict', because, {
    next: `Choose another name, such as ${freeBranchName(branch, existing)}.`,
  })
}

/** Who commits and how commits are signed. Settings that name programs are left where they are. */
const IDENTITY_KEYS =
  '^(user\\.(name|email|signingkey|useconfigonly)|author\\.(name|email)|committer\\.(name|email)|commit\\.gpgsign|tag\\.gpgsign|gpg\\.format)$'

/**
 * The identity as git resolves it in the person's folder, so that what depends on where the folder is
 * (`includeIf`) or is set in it alone holds for the checkout as well.
 */
export async function readIdentityConfig(git: LocalGit, source: SourceState): Promise<ConfigEntry[]> {
  const result = await git(['config', '--null', '--get-regexp', IDENTITY_KEYS], {
    cwd: source.root,
    env: READ_ONLY_GIT,
  })
  const entries = new Map<string, ConfigEntry>()
  // Exit code 1 means that none of them is set.
  for (const field of result.exitCode === 0 ? result.stdout.split('\0') : []) {
    const match = /^([a-z]+)\.([a-z]+)(?:\n([\s\S]*))?$/.exec(field)
    const [, section, key, value = 'true'] = match ?? []
    if (section !== undefined && key !== undefined)
      entries.set(`${section}.${key}`, { section: [section], key, value })
  }
  return [...entries.values()]
}
