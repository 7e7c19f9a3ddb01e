import { app, dialog, powerMonitor, type BrowserWindow } from 'electron'
import type { RunningWork } from '../boot/services'
import type { Quit } from './quit'
import { quitQuestion } from './quit-question'

/** "Stop and quit" or "Keep working". */
export async function askToQuit(window: BrowserWindow | null, work: RunningWork): Promise<boolean> {
  const question = {
    type: 'question' as const,
    ...quitQuestion(work),
    buttons: ['Stop and quit', 'Keep working'],
    defaultId: 1,
    cancelId: 1,
    noLink: true,
  }
  const { response } = await (window === null
    ? dialog.showMessageBox(question)
    : dialog.showMessageBox(window, question))
  return response === 0
}

/**
 * Everything that can end the app leads to `quit`. Must run after the app is ready: Electron sets signal
 * handlers of its own while it starts, and the last one set wins.
 */
export function followQuitTriggers(quit: Quit): void {
  app.on('before-quit', (event) => {
    event.preventDefault()
    quit.request()
  })
  // Windows are closed by `quit` itself, or, on macOS, without ending the app.
  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin') quit.request()
  })
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => quit.stop(signal))
  // Linux and macOS wait for us when the machine shuts down.
  powerMonitor.on('shutdown', (event?: { preventDefault(): void }) => {
    event?.preventDefault()
    if (!quit.stopping) quit.stop('the machine shuts down')
  })
}
