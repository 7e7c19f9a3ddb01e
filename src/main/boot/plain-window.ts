import { BrowserWindow } from 'electron'
import { attachContextMenu } from '../app/context-menu'
import { windowOptions } from '../app/main-window'
import { installRecoveryMenu } from '../app/menu'
import { trustWebContents } from '../app/trusted-sender'

const SIZE = { width: 720, height: 600 } as const

/** The window for when there is no app to show: the start failed, or the data is on its way to another folder. */
export function openPlainWindow(title: string): BrowserWindow {
  installRecoveryMenu(process.platform)
  const window = new BrowserWindow({ ...windowOptions(1), title, ...SIZE })
  trustWebContents(window.webContents)
  attachContextMenu(window)
  window.once('ready-to-show', () => window.show())
  return window
}
