import { FoundryError } from '@shared/errors'
import { validateBranchName } from '@shared/branch-name'
import { BASE_REF } from '../../sandbox/checkout/make'
import {
  headCommit,
  indexWithUntracked,
  listChanges,
  untrackedPaths,
  withScratch,
} from '../../sandbox/git/changes'
import { expectGit } from '../../sandbox/git/errors'
import { oneLine } from '../../sandbox/git/parse'
import type { CheckoutGit } from '../../sandbox/git/types'

/** So many of a list are named; the rest is a number. */
const NAMED = 20

export interface CommitList {
  total: number
  /** The newest. */
  first: { commit: string; subject: string }[]
}

/** Where the checkout keeps what it knows of a remote's branch. */
export function remoteRef(remote: string, branch: string): string {
  const reason = validateBranchName(branch)
  if (reason !== null || !/^[\w][\w.-]*$/.test(remote))
    throw new FoundryError(
      'invalid_input',
      `${remote}/${branch} cannot be a branch of a remote. ${reason ?? ''}`.trim(),
    )
  return `refs/remotes/${remote}/${branch}`
}

/** Commits of a range, as arguments of `rev-list`. */
export async function listCommits(git: CheckoutGit, range: readonly string[]): Promise<CommitList> {
  const what = 'The commits could not be listed'
  const counted = expectGit(await git.run(['rev-list', '--count', ...range, '--']), what)
  const total = Number(oneLine(counted.stdout))
  if (total === 0) return { total, first: [] }
  const listed = expectGit(
    await git.run([
      'log',
      '-z',
      `--max-count=${NAMED}`,
      '--no-show-signature',
      '--format=%H %s',
      ...range,
      '--',
    ]),
    what,
  )
  const first = listed.stdout
    .split('\0')
    .filter((entry) => entry !== '')
    .map((entry) => {
      const space = entry.indexOf(' ')
      return { commit: entry.slice(0, space), subject: entry.slice(space + 1) }
    })
  return { total, first }
}

/** How many commits one side has that the other has not. */
export interface Distance {
  ahead: number
  behind: number
}

export interface Standing {
  /** Commits of the branch that no remote is known to have, on whatever branch. */
  unpushed: CommitList
  /** Against the branch of the same name there; null where it is not known to have one. */
  upstream: Distance | null
  /** Against the base branch there; null where that is not known. */
  base: Distance | null
}

/** Where the branch stands, by what was last fetched. Looks only, and asks no server. */
export async function unpushed(
  git: CheckoutGit,
  where: { remote: string; branch: string; base: string | null },
): Promise<Standing> {
  const upstream = remoteRef(where.remote, where.branch)
  const base = where.base === null ? null : remoteRef('origin', where.base)
  if ((await headCommit(git)) === null)
    return { unpushed: { total: 0, first: [] }, upstream: null, base: null }
  return {
    unpushed: await listCommits(git, ['HEAD', '--not', '--remotes']),
    upstream: await distance(git, upstream),
    base: base === null ? null : await distance(git, base),
  }
}

async function distance(git: CheckoutGit, ref: string): Promise<Distance | null> {
  const known = await git.run(['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`])
  if (known.exitCode !== 0) return null
  const counted = await git.run([
    'rev-list',
    '--left-right',
    '--count',
    `HEAD...${oneLine(known.stdout)}`,
    '--',
  ])
  const [ahead = 0, behind = 0] = expectGit(counted, 'The commits could not be counted')
    .stdout.split('\t')
    .map(Number)
  return { ahead, behind }
}

/** Of a kind of thing: how many, and the first of them by name. */
export interface Named {
  total: number
  first: string[]
}

/** What exists in this checkout and nowhere else, and would go with it. Ignored files are not work. */
export interface Losses {
  commits: CommitList
  /** Changes to files that git knows. */
  tracked: Named
  /** Files that git does not know yet. */
  untracked: Named
  stashes: Named
}

/** Counts what deleting the checkout would lose. Looks only. */
export async function losses(git: CheckoutGit): Promise<Losses> {
  const head = await headCommit(git)
  const base = await git.run(['rev-parse', '--verify', '--quiet', `${BASE_REF}^{commit}`])
  // The base was there before the checkout: in the person's folder, where origin has it not.
  const elsewhere = ['--not', '--remotes', ...(base.exitCode === 0 ? [oneLine(base.stdout)] : [])]
  const commits = await listCommits(git, [...(head === null ? [] : ['HEAD']), '--branches', ...elsewhere])
  return { commits, ...(await uncommitted(git, head)), stashes: await stashes(git) }
}

async function uncommitted(
  git: CheckoutGit,
  head: string | null,
): Promise<Pick<Losses, 'tracked' | 'untracked'>> {
  return withScratch(git, async (scratch) => {
    const env = await indexWithUntracked(git, scratch)
    const empty =
      head ?? oneLine(expectGit(await git.run(['hash-object', '-t', 'tree', '/dev/null']), WHAT).stdout)
    const { files, total } = await listChanges(git, scratch, { from: empty, env })
    const unknown = total === 0 ? new Set<string>() : await untrackedPaths(git, scratch, env)
    const untracked = files.filter(({ path }) => unknown.has(path)).map(({ path }) => path)
    const tracked = files.filter(({ path }) => !unknown.has(path)).map(({ path }) => path)
    // Of a list that was cut, what is missing is told from the whole number.
    const untrackedTotal = files.length === total ? untracked.length : Math.min(unknown.size, total)
    return {
      tracked: { total: total - untrackedTotal, first: tracked.slice(0, NAMED) },
      untracked: { total: untrackedTotal, first: untracked.slice(0, NAMED) },
    }
  })
}

const WHAT = 'What is uncommitted could not be read'

async function stashes(git: CheckoutGit): Promise<Named> {
  const any = await git.run(['rev-parse', '--verify', '--quiet', 'refs/stash'])
  if (any.exitCode !== 0) return { total: 0, first: [] }
  const listed = expectGit(
    await git.run(['stash', 'list', '-z', '--format=%gs']),
    'The stashes could not be listed',
  )
  const names = listed.stdout.split('\0').filter((name) => name !== '')
  return { total: names.length, first: names.slice(0, NAMED) }
}
