import { readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { isAbsolute, join, relative } from 'node:path'

const ALTERNATES = join('.git', 'objects', 'info', 'alternates')

/**
 * The folders of checkouts and stores are elsewhere: checkouts borrow the objects of their store by its path. Other
 * paths in a checkout are relative, or lead out of the data folder.
 *
 * @param from the data folder as it was
 * @returns how many checkouts were put right
 */
export async function relocateCheckouts(checkouts: string, from: string, to: string): Promise<number> {
  let changed = 0
  for (const name of await readdir(checkouts)) {
    const path = join(checkouts, name, ALTERNATES)
    const text = await readFile(path, 'utf8').catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
        return null
      throw error
    })
    if (text === null) continue
    const moved = text
      .split('\n')
      .map((line) => {
        const way = relative(from, line)
        return line === '' || !isAbsolute(line) || way.startsWith('..') || isAbsolute(way)
          ? line
          : join(to, way)
      })
      .join('\n')
    if (moved === text) continue
    await writeFile(`${path}.moved`, moved)
    await rename(`${path}.moved`, path)
    changed += 1
  }
  return changed
}
