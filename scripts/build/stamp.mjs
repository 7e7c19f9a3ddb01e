import { readFile, rm, writeFile } from 'node:fs/promises'

import { missing } from '../bootstrap/files.mjs'

/** Skips `work` when `file` says that it was last done for the same `inputs`; returns whether it was done. */
export async function onlyWhenChanged(file, inputs, work) {
  if ((await readFile(file, 'utf8').catch(missing)) === inputs) return false
  // Removed first: work that is interrupted must be done again.
  await rm(file, { force: true })
  await work()
  await writeFile(file, inputs)
  return true
}
