import { app } from 'electron'
import { parseDeepLink } from '@shared/deep-link'
import type { Quit } from '../app/quit'
import type { Opened } from './shutdown'
import type { Instance } from './single-instance'
import type { Windows } from './windows'

/** Links and later starts only ever bring the window up and show something in it. */
export function followLinks(instance: Instance, windows: Windows, quit: Quit, opened: Opened): void {
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
