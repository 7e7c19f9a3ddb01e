import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile, readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'

import { missing } from './files.mjs'

export async function hashFile(file, algorithm = 'sha256', encoding = 'hex') {
  const hash = createHash(algorithm)
  await pipeline(createReadStream(file), hash)
  return hash.digest(encoding)
}

/** True when the file has the integrity npm writes into lock files ("sha512-<base64>"). */
export async function hasIntegrity(file, integrity) {
  const dash = integrity.indexOf('-')
  const actual = await hashFile(file, integrity.slice(0, dash), 'base64')
  return actual === integrity.slice(dash + 1)
}

/** A short name for a set of facts; equal facts give equal names whatever the order of their keys. */
export function keyOf(facts) {
  const sorted = Object.entries(facts).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return createHash('sha256').update(JSON.stringify(sorted)).digest('hex').slice(0, 16)
}

/**
 * One hash over the content of files and folders (relative to `root`). Content, not mtime: a branch
 * switched there and back must not cost a build. Missing entries count as missing, not as an error.
 */
export async function hashTree(root, entries, extra = '') {
  const hash = createHash('sha256').update(extra)
  for (const entry of entries.toSorted()) {
    for (const file of await filesUnder(root, entry)) {
      hash.update(`\0${file}\0`).update(await readFile(path.join(root, file)))
    }
  }
  return hash.digest('hex')
}

async function filesUnder(root, entry) {
  const info = await stat(path.join(root, entry)).catch(missing)
  if (!info) return []
  if (info.isFile()) return [entry]
  const names = (await readdir(path.join(root, entry))).toSorted()
  const nested = await Promise.all(names.map((name) => filesUnder(root, `${entry}/${name}`)))
  return nested.flat()
}
