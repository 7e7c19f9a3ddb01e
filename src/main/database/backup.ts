import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { FoundryError } from '@shared/errors'
import { createPrivateFile } from './connection'
import { codeOf, databaseFailure, isMissing } from './failure'

/** Off-thread work on database files; see `worker.ts`. */
export interface DatabaseWorker {
  /**
   * Copies a database that may be in use into an empty file and checks the copy in full. Rejects when either
   * fails, with the code of SQLite where it has one.
   */
  backup(source: string, target: string): Promise<void>
  /** `null` when the file is sound, else what SQLite says. Rejects when it cannot be read at all. */
  check(file: string, thorough: boolean): Promise<string | null>
  /** Copies the write-ahead log into the file, without holding up whoever writes. */
  checkpoint(file: string): Promise<void>
}

export type BackupReason = 'upgrade' | 'daily'

const NAME = /^foundry-(\d{13})-([a-z]+)\.db$/
const PARTIAL = '.partial'
/** Kept of each reason: enough to go back past one bad upgrade, without filling the disk. */
const KEEP = 3

/**
 * Makes a verified copy: it appears under its name only when it is complete and sound.
 *
 * @throws FoundryError `disk_full`, `read_only`, or `conflict` when the copy is not sound
 */
export async function makeBackup(
  worker: DatabaseWorker,
  source: string,
  directory: string,
  reason: BackupReason,
  now: number,
): Promise<string> {
  const target = join(directory, `foundry-${now}-${reason}.db`)
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    await removePartials(directory)
    const partial = target + PARTIAL
    try {
      await createPrivateFile(partial)
      await worker.backup(source, partial)
      await rename(partial, target)
    } catch (error) {
      await rm(partial, { force: true })
      throw error
    }
    await prune(directory, reason)
    return target
  } catch (error) {
    throw backupFailure(error)
  }
}

/** Newest first; empty when there never was one. */
export async function listBackups(
  directory: string,
): Promise<{ file: string; createdAt: number; bytes: number; reason: string }[]> {
  const found = []
  for (const file of await namesIn(directory)) {
    const match = NAME.exec(file)
    if (match === null) continue
    const { size } = await stat(join(directory, file))
    found.push({ file, createdAt: Number(match[1]), bytes: size, reason: match[2] ?? '' })
  }
  return found.sort((left, right) => right.createdAt - left.createdAt)
}

async function prune(directory: string, reason: BackupReason): Promise<void> {
  const backups = (await listBackups(directory)).filter((backup) => backup.reason === reason)
  for (const old of backups.slice(KEEP)) await rm(join(directory, old.file), { force: true })
}

/** What a run that was killed while it copied has left behind. */
async function removePartials(directory: string): Promise<void> {
  for (const file of await namesIn(directory)) {
    if (NAME.test(file.slice(0, -PARTIAL.length)) && file.endsWith(PARTIAL))
      await rm(join(directory, file), { force: true })
  }
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory)
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

function backupFailure(error: unknown): FoundryError {
  const failure = databaseFailure(error)
  return new FoundryError(
    failure instanceof FoundryError ? failure.kind : 'conflict',
    'A backup of the database could not be made, so it was not upgraded.',
    {
      next:
        codeOf(error) === 'SQLITE_FULL' || codeOf(error) === 'ENOSPC'
          ? 'Free some disk space and start again. Nothing was changed.'
          : 'Start again, or restore an earlier backup. Nothing was changed.',
      detail: error instanceof Error ? error.message : String(error),
      cause: error,
    },
  )
}
