import { app, BrowserWindow, dialog } from 'electron'
import { FoundryError, toErrorValue } from '@shared/errors'
import { chooseSavePath, revealPath } from '../app/desktop'
import { pageUrl, windowOptions } from '../app/main-window'
import { installRecoveryMenu } from '../app/menu'
import type { Quit } from '../app/quit'
import {
  exportDatabaseFile,
  listBackupFiles,
  restoreBackupFile,
  type BackupFile,
} from '../app/recovery-files'
import { trustWebContents } from '../app/trusted-sender'
import { attachContextMenu } from '../app/context-menu'
import type { DomainHandlers } from '../ipc/handlers'
import { startIpc } from './ipc'
import type { AppPaths, Log } from './services'
import type { Opened } from './shutdown'
import type { Instance } from './single-instance'
import { BootFailure } from './step'
import type { Windows } from './windows'

const RECOVERY_SIZE = { width: 720, height: 600 } as const

export interface RecoveryOptions {
  readonly phase: string
  readonly failure: unknown
  readonly paths: AppPaths
  readonly log: Log
  /** Starts the app anew. */
  retry(): Promise<void>
}

/** What a person is told and offered. It needs the disk and nothing else of the app. */
export function recoveryHandlers({
  phase,
  failure,
  paths,
  log,
  retry,
}: RecoveryOptions): DomainHandlers<'recovery'> {
  const error = toErrorValue(failure)
  // A file of a newer version is not damaged: an older backup in its place would hide newer work.
  const canRestore = error.kind !== 'unsupported'
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
      const kept = await restoreBackupFile(paths, file, new Date())
      log.info(
        `restored ${file}; ${kept === null ? 'there was no database before' : `the database before is ${kept}`}`,
      )
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
async function backupsOrNone(paths: AppPaths, log: Log): Promise<BackupFile[]> {
  try {
    return await listBackupFiles(paths.backups)
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
      async retry() {
        await opened.record?.forgetFailures()
        opened.relaunch = true
        quit.stop('a new try')
      },
    })
    opened.stopIpc = startIpc(Promise.resolve({ handlers: { recovery: handlers } }), app.isPackaged, log)
    instance.onStart(() => windows.focus())
    const window = openRecoveryWindow()
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

function openRecoveryWindow(): BrowserWindow {
  installRecoveryMenu(process.platform)
  const window = new BrowserWindow({
    ...windowOptions(1),
    title: 'Foundry could not start',
    width: RECOVERY_SIZE.width,
    height: RECOVERY_SIZE.height,
  })
  trustWebContents(window.webContents)
  attachContextMenu(window)
  window.once('ready-to-show', () => window.show())
  return window
}
