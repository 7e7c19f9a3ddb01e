import { Menu, type MenuItemConstructorOptions } from 'electron'
import type { Log, SettingsStore } from '../boot/services'
import { menuTemplate, type MenuActions, type MenuContext } from './menu-template'
import { stepZoom } from './zoom'

export function installMenu(context: MenuContext, actions: MenuActions): void {
  Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate(context, actions)))
}

/** The recovery window has no task to show: editing, and leaving. */
export function installRecoveryMenu(platform: NodeJS.Platform): void {
  const first: MenuItemConstructorOptions =
    platform === 'darwin'
      ? { role: 'appMenu' }
      : { label: 'File', submenu: [{ role: 'quit', label: 'Quit' }] }
  Menu.setApplicationMenu(Menu.buildFromTemplate([first, { role: 'editMenu' }]))
}

export function zoomBy(direction: 'in' | 'out' | 'reset', settings: SettingsStore, log: Log): void {
  settings
    .update({ zoom: stepZoom(settings.get().zoom, direction) })
    .catch((error: unknown) => log.error('the zoom could not be stored', error))
}
