import { fileURLToPath } from 'node:url'
import { app, shell } from 'electron'
import { bundled } from '../app/bundle'
import { serveAppProtocol } from '../app/app-protocol'
import { checkExternalLink } from '../app/external-link'
import type { Quit } from '../app/quit'
import { followQuitTriggers } from '../app/quit-triggers'
import { denyByDefault, lockSession } from '../app/security'
import type { Log } from './services'

export interface ElectronPhase {
  /** Waits for Electron and locks it down, before there is any window. Done once, however often it is called. */
  prepare(): Promise<void>
}

export function createElectronPhase(log: Log, quit: Quit): ElectronPhase {
  let prepared: Promise<void> | null = null

  async function prepare(): Promise<void> {
    denyByDefault(log, (url) => openLink(url, log))
    await app.whenReady()
    lockSession(log)
    serveAppProtocol(fileURLToPath(bundled('renderer')))
    followQuitTriggers(quit)
  }

  return { prepare: () => (prepared ??= prepare()) }
}

/** For what a page tries to open as a window: a link of the transcript, say. */
function openLink(url: string, log: Log): void {
  Promise.resolve()
    .then(() => shell.openExternal(checkExternalLink(url)))
    .catch((error: unknown) => log.warn('a link was not opened', error))
}
