import { dialog, type BrowserWindow } from 'electron'
import type { Log } from '../boot/services'

/**
 * Says when a window's own process has died or hangs, and offers to load it again. Nothing is lost by that:
 * all work lives in main.
 */
export function watchRenderer(window: BrowserWindow, log: Log): void {
  let asking = false

  async function offerReload(message: string, detail: string, wait: string): Promise<void> {
    if (asking || window.isDestroyed()) return
    asking = true
    try {
      const { response } = await dialog.showMessageBox(window, {
        type: 'warning',
        message,
        detail,
        buttons: ['Reload window', wait],
        defaultId: 0,
        cancelId: 1,
        noLink: true,
      })
      if (response === 0 && !window.isDestroyed()) window.webContents.reload()
    } finally {
      asking = false
    }
  }

  const report = (error: unknown): void => log.error('the question about the window failed', error)

  window.webContents.on('render-process-gone', (_event, details) => {
    if (details.reason === 'clean-exit') return
    log.error(`the window's process ended: ${details.reason}, code ${details.exitCode}`)
    offerReload(
      'The window stopped working.',
      'Your tasks and agents are not affected: they run outside of it.',
      'Not now',
    ).catch(report)
  })
  window.on('unresponsive', () => {
    log.warn('the window does not answer')
    offerReload(
      'The window does not answer.',
      'Your tasks and agents go on outside of it.',
      'Keep waiting',
    ).catch(report)
  })
  window.on('responsive', () => log.info('the window answers again'))
  window.webContents.on('preload-error', (_event, path, error) =>
    log.error(`the preload ${path} failed`, error),
  )
}
