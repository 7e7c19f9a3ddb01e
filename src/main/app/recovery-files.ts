import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FoundryError } from '@shared/errors'
import { systemErrorCode, writeFailure } from './atomic-file'

const DATABASE = 'foundry.db'

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
