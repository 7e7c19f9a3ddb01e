import { app, session, type Session, type WebContents } from 'electron'
import type { Log } from '../boot/services'
import { APP_ORIGIN } from './app-protocol-path'
import { isPermissionAllowed } from './permissions'
import { createRepetitions, repeated } from './repetitions'

/**
 * Denies every window, navigation, webview, download and permission to everything that is ever shown. Must
 * run before the first window is made.
 *
 * @param openLink opens a link outside after its own check
 */
export function denyByDefault(log: Log, openLink: (url: string) => void): void {
  app.on('web-contents-created', (_event, contents) => denyForContents(contents, log, openLink))
  // A page cannot be the origin of a certificate exception or of a password prompt.
  app.on('certificate-error', (event, _contents, _url, _error, _certificate, callback) => {
    event.preventDefault()
    callback(false)
  })
  app.on('login', (event, _contents, _details, _info, callback) => {
    event.preventDefault()
    callback()
  })
}

function denyForContents(contents: WebContents, log: Log, openLink: (url: string) => void): void {
  const report = refusals(log)
  const refuse = (what: string) => (event: { preventDefault(): void; url: string }) => {
    event.preventDefault()
    report(`${what} to`, event.url)
  }
  contents.on('will-navigate', refuse('navigation'))
  contents.on('will-frame-navigate', refuse('navigation of a frame'))
  contents.on('will-redirect', refuse('a redirect'))
  contents.on('will-attach-webview', (event) => event.preventDefault())
  contents.setWindowOpenHandler(({ url }) => {
    openLink(url)
    return { action: 'deny' }
  })
}

/** Locks down the one session there is. Must run after the app is ready and before the first window. */
export function lockSession(log: Log): void {
  const target = session.defaultSession
  denyPermissions(target)
  const report = refusals(log)
  denyNetwork(target, report)
  target.on('will-download', (event, item) => {
    event.preventDefault()
    report('a download from', item.getURL())
  })
  // Chromium fetches dictionaries from a server of Google's: not before a person wants that (see spell-check).
  if (process.platform !== 'darwin') {
    target.setSpellCheckerLanguages([])
    target.setSpellCheckerEnabled(false)
  }
}

function denyPermissions(target: Session): void {
  target.setPermissionRequestHandler((contents, permission, callback, details) => {
    callback(isPermissionAllowed(permission, originOf(contents), details.isMainFrame))
  })
  target.setPermissionCheckHandler((contents, permission, requestingOrigin, details) => {
    if (contents === null) return false
    return isPermissionAllowed(permission, requestingOrigin.replace(/\/$/, ''), details.isMainFrame)
  })
  target.setDevicePermissionHandler(() => false)
}

/** Pages load from `app://` alone; whatever slips past the content security policy ends here. */
function denyNetwork(target: Session, report: (what: string, url: string) => void): void {
  const urls = ['http://*/*', 'https://*/*', 'ws://*/*', 'wss://*/*', 'ftp://*/*', 'file://*/*']
  target.webRequest.onBeforeRequest({ urls }, (details, callback) => {
    report('a request of a window to', details.url)
    callback({ cancel: true })
  })
}

/** A page that tries again and again fills no log. */
function refusals(log: Log): (what: string, url: string) => void {
  const repetitions = createRepetitions()
  return (what, url) => {
    const shown = `refused ${what} ${url.slice(0, 500)}`
    const times = repetitions(shown)
    if (times !== null) log.warn(`${shown}${repeated(times)}`)
  }
}

function originOf(contents: WebContents): string {
  const url = contents.getURL()
  return url === APP_ORIGIN || url.startsWith(`${APP_ORIGIN}/`) ? APP_ORIGIN : ''
}
