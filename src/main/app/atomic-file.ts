import { open, rename, rm } from 'node:fs/promises'
import { FoundryError } from '@shared/errors'

let writes = 0

/**
 * Writes a file so that it holds either the old or the new content at any moment, also through a power cut.
 * Only the person who runs the app can read it.
 *
 * @throws FoundryError `disk_full`, `read_only`
 */
export async function writeFileAtomically(path: string, content: string | Uint8Array): Promise<void> {
  writes += 1
  const partial = `${path}.${process.pid}-${writes}.partial`
  try {
    const file = await open(partial, 'w', 0o600)
    try {
      await file.writeFile(content)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(partial, path)
  } catch (error) {
    // The failure to write is what counts; a partial file that stays behind is named so that nobody reads it.
    await rm(partial, { force: true }).catch((failure: unknown) => {
      process.emitWarning(`${partial} could not be removed: ${String(failure)}`)
    })
    throw writeFailure(path, error)
  }
}

/** `ENOENT` and the like of a thrown system error; empty for anything else. */
export function systemErrorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

/** What a failed write means to a person; anything but a refusing disk is handed back as it is. */
export function writeFailure(path: string, error: unknown): unknown {
  if (!(error instanceof Error)) return error
  switch (systemErrorCode(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new FoundryError('disk_full', `The disk is full: ${path} could not be written.`, {
        next: 'Free some space and try again.',
        detail: error.message,
        cause: error,
      })
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new FoundryError('read_only', `${path} cannot be written.`, {
        next: 'Check who owns the folder and whether its disk is read-only, then try again.',
        detail: error.message,
        cause: error,
      })
    default:
      return error
  }
}
