import type { BrowserWindow, WebContents } from 'electron'
import type { NavigationTarget } from '@shared/bridge'
import { channels } from '@shared/channels'
import { openMainWindow, readWindowState, type MainWindow } from '../app/main-window'
import { createNavigationBuffer } from '../app/navigation'
import type { Quit } from '../app/quit'
import { trustedSender } from '../app/trusted-sender'
import { sendNavigation } from '../ipc/register'
import type { Log, SettingsStore } from './services'

export interface MainWindowInputs {
  readonly directory: string
  readonly settings: SettingsStore
  readonly state: unknown
}

export interface Windows {
  open(inputs: MainWindowInputs): Pick<MainWindow, 'scripted' | 'shown'>
  /** The main window, or the one that took its place after a failed start. */
  current(): BrowserWindow | null
  /** A failed start: this window stands where the main window was. */
  replace(window: BrowserWindow): void
  /** Whether another program keeps the database from being opened: the window, which has nothing to show yet, says so. */
  waitForDatabase(waits: boolean): void
  /** Brings the window to the person, and opens it again where it was closed. */
  focus(): void
  /** Shows something in the main window, as soon as its page listens. */
  navigate(target: NavigationTarget): void
}

/** Holds the one window there is at a time. */
export function createWindows({ log, quit }: { readonly log: Log; readonly quit: Quit }): Windows {
  const navigation = createNavigationBuffer(sendNavigation)
  let current: BrowserWindow | null = null
  let inputs: MainWindowInputs | null = null

  /** On macOS an app lives on without its window; elsewhere closing it is quitting, which asks first. */
  function mayClose(): boolean {
    if (process.platform === 'darwin' || quit.stopping) return true
    quit.request()
    return false
  }

  function open(given: MainWindowInputs): Pick<MainWindow, 'scripted' | 'shown'> {
    inputs = given
    const { window, scripted, shown } = openMainWindow({ ...given, log, mayClose })
    hold(window)
    listenForReader(window.webContents)
    return { scripted, shown }
  }

  async function reopen(given: MainWindowInputs): Promise<void> {
    await open({ ...given, state: await readWindowState(given.directory, log) }).shown
  }

  function hold(window: BrowserWindow): void {
    current = window
    window.once('closed', () => {
      if (current === window) current = null
    })
  }

  function listenForReader(contents: WebContents): void {
    contents.on('ipc-message', (event, channel) => {
      if (channel === channels.navigate && trustedSender(event)) navigation.listening(contents)
    })
    // Not when a navigation starts: those that are refused start as well, and the page lives on.
    contents.on('did-navigate', () => navigation.silent(contents))
    contents.on('render-process-gone', () => navigation.silent(contents))
    contents.once('destroyed', () => navigation.silent(contents))
  }

  return {
    open,
    current: () => current,
    replace(window) {
      const before = current
      inputs = null
      hold(window)
      before?.destroy()
    },
    waitForDatabase(waits) {
      current?.setTitle(waits ? 'Foundry waits: another program has the database locked' : 'Foundry')
    },
    focus() {
      if (current !== null) {
        if (current.isMinimized()) current.restore()
        current.show()
        current.focus()
      } else if (inputs !== null) {
        reopen(inputs).catch((error: unknown) => log.error('the window could not be opened again', error))
      }
    },
    navigate: (target) => navigation.show(target),
  }
}
