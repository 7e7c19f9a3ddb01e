import { FoundryError } from '@shared/errors'
import {
  DIFF_CONFIG,
  PLAIN_DIFF,
  emptyTree,
  gitToFile,
  headCommit,
  LIST_BYTES,
  listChanges,
  withScratch,
  type Scratch,
} from '../../sandbox/git/changes'
import { expectGit, gitError } from '../../sandbox/git/errors'
import { nulStrings, oneLine, toPathspec } from '../../sandbox/git/parse'
import { commitSnapshot, writeWorktreeTree } from '../../sandbox/git/snapshot'
import type { CheckoutGit } from '../../sandbox/git/types'

export interface CheckpointOptions {
  /** The session, or another name for what the checkpoint belongs to; both become part of a ref. */
  sessionId: string
  turnId: string
  /** What its diff is against: the checkpoint before it, or the base of the branch. Null for an empty repository. */
  parent: string | null
}

export interface TakenCheckpoint {
  commit: string
  /** What the diff is against, as a commit; the empty tree where there was nothing. */
  parent: string
  /** Files that differ from the parent, and their lines. */
  files: number
  added: number
  removed: number
  /** Unified diff against the parent, byte for byte as git wrote it. */
  diff: Uint8Array
  /** The diff is longer than what is here, cut at the end of a line. */
  diffTruncated: boolean
}

const DIFF_BYTES = 20 * 1024 * 1024
/** Of a diff that is over the cap, so much is kept. */
const DIFF_EXCERPT_BYTES = 1024 * 1024
const WHAT = 'The checkpoint could not be taken'

const REF_PART = /^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/

export function checkpointRef(sessionId: string, turnId: string): string {
  for (const part of [sessionId, turnId]) {
    if (!REF_PART.test(part))
      throw new FoundryError('invalid_input', `"${part}" cannot be part of a checkpoint's name.`)
  }
  return `refs/foundry/checkpoints/${sessionId}/${turnId}`
}

/**
 * Records the whole working tree, untracked files included, under a hidden ref that is never pushed. The
 * branch, the index and the files are not touched; it works without commits and without an identity.
 */
export async function takeCheckpoint(git: CheckoutGit, options: CheckpointOptions): Promise<TakenCheckpoint> {
  const ref = checkpointRef(options.sessionId, options.turnId)
  return withScratch(git, async (scratch) => {
    const head = await headCommit(git)
    const { tree } = await writeWorktreeTree(git, scratch, WHAT)
    // The commit of the branch is a parent too: it keeps commits alive that the branch may lose to a reset.
    const parents = new Set([options.parent, head].filter((commit) => commit !== null))
    const message = `Checkpoint ${options.sessionId} ${options.turnId}`
    const commit = await commitSnapshot(git, { tree, parents: [...parents], message, ref }, WHAT)
    const parent = options.parent ?? (await emptyTree(git))
    const changed =
      (await treeOf(git, parent)) === tree ? UNCHANGED : await measure(git, scratch, parent, tree)
    return { commit, parent, ...changed }
  })
}

/** A file that was touched so shortly before a moment may have been touched after it: clocks of file systems are coarse. */
const CLOCK_MS = 20
/** More files than this are not looked at one by one. */
const MOST_LOOKED_AT = 5000
const PATHS_AT_ONCE = 500

/**
 * Records what had been changed before a moment that has just passed, as far as that can be told: files that were touched
 * since are left as the parent has them, and named. So are those that are gone, which have no time.
 *
 * @returns null where too much differs to be looked at
 */
export async function takeCheckpointOfBefore(
  git: CheckoutGit,
  options: CheckpointOptions & { moment: number },
): Promise<{ taken: TakenCheckpoint | null; unsure: string[] } | null> {
  const ref = checkpointRef(options.sessionId, options.turnId)
  return withScratch(git, async (scratch) => {
    const written = await writeWorktreeTree(git, scratch, WHAT)
    const parent = options.parent ?? (await emptyTree(git))
    const parentTree = await treeOf(git, parent)
    if (written.tree === parentTree) return { taken: null, unsure: [] }
    const names = await differing(git, scratch, parent, written.tree)
    if (names === null) return null
    const unsure = await touchedSince(git, written.env, names, options.moment - CLOCK_MS)
    const tree = await withPathsOf(git, written, parentTree, unsure)
    if (tree === parentTree) return { taken: null, unsure }
    const head = await headCommit(git)
    const parents = new Set([options.parent, head].filter((commit) => commit !== null))
    const message = `Checkpoint ${options.sessionId} ${options.turnId}`
    const commit = await commitSnapshot(git, { tree, parents: [...parents], message, ref }, WHAT)
    return { taken: { commit, parent, ...(await measure(git, scratch, parent, tree)) }, unsure }
  })
}

