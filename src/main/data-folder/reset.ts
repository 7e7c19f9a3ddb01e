import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { FoundryError } from '@shared/errors'
import { syncDirectory } from '../database/durable'
import { writeOutcome } from '../database/outcome'
import { forgetChange, type FolderChange } from './change'
import { exists } from './place'

/** What a person made, and what was made for them. Backups and logs stay where they are, and so does what Chromium keeps. */
const DATA = [
  'tasks',
  'stores',
  'avatars',
  'terminals',
  'settings.json',
  'secrets.json',
  'derived.db',
  'derived.db-wal',
  'derived.db-shm',
  // The log before its file, so that a kill between them never leaves the file alone with its name.
  'foundry.db-shm',
  'foundry.db-wal',
  'foundry.db',
] as const
const KEPT = /^reset-(\d{13})$/

export function keptName(at: number): string {
  return `reset-${at}`
}

/** Folders that resets have set aside, newest first. */
export async function listResets(directory: string): Promise<{ name: string; at: number }[]> {
  return (await readdir(directory))
    .flatMap((name) => {
      const match = KEPT.exec(name)
      return match === null ? [] : [{ name, at: Number(match[1]) }]
    })
    .toSorted((left, right) => right.at - left.at)
}

/**
 * Sets aside what is there, or changes it for what an earlier reset has set aside. Each entry is moved by one rename on
 * the same disk; after a kill the next start goes on with the rest.
 */
export async function runReset(
  directory: string,
  change: Extract<FolderChange, { kind: 'reset' | 'undo_reset' }>,
): Promise<void> {
  const kept = join(directory, change.kept)
  await mkdir(kept, { recursive: true, mode: 0o700 })
  if (change.kind === 'reset') await moveEntries(directory, kept)
  else {
    const earlier = join(directory, change.name)
    // First all that is there now, then all that was there: an entry in its place that was brought back already must not
    // be set aside by the run after a kill.
    const begun = join(kept, 'set-aside')
    if (!(await exists(begun))) {
      await moveEntries(directory, kept)
      await mkdir(begun)
      await syncDirectory(kept)
    }
    await moveEntries(earlier, directory)
    await rm(earlier, { recursive: true, force: true })
  }
  await syncDirectory(directory)
  await writeOutcome(directory, {
    kind: change.kind === 'reset' ? 'reset' : 'reset_undone',
    at: change.at,
    kept: change.kept,
  })
  await forgetChange(directory)
}

/** @throws FoundryError `not_found` for a name that is none of a reset */
export async function removeReset(directory: string, name: string): Promise<void> {
  await rm(await resetFolder(directory, name), { recursive: true, force: true })
}

export async function resetFolder(directory: string, name: string): Promise<string> {
  const path = join(directory, name)
  if (!KEPT.test(name) || !(await exists(path)))
    throw new FoundryError('not_found', 'What was reset is not there (any more).')
  return path
}

async function moveEntries(from: string, to: string): Promise<void> {
  for (const name of DATA) {
    if (!(await exists(join(from, name)))) continue
    await rename(join(from, name), join(to, name))
  }
  await syncDirectory(to)
}
