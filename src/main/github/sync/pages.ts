import { drain } from './slices'

/**
 * Reads all pages of a list of REST: the first says how many there are, those come several at a time, and what was added
 * meanwhile after them. `expected`: how many pages there were before; a page GitHub confirms may not say.
 */
export async function readPages(
  readPage: (number: number) => Promise<{ full: boolean; lastPage: number | null }>,
  expected = 1,
): Promise<void> {
  const full = new Set<number>()
  let last = 1
  const read = async (number: number): Promise<void> => {
    const page = await readPage(number)
    if (page.full) full.add(number)
    last = Math.max(last, page.lastPage ?? 1)
  }
  await read(1)
  if (full.has(1)) last = Math.max(last, expected)
  let next = 2
  await drain(() => {
    if (next > last) return null
    const number = next++
    return () => read(number)
  })
  while (full.has(last)) await read(++last)
}
