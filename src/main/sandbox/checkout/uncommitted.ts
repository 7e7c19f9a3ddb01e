import { rm } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { onlySkippedFiles } from '../git/changes'
import { joinEnvironments } from '../git/credentials'
import { INERT_CONFIG, READ_ONLY_GIT } from '../git/environment'
import { expectGit, gitError, gitOutput } from '../git/errors'
import { copyKeepingTime } from '../git/local-git'
import { oneLine } from '../git/parse'
import type { Making } from './make'
import type { SourceState } from './source'
import type { CheckoutWarning } from './types'

/** A working tree as two trees: what is in the files, and what of it is staged. */
export interface WorkingTrees {
  files: string
  index: string
}

const WHAT = 'What is uncommitted in your folder could not be copied'

/**
 * Stores the person's working tree (tracked and untracked, not ignored) as trees in the checkout. Git reads
 * their folder through a copied index and writes every object into the checkout: nothing of theirs changes.
 */
export async function readPersonsTrees(
  making: Making,
  source: SourceState,
): Promise<{ trees: WorkingTrees; warnings: CheckoutWarning[] }> {
  const { git, directory, options } = making
  const index = join(directory, '.git', 'foundry-persons-index')
  const run = {
    ...options,
    cwd: source.root,
    env: joinEnvironments(options.env, READ_ONLY_GIT, {
      GIT_INDEX_FILE: index,
      GIT_OBJECT_DIRECTORY: join(directory, '.git', 'objects'),
    }),
  }
  try {
    if (!(await copyKeepingTime(join(source.gitDirectory, 'index'), index))) {
      expectGit(
        await git(
          [...INERT_CONFIG, 'read-tree', ...(source.head === null ? ['--empty'] : [source.head])],
          run,
        ),
        WHAT,
      )
    }
    const staged = await git([...INERT_CONFIG, 'write-tree', '--missing-ok'], run)
    const added = await git([...INERT_CONFIG, 'add', '--all', '--ignore-errors', '--', ':/'], run)
    if (!onlySkippedFiles(added)) throw gitError(added, WHAT)
    const files = oneLine(
      expectGit(await git([...INERT_CONFIG, 'write-tree', '--missing-ok'], run), WHAT).stdout,
    )
    const warnings: CheckoutWarning[] =
      added.exitCode === 0
        ? []
        : [
            {
              message: 'Some uncommitted files of your folder could not be copied.',
              next: 'Copy the files that git names below yourself if the task needs them.',
              detail: gitOutput(added),
            },
          ]
    // While a merge is open there is no tree of what is staged: all of it arrives as not staged.
    const stagedTree = staged.exitCode === 0 ? oneLine(staged.stdout) : null
    // What they have staged is an object of their folder's, and of no other place, until it is copied. Only now
    // may git see their objects: while it writes, it would renew the times of those it finds there.
    const wanted = [files, ...(stagedTree === null ? [] : [stagedTree])]
    const known = source.head === null ? [] : [`^${source.head}^{tree}`]
    const pack = join(directory, '.git', 'objects', 'pack', 'pack')
    const theirs = { GIT_ALTERNATE_OBJECT_DIRECTORIES: quoteForList(join(source.commonDirectory, 'objects')) }
    const packing = { ...run, env: { ...run.env, ...theirs }, input: `${[...wanted, ...known].join('\n')}\n` }
    expectGit(await git(['pack-objects', '--quiet', '--revs', '--threads=2', pack], packing), WHAT)
    return { trees: { files, index: stagedTree ?? source.head ?? files }, warnings }
  } finally {
    await rm(index, { force: true })
  }
}

/** Paths in such a list may be quoted, which keeps a separator inside them from splitting them. */
function quoteForList(path: string): string {
  return path.includes(delimiter) || path.startsWith('"') ? `"${path.replaceAll(/["\\]/g, '\\$&')}"` : path
}

/** Brings files and index of the checkout to two trees; the branch stays where it is. */
export async function applyTrees(making: Making, trees: WorkingTrees, what: string): Promise<void> {
  const { git, directory, options } = making
  const here = { ...options, cwd: directory }
  expectGit(await git(['read-tree', '--reset', '-u', trees.files], here), what)
  if (trees.index === trees.files) return
  // Keeps what the index knows about files that are the same in both trees.
  expectGit(await git(['read-tree', '-m', trees.index], here), what)
  const refreshed = await git(['update-index', '-q', '--refresh'], here)
  // Ends with 1 when files differ from the index, which here they do.
  if (refreshed.exitCode > 1) throw gitError(refreshed, what)
}
