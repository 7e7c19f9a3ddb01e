import { app, type BrowserWindow } from 'electron'
import { FoundryError, toErrorValue } from '@shared/errors'
import { pageUrl } from '../app/main-window'
import { forgetChange, pendingChange, type FolderChange } from '../data-folder/change'
import { moveFolder, type MoveProgress } from '../data-folder/move'
import { runReset } from '../data-folder/reset'
import { writeOutcome } from '../database/outcome'
import { startIpc } from './ipc'
import { openPlainWindow } from './plain-window'
import { recoveryHandlers } from './recovery'
import type { AppPaths, Log } from './services'
import type { Opened } from './shutdown'

export interface FolderChanges {
  /** A reset that was asked for is done before anything in the folder is used. */
  reset(): Promise<void>
  /** True when the folder is moved: this start does nothing else, and ends by starting again. */
  move(options: {
    opened: Opened
    restart(reason: string): void
    show(window: BrowserWindow): void
  }): Promise<boolean>
}

/** What the last run asked for that concerns the folder as a whole. */
export function createFolderChanges(paths: AppPaths, log: Log): FolderChanges {
  let change: FolderChange | null = null
  return {
    async reset() {
      change = await pendingChange(paths.data)
      if (change === null || change.kind === 'move') return
      await runReset(paths.data, change)
      log.info(`${change.kind}: ${change.kept}`)
    },
    async move({ opened, restart, show }) {
      if (change?.kind !== 'move') return false
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
      return true
    },
  }
}
