import { mkdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Backup, Loss } from '@shared/backups'
import { FoundryError } from '@shared/errors'
import { canRestore, finishBackup, freeName, listBackups, removeUnfinished } from './backup'
import { openConnection } from './connection'
import { DatabaseDamaged, databaseFailure } from './failure'
import { migrationState } from './migrations'
import { runReplacement, type ReplacementOptions } from './pending'
import { askForReplacement } from './replacement'

/**
 * Opens the way to the last good backup: saves what can be read of the damaged database, finds out what the backup lacks
 * of it, and puts the backup in its place. The damaged files are kept.
 *
 * @returns false when there is no backup that can be used; nothing was changed then
 * @throws FoundryError `disk_full`, `read_only`; nothing was changed then
 */
export async function recoverDamaged(options: ReplacementOptions, damage: DatabaseDamaged): Promise<boolean> {
  const { directory, backupsDirectory, worker, now, log } = options
  const good = await lastGoodBackup(options)
  if (good === null) return false
  const base = join(backupsDirectory, good.file)
  const saved = await saveWhatReads(options, base)
  const found = saved === null ? null : await compare(options, saved, base)
  const unknown: Loss = {
    tables: [],
    missingTasks: { total: 0, first: [] },
    from: (await worker.ask('contents', { file: base })).newestAt,
    until: null,
  }
  const damaged = basename(await freeName(backupsDirectory, 'damaged', now()))
  log.warn(`the database is damaged (${damage.detail ?? ''}); ${good.file} is opened in its place`)
  await askForReplacement(directory, {
    kind: 'restore',
    source: good.file,
    kept: damaged,
    outcome: {
      kind: 'damaged',
      at: now(),
      problem: damage.detail ?? damage.message,
      file: good.file,
      createdAt: good.createdAt,
      damaged,
      salvaged: found === null ? null : saved,
      loss: found ?? unknown,
    },
  })
  await runReplacement(options)
  return true
}

/**
 * What can be read of the database in the data folder, as a file among the backups.
 *
 * @param headerFrom a sound database, for when the first bytes are gone
 * @returns its name; null when nothing can be read
 */
export async function saveWhatReads(
  {
    directory,
    backupsDirectory,
    worker,
    appVersion,
    now,
    log,
  }: Omit<ReplacementOptions, 'migrations' | 'nativeBinding'>,
  headerFrom: string | null,
): Promise<string | null> {
  await mkdir(backupsDirectory, { recursive: true, mode: 0o700 })
  await removeUnfinished(backupsDirectory)
  const target = await freeName(backupsDirectory, 'salvaged', now())
  const partial = `${target}.partial`
  try {
    const rows = await worker.ask('salvage', {
      damaged: join(directory, 'foundry.db'),
      target: partial,
      headerFrom,
    })
    if (rows === 0) {
      await removeUnfinished(backupsDirectory)
      return null
    }
    await finishBackup(partial, target, appVersion, await worker.ask('contents', { file: partial }))
    log.info(`${rows} rows of the damaged database were read into ${target}`)
    return basename(target)
  } catch (error) {
    await removeUnfinished(backupsDirectory)
    rethrowRefusal(error)
    log.warn(`nothing of the damaged database can be read: ${String(error)}`)
    return null
  }
}

/** Null where what was saved makes no sense itself: it is kept, and the backup is opened all the same. */
async function compare(
  { backupsDirectory, worker, log }: ReplacementOptions,
  saved: string,
  base: string,
): Promise<Loss | null> {
  try {
    return await worker.ask('loss', { salvaged: join(backupsDirectory, saved), base })
  } catch (error) {
    rethrowRefusal(error)
    log.warn(`what was saved cannot be compared with the backup: ${String(error)}`)
    return null
  }
}

/** A disk that refuses stops everything; whatever a damaged file makes of its reader does not. */
function rethrowRefusal(error: unknown): void {
  const failure = databaseFailure(error)
  if (failure instanceof FoundryError && !(failure instanceof DatabaseDamaged)) throw failure
}

/** The newest that is sound, whatever was said of it when it was made, and that this version can open. */
async function lastGoodBackup(options: ReplacementOptions): Promise<Backup | null> {
  const { backupsDirectory, worker, migrations, nativeBinding, log } = options
  for (const backup of await listBackups(backupsDirectory)) {
    if (!canRestore(backup)) continue
    const file = join(backupsDirectory, backup.file)
    try {
      const problem = await worker.ask('check', { file, thorough: true })
      if (problem === null) {
        const connection = openConnection(file, { synchronous: 'FULL', nativeBinding, readonly: true })
        try {
          migrationState(connection, migrations)
          return backup
        } finally {
          connection.close()
        }
      }
      log.warn(`${backup.file} is not sound and is left out: ${problem}`)
    } catch (error) {
      log.warn(`${backup.file} cannot be used and is left out: ${String(error)}`)
    }
  }
  return null
}
