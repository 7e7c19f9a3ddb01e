import { foundIn } from './task-filter'

const name = 'filtered'

/** Marks what a filter found in the rows that are drawn, as ranges of the page: no row is made again for it. */
export function markFound(rows: HTMLElement | null, words: readonly string[]): void {
  CSS.highlights.delete(name)
  if (rows === null || words.length === 0) return
  const found = new Highlight()
  for (const element of rows.querySelectorAll('[data-searched]')) {
    const node = element.firstChild
    if (!(node instanceof Text)) continue
    for (const [startOffset, endOffset] of foundIn(words, node.data))
      found.add(new StaticRange({ startContainer: node, startOffset, endContainer: node, endOffset }))
  }
  CSS.highlights.set(name, found)
}
