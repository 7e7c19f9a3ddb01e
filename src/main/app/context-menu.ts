import { clipboard, Menu, type BrowserWindow } from 'electron'
import { contextMenuTemplate, type ContextActions } from './context-menu-template'

/** Gives a window the menu for what was clicked. */
export function attachContextMenu(window: BrowserWindow): void {
  const { webContents } = window
  const actions: ContextActions = {
    replaceMisspelling: (word) => webContents.replaceMisspelling(word),
    learnSpelling(word) {
      webContents.session.addWordToSpellCheckerDictionary(word)
    },
    copyLink: (url) => clipboard.writeText(url),
  }
  webContents.on('context-menu', (_event, params) => {
    const template = contextMenuTemplate(params, actions)
    if (template.length > 0) Menu.buildFromTemplate(template).popup({ window })
  })
}
