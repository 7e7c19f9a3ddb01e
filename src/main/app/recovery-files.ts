import { copyFile, link, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { FoundryError } from '@shared/errors'
import { systemErrorCode, writeFailure } from './atomic-file'

/** The recovery window works on files alone: it must not need what may be broken. */
const DATABASE = 'foundry.db'
/** As backups are named when they are made; anything else in the folder is not offered. */
const BACKUP = /^foundry-(\d{13})-[a-z]+\.db$/
const HEADER_BYTES = 100
const MAGIC = 'SQLite format 3\0'

export interface BackupFile {
  readonly file: string
  readonly createdAt: number
  readonly bytes: number
}

/** Newest first. */
export async function listBackupFiles(directory: string): Promise<BackupFile[]> {
  const names = await readdir(directory).catch((error: unknown) => {
    if (systemErrorCode(error) === 'ENOENT') return []
    throw error
  })
  const found: BackupFile[] = []
  for (const file of names) {
    const match = BACKUP.exec(file)
    if (match === null) continue
    const { size } = await stat(join(directory, file))
    found.push({ file, createdAt: Number(match[1]), bytes: size })
  }
  return found.sort((left, right) => right.createdAt - left.createdAt)
}

/**
 * Puts a backup in place of the database. At no moment is there no database: the damaged one, with its log,
 * is kept beside it under a dated name, and the backup takes its place by rename. The databases must be closed.
 *
 * @returns where the database that was there is kept; null when there was none
 */
export async function restoreBackupFile(
  directories: { data: string; backups: string },
  file: string,
  now: Date,
): Promise<string | null> {
  if (!BACKUP.test(file) || basename(file) !== file)
    throw new FoundryError('invalid_input', `${file} is not the name of a backup.`)
  const source = join(directories.backups, file)
  const database = join(directories.data, DATABASE)
  const partial = `${database}.restoring`
  const kept = join(directories.data, `foundry.replaced-${now.toISOString().replace(/[:.]/g, '-')}.db`)
  await checkIsDatabase(source)
  try {
    await copyDurably(source, partial)
    const existed = await keepAside(database, kept)
    // A log that belongs to the old file would be played into the new one.
    await moveAway(`${database}-wal`, `${kept}-wal`)
    await rm(`${database}-shm`, { force: true })
    await rename(partial, database)
    return existed ? kept : null
  } catch (error) {
    await rm(partial, { force: true })
    throw writeFailure(database, error)
  }
}

/** Copies the database as it is, and the log that belongs to it. The databases must be closed. */
export async function exportDatabaseFile(directory: string, target: string): Promise<void> {
  const database = join(directory, DATABASE)
  try {
    await copyFile(database, target)
    await copyFile(`${database}-wal`, `${target}-wal`).catch((error: unknown) => {
      // A database that was closed properly has none.
      if (systemErrorCode(error) !== 'ENOENT') throw error
    })
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT')
      throw new FoundryError('not_found', 'There is no database to export.', {
        detail: database,
        cause: error,
      })
    throw writeFailure(target, error)
  }
}

/** A copy that was cut short or is something else is found before anything is replaced by it. */
async function checkIsDatabase(path: string): Promise<void> {
  const file = await open(path, 'r').catch((error: unknown) => {
    if (systemErrorCode(error) === 'ENOENT')
      throw new FoundryError('not_found', `The backup ${basename(path)} is not there any more.`, {
        cause: error,
      })
    throw error
  })
  try {
    const header = Buffer.alloc(HEADER_BYTES)
    const { bytesRead } = await file.read(header, 0, HEADER_BYTES, 0)
    const { size } = await file.stat()
    const stored = header.readUInt16BE(16)
    // The one page size that does not fit in 16 bits is written as 1.
    const pageSize = stored === 1 ? 65_536 : stored
    const pages = header.readUInt32BE(28)
    if (bytesRead < HEADER_BYTES || header.toString('latin1', 0, 16) !== MAGIC || size !== pageSize * pages)
      throw new FoundryError('conflict', `The backup ${basename(path)} is damaged and was not used.`, {
        next: 'Choose another backup.',
        detail: `${size} bytes, ${pages} pages of ${pageSize} bytes expected`,
      })
  } finally {
    await file.close()
  }
}

async function copyDurably(source: string, target: string): Promise<void> {
  await rm(target, { force: true })
  await copyFile(source, target)
  const file = await open(target, 'r+')
  try {
    await file.chmod(0o600)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Gives the file a second name; copies it where the file system knows no links. False when there is none. */
async function keepAside(path: string, kept: string): Promise<boolean> {
  try {
    await link(path, kept)
    return true
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return false
    await copyFile(path, kept)
    return true
  }
}

async function moveAway(path: string, target: string): Promise<void> {
  try {
    await rename(path, target)
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw error
  }
}
