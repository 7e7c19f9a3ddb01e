import { randomUUID } from 'node:crypto'
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import path from 'node:path'

import { exists } from './files.mjs'
import { isAlive, withLock } from './lock.mjs'
import { say } from './say.mjs'

/**
 * The folder `name` of the cache, made by `fill(temporaryFolder)` when it is not there yet. It appears by
 * one rename, so it is complete or absent, whenever the process is ended. Of two processes the second
 * waits for the first; should both fill after all, the first rename wins and the other copy is dropped.
 */
export async function cached(root, name, fill) {
  const folder = path.join(root, name)
  if (await exists(folder)) return folder
  const onWait = () => say(`another process is preparing ${name}, waiting for it`)
  return withLock(
    path.join(root, 'locks', name),
    async () => {
      if (await exists(folder)) return folder
      await removeLeftovers(root, name)
      const temporary = path.join(root, `${name}.tmp-${process.pid}-${randomUUID().slice(0, 8)}`)
      await mkdir(temporary, { recursive: true })
      try {
        await fill(temporary)
        await rename(temporary, folder).catch(async (error) => {
          if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
        })
      } finally {
        await rm(temporary, { recursive: true, force: true })
      }
      return folder
    },
    { onWait },
  )
}

/** What an interrupted run left behind; the folder of a process that still lives is not ours to take. */
async function removeLeftovers(root, name) {
  const prefix = `${name}.tmp-`
  for (const entry of await readdir(root)) {
    if (!entry.startsWith(prefix)) continue
    const pid = Number.parseInt(entry.slice(prefix.length), 10)
    if (!isAlive(pid)) await rm(path.join(root, entry), { recursive: true, force: true })
  }
}
