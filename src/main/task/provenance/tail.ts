import type { FileChange } from '@shared/domain'
import { emptyTree } from '../../sandbox/git/changes'
import type { CheckoutGit } from '../../sandbox/git/types'
import { listCompared, readFileDiffs, type ListedComparison } from '../git/diff'
import { readPatch } from '../git/patch'
import { toStep } from './recorded'
import type { FileStep } from './trace'

/** What was changed since the newest checkpoint: the last step, which is not recorded yet. */
export interface Tail {
  readonly changes: readonly FileChange[]
  at(name: string, side: 'after' | 'before'): Promise<FileStep | null>
  patchOf(name: string, side: 'after' | 'before'): Promise<string | null>
}

/** @param options `from`: null for an empty repository */
export async function readTail(
  git: CheckoutGit,
  options: { from: string | null; to: 'files' | 'index' },
): Promise<Tail> {
  const from = options.from ?? (await emptyTree(git))
  const comparison: ListedComparison = options.to === 'index' ? { from, index: true } : { from, to: null }
  const { files } = await listCompared(git, { comparison, baseCommit: null })
  const patches = new Map<string, Promise<string>>()
  const find = (name: string, side: 'after' | 'before') =>
    files.find(({ path, oldPath, kind }) =>
      side === 'after' ? path === name : (oldPath ?? path) === name && kind !== 'added',
    )

  function read({ path, oldPath }: FileChange): Promise<string> {
    let patch = patches.get(path)
    if (patch === undefined) {
      patch = readFileDiffs(git, {
        comparison,
        baseCommit: null,
        files: [{ path, oldPath }],
        ignoreSpace: false,
      }).then(([diff]) => diff?.patch ?? '')
      patches.set(path, patch)
    }
    return patch
  }

  return {
    changes: files,
    async at(name, side) {
      const change = find(name, side)
      if (change === undefined) return null
      const patch = await read(change)
      const [file] = await readPatch(patch)
      return toStep({ change, binary: file?.binary ?? change.added === null }, patch)
    },
    async patchOf(name, side) {
      const change = find(name, side)
      return change === undefined ? null : read(change)
    },
  }
}
