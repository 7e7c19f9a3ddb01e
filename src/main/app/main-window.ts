import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BrowserWindow, nativeTheme, screen, type BrowserWindowConstructorOptions } from 'electron'
import { bundled } from './bundle'
import type { Settings } from '@shared/domain'
import type { Log, SettingsStore } from '../boot/services'
import { APP_ORIGIN } from './app-protocol-path'
import { systemErrorCode, writeFileAtomically } from './atomic-file'
import { attachContextMenu } from './context-menu'
import { trustWebContents } from './trusted-sender'
import { watchRenderer } from './window-health'
import { MINIMUM_SIZE, resolveWindowState, type StoredWindowState } from './window-state'

/** `surface-0` of the renderer's two themes: what shows before its first paint must not flash. */
const backgrounds = { light: '#fdfdfe', dark: '#111215' } as const

/** A page that takes longer does not keep the database from being opened. */
const SCRIPTS_PATIENCE_MS = 1000

/** A burst of resize events is one write. */
const SAVE_AFTER_MS = 500

export type PageName = 'index' | 'recovery'

export function pageUrl(page: PageName): string {
  return `${APP_ORIGIN}/${page}.html`
}

export function themeBackground(): string {
  return nativeTheme.shouldUseDarkColors ? backgrounds.dark : backgrounds.light
}

/** What every window of ours has in common. Written out in full so that a test can read it back. */
export function windowOptions(zoom: number): BrowserWindowConstructorOptions {
  return {
    show: false,
    backgroundColor: themeBackground(),
    // macOS: our own title row with the traffic lights in it. Elsewhere the menu bar waits behind Alt.
    ...(process.platform === 'darwin'
      ? { titleBarStyle: 'hidden' as const, trafficLightPosition: { x: 14, y: 14 } }
      : { autoHideMenuBar: true }),
    webPreferences: {
      preload: fileURLToPath(bundled('preload', 'index.cjs')),
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      safeDialogs: true,
      // The session decides whether it is on.
      spellcheck: true,
      zoomFactor: zoom,
    },
  }
}

export interface MainWindow {
  readonly window: BrowserWindow
  /** Its page has run its scripts, or takes longer than anything else should wait for that. */
  readonly scripted: Promise<void>
  /** The window is on screen. Rejects when it was closed before. */
  readonly shown: Promise<void>
}

export interface MainWindowOptions {
  readonly directory: string
  readonly settings: SettingsStore
  readonly log: Log
  /** What the file of {@link readWindowState} held. */
  readonly state: unknown
  /** Asked before it closes; false keeps it open. */
  mayClose(): boolean
}

/** Null when there is nothing of use; the window then opens at its default place. */
export async function readWindowState(directory: string, log: Log): Promise<unknown> {
  try {
    return JSON.parse(await readFile(stateFile(directory), 'utf8'))
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') log.warn('the stored place of the window cannot be read', error)
    return null
  }
}

/** Makes the main window and starts to load it; it shows itself when its first frame is painted. */
export function openMainWindow({
  directory,
  settings,
  log,
  state: stored,
  mayClose,
}: MainWindowOptions): MainWindow {
  const state = resolveWindowState(
    stored,
    screen.getAllDisplays().map((display) => display.workArea),
  )
  const window = new BrowserWindow({
    ...windowOptions(settings.get().zoom),
    title: 'Foundry',
    width: state.width,
    height: state.height,
    minWidth: MINIMUM_SIZE.width,
    minHeight: MINIMUM_SIZE.height,
    ...state.position,
    ...(state.fullScreen ? { fullscreen: true } : {}),
  })
  trustWebContents(window.webContents)
  attachContextMenu(window)
  watchRenderer(window, log)
  followSettings(window, settings)
  keepState(window, directory, log)
  const scripted = scriptsRun(window)
  const shown = showWhenPainted(window, state.maximized)
  // A start that fails first closes the window before anybody awaits this.
  shown.catch((error: unknown) => log.debug('the window was not shown', error))
  window.on('close', (event) => {
    if (!mayClose()) event.preventDefault()
  })
  window.loadURL(pageUrl('index')).catch((error: unknown) => {
    if (window.isDestroyed()) log.debug('the window was closed while its page loaded', error)
    else log.error('the window could not load its page', error)
  })
  return { window, scripted, shown }
}

function scriptsRun(window: BrowserWindow): Promise<void> {
  return new Promise((resolve) => {
    const patience = setTimeout(resolve, SCRIPTS_PATIENCE_MS)
    window.webContents.once('dom-ready', () => {
      clearTimeout(patience)
      resolve()
    })
  })
}

function showWhenPainted(window: BrowserWindow, maximized: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    let done = false
    const show = (): void => {
      if (done) return
      done = true
      if (maximized) window.maximize()
      window.show()
      resolve()
    }
    window.once('ready-to-show', show)
    // A page that does not load paints nothing: better an empty window than none.
    window.webContents.once('did-fail-load', show)
    window.webContents.once('render-process-gone', show)
    window.once('closed', () => reject(new Error('The window was closed before it was shown')))
  })
}

/** Zoom, and the colour behind the page when the theme changes. */
function followSettings(window: BrowserWindow, settings: SettingsStore): void {
  const zoom = (current: Settings): void => {
    if (window.webContents.getZoomFactor() !== current.zoom) window.webContents.setZoomFactor(current.zoom)
  }
  const recolour = (): void => window.setBackgroundColor(themeBackground())
  const unsubscribe = settings.subscribe(zoom)
  nativeTheme.on('updated', recolour)
  // Chromium remembers a zoom of its own for the origin; ours is the one that counts.
  window.webContents.on('did-finish-load', () => zoom(settings.get()))
  window.once('closed', () => {
    unsubscribe()
    nativeTheme.off('updated', recolour)
  })
}

function keepState(window: BrowserWindow, directory: string, log: Log): void {
  let timer: NodeJS.Timeout | undefined
  let last = Promise.resolve()
  const save = (): void => {
    clearTimeout(timer)
    timer = undefined
    const content = JSON.stringify(currentState(window))
    last = last
      .then(() => writeFileAtomically(stateFile(directory), content))
      .catch((error: unknown) => log.warn('the place of the window could not be stored', error))
  }
  const saveSoon = (): void => {
    clearTimeout(timer)
    timer = setTimeout(save, SAVE_AFTER_MS)
  }
  window.on('resize', saveSoon)
  window.on('move', saveSoon)
  window.on('maximize', saveSoon)
  window.on('unmaximize', saveSoon)
  window.on('enter-full-screen', saveSoon)
  window.on('leave-full-screen', saveSoon)
  window.on('close', () => {
    if (timer !== undefined) save()
  })
  window.once('closed', () => clearTimeout(timer))
}

function currentState(window: BrowserWindow): StoredWindowState {
  return { ...window.getNormalBounds(), maximized: window.isMaximized(), fullScreen: window.isFullScreen() }
}

function stateFile(directory: string): string {
  return join(directory, 'window.json')
}
