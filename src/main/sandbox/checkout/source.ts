import { FoundryError } from '@shared/errors'
import { READ_ONLY_GIT } from '../git/environment'
import { expectGit } from '../git/errors'
import type { LocalGit } from '../git/local-git'
import { oneLine } from '../git/parse'
import { conflictingBranch, freeBranchName, validateBranchName } from '@shared/branch-name'
import type { ConfigEntry } from './config'
import type { CheckoutIdentity } from './types'

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

export async function readSource(git: LocalGit, path: string, signal?: AbortSignal): Promise<SourceState> {
  const options = { cwd: path, env: READ_ONLY_GIT, ...(signal === undefined ? {} : { signal }) }
  const what = `The folder ${path} could not be read`
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

/**
 * Where a new branch starts in the person's folder: `empty` in a repository without commits, where it starts with
 * nothing, and null when the folder knows no branch of that name.
 */
export function findBase(source: SourceState, baseBranch: string | null): Base | 'empty' | null {
  if (baseBranch === null) {
    // By its own name where it has one: `HEAD` of a folder may move to another branch meanwhile.
    if (source.head === null) return 'empty'
    return { ref: source.branch === null ? 'HEAD' : `${LOCAL}${source.branch}`, commit: source.head }
  }
  for (const ref of [`${LOCAL}${baseBranch}`, `${ORIGIN}${baseBranch}`]) {
    const commit = source.refs.get(ref)
    if (commit !== undefined) return { ref, commit }
  }
  // The unborn branch of an empty repository is a fine name for nothing.
  return source.head === null && source.refs.size === 0 && source.branch === baseBranch ? 'empty' : null
}

/** Names of branches, local ones and origin's, from their refs. */
export function branchNames(refs: Iterable<string>): Set<string> {
  return new Set([...refs].map((ref) => withoutPrefix(withoutPrefix(ref, LOCAL), ORIGIN)))
}

/** @throws FoundryError for a name git refuses */
export function expectBranchName(branch: string): void {
  const reason = validateBranchName(branch)
  if (reason !== null)
    throw new FoundryError('invalid_input', `${branch} cannot be the name of a branch: ${reason}`)
}

/** The branch of a new task is there already, or another one is in its way. */
export class BranchTakenError extends FoundryError {
  constructor(
    message: string,
    more: { next: string },
    /** All branches there are where it was looked. */
    readonly existing: ReadonlySet<string>,
  ) {
    super('conflict', message, more)
    this.name = 'BranchTakenError'
  }
}

/** @throws BranchTakenError for a branch that exists or stands in the way, with a name that is free */
export function expectFreeBranch(existing: ReadonlySet<string>, branch: string): void {
  const conflict = conflictingBranch(branch, existing)
  if (conflict === null) return
  const because =
    conflict === branch
      ? `There is a branch ${branch} already.`
      : `The branch ${branch} cannot be made beside the branch ${conflict}.`
  const next = `Choose another name, such as ${freeBranchName(branch, existing)}.`
  throw new BranchTakenError(because, { next }, existing)
}

/** Who commits and how commits are signed. Settings that name programs are left where they are. */
const IDENTITY_KEYS =
  '^(user\\.(name|email|signingkey|useconfigonly)|author\\.(name|email)|committer\\.(name|email)|commit\\.gpgsign|tag\\.gpgsign|gpg\\.format)$'

/**
 * The identity as git resolves it in a folder, so that what depends on where the folder is (`includeIf`) or is
 * set in it alone holds for the checkout as well.
 */
export async function readIdentityConfig(git: LocalGit, folder: string): Promise<ConfigEntry[]> {
  const result = await git(['config', '--null', '--get-regexp', IDENTITY_KEYS], {
    cwd: folder,
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

/** What a checkout has to say beside what git resolves, so that the wanted person commits in it. */
export function identityConfig(
  resolved: readonly ConfigEntry[],
  wanted: CheckoutIdentity | null,
): ConfigEntry[] {
  if (wanted === null) return []
  const roles = ['user', 'author', 'committer'] as const
  const has = (role: (typeof roles)[number], key: string) =>
    resolved.some((entry) => entry.section[0] === role && entry.key === key && entry.value !== '')
  const person = (role: (typeof roles)[number]): ConfigEntry[] =>
    (['name', 'email'] as const).map((key) => ({ section: [role], key, value: wanted[key] }))
  // What is set for authors or committers alone stands above what is set for both.
  if (wanted.when === 'always')
    return roles.filter((role) => role === 'user' || has(role, 'name') || has(role, 'email')).flatMap(person)
  return has('user', 'name') && has('user', 'email') ? [] : person('user')
}
