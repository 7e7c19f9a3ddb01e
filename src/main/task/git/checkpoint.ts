import { FoundryError } from '@shared/errors'
import {
  DIFF_CONFIG,
  PLAIN_DIFF,
  emptyTree,
  gitToFile,
  headCommit,
  listChanges,
  withScratch,
  type Scratch,
} from '../../sandbox/git/changes'
import { expectGit, gitError } from '../../sandbox/git/errors'
import { oneLine } from '../../sandbox/git/parse'
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
