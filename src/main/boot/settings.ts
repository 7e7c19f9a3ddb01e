import { join } from 'node:path'
import { dialog } from 'electron'
import { loadSettings, type LoadedSettings } from '../app/settings-file'
import type { AppPaths, Log } from './services'
import type { Windows } from './windows'

export function openSettings(paths: AppPaths, log: Log): Promise<LoadedSettings> {
  return loadSettings(join(paths.data, 'settings.json'), log.scope('settings'))
}

/** Tells the person what became of a damaged file, once there is a window to tell it in. */
export function reportSettings({ problem }: LoadedSettings, windows: Windows, log: Log): void {
  const window = windows.current()
  if (problem === null || window === null) return
  dialog
    .showMessageBox(window, { type: 'warning', message: 'Some settings could not be read.', detail: problem })
    .catch((error: unknown) => log.error('the note about the settings could not be shown', error))
}
