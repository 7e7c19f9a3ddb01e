import { app } from 'electron'
import { DEEP_LINK_SCHEME, parseDeepLink } from '@shared/deep-link'
import type { Quit } from '../app/quit'
import type { Opened } from './shutdown'
import type { Instance } from './single-instance'
import type { Windows } from './windows'

/** An installed app lets the system know which links are its own; a checkout under development does not. */
function registerScheme(): void {
  // On Linux the desktop entry of the package names the scheme; asking for it would start shell scripts.
  if (app.isPackaged && process.platform !== 'linux') app.setAsDefaultProtocolClient(DEEP_LINK_SCHEME)
}

/** Links and later starts only ever bring the window up and show something in it. */
export function followLinks(instance: Instance, windows: Windows, quit: Quit, opened: Opened): void {
  registerScheme()
  if (instance.link !== null) windows.navigate(parseDeepLink(instance.link))
  instance.onStart(({ link }) => {
    // Too late to come back: the next start has to be a fresh one.
    if (quit.stopping) {
      opened.relaunch = true
      return
    }
    windows.focus()
    if (link !== null) windows.navigate(parseDeepLink(link))
  })
  // macOS: a click on the dock icon.
  app.on('activate', () => windows.focus())
}
