import type { BrowserWindow } from 'electron'
import { writeFileAtomically } from '../app/atomic-file'
import type { Phase } from './step'
import { OBSERVER_WORLD, untilUsable } from './usable'

/** What a capture shows is the frame presented last: lets fonts, what loads right after, and two frames pass. */
const waitUntilPresented = `document.fonts.ready.then(() => new Promise((resolve) =>
  requestIdleCallback(() => requestAnimationFrame(() => requestAnimationFrame(resolve)))))
  .then(() => undefined)`

/**
 * For the benchmarks and the two commands: when `FOUNDRY_READY_FILE` is set, says there that the window is
 * usable, and how long each phase took; before that, the window as a PNG where `FOUNDRY_SCREENSHOT` is set.
 */
export async function writeReadyFile(window: BrowserWindow | null, phases: readonly Phase[]): Promise<void> {
  const file = process.env['FOUNDRY_READY_FILE']
  if (file === undefined || file === '' || window === null) return
  await untilUsable(window)
  const usableAt = Date.now()
  const screenshot = process.env['FOUNDRY_SCREENSHOT']
  if (screenshot !== undefined && screenshot !== '') {
    await window.webContents.executeJavaScriptInIsolatedWorld(OBSERVER_WORLD, [{ code: waitUntilPresented }])
    const image = await window.webContents.capturePage()
    await writeFileAtomically(screenshot, image.toPNG())
  }
  await writeFileAtomically(file, JSON.stringify({ usable: true, usableAt, phases }))
}
