import { app, type BrowserWindow } from 'electron'
import { FoundryError, toErrorValue } from '@shared/errors'
import { pageUrl } from '../app/main-window'
import { forgetChange, type FolderChange } from '../data-folder/change'
import { moveFolder, type MoveProgress } from '../data-folder/move'
import { runReset } from '../data-folder/reset'
import { writeOutcome } from '../database/outcome'
import { startIpc } from './ipc'
import { openPlainWindow } from './plain-window'
import { recoveryHandlers } from './recovery'
import type { AppPaths, Log } from './services'
import type { Opened } from './shutdown'

interface Move {
  readonly change: Extract<FolderChange, { kind: 'move' }>
  readonly paths: AppPaths
  readonly log: Log
  readonly opened: Opened
  restart(reason: string): void
  show(window: BrowserWindow): void
}

/** What the last run asked for, done before anything in the folder is used. */
export async function reset(
  directory: string,
  change: Exclude<FolderChange, { kind: 'move' }>,
  log: Log,
): Promise<void> {
  await runReset(directory, change)
  log.info(`${change.kind}: ${change.kept}`)
}

/** Moves the folder. This start does nothing else, and ends by starting again. */
export async function move({ change, paths, log, opened, restart, show }: Move): Promise<void> {
  const { to, at } = change
  const abort = new AbortController()
  let progress: MoveProgress = { doneBytes: 0, totalBytes: 0, isVerifying: false }
  let told: () => void = () => undefined
  const handlers = recoveryHandlers({
    phase: 'moving',
    failure: new FoundryError('conflict', `The data folder moves to ${to}.`),
    paths,
    log,
    moving: {
      async progress(seen) {
        const now = progress.doneBytes + (progress.isVerifying ? progress.totalBytes : 0)
        if (now <= seen) await new Promise<void>((resolve) => (told = resolve))
        return progress
      },
      cancel: () => abort.abort(),
    },
    retry: () => Promise.resolve(),
  })
  opened.stopIpc?.()
  opened.stopIpc = startIpc(Promise.resolve({ handlers: { recovery: handlers } }), app.isPackaged, log)
  const window = openPlainWindow('Moving the data folder')
  show(window)
  window.once('closed', () => abort.abort())
  await window.loadURL(pageUrl('recovery'))
  try {
    if (paths.home === null)
      throw new FoundryError('unsupported', 'The data folder is set by FOUNDRY_DATA_DIR.')
    await moveFolder({
      from: paths.data,
      to,
      home: paths.home,
      at,
      signal: abort.signal,
      progress(now) {
        progress = now
        told()
      },
    })
    log.info(`the data folder is ${to} from now on`)
  } catch (error) {
    log.warn('the data folder was not moved', error)
    await forgetChange(paths.data)
    const isCancelled = error instanceof FoundryError && error.kind === 'cancelled'
    if (!isCancelled)
      await writeOutcome(paths.data, { kind: 'failed', at, what: 'move', error: toErrorValue(error) })
  }
  restart('the move has ended')
}
