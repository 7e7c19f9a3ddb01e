import { readdir, stat } from 'node:fs/promises'
import path from 'node:path'

/** For `.catch(missing)`: a file that is not there is an answer, anything else is an error. */
export function missing(error) {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
  throw error
}

export async function exists(file) {
  return (await stat(file).catch(missing)) !== undefined
}

/** Bytes of a file or of everything in a folder; files may come and go meanwhile. */
export async function sizeOf(entry) {
  const info = await stat(entry).catch(missing)
  if (!info) return 0
  if (!info.isDirectory()) return info.size
  const names = (await readdir(entry).catch(missing)) ?? []
  const sizes = await Promise.all(names.map((name) => sizeOf(path.join(entry, name))))
  return sizes.reduce((sum, size) => sum + size, 0)
}
