import type { Comparison } from '@shared/domain'
import {
  DIFF_CONFIG,
  PLAIN_DIFF,
  emptyTree,
  headCommit,
  indexWithUntracked,
  withScratch,
} from '../../sandbox/git/changes'
import { gitError } from '../../sandbox/git/errors'
import { toPathspec } from '../../sandbox/git/parse'
import type { CheckoutGit } from '../../sandbox/git/types'
import { comparisonBase } from './state'

export interface FileDiff {
  /** Unified diff; empty for binary files and for files without a difference. */
  patch: string
  binary: boolean
  /** The patch is longer than what is here, cut at the end of a line. */
  truncated: boolean
}

/** What the server hands out in one answer, and as much of one file as anybody reads. */
const PATCH_BYTES = 1024 * 1024

/**
 * The patch of one file between `HEAD` (`uncommitted`) or the branch's base (`base`) and the working tree,
 * whether the file is tracked, staged or new. `oldPath` is the path before a rename, so that it shows as one.
 */
export async function readFileDiff(
  git: CheckoutGit,
  options: { comparison: Comparison; baseCommit: string | null; path: string; oldPath: string | null },
): Promise<FileDiff> {
  return withScratch(git, async (scratch) => {
    const head = await headCommit(git)
    const env = await indexWithUntracked(git, scratch)
    const from =
      options.comparison === 'base'
        ? await comparisonBase(git, options.baseCommit, head)
        : (head ?? (await emptyTree(git)))
    const paths = options.oldPath === null ? [options.path] : [options.oldPath, options.path]
    const result = await git.run(
      [...DIFF_CONFIG, 'diff', ...PLAIN_DIFF, from, '--', ...paths.map(toPathspec)],
      {
        env,
        maxOutputBytes: PATCH_BYTES,
      },
    )
    if (result.exitCode !== 0) throw gitError(result, `The diff of ${options.path} could not be read`)
    return toFileDiff(result.stdout, result.truncated)
  })
}

function toFileDiff(output: string, truncated: boolean): FileDiff {
  if (!truncated && /^Binary files .* differ$/m.test(header(output))) {
    return { patch: '', binary: true, truncated: false }
  }
  const patch = truncated ? output.slice(0, output.lastIndexOf('\n') + 1) : output
  return { patch, binary: false, truncated }
}

/** What stands before the first hunk: a line of the file itself may well read "Binary files differ". */
function header(patch: string): string {
  const hunk = patch.indexOf('\n@@ ')
  return hunk === -1 ? patch : patch.slice(0, hunk)
}
