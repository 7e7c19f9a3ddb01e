import { basename, join } from 'node:path'
import { app, dialog } from 'electron'
import type { Backup } from '@shared/backups'
import { FoundryError, toErrorValue } from '@shared/errors'
import { chooseFolder, chooseSavePath, revealPath } from '../app/desktop'
import { pageUrl } from '../app/main-window'
import type { Quit } from '../app/quit'
import { exportDatabaseFile } from '../app/recovery-files'
import type { MoveProgress } from '../data-folder/move'
import { exists, forgetMove, setMovedTo } from '../data-folder/place'
import { asBackup, canRestore as canBeRestored, freeName, listBackups } from '../database/backup'
import { DatabaseDamaged } from '../database/failure'
import { askForReplacement, restoring } from '../database/replacement'
import type { DomainHandlers } from '../ipc/handlers'
import { startIpc } from './ipc'
import { openPlainWindow } from './plain-window'
import type { AppPaths, Log } from './services'
import type { Opened } from './shutdown'
import type { Instance } from './single-instance'
import { BootFailure } from './step'
import type { Windows } from './windows'

export interface RecoveryOptions {
  readonly phase: string
  readonly failure: unknown
  readonly paths: AppPaths
  readonly log: Log
  /** Starts the app anew. */
  retry(): Promise<void>
  /** Where nothing failed: the data folder is being moved. */
  moving?: { progress(seen: number): Promise<MoveProgress>; cancel(): void }
  /** What reads of a damaged database, saved among the backups; its name, or null when nothing does. */
  saveWhatReads?(): Promise<string | null>
}

/** What a person is told and offered. It needs the disk and nothing else of the app. */
export function recoveryHandlers({
  phase,
  failure,
  paths,
  log,
  retry,
  moving,
  saveWhatReads,
}: RecoveryOptions): DomainHandlers<'recovery'> {
  const error = toErrorValue(failure)
  // A file of a newer version is not damaged: an older backup in its place would hide newer work.
  const canRestore = error.kind !== 'unsupported' && phase !== 'single instance'
  const isFolderMissing = error.kind === 'not_found' && phase === 'single instance'
  const canSalvage = failure instanceof DatabaseDamaged && saveWhatReads !== undefined

  function requireHome(): string {
    if (isFolderMissing && paths.home !== null) return paths.home
    throw new FoundryError('unsupported', 'The data folder is set by FOUNDRY_DATA_DIR.')
  }

  return {
    async describe() {
      return {
        phase,
        message: [error.message, error.next].filter((text) => text !== undefined).join(' '),
        // A defect of ours: where it happened helps whoever is asked for help.
        detail: (failure instanceof FoundryError ? error.detail : stackOf(failure)) ?? '',
        canRestore,
        backups: canRestore ? await backupsOrNone(paths, log) : [],
        dataDirectory: paths.data,
        isFolderMissing: isFolderMissing && paths.home !== null,
        canSalvage,
        isMoving: moving !== undefined,
      }
    },
    retry,
    async restoreBackup({ file }) {
      if (!canRestore)
        throw new FoundryError(
          'unsupported',
          'The database is of a newer version of Foundry and is left as it is.',
          {
            next: 'Install the newer version again.',
          },
        )
      await askForReplacement(
        paths.data,
        await restoring({ directory: paths.data, backupsDirectory: paths.backups, now: Date.now }, file),
      )
    },
    async moved({ seen }) {
      if (moving === undefined) throw new FoundryError('conflict', 'Nothing is being moved.')
      return moving.progress(seen)
    },
    cancelMove: () => moving?.cancel(),
    async chooseFolder() {
      const home = requireHome()
      const chosen = await chooseFolder('Choose the data folder')
      if (chosen === null) return { chosen: false }
      if (!(await exists(join(chosen, 'foundry.db'))))
        throw new FoundryError('invalid_input', `There is no data of Foundry in ${chosen}.`, {
          next: 'Choose the folder that has foundry.db in it.',
        })
      await (chosen === home ? forgetMove(home) : setMovedTo(home, chosen))
      await retry()
      return { chosen: true }
    },
    async useDefaultFolder() {
      await forgetMove(requireHome())
      await retry()
    },
    async salvage() {
      const salvaged = canSalvage ? await saveWhatReads() : null
      if (salvaged === null)
        throw new FoundryError('conflict', 'Nothing of the damaged database can be read.', {
          next: 'Export it and keep the copy: other programs may read more of it.',
        })
      await askForReplacement(paths.data, {
        kind: 'merge',
        salvaged,
        base: null,
        kept: basename(await freeName(paths.backups, 'damaged', Date.now())),
        fromNothing: true,
      })
      await retry()
    },
    async exportDatabase() {
      const path = await chooseSavePath('Export the database', 'foundry-export.db')
      if (path !== null) await exportDatabaseFile(paths.data, path)
      return { path }
    },
    openLogs: () => revealPath(paths.logs),
    quit: () => app.quit(),
  }
}

/** The window must come up also where not even the folder of backups can be read. */
async function backupsOrNone(paths: AppPaths, log: Log): Promise<Backup[]> {
  try {
    return (await listBackups(paths.backups)).filter(canBeRestored).map(asBackup)
  } catch (error) {
    log.warn('the backups could not be listed', error)
    return []
  }
}

function stackOf(failure: unknown): string | undefined {
  return failure instanceof Error ? failure.stack : String(failure)
}

export interface FailedStart {
  readonly failure: unknown
  readonly paths: AppPaths
  readonly log: Log
  readonly windows: Windows
  readonly opened: Opened
  readonly quit: Quit
  readonly instance: Instance
  saveWhatReads(): Promise<string | null>
  /** Waits for Electron; at once when that was done already. */
  prepareElectron(): Promise<void>
}

/** Where a failed start ends: everything that was opened is closed, and the recovery window says what happened. */
export async function landInRecovery(failed: FailedStart): Promise<void> {
  const { failure, paths, log, windows, opened, quit, instance } = failed
  // The person, or a signal, ended the app while it started.
  if (quit.stopping) return
  const phase = failure instanceof BootFailure ? failure.phase : 'start'
  const cause = failure instanceof BootFailure ? failure.cause : failure
  log.error(`the start failed in the phase "${phase}"`, cause)
  try {
    await closeWhatWasOpened(opened, log)
    await failed.prepareElectron()
    const handlers = recoveryHandlers({
      phase,
      failure: cause,
      paths,
      log,
      saveWhatReads: failed.saveWhatReads,
      async retry() {
        await opened.record?.forgetFailures()
        opened.relaunch = true
        quit.stop('a new try')
      },
    })
    opened.stopIpc = startIpc(Promise.resolve({ handlers: { recovery: handlers } }), app.isPackaged, log)
    instance.onStart(() => windows.focus())
    const window = openPlainWindow('Foundry could not start')
    windows.replace(window)
    window.once('closed', () => quit.request())
    await window.loadURL(pageUrl('recovery'))
  } catch (error) {
    log.error('the recovery window could not be opened', error)
    dialog.showErrorBox(
      'Foundry could not start',
      `${toErrorValue(cause).message}\n\nThe logs are in ${paths.logs}.`,
    )
    quit.stop('no recovery')
  }
}

async function closeWhatWasOpened(opened: Opened, log: Log): Promise<void> {
  const { stopIpc, coordinators, databases } = opened
  opened.stopIpc = null
  opened.coordinators = null
  opened.databases = null
  stopIpc?.()
  try {
    await coordinators?.shutdown()
  } catch (error) {
    log.error('the coordinators did not stop properly', error)
  }
  databases?.close()
}
