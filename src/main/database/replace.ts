import { copyFile, link, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createPrivateFile, sizeOf, syncDirectory, syncFile } from './durable'
import { isMissing } from './failure'
import type { DatabaseWorker } from './worker-client'

/** The file that is to take the place of the database, complete and sound, in the data folder. */
export const NEXT = 'foundry.db.next'

/**
 * Puts `foundry.db.next` in place of the database and keeps what was there under another name. Whoever calls it has
 * written down that it is to be done, and calls it again after a kill: each step is done once, in an order in which
 * every moment leaves the old database with its log, under one name or the other, and the new one never beside the log
 * of the old. The databases must be closed.
 *
 * @param kept a path on the same disk; null where there is no database
 */
export async function replaceDatabase(directory: string, kept: string | null): Promise<void> {
  const database = join(directory, 'foundry.db')
  const next = join(directory, NEXT)
  if ((await sizeOf(next)) !== null) {
    // The log first: where the database has its second name, all of it has.
    if (kept !== null && (await sizeOf(kept)) === null) {
      await secondName(`${database}-wal`, `${kept}-wal`)
      await secondName(database, kept)
      await syncDirectory(dirname(kept))
    }
    for (const suffix of ['-wal', '-shm']) await rm(database + suffix, { force: true })
    await syncDirectory(directory)
    await rename(next, database)
    await syncDirectory(directory)
  }
  // It was made of rows that may not be there any more.
  for (const suffix of ['', '-wal', '-shm']) await rm(join(directory, `derived.db${suffix}`), { force: true })
}

/**
 * Copies a database, checks the copy in full and puts it where `replaceDatabase` takes it from.
 *
 * @param change what is done to the copy before it counts
 */
export async function prepareNext(
  directory: string,
  worker: DatabaseWorker,
  source: string | null,
  change: (copy: string) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const next = join(directory, NEXT)
  const partial = `${next}.partial`
  await removeNext(directory)
  await createPrivateFile(partial)
  if (source !== null) await worker.ask('backup', { source, target: partial })
  await change(partial)
  await syncFile(partial)
  await rename(partial, next)
  await syncDirectory(directory)
}

/** What a preparation that was killed has left. */
export async function removeNext(directory: string): Promise<void> {
  const next = join(directory, NEXT)
  for (const suffix of ['', '.partial', '.partial-wal', '.partial-shm', '.partial-journal'])
    await rm(next + suffix, { force: true })
}

/** Takes back what `replaceDatabase` began, where it could not end: the old database is the database, with its log. */
export async function abandonReplacement(directory: string, kept: string): Promise<void> {
  await removeNext(directory)
  const database = join(directory, 'foundry.db')
  if (!(await isSameFile(database, kept))) return
  if ((await sizeOf(`${database}-wal`)) === null && (await sizeOf(`${kept}-wal`)) !== null)
    await rename(`${kept}-wal`, `${database}-wal`)
  for (const suffix of ['', '-wal']) await rm(kept + suffix, { force: true })
  await syncDirectory(directory)
}

async function isSameFile(left: string, right: string): Promise<boolean> {
  if ((await sizeOf(left)) === null || (await sizeOf(right)) === null) return false
  const [one, other] = [await stat(left), await stat(right)]
  return one.ino === other.ino && one.dev === other.dev
}

/** Nothing when there is no such file. A disk that knows no links gets a copy. */
async function secondName(path: string, name: string): Promise<void> {
  const partial = `${name}.partial`
  await rm(partial, { force: true })
  try {
    await link(path, partial)
  } catch (error) {
    if (isMissing(error)) return
    await copyFile(path, partial)
    await syncFile(partial)
  }
  await rename(partial, name)
  // Two names of one file are left as they are by a rename.
  await rm(partial, { force: true })
}
