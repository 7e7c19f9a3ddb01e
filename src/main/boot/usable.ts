import type { BrowserWindow } from 'electron'
import type { Log } from './services'

/** A world of its own: the page cannot see or change what looks at it. */
export const OBSERVER_WORLD = 999

const waitUntilReady = `new Promise((resolve) => {
  const root = document.documentElement
  const isReady = () => root.dataset.ready === 'true'
  if (isReady()) return resolve()
  const observer = new MutationObserver(() => {
    if (!isReady()) return
    observer.disconnect()
    resolve()
  })
  observer.observe(root, { attributes: true, attributeFilter: ['data-ready'] })
})`

/** What waits for the window starts after this, whatever the page does. */
const USABLE_PATIENCE_MS = 5000

/** Resolves when a person can use the window, or that takes longer than anything else should wait for it. */
export async function usableSoon(window: BrowserWindow | null, log: Log): Promise<void> {
  if (window === null) return
  let patience: NodeJS.Timeout | undefined
  await Promise.race([
    untilUsable(window).catch((error: unknown) => log.debug('the page went before it could be used', error)),
    new Promise<void>((resolve) => (patience = setTimeout(resolve, USABLE_PATIENCE_MS))),
  ])
  clearTimeout(patience)
}

/** Rejects when the page goes before. */
export async function untilUsable(window: BrowserWindow): Promise<void> {
  await window.webContents.executeJavaScriptInIsolatedWorld(OBSERVER_WORLD, [{ code: waitUntilReady }])
}
