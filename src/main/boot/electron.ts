import { fileURLToPath } from 'node:url'
import { app, shell } from 'electron'
import { serveAppProtocol } from '../app/app-protocol'
import type { FirstPage } from '../app/first-page'
import { checkExternalLink } from '../app/external-link'
import type { Quit } from '../app/quit'
import { followQuitTriggers } from '../app/quit-triggers'
import { denyByDefault, lockSession } from '../app/security'
import type { Log } from './services'

export interface ElectronPhase {
  /** Waits for Electron and locks it down, before there is any window. Done once, however often it is called. */
  prepare(): Promise<void>
  /** The page that is opened has its files, or will not have them soon. */
  pageServed(): Promise<void>
}

/** A page that takes longer does not keep the database from being opened. */
const PAGE_PATIENCE_MS = 500

export function createElectronPhase(log: Log, quit: Quit): ElectronPhase {
  let prepared: Promise<void> | null = null
  let page: FirstPage | null = null

  async function prepare(): Promise<void> {
    denyByDefault(log, (url) => openLink(url, log))
    await app.whenReady()
    lockSession(log)
    page = serveAppProtocol(fileURLToPath(new URL('../renderer', import.meta.url)))
    followQuitTriggers(quit)
  }

  return {
    prepare: () => (prepared ??= prepare()),
    async pageServed() {
      const patience = new Promise<void>((resolve) => setTimeout(resolve, PAGE_PATIENCE_MS).unref())
      await Promise.race([page?.served, patience])
    },
  }
}

/** For what a page tries to open as a window: a link of the transcript, say. */
function openLink(url: string, log: Log): void {
  Promise.resolve()
    .then(() => shell.openExternal(checkExternalLink(url)))
    .catch((error: unknown) => log.warn('a link was not opened', error))
}
