import { FoundryError } from '@shared/errors'

/** The code of an error of SQLite (`SQLITE_…`) or of the file system (`ENOSPC`); empty for any other. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

export function isMissing(error: unknown): boolean {
  return codeOf(error) === 'ENOENT'
}

/** A file that does not hold what we wrote. Nothing is ever deleted because of it. */
export class DatabaseDamaged extends FoundryError {
  constructor(detail: string, cause?: unknown, next?: string) {
    super('conflict', 'The database is damaged.', {
      next:
        next ??
        'Start Foundry again: it then opens the last good backup and says what is missing. The damaged file is kept.',
      detail,
      cause,
    })
    this.name = 'DatabaseDamaged'
  }
}

/** Another program holds a lock on the file. */
export function isBusy(error: unknown): boolean {
  const code = codeOf(error)
  return code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')
}

/**
 * What the disk or SQLite refused, as a failure a person can act on. Anything else comes back as it is: then
 * it is a defect of ours.
 */
export function databaseFailure(error: unknown): unknown {
  if (error instanceof FoundryError || !(error instanceof Error)) return error
  const code = codeOf(error)
  const machine = { detail: `${error.message} (${code})`, cause: error }
  if (code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB' || code === 'SQLITE_IOERR_SHORT_READ')
    return new DatabaseDamaged(machine.detail, error)
  if (code === 'SQLITE_FULL' || code === 'ENOSPC' || code === 'EDQUOT')
    return new FoundryError('disk_full', 'The disk with the data folder is full.', {
      next: 'Free some space and try again. What was saved before is safe.',
      ...machine,
    })
  if (
    code.startsWith('SQLITE_READONLY') ||
    code.startsWith('SQLITE_CANTOPEN') ||
    code === 'SQLITE_PERM' ||
    code === 'EACCES' ||
    code === 'EPERM' ||
    code === 'EROFS'
  )
    return new FoundryError('read_only', 'The data folder cannot be written.', {
      next: 'Check who owns the folder and whether its disk is read-only, then try again.',
      ...machine,
    })
  if (isBusy(error))
    return new FoundryError('conflict', 'Another program is using the database.', {
      next: 'Close whatever has the file open, then try again.',
      ...machine,
    })
  if (code.startsWith('SQLITE_IOERR') || code === 'EIO')
    return new FoundryError('read_only', 'The disk with the data folder reports an error.', {
      next: 'Check the disk. Copy the data folder to another disk before anything else.',
      ...machine,
    })
  return error
}