/** Names that differ between two trees; null when they are too many. */
async function differing(
  git: CheckoutGit,
  scratch: Scratch,
  from: string,
  to: string,
): Promise<string[] | null> {
  const command = { args: ['diff', '--name-only', '--no-renames', '-z'], rest: [from, to, '--'] }
  const bytes = await gitToFile(git, scratch, command, LIST_BYTES, WHAT)
  const names = bytes === null ? null : nulStrings(bytes)
  return names === null || names.length > MOST_LOOKED_AT ? null : names
}

/** Of these, those that are not in an index, or whose file changed at a time or later. */
async function touchedSince(
  git: CheckoutGit,
  env: Record<string, string>,
  names: readonly string[],
  time: number,
): Promise<string[]> {
  const old = new Set<string>()
  for (let at = 0; at < names.length; at += PATHS_AT_ONCE) {
    const paths = names.slice(at, at + PATHS_AT_ONCE).map(toPathspec)
    const listed = await git.run(['ls-files', '--debug', '-z', '--', ...paths], { env })
    for (const [, name = '', seconds, nanoseconds] of expectGit(listed, WHAT).stdout.matchAll(ENTRY))
      if (Number(seconds) * 1000 + Number(nanoseconds) / 1e6 < time) old.add(name)
  }
  return names.filter((name) => !old.has(name))
}

/** An entry of an index with the time its file last changed, as `git ls-files --debug -z` writes it. */
const ENTRY = /([^\0]+)\0 {2}ctime: (\d+):(\d+)\n {2}mtime: .*\n {2}dev: .*\n {2}uid: .*\n {2}size: .*\n/g

/** The tree of an index, with some paths as they are in another tree. */
async function withPathsOf(
  git: CheckoutGit,
  { tree, env }: { tree: string; env: Record<string, string> },
  other: string,
  names: readonly string[],
): Promise<string> {
  if (names.length === 0) return tree
  for (let at = 0; at < names.length; at += PATHS_AT_ONCE) {
    const paths = names.slice(at, at + PATHS_AT_ONCE).map(toPathspec)
    expectGit(await git.run(['reset', '--quiet', other, '--', ...paths], { env }), WHAT)
  }
  return oneLine(expectGit(await git.run(['write-tree'], { env }), WHAT).stdout)
}

type Difference = Omit<TakenCheckpoint, 'commit' | 'parent'>
const UNCHANGED: Difference = { files: 0, added: 0, removed: 0, diff: new Uint8Array(), diffTruncated: false }

async function treeOf(git: CheckoutGit, treeish: string): Promise<string> {
  const result = await git.run(['rev-parse', '--verify', '--quiet', '--end-of-options', `${treeish}^{tree}`])
  return oneLine(expectGit(result, WHAT).stdout)
}

async function measure(git: CheckoutGit, scratch: Scratch, from: string, to: string): Promise<Difference> {
  const changes = await listChanges(git, scratch, { from, to })
  const sum = (side: 'added' | 'removed') =>
    changes.files.reduce((total, file) => total + (file[side] ?? 0), 0)
  const counts = { files: changes.total, added: sum('added'), removed: sum('removed') }
  const whole = await gitToFile(
    git,
    scratch,
    { args: ['diff', ...PLAIN_DIFF], rest: [from, to, '--'] },
    DIFF_BYTES,
    WHAT,
  )
  if (whole !== null) return { ...counts, diff: whole, diffTruncated: false }
  return { ...counts, diff: await excerpt(git, from, to), diffTruncated: true }
}

async function excerpt(git: CheckoutGit, from: string, to: string): Promise<Uint8Array> {
  const result = await git.run([...DIFF_CONFIG, 'diff', ...PLAIN_DIFF, from, to, '--'], {
    maxOutputBytes: DIFF_EXCERPT_BYTES,
    timeoutMs: 300_000,
  })
  if (result.exitCode !== 0) throw gitError(result, WHAT)
  return new TextEncoder().encode(result.stdout.slice(0, result.stdout.lastIndexOf('\n') + 1))
}
