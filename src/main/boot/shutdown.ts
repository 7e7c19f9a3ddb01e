import { app, BrowserWindow } from 'electron'
import { createQuit, type Quit } from '../app/quit'
import { askToQuit } from '../app/quit-triggers'
import type { StartRecord } from '../app/start-record'
import type { Logs } from './logs'
import type { RunningWork } from './services'

/** What was opened so far, and has to be closed in the end. The start fills it in. */
export interface Opened {
  record: StartRecord | null
  databases: { close(): void } | null
  /** Takes down the contract: a window gets no more answers. */
  stopIpc: (() => void) | null
  coordinators: RunningWork | null
  /** Set by a person's retry, and by a second start while this one ends. */
  relaunch: boolean
}

export function nothingOpened(): Opened {
  return { record: null, databases: null, stopIpc: null, coordinators: null, relaunch: false }
}

export function createShutdown(opened: Opened, { log, file, crashes }: Logs): Quit {
  return createQuit({
    log,
    work: () => opened.coordinators,
    ask: (work) =>
      askToQuit(BrowserWindow.getFocusedWindow() ?? BrowserWindow.getAllWindows()[0] ?? null, work),
    hideWindows() {
      for (const window of BrowserWindow.getAllWindows()) window.hide()
    },
    async close() {
      opened.stopIpc?.()
      opened.databases?.close()
      // Where the databases were never opened, what the last run left behind still has to be looked at.
      if (opened.databases !== null) await opened.record?.endedCleanly()
      await crashes.settled()
      log.info('ended')
      await file.flush()
    },
    exit(code) {
      if (opened.relaunch) relaunch()
      app.exit(code)
    },
  })
}

/** An AppImage is started by its own path: the mounted one is gone by then. */
function relaunch(): void {
  const image = process.env['APPIMAGE']
  app.relaunch(image === undefined ? {} : { execPath: image })
}
