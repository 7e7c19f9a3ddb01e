import { foundIn } from './task-filter'

const name = 'filtered'

/**
 * Marks what a filter found in the rows that are drawn, as ranges of the page: no row is made again for it. Whoever types
 * comes first; the marks follow when the window has a moment. Returns the function that ends it.
 */
export function markFound(rows: HTMLElement | null, words: readonly string[]): () => void {
  CSS.highlights.delete(name)
  if (rows === null || words.length === 0) return () => undefined
  const idle = requestIdleCallback(() => mark(rows, words), { timeout: 300 })
  return () => cancelIdleCallback(idle)
}

function mark(rows: HTMLElement, words: readonly string[]): void {
  const found = new Highlight()
  for (const element of rows.querySelectorAll('[data-searched]')) {
    const node = element.firstChild
    if (!(node instanceof Text)) continue
    for (const [startOffset, endOffset] of foundIn(words, node.data))
      found.add(new StaticRange({ startContainer: node, startOffset, endContainer: node, endOffset }))
  }
  CSS.highlights.set(name, found)
}
