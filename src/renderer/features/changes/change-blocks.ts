import type { DiffPlace } from '@shared/diff-places'
import { patchRows } from '@shared/patch-rows'

/** Rows that changed, one after the other. */
export interface ChangeBlock {
  hunk: number
  from: DiffPlace
  to: DiffPlace
}

/** The blocks of changed rows of a patch of one file, from its top to its end. */
export function changeBlocks(patch: string): ChangeBlock[] {
  const blocks: ChangeBlock[] = []
  let current: ChangeBlock | null = null
  for (const row of patchRows(patch)) {
    if (row.mark === ' ') {
      current = null
      continue
    }
    const to: DiffPlace = row.mark === '-' ? { side: 'old', line: row.old } : { side: 'new', line: row.new }
    if (current === null || current.hunk !== row.hunk.index) {
      current = { hunk: row.hunk.index, from: to, to }
      blocks.push(current)
    } else current.to = to
  }
  return blocks
}
