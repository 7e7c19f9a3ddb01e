import type { BrowserWindow } from 'electron'
import { writeFileAtomically } from '../app/atomic-file'
import type { Log } from './services'
import type { Phase } from './step'

/** A world of its own: the page cannot see or change what looks at it. */
const OBSERVER_WORLD = 999

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

/** What a capture shows is the frame presented last: lets fonts, what loads right after, and two frames pass. */
const waitUntilPresented = `document.fonts.ready.then(() => new Promise((resolve) =>
  requestIdleCallback(() => requestAnimationFrame(() => requestAnimationFrame(resolve)))))
  .then(() => undefined)`

/** What waits for the window starts after this, whatever the page does. */
const USABLE_PATIENCE_MS = 5000

/** Resolves when a person can use the window, or that takes longer than anything else should wait for it. */
export async function windowUsable(window: BrowserWindow | null, log: Log): Promise<void> {
  if (window === null) return
  let patience: NodeJS.Timeout | undefined
  await Promise.race([
    untilReady(window).catch((error: unknown) => log.debug('the page went before it could be used', error)),
    new Promise<void>((resolve) => (patience = setTimeout(resolve, USABLE_PATIENCE_MS))),
  ])
  clearTimeout(patience)
}

async function untilReady(window: BrowserWindow): Promise<void> {
  await window.webContents.executeJavaScriptInIsolatedWorld(OBSERVER_WORLD, [{ code: waitUntilReady }])
}

/**
 * For the benchmarks and the two commands: when `FOUNDRY_READY_FILE` is set, says there that the window is
 * usable, and how long each phase took; before that, the window as a PNG where `FOUNDRY_SCREENSHOT` is set.
 */
export async function writeReadyFile(window: BrowserWindow | null, phases: readonly Phase[]): Promise<void> {
  const file = process.env['FOUNDRY_READY_FILE']
  if (file === undefined || file === '' || window === null) return
  await untilReady(window)
  const usableAt = Date.now()
  const screenshot = process.env['FOUNDRY_SCREENSHOT']
  if (screenshot !== undefined && screenshot !== '') {
    await window.webContents.executeJavaScriptInIsolatedWorld(OBSERVER_WORLD, [{ code: waitUntilPresented }])
    const image = await window.webContents.capturePage()
    await writeFileAtomically(screenshot, image.toPNG())
  }
  await writeFileAtomically(file, JSON.stringify({ usable: true, usableAt, phases }))
}
