import { access } from 'node:fs/promises'
import { app, BrowserWindow, dialog, shell, type OpenDialogOptions, type SaveDialogOptions } from 'electron'
import type { NavigationTarget } from '@shared/bridge'
import { FoundryError } from '@shared/errors'
import type { Desktop } from '../boot/services'
import { checkExternalLink } from './external-link'

/** The person's desktop as coordinators may use it. */
export function createDesktop(navigate: (target: NavigationTarget) => void): Desktop {
  return {
    async openExternal(url) {
      await shell.openExternal(checkExternalLink(url))
    },
    revealPath,
    chooseFolder,
    chooseFile,
    chooseSavePath,
    isFocused: () => BrowserWindow.getFocusedWindow() !== null,
    onFocus(listener) {
      const focused = (): void => listener()
      app.on('browser-window-focus', focused)
      return () => void app.off('browser-window-focus', focused)
    },
    navigate,
  }
}

export function chooseFolder(title: string): Promise<string | null> {
  return choose({ title, properties: ['openDirectory', 'createDirectory'] })
}

export function chooseFile(title: string): Promise<string | null> {
  return choose({ title, properties: ['openFile'] })
}

async function choose(options: OpenDialogOptions): Promise<string | null> {
  const window = BrowserWindow.getFocusedWindow()
  const { canceled, filePaths } = await (window === null
    ? dialog.showOpenDialog(options)
    : dialog.showOpenDialog(window, options))
  return canceled ? null : (filePaths[0] ?? null)
}

export async function chooseSavePath(title: string, suggestedName: string): Promise<string | null> {
  const options: SaveDialogOptions = {
    title,
    defaultPath: `${app.getPath('documents')}/${suggestedName}`,
    properties: ['createDirectory', 'showOverwriteConfirmation'],
  }
  const window = BrowserWindow.getFocusedWindow()
  const { canceled, filePath } = await (window === null
    ? dialog.showSaveDialog(options)
    : dialog.showSaveDialog(window, options))
  return canceled || filePath === '' ? null : filePath
}

/** Shows a file or folder in the file manager. */
export async function revealPath(path: string): Promise<void> {
  try {
    await access(path)
  } catch (error) {
    throw new FoundryError('not_found', `${path} is not there (any more).`, {
      detail: String(error),
      cause: error,
    })
  }
  shell.showItemInFolder(path)
}
