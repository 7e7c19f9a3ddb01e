import { app, nativeTheme } from 'electron'
import { revealPath } from '../app/desktop'
import { installMenu, zoomBy } from '../app/menu'
import type { AppPaths, Log, SettingsStore } from './services'
import type { Windows } from './windows'

/** Theme and menus follow the settings from the first window on. */
export function dressApp({
  paths,
  log,
  settings,
  windows,
}: {
  readonly paths: AppPaths
  readonly log: Log
  readonly settings: SettingsStore
  readonly windows: Windows
}): void {
  nativeTheme.themeSource = settings.get().theme
  settings.subscribe(({ theme }) => {
    if (nativeTheme.themeSource !== theme) nativeTheme.themeSource = theme
  })
  installMenu(
    { platform: process.platform, isPackaged: app.isPackaged },
    {
      navigate: windows.navigate,
      reloadWindow: () => windows.current()?.webContents.reload(),
      zoom: (direction) => zoomBy(direction, settings, log),
      openLogs() {
        revealPath(paths.logs).catch((error: unknown) => log.error('the logs could not be shown', error))
      },
    },
  )
}
